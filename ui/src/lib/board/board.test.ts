import { describe, expect, it } from 'vitest';
import { column, DAY, visit } from '$lib/day/fixtures';
import { cardAction, globalAction, type Press } from './keys';
import { closedStretches, gapLabel } from './stretches';
import { nextStatus, previousStatus, statusLook } from './status';
import { nextExpected, walk } from './walk';

const press = (key: string, held: Partial<Press> = {}): Press => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...held,
});

describe('keys', () => {
  it.each([
    [press(' '), { do: 'next' }],
    [press('u'), { do: 'back' }],
    [press('Backspace'), { do: 'back' }],
    [press('M'), { do: 'missed' }],
    [press('x'), { do: 'cancel' }],
    [press('a'), { do: 'confirm' }],
    [press('D'), { do: 'decline' }],
    [press('Delete'), { do: 'cancel' }],
    [press('Enter'), { do: 'open' }],
    [press('ArrowDown'), { do: 'walk', to: 'down' }],
    [press('Home'), { do: 'walk', to: 'first' }],
    [press('ArrowDown', { altKey: true }), { do: 'move', steps: 1, columns: 0 }],
    [press('ArrowLeft', { altKey: true }), { do: 'move', steps: 0, columns: -1 }],
    [press('ArrowUp', { shiftKey: true }), { do: 'lengthen', steps: -1 }],
    [press('ArrowLeft', { shiftKey: true }), null],
    [press('ArrowLeft', { ctrlKey: true }), null],
  ])('%j on a card asks for %j', (key, action) => {
    expect(cardAction(key)).toEqual(action);
  });

  it.each([
    [press('n'), 'new'],
    [press('k', { ctrlKey: true }), 'find'],
    [press('z', { ctrlKey: true }), 'undo'],
    [press('ArrowRight', { ctrlKey: true }), 'following'],
    [press('PageUp'), 'previous'],
    [press('r'), 'requests'],
    [press('c'), 'conflicts'],
    [press('c', { ctrlKey: true }), null],
    [press('s'), 'since'],
    [press('?', { shiftKey: true }), 'keys'],
    [press('n', { altKey: true }), null],
  ])('%j anywhere asks for %j', (key, action) => {
    expect(globalAction(key)).toBe(action);
  });

  it('leave letters alone when they are turned off', () => {
    expect(cardAction(press('x'), false)).toBeNull();
    expect(globalAction(press('n'), false)).toBeNull();
    expect(cardAction(press('Delete'), false)).toEqual({ do: 'cancel' });
    expect(globalAction(press('k', { ctrlKey: true }), false)).toBe('find');
  });
});

describe('walking', () => {
  const at = (id: string, practitioner: string, time: string, minutes = 30) =>
    visit({ id, practitioner, minutes, start: `${DAY}T${time}:00` });
  const a1 = at('a1', 'a', '09:00');
  const a2 = at('a2', 'a', '10:00');
  const c1 = at('c1', 'c', '08:00', 150);
  const c2 = at('c2', 'c', '10:45');
  const visits = [a1, a2, c1, c2];
  const columns = ['a', 'b', 'c'];

  it.each([
    [a1, 'down', a2],
    [a2, 'up', a1],
    [a1, 'up', null],
    [a2, 'right', c1],
    [c2, 'left', a2],
    [a1, 'left', null],
    [a2, 'first', a1],
    [a1, 'last', a2],
  ] as const)('from $id %s', (from, to, expected) => {
    expect(walk(visits, columns, from, to)?.id ?? null).toBe(expected?.id ?? null);
  });

  it('starts at whoever is expected next', () => {
    const done = visit({ id: 'done', status: 'fulfilled', start: `${DAY}T08:00:00` });
    const late = visit({ id: 'late', start: `${DAY}T10:00:00` });
    expect(nextExpected([late, done], `${DAY}T10:20:00`)?.id).toBe('late');
    expect(nextExpected([late, done], `${DAY}T10:40:00`)?.id).toBe('done');
    expect(nextExpected([], `${DAY}T10:40:00`)).toBeNull();
  });
});

describe('status', () => {
  const now = 1_795_512_151;

  it.each([
    [visit(), 'booked', 'status-booked'],
    [visit({ confirmed: true }), 'confirmed', 'status-confirmed'],
    [visit({ overbooked: 'pain' }), 'overbooked', 'status-overbooked'],
    [visit({ status: 'arrived', arrived_at: now - 6 * 60 }), 'waiting', 'status-waiting-minutes'],
    [visit({ status: 'arrived', arrived_at: now - 24 * 60 }), 'overdue', 'status-waiting-minutes'],
    [visit({ status: 'arrived', arrived_at: now - 90 * 86_400 }), 'waiting', 'status-waiting'],
    [visit({ status: 'arrived', arrived_at: now + 2 }), 'waiting', 'status-waiting-minutes'],
    [visit({ status: 'checked-in' }), 'seated', 'status-seated'],
    [visit({ status: 'proposed' }), 'held', 'status-proposed'],
    [visit({ status: 'noshow' }), 'noshow', 'status-noshow'],
  ])('%#: looks as it stands', (shown, tone, id) => {
    expect(statusLook(shown, now, 15)).toMatchObject({ tone, words: { id } });
  });

  it('goes forward and back only where staff may', () => {
    expect(nextStatus(visit())).toBe('arrived');
    expect(nextStatus(visit({ next: ['cancelled'] }))).toBeNull();
    expect(previousStatus(visit({ status: 'fulfilled', next: ['checked-in'] }))).toBe('checked-in');
    expect(previousStatus(visit())).toBeNull();
  });
});

describe('stretches', () => {
  const hours = { start: 480, end: 1020 };

  it('are closed outside working hours', () => {
    const split = column({
      working: [
        { start: 540, end: 720 },
        { start: 780, end: 960 },
      ],
    });
    expect(closedStretches(split, hours).map(({ span, words }) => [span.start, span.end, words?.id])).toEqual(
      [
        [480, 540, 'board-in-from'],
        [720, 780, 'board-back-at'],
        [960, 1020, 'board-works-until'],
      ],
    );
  });

  it('cover the day of somebody who is away', () => {
    const away = column({ working: [], away: 'Course' });
    expect(closedStretches(away, hours)).toEqual([
      { span: hours, words: { id: 'board-away-because', args: { reason: 'Course' } } },
    ]);
  });

  it('are free only from now on', () => {
    expect(gapLabel({ start: 600, end: 645 }, null)).toMatchObject({ start: 600, minutes: 45 });
    expect(gapLabel({ start: 600, end: 645 }, 622)).toMatchObject({ start: 625, minutes: 20 });
    expect(gapLabel({ start: 600, end: 645 }, 645)).toBeNull();
    expect(gapLabel({ start: 600, end: 750 }, null)?.words).toEqual({
      id: 'board-free-hours',
      args: { hours: 2, minutes: 30 },
    });
  });
});
