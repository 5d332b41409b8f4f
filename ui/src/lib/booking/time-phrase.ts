/**
 * Reads a time as people say it on the phone: "tue 16", "26/11 9.30", "i morgon
 * 9", "+1v", "today 16:00, Erik". English and Swedish at once, in any order; what
 * isn't understood is named, never guessed at.
 */

import { addDays, dayOf, minuteOf, weekdayOf } from '$lib/i18n/dates';
import { dayFrom, daysBetween, mondayOfWeek, monthsAhead } from './clock';
import { fold } from '$lib/fold';
import {
  AHEAD_WORDS,
  FILLERS,
  HALVES,
  JOINED,
  LENGTH_UNITS,
  MONTHS,
  NEAR_DAYS,
  NEXT_WORDS,
  UNITS,
  WEEKDAYS,
  WEEK_WORDS,
} from './time-words';

/** What a phrase is read against. */
export interface PhraseContext {
  /** The clinic's local time. */
  now: string;
  /** The day that a time without a day means: the board's. */
  day: string;
  /** Who can be named. */
  practitioners: readonly { id: string; name: string; initials: string }[];
}

/** What a phrase said; whatever it left out is `null`. */
export interface Phrase {
  /** A local day. */
  day: string | null;
  /** Minutes since midnight. */
  minute: number | null;
  /** How long, where the phrase said so: "9-10.15", "45 min". */
  minutes: number | null;
  /** With whom. */
  practitioner: string | null;
  /** The first part nobody understood, as it was typed. */
  unread: string | null;
}

/** Reads a phrase; an empty one says nothing and leaves nothing unread. */
export function readPhrase(text: string, context: PhraseContext): Phrase {
  const reading = new Reading(tokens(text), context);
  while (!reading.done()) {
    if (!RULES.some((rule) => rule(reading))) reading.giveUp();
  }
  return reading.phrase();
}

/** Hours without minutes from 1 to 6 are said of the afternoon; no clinic books at four in the morning. */
const LAST_AFTERNOON_HOUR = 6;

interface Token {
  word: string;
  typed: string;
}

