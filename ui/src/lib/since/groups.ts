// What happened, sorted by what it asks of whoever reads it.

import type { SinceItem } from '$lib/api/types';
import { t } from '$lib/i18n';
import { placeWithin, placeWords, reasonWords } from '$lib/requests/words';

/** A group of the list; what needs somebody comes first. */
export type SinceGroup = 'needs' | 'cancelled' | 'moved' | 'booked' | 'rejected' | 'other' | 'rezoned';

const GROUPS: readonly SinceGroup[] = [
  'needs',
  'cancelled',
  'moved',
  'booked',
  'rejected',
  'other',
  'rezoned',
];

const GROUP_OF: Record<SinceItem['what'], SinceGroup> = {
  asked: 'needs',
  conflict: 'needs',
  cancelled: 'cancelled',
  moved: 'moved',
  booked: 'booked',
  rejected: 'rejected',
  status: 'other',
  described: 'other',
  rezoned: 'rezoned',
};

/** What is said with the place in the middle of the sentence. */
const WITHIN: ReadonlySet<SinceItem['what']> = new Set(['moved', 'asked', 'conflict']);

/** The groups there are something in, each by the time of the visit. */
export function groupsOf(items: readonly SinceItem[]): { key: SinceGroup; items: SinceItem[] }[] {
  return GROUPS.map((key) => ({
    key,
    items: items
      .filter(({ what }) => GROUP_OF[what] === key)
      .sort((a, b) => (a.start ?? a.at).localeCompare(b.start ?? b.at) || a.seq - b.seq),
  })).filter((group) => group.items.length > 0);
}

/** What happened to a visit, after its patient's name. */
export function itemWords(item: SinceItem, today: string): string {
  const say = WITHIN.has(item.what) ? placeWithin : placeWords;
  const place = item.start === null ? t('wanted-unknown') : say(item.start, today);
  if (item.what === 'moved')
    return item.from === null
      ? t('since-moved-here', { place })
      : t('since-moved', { from: placeWords(item.from, today), place });
  if (item.what === 'status' && item.status !== null)
    return t('since-status-now', { place, status: t(`done-status-${item.status}`) });
  return t(`since-${item.what}`, { place, reason: reasonWords(item.reason) });
}
