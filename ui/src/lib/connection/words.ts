// How the line stands, in the plan's five words.

import type { ConnectionView } from '$lib/api/types';
import { dayOf, shortDate, timeOf } from '$lib/i18n';
import type { ConnectionWords } from './connection.svelte';

/** What stands in the top bar. `today` tells a time of today from an older one. */
export function words(
  view: ConnectionView,
  progress: { done: number; most: number },
  today: string,
): ConnectionWords {
  if (!view.paired) return { id: 'connection-not-paired', args: {} };
  if (apart(view)) return { id: 'connection-clocks-apart', args: {} };
  const since = view.since === null ? '' : when(view.since, today);
  switch (view.state) {
    case null:
      return { id: 'connection-broken', args: {} };
    case 'offline':
      return { id: 'connection-offline', args: { since } };
    case 'reconnecting':
      return { id: 'connection-reconnecting', args: { since } };
    case 'catching_up':
      return progress.most === 0
        ? { id: 'connection-word-catching-up', args: {} }
        : { id: 'connection-catching-up', args: progress };
    case 'checking':
      return { id: 'connection-checking', args: {} };
    case 'live':
      return { id: 'connection-live', args: {} };
  }
}

/** A line of the log that whoever helps reads. */
export interface LogLine {
  /** When, in the clinic's local time. */
  at: string;
  /** What then was, as a key of the catalogue. */
  id: string;
  /** What the computer said, in its own words. */
  said: string;
}

/** What the line went through and what failed, the latest first. */
export function logLines({ spells, failures }: ConnectionView): LogLine[] {
  const lines = [
    ...failures.map(({ at, what, code, said }) => ({
      at,
      id: `connection-failed-${what}`,
      said: [code, said].filter((part) => part !== '').join(': '),
    })),
    ...spells.map(({ at, state }) => ({ at, id: `connection-word-${state.replace('_', '-')}`, said: '' })),
  ];
  return lines.sort((a, b) => b.at.localeCompare(a.at));
}

/** Nothing goes on until somebody sets a clock right. */
export function apart(view: ConnectionView): boolean {
  return view.clocks_apart_minutes !== null && (view.state === 'catching_up' || view.state === 'checking');
}

/** A local time, with its day where that isn't today's. */
export function when(local: string, today: string): string {
  return dayOf(local) === today ? timeOf(local) : `${shortDate(dayOf(local))} ${timeOf(local)}`;
}
