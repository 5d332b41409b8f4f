import { describe, expect, it } from 'vitest';
import type { PatientHit } from '$lib/api/types';
import { setLanguage } from '$lib/i18n';
import { birthLabel, clashingLabel, patientLabel, patientRemark } from './patient-label';

const HIT: PatientHit = {
  id: 'p',
  name: 'Anna Ekström',
  external_id: null,
  birth: { date: '1987-07-14' },
  phone: '0707-41 22 08',
  alert: '',
  protected: false,
  last_seen: null,
  missed: 0,
  guardian: null,
};

describe('what a patient is called', () => {
  it.each<[Partial<PatientHit>, string, string]>([
    [{}, 'Anna Ekström', 'Anna Ekström'],
    [{ name: '', external_id: '729' }, 'Patient 729', 'Patient 729'],
    [{ name: '' }, 'Patient born 1987-07-14', 'Patient född 1987-07-14'],
    [{ name: '', birth: { year: 1987 } }, 'Patient born 1987', 'Patient född 1987'],
    [{ name: '', birth: null }, 'No name given', 'Inget namn angivet'],
    [{ name: '', protected: true, external_id: '729' }, 'Protected identity', 'Skyddad identitet'],
    [{ protected: true }, 'Protected identity', 'Skyddad identitet'],
  ])('%j', (change, english, swedish) => {
    const patient = { ...HIT, ...change };
    setLanguage('en');
    expect(patientLabel(patient)).toBe(english);
    setLanguage('sv');
    expect(patientLabel(patient)).toBe(swedish);
  });

  it('keeps the birth date of a protected identity to itself', () => {
    expect(birthLabel({ ...HIT, protected: true })).toBe('');
  });

  it.each([
    ['Nils Forsgren', 'Nils Forsgren'],
    ['729', 'Patient 729'],
    ['', 'Protected identity'],
  ])('a visit run into, of %j', (name, expected) => {
    const visit = { id: 'v', name, start: '2026-11-24T16:00:00', minutes: 30, practitioner: 'Erik Sandberg' };
    expect(clashingLabel(visit)).toBe(expected);
  });
});

describe('the one thing to know about a patient', () => {
  it.each<[Partial<PatientHit>, string]>([
    [{}, 'not seen here yet'],
    [{ last_seen: '2026-03-12' }, 'last seen 12 March'],
    [{ guardian: 'Sara Ek', last_seen: '2026-03-12' }, 'child of Sara Ek'],
    [{ guardian: 'Sara Ek', protected: true }, 'not seen here yet'],
    [{ missed: 2, guardian: 'Sara Ek' }, 'no-show ×2'],
    [{ missed: 1 }, 'no-show once'],
  ])('%j', (change, expected) => {
    expect(patientRemark({ ...HIT, ...change }, '2026-11-24')).toBe(expected);
  });
});
