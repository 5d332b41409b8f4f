// The day in numbers.

import type { BoardColumn, ClinicView, DayBoard, DaySpan, VisitCard } from '$lib/api/types';
import { gapLabel } from '$lib/board/stretches';
import { isStruck, occupies } from '$lib/board/status';

/** The day in numbers. */
export interface DayFigures {
  /** Visits that take place, or took place. */
  visits: number;
  done: number;
  /** Practitioners who run late. */
  late: number;
  /** Missed and cancelled visits. */
  struck: number;
}

/** Counts the day's visits as they are shown. */
export function figuresOf(board: DayBoard | null, visits: readonly VisitCard[]): DayFigures {
  return {
    visits: visits.filter((visit) => occupies(visit.status)).length,
    done: visits.filter((visit) => visit.status === 'fulfilled').length,
    late: board?.columns.filter((column) => column.late_minutes > 0).length ?? 0,
    struck: visits.filter((visit) => isStruck(visit.status)).length,
  };
}

/** Who sits in the waiting room, longest first. */
export function waitingRoom(visits: readonly VisitCard[]): VisitCard[] {
  return visits
    .filter((visit) => visit.status === 'arrived')
    .sort((a, b) => (a.arrived_at ?? a.start_at) - (b.arrived_at ?? b.start_at));
}

/** A place that could still be filled. */
export interface OpenGap {
  practitioner: string;
  span: DaySpan;
}

/** A column that is this empty has no gaps: it is free. */
const GAPS_UNTIL_MINUTES = 180;

/** What is left of the day's gaps at `now`, a minute of the day or `null` on another day, by time. */
export function openGaps(columns: readonly BoardColumn[], now: number | null): OpenGap[] {
  return columns
    .flatMap((column) =>
      column.free.map((span) => {
        const gap = gapLabel(span, now);
        if (!gap || span.end - span.start > GAPS_UNTIL_MINUTES) return null;
        return { practitioner: column.practitioner, span: { start: gap.start, end: span.end } };
      }),
    )
    .filter((gap) => gap !== null)
    .sort((a, b) => a.span.start - b.span.start);
}

/** A rest this long is still worth starting on the grid for. */
const WORTH_STARTING_MINUTES = 30;

/** When a visit in a gap would start: on the grid where enough is left by then, else at once. */
export function startIn({ span }: OpenGap, gridMinutes: number): number {
  const onGrid = Math.ceil(span.start / gridMinutes) * gridMinutes;
  return span.end - onGrid >= WORTH_STARTING_MINUTES ? onGrid : span.start;
}

/** A group of columns that can be shown alone; its name is `null` for those the catalogue names. */
export interface GroupChoice {
  key: string | null;
  name: string | null;
  count: number;
}

/** More columns than this are offered by group. */
const GROUPS_FROM = 9;

/** The groups a large clinic's columns fall into: everyone, each role, and who runs late. */
export function groupChoices(clinic: ClinicView, board: DayBoard | null): GroupChoice[] {
  const columns = board?.columns ?? [];
  if (columns.length < GROUPS_FROM) return [];
  const roles = new Map<string, number>();
  for (const column of columns) {
    const role = roleOf(clinic, column.practitioner);
    if (role !== '') roles.set(role, (roles.get(role) ?? 0) + 1);
  }
  const late = columns.filter((column) => column.late_minutes > 0).length;
  return [
    { key: null, name: null, count: columns.length },
    ...[...roles].map(([name, count]) => ({ key: `role ${name}`, name, count })),
    ...(late > 0 ? [{ key: 'late', name: null, count: late }] : []),
  ];
}

/** The columns of a group, those of one role side by side. */
export function columnsOf(clinic: ClinicView, board: DayBoard, group: string | null): BoardColumn[] {
  const { columns } = board;
  if (columns.length < GROUPS_FROM) return columns;
  if (group === 'late') return columns.filter((column) => column.late_minutes > 0);
  const roles = [...new Set(columns.map((column) => roleOf(clinic, column.practitioner)))];
  const sorted = roles.flatMap((role) =>
    columns.filter((column) => roleOf(clinic, column.practitioner) === role),
  );
  return group === null
    ? sorted
    : sorted.filter((column) => `role ${roleOf(clinic, column.practitioner)}` === group);
}

function roleOf(clinic: ClinicView, practitioner: string): string {
  return clinic.practitioners.find(({ id }) => id === practitioner)?.role ?? '';
}
