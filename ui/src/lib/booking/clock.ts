/**
 * Reckoning with the clinic's local days and times as the desk sends them:
 * days are `2026-11-24`, times `2026-11-24T09:30:00`. Everything here counts on
 * the wall's clock and never asks the machine's zone, so a desk that stands in
 * another zone shows the same day.
 */

const DAY_MS = 86_400_000;

/** The day of a local time. */
export function dayOf(time: string): string {
  return time.slice(0, 10);
}

/** Minutes since midnight of a local time. */
export function minuteOf(time: string): number {
  return Number(time.slice(11, 13)) * 60 + Number(time.slice(14, 16));
}

/** The local time `minute` minutes into `day`; past 1,440 it runs into the days after. */
export function at(day: string, minute: number): string {
  const days = Math.floor(minute / 1440);
  const rest = minute - days * 1440;
  return `${addDays(day, days)}T${two(Math.floor(rest / 60))}:${two(rest % 60)}:00`;
}

/** The local time `minutes` after `time`. */
export function addMinutes(time: string, minutes: number): string {
  return at(dayOf(time), minuteOf(time) + minutes);
}

/** The day `days` after `day`. */
export function addDays(day: string, days: number): string {
  return isoDay(new Date(midnight(day) + days * DAY_MS));
}

/** The same day `months` later, or the last of that month. */
export function addMonths(day: string, months: number): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  const first = new Date(Date.UTC(year, month - 1 + months, 1));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  return addDays(isoDay(first), Math.min(date, last) - 1);
}

/** Days from `from` to `to`. */
export function daysBetween(from: string, to: string): number {
  return Math.round((midnight(to) - midnight(from)) / DAY_MS);
}

/** 0 for Monday to 6 for Sunday. */
export function weekday(day: string): number {
  return (new Date(midnight(day)).getUTCDay() + 6) % 7;
}

/** The Monday of the ISO week `week` of `year`, or `null` where that year has no such week. */
export function mondayOfWeek(year: number, week: number): string | null {
  // 4 January always lies in week 1.
  const fourth = `${String(year).padStart(4, '0')}-01-04`;
  const monday = addDays(fourth, (week - 1) * 7 - weekday(fourth));
  return week >= 1 && isoYear(monday) === year ? monday : null;
}

/** The day, or `null` where no calendar has it. */
export function dayFrom(year: number, month: number, date: number): string | null {
  const day = new Date(Date.UTC(year, month - 1, date));
  const stands = day.getUTCFullYear() === year && day.getUTCMonth() === month - 1 && day.getUTCDate() === date;
  return stands ? isoDay(day) : null;
}

/** `09:30` of a local time. */
export function hourMinute(time: string): string {
  return time.slice(11, 16);
}

/** `09:30–10:15` of a visit. */
export function span(start: string, minutes: number): string {
  return `${hourMinute(start)}–${hourMinute(addMinutes(start, minutes))}`;
}

/** A `Date` whose UTC fields are the day's, for `Intl` with `timeZone: 'UTC'`. */
export function calendarDate(day: string): Date {
  return new Date(midnight(dayOf(day)));
}

function isoYear(day: string): number {
  // The Thursday of a week says which year the week belongs to.
  return Number(addDays(day, 3 - weekday(day)).slice(0, 4));
}

function midnight(day: string): number {
  return Date.parse(`${day}T00:00:00Z`);
}

function isoDay(date: Date): string {
  return date.toISOString().slice(0, 10);
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