function tokens(text: string): Token[] {
  let folded = fold(text);
  for (const [pattern, joined] of JOINED) folded = folded.replace(pattern, joined);
  return folded
    .replace(/(\d)\s*[–—-]\s*(?=\d{1,2}[.:]\d\d)/g, '$1-')
    .split(/[\s,;]+/)
    .map((word) => word.replace(/^[“”"'(]+|[“”"')!?.]+$/g, ''))
    .filter((word) => word !== '')
    .map((word) => ({ word, typed: typedAs(text, word) }));
}

/** The part of what was typed that a folded word stands for, so that a complaint shows the person's own letters. */
function typedAs(text: string, word: string): string {
  const start = fold(text).indexOf(word);
  return start < 0 ? word : text.slice(start, start + word.length);
}

class Reading {
  readonly context: PhraseContext;
  readonly today: string;
  day: string | null = null;
  weekday: number | null = null;
  /** A Monday, where the phrase named a week. */
  week: string | null = null;
  minute: number | null = null;
  minutes: number | null = null;
  practitioner: string | null = null;
  unread: string | null = null;
  #tokens: Token[];
  #at = 0;

  constructor(all: Token[], context: PhraseContext) {
    this.#tokens = all;
    this.context = context;
    this.today = dayOf(context.now);
  }

  done(): boolean {
    return this.#at >= this.#tokens.length;
  }

  word(ahead = 0): string {
    return this.#tokens[this.#at + ahead]?.word ?? '';
  }

  take(count = 1): true {
    this.#at += count;
    return true;
  }

  giveUp(): void {
    this.unread ??= this.#tokens[this.#at]?.typed ?? null;
    this.take();
  }

  phrase(): Phrase {
    return {
      day: this.day ?? this.#dayOfWeek() ?? this.#impliedDay(),
      minute: this.minute,
      minutes: this.minutes,
      practitioner: this.practitioner,
      unread: this.unread,
    };
  }

  #dayOfWeek(): string | null {
    if (this.week !== null) {
      if (this.weekday !== null) return addDays(this.week, this.weekday);
      return this.week < this.today && daysBetween(this.week, this.today) < 7 ? this.today : this.week;
    }
    if (this.weekday === null) return null;
    const ahead = (this.weekday - weekdayOf(this.today) + 7) % 7;
    const gone = ahead === 0 && this.minute !== null && this.minute < minuteOf(this.context.now);
    return addDays(this.today, gone ? 7 : ahead);
  }

  #impliedDay(): string | null {
    return this.minute === null ? null : this.context.day;
  }
}

/** Reads what stands at the front and takes it, or leaves it and answers `false`. */
type Rule = (reading: Reading) => boolean;

// In this order: a longer form before what it begins like.
const RULES: Rule[] = [
  stretchAhead,
  numberedWeek,
  nextWord,
  nearDay,
  isoDate,
  slashDate,
  monthDate,
  length,
  timeRange,
  half,
  clockTime,
  weekdayWord,
  practitionerWord,
  filler,
];

function stretchAhead(reading: Reading): boolean {
  const joined = /^\+(\d{1,2})([a-z]*)$/.exec(reading.word());
  if (joined !== null) {
    const named = joined[2] !== '' ? joined[2] : UNITS.has(reading.word(1)) ? reading.word(1) : 'd';
    const unit = UNITS.get(named ?? 'd');
    if (unit === undefined) return false;
    goAhead(reading, Number(joined[1]), unit);
    return reading.take(joined[2] === '' && UNITS.has(reading.word(1)) ? 2 : 1);
  }
  const unit = UNITS.get(reading.word(2));
  if (!AHEAD_WORDS.has(reading.word()) || unit === undefined) return false;
  const count = /^(en|ett|a|an|one)$/.test(reading.word(1)) ? 1 : Number(reading.word(1));
  if (!Number.isInteger(count) || count > 99) return false;
  goAhead(reading, count, unit);
  return reading.take(3);
}

function goAhead(reading: Reading, count: number, unit: 'day' | 'week' | 'month'): void {
  if (unit === 'month') reading.day = monthsAhead(reading.today, count);
  else if (unit === 'day') reading.day = addDays(reading.today, count);
  else weeksAhead(reading, count);
}

/** Weeks ahead mean the same weekday, unless another one is named. */
function weeksAhead(reading: Reading, count: number): void {
  reading.week = addDays(reading.today, 7 * count - weekdayOf(reading.today));
  reading.weekday ??= weekdayOf(reading.today);
}

function numberedWeek(reading: Reading): boolean {
  const joined = /^([a-z]+)(\d{1,2})$/.exec(reading.word());
  const apart = WEEK_WORDS.has(reading.word()) && /^\d{1,2}$/.test(reading.word(1));
  if (!apart && !(joined !== null && WEEK_WORDS.has(joined[1] ?? ''))) return false;
  const number = Number(apart ? reading.word(1) : joined?.[2]);
  const year = Number(reading.today.slice(0, 4));
  const here = mondayOfWeek(year, number);
  const past = here !== null && addDays(here, 6) < reading.today;
  const monday = past || here === null ? mondayOfWeek(year + 1, number) : here;
  if (monday === null) return false;
  reading.week = monday;
  return reading.take(apart ? 2 : 1);
}

function nextWord(reading: Reading): boolean {
  if (!NEXT_WORDS.has(reading.word())) return false;
  const unit = UNITS.get(reading.word(1));
  const named = WEEKDAYS.get(reading.word(1));
  if (named !== undefined) {
    weeksAhead(reading, 1);
    reading.weekday = named;
  } else if (unit !== undefined) {
    if (unit === 'week') reading.week = addDays(reading.today, 7 - weekdayOf(reading.today));
    else goAhead(reading, 1, unit);
  } else {
    return false;
  }
  return reading.take(2);
}

function nearDay(reading: Reading): boolean {
  const ahead = NEAR_DAYS.get(reading.word());
  if (ahead === undefined) return false;
  reading.day = addDays(reading.today, ahead);
  return reading.take();
}

function isoDate(reading: Reading): boolean {
  const parts = /^(\d{4})-?(\d\d)-?(\d\d)$/.exec(reading.word());
  if (parts === null) return false;
  return takeDay(reading, dayFrom(Number(parts[1]), Number(parts[2]), Number(parts[3])), 1);
}

function slashDate(reading: Reading): boolean {
  const parts = /^(\d{1,2})\/(\d{1,2})(?:[/-](\d{2}|\d{4}))?$/.exec(reading.word());
  if (parts === null) return false;
  const [, date, month, year] = parts;
  return takeDay(reading, dated(reading, Number(date), Number(month), year), 1);
}

function monthDate(reading: Reading): boolean {
  const ordinal = /^(\d{1,2})(?:st|nd|rd|th|:e|e)?$/;
  const first = MONTHS.get(reading.word());
  const second = MONTHS.get(reading.word(1));
  const date = ordinal.exec(first === undefined ? reading.word() : reading.word(1))?.[1];
  const month = first ?? second;
  if (date === undefined || month === undefined) return false;
  const year = /^20\d\d$/.test(reading.word(2)) ? reading.word(2) : undefined;
  return takeDay(reading, dated(reading, Number(date), month + 1, year), year === undefined ? 2 : 3);
}

/** A day without a year is the next one to come; one of the last month stays in the past, where a slip shows. */
function dated(reading: Reading, date: number, month: number, year: string | undefined): string | null {
  if (year !== undefined) return dayFrom(year.length === 2 ? 2000 + Number(year) : Number(year), month, date);
  const here = Number(reading.today.slice(0, 4));
  const day = dayFrom(here, month, date);
  return day !== null && daysBetween(day, reading.today) <= 31
    ? day
    : (dayFrom(here + 1, month, date) ?? day);
}

function takeDay(reading: Reading, day: string | null, count: number): boolean {
  if (day === null) return false;
  reading.day = day;
  return reading.take(count);
}

function length(reading: Reading): boolean {
  const joined = /^(\d{1,3}(?:[.,]5)?)([a-z]+)$/.exec(reading.word());
  const apart = /^\d{1,3}(?:[.,]5)?$/.test(reading.word()) && LENGTH_UNITS.has(reading.word(1));
  const unit = LENGTH_UNITS.get(apart ? reading.word(1) : (joined?.[2] ?? ''));
  if (unit === undefined) return false;
  const minutes = Number((apart ? reading.word() : (joined?.[1] ?? '')).replace(',', '.')) * unit;
  if (minutes <= 0 || minutes % 5 !== 0) return false;
  reading.minutes = minutes;
  return reading.take(apart ? 2 : 1);
}

function timeRange(reading: Reading): boolean {
  const parts = /^(\d{1,2}(?:[.:]?\d\d)?)[–—-](\d{1,2}(?:[.:]?\d\d)?)$/.exec(reading.word());
  if (parts === null) return false;
  const start = minuteRead(parts[1] ?? '');
  const end = minuteRead(parts[2] ?? '');
  if (start === null || end === null || end <= start || (end - start) % 5 !== 0) return false;
  reading.minute = start;
  reading.minutes = end - start;
  return reading.take();
}

function half(reading: Reading): boolean {
  const shift = HALVES.get(reading.word());
  const hour = shift === undefined ? null : minuteRead(reading.word(1));
  if (shift === undefined || hour === null) return false;
  reading.minute = hour + shift;
  return reading.take(2);
}

function clockTime(reading: Reading): boolean {
  if (reading.minute !== null) return false;
  const joined = /^(?:kl\.?)?(\d{1,2}(?:[.:]?\d\d)?)(am|pm)?$/.exec(reading.word());
  if (joined === null) return false;
  const apart = /^(am|pm)$/.test(reading.word(1)) ? reading.word(1) : undefined;
  const minute = minuteRead(joined[1] ?? '', joined[2] ?? apart);
  if (minute === null) return false;
  reading.minute = minute;
  return reading.take(apart === undefined ? 1 : 2);
}

/** Minutes since midnight of "9", "16", "9.30", "0930", "930". */
function minuteRead(text: string, half?: string): number | null {
  const parts = /^(\d{1,2})[.:]?(\d\d)$/.exec(text) ?? /^(\d{1,2})$/.exec(text);
  if (parts === null) return null;
  let hour = Number(parts[1]);
  const minute = Number(parts[2] ?? 0);
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return null;
    hour = (hour % 12) + (half === 'pm' ? 12 : 0);
  } else if (hour >= 1 && hour <= LAST_AFTERNOON_HOUR && !text.startsWith('0')) {
    hour += 12;
  }
  return hour < 24 && minute < 60 ? hour * 60 + minute : null;
}

