/** What booking reckons with beyond `$lib/i18n/dates`, in the same local days and times. */

import { addDays, dayOf, localAt, localMs, minuteOf, timeOf, weekdayOf } from '$lib/i18n/dates';

const DAY_MS = 86_400_000;

/** The local time `minutes` after `time`. */
export function addMinutes(time: string, minutes: number): string {
  return localAt(dayOf(time), minuteOf(time) + minutes);
}

/** The same day `months` later, or the last of that month. */
export function monthsAhead(day: string, months: number): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  const first = new Date(Date.UTC(year, month - 1 + months, 1));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  return addDays(isoDay(first), Math.min(date, last) - 1);
}

/** Days from `from` to `to`. */
export function daysBetween(from: string, to: string): number {
  return Math.round((localMs(to) - localMs(from)) / DAY_MS);
}

/** The Monday of the ISO week `week` of `year`, or `null` where that year has no such week. */
export function mondayOfWeek(year: number, week: number): string | null {
  // 4 January always lies in week 1.
  const fourth = `${String(year).padStart(4, '0')}-01-04`;
  const monday = addDays(fourth, (week - 1) * 7 - weekdayOf(fourth));
  return week >= 1 && isoYear(monday) === year ? monday : null;
}

/** The day, or `null` where no calendar has it. */
export function dayFrom(year: number, month: number, date: number): string | null {
  const day = new Date(Date.UTC(year, month - 1, date));
  const stands =
    day.getUTCFullYear() === year && day.getUTCMonth() === month - 1 && day.getUTCDate() === date;
  return stands ? isoDay(day) : null;
}

/** `09:30–10:15` of a visit. */
export function span(start: string, minutes: number): string {
  return `${timeOf(start)}–${timeOf(addMinutes(start, minutes))}`;
}

function isoYear(day: string): number {
  // The Thursday of a week says which year the week belongs to.
  return Number(addDays(day, 3 - weekdayOf(day)).slice(0, 4));
}

function isoDay(date: Date): string {
  return date.toISOString().slice(0, 10);
}
