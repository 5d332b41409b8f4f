// Dates and times as people read them. Local dates and times are strings
// without a zone (`2026-11-24`, `2026-11-24T09:30:00`); they are read as if UTC
// and written as UTC, so that the computer's own zone never moves them.

import { locale } from './messages.svelte';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

const formats = new Map<string, Intl.DateTimeFormat>();

/** `date` written with the chosen language and these parts. */
export function formatDate(date: string, parts: Intl.DateTimeFormatOptions): string {
  return formatter(parts).format(localMs(date));
}

/** "Tuesday 24 November", as it stands in a sentence. */
export function longDate(date: string): string {
  // English would put a comma after the weekday.
  return formatDate(date, { weekday: 'long', day: 'numeric', month: 'long' }).replace(',', '');
}

/** "Tuesday 24 November", with a capital as a title has it. */
export function titleDate(date: string): string {
  const words = longDate(date);
  return sentence(words);
}

/** "Tuesday 24 November 2026", for days of another year. */
export function titleDateWithYear(date: string): string {
  return `${titleDate(date)} ${date.slice(0, 4)}`;
}

/** "Tue 24 Nov". */
export function shortDate(date: string): string {
  return formatDate(date, { weekday: 'short', day: 'numeric', month: 'short' }).replace(',', '');
}

/** "November 2026", with a capital. */
export function monthTitle(date: string): string {
  const words = formatDate(date, { month: 'long', year: 'numeric' });
  return sentence(words);
}

/** "09:30" of a local date and time. */
export function timeOf(local: string): string {
  return local.slice(11, 16);
}

/** "09:30:05" of a local date and time. */
export function secondOf(local: string): string {
  return local.slice(11, 19);
}

/** "09:30" of a minute of the day; 1440 is "24:00". */
export function minuteText(minute: number): string {
  const two = (n: number) => String(n).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

/** The minute of the day of a local date and time. */
export function minuteOf(local: string): number {
  return Number(local.slice(11, 13)) * 60 + Number(local.slice(14, 16));
}

/** A local date and time from a day and a minute of it. */
export function localAt(date: string, minute: number): string {
  return new Date(localMs(date) + minute * MINUTE_MS).toISOString().slice(0, 19);
}

/** The day of a local date and time. */
export function dayOf(local: string): string {
  return local.slice(0, 10);
}

/** The day `days` after `date`. */
export function addDays(date: string, days: number): string {
  return new Date(localMs(date) + days * DAY_MS).toISOString().slice(0, 10);
}

/** The first day of the month `months` after that of `date`. */
export function addMonths(date: string, months: number): string {
  return new Date(Date.UTC(Number(date.slice(0, 4)), Number(date.slice(5, 7)) - 1 + months, 1))
    .toISOString()
    .slice(0, 10);
}

/** Monday is 0. */
export function weekdayOf(date: string): number {
  return (new Date(localMs(date)).getUTCDay() + 6) % 7;
}

/** Milliseconds since 1970 of a local date or date and time, as if its zone were UTC. */
export function localMs(local: string): number {
  return Date.parse(local.length === 10 ? `${local}T00:00:00Z` : `${local.slice(0, 19)}Z`);
}

function formatter(parts: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale()} ${JSON.stringify(parts)}`;
  let made = formats.get(key);
  if (!made) {
    made = new Intl.DateTimeFormat(locale(), { ...parts, timeZone: 'UTC', calendar: 'gregory' });
    formats.set(key, made);
  }
  return made;
}

/** The local date and time `minutes` after `local`. */
export function addMinutes(local: string, minutes: number): string {
  return new Date(localMs(local) + minutes * MINUTE_MS).toISOString().slice(0, 19);
}

/** The local date and time a `Date` shows by this computer's clock; the calendar hands them over so. */
export function isoLocal(date: Date): string {
  const two = (n: number) => String(n).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}:00`;
}

/** Words that begin a sentence or stand alone: Swedish days don't begin with a capital by themselves. */
export function sentence(words: string): string {
  return words.charAt(0).toLocaleUpperCase(locale()) + words.slice(1);
}
