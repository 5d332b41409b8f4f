import { describe, expect, it } from 'vitest';
import { clinic, outage, request } from '$lib/day/fixtures';
import { setLanguage } from '$lib/i18n';
import { countsOf, filtersOf, ledgerCsv, milestonesOf, outageTitle, outageWords, stageOf } from './outage';

const NOW = '2026-11-24T12:00:00';
const held = [
  request({ id: 'a', answer: 'accepted', urgent: true, answered: '2026-11-24T11:47:10' }),
  request({ id: 'b', answer: 'rejected', reason: 'taken', answered: '2026-11-24T11:47:11' }),
  request({ id: 'c' }),
];

describe('an outage in words', () => {
  it('says when, how long, and what became of what was asked', () => {
    expect(outageTitle(outage())).toBe('The line was down 09:12–11:47');
    expect(outageWords(outage(), countsOf(held), NOW)).toBe(
      'Tuesday 24 November, 2 h 35 min. 3 online requests were held. 2 were answered in order, emergencies first. One of them needs you.',
    );
  });

  it('that went past midnight names both days', () => {
    expect(outageTitle(outage({ began: '2026-11-23T17:05:00' }))).toBe(
      'The line was down Mon 23 Nov 17:05 – Tue 24 Nov 11:47',
    );
  });

  it('of seconds is told in seconds', () => {
    expect(outageTitle(outage({ began: '2026-11-24T09:12:05', line_back: '2026-11-24T09:12:48' }))).toBe(
      'The line was down 09:12:05–09:12:48',
    );
  });

  it('that goes on says so, and that work goes on', () => {
    const still = outage({ line_back: null, caught_up: null, equal: null, released: 0, released_at: null });
    expect(outageTitle(still)).toBe('The line is down since 09:12');
    expect(outageWords(still, countsOf([]), NOW).trim()).toBe(
      'Tuesday 24 November, 2 h 48 min so far. Work as usual. What patients ask online is held, and answered in order once the line is back.',
    );
    expect(milestonesOf(still).map(({ id }) => id)).toEqual([
      'milestone-lost',
      'milestone-back',
      'milestone-sent-ahead',
      'milestone-equal-ahead',
      'milestone-released-ahead',
    ]);
  });

  it('that is being checked claims nothing yet', () => {
    const back = outage({ equal: null, released: 0, released_at: null });
    expect(stageOf(back)).toBe('checking');
    expect(outageWords(back, countsOf([]), NOW).trim()).toBe(
      'Tuesday 24 November, 2 h 35 min. The line is back, and both sides are still being compared. The desk has heard of no request yet.',
    );
    expect(outageWords(back, countsOf(held.slice(2)), NOW)).toContain('1 online request is known so far.');
  });

  it('in Swedish', () => {
    setLanguage('sv');
    expect(outageTitle(outage())).toBe('Linjen var nere 09:12–11:47');
    setLanguage('en');
  });
});

it('is over once both sides are equal where nothing was held', () => {
  const quiet = milestonesOf(outage({ released: 0, released_at: null }));
  expect(quiet.at(-1)).toEqual({ id: 'milestone-released', args: { count: 0 }, at: '2026-11-24T11:47:08' });
});

it('offers a filter for each outcome there is', () => {
  expect(filtersOf(countsOf(held))).toEqual(['all', 'confirmed', 'not-possible', 'needs-you']);
});

describe('the file', () => {
  it('has a line per request', () => {
    const [head, first, second] = ledgerCsv(clinic(), held).split('\r\n');
    expect(head).toBe('Asked,Patient,Wanted,Answer,Why,Told');
    expect(first).toBe(
      '2026-11-24 09:12:00,Oskar Nyberg,"Wed 25 Nov 10:00, Erik",Confirmed,"Emergency, so first in line",2026-11-24 11:47:10',
    );
    expect(second).toContain('Not possible,The time was taken');
  });

  it('lets no name become a formula', () => {
    const named = (name: string) =>
      ledgerCsv(clinic(), [request({ patient: { ...request().patient, name } })]);
    expect(named('=HYPERLINK("x")')).toContain(`,"'=HYPERLINK(""x"")",`);
    expect(named('@SUM')).toContain(`,'@SUM,`);
  });
});
