import { describe, expect, it } from 'vitest';
import type { NewPatient } from '$lib/api/types';
import { fromSearch, isComplete, newPatientFaults, nobody } from './new-patient';

const TODAY = '2026-11-24';

describe('what is missing in a new patient', () => {
  // 811218-9876 and 701063-2391 are the numbers the tax agency gives as examples.
  it.each<[Partial<NewPatient>, Record<string, string>]>([
    [{}, { whole: 'new-patient-unidentified' }],
    [{ phone: '0707-41 22 08' }, { whole: 'new-patient-unidentified' }],
    [{ family: 'Ek' }, {}],
    [{ birth: '1987-07-14' }, {}],
    [{ birth: '19870714' }, {}],
    [{ birth: '1987' }, {}],
    [{ birth: '2026' }, {}],
    [{ birth: '87-07-14' }, { birth: 'fault-birth-unreadable' }],
    [{ birth: '14 July' }, { birth: 'fault-birth-unreadable' }],
    [{ birth: '2026-02-30' }, { birth: 'fault-birth-no-such-day' }],
    [{ birth: '2026-11-25' }, { birth: 'fault-birth-ahead' }],
    [{ birth: '2027' }, { birth: 'fault-birth-ahead' }],
    [{ birth: '1875-01-01' }, { birth: 'fault-birth-too-long-ago' }],
    [{ personnummer: '811218-9876' }, {}],
    [{ personnummer: '19811218 9876' }, {}],
    [{ personnummer: '701063-2391' }, {}],
    [{ personnummer: '811218-98' }, { personnummer: 'fault-personnummer-short 2' }],
    [{ personnummer: '19811218-987' }, { personnummer: 'fault-personnummer-short 1' }],
    [{ personnummer: '198112189876-1' }, { personnummer: 'fault-personnummer-long 1' }],
    [{ personnummer: '811218-9875' }, { personnummer: 'fault-personnummer-check' }],
    [{ personnummer: '811318-9876' }, { personnummer: 'fault-personnummer-day' }],
    [{ personnummer: '81121x-9876' }, { personnummer: 'fault-personnummer-letters' }],
    [{ personnummer: '811218-9876', birth: '1981-12-18' }, {}],
    [{ personnummer: '811218-9876', birth: '1981' }, {}],
    [{ personnummer: '811218-9876', birth: '1982' }, { birth: 'fault-birth-contradicts' }],
    [{ family: 'Ek', phone: '070' }, { phone: 'fault-phone-short 2' }],
    [{ family: 'Ek', phone: '+46 (0)70-741 22 08' }, {}],
    [{ family: 'Ek', phone: '07O7412208' }, { phone: 'fault-phone-letters' }],
    [{ family: 'Ek', phone: '+4670741220811111' }, { phone: 'fault-phone-long 1' }],
    [{ family: 'Ek', email: 'ek.example.org' }, { email: 'fault-email-at' }],
    [{ family: 'Ek', email: 'ek@example' }, { email: 'fault-email' }],
    [{ family: 'Ek', email: 'ek@example.org' }, {}],
  ])('%j', (typed, expected) => {
    const patient = { ...nobody(), ...typed };
    const faults = Object.entries(newPatientFaults(patient, TODAY)).map(([field, { id, args }]) => [
      field,
      [id, args?.['count']].filter((part) => part !== undefined).join(' '),
    ]);
    expect(Object.fromEntries(faults)).toEqual(expected);
    expect(isComplete(patient, TODAY)).toBe(faults.length === 0);
  });
});

describe('a new patient from a search', () => {
  it.each<[string, Partial<NewPatient>]>([
    ['ek 07', { family: 'Ek' }],
    ['anna ekström', { given: 'Anna', family: 'Ekström' }],
    ['anna-lena ek 0707-41 22 08', { given: 'Anna-Lena', family: 'Ek', phone: '0707-41 22 08' }],
    ['1987-07-14', { birth: '1987-07-14' }],
    ['ek 811218-9876', { family: 'Ek', personnummer: '811218-9876' }],
    ['ek@example.org', { email: 'ek@example.org' }],
  ])('%j', (text, expected) => {
    expect(fromSearch(text, TODAY)).toEqual({ ...nobody(), ...expected });
  });
});
