// Walking over the cards with the arrow keys.

import type { VisitCard } from '$lib/api/types';
import { minuteOf } from '$lib/i18n';

/** A direction the focus can go. */
export type Direction = 'up' | 'down' | 'left' | 'right' | 'first' | 'last';

/**
 * The visit the focus goes to from `from`, or `null` where the board ends.
 * `columns` are practitioners in the board's order; columns without a card are
 * stepped over.
 */
export function walk(
  visits: readonly VisitCard[],
  columns: readonly string[],
  from: VisitCard,
  to: Direction,
): VisitCard | null {
  const column = inColumn(visits, from.practitioner);
  const index = column.findIndex((visit) => visit.id === from.id);
  switch (to) {
    case 'up':
      return column[index - 1] ?? null;
    case 'down':
      return column[index + 1] ?? null;
    case 'first':
      return column[0] ?? null;
    case 'last':
      return column.at(-1) ?? null;
    case 'left':
    case 'right': {
      const step = to === 'left' ? -1 : 1;
      for (let at = columns.indexOf(from.practitioner) + step; columns[at] !== undefined; at += step) {
        const beside = nearest(inColumn(visits, columns[at] ?? ''), from);
        if (beside) return beside;
      }
      return null;
    }
  }
}

/** Who is expected next at `now`, a local time: the first booked visit that isn't over; else the first of the day. */
export function nextExpected(visits: readonly VisitCard[], now: string): VisitCard | null {
  const sorted = [...visits].sort((a, b) => a.start.localeCompare(b.start));
  const today = sorted[0]?.start.slice(0, 10) === now.slice(0, 10);
  const waitedFor = sorted.filter((visit) => visit.status === 'booked' || visit.status === 'pending');
  const expected = today
    ? waitedFor.find((visit) => minuteOf(visit.start) + visit.minutes > minuteOf(now))
    : waitedFor[0];
  return expected ?? sorted[0] ?? null;
}

function inColumn(visits: readonly VisitCard[], practitioner: string): VisitCard[] {
  return visits
    .filter((visit) => visit.practitioner === practitioner)
    .sort((a, b) => a.start.localeCompare(b.start) || a.id.localeCompare(b.id));
}

function nearest(visits: readonly VisitCard[], to: VisitCard): VisitCard | null {
  const distance = (visit: VisitCard) => {
    const start = minuteOf(visit.start);
    const middle = minuteOf(to.start);
    // A card that stands at that time is nearer than one that only starts close to it.
    return start <= middle && middle < start + visit.minutes ? 0 : Math.abs(start - middle);
  };
  return visits.reduce<VisitCard | null>(
    (best, visit) => (best === null || distance(visit) < distance(best) ? visit : best),
    null,
  );
}
