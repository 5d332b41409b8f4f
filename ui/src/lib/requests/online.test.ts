import { beforeEach, describe, expect, it, vi } from 'vitest';
import { answerFrom, problem, type Asked } from '$lib/booking/fake-clinic';
import type { Commands, RequestsView } from '$lib/api/types';
import { conflict, request } from '$lib/day/fixtures';
import { Undo } from '$lib/day/undo.svelte';
import { Online, READ_AFTER_MS } from './online.svelte';

const VIEW: RequestsView = {
  asked: [request(), request({ id: 'r2', appointment: null })],
  held: [],
  held_count: 0,
  conflicts: 1,
  rule: { ask_staff: true, limit_minutes: 120 },
};

type Answers = { [N in keyof Commands]?: (args: Commands[N]['args']) => Commands[N]['answer'] };

/** What comes from outside to a clinic that answers with `more`. */
function online(more: Answers = {}) {
  const asked: Asked[] = answerFrom({ requests: () => VIEW, conflicts: () => [conflict()], ...more });
  const around = {
    undo: new Undo(),
    time: () => '10:22',
    say: vi.fn(),
    refused: vi.fn(),
    saved: vi.fn(),
    askDecline: vi.fn(),
    reload: vi.fn(async () => {}),
  };
  return { online: new Online(around), around, names: () => asked.map(({ name }) => name), asked };
}

beforeEach(() => void vi.useRealTimers());

describe('a burst of changes', () => {
  it('is read once, when it is over', async () => {
    vi.useFakeTimers();
    const { online: it, names } = online();
    for (let change = 0; change < 5; change += 1) {
      it.changed();
      vi.advanceTimersByTime(READ_AFTER_MS - 1);
    }
    expect(names()).toEqual([]);
    vi.advanceTimersByTime(1);
    await vi.waitFor(() => expect(it.requests.view).toBe(VIEW));
    expect(names()).toEqual(['requests']);
  });
});

describe('answering', () => {
  it('confirms at once, and the list is shorter before the clinic has answered', async () => {
    const answered = request({ answer: 'accepted' });
    const { online: it, around, asked } = online({ answer_request: () => answered });
    await it.read();
    const answering = it.answer(request(), true);
    expect(it.requests.asked.map(({ id }) => id)).toEqual(['r2']);
    await answering;
    expect(asked.find(({ name }) => name === 'answer_request')?.args).toEqual({ id: 'r1', accept: true });
    expect(around.say).toHaveBeenCalledWith({ id: 'request-confirmed' }, 'Oskar Nyberg');
    expect(around.reload).toHaveBeenCalled();
  });

  it('asks before it declines', async () => {
    const { online: it, around, names } = online();
    await it.read();
    await it.answer(request(), false);
    expect(around.askDecline).toHaveBeenCalledWith(request());
    expect(names()).not.toContain('answer_request');
  });

  it('that fails puts the request back and says why', async () => {
    const { online: it, around } = online({
      answer_request: () => {
        throw problem('disk-full');
      },
    });
    await it.read();
    await it.decline(request());
    expect(it.requests.asked).toHaveLength(2);
    expect(around.refused).toHaveBeenCalledWith({ id: 'request-not-answered' }, expect.anything());
  });

  it('knows the request by its visit on the board, and says when somebody was faster', async () => {
    const { online: it, around } = online({ answer_request: () => request({ answer: 'accepted' }) });
    const visit = { id: 'v1', patient: request().patient } as never;
    await it.answerVisit(visit, true);
    expect(around.say).toHaveBeenCalledWith({ id: 'request-confirmed' }, 'Oskar Nyberg');
    await it.answerVisit({ ...(visit as object), id: 'gone' } as never, true);
    expect(around.say).toHaveBeenCalledWith({ id: 'request-answered-already' }, 'Oskar Nyberg');
  });

  it('on the board counts while the list is being read anew', async () => {
    // The second reading comes only once the one it takes over from is over.
    let comes = (_: RequestsView): void => {};
    const second = new Promise<RequestsView>((resolve) => (comes = resolve));
    const first = Promise.resolve(VIEW);
    const readings = [first as never, second as never];
    const { online: it, around } = online({
      requests: () => readings.shift() ?? VIEW,
      answer_request: () => request({ answer: 'accepted' }),
    });
    const answering = it.answerVisit({ id: 'v1', patient: request().patient } as never, true);
    const reading = it.read();
    await vi.waitFor(() => expect(readings).toHaveLength(0));
    await first;
    comes(VIEW);
    await Promise.all([reading, answering]);
    expect(around.say).toHaveBeenCalledWith({ id: 'request-confirmed' }, 'Oskar Nyberg');
  });
});

describe('a settled conflict', () => {
  it('is opened again by undo', async () => {
    const {
      online: it,
      around,
      asked,
    } = online({
      settle_conflict: ({ id }) => ({ id, seq: 77 }),
      reopen_conflict: () => null,
    });
    await it.settle(conflict(), 'keep-here');
    expect(around.undo.last).toMatchObject({ seq: 77, what: 'conflict', at: '10:22' });
    expect(await around.undo.undo()).toMatchObject({ saved: null });
    expect(asked.at(-1)).toEqual({ name: 'reopen_conflict', args: { seq: 77 } });
    expect(around.undo.last).toBeNull();
  });

  it('opened again by its button is nothing to undo any more', async () => {
    const { online: it, around } = online({
      settle_conflict: ({ id }) => ({ id, seq: 77 }),
      reopen_conflict: () => null,
    });
    await it.settle(conflict(), 'keep-here');
    await it.reopen(conflict({ settled: { id: 'c1', seq: 77 } }));
    expect(around.undo.last).toBeNull();
  });

  it('that could not be settled says so', async () => {
    const { online: it, around } = online({
      settle_conflict: () => {
        throw problem('changed-meanwhile');
      },
    });
    await it.settle(conflict(), 'keep-here');
    expect(around.refused).toHaveBeenCalledWith({ id: 'conflict-not-settled' }, expect.anything());
    expect(around.undo.last).toBeNull();
  });
});
