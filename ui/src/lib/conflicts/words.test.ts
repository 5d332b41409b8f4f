import { describe, expect, it } from 'vitest';
import type { ConflictChoice, ConflictView } from '$lib/api/types';
import { conflict, version } from '$lib/day/fixtures';
import { choiceWords, conflictSentence, settledWords, untilThen, versionTitle } from './words';

const ORPHAN = conflict({
  kind: 'orphan',
  here: null,
  theirs: version({ by: null, online: true, moved_from: null }),
});

describe('a conflict', () => {
  it('is told by who did what', () => {
    expect(conflictSentence(conflict(), 'Bo Ek')).toBe(
      'Anna Berg moved the visit from 09:00 to 10:00. Bo Ek, online, cancelled the 09:00 visit. Neither side knew of the other. Both versions are kept until you choose.',
    );
  });

  it('names days where the versions lie on two', () => {
    const apart = conflict({ here: version({ start: '2026-11-26T10:00:00' }) });
    expect(conflictSentence(apart, 'Bo Ek')).toContain('from Wed 25 Nov 09:00 to Thu 26 Nov 10:00');
    expect(versionTitle(apart, version({ moved_from: null }))).toBe('Visit at Wed 25 Nov 10:00');
  });

  it('says what an orphan may be', () => {
    expect(conflictSentence(ORPHAN, 'Bo Ek')).toBe(
      'Bo Ek, online, has it at 10:00. Only the booking service knew of this visit. It may be the only trace of a promise to a patient.',
    );
    expect(untilThen(ORPHAN)).toBe('Until you choose, nothing is booked here.');
  });

  it('says what holds until somebody chooses', () => {
    expect(untilThen(conflict())).toBe('Until you choose, 10:00 stays booked.');
    expect(untilThen(conflict({ here: version({ status: 'cancelled' }) }))).toBe(
      'Until you choose, 10:00 stays cancelled.',
    );
  });
});

describe('a choice', () => {
  const booked = version({ by: null, online: true, moved_from: null, start: '2026-11-25T09:00:00' });
  it.each<[string, ConflictView, ConflictChoice, string]>([
    ['the desk’s visit stays', conflict(), 'keep-here', 'Keep 10:00'],
    ['a cancel from online', conflict(), 'take-theirs', 'Cancel the visit'],
    ['another time', conflict({ theirs: booked }), 'take-theirs', 'Move it to 09:00'],
    ['an orphan comes in', ORPHAN, 'take-theirs', 'Book 10:00'],
    ['an orphan beside another', ORPHAN, 'take-theirs-over', 'Book 10:00 as well'],
    ['an orphan stays out', ORPHAN, 'keep-here', 'Don’t book it'],
    ['one of two is called off', conflict({ kind: 'double', theirs: null }), 'cancel-here', 'Cancel 10:00'],
    [
      'what is off stays off',
      conflict({ here: version({ status: 'cancelled' }), theirs: booked }),
      'keep-here',
      'Leave it cancelled',
    ],
  ])('%s', (_, given, choice, title) => {
    const words = choiceWords(given, choice, 'Bo Ek');
    expect(words.title).toBe(title);
    expect(words.means).not.toBe('');
    expect(settledWords(given, choice)).toEqual({ id: 'conflict-settled', args: { what: title } });
  });
});
