// How a request, its answer and its reason are said.

import CheckIcon from '@lucide/svelte/icons/check';
import CircleXIcon from '@lucide/svelte/icons/circle-x';
import ClockIcon from '@lucide/svelte/icons/clock-alert';
import SplitIcon from '@lucide/svelte/icons/split';
import UndoIcon from '@lucide/svelte/icons/undo-2';
import XIcon from '@lucide/svelte/icons/x';
import type { Component } from 'svelte';
import type { ClinicView, RequestView } from '$lib/api/types';
import { shortName } from '$lib/booking/words';
import { dayOf, has, sentence, shortDate, t, timeOf } from '$lib/i18n';

/** What has become of a request, as lists sort it. */
export type Outcome = 'confirmed' | 'not-possible' | 'needs-you' | 'cancelled' | 'withdrawn' | 'expired';

/** Every outcome, in the order of the filters. */
export const OUTCOMES: readonly Outcome[] = [
  'confirmed',
  'not-possible',
  'needs-you',
  'cancelled',
  'withdrawn',
  'expired',
];

/** What stands beside an outcome's word. */
export const OUTCOME_ICONS: Record<Outcome, Component<{ size?: number | string }>> = {
  confirmed: CheckIcon,
  'not-possible': CircleXIcon,
  'needs-you': SplitIcon,
  cancelled: XIcon,
  withdrawn: UndoIcon,
  expired: ClockIcon,
};

/** What has become of a request. */
export function outcomeOf(request: Pick<RequestView, 'answer' | 'wish'>): Outcome {
  switch (request.answer) {
    case 'waiting':
      return 'needs-you';
    case 'rejected':
      return 'not-possible';
    case 'accepted':
      return request.wish === 'cancel' ? 'cancelled' : 'confirmed';
    case 'withdrawn':
    case 'expired':
      return request.answer;
  }
}

/** "10:19", and "Mon 23 Nov 10:19" of another day; empty where nobody said. */
export function whenWords(local: string | null, today: string): string {
  if (local === null) return '';
  return dayOf(local) === today ? timeOf(local) : `${shortDate(dayOf(local))} ${timeOf(local)}`;
}

/** "Today 13:30", "Wed 25 Nov 09:45". */
export function placeWords(local: string, today: string): string {
  return sentence(placeWithin(local, today));
}

/** "today 13:30", "Wed 25 Nov 09:45": within a sentence. */
export function placeWithin(local: string, today: string): string {
  const day = dayOf(local) === today ? t('day-today-within') : shortDate(dayOf(local));
  return `${day} ${timeOf(local)}`;
}

/** "Today 13:30, Amira"; "Cancel Wed 25 Nov 09:00"; "Move to Thu 26 Nov 10:00, Karin". */
export function wantedWords(clinic: ClinicView, request: RequestView, today: string): string {
  const say = request.wish === 'book' ? placeWords : placeWithin;
  const place = request.start === null ? t('wanted-unknown') : say(request.start, today);
  const whom = request.practitioner === null ? '' : shortName(clinic, request.practitioner);
  const placed = whom === '' ? place : t('wanted-with', { place, practitioner: whom });
  if (request.wish === 'cancel') return t('wanted-cancel', { place });
  return request.wish === 'move' ? t('wanted-move', { place: placed }) : placed;
}

/** Why a request was answered as it was; empty where there is nothing to say. */
export function whyWords(request: RequestView): string {
  if (request.answer === 'waiting') return t(request.disputed ? 'why-disputed' : 'why-waits');
  if (request.answer === 'rejected') {
    const reason = reasonWords(request.reason);
    const count = request.instead.length;
    return count === 0 ? reason : t('why-offered', { reason, count });
  }
  if (request.answer === 'withdrawn' || request.answer === 'expired') return t(`why-${request.answer}`);
  if (request.urgent && request.wish === 'book') return t('why-urgent');
  return request.by === null ? '' : t('why-by', { name: request.by });
}

/** The sentence of a reason's code. */
export function reasonWords(code: string | null): string {
  const id = `reason-${(code ?? 'not-possible').replaceAll('_', '-')}`;
  return t(has(id) ? id : 'reason-not-possible');
}
