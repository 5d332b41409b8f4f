/** A clinic that answers from a table, at the one seam where screens meet the desk; for tests alone. */

import { useTransport } from '$lib/api/backend';
import type { ClinicView, Commands, Opening, PatientHit, Problem, VisitCard } from '$lib/api/types';

type Name = keyof Commands;
type Answers = { [N in Name]?: (args: Commands[N]['args']) => Commands[N]['answer'] };

/** What was asked, in order. */
export interface Asked {
  name: string;
  args: unknown;
}

/** Answers every call from `answers`; a problem that is thrown is what the desk refuses with. */
export function answerFrom(answers: Answers): Asked[] {
  const asked: Asked[] = [];
  useTransport({
    call(name, args) {
      asked.push({ name, args });
      const answer = answers[name as Name] as ((args: unknown) => unknown) | undefined;
      if (answer === undefined) return Promise.reject(new Error(name));
      try {
        return Promise.resolve(answer(args));
      } catch (problem) {
        return Promise.reject(problem);
      }
    },
    listen: () => () => undefined,
  });
  return asked;
}

/** A problem as the desk answers it. */
export function problem(code: string, findings: Problem['findings'] = []): Problem {
  return { code, args: {}, findings };
}

export const CLINIC = {
  id: 'clinic',
  name: 'Tandhuset',
  zone: 'Europe/Stockholm',
  grid_minutes: 30,
  waiting_limit_minutes: 15,
  uses_chairs: false,
  hours_derived: false,
  now: '2026-11-24T10:22:00',
  practitioners: [
    { id: 'erik', name: 'Erik Sandberg', initials: 'ES', role: 'Dentist', room: 'Room 1', active: true },
    { id: 'amira', name: 'Amira Haddad', initials: 'AH', role: 'Dentist', room: 'Room 2', active: true },
    { id: 'gone', name: 'Olle Borg', initials: 'OB', role: 'Dentist', room: '', active: false },
  ],
  kinds: [
    {
      id: 'exam',
      name: 'Examination',
      minutes: 30,
      colour: 'examination',
      bookable_online: true,
      emergency: false,
      active: true,
    },
    {
      id: 'filling',
      name: 'Filling',
      minutes: 45,
      colour: 'filling',
      bookable_online: true,
      emergency: false,
      active: true,
    },
  ],
  chairs: [],
  acting: { id: 'maja', name: 'Maja Lind', initials: 'ML' },
  visit_days: null,
  paired: false,
  online: { ask_staff: false, limit_minutes: 120 },
} satisfies ClinicView;

export const ANNA: PatientHit = {
  id: 'anna',
  name: 'Anna Ekström',
  external_id: null,
  birth: { date: '1987-07-14' },
  phone: '0707-41 22 08',
  alert: 'Penicillin allergy',
  protected: false,
  last_seen: '2026-03-12',
  missed: 0,
  guardian: null,
};

export const OPENINGS: Opening[] = [
  { practitioner: 'amira', start: '2026-11-25T08:30:00', minutes: 30 },
  { practitioner: 'erik', start: '2026-11-26T13:00:00', minutes: 30 },
];

export const VISIT: VisitCard = {
  id: 'visit',
  version: 3,
  practitioner: 'erik',
  chair: null,
  kind: 'exam',
  start: '2026-11-24T16:00:00',
  minutes: 30,
  start_at: 1795618800,
  status: 'booked',
  confirmed: false,
  patient: {
    id: 'anna',
    name: 'Anna Ekström',
    external_id: null,
    protected: false,
    alert: 'Penicillin allergy',
  },
  note: '',
  source: 'phone',
  overbooked: null,
  cancellation: null,
  arrived_at: null,
  seated_at: null,
  done_at: null,
  clashes: false,
  flags: [],
  next: ['arrived', 'noshow', 'cancelled'],
  unsent: false,
};
