// The board's measures: how high a row is, how wide a column, and what a card
// of a size has room for. Numbers are CSS pixels at 100 %.

import type { DaySpan, VisitCard } from '$lib/api/types';
import { minuteOf } from '$lib/i18n';

/** Heights a row of 15 minutes can have. */
export const ROW_HEIGHTS = [12, 16, 20, 24, 32] as const;

/** One of the heights a row can have. */
export type RowHeight = (typeof ROW_HEIGHTS)[number];

/** Minutes in a row. */
export const ROW_MINUTES = 15;

/** Room above the first hour and below the last, for half of each label. */
export const BOARD_PAD = 8;

/** A card is this much lower than its time, one pixel of it above. */
export const CARD_GAP = 2;

/** A card starts this far from its column's left edge. */
export const CARD_LEFT = 4;

/** The strip at a column's right that stays free: for a click that overbooks, and for tails. */
export const CARD_RIGHT = 8;

/** What narrow columns leave free at both sides of a card together. */
export const NARROW_INSET = 4;

/** The column under focus or pointer among narrow ones. */
export const WIDE_COLUMN = 208;

/** A column with room for names. */
const NAMED_COLUMN = 110 + CARD_LEFT + CARD_RIGHT;

/** Below this columns no longer shrink; the board scrolls sideways. */
const NARROWEST_COLUMN = 34;

/** A card with room for long words: four columns beside the panel in a window of 1440. */
const WIDE_CARD = 236;

/** The lowest card anybody can still hit and read. */
const LOWEST_CARD = 14;

/** Whole hours around `shown`, in minutes of the day. */
export function boardHours(shown: DaySpan): DaySpan {
  const start = Math.floor(shown.start / 60) * 60;
  const end = Math.min(1440, Math.max(Math.ceil(shown.end / 60) * 60, start + 60));
  return { start, end };
}

/**
 * The largest row that shows `hours` within `height`; the smallest when none
 * does. Clinics on a fine grid never get rows below 20: their board scrolls.
 */
export function rowHeight(height: number, hours: DaySpan, gridMinutes: number): RowHeight {
  const rows = (hours.end - hours.start) / ROW_MINUTES;
  const allowed = gridMinutes <= 15 ? ROW_HEIGHTS.filter((row) => row >= 20) : ROW_HEIGHTS;
  const fitting = allowed.filter((row) => rows * row + 2 * BOARD_PAD <= height);
  return fitting.at(-1) ?? allowed[0] ?? 20;
}

/** How wide each of `count` columns is in `width`; `wide` is the index of the one that opens among narrow ones. */
export function columnWidths(count: number, width: number, wide: number): number[] {
  if (count === 0) return [];
  const even = width / count;
  if (count <= 8 || even >= NAMED_COLUMN) return Array<number>(count).fill(Math.max(even, NAMED_COLUMN));
  const narrow = Math.max(NARROWEST_COLUMN, (width - WIDE_COLUMN) / (count - 1));
  return Array.from({ length: count }, (_, index) => (index === wide ? WIDE_COLUMN : narrow));
}

/** Whether columns are too narrow for names, so that one of them opens. */
export function isNarrow(count: number, width: number): boolean {
  return count > 8 && width / count < NAMED_COLUMN;
}

/** What a card shows. */
export interface CardContent {
  /** `wide` has long words, `normal` short ones, `stacked` puts the status below the name, `icon` says it by icon only, `initials` has no name. */
  mode: 'wide' | 'normal' | 'stacked' | 'icon' | 'initials';
  /** The kind beside the name. */
  kindBeside: boolean;
  /** The kind on a line of its own. */
  kindLine: boolean;
  /** The time before the kind. */
  time: boolean;
  /** The status: words with icon, icon only, or nothing. */
  status: 'words' | 'icon' | 'none';
  /** The status on a line of its own, under the name. */
  statusLine: boolean;
  /** One line: the alert before the note. */
  extra: boolean;
  /** 11 px and no space around: for the lowest cards. */
  small: boolean;
}

/** What has room on a card of this size. Name beats status beats kind; the name is cut last. */
export function cardContent(height: number, width: number): CardContent {
  const small = height < 14;
  const twoLines = height >= 36;
  const threeLines = height >= 52;
  const mode =
    width >= WIDE_CARD
      ? 'wide'
      : width >= 150
        ? 'normal'
        : width >= 96
          ? 'stacked'
          : width >= 56
            ? 'icon'
            : 'initials';
  const none = { kindBeside: false, kindLine: false, time: false, statusLine: false, extra: false, small };
  switch (mode) {
    case 'wide':
    case 'normal':
      return {
        ...none,
        mode,
        kindBeside: mode === 'wide' && !small && !twoLines,
        kindLine: twoLines,
        time: twoLines,
        status: small ? 'icon' : 'words',
        extra: threeLines,
      };
    case 'stacked':
      return {
        ...none,
        mode,
        kindLine: threeLines,
        status: twoLines ? 'words' : 'icon',
        statusLine: twoLines,
      };
    case 'icon':
      return { ...none, mode, kindLine: twoLines, status: 'icon' };
    case 'initials':
      return { ...none, mode, status: height >= 30 ? 'icon' : 'none', statusLine: true };
  }
}

/** How many minutes of the board a visit's card takes: a cancelled one a single row, none too low to hit. */
export function shownMinutes(visit: Pick<VisitCard, 'status' | 'minutes'>, row: number): number {
  const lowest = Math.ceil((((LOWEST_CARD + CARD_GAP) / row) * ROW_MINUTES) / 5) * 5;
  const wanted = visit.status === 'cancelled' ? Math.min(visit.minutes, ROW_MINUTES) : visit.minutes;
  return Math.max(wanted, Math.min(lowest, ROW_MINUTES));
}

/** A stretch of one column that a card takes. */
export interface Stretch {
  id: string;
  start: number;
  end: number;
}

/** Where a card stands among those it overlaps. */
export interface Lane {
  /** From 0. */
  lane: number;
  /** How many stand side by side. */
  of: number;
}

/** Places the overlapping cards of one column side by side, as the calendar does. */
export function lanes(stretches: readonly Stretch[]): Map<string, Lane> {
  const sorted = [...stretches].sort((a, b) => a.start - b.start || b.end - a.end);
  const placed = new Map<string, Lane>();
  let group: Lane[] = [];
  let ends: number[] = [];
  let groupEnd = -1;
  for (const { id, start, end } of sorted) {
    if (start >= groupEnd) {
      group = [];
      ends = [];
      groupEnd = end;
    }
    const free = ends.findIndex((laneEnd) => laneEnd <= start);
    const lane = free === -1 ? ends.length : free;
    ends[lane] = end;
    groupEnd = Math.max(groupEnd, end);
    const place = { lane, of: ends.length };
    group.push(place);
    for (const other of group) other.of = ends.length;
    placed.set(id, place);
  }
  return placed;
}

/** The minutes of the day a visit's card takes. */
export function stretchOf(visit: VisitCard, row: number): Stretch {
  const start = minuteOf(visit.start);
  return { id: visit.id, start, end: start + shownMinutes(visit, row) };
}
