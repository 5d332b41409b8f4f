// The calendar's events, kept like the visits they stand for.

import type { Calendar } from '@event-calendar/core';
import type { VisitCard, VisitWish } from '$lib/api/types';
import { addMinutes } from '$lib/i18n';
import { GHOST_ID } from './layout.svelte';
import { shownMinutes } from './measure';
import { isMovable } from './status';

/** An event as the calendar is to have it. */
export interface CalendarEvent {
  id: string;
  resourceId: string;
  start: string;
  end: string;
  editable: boolean;
  durationEditable: boolean;
}

/** The events of a day's visits, in rows of `row`, and of what is being booked. */
export function calendarEvents(
  visits: readonly VisitCard[],
  ghost: VisitWish | null,
  row: number,
): CalendarEvent[] {
  const events = visits.map(({ id, practitioner, start, status, minutes }) =>
    event(id, practitioner, start, shownMinutes({ status, minutes }, row), isMovable(status)),
  );
  if (ghost) events.push(event(GHOST_ID, ghost.practitioner, ghost.start, ghost.minutes, false));
  return events;
}

/** With more changes than this all events are handed over anew. */
const CHANGED_AT_MOST = 24;

/** Hands the calendar only what differs: an event handed over anew gets a new element. */
export class CalendarEvents {
  #shown: ReadonlyMap<string, string> = new Map();
  #date = '';

  /** Makes the calendar show `events` of `date`; answers whether anything was handed over. */
  show(calendar: Calendar, date: string, events: readonly CalendarEvent[]): boolean {
    const keys = new Map(events.map((each) => [each.id, JSON.stringify(each)]));
    const changed = events.filter((each) => this.#shown.get(each.id) !== keys.get(each.id));
    const gone = [...this.#shown.keys()].filter((id) => !keys.has(id));
    if (changed.length === 0 && gone.length === 0) return false;
    if (this.#date !== date || changed.length > CHANGED_AT_MOST) {
      calendar.setOption('events', [...events]);
    } else {
      for (const id of gone) calendar.removeEventById(id);
      for (const each of changed) {
        if (this.#shown.has(each.id)) calendar.updateEvent(each);
        else calendar.addEvent(each);
      }
    }
    this.#shown = keys;
    this.#date = date;
    return true;
  }

  /** What the calendar shows of an event after a drag isn't what it was handed. */
  forget(id: string): void {
    if (this.#shown.has(id)) this.#shown = new Map([...this.#shown, [id, '']]);
  }
}

function event(
  id: string,
  resourceId: string,
  start: string,
  minutes: number,
  editable: boolean,
): CalendarEvent {
  return { id, resourceId, start, end: addMinutes(start, minutes), editable, durationEditable: editable };
}
