// The desk at work: which day, which panel, what was just done, and the ways
// from a wish to the clinic and back.

import { untrack } from 'svelte';
import { asProblem, call, onChanged } from '$lib/api/backend';
import type { Changed, ClinicView, MoveVisit, Problem, Saved, Status, VisitCard } from '$lib/api/types';
import type { BookingStart, ParkedBooking } from '$lib/booking';
import { isMovable, nextStatus, previousStatus, type Words } from '$lib/board/status';
import { Connection } from '$lib/connection/connection.svelte';
import { addDays, dayOf, localAt, minuteOf } from '$lib/i18n';
import { Online } from '$lib/requests/online.svelte';
import { Since } from '$lib/since/since.svelte';
import { Clock } from './clock.svelte';
import { DayState } from './day-state.svelte';
import { LENGTHEN_MINUTES, SHORTEST_MINUTES } from './lengths';
import type { Ghost, Notice, Overlay, Page, Panel } from './panels';
import { Undo } from './undo.svelte';

/** How old the clinic's word on the time may get, in ms: clocks drift, and computers sleep. */
const ASK_AGAIN_MS = 10 * 60_000;

/** Everything the board and the bars around it share. */
export class Desk {
  /** The clinic; `null` until it has answered. */
  clinic = $state.raw<ClinicView | null>(null);
  /** Why the clinic could not be read. */
  problem = $state.raw<Problem | null>(null);
  /** The clinic's time. */
  clock = $state.raw(new Clock('1970-01-01T00:00:00', 'UTC'));
  /** What fills the window below the top bar. */
  page = $state<Page>('board');
  /** What stands at the right of the board. */
  panel = $state.raw<Panel | null>(null);
  /** What lies over everything. */
  overlay = $state.raw<Overlay | null>(null);
  /** What was not done. */
  notice = $state.raw<Notice | null>(null);
  /** What is read aloud. */
  announcement = $state.raw<{ words: Words; name: string } | null>(null);
  /** The visit the keys act on. */
  focused = $state<string | null>(null);
  /** Rises whenever the board is to take the focus back. */
  focusWanted = $state(0);
  /** What is being booked. */
  ghost = $state.raw<Ghost | null>(null);

  readonly day = new DayState();
  readonly undo = new Undo();
  readonly connection = new Connection();
  readonly online = new Online({
    undo: this.undo,
    time: () => this.clock.local.slice(11, 16),
    say: (words, name) => (this.announcement = { words, name }),
    saved: (before, saved) => this.#done(before, saved),
    refused: (title, thrown) => this.#refused(title, thrown),
    askDecline: (request) => (this.overlay = { kind: 'decline', request }),
    reload: () => this.day.reload(),
  });
  readonly since = new Since({
    free: () => this.overlay === null && this.panel?.kind !== 'booking',
    open: () => (this.overlay = { kind: 'since' }),
  });

  /** A move being made key by key, not sent yet. */
  #nudged = $state.raw<{ visit: VisitCard; to: MoveVisit } | null>(null);

  /** The last of the changes the clinic has not answered yet. */
  #underWay: Promise<void> | null = null;

  /** The focused visit as it is shown. */
  readonly selected = $derived(this.focused === null ? null : this.day.visit(this.focused));

