// Where everything on the board stands: rows, columns, and the cards that share one.

import type { BoardColumn, DaySpan, VisitCard, VisitWish } from '$lib/api/types';
import { minuteOf } from '$lib/i18n';
import {
  boardHours,
  CARD_LEFT,
  CARD_RIGHT,
  columnWidths,
  isNarrow,
  lanes,
  NARROW_INSET,
  ROW_MINUTES,
  rowHeight,
  stretchOf,
  type Lane,
  type RowHeight,
  type Stretch,
} from './measure';

/** The wish of the booking panel, among the cards. */
export const GHOST_ID = 'ghost';

/** What a layout follows from. */
export interface LayoutInput {
  /** The columns that are shown, in order. */
  columns: readonly BoardColumn[];
  /** The visits that are shown. */
  visits: readonly VisitCard[];
  /** What is being booked on this day, if it has a column. */
  ghost: VisitWish | null;
  /** What the board shows at least. */
  shown: DaySpan;
  gridMinutes: number;
  /** The user's choice of rows. */
  rows: RowHeight | 'fit';
  /** The whole board, in CSS pixels. */
  width: number;
  height: number;
  /** CSS pixels of a `rem`. */
  rem: number;
  /** Whose column opens among narrow ones. */
  open: string | null;
}

/** Widths of the hour gutter and heights of the column heads, at 100 %. */
const GUTTER = 52;
const HEADS = 48;

/** CSS pixels of a `rem` at 100 %. */
const REM = 16;

/**
 * Where everything on the board stands; follows what `read` reads. Measures
 * are at 100 %, as the design has them, and grow with the text by `scale`.
 */
export class BoardLayout {
  readonly #input: LayoutInput;

  constructor(read: () => LayoutInput) {
    this.#input = $derived.by(read);
  }

  // Each by itself: a step to the next column changes which one is open, and
  // whatever follows from the others need not be worked out again.
  readonly #columns = $derived.by(() => this.#input.columns);
  readonly #visits = $derived.by(() => this.#input.visits);
  readonly #ghost = $derived.by(() => this.#input.ghost);
  readonly #shown = $derived.by(() => this.#input.shown);

  /** The columns, by practitioner, in order. */
  readonly order = $derived.by(() => this.#columns.map((column) => column.practitioner));
  /** What the board shows, in whole hours. */
  readonly hours = $derived.by(() => boardHours(this.#shown));
  /** How much larger than at 100 % everything is. */
  readonly scale = $derived.by(() => this.#input.rem / REM);
  /** The height of 15 minutes, at 100 %. */
  readonly row = $derived.by(() => {
    const { rows, height, gridMinutes } = this.#input;
    return rows === 'fit' ? rowHeight(height / this.scale - HEADS, this.hours, gridMinutes) : rows;
  });
  /** The height of a minute, in CSS pixels. */
  readonly minuteHeight = $derived.by(() => (this.row * this.scale) / ROW_MINUTES);

  readonly #room = $derived.by(() => Math.max(0, this.#input.width / this.scale - GUTTER));
  /** Whether columns are too narrow for names, so that one of them opens. */
  readonly narrow = $derived.by(() => isNarrow(this.order.length, this.#room));
  /** The index of the column that opens. */
  readonly openColumn = $derived.by(() => Math.max(0, this.order.indexOf(this.#input.open ?? '')));
  readonly #widths = $derived.by(() =>
    columnWidths(this.order.length, this.#room, this.narrow ? this.openColumn : -1),
  );
  readonly #widthOf = $derived.by(
    () => new Map(this.order.map((id, index) => [id, this.#widths[index] ?? 0])),
  );
  /** The columns for CSS. With room to spare they share it evenly: the browser is better at the fractions. */
  readonly template = $derived.by(() => {
    const { scale } = this;
    if (this.narrow) return this.#widths.map((width) => `${width * scale}px`).join(' ');
    return `repeat(${this.order.length}, minmax(${Math.min(122, this.#widths[0] ?? 0) * scale}px, 1fr))`;
  });

  readonly #covered = $derived.by(() => {
    const visits = this.#visits;
    return new Map(
      this.order.map((id) => [
        id,
        visits.filter((visit) => visit.practitioner === id).map((visit) => stretchOf(visit, this.row)),
      ]),
    );
  });

  readonly #lanes = $derived.by(() => {
    const ghost = this.#ghost;
    const all = new Map<string, Lane>();
    for (const [id, stretches] of this.#covered) {
      const among = ghost?.practitioner === id ? [...stretches, ghostStretch(ghost)] : stretches;
      for (const [key, lane] of lanes(among)) all.set(key, lane);
    }
    return all;
  });

  /** How wide a column is, at 100 %. */
  width(practitioner: string): number {
    return this.#widthOf.get(practitioner) ?? 0;
  }

  /** Whether a column has room for no more than initials. */
  isClosed(practitioner: string): boolean {
    return this.narrow && this.order[this.openColumn] !== practitioner;
  }

  /** What the cards of a column cover. */
  covered(practitioner: string): readonly Stretch[] {
    return this.#covered.get(practitioner) ?? [];
  }

  /** Whether a card covers part of the place a click at `start` would take. */
  isTaken(practitioner: string, start: number): boolean {
    const end = start + this.#input.gridMinutes;
    return this.covered(practitioner).some((card) => card.start < end && start < card.end);
  }

  /** How wide a visit's card is, at 100 %; `whole` while it is dragged. */
  cardWidth(visit: string, practitioner: string, whole = false): number {
    const inset = this.narrow ? NARROW_INSET : CARD_LEFT + CARD_RIGHT;
    const sharing = whole ? 1 : (this.#lanes.get(visit)?.of ?? 1);
    return (this.width(practitioner) - inset) / sharing;
  }

  /** Whether another card stands at a card's right. */
  hasNeighbour(visit: string): boolean {
    const at = this.#lanes.get(visit);
    return at !== undefined && at.lane < at.of - 1;
  }
}

function ghostStretch(ghost: VisitWish): Stretch {
  const start = minuteOf(ghost.start);
  return { id: GHOST_ID, start, end: start + ghost.minutes };
}