function weekdayWord(reading: Reading): boolean {
  const named = WEEKDAYS.get(reading.word());
  // "Tor" is a Thursday and a name: a second weekday can only be the name.
  if (named === undefined || (reading.weekday !== null && reading.week === null)) return false;
  reading.weekday = named;
  return reading.take();
}

function practitionerWord(reading: Reading): boolean {
  const word = reading.word().replace(/\.$/, '');
  if (reading.practitioner !== null && namesSame(reading, word)) return reading.take();
  const all = reading.context.practitioners;
  const whole = all.filter((one) => fold(one.initials) === word || nameWords(one.name).includes(word));
  const begun = all.filter((one) => nameWords(one.name).some((part) => part.startsWith(word)));
  const only = whole.length === 1 ? whole[0] : begun.length === 1 ? begun[0] : undefined;
  if (only === undefined || FILLERS.has(word)) return false;
  reading.practitioner = only.id;
  return reading.take();
}

/** Whether a further word belongs to the name that was already read: "Erik Sandberg". */
function namesSame(reading: Reading, word: string): boolean {
  const named = reading.context.practitioners.find((one) => one.id === reading.practitioner);
  return named !== undefined && nameWords(named.name).some((part) => part.startsWith(word));
}

function nameWords(name: string): string[] {
  return fold(name)
    .split(/[\s.-]+/)
    .filter((part) => part !== '');
}

function filler(reading: Reading): boolean {
  return FILLERS.has(reading.word()) && reading.take();
}
