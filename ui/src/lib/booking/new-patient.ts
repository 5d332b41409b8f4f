/**
 * What is missing or wrong in a patient who is being taken down, told field by
 * field while they are still on the phone. The desk checks the same again when
 * it books; this only spares the round.
 */

import type { NewPatient } from '$lib/api/types';
import { dayFrom } from './clock';

/** A sentence of the catalogue and what it names. */
export interface Fault {
  id: string;
  args?: Record<string, string | number>;
}

/** Faults by field; `whole` for what no single field is to blame for. */
export type Faults = Partial<Record<keyof NewPatient | 'whole', Fault>>;

/** The oldest birth year anyone alive can have, as the desk counts. */
const EARLIEST_BIRTH_YEAR = 1900;
/** Digits of a phone number: E.164 allows fifteen, the shortest anyone dials has five. */
const PHONE_DIGITS = { least: 5, most: 15 };

/** Everything missing or wrong as of `today`; empty when the patient can be taken in. */
export function newPatientFaults(patient: NewPatient, today: string): Faults {
  const faults: Faults = {};
  const known = [patient.given, patient.family, patient.birth, patient.personnummer];
  if (known.every((part) => part.trim() === '')) faults.whole = { id: 'new-patient-unidentified' };
  const birth = birthFault(patient.birth, today);
  if (birth !== null) faults.birth = birth;
  const number = personnummerFault(patient.personnummer, today);
  if (number !== null) faults.personnummer = number;
  const phone = phoneFault(patient.phone);
  if (phone !== null) faults.phone = phone;
  if (patient.email.trim() !== '' && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(patient.email.trim())) {
    faults.email = { id: patient.email.includes('@') ? 'fault-email' : 'fault-email-at' };
  }
  if (birth === null && number === null && contradict(patient, today)) {
    faults.birth = { id: 'fault-birth-contradicts' };
  }
  return faults;
}

/** Whether nothing is missing or wrong. */
export function isComplete(patient: NewPatient, today: string): boolean {
  return Object.keys(newPatientFaults(patient, today)).length === 0;
}

/** A patient nothing is known of. */
export function nobody(): NewPatient {
  return { given: '', family: '', birth: '', personnummer: '', phone: '', email: '' };
}

/**
 * A new patient from what was searched for in vain, so that nothing has to be
 * typed twice: words are names, whole numbers go where they fit; a stump of a
 * number is dropped.
 */
export function fromSearch(text: string, today: string): NewPatient {
  const patient = nobody();
  const names: string[] = [];
  let number = '';
  for (const word of text.trim().split(/\s+/)) {
    if (word.includes('@')) patient.email = word;
    else if (/\d/.test(word)) number = number === '' ? word : `${number} ${word}`;
    else if (word !== '') names.push(capital(word));
  }
  patient.family = names.pop() ?? '';
  patient.given = names.join(' ');
  const digits = number.replace(/\D/g, '');
  if (digits.length >= 10 && personnummerFault(number, today) === null) patient.personnummer = number;
  else if (digits.length === 8 && birthFault(number, today) === null) patient.birth = number;
  else if (/^[0+]/.test(number) && digits.length >= 7 && phoneFault(number) === null) patient.phone = number;
  return patient;
}

function birthFault(text: string, today: string): Fault | null {
  const birth = text.trim();
  if (birth === '') return null;
  const digits = birth.replace(/-/g, '');
  if (!/^\d+$/.test(digits) || (digits.length !== 4 && digits.length !== 8))
    return { id: 'fault-birth-unreadable' };
  const day = digits.length === 4 ? `${digits}-01-01` : day8(digits);
  if (day === null) return { id: 'fault-birth-no-such-day' };
  if (digits.length === 4 ? digits > today.slice(0, 4) : day > today) return { id: 'fault-birth-ahead' };
  if (Number(digits.slice(0, 4)) < EARLIEST_BIRTH_YEAR) {
    return { id: 'fault-birth-too-long-ago', args: { year: String(EARLIEST_BIRTH_YEAR) } };
  }
  return null;
}

function personnummerFault(text: string, today: string): Fault | null {
  const typed = text.trim();
  if (typed === '') return null;
  if (!/^[\d\s+-]+$/.test(typed)) return { id: 'fault-personnummer-letters' };
  const digits = typed.replace(/\D/g, '');
  if (digits.length > 12) return { id: 'fault-personnummer-long', args: { count: digits.length - 12 } };
  if (digits.length !== 10 && digits.length !== 12) {
    const whole = digits.length < 10 ? 10 : 12;
    return { id: 'fault-personnummer-short', args: { count: whole - digits.length } };
  }
  if (birthOf(typed, today) === null) return { id: 'fault-personnummer-day' };
  return luhn(digits.slice(-10)) ? null : { id: 'fault-personnummer-check' };
}

function phoneFault(text: string): Fault | null {
  const typed = text.trim();
  if (typed === '') return null;
  if (!/^\+?[\d\s()/-]*$/.test(typed)) return { id: 'fault-phone-letters' };
  const digits = typed.replace(/\D/g, '').length;
  if (digits < PHONE_DIGITS.least)
    return { id: 'fault-phone-short', args: { count: PHONE_DIGITS.least - digits } };
  if (digits > PHONE_DIGITS.most)
    return { id: 'fault-phone-long', args: { count: digits - PHONE_DIGITS.most } };
  return null;
}

function contradict(patient: NewPatient, today: string): boolean {
  const birth = patient.birth.replace(/\D/g, '');
  const said = patient.personnummer.trim() === '' ? null : birthOf(patient.personnummer, today);
  return birth !== '' && said !== null && !said.replace(/-/g, '').startsWith(birth);
}

/** The birth date a personnummer says; a coordination number has sixty added to its day. */
function birthOf(text: string, today: string): string | null {
  let digits = text.replace(/\D/g, '');
  if (digits.length === 10) {
    const year = Number(digits.slice(0, 2));
    let century = Math.floor(Number(today.slice(0, 4)) / 100);
    if (century * 100 + year > Number(today.slice(0, 4))) century -= 1;
    if (text.includes('+')) century -= 1;
    digits = `${century}${digits}`;
  }
  const date = Number(digits.slice(6, 8));
  return dayFrom(Number(digits.slice(0, 4)), Number(digits.slice(4, 6)), date > 60 ? date - 60 : date);
}

/** The check digit's rule over the last ten digits. */
function luhn(ten: string): boolean {
  let sum = 0;
  for (const [place, digit] of [...ten].entries()) {
    const weighed = Number(digit) * (place % 2 === 0 ? 2 : 1);
    sum += Math.floor(weighed / 10) + (weighed % 10);
  }
  return sum % 10 === 0;
}

function day8(digits: string): string | null {
  return dayFrom(Number(digits.slice(0, 4)), Number(digits.slice(4, 6)), Number(digits.slice(6)));
}

function capital(word: string): string {
  return word.replace(/(^|-)(\p{L})/gu, (_, before: string, letter: string) => before + letter.toUpperCase());
}
