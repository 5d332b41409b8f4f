/** What a patient is called on a screen. */

import type { ClashingVisit, PatientCard, PatientHit } from '$lib/api/types';
import { t } from '$lib/i18n';
import { dayInWords } from './words';

/**
 * The name; where it is protected or nobody knows it, what stands for it.
 * A masked identity stays masked even if a name came along.
 */
export function patientLabel(patient: PatientCard | PatientHit): string {
  if (patient.protected) return t('patient-protected');
  if (patient.name !== '') return patient.name;
  if (patient.external_id !== null) return t('patient-by-id', { id: patient.external_id });
  const birth = 'birth' in patient ? birthLabel(patient) : '';
  return birth === '' ? t('patient-nameless') : t('patient-by-birth', { birth });
}

/** The same of a visit somebody runs into; without a name it only carries the id from elsewhere. */
export function clashingLabel(visit: ClashingVisit): string {
  if (visit.name === '') return t('patient-protected');
  return /^\d+$/.test(visit.name) ? t('patient-by-id', { id: visit.name }) : visit.name;
}

/** `1987-07-14` or `1987`; empty where nobody knows it or it is protected. */
export function birthLabel(patient: PatientHit): string {
  if (patient.protected || patient.birth === null) return '';
  return 'date' in patient.birth ? patient.birth.date : String(patient.birth.year);
}

/** What tells a patient from a namesake: birth, telephone, and the one thing that helps. */
export function knownWords(patient: PatientHit, today: string): string {
  const parts = [
    birthLabel(patient),
    patient.protected ? '' : (patient.phone ?? ''),
    patientRemark(patient, today),
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

/**
 * The one thing about a patient that helps whoever is on the phone: visits
 * missed, whose child, when last seen.
 */
export function patientRemark(patient: PatientHit, today: string): string {
  if (patient.missed > 0) return t('patient-missed', { count: patient.missed });
  if (patient.guardian !== null && !patient.protected)
    return t('patient-child-of', { name: patient.guardian });
  if (patient.last_seen !== null)
    return t('patient-last-seen', { day: dayInWords(patient.last_seen, today) });
  return t('patient-never-seen');
}
