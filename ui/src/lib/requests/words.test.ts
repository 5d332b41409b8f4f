import { describe, expect, it } from 'vitest';
import type { RequestView } from '$lib/api/types';
import { clinic, DAY, request } from '$lib/day/fixtures';
import { outcomeOf, placeWithin, reasonWords, wantedWords, whenWords, whyWords } from './words';

describe('what is wished', () => {
  it.each<[Partial<RequestView>, string]>([
    [{}, 'Wed 25 Nov 10:00, Erik'],
    [{ start: `${DAY}T13:30:00` }, 'Today 13:30, Erik'],
    [{ wish: 'cancel' }, 'Cancel Wed 25 Nov 10:00'],
    [{ wish: 'move', start: `${DAY}T13:30:00` }, 'Move to today 13:30, Erik'],
    [{ practitioner: null }, 'Wed 25 Nov 10:00'],
    [{ start: null }, 'a time no longer known, Erik'],
  ])('%o', (changes, words) => {
    expect(wantedWords(clinic(), request(changes), DAY)).toBe(words);
  });
});

describe('what became of it', () => {
  it.each<[Partial<RequestView>, string, string]>([
    [{}, 'needs-you', 'Put before you'],
    [{ disputed: true }, 'needs-you', 'The two sides differ on this day'],
    [{ answer: 'accepted' }, 'confirmed', ''],
    [{ answer: 'accepted', by: 'Maja Lind' }, 'confirmed', 'Answered by Maja Lind'],
    [{ answer: 'accepted', urgent: true }, 'confirmed', 'Emergency, so first in line'],
    [{ answer: 'accepted', wish: 'cancel' }, 'cancelled', ''],
    [{ answer: 'accepted', wish: 'move' }, 'confirmed', ''],
    [{ answer: 'rejected', reason: 'declined' }, 'not-possible', 'Declined at the desk'],
    [{ answer: 'withdrawn' }, 'withdrawn', 'Taken back by the patient before it reached you'],
    [{ answer: 'expired' }, 'expired', 'Its time came before it reached you'],
    [
      {
        answer: 'rejected',
        reason: 'taken',
        instead: [1, 2, 3].map(() => ({ practitioner: 'erik', start: DAY, minutes: 30 })),
      },
      'not-possible',
      'The time was taken, 3 others offered',
    ],
  ])('%o is %s: %s', (changes, outcome, why) => {
    expect(outcomeOf(request(changes))).toBe(outcome);
    expect(whyWords(request(changes))).toBe(why);
  });

  it('names every reason there is, and has a word for those to come', () => {
    expect(reasonWords('outside_hours')).toBe('Outside working hours');
    expect(reasonWords('outside-hours')).toBe('Outside working hours');
    expect(reasonWords('of a later version')).toBe('It cannot be at all');
    expect(reasonWords(null)).toBe('It cannot be at all');
  });
});

it('names the day only where it is another', () => {
  expect(whenWords(`${DAY}T09:12:00`, DAY)).toBe('09:12');
  expect(whenWords('2026-11-23T17:05:00', DAY)).toBe('Mon 23 Nov 17:05');
  expect(whenWords(null, DAY)).toBe('');
  expect(placeWithin(`${DAY}T09:12:00`, DAY)).toBe('today 09:12');
});
