// What a patient is called on the board.

import type { PatientCard } from '$lib/api/types';
import { t } from '$lib/i18n';

/** Name, or what stands for it; with `privacy` initials only, for a screen that patients can see. */
export function shownName(patient: PatientCard, privacy: boolean): string {
  if (patient.protected) return t('patient-protected');
  if (patient.name !== '') return privacy ? initials(patient) : patient.name;
  if (patient.external_id !== null) return t('patient-by-id', { id: patient.external_id });
  return t('patient-nameless');
}

/** The same at the start of a sentence: whoever gave no name is "The patient". */
export function namedFirst(patient: PatientCard, privacy: boolean): string {
  return isNameless(patient) ? t('patient-the') : shownName(patient, privacy);
}

/** The same within a sentence: whoever gave no name is "the patient". */
export function namedWithin(patient: PatientCard, privacy: boolean): string {
  return isNameless(patient) ? t('patient-the-within') : shownName(patient, privacy);
}

function isNameless(patient: PatientCard): boolean {
  return !patient.protected && patient.name === '' && patient.external_id === null;
}

/** At most three characters, for the narrowest cards. */
export function initials(patient: PatientCard): string {
  if (patient.protected) return '••';
  const words = patient.name.split(/\s+/).filter((word) => word !== '');
  const first = words[0];
  if (first === undefined) return patient.external_id?.slice(-3) ?? '–';
  const last = words.length > 1 ? words.at(-1) : undefined;
  return [first, last].map((word) => [...(word ?? '')][0]?.toLocaleUpperCase() ?? '').join('');
}
