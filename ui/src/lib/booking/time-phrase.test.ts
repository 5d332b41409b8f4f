import { describe, expect, it } from 'vitest';
import { readPhrase } from './time-phrase';

// Tuesday 24 November 2026, a little past ten; the board shows the Thursday.
const CONTEXT = {
  now: '2026-11-24T10:22:00',
  day: '2026-11-26',
  practitioners: [
    { id: 'erik', name: 'Erik Sandberg', initials: 'ES' },
    { id: 'amira', name: 'Amira Haddad', initials: 'AH' },
    { id: 'karin', name: 'Karin Nyström', initials: 'KN' },
    { id: 'oliver', name: 'Oliver Hughes', initials: 'OH' },
    { id: 'tor', name: 'Tor Haglund', initials: 'TH' },
  ],
};

function said(text: string): string {
  const phrase = readPhrase(text, CONTEXT);
  const time =
    phrase.minute === null
      ? null
      : `${String(Math.floor(phrase.minute / 60)).padStart(2, '0')}:${String(phrase.minute % 60).padStart(2, '0')}`;
  const length = phrase.minutes === null ? null : `${phrase.minutes}m`;
  const unread = phrase.unread === null ? null : `?${phrase.unread}`;
  return [phrase.day, time, length, phrase.practitioner, unread].filter((part) => part !== null).join(' ');
}

describe('a time as people say it', () => {
  it.each([
    ['', ''],
    // weekdays: the next to come, today's own while its time is still ahead
    ['tue 16', '2026-11-24 16:00'],
    ['tis 16', '2026-11-24 16:00'],
    ['tue 9', '2026-12-01 09:00'],
    ['Wednesday 8:30', '2026-11-25 08:30'],
    ['onsdag kl 8.30', '2026-11-25 08:30'],
    ['mån 9', '2026-11-30 09:00'],
    ['fre', '2026-11-27'],
    ['next tue 9', '2026-12-01 09:00'],
    ['nästa fredag 13', '2026-12-04 13:00'],
    ['next week', '2026-11-30'],
    // days near by
    ['today 16:00, Erik', '2026-11-24 16:00 erik'],
    ['idag 16', '2026-11-24 16:00'],
    ['i dag 16.30', '2026-11-24 16:30'],
    ['imorgon 9', '2026-11-25 09:00'],
    ['i morgon 9', '2026-11-25 09:00'],
    ['tomorrow at 3', '2026-11-25 15:00'],
    ['the day after tomorrow 9', '2026-11-26 09:00'],
    ['i övermorgon 9', '2026-11-26 09:00'],
    // stretches ahead
    ['+1v', '2026-12-01'],
    ['+1w 9.30', '2026-12-01 09:30'],
    ['+2v tors 10', '2026-12-10 10:00'],
    ['tors +2v 10', '2026-12-10 10:00'],
    ['+3', '2026-11-27'],
    ['+3 d 8', '2026-11-27 08:00'],
    ['in 2 weeks', '2026-12-08'],
    ['om en vecka', '2026-12-01'],
    ['om 3 månader', '2027-02-24'],
    ['+6mo', '2027-05-24'],
    // weeks by number
    ['v 49', '2026-11-30'],
    ['v49 tis 9', '2026-12-01 09:00'],
    ['week 3 fri 10', '2027-01-22 10:00'],
    ['v 48', '2026-11-24'],
    // dates
    ['26/11 9.30', '2026-11-26 09:30'],
    ['2/1 9', '2027-01-02 09:00'],
    ['20/11 9', '2026-11-20 09:00'],
    ['1/12/2027 9', '2027-12-01 09:00'],
    ['2026-11-26 0930', '2026-11-26 09:30'],
    ['20261126 930', '2026-11-26 09:30'],
    ['26 nov 9', '2026-11-26 09:00'],
    ['nov 26th 9:15', '2026-11-26 09:15'],
    ['den 3 december kl. 14', '2026-12-03 14:00'],
    ['3 dec 2027', '2027-12-03'],
    // a time alone means the board's day
    ['16', '2026-11-26 16:00'],
    ['16:30', '2026-11-26 16:30'],
    ['4', '2026-11-26 16:00'],
    ['04:00', '2026-11-26 04:00'],
    ['4pm', '2026-11-26 16:00'],
    ['9 am', '2026-11-26 09:00'],
    ['halv tio', '?halv'],
    ['halv 10', '2026-11-26 09:30'],
    ['half past 9', '2026-11-26 09:30'],
    // lengths
    ['tue 16-16.45', '2026-11-24 16:00 45m'],
    ['9.30–10.15', '2026-11-26 09:30 45m'],
    ['fri 9 60 min', '2026-11-27 09:00 60m'],
    ['fri 9 1.5h', '2026-11-27 09:00 90m'],
    // people
    ['fri 9 hos karin', '2026-11-27 09:00 karin'],
    ['fri 9 AH', '2026-11-27 09:00 amira'],
    ['ol fri 9', '2026-11-27 09:00 oliver'],
    ['Erik Sandberg 9', '2026-11-26 09:00 erik'],
    ['tor tor 9', '2026-11-26 09:00 tor'],
    ['nystrom', 'karin'],
    // what nobody understands is named as it was typed
    ['tue 16 Bengt', '2026-11-24 16:00 ?Bengt'],
    ['31/2 9', '2026-11-26 09:00 ?31/2'],
    ['tue 25:00', '2026-11-24 ?25:00'],
    ['ha 9', '2026-11-26 09:00 ?ha'],
    ['tue 16 7 min', '2026-11-24 16:00 ?7'],
  ])('%j', (text, expected) => {
    expect(said(text)).toBe(expected);
  });
});
