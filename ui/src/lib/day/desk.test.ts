import { beforeEach, describe, expect, it, vi } from 'vitest';
import { useTransport } from '$lib/api/backend';
import type { DayBoard, Problem, VisitCard } from '$lib/api/types';
import { Desk } from './desk.svelte';
import { board, clinic, DAY, request, visit } from './fixtures';

type Answer = (args: never) => unknown;

/** A desk whose clinic answers with `answers`; every call is noted. */
async function deskWith(visits: VisitCard[], answers: Record<string, Answer> = {}) {
  const calls: [string, unknown][] = [];
  const shown: DayBoard = board(visits);
  const all: Record<string, Answer> = { clinic: () => clinic(), day_board: () => shown, ...answers };
  useTransport({
    call: async (name, args) => {
      calls.push([name, args]);
      const answer = all[name];
      if (!answer) throw problem('unknown-command');
      return answer(args as never);
    },
    listen: () => () => {},
  });
  const desk = new Desk();
  await desk.load();
  return { desk, calls, commands: () => calls.map(([name]) => name) };
}

function problem(code: string, findings: Problem['findings'] = []): Problem {
  return { code, args: {}, findings };
}

/** The visit as the first on the board. */
function first(desk: Desk): VisitCard {
  const [found] = desk.day.visits;
  if (!found) throw new Error('the board is empty');
  return found;
}

describe('a status key', () => {
  it('shows the status at once and keeps it when it is saved', async () => {
    let answer: (value: unknown) => void = () => {};
    const { desk } = await deskWith([visit()], {
      set_status: () => new Promise((resolve) => (answer = resolve)),
    });
    const saving = desk.advance(first(desk));
    expect(first(desk).status).toBe('arrived');
    answer({ visit: visit({ status: 'arrived', version: 2 }), seq: 7 });
    await saving;
    expect(first(desk)).toMatchObject({ status: 'arrived', version: 2 });
    expect(desk.undo.last).toMatchObject({ seq: 7, words: { id: 'done-status-arrived' } });
  });

  it('pressed again before the answer goes on from what was saved', async () => {
    const answers: ((value: unknown) => void)[] = [];
    const { desk, calls } = await deskWith([visit()], {
      set_status: () => new Promise((resolve) => answers.push(resolve)),
    });
    const arriving = desk.advance(first(desk));
    const sitting = desk.advance(first(desk));
    expect(answers).toHaveLength(1);
    answers[0]?.({ visit: visit({ status: 'arrived', version: 2, next: ['checked-in'] }), seq: 7 });
    await arriving;
    await vi.waitFor(() => expect(answers).toHaveLength(2));
    answers[1]?.({ visit: visit({ status: 'checked-in', version: 3 }), seq: 8 });
    await sitting;
    expect(calls.at(-1)).toEqual(['set_status', { id: first(desk).id, version: 2, status: 'checked-in' }]);
    expect(first(desk)).toMatchObject({ status: 'checked-in', version: 3 });
  });

  it('puts the status back and says why when it is refused', async () => {
    const { desk } = await deskWith([visit()], {
      set_status: () => {
        throw problem('disk-full');
      },
    });
    await desk.advance(first(desk));
    expect(first(desk).status).toBe('booked');
    expect(desk.notice).toMatchObject({
      title: { id: 'board-status-not-saved' },
      problem: { code: 'disk-full' },
    });
    expect(desk.undo.last).toBeNull();
  });

  it('asks nothing of the clinic where there is no next step', async () => {
    const { desk, commands } = await deskWith([visit({ status: 'fulfilled', next: ['checked-in'] })]);
    await desk.advance(first(desk));
    expect(commands()).not.toContain('set_status');
    expect(desk.announcement?.words.id).toBe('board-no-next');
  });
});

describe('a move', () => {
  it('is shown at once, and put back when it is refused', async () => {
    let refuse: (why: unknown) => void = () => {};
    const { desk } = await deskWith([visit()], {
      move_visit: () => new Promise((_, reject) => (refuse = reject)),
    });
    const moving = desk.move(first(desk), { practitioner: 'amira', start: `${DAY}T11:00:00`, minutes: 30 });
    expect(first(desk)).toMatchObject({ practitioner: 'amira', start: `${DAY}T11:00:00` });
    refuse(problem('changed-meanwhile'));
    await moving;
    expect(first(desk)).toMatchObject({ practitioner: 'erik', start: `${DAY}T09:00:00` });
    expect(desk.notice?.problem.code).toBe('changed-meanwhile');
  });

  it('asks first where staff may go on knowingly', async () => {
    const findings: Problem['findings'] = [
      { code: 'in-break', severity: 'warning', with: [], name: 'Lunch' },
    ];
    const { desk } = await deskWith([visit()], {
      move_visit: () => {
        throw problem('in-break', findings);
      },
    });
    await desk.move(first(desk), { practitioner: 'erik', start: `${DAY}T12:00:00`, minutes: 30 });
    expect(desk.overlay).toMatchObject({ kind: 'confirm-move', to: { start: `${DAY}T12:00:00` }, findings });
    expect(desk.notice).toBeNull();
    expect(first(desk).start).toBe(`${DAY}T09:00:00`);
  });
});

