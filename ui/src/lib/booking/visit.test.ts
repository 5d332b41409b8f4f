import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { describe, expect, it, vi } from 'vitest';
import type { CancelVisit, Checked, DescribeVisit, MoveVisit, PatientView, VisitCard } from '$lib/api/types';
import CancelDialog from './CancelDialog.svelte';
import ConfirmMove from './ConfirmMove.svelte';
import { ANNA, CLINIC, OPENINGS, VISIT, answerFrom, problem } from './fake-clinic';
import VisitPanel from './VisitPanel.svelte';

const PATIENT: PatientView = {
  hit: ANNA,
  gender: 'unknown',
  personnummer: null,
  email: '',
  note: '',
  coming: [VISIT],
  past: [],
};

const handlers = () => ({ onclose: vi.fn(), onsaved: vi.fn(), oncancel: vi.fn(), onstatus: vi.fn() });

function press(key: string, more: KeyboardEventInit = {}): Promise<boolean> {
  return fireEvent.keyDown(document.activeElement ?? document.body, { key, code: `Digit${key}`, ...more });
}

describe('a visit’s panel', () => {
  it('says the alert first and offers the steps from here', async () => {
    answerFrom({ patient: () => PATIENT });
    const on = handlers();
    render(VisitPanel, { clinic: CLINIC, visit: VISIT, ...on });
    expect(screen.getByRole('alert').textContent).toContain('Penicillin allergy');
    await fireEvent.click(screen.getByRole('button', { name: /^Arrived/ }));
    expect(on.onstatus).toHaveBeenCalledWith(VISIT, 'arrived');
    await press('2');
    expect(on.onstatus).toHaveBeenCalledWith(VISIT, 'noshow');
    await fireEvent.click(screen.getByRole('button', { name: 'Cancel the visit' }));
    expect(on.oncancel).toHaveBeenCalledWith(VISIT);
  });

  it('of what is asked for online is answered before anything else', async () => {
    answerFrom({ patient: () => PATIENT });
    const onanswer = vi.fn();
    const visit: VisitCard = { ...VISIT, status: 'pending', next: ['booked', 'cancelled'] };
    render(VisitPanel, { clinic: CLINIC, visit, ...handlers(), onanswer });
    expect(screen.queryByRole('button', { name: 'Cancel the visit' })).toBeNull();
    await press('1');
    expect(onanswer).toHaveBeenLastCalledWith(visit, true);
    await fireEvent.click(screen.getByRole('button', { name: /^Decline/ }));
    expect(onanswer).toHaveBeenLastCalledWith(visit, false);
  });

  it('says what an import found odd, in words', () => {
    answerFrom({ patient: () => PATIENT });
    const flags = [
      'imported',
      'clashes',
      'off-grid',
      'in-break',
      'outside-hours',
      'no-time',
      'no-length',
      'clock-change',
      'no-patient',
      'practitioner-inactive',
    ];
    render(VisitPanel, { clinic: CLINIC, visit: { ...VISIT, flags }, ...handlers() });
    expect(screen.getByText('Reaches into a break.')).toBeTruthy();
  });

  it('keeps what was typed when somebody else changed the visit', async () => {
    const theirs: VisitCard = { ...VISIT, version: 4, note: 'Bring the X-rays' };
    const asked = answerFrom({
      patient: () => ({ ...PATIENT, coming: [theirs] }),
      describe_visit: ({ version, note }) => {
        if (version !== 4) throw problem('changed-meanwhile');
        return { visit: { ...theirs, version: 5, note }, seq: 9 };
      },
    });
    const on = handlers();
    render(VisitPanel, { clinic: CLINIC, visit: VISIT, ...on });
    const note = screen.getByLabelText<HTMLTextAreaElement>('Note');
    await fireEvent.input(note, { target: { value: 'Lower left' } });
    await press('Enter', { ctrlKey: true });
    await fireEvent.click(await screen.findByRole('button', { name: 'Read again' }));
    await screen.findByText(/Bring the X-rays/);
    expect(note.value).toBe('Lower left');
    await fireEvent.click(screen.getByRole('button', { name: 'Go on with mine' }));
    await press('Enter', { ctrlKey: true });
    await waitFor(() => expect(on.onsaved).toHaveBeenCalledOnce());
    const notes = asked
      .filter(({ name }) => name === 'describe_visit')
      .map(({ args }) => (args as DescribeVisit).note);
    expect(notes).toEqual(['Lower left', 'Lower left']);
  });

  it('asks before leaving what was typed', async () => {
    answerFrom({ patient: () => PATIENT });
    const on = handlers();
    render(VisitPanel, { clinic: CLINIC, visit: VISIT, ...on });
    await fireEvent.input(screen.getByLabelText('Note'), { target: { value: 'Lower left' } });
    await press('Escape');
    await screen.findByText('Leave without saving?');
    expect(on.onclose).not.toHaveBeenCalled();
  });
});

