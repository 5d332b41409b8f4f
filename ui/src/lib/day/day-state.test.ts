import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useTransport } from '$lib/api/backend';
import type { DayBoard } from '$lib/api/types';
import { AGAIN_AFTER_MS, DayState, SHAPES_AFTER_MS, WORDS_AFTER_MS } from './day-state.svelte';
import { board, DAY, visit } from './fixtures';

/** Answers in the order of the questions, whenever the test says so. */
function answering() {
  const waiting: { date: string; resolve: (board: DayBoard) => void; reject: (why: unknown) => void }[] = [];
  useTransport({
    call: (_, args) =>
      new Promise((resolve, reject) =>
        waiting.push({ date: (args as { date: string }).date, resolve, reject }),
      ),
    listen: () => () => {},
  });
  return waiting;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('reading a day', () => {
  it('shows nothing, then shapes, then words', async () => {
    const asked = answering();
    const day = new DayState();
    const opening = day.open(DAY);
    expect(day.reading).toBe('brief');
    vi.advanceTimersByTime(SHAPES_AFTER_MS);
    expect(day.reading).toBe('shapes');
    vi.advanceTimersByTime(WORDS_AFTER_MS);
    expect(day.reading).toBe('words');
    asked[0]?.resolve(board([]));
    await opening;
    expect(day.reading).toBe('done');
  });

  it('takes the answer to the latest question, however they come', async () => {
    const asked = answering();
    const day = new DayState();
    const one = day.open(DAY);
    const two = day.open('2026-11-25');
    asked[1]?.resolve(board([], { date: '2026-11-25' }));
    asked[0]?.resolve(board([]));
    await Promise.all([one, two]);
    expect(day.board?.date).toBe('2026-11-25');
  });

  it('reads again by itself where nobody answered', async () => {
    const asked = answering();
    const day = new DayState();
    const opening = day.open(DAY);
    asked[0]?.reject(new TypeError('no network'));
    await opening;
    expect(day.problem?.code).toBe('unreachable');
    vi.advanceTimersByTime(AGAIN_AFTER_MS);
    asked[1]?.resolve(board([visit()]));
    await vi.waitFor(() => expect(day.visits).toHaveLength(1));
    expect(day.problem).toBeNull();
  });

  it('reads again where the answer does not know of what was just saved', async () => {
    const asked = answering();
    const day = new DayState();
    const opening = day.open(DAY);
    day.saved({ visit: visit(), seq: 9 });
    asked[0]?.resolve(board([], { seq: 8 }));
    await opening;
    expect(asked).toHaveLength(2);
    asked[1]?.resolve(board([visit()], { seq: 9 }));
    await vi.waitFor(() => expect(day.visits).toHaveLength(1));
  });

  it('says why it could not, and keeps a day that was read before', async () => {
    const asked = answering();
    const day = new DayState();
    const opening = day.open(DAY);
    asked[0]?.resolve(board([visit()]));
    await opening;
    const again = day.reload();
    asked[1]?.reject({ code: 'disk-full', args: {}, findings: [] });
    await again;
    expect(day.problem?.code).toBe('disk-full');
    expect(day.visits).toHaveLength(1);
  });

  it('reads again only where a change makes this day stale', async () => {
    const asked = answering();
    const day = new DayState();
    const opening = day.open(DAY);
    asked[0]?.resolve(board([]));
    await opening;
    await day.changed({ seq: 2, days: ['2026-12-01'], patients: [], settings: false, connection: false });
    expect(asked).toHaveLength(1);
    void day.changed({ seq: 3, days: [DAY], patients: [], settings: false, connection: false });
    expect(asked).toHaveLength(2);
  });
});

describe('what somebody else changed', () => {
  it('glows', async () => {
    const asked = answering();
    const day = new DayState();
    const opening = day.open(DAY);
    asked[0]?.resolve(board([visit(), visit({ id: 'v2' })]));
    await opening;
    const again = day.reload();
    asked[1]?.resolve(board([visit(), visit({ id: 'v2', version: 2 })], { seq: 2 }));
    await again;
    expect([...day.glowing]).toEqual(['v2']);
  });
});
