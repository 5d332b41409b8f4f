// What a pointer does on the board: it moves visits, pulls them longer, and
// points at a place to book.

import type { Calendar } from '@event-calendar/core';
import type { VisitCard } from '$lib/api/types';
import type { Desk } from '$lib/day/desk.svelte';
import { SHORTEST_MINUTES } from '$lib/day/lengths';
import { isoLocal } from '$lib/i18n';

type Dropped = Calendar.EventDropInfo | Calendar.EventResizeInfo;

interface Clicked {
  date: Date;
  resource?: { id: string } | undefined;
  jsEvent: Event;
}

interface Selected {
  start: Date;
  end: Date;
  resource?: { id: string } | undefined;
}

/** The board, as the pointer needs it. */
export interface Pointed {
  /** A visit that is shown. */
  visit(id: string): VisitCard | undefined;
  /** A card was let go elsewhere than the visits say. */
  moved(visit: VisitCard): void;
  /** The desk has answered where it stands. */
  settled(visit: VisitCard): void;
  /** Takes away what was drawn. */
  unselect(): void;
}

/** A click so soon after a drag is the drag's own, in ms. */
const DRAG_CLICK_MS = 250;

/** The pointer on the board. */
export class ByPointer {
  /** A card's edge is held. */
  pulling = $state(false);

  readonly #desk: Desk;
  readonly #board: Pointed;
  #draggedAt = -DRAG_CLICK_MS;

  constructor(desk: Desk, board: Pointed) {
    this.#desk = desk;
    this.#board = board;
  }

  /** What the calendar is to call. */
  readonly handlers = {
    eventDragStop: () => this.#stopped(),
    eventResizeStop: () => this.#stopped(),
    eventDrop: (info: Dropped) => this.#dropped(info),
    eventResize: (info: Dropped) => this.#dropped(info),
    dateClick: (info: Clicked) => this.#clicked(info),
    select: (info: Selected) => this.#selected(info),
  };

  /** A drag has only just ended. */
  get justDragged(): boolean {
    return performance.now() - this.#draggedAt < DRAG_CLICK_MS;
  }

  /** It goes down. */
  down(event: PointerEvent): void {
    if (event.target instanceof Element && event.target.closest('.ec-resizer')) this.pulling = true;
  }

  /** It comes up. Only once the calendar is done with the press: changing its step in the middle of one loses it. */
  up(): void {
    if (this.pulling) setTimeout(() => (this.pulling = false));
  }

  #stopped(): void {
    this.#draggedAt = performance.now();
  }

  #dropped({ event, oldEvent, revert }: Dropped): void {
    this.#stopped();
    const visit = this.#board.visit(String(event.id));
    const practitioner = String(event.resourceIds[0] ?? '');
    if (!visit || practitioner === '') return revert();
    // A card can be taller than its visit is long, so lengths are told by difference.
    const pulled =
      event.end.getTime() - oldEvent.end.getTime() - (event.start.getTime() - oldEvent.start.getTime());
    const minutes = Math.max(SHORTEST_MINUTES, visit.minutes + Math.round(pulled / 60_000));
    this.#board.moved(visit);
    this.#desk.focused = visit.id;
    const to = { practitioner, start: isoLocal(event.start), minutes };
    void this.#desk.move(visit, to).finally(() => this.#board.settled(visit));
  }

  #clicked({ date, resource, jsEvent }: Clicked): void {
    if (!resource || (jsEvent instanceof MouseEvent && jsEvent.button !== 0)) return;
    this.#desk.book({ practitioner: resource.id, start: isoLocal(date) });
  }

  #selected({ start, end, resource }: Selected): void {
    this.#stopped();
    this.#board.unselect();
    if (!resource) return;
    const minutes = Math.round((end.getTime() - start.getTime()) / 60_000);
    this.#desk.book({ practitioner: resource.id, start: isoLocal(start), minutes });
  }
}
