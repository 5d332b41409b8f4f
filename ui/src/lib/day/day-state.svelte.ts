// One day of the board: what was read, what is being done to it at this
// moment, and how far reading has come.

import { asProblem, call } from '$lib/api/backend';
import type { Changed, DayBoard, MoveVisit, Problem, Saved, Status, VisitCard } from '$lib/api/types';
import { dayOf } from '$lib/i18n';

/** Reading shorter than this shows nothing at all. */
export const SHAPES_AFTER_MS = 150;

/** Reading longer than this is said in words. */
export const WORDS_AFTER_MS = 2_000;

/** A day that could not be read is read again after this. */
export const AGAIN_AFTER_MS = 2_000;

/** How far reading a day has come. */
export type Reading = 'done' | 'brief' | 'shapes' | 'words';

/** What a visit looks like until the clinic has answered. */
type Patch = Partial<
  Pick<VisitCard, 'practitioner' | 'start' | 'minutes' | 'status' | 'arrived_at' | 'seated_at'>
>;

/** One day of the board. */
export class DayState {
  /** The day that is shown or being read. */
  date = $state('');
  /** The latest answer for [`date`]; `null` until there is one. */
  board = $state.raw<DayBoard | null>(null);
  /** Why the day could not be read. */
  problem = $state.raw<Problem | null>(null);
  /** How far reading has come. */
  reading = $state<Reading>('done');
  /** Visits that just changed by somebody else's hand and requests that just came, by id: their border glows once. */
  glowing = $state.raw<ReadonlySet<string>>(new Set());

  #patches = $state.raw<ReadonlyMap<string, Patch>>(new Map());
  #asked = 0;
  #lastSeq = 0;
  #again: ReturnType<typeof setTimeout> | undefined;

  /** Every visit as it is shown: what was read, with what is being done to it. */
  readonly visits = $derived.by(() => {
    const visits = this.board?.visits ?? [];
    if (this.#patches.size === 0) return visits;
    return visits.map((visit) => {
      const patch = this.#patches.get(visit.id);
      return patch ? { ...visit, ...patch } : visit;
    });
  });

  /** Shows another day. */
  async open(date: string): Promise<void> {
    if (date !== this.date) {
      this.date = date;
      this.#patches = new Map();
      this.glowing = new Set();
    }
    await this.#read(this.board?.date !== date);
  }

  /** Reads the day again. */
  async reload(): Promise<void> {
    await this.#read(this.board === null);
  }

  /** Reads again if `what` makes this day stale; `null` stands for anything. */
  async changed(what: Changed | null): Promise<void> {
    // Nothing is shown yet: the first day is read when it is opened.
    if (this.date === '') return;
    if (what === null || what.settings || what.days.includes(this.date)) await this.reload();
  }

  /** The visit as it is shown, or `null`. */
  visit(id: string): VisitCard | null {
    return this.visits.find((visit) => visit.id === id) ?? null;
  }

  /** Shows a visit elsewhere without asking for it yet; `null` puts it back. */
  preview(id: string, to: Pick<MoveVisit, 'practitioner' | 'start' | 'minutes'> | null): void {
    this.#patch(id, to && { practitioner: to.practitioner, start: to.start, minutes: to.minutes });
  }

  /**
   * Moves a visit; it is shown there at once and put back if refused.
   *
   * @throws {CallFailed} why it was not moved.
   */
  async move(to: MoveVisit): Promise<Saved> {
    return this.#attempt(to.id, { practitioner: to.practitioner, start: to.start, minutes: to.minutes }, () =>
      call('move_visit', to),
    );
  }

  /**
   * Sets a status; it is shown at once and put back if refused. `now` is in
   * seconds since 1970.
   *
   * @throws {CallFailed} why it was not set.
   */
  async setStatus(visit: VisitCard, status: Status, now: number): Promise<Saved> {
    const patch: Patch = { status };
    if (status === 'arrived') patch.arrived_at = visit.arrived_at ?? now;
    if (status === 'checked-in') patch.seated_at = visit.seated_at ?? now;
    return this.#attempt(visit.id, patch, () =>
      call('set_status', { id: visit.id, version: visit.version, status }),
    );
  }

  /** Takes over what was saved, by this board or by a panel. */
  saved({ visit, seq }: Saved): void {
    this.#lastSeq = Math.max(this.#lastSeq, seq);
    this.#patch(visit.id, null);
    if (!this.board) return;
    const others = this.board.visits.filter((other) => other.id !== visit.id);
    const visits =
      dayOf(visit.start) === this.board.date
        ? [...others, visit].sort((a, b) => a.start.localeCompare(b.start) || a.id.localeCompare(b.id))
        : others;
    this.board = { ...this.board, visits };
  }

  async #attempt(id: string, patch: Patch, ask: () => Promise<Saved>): Promise<Saved> {
    this.#patch(id, patch);
    try {
      const saved = await ask();
      this.saved(saved);
      return saved;
    } catch (thrown) {
      this.#patch(id, null);
      throw thrown;
    }
  }

  #patch(id: string, patch: Patch | null): void {
    const next = new Map(this.#patches);
    if (patch) next.set(id, patch);
    else next.delete(id);
    this.#patches = next;
  }

  async #read(fresh: boolean, again = false): Promise<void> {
    const asked = ++this.#asked;
    clearTimeout(this.#again);
    const { date } = this;
    const timers = fresh
      ? [
          setTimeout(() => this.#readingTook(asked, 'shapes'), SHAPES_AFTER_MS),
          setTimeout(() => this.#readingTook(asked, 'words'), WORDS_AFTER_MS),
        ]
      : [];
    if (fresh) this.reading = 'brief';
    try {
      const board = await call('day_board', { date });
      // A later question's answer counts, and one that doesn't know of what was just saved doesn't.
      if (asked !== this.#asked) return;
      if (board.seq < this.#lastSeq && !again) {
        void this.#read(fresh, true);
        return;
      }
      this.#glow(board);
      this.board = board;
      this.problem = null;
    } catch (thrown) {
      if (asked !== this.#asked) return;
      this.problem = asProblem(thrown);
      if (this.board?.date !== date) this.board = null;
      // It heals by itself; the button is for who can't wait.
      if (this.problem.code === 'unreachable')
        this.#again = setTimeout(() => void this.#read(false), AGAIN_AFTER_MS);
    } finally {
      timers.forEach(clearTimeout);
      if (asked === this.#asked) this.reading = 'done';
    }
  }

  #readingTook(asked: number, reading: Reading): void {
    if (asked === this.#asked) this.reading = reading;
  }

  #glow(next: DayBoard): void {
    if (this.board?.date !== next.date) return;
    const before = new Map(this.board.visits.map((visit) => [visit.id, visit.version]));
    const changed = next.visits.filter((visit) => before.get(visit.id) !== visit.version);
    const known = new Set(heldIds(this.board));
    this.glowing = new Set([
      ...changed.map((visit) => visit.id),
      ...heldIds(next).filter((id) => !known.has(id)),
    ]);
  }
}

/** The requests that are held on a day, by id. */
function heldIds(board: DayBoard): string[] {
  return board.online.flatMap(({ held }) => (held === null ? [] : [held.id]));
}
