// A conflict in a receptionist's words.

import type {
  ClashingVisit,
  ClinicView,
  ConflictChoice,
  ConflictVersion,
  ConflictView,
} from '$lib/api/types';
import { occupies, type Words } from '$lib/board/status';
import { span } from '$lib/booking/clock';
import { clashingLabel } from '$lib/booking/patient-label';
import { shortName, shortNameOf } from '$lib/booking/words';
import { dayOf, shortDate, t, timeOf, sentence } from '$lib/i18n';

/** A version that takes no chair. */
function isOff(version: ConflictVersion): boolean {
  return !occupies(version.status);
}

/** The day both versions lie on; `null` where they lie on two, or there is none. */
function oneDay(conflict: ConflictView): string | null {
  const days = [conflict.here, conflict.theirs].flatMap((version) =>
    version === null ? [] : [version.start, version.moved_from ?? version.start].map(dayOf),
  );
  return days.every((day) => day === days[0]) ? (days[0] ?? null) : null;
}

/** Just the time where everything happens on one day, else with the day. */
function place(conflict: ConflictView, local: string): string {
  return oneDay(conflict) === null ? `${shortDate(dayOf(local))} ${timeOf(local)}` : timeOf(local);
}

/** The day a list names a conflict by; `null` where no version says one. */
export function dayOfConflict({ here, theirs }: ConflictView): string | null {
  const start = here?.start ?? theirs?.start;
  return start === undefined ? null : dayOf(start);
}

/** What somebody did: "Moved from 09:00 to 10:00". */
export function versionTitle(conflict: ConflictView, version: ConflictVersion): string {
  const time = place(conflict, version.start);
  if (isOff(version)) return t('version-cancelled', { time });
  if (version.moved_from !== null && version.moved_from !== version.start)
    return t('version-moved', { from: place(conflict, version.moved_from), time });
  return t('version-stands', { time });
}

/** "Hygiene, 45 min with Karin". */
export function versionDetails(clinic: ClinicView, version: ConflictVersion): string {
  return t('version-details', {
    kind: clinic.kinds.find(({ id }) => id === version.kind)?.name ?? '',
    minutes: version.minutes,
    practitioner: shortName(clinic, version.practitioner),
  });
}

/** The whole of it: who did what, and why both can't be. */
export function conflictSentence(conflict: ConflictView, name: string): string {
  const did = (version: ConflictVersion | null) => {
    if (version === null) return [];
    const who = version.by ?? (version.online ? t('conflict-patient', { name }) : null);
    if (who === null) return [];
    const time = place(conflict, version.start);
    if (isOff(version)) return [t('conflict-did-cancel', { who, time })];
    return version.moved_from !== null && version.moved_from !== version.start
      ? [t('conflict-did-move', { who, from: place(conflict, version.moved_from), time })]
      : [t('conflict-did-book', { who, time })];
  };
  return [...did(conflict.here), ...did(conflict.theirs), t(`conflict-${conflict.kind}`, { name })].join(' ');
}

/** "Nils Ek is booked 16:00–16:30 with Erik." of each visit in the way. */
export function withSentence(clinic: ClinicView, visits: readonly ClashingVisit[]): string {
  return visits
    .map((visit) =>
      t('clash-booked', {
        name: clashingLabel(visit),
        span: span(visit.start, visit.minutes),
        practitioner: shortNameOf(clinic, visit.practitioner),
      }),
    )
    .join(' ');
}

/** What holds until somebody chooses. */
export function untilThen(conflict: ConflictView): string {
  const { here } = conflict;
  if (here === null) return t('until-then-nothing');
  const time = place(conflict, here.start);
  return t(isOff(here) ? 'until-then-off' : 'until-then-stands', { time });
}

/** A choice: what it does, in a few words, then what follows for the chair and for the patient. */
export interface ChoiceWords {
  title: string;
  means: string;
}

/** What a choice of a conflict does. */
export function choiceWords(conflict: ConflictView, choice: ConflictChoice, name: string): ChoiceWords {
  const { here, theirs } = conflict;
  const version = choice === 'keep-here' || choice === 'cancel-here' ? here : theirs;
  const time = version === null ? '' : place(conflict, version.start);
  const hereTime = here === null ? '' : place(conflict, here.start);
  const args = { time, hereTime, name };
  const words = (id: string) => ({
    title: t(`choice-${id}`, args),
    means: sentence(t(`choice-${id}-means`, args)),
  });
  switch (choice) {
    case 'keep-here':
      if (here === null) return words('leave-out');
      return words(isOff(here) ? 'keep-off' : 'keep');
    case 'cancel-here':
      return words('cancel');
    case 'take-theirs':
    case 'take-theirs-over':
      if (theirs !== null && isOff(theirs)) return words('take-off');
      if (choice === 'take-theirs-over') return words('take-over');
      return words(here === null || isOff(here) ? 'take-in' : 'take');
  }
}

/** What the key bar says was done. */
export function settledWords(conflict: ConflictView, choice: ConflictChoice): Words {
  return {
    id: 'conflict-settled',
    args: { what: choiceWords(conflict, choice, conflict.patient.name).title },
  };
}
