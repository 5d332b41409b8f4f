// What a key on a card does to its visit.

import type { VisitCard } from '$lib/api/types';
import type { Desk } from '$lib/day/desk.svelte';
import type { CardAction } from './keys';

/** Does it; walking is the board's own. `order` is that of the columns. */
export function act(
  desk: Desk,
  visit: VisitCard,
  action: Exclude<CardAction, { do: 'walk' }>,
  order: readonly string[],
): void {
  switch (action.do) {
    case 'move':
      return desk.nudge(visit, action.steps, action.columns, order);
    case 'lengthen':
      return desk.lengthen(visit, action.steps);
    case 'next':
      return void desk.advance(visit);
    case 'back':
      return void desk.stepBack(visit);
    case 'missed':
      return void desk.miss(visit);
    case 'cancel':
      return desk.askCancel(visit);
    case 'open':
      return void desk.openVisit(visit);
    case 'confirm':
      return void desk.online.answerVisit(visit, true);
    case 'decline':
      return void desk.online.answerVisit(visit, false);
  }
}
