// One outage in numbers, in words and as a file.

import type { ClinicView, OutageView, RequestView } from '$lib/api/types';
import { shownName } from '$lib/day/patient-name';
import { dayOf, localMs, secondOf, shortDate, t, timeOf, titleDate } from '$lib/i18n';
import { OUTCOMES, outcomeOf, wantedWords, whyWords, type Outcome } from '$lib/requests/words';

/** How many of an outage's requests came to what. */
export type Counts = Record<Outcome, number> & { all: number };

/** Counts the requests by what became of them. */
export function countsOf(requests: readonly RequestView[]): Counts {
  const counts: Counts = {
    all: requests.length,
    confirmed: 0,
    'not-possible': 0,
    'needs-you': 0,
    cancelled: 0,
    withdrawn: 0,
    expired: 0,
  };
  for (const request of requests) counts[outcomeOf(request)] += 1;
  return counts;
}

/** "09:12–11:47"; with days where it went past midnight, to the second within a minute. */
export function outageSpan(outage: OutageView): string {
  const { began, line_back: back } = outage;
  if (back === null) return timeOf(began);
  if (dayOf(began) === dayOf(back)) {
    const shown = timeOf(began) === timeOf(back) ? secondOf : timeOf;
    return `${shown(began)}–${shown(back)}`;
  }
  return `${shortDate(dayOf(began))} ${timeOf(began)} – ${shortDate(dayOf(back))} ${timeOf(back)}`;
}

/** How far an outage is: the line is down, or back and both sides not known to be equal, or it is over. */
export function stageOf({ line_back, equal }: OutageView): 'down' | 'checking' | 'over' {
  if (line_back === null) return 'down';
  return equal === null ? 'checking' : 'over';
}

/** "2 h 35 min". */
export function lengthWords(outage: OutageView, now: string): string {
  const minutes = Math.max(
    0,
    Math.round((localMs(outage.line_back ?? now) - localMs(outage.began)) / 60_000),
  );
  if (minutes < 1) return t('outage-under-a-minute');
  return t('outage-length', { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}

/** The headline of an outage. */
export function outageTitle(outage: OutageView): string {
  return outage.line_back === null
    ? t('outage-down-since', { time: timeOf(outage.began) })
    : t('outage-down', { span: outageSpan(outage) });
}

/** One sentence: when, how long, and what became of what was asked. */
export function outageWords(outage: OutageView, counts: Counts, now: string): string {
  const answered = counts.all - counts['needs-you'] - counts.withdrawn - counts.expired;
  const stage = stageOf(outage);
  return t(stage === 'over' ? 'outage-words' : `outage-words-${stage}`, {
    day: titleDate(outage.began),
    length: lengthWords(outage, now),
    count: counts.all,
    released: answered,
    waiting: counts['needs-you'],
  });
}

/** A step on the way back into step; `at` is `null` while it isn't reached. */
export interface Milestone {
  id: string;
  args: Record<string, number>;
  at: string | null;
}

/** The steps from the lost line to the last answer. */
export function milestonesOf(outage: OutageView): Milestone[] {
  const { began, line_back, caught_up, equal, released_at, sent, days, released } = outage;
  const step = (id: string, count: number, at: string | null): Milestone =>
    at === null
      ? { id: `milestone-${id}-ahead`, args: {}, at }
      : { id: `milestone-${id}`, args: { count }, at };
  return [
    { id: 'milestone-lost', args: {}, at: began },
    { id: 'milestone-back', args: {}, at: line_back },
    step('sent', sent, caught_up),
    step('equal', days, equal),
    // Nothing to release is as good as all of it released.
    step('released', released, released_at ?? (released === 0 ? equal : null)),
  ];
}

/** What a spreadsheet program would take for a formula is text here. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The ledger as CSV (RFC 4180), in the language of the screen. */
export function ledgerCsv(clinic: ClinicView, requests: readonly RequestView[]): string {
  const head = ['asked', 'patient', 'wanted', 'answer', 'why', 'told'].map((column) => t(`column-${column}`));
  const rows = requests.map((request) => [
    (request.asked ?? '').replace('T', ' '),
    shownName(request.patient, false),
    wantedWords(clinic, request, ''),
    t(`outcome-${outcomeOf(request)}`),
    whyWords(request),
    (request.answered ?? '').replace('T', ' '),
  ]);
  return [head, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** The filters of a ledger: everything, then what there is of each outcome. */
export function filtersOf(counts: Counts): (Outcome | 'all')[] {
  return ['all', ...OUTCOMES.filter((outcome) => counts[outcome] > 0)];
}
