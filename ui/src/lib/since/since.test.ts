import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useTransport } from '$lib/api/backend';
import type { SinceItem } from '$lib/api/types';
import { happened } from '$lib/day/fixtures';
import { groupsOf, itemWords } from './groups';
import { AWAY_MS, LOOKING_MS, OUTAGE_MS, SETTLED_MS, Since } from './since.svelte';

const KEY = 'chairside.seen.c';

/** A desk at which somebody looks, or doesn't, and what others did meanwhile. */
function desk(items: SinceItem[], free = true) {
  let now = 0;
  const asked: number[] = [];
  const open = vi.fn();
  useTransport({
    call: async (_, args) => {
      asked.push((args as { seq: number }).seq);
      return { seq: 90, since: null, items, more: false };
    },
    listen: () => () => {},
  });
  const since = new Since({ free: () => free, open }, () => now);
  return { since, asked, open, pass: (ms: number) => (now += ms) };
}

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
});
afterEach(() => void vi.useRealTimers());

describe('at a start', () => {
  it('what happened since the last time is put over the window', async () => {
    localStorage.setItem(KEY, '40');
    const { since, asked, open } = desk([happened()]);
    await since.begin('c', 50);
    expect(asked).toEqual([40]);
    expect(open).toHaveBeenCalledOnce();
    since.close();
    expect(since.waiting).toBeNull();
    expect(localStorage.getItem(KEY)).toBe('90');
  });

  it('the first of all, nothing is told', async () => {
    const { since, asked } = desk([happened()]);
    await since.begin('c', 50);
    expect(asked).toEqual([]);
    since.note(51);
    expect(localStorage.getItem(KEY)).toBe('51');
  });

  it('nothing of others puts nothing over the window, and counts as seen', async () => {
    localStorage.setItem(KEY, '40');
    const { since, open } = desk([]);
    await since.begin('c', 50);
    expect(open).not.toHaveBeenCalled();
    expect(localStorage.getItem(KEY)).toBe('50');
  });
});

describe('while somebody works', () => {
  it('what comes in has been seen', async () => {
    const { since, asked, pass } = desk([happened()]);
    await since.begin('c', 50);
    since.note(60);
    pass(AWAY_MS);
    since.touch();
    expect(asked).toEqual([]);
  });

  it('a booking that is half done is not covered', async () => {
    localStorage.setItem(KEY, '40');
    const { since, open } = desk([happened()], false);
    await since.begin('c', 50);
    expect(open).not.toHaveBeenCalled();
    expect(since.waiting?.items).toHaveLength(1);
  });
});

it('half an hour away ends with what happened since', async () => {
  const { since, asked, open, pass } = desk([happened()]);
  await since.begin('c', 50);
  pass(LOOKING_MS + 1);
  since.note(60);
  pass(AWAY_MS);
  since.touch();
  await vi.waitFor(() => expect(open).toHaveBeenCalledOnce());
  expect(asked).toEqual([50]);
  // Until it was read it waits, whatever else comes in.
  since.note(70);
  expect(localStorage.getItem(KEY)).toBe('50');
});

describe('after an outage', () => {
  it('what happened since the line was lost is told once the answers are in', async () => {
    const { since, asked, open, pass } = desk([happened()]);
    await since.begin('c', 50);
    since.line('offline');
    pass(OUTAGE_MS);
    since.touch();
    since.note(55);
    since.line('checking');
    since.line('live');
    vi.advanceTimersByTime(SETTLED_MS - 1);
    since.note(60);
    vi.advanceTimersByTime(SETTLED_MS - 1);
    expect(asked).toEqual([]);
    vi.advanceTimersByTime(1);
    await vi.waitFor(() => expect(open).toHaveBeenCalledOnce());
    expect(asked).toEqual([50]);
  });

  it('that was a hiccup, it is a line and no more', async () => {
    const { since, open } = desk([happened()]);
    await since.begin('c', 50);
    since.line('reconnecting');
    since.line('live');
    vi.advanceTimersByTime(SETTLED_MS);
    await vi.waitFor(() => expect(since.waiting).not.toBeNull());
    expect(open).not.toHaveBeenCalled();
  });
});

it('puts first what needs somebody, then by the time of the visit', () => {
  const items = [
    happened({ seq: 4, what: 'booked', start: '2026-11-27T10:00:00' }),
    happened({ seq: 3, what: 'booked' }),
    happened({ seq: 2, what: 'cancelled' }),
    happened({ seq: 1, what: 'asked' }),
    happened({ seq: 5, what: 'rezoned' }),
  ];
  expect(groupsOf(items).map(({ key, items }) => [key, items.map(({ seq }) => seq)])).toEqual([
    ['needs', [1]],
    ['cancelled', [2]],
    ['booked', [3, 4]],
    ['rezoned', [5]],
  ]);
});

it.each([
  [happened({ what: 'moved', from: '2026-11-24T09:00:00' }), 'Today 09:00 to Wed 25 Nov 10:00'],
  [happened({ what: 'asked', start: '2026-11-24T13:00:00' }), 'asks for today 13:00'],
  [happened({ what: 'rejected', reason: 'taken' }), 'Wed 25 Nov 10:00: The time was taken'],
  [happened({ what: 'status', status: 'arrived' }), 'Wed 25 Nov 10:00: arrived'],
  [happened({ what: 'rezoned' }), 'Wed 25 Nov 10:00, as agreed'],
])('is said in a few words: %o', (item, words) => {
  expect(itemWords(item, '2026-11-24')).toBe(words);
});
