// Visits, days and a clinic for tests.

import type {
  BoardColumn,
  ClinicView,
  ConflictVersion,
  ConflictView,
  DayBoard,
  OutageView,
  RequestView,
  SinceItem,
  VisitCard,
} from '$lib/api/types';

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
    online: { ask_staff: false, limit_minutes: 120 },
    ...changes,
  };
}

/** A request for a filling with Erik tomorrow at ten, asked at 9:12, with `changes`. */
export function request(changes: Partial<RequestView> = {}): RequestView {
  return {
    id: 'r1',
    wish: 'book',
    asked: `${DAY}T09:12:00`,
    urgent: false,
    patient: { id: 'p1', name: 'Oskar Nyberg', external_id: null, protected: false, alert: '' },
    phone: '070-112 12 12',
    note: '',
    practitioner: 'erik',
    kind: 'filling',
    start: '2026-11-25T10:00:00',
    minutes: 30,
    from: null,
    answer: 'waiting',
    reason: null,
    instead: [],
    answered: null,
    by: null,
    until: `${DAY}T11:12:00`,
    disputed: false,
    appointment: 'v1',
    seq: null,
    ...changes,
  };
}

/** An outage from 9:12 to 11:47, healed within nine seconds, with `changes`. */
export function outage(changes: Partial<OutageView> = {}): OutageView {
  return {
    began: `${DAY}T09:12:00`,
    line_back: `${DAY}T11:47:03`,
    sent: 9,
    caught_up: `${DAY}T11:47:05`,
    equal: `${DAY}T11:47:08`,
    days: 31,
    released: 2,
    released_at: `${DAY}T11:47:12`,
    ...changes,
  };
}

/** A visit tomorrow, moved at the desk from nine to ten, with `changes`. */
export function version(changes: Partial<ConflictVersion> = {}): ConflictVersion {
  return {
    at: `${DAY}T09:31:00`,
    by: 'Anna Berg',
    online: false,
    status: 'booked',
    start: '2026-11-25T10:00:00',
    minutes: 30,
    practitioner: 'erik',
    kind: 'filling',
    moved_from: '2026-11-25T09:00:00',
    ...changes,
  };
}

/** A visit moved at the desk while its patient cancelled it online, with `changes`. */
export function conflict(changes: Partial<ConflictView> = {}): ConflictView {
  return {
    id: 'c1',
    kind: 'edited-apart',
    since: `${DAY}T10:17:00`,
    patient: { id: 'p1', name: 'Bo Ek', external_id: null, protected: false, alert: '' },
    phone: '070-112 12 12',
    here: version(),
    theirs: version({
      by: null,
      online: true,
      status: 'cancelled',
      start: '2026-11-25T09:00:00',
      moved_from: null,
    }),
    with: [],
    choices: ['take-theirs', 'keep-here'],
    settled: null,
    ...changes,
  };
}

/** A visit tomorrow at ten, booked online at 9:50, with `changes`. */
export function happened(changes: Partial<SinceItem> = {}): SinceItem {
  return {
    seq: 7,
    at: `${DAY}T09:50:00`,
    what: 'booked',
    by: null,
    patient: { id: 'p1', name: 'Bo Ek', external_id: null, protected: false, alert: '' },
    appointment: 'v1',
    status: 'booked',
    start: '2026-11-25T10:00:00',
    from: null,
    practitioner: 'erik',
    reason: null,
    ...changes,
  };
}