  /** Reads the clinic and today, and follows what changes; answers how to stop. */
  start(): () => void {
    void this.load();
    const unlisten = onChanged((what) => void this.changed(what));
    const again = setInterval(() => void this.#readClinic(), ASK_AGAIN_MS);
    const awake = () => document.visibilityState === 'visible' && void this.#readClinic();
    document.addEventListener('visibilitychange', awake);
    return () => {
      unlisten();
      clearInterval(again);
      document.removeEventListener('visibilitychange', awake);
    };
  }

  /** Reads the clinic, then the day that is shown, or today. */
  async load(): Promise<void> {
    void this.connection.read();
    void this.online.read();
    await this.#readClinic();
    if (!this.clinic) return;
    await this.day.open(this.day.date || this.clock.today);
  }

  /** Takes in what somebody's change made stale. */
  async changed(what: Changed | null): Promise<void> {
    if (what === null || what.connection) void this.connection.read();
    this.online.changed();
    if (what) this.since.note(what.seq);
    if (what === null || what.settings) await this.#readClinic();
    await this.day.changed(what);
  }

  /** Shows another page. A booking that is half done is parked meanwhile. */
  show(page: Page): void {
    this.commitNudge();
    this.overlay = null;
    this.notice = null;
    this.page = page;
    if (page === 'board') this.focusWanted += 1;
    else this.panel = null;
  }

  /** Shows another day. */
  async goTo(date: string): Promise<void> {
    this.commitNudge();
    this.page = 'board';
    this.overlay = null;
    this.focused = null;
    await this.day.open(date);
    if (this.panel === null) this.focusWanted += 1;
  }

  /** Shows a day on the board, with the focus on one of its visits if that is known. */
  async goToVisit(date: string, visit: string | null): Promise<void> {
    if (this.panel?.kind === 'visit') this.panel = null;
    await this.goTo(date);
    if (visit === null) return;
    this.focused = visit;
    if (this.panel === null) this.focusWanted += 1;
  }

  /** Shows the day `days` on from this one. */
  async step(days: number): Promise<void> {
    await this.goTo(addDays(this.day.date, days));
  }

  /** Opens the booking panel; one that is open takes over the place. */
  book(start: Partial<BookingStart> = {}, resumed?: ParkedBooking): void {
    this.commitNudge();
    this.page = 'board';
    this.overlay = null;
    this.panel = { kind: 'booking', start: { date: this.day.date, ...start }, resumed };
  }

  /** Opens a visit's panel, on its day. */
  async openVisit(visit: VisitCard): Promise<void> {
    this.commitNudge();
    this.page = 'board';
    this.overlay = null;
    this.ghost = null;
    if (dayOf(visit.start) !== this.day.date) await this.day.open(dayOf(visit.start));
    this.focused = visit.id;
    this.panel = { kind: 'visit', id: visit.id };
  }

  /** Closes the panel and gives the board the focus. */
  closePanel(): void {
    this.panel = null;
    this.ghost = null;
    this.focusWanted += 1;
  }

  /** Closes what lies over the board and gives it the focus, unless a panel is open. */
  closeOverlay(): void {
    this.overlay = null;
    if (this.panel === null) this.focusWanted += 1;
  }

  /** Asks why a visit is to be cancelled; what is only asked for is declined. */
  askCancel(visit: VisitCard): void {
    this.commitNudge();
    if (visit.status === 'pending') return void this.online.answerVisit(visit, false);
    if (visit.next.includes('cancelled')) this.overlay = { kind: 'cancel', visit };
    else this.#say({ id: 'board-no-cancel' }, visit);
  }

  /** Arrived, in the chair, done: whichever is next. */
  async advance(visit: VisitCard): Promise<void> {
    if (visit.status === 'pending') return this.online.answerVisit(visit, true);
    await this.#inTurn(visit, (now) => this.#statusOr(now, nextStatus(now), 'board-no-next'));
  }

  /** One step back. */
  async stepBack(visit: VisitCard): Promise<void> {
    await this.#inTurn(visit, (now) => this.#statusOr(now, previousStatus(now), 'board-no-back'));
  }

  /** The patient did not come. */
  async miss(visit: VisitCard): Promise<void> {
    await this.#inTurn(visit, (now) =>
      this.#statusOr(now, now.next.includes('noshow') ? 'noshow' : null, 'board-no-missed'),
    );
  }

  /** Sets a status, as the visit's panel asks for it. */
  async setStatus(visit: VisitCard, status: Status): Promise<void> {
    await this.#inTurn(visit, (now) => this.#setStatus(now, status));
  }

  /** Moves a visit, or changes its length; asks first where something stands against it. */
  async move(visit: VisitCard, to: Pick<MoveVisit, 'practitioner' | 'start' | 'minutes'>): Promise<void> {
    await this.#inTurn(visit, (now) => this.#move(now, to));
  }

