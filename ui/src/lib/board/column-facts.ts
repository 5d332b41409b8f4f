// What is told of a column beside its cards.

import type { DaySpan, OnlinePlace, PractitionerView, VisitCard } from '$lib/api/types';
import { minuteOf } from '$lib/i18n';
import { occupies } from './status';

/** Where visits that are still in the chair run past their end, up to `now`, the minute of the day. */
export function overruns(visits: readonly VisitCard[], practitioner: string, now: number | null): DaySpan[] {
  if (now === null) return [];
  return visits
    .filter((visit) => visit.practitioner === practitioner && visit.status === 'checked-in')
    .map((visit) => ({ start: minuteOf(visit.start) + visit.minutes, end: now }))
    .filter((span) => span.end > span.start);
}

/** Whether what was wished for is a card by now: central says so a moment later. */
export function hasCome(visits: readonly VisitCard[], place: OnlinePlace): boolean {
  return visits.some(
    (visit) =>
      visit.source === 'online' &&
      visit.practitioner === place.practitioner &&
      visit.start === place.start &&
      occupies(visit.status),
  );
}

/** Whether the desk has booked where somebody online wishes to come. */
export function isTaken(visits: readonly VisitCard[], place: OnlinePlace): boolean {
  const start = minuteOf(place.start);
  return visits.some(
    (visit) =>
      visit.practitioner === place.practitioner &&
      occupies(visit.status) &&
      minuteOf(visit.start) < start + place.minutes &&
      start < minuteOf(visit.start) + visit.minutes,
  );
}

/** The group of neighbours with one role that begins at a column, and how many they are. */
export function groupAt(
  people: ReadonlyMap<string, Pick<PractitionerView, 'role'>>,
  order: readonly string[],
  index: number,
): { name: string; count: number } | undefined {
  const role = people.get(order[index] ?? '')?.role;
  if (role === undefined || role === people.get(order[index - 1] ?? '')?.role) return undefined;
  const rest = order.slice(index);
  const end = rest.findIndex((id) => people.get(id)?.role !== role);
  return { name: role, count: end === -1 ? rest.length : end };
}
