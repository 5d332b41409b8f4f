import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { expect, it, vi } from 'vitest';
import { answerFrom } from '$lib/booking/fake-clinic';
import type { ConflictView } from '$lib/api/types';
import { clinic, conflict, DAY } from '$lib/day/fixtures';
import { Undo } from '$lib/day/undo.svelte';
import { Online } from '$lib/requests/online.svelte';
import ConflictsPage from './ConflictsPage.svelte';

async function open(all: ConflictView[]) {
  const asked = answerFrom({
    conflicts: () => all,
    requests: () => ({
      asked: [],
      held: [],
      held_count: 0,
      conflicts: all.length,
      rule: { ask_staff: false, limit_minutes: 120 },
    }),
    settle_conflict: ({ id }) => {
      all = all.map((one) => (one.id === id ? { ...one, settled: { id, seq: 77 } } : one));
      return { id, seq: 77 };
    },
    reopen_conflict: () => {
      all = all.map((one) => ({ ...one, settled: null }));
      return null;
    },
  });
  const undo = new Undo();
  const online = new Online({
    undo,
    time: () => '10:22',
    say: vi.fn(),
    refused: vi.fn(),
    saved: vi.fn(),
    askDecline: vi.fn(),
    reload: async () => {},
  });
  const onopen = vi.fn();
  render(ConflictsPage, { online, clinic: clinic(), today: DAY, privacy: false, onopen });
  const press = (key: string) =>
    fireEvent.keyDown(document.activeElement ?? document.body, { key, code: `Digit${key}` });
  return { asked, undo, onopen, press };
}

it('is settled by one key, and the next one takes its place', async () => {
  const { asked, press, undo } = await open([
    conflict(),
    conflict({ id: 'c2', patient: { ...conflict().patient, name: 'Tom Barrett' } }),
  ]);
  await waitFor(() => expect(document.activeElement?.getAttribute('data-row')).toBe('c1'));
  await press('2');
  await waitFor(() =>
    expect(asked).toContainEqual({ name: 'settle_conflict', args: { id: 'c1', choice: 'keep-here' } }),
  );
  await waitFor(() => expect(undo.last).toMatchObject({ seq: 77, what: 'conflict' }));
  await waitFor(() => expect(document.activeElement?.getAttribute('data-row')).toBe('c2'));
  // A key that no choice has does nothing.
  await press('3');
  expect(asked.filter(({ name }) => name === 'settle_conflict')).toHaveLength(1);
});

it('says both versions, what each choice does, and shows the day on the board', async () => {
  const { onopen, press } = await open([conflict()]);
  await screen.findByText('Moved from 09:00 to 10:00');
  expect(screen.getByText('Cancelled the 09:00 visit')).toBeTruthy();
  expect(screen.getByRole('button', { name: /Keep 10:00/ })).toBeTruthy();
  await waitFor(() => expect(document.activeElement?.getAttribute('data-row')).toBe('c1'));
  await press('Enter');
  expect(onopen).toHaveBeenCalledWith('2026-11-25', null);
});

it('that is settled can be opened again', async () => {
  const { asked } = await open([conflict({ settled: { id: 'c1', seq: 77 } })]);
  await fireEvent.click(await screen.findByRole('button', { name: 'Open it again' }));
  await waitFor(() => expect(asked).toContainEqual({ name: 'reopen_conflict', args: { seq: 77 } }));
  await screen.findByRole('button', { name: /Keep 10:00/ });
});

it('says that there is none, and what one would be', async () => {
  await open([]);
  await screen.findByText('Nothing to settle');
});
