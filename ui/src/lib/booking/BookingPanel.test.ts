import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { BookVisit, Checked, Finding, NextOpenings, VisitWish } from '$lib/api/types';
import BookingPanel from './BookingPanel.svelte';
import type { BookingStart } from './booking.svelte';
import { ANNA, CLINIC, OPENINGS, VISIT, answerFrom, problem } from './fake-clinic';
import { parked } from './parked.svelte';

const CLASH: Finding = {
  code: 'clash',
  severity: 'needs-reason',
  name: null,
  with: [
    {
      id: 'nils',
      name: 'Nils Forsgren',
      start: '2026-11-24T16:00:00',
      minutes: 30,
      practitioner: 'Erik Sandberg',
    },
  ],
};
const FREE: Checked = { findings: [], instead: [] };
const TAKEN: Checked = { findings: [CLASH], instead: OPENINGS };

function open(start: Partial<BookingStart> = {}, check: (wish: VisitWish) => Checked = () => FREE) {
  const asked = answerFrom({
    find_patients: ({ text }) => (text.startsWith('ek') ? [ANNA] : []),
    next_openings: () => OPENINGS,
    check_visit: ({ wish }) => check(wish),
    book_visit: () => ({ visit: VISIT, seq: 7 }),
  });
  const on = { onclose: vi.fn(), onsaved: vi.fn(), onghost: vi.fn() };
  const { unmount } = render(BookingPanel, {
    clinic: CLINIC,
    start: { date: '2026-11-24', ...start },
    ...on,
  });
  const booked = () => asked.filter(({ name }) => name === 'book_visit').map(({ args }) => args as BookVisit);
  return { asked, booked, unmount, ...on };
}

async function press(key: string, more: KeyboardEventInit = {}): Promise<void> {
  const code = /^\d$/.test(key) ? `Digit${key}` : key;
  await fireEvent.keyDown(document.activeElement ?? document.body, { key, code, ...more });
}

async function pickAnna(): Promise<void> {
  const field = screen.getByRole('combobox', { name: 'Patient' });
  await fireEvent.input(field, { target: { value: 'ek 07' } });
  await waitFor(() => expect(screen.getAllByRole('option')[0]?.textContent).toContain('Anna Ekström'));
  field.focus();
  await press('Enter');
}

const focused = (name: RegExp) =>
  waitFor(() => expect(document.activeElement).toBe(screen.getByRole('button', { name })));

describe('booking by keyboard', () => {
  it('takes a name, Enter, 1 and Ctrl+Enter', async () => {
    const { booked, onsaved } = open();
    await waitFor(() =>
      expect(document.activeElement).toBe(screen.getByRole('combobox', { name: 'Patient' })),
    );
    await pickAnna();
    await focused(/Wed 25/);
    await press('1');
    await focused(/^Book/);
    await press('Enter', { ctrlKey: true });
    await waitFor(() => expect(onsaved).toHaveBeenCalledOnce());
    expect(booked()[0]).toMatchObject({
      wish: {
        patient: 'anna',
        practitioner: 'amira',
        start: '2026-11-25T08:30:00',
        minutes: 30,
        kind: 'exam',
      },
      new_patient: null,
      source: 'phone',
      accept: { warnings: [], overbook_reason: null },
    });
  });

  it('leaves digits to whoever is typing, unless Alt is held', async () => {
    const { onghost } = open();
    const field = screen.getByRole('combobox', { name: 'Patient' });
    await screen.findByText('Wed 25');
    field.focus();
    await press('1');
    expect(onghost.mock.lastCall?.[0]).toBeNull();
    await press('2', { altKey: true });
    await waitFor(() => expect(onghost.mock.lastCall?.[0]).toMatchObject({ practitioner: 'erik' }));
  });

  it('sends the same id again after a failure, so that it books once', async () => {
    const { asked, booked, onsaved } = open({
      patient: ANNA,
      practitioner: 'erik',
      start: '2026-11-24T16:00:00',
    });
    await focused(/^Book/);
    const answers = {
      book_visit: () => {
        throw problem('disk-full');
      },
    };
    const refused = answerFrom(answers);
    await press('Enter', { ctrlKey: true });
    await screen.findByText('The visit was not booked');
    expect(asked.length).toBeGreaterThan(0);
    const again = answerFrom({ book_visit: () => ({ visit: VISIT, seq: 7 }) });
    await press('Enter', { ctrlKey: true });
    await waitFor(() => expect(onsaved).toHaveBeenCalledOnce());
    const ids = [...refused, ...again].map(({ args }) => (args as BookVisit).id);
    expect(ids).toHaveLength(2);
    expect(ids[0]).toBe(ids[1]);
    expect(booked()).toHaveLength(0);
  });
});

