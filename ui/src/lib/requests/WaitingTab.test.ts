import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { describe, expect, it, vi } from 'vitest';
import type { PatientHit } from '$lib/api/types';
import { ANNA, answerFrom } from '$lib/booking/fake-clinic';
import { board, clinic, DAY, request, visit } from '$lib/day/fixtures';
import { Undo } from '$lib/day/undo.svelte';
import { Online } from './online.svelte';
import WaitingTab from './WaitingTab.svelte';

async function open(letterKeys = true, known: PatientHit[] = []) {
  const waiting = [
    request(),
    request({ id: 'r2', patient: { ...request().patient, name: 'Sofia Petrov' }, appointment: 'v2' }),
  ];
  const asked = answerFrom({
    requests: () => ({
      asked: waiting,
      held: [
        {
          practitioner: 'amira',
          start: `${DAY}T13:00:00`,
          minutes: 30,
          held: {
            id: 'h',
            kind: 'filling',
            asked: `${DAY}T09:08:00`,
            urgent: false,
            name: 'William Ashford',
          },
        },
      ],
      held_count: 3,
      conflicts: 0,
      rule: { ask_staff: true, limit_minutes: 120 },
    }),
    answer_request: ({ id }) => {
      waiting.splice(
        waiting.findIndex((one) => one.id === id),
        1,
      );
      return request({ id, answer: 'accepted' });
    },
    online_rule: () => clinic(),
    likely_same: () => known,
    day_board: () => board([visit({ id: 'v1', version: 4 })]),
    this_is: () => ({ visit: visit({ id: 'v1', version: 5 }), seq: 31 }),
  });
  const askDecline = vi.fn();
  const saved = vi.fn();
  const online = new Online({
    undo: new Undo(),
    time: () => '10:22',
    say: vi.fn(),
    refused: vi.fn(),
    saved,
    askDecline,
    reload: async () => {},
  });
  await online.read();
  const onopen = vi.fn();
  render(WaitingTab, {
    online,
    clinic: clinic({ paired: true }),
    today: DAY,
    privacy: false,
    letterKeys,
    onopen,
    onpair: vi.fn(),
  });
  await waitFor(() => expect(document.activeElement?.getAttribute('data-row')).toBe('r1'));
  const press = (key: string) => fireEvent.keyDown(document.activeElement ?? document.body, { key });
  return {
    asked,
    press,
    onopen,
    askDecline,
    saved,
    answers: () => asked.filter(({ name }) => name === 'answer_request'),
  };
}

describe('requests that wait', () => {
  it('A confirms the one in focus, and the next is in focus', async () => {
    const { press, answers } = await open();
    await press('a');
    await waitFor(() => expect(answers().map(({ args }) => args)).toEqual([{ id: 'r1', accept: true }]));
    await waitFor(() => expect(document.activeElement?.getAttribute('data-row')).toBe('r2'));
  });

  it('are walked by the arrows; D asks first, Enter shows the visit', async () => {
    const { press, answers, askDecline, onopen } = await open();
    await press('ArrowDown');
    await press('d');
    expect(askDecline).toHaveBeenCalledWith(expect.objectContaining({ id: 'r2' }));
    expect(answers()).toEqual([]);
    await press('Enter');
    expect(onopen).toHaveBeenCalledWith('2026-11-25', 'v2');
  });

  it('K confirms for a patient the clinic knows, and what that did can be taken back', async () => {
    const { asked, press, answers, saved } = await open(true, [{ ...ANNA, id: 'p9', name: 'Ida Backlund' }]);
    await screen.findByText('Perhaps the same as Ida Backlund');
    await press('k');
    await waitFor(() =>
      expect(saved).toHaveBeenCalledWith(expect.anything(), expect.objectContaining({ seq: 31 })),
    );
    expect(answers().map(({ args }) => args)).toEqual([{ id: 'r1', accept: true }]);
    expect(asked).toContainEqual({ name: 'this_is', args: { id: 'v1', version: 4, patient: 'p9' } });
  });

  it('letters do nothing for whoever has turned them off', async () => {
    const { press, answers } = await open(false);
    await press('a');
    expect(answers()).toEqual([]);
    await fireEvent.click(screen.getByRole('button', { name: /^Confirm/ }));
    await waitFor(() => expect(answers()).toHaveLength(1));
  });

  it('that are held can’t be answered, and say how many they are', async () => {
    await open();
    expect(screen.getByText('William Ashford')).toBeTruthy();
    expect(screen.getByText('and 2 more')).toBeTruthy();
  });

  it('are answered by another rule once somebody says so', async () => {
    const { asked } = await open();
    await fireEvent.click(screen.getByLabelText('Confirm by rule'));
    await waitFor(() =>
      expect(asked).toContainEqual({ name: 'online_rule', args: { ask_staff: false, limit_minutes: 120 } }),
    );
  });
});
