/** What still has to be settled before a visit can be saved. */

import type { Accept, Checked, Finding } from '$lib/api/types';

/** The first thing to settle; `checking` while the desk is still being asked. */
export type Unsettled =
  'patient' | 'details' | 'time' | 'note' | 'checking' | 'refused' | 'clash' | 'reason' | 'warnings';

/** Findings that nobody can accept. */
export function refusals(checked: Checked | null): Finding[] {
  return checked?.findings.filter((finding) => finding.severity === 'refused') ?? [];
}

/** Visits it would run into, which takes a reason. */
export function clashes(checked: Checked | null): Finding[] {
  return checked?.findings.filter((finding) => finding.severity === 'needs-reason') ?? [];
}

/** What staff may do once they have seen it. */
export function warnings(checked: Checked | null): Finding[] {
  return checked?.findings.filter((finding) => finding.severity === 'warning') ?? [];
}

/** What the person at the desk has answered so far. */
export interface Answers {
  /** Codes of the warnings accepted. */
  accepted: readonly string[];
  /** Whether they chose to book over another visit. */
  overbooking: boolean;
  /** Why. */
  reason: string;
}

/** Nothing answered. */
export const UNANSWERED: Answers = { accepted: [], overbooking: false, reason: '' };

/** What of `checked` is still open. */
export function openIn(checked: Checked | null, answers: Answers): Unsettled | null {
  if (checked === null) return 'checking';
  if (refusals(checked).length > 0) return 'refused';
  if (clashes(checked).length > 0) {
    if (!answers.overbooking) return 'clash';
    if (answers.reason.trim() === '') return 'reason';
  }
  return warnings(checked).every((finding) => answers.accepted.includes(finding.code)) ? null : 'warnings';
}

/** What is sent along: only what was asked and answered. */
export function acceptance(checked: Checked | null, answers: Answers): Accept {
  return {
    warnings: warnings(checked)
      .map((finding) => finding.code)
      .filter((code) => answers.accepted.includes(code)),
    overbook_reason: clashes(checked).length > 0 && answers.overbooking ? answers.reason.trim() : null,
  };
}

/** The visits it would run into, for the board to outline. */
export function clashingIds(checked: Checked | null): string[] {
  return [...new Set(clashes(checked).flatMap((finding) => finding.with.map((visit) => visit.id)))];
}