  async #move(visit: VisitCard, to: Pick<MoveVisit, 'practitioner' | 'start' | 'minutes'>): Promise<void> {
    const wish: MoveVisit = {
      id: visit.id,
      version: visit.version,
      practitioner: to.practitioner,
      start: to.start,
      minutes: to.minutes,
      accept: { warnings: [], overbook_reason: null },
    };
    this.notice = null;
    try {
      this.#done(visit, await this.day.move(wish));
    } catch (thrown) {
      const { findings } = asProblem(thrown);
      const staffMay = findings.length > 0 && findings.every(({ severity }) => severity !== 'refused');
      if (staffMay) this.overlay = { kind: 'confirm-move', visit, to: wish, findings };
      else this.#refused({ id: 'board-move-not-saved' }, thrown);
    }
  }

  /**
   * Moves a visit by keys: `steps` on the clinic's grid, `columns` along
   * `practitioners`. It is shown there, and sent by [`commitNudge`].
   */
  nudge(visit: VisitCard, steps: number, columns: number, practitioners: readonly string[]): void {
    if (!this.clinic) return;
    const from = this.#nudgedFrom(visit);
    if (!from) return;
    const column = practitioners[practitioners.indexOf(from.to.practitioner) + columns];
    const minute = minuteOf(from.to.start) + steps * this.clinic.grid_minutes;
    if (column === undefined || minute < 0 || minute + from.to.minutes > 1440) return;
    const start = localAt(dayOf(from.to.start), minute);
    this.#show({ visit: from.visit, to: { ...from.to, practitioner: column, start } });
  }

  /** Lengthens a visit by keys, or shortens it; sent by [`commitNudge`]. */
  lengthen(visit: VisitCard, steps: number): void {
    const from = this.#nudgedFrom(visit);
    if (!from) return;
    const minutes = Math.max(SHORTEST_MINUTES, from.to.minutes + steps * LENGTHEN_MINUTES);
    if (minuteOf(from.to.start) + minutes > 1440) return;
    this.#show({ visit: from.visit, to: { ...from.to, minutes } });
  }

  /** Sends the move made by keys, if there is one and it goes anywhere. */
  commitNudge(): void {
    const nudged = this.#nudged;
    if (!nudged) return;
    this.#nudged = null;
    const { visit, to } = nudged;
    const stayed =
      to.practitioner === visit.practitioner && to.start === visit.start && to.minutes === visit.minutes;
    if (stayed) this.day.preview(visit.id, null);
    else void this.move(visit, to);
  }

  /** Puts a visit moved by keys back where it was. */
  dropNudge(): boolean {
    const nudged = this.#nudged;
    this.#nudged = null;
    if (nudged) this.day.preview(nudged.visit.id, null);
    return nudged !== null;
  }

  /** Shows on the board what is being booked, and goes along to the day it is for. */
  showGhost(ghost: Ghost | null): void {
    untrack(() => {
      const before = this.ghost && dayOf(this.ghost.wish.start);
      this.ghost = ghost;
      const wanted = ghost && dayOf(ghost.wish.start);
      if (wanted !== null && wanted !== before && wanted !== this.day.date) void this.day.open(wanted);
    });
  }

  /** Takes over what a panel saved. */
  async saved(saved: Saved): Promise<void> {
    const before = this.#known(saved.visit.id);
    this.day.saved(saved);
    this.#done(before, saved);
    if (dayOf(saved.visit.start) !== this.day.date) await this.day.open(dayOf(saved.visit.start));
    this.focused = saved.visit.id;
  }

  /** Takes the last thing done here back. */
  async undoLast(): Promise<void> {
    await this.#inTurn(null, () => this.#undoLast());
  }

  async #undoLast(): Promise<void> {
    this.notice = null;
    try {
      const undone = await this.undo.undo();
      if (!undone) return;
      const { saved, done } = undone;
      this.announcement = { words: { id: 'board-undone' }, name: done.patient.name };
      if (saved) {
        this.page = 'board';
        this.day.saved(saved);
        if (dayOf(saved.visit.start) !== this.day.date) await this.day.open(dayOf(saved.visit.start));
        this.focused = saved.visit.id;
      } else void this.online.read();
    } catch (thrown) {
      this.#refused({ id: 'board-not-undone' }, thrown);
    }
    await this.day.reload();
  }

  async #readClinic(): Promise<void> {
    try {
      const clinic = await call('clinic', null);
      this.clinic = clinic;
      this.problem = null;
      this.clock.set(clinic.now, clinic.zone);
    } catch (thrown) {
      // A clinic that was read once stays on the screen; the next answer corrects it.
      if (!this.clinic) this.problem = asProblem(thrown);
    }
  }

  /**
   * Changes something once the change before has been answered, and from what
   * that one left: keys are faster than the disk, and the version that was on
   * the screen then is no longer the visit's.
   */
  #inTurn<V extends VisitCard | null>(visit: V, change: (visit: V) => Promise<void>): Promise<void> {
    this.commitNudge();
    const latest = () => change((visit && (this.day.visit(visit.id) ?? visit)) as V);
    const turn: Promise<void> = (this.#underWay?.then(latest) ?? change(visit)).finally(() => {
      if (this.#underWay === turn) this.#underWay = null;
    });
    this.#underWay = turn;
    return turn;
  }

  async #statusOr(visit: VisitCard, status: Status | null, otherwise: string): Promise<void> {
    if (status) await this.#setStatus(visit, status);
    else this.#say({ id: otherwise }, visit);
  }

  async #setStatus(visit: VisitCard, status: Status): Promise<void> {
    this.notice = null;
    try {
      this.#done(visit, await this.day.setStatus(visit, status, this.clock.instant));
    } catch (thrown) {
      this.#refused({ id: 'board-status-not-saved' }, thrown);
    }
  }

  #nudgedFrom(visit: VisitCard): { visit: VisitCard; to: MoveVisit } | null {
    if (this.#nudged?.visit.id === visit.id) return this.#nudged;
    this.commitNudge();
    if (!isMovable(visit.status)) {
      this.#say({ id: 'board-no-move' }, visit);
      return null;
    }
    const { id, version, practitioner, start, minutes } = visit;
    return {
      visit,
      to: { id, version, practitioner, start, minutes, accept: { warnings: [], overbook_reason: null } },
    };
  }

  #show(nudged: { visit: VisitCard; to: MoveVisit }): void {
    this.#nudged = nudged;
    this.day.preview(nudged.visit.id, nudged.to);
    this.#say(
      { id: 'board-nudged', args: { time: nudged.to.start.slice(11, 16), minutes: nudged.to.minutes } },
      nudged.visit,
    );
  }

  #known(id: string): VisitCard | null {
    return this.day.board?.visits.find((visit) => visit.id === id) ?? null;
  }

  #done(before: VisitCard | null, saved: Saved): void {
    const done = this.undo.note(before, saved, this.clock.local.slice(11, 16));
    this.#say(done.words, saved.visit);
  }

  #refused(title: Words, thrown: unknown): void {
    const problem = asProblem(thrown);
    this.notice = { title, problem };
    // Whatever made it fail may have changed what is on the screen.
    void this.day.reload();
  }

  #say(words: Words, visit: VisitCard): void {
    this.announcement = { words, name: visit.patient.name };
  }
}