describe('a move by keys', () => {
  const columns = ['erik', 'amira'];
  let sent: unknown;

  beforeEach(() => {
    sent = undefined;
  });

  async function desk() {
    const made = await deskWith([visit()], {
      move_visit: (args: VisitCard) => {
        sent = args;
        return { visit: visit({ ...args, version: 2 }), seq: 3 };
      },
    });
    return made.desk;
  }

  it('goes along the grid and across columns, and is sent once', async () => {
    const at = await desk();
    at.nudge(first(at), 1, 0, columns);
    at.nudge(first(at), 1, 1, columns);
    expect(first(at)).toMatchObject({ practitioner: 'amira', start: `${DAY}T10:00:00` });
    expect(sent).toBeUndefined();
    at.commitNudge();
    await vi.waitFor(() => expect(at.undo.last?.seq).toBe(3));
    expect(sent).toMatchObject({ practitioner: 'amira', start: `${DAY}T10:00:00`, minutes: 30, version: 1 });
  });

  it('lengthens by five minutes and never shortens to nothing', async () => {
    const at = await desk();
    at.lengthen(first(at), 1);
    expect(first(at).minutes).toBe(35);
    for (let press = 0; press < 10; press += 1) at.lengthen(first(at), -1);
    expect(first(at).minutes).toBe(5);
  });

  it('sends nothing when it comes back to where it was, or is dropped', async () => {
    const at = await desk();
    at.nudge(first(at), 1, 0, columns);
    at.nudge(first(at), -1, 0, columns);
    at.commitNudge();
    at.nudge(first(at), 1, 0, columns);
    expect(at.dropNudge()).toBe(true);
    expect(first(at).start).toBe(`${DAY}T09:00:00`);
    expect(sent).toBeUndefined();
  });

  it('stays on the board', async () => {
    const at = await desk();
    at.nudge(first(at), 0, -1, columns);
    expect(first(at).practitioner).toBe('erik');
    at.nudge(first(at), -40, 0, columns);
    expect(first(at).start).toBe(`${DAY}T09:00:00`);
  });

  it('leaves a finished visit where it is', async () => {
    const { desk: at } = await deskWith([visit({ status: 'fulfilled' })]);
    at.nudge(first(at), 1, 0, columns);
    expect(first(at).start).toBe(`${DAY}T09:00:00`);
    expect(at.announcement?.words.id).toBe('board-no-move');
  });
});

describe('undo', () => {
  it('takes the last thing back, once', async () => {
    const { desk, calls } = await deskWith([visit()], {
      set_status: () => ({ visit: visit({ status: 'arrived', version: 2 }), seq: 7 }),
      undo: () => ({ visit: visit({ version: 3 }), seq: 8 }),
    });
    await desk.advance(first(desk));
    await desk.undoLast();
    await desk.undoLast();
    expect(calls.filter(([name]) => name === 'undo')).toEqual([['undo', { seq: 7 }]]);
    expect(desk.undo.last).toBeNull();
  });
});

describe('a clinic that does not answer', () => {
  it('is said, and asked again on demand', async () => {
    let there = false;
    const { desk } = await deskWith([visit()], {
      clinic: () => {
        if (!there) throw new Error('no line');
        return clinic();
      },
    });
    expect(desk.problem?.code).toBe('unreachable');
    there = true;
    await desk.load();
    expect(desk.problem).toBeNull();
    expect(desk.day.date).toBe(DAY);
  });
});

describe('a visit that is asked for online', () => {
  const pending = visit({ status: 'pending', next: ['booked', 'cancelled'] });
  const requests = () => ({
    asked: [request()],
    held: [],
    held_count: 0,
    conflicts: 0,
    rule: { ask_staff: true, limit_minutes: 120 },
  });

  it('is confirmed by the key for the next step', async () => {
    const { desk, calls } = await deskWith([pending], {
      requests,
      answer_request: () => request({ answer: 'accepted' }),
    });
    await desk.advance(first(desk));
    expect(calls).toContainEqual(['answer_request', { id: 'r1', accept: true }]);
    expect(calls.map(([name]) => name)).not.toContain('set_status');
  });

  it('is declined, once somebody has said so, where another would be cancelled', async () => {
    const { desk, commands } = await deskWith([pending], { requests });
    desk.askCancel(first(desk));
    await vi.waitFor(() => expect(desk.overlay).toEqual({ kind: 'decline', request: request() }));
    expect(commands()).not.toContain('answer_request');
  });
});

describe('another page', () => {
  it('leaves the board, and a visit leads back to it', async () => {
    const { desk } = await deskWith([visit()]);
    desk.book();
    desk.show('requests');
    expect([desk.page, desk.panel]).toEqual(['requests', null]);
    await desk.goToVisit(first(desk).start.slice(0, 10), 'v1');
    expect([desk.page, desk.focused]).toEqual(['board', 'v1']);
  });
});
