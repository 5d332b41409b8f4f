// Visits, days and a clinic for tests.

import type { BoardColumn, ClinicView, DayBoard, VisitCard } from '$lib/api/types';

/** The day everything in tests is on. */
export const DAY = '2026-11-24';

/** A booked visit of half an hour at nine, with `changes`. */
export function visit(changes: Partial<VisitCard> = {}): VisitCard {
  return {
    id: 'v1',
    version: 1,
    practitioner: 'erik',
    chair: null,
    kind: 'filling',
    start: `${DAY}T09:00:00`,
    minutes: 30,
    start_at: 1_795_507_200,
    status: 'booked',
    confirmed: false,
    patient: { id: 'p1', name: 'Oskar Nyberg', external_id: null, protected: false, alert: '' },
    note: '',
    source: 'phone',
    overbooked: null,
    cancellation: null,
    arrived_at: null,
    seated_at: null,
    done_at: null,
    clashes: false,
    flags: [],
    next: ['arrived', 'checked-in', 'fulfilled', 'noshow', 'cancelled'],
    unsent: false,
    ...changes,
  };
}

/** A column of a practitioner who works from eight to five, with `changes`. */
export function column(changes: Partial<BoardColumn> = {}): BoardColumn {
  return {
    practitioner: 'erik',
    working: [{ start: 480, end: 1020 }],
    breaks: [],
    blockouts: [],
    away: null,
    visit_count: 1,
    late_minutes: 0,
    free: [],
    load_percent: 50,
    ...changes,
  };
}

/** A day with these visits. */
export function board(visits: VisitCard[], changes: Partial<DayBoard> = {}): DayBoard {
  return {
    date: DAY,
    week: 48,
    shown: { start: 480, end: 1020 },
    closed: null,
    columns: [column(), column({ practitioner: 'amira' })],
    visits,
    clashes: 0,
    online: [],
    seq: 1,
    ...changes,
  };
}

/** A clinic with two practitioners on a grid of half hours, at 10:22:31. */
export function clinic(changes: Partial<ClinicView> = {}): ClinicView {
  const person = { role: 'Dentist', room: '', active: true };
  return {
    id: 'c',
    name: 'Tandhuset',
    zone: 'Europe/Stockholm',
    grid_minutes: 30,
    waiting_limit_minutes: 15,
    uses_chairs: false,
    hours_derived: false,
    now: `${DAY}T10:22:31`,
    practitioners: [
      { ...person, id: 'erik', name: 'Erik Sandberg', initials: 'ES' },
      { ...person, id: 'amira', name: 'Amira Haddad', initials: 'AH' },
    ],
    kinds: [
      {
        id: 'filling',
        name: 'Filling',
        minutes: 30,
        colour: 'filling',
        bookable_online: true,
        emergency: false,
        active: true,
      },
    ],
    chairs: [],
    acting: { id: 's', name: 'Maja Lind', initials: 'ML' },
    visit_days: [DAY, DAY],
    paired: false,
    ...changes,
  };
}