describe('cancelling', () => {
  it('takes a reason by its key and Ctrl+Enter', async () => {
    const asked = answerFrom({ cancel_visit: () => ({ visit: VISIT, seq: 8 }) });
    const on = handlers();
    render(CancelDialog, { clinic: CLINIC, visit: VISIT, onclose: on.onclose, onsaved: on.onsaved });
    const dialog = screen.getByRole('dialog', { hidden: true });
    await fireEvent.keyDown(dialog, { key: '1', code: 'Digit1' });
    await fireEvent.keyDown(dialog, { key: 'Enter', ctrlKey: true });
    await waitFor(() => expect(on.onsaved).toHaveBeenCalledOnce());
    expect(asked[0]?.args as CancelVisit).toEqual({ id: 'visit', version: 3, by: 'patient', reason: 'Ill' });
  });

  it('drops a ready reason of the other side, keeps words of one’s own', async () => {
    answerFrom({});
    const on = handlers();
    render(CancelDialog, { clinic: CLINIC, visit: VISIT, onclose: on.onclose, onsaved: on.onsaved });
    const field = screen.getByLabelText<HTMLInputElement>('Reason');
    await fireEvent.click(screen.getByText('Ill'));
    expect(field.value).toBe('Ill');
    await fireEvent.click(screen.getByLabelText('The clinic'));
    expect(field.value).toBe('');
    await fireEvent.input(field, { target: { value: 'No power' } });
    await fireEvent.click(screen.getByLabelText('The patient'));
    expect(field.value).toBe('No power');
  });
});

describe('a move that something stands against', () => {
  const checked: Checked = {
    findings: [{ code: 'in-break', severity: 'warning', with: [], name: 'Lunch' }],
    instead: OPENINGS,
  };
  const to = { practitioner: 'amira', start: '2026-11-24T12:00:00', minutes: 30 };

  it('goes on once it was seen', async () => {
    const asked = answerFrom({ move_visit: () => ({ visit: VISIT, seq: 8 }) });
    const on = handlers();
    render(ConfirmMove, {
      clinic: CLINIC,
      visit: VISIT,
      to,
      checked,
      onclose: on.onclose,
      onsaved: on.onsaved,
    });
    const dialog = screen.getByRole('dialog', { hidden: true });
    await fireEvent.keyDown(dialog, { key: 'Enter', ctrlKey: true });
    expect(asked).toHaveLength(0);
    await fireEvent.click(screen.getByText('Move anyway'));
    await fireEvent.keyDown(dialog, { key: 'Enter', ctrlKey: true });
    await waitFor(() => expect(on.onsaved).toHaveBeenCalledOnce());
    expect((asked[0]?.args as MoveVisit).accept.warnings).toEqual(['in-break']);
  });

  it('goes to a free place by its key', async () => {
    const asked = answerFrom({ move_visit: () => ({ visit: VISIT, seq: 8 }) });
    const on = handlers();
    render(ConfirmMove, {
      clinic: CLINIC,
      visit: VISIT,
      to,
      checked,
      onclose: on.onclose,
      onsaved: on.onsaved,
    });
    await fireEvent.keyDown(screen.getByRole('dialog', { hidden: true }), { key: '2', code: 'Digit2' });
    await waitFor(() => expect(on.onsaved).toHaveBeenCalledOnce());
    expect(asked[0]?.args).toMatchObject({ practitioner: 'erik', start: '2026-11-26T13:00:00', version: 3 });
  });
});
