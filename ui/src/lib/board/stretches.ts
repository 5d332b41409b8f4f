// The stretches of a column in which nobody is booked.

import type { BoardColumn, DaySpan } from '$lib/api/types';
import { minuteText } from '$lib/i18n';
import type { Words } from './status';

/** A stretch outside working hours, with what is said of it. */
export interface Closed {
  span: DaySpan;
  words: Words | null;
}

/** The stretches of `hours` in which the column's practitioner doesn't work. */
export function closedStretches(column: BoardColumn, hours: DaySpan): Closed[] {
  const { working, away } = column;
  const first = working[0];
  const last = working.at(-1);
  if (!first || !last) return [{ span: hours, words: awayWords(away) }];
  const closed: Closed[] = [];
  if (first.start > hours.start)
    closed.push({
      span: { start: hours.start, end: first.start },
      words: { id: 'board-in-from', args: { time: minuteText(first.start) } },
    });
  working.forEach((span, index) => {
    const next = working[index + 1];
    if (next && next.start > span.end)
      closed.push({
        span: { start: span.end, end: next.start },
        words: { id: 'board-back-at', args: { time: minuteText(next.start) } },
      });
  });
  if (last.end < hours.end)
    closed.push({
      span: { start: last.end, end: hours.end },
      words: { id: 'board-works-until', args: { time: minuteText(last.end) } },
    });
  return closed;
}

function awayWords(away: string | null): Words {
  if (away === null) return { id: 'board-not-working' };
  return away === '' ? { id: 'board-away' } : { id: 'board-away-because', args: { reason: away } };
}

/** A gap, from now on, with what is said of it. */
export interface Gap {
  start: number;
  minutes: number;
  words: Words;
}

/** What is left of a free stretch at `now`, a minute of the day or `null` on another day; `null` when it has passed. */
export function gapLabel(span: DaySpan, now: number | null): Gap | null {
  const start = now === null ? span.start : Math.max(span.start, Math.ceil(now / 5) * 5);
  const minutes = span.end - start;
  if (minutes <= 0) return null;
  return { start, minutes, words: lengthWords('board-free', minutes) };
}

/** `…-minutes` up to two hours, then `…-hours`. */
function lengthWords(id: string, minutes: number): Words {
  if (minutes <= 120) return { id: `${id}-minutes`, args: { minutes } };
  return { id: `${id}-hours`, args: { hours: Math.floor(minutes / 60), minutes: minutes % 60 } };
}