describe('a place that is taken', () => {
  const start = { patient: ANNA, practitioner: 'erik', start: '2026-11-24T16:00:00' };
  const taken = (wish: VisitWish) => (wish.start === '2026-11-24T16:00:00' ? TAKEN : FREE);

  it('is said with names and times, and 1 takes the nearest instead', async () => {
    const { onghost } = open(start, taken);
    await screen.findByText('16:00–16:30 is taken');
    expect(screen.getByText(/Nils Forsgren is booked 16:00–16:30 with Erik\./)).toBeTruthy();
    expect(onghost.mock.lastCall?.[1]).toEqual(['nils']);
    await focused(/Wed 08:30 instead/);
    await press('1');
    await focused(/^Book/);
    expect(onghost.mock.lastCall?.[0]).toMatchObject({ practitioner: 'amira', start: '2026-11-25T08:30:00' });
  });

  it('can be booked over with a reason, not without', async () => {
    const { booked, onsaved } = open(start, taken);
    await fireEvent.click(await screen.findByRole('button', { name: 'Overbook, with a reason' }));
    const reason = screen.getByLabelText('Why it is booked over');
    await waitFor(() => expect(document.activeElement).toBe(reason));
    expect(screen.getByRole<HTMLButtonElement>('button', { name: /^Book/ }).disabled).toBe(true);
    await fireEvent.input(reason, { target: { value: 'Acute pain' } });
    await press('Enter', { ctrlKey: true });
    await waitFor(() => expect(onsaved).toHaveBeenCalledOnce());
    expect(booked()[0]?.accept.overbook_reason).toBe('Acute pain');
  });

  it('that was free a moment ago is said where it stands', async () => {
    open(start);
    await focused(/^Book/);
    answerFrom({
      book_visit: () => {
        throw problem('clash', [CLASH]);
      },
      check_visit: () => TAKEN,
      next_openings: () => OPENINGS,
    });
    await press('Enter', { ctrlKey: true });
    await screen.findByText('16:00–16:30 is taken');
    expect(screen.queryByText('The visit was not booked')).toBeNull();
  });
});

describe('half-done work', () => {
  beforeEach(() => (parked.list = []));

  it('is parked when the window goes on to something else', async () => {
    const { unmount } = open();
    await pickAnna();
    unmount();
    expect(parked.list.map(({ patient }) => patient?.id)).toEqual(['anna']);
  });

  it('is not lost by Escape, and can be parked', async () => {
    const { onclose } = open();
    await pickAnna();
    await press('Escape');
    await screen.findByText('Leave this booking?');
    expect(onclose).not.toHaveBeenCalled();
    await fireEvent.click(screen.getAllByRole('button', { name: /^Park/ }).at(-1) as HTMLElement);
    expect(onclose).toHaveBeenCalledOnce();
    const [waiting] = parked.list;
    expect(waiting?.patient?.id).toBe('anna');
    expect(parked.take(waiting?.id ?? '')).not.toBeNull();
    expect(parked.list).toHaveLength(0);
  });

  it('is none when nothing was typed', async () => {
    const { onclose } = open();
    await press('Escape');
    expect(onclose).toHaveBeenCalledOnce();
  });
});

describe('somebody new', () => {
  it('is taken down from what was searched for, and told what is wrong', async () => {
    const { booked, onsaved } = open({ practitioner: 'erik', start: '2026-11-24T16:00:00' });
    const field = screen.getByRole('combobox', { name: 'Patient' });
    await fireEvent.input(field, { target: { value: 'anna öberg' } });
    await screen.findByText('No patient matches “anna öberg”');
    field.focus();
    await press('Enter');
    expect(screen.getByLabelText<HTMLInputElement>('Given name').value).toBe('Anna');
    const birth = screen.getByLabelText('Birth date');
    await fireEvent.input(birth, { target: { value: '2026-02-30' } });
    await fireEvent.blur(birth);
    expect(screen.getByText('There is no such day.')).toBeTruthy();
    await fireEvent.input(birth, { target: { value: '1990' } });
    await waitFor(() =>
      expect(screen.getByRole<HTMLButtonElement>('button', { name: /^Book/ }).disabled).toBe(false),
    );
    await press('Enter', { ctrlKey: true });
    await waitFor(() => expect(onsaved).toHaveBeenCalledOnce());
    expect(booked()[0]).toMatchObject({
      wish: { patient: null },
      new_patient: { family: 'Öberg', birth: '1990' },
    });
  });
});

describe('a time of one’s own', () => {
  it('without a name is given to whoever is free then', async () => {
    const asked = open({ patient: ANNA });
    await fireEvent.input(screen.getByLabelText(/Or a time of your own/), { target: { value: 'wed 8.30' } });
    await waitFor(() => expect(asked.onghost.mock.lastCall?.[0]).toMatchObject({ practitioner: 'amira' }));
    const from = asked.asked.map(({ args }) => (args as NextOpenings).from);
    expect(from).toContain('2026-11-25T08:30:00');
  });

  it('at which nobody is free offers the nearest', async () => {
    open({ patient: ANNA });
    await fireEvent.input(screen.getByLabelText(/Or a time of your own/), { target: { value: 'wed 8' } });
    await screen.findByText('Nobody has 30 minutes free, Wed 25 08:00');
  });

  it('that nobody understands is named', async () => {
    open({ patient: ANNA });
    await fireEvent.input(screen.getByLabelText(/Or a time of your own/), {
      target: { value: 'wed 8 Bengt' },
    });
    expect(screen.getByText(/“Bengt” isn’t a time or anybody here/)).toBeTruthy();
  });
});
