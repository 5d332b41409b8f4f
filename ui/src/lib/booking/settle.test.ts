import { describe, expect, it } from 'vitest';
import type { Checked, Finding, Severity } from '$lib/api/types';
import { acceptance, clashingIds, openIn, UNANSWERED } from './settle';

function finding(code: string, severity: Severity, ids: string[] = []): Finding {
  const visit = {
    name: 'Nils Forsgren',
    start: '2026-11-24T16:00:00',
    minutes: 30,
    practitioner: 'Erik Sandberg',
  };
  return { code, severity, with: ids.map((id) => ({ id, ...visit })), name: null };
}

const CLASH = finding('clash', 'needs-reason', ['nils', 'freja']);
const PAST = finding('past', 'warning');
const IN_BREAK = finding('in-break', 'warning');
const REFUSED = finding('too-long', 'refused');

const found = (...findings: Finding[]): Checked => ({ findings, instead: [] });

describe('what is still to be settled', () => {
  it.each([
    ['the desk has not answered', null, {}, 'checking'],
    ['nothing stands against it', found(), {}, null],
    ['it can’t be done', found(REFUSED, CLASH), { overbooking: true, reason: 'pain' }, 'refused'],
    ['a clash', found(CLASH), {}, 'clash'],
    ['a clash without its reason', found(CLASH), { overbooking: true }, 'reason'],
    ['a reason of blanks', found(CLASH), { overbooking: true, reason: '  ' }, 'reason'],
    ['a clash with its reason', found(CLASH), { overbooking: true, reason: 'pain' }, null],
    ['a clash settled, a warning not', found(CLASH, PAST), { overbooking: true, reason: 'pain' }, 'warnings'],
    ['one warning of two accepted', found(PAST, IN_BREAK), { accepted: ['past'] }, 'warnings'],
    ['both accepted', found(PAST, IN_BREAK), { accepted: ['in-break', 'past'] }, null],
  ] as const)('%s', (_, checked, answers, expected) => {
    expect(openIn(checked, { ...UNANSWERED, ...answers })).toBe(expected);
  });

  it('sends along only what was asked and answered', () => {
    const answers = { accepted: ['past', 'off-grid'], overbooking: true, reason: ' pain ' };
    expect(acceptance(found(CLASH, PAST), answers)).toEqual({ warnings: ['past'], overbook_reason: 'pain' });
    expect(acceptance(found(PAST), answers)).toEqual({ warnings: ['past'], overbook_reason: null });
  });

  it('names each visit it would run into once', () => {
    expect(clashingIds(found(CLASH, finding('chair-clash', 'needs-reason', ['nils'])))).toEqual([
      'nils',
      'freja',
    ]);
  });
});
