import { beforeEach, describe, expect, it } from 'vitest';
import type { ClinicView } from '$lib/api/types';
import { setLanguage } from '$lib/i18n';
import { dayInBrief, dayInWords, placeInPassing, shortName } from './words';

const TODAY = '2026-11-24';

describe('days where there is little room', () => {
  it.each([
    ['2026-11-24', 'Today', 'I dag'],
    ['2026-11-25', 'Wed 25', 'ons 25'],
    ['2026-11-30', 'Mon 30', 'mån 30'],
    ['2026-12-02', 'Wed 2 Dec', 'ons 2 dec.'],
    ['2027-01-04', 'Mon 4 Jan', 'mån 4 jan.'],
    ['2027-08-02', 'Mon 2 Aug 2027', 'mån 2 aug. 2027'],
    ['2026-11-03', 'Tue 3', 'tis 3'],
  ])('%s', (day, english, swedish) => {
    setLanguage('en');
    expect(dayInBrief(day, TODAY)).toBe(english);
    setLanguage('sv');
    expect(dayInBrief(day, TODAY)).toBe(swedish);
  });

  it('names the year of another year only', () => {
    expect(dayInWords('2026-03-12', TODAY)).toBe('12 March');
    expect(dayInWords('2024-03-05', TODAY)).toBe('5 March 2024');
  });

  it('leaves out the number of a day within the week', () => {
    const at = (start: string) => placeInPassing({ practitioner: 'p', start, minutes: 30 }, TODAY);
    expect(at('2026-11-24T16:00:00')).toBe('Today 16:00');
    expect(at('2026-11-25T08:30:00')).toBe('Wed 08:30');
    expect(at('2026-12-01T08:30:00')).toBe('Tue 1 Dec 08:30');
  });
});

describe('a practitioner in brief', () => {
  beforeEach(() => setLanguage('en'));

  it.each([
    [['Erik Sandberg', 'Amira Haddad'], 'Erik'],
    [['Erik Sandberg', 'Erik Lund'], 'Erik Sandberg'],
    [['Dr. Sandberg'], 'Dr. Sandberg'],
    [['Practitioner 3', 'Practitioner 4'], 'Practitioner 3'],
  ])('%j', (names, expected) => {
    const practitioners = names.map((name, index) => ({ id: String(index), name }));
    expect(shortName({ practitioners } as unknown as ClinicView, '0')).toBe(expected);
  });
});
