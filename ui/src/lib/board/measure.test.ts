import { describe, expect, it } from 'vitest';
import { boardHours, cardContent, columnWidths, isNarrow, lanes, rowHeight, shownMinutes } from './measure';

const DAY = { start: 480, end: 1020 };
/** Bars, heads and key bar of a window. */
const BARS = 52 + 36 + 48 + 28;

describe('rowHeight', () => {
  it.each([
    [800, 16],
    [900, 20],
    [1080, 24],
    [1440, 32],
    [500, 12],
  ])('shows eight to five in a window %i high with rows of %i', (window, row) => {
    expect(rowHeight(window - BARS, DAY, 30)).toBe(row);
  });

  it('never goes below 20 on a fine grid', () => {
    expect(rowHeight(500 - BARS, DAY, 15)).toBe(20);
    expect(rowHeight(500 - BARS, DAY, 5)).toBe(20);
  });
});

describe('boardHours', () => {
  it.each([
    [
      { start: 480, end: 1020 },
      { start: 480, end: 1020 },
    ],
    [
      { start: 455, end: 1025 },
      { start: 420, end: 1080 },
    ],
    [
      { start: 600, end: 600 },
      { start: 600, end: 660 },
    ],
    [
      { start: 1400, end: 1440 },
      { start: 1380, end: 1440 },
    ],
  ])('covers %j with whole hours', (shown, hours) => {
    expect(boardHours(shown)).toEqual(hours);
  });
});

describe('cardContent', () => {
  const table: [number, number, Partial<ReturnType<typeof cardContent>>][] = [
    [10, 240, { small: true, status: 'icon', kindBeside: false, kindLine: false }],
    [13, 240, { small: true, status: 'icon' }],
    [14, 240, { small: false, status: 'words', kindBeside: true, kindLine: false }],
    [14, 211, { status: 'words', kindBeside: false, kindLine: false }],
    [35, 240, { kindBeside: true, kindLine: false, extra: false }],
    [36, 240, { kindBeside: false, kindLine: true, time: true, extra: false }],
    [51, 240, { kindLine: true, extra: false }],
    [52, 240, { kindLine: true, extra: true }],
    [52, 211, { mode: 'normal', kindLine: true, status: 'words', extra: true }],
    [38, 116, { mode: 'stacked', status: 'words', statusLine: true, kindLine: false }],
    [58, 116, { mode: 'stacked', status: 'words', statusLine: true, kindLine: true, time: false }],
    [28, 97, { mode: 'stacked', status: 'icon', statusLine: false }],
    [58, 80, { mode: 'icon', status: 'icon', kindLine: true }],
    [30, 30, { mode: 'initials', status: 'icon', statusLine: true }],
    [14, 30, { mode: 'initials', status: 'none' }],
  ];

  it.each(table)('on a card %i high and %i wide is %j', (height, width, expected) => {
    expect(cardContent(height, width)).toMatchObject(expected);
  });
});

describe('columns', () => {
  it('share the room while names fit', () => {
    expect(columnWidths(4, 1000, -1)).toEqual([250, 250, 250, 250]);
    expect(isNarrow(4, 1000)).toBe(false);
    expect(isNarrow(8, 300)).toBe(false);
  });

  it('leave one wide among narrow ones, and stop shrinking', () => {
    const widths = columnWidths(40, 1404, 3);
    expect(isNarrow(40, 1404)).toBe(true);
    expect(widths[3]).toBe(208);
    expect(widths[0]).toBe(34);
  });
});

describe('shownMinutes', () => {
  it.each([
    [{ status: 'booked', minutes: 30 } as const, 20, 30],
    [{ status: 'cancelled', minutes: 60 } as const, 20, 15],
    [{ status: 'booked', minutes: 3 } as const, 16, 15],
    [{ status: 'booked', minutes: 5 } as const, 32, 10],
  ])('gives %j in rows of %i a card of %i minutes', (visit, row, minutes) => {
    expect(shownMinutes(visit, row)).toBe(minutes);
  });
});

describe('lanes', () => {
  it('stand side by side only where cards overlap', () => {
    const placed = lanes([
      { id: 'a', start: 540, end: 585 },
      { id: 'b', start: 540, end: 570 },
      { id: 'c', start: 570, end: 600 },
      { id: 'd', start: 600, end: 630 },
    ]);
    expect(placed.get('a')).toEqual({ lane: 0, of: 2 });
    expect(placed.get('b')).toEqual({ lane: 1, of: 2 });
    expect(placed.get('c')).toEqual({ lane: 1, of: 2 });
    expect(placed.get('d')).toEqual({ lane: 0, of: 1 });
  });
});
