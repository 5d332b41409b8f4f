// What others did while nobody looked at this window: after a start, after a
// break of half an hour, and when the line is back after an outage.

import { asProblem, call } from '$lib/api/backend';
import type { ConnectionState, Problem, SinceView } from '$lib/api/types';
import { readSeen, writeSeen } from './seen';

/** Somebody who touched nothing for this long doesn't see what changes. In ms. */
export const LOOKING_MS = 60_000;

/** After this long away one is told what happened. In ms. */
export const AWAY_MS = 30 * 60_000;

/** An outage shorter than this puts nothing over the screen. In ms. */
export const OUTAGE_MS = 60_000;

/** Once the line is back, answers come in a row; this long after the last of them they are told. In ms. */
export const SETTLED_MS = 2_000;

/** What is told may always be told later. */
export interface Screen {
  /** Whether something may lie over the window: not over a booking that is half done. */
  free(): boolean;
  /** Puts it over the window. */
  open(): void;
}

/** What happened since somebody last looked. */
export class Since {
  /** What others did and nobody has looked at yet; `null`: nothing. */
  waiting = $state.raw<SinceView | null>(null);
  /** What the panel shows; `null` until it was read. */
  view = $state.raw<SinceView | null>(null);
  /** Why it could not be read. */
  problem = $state.raw<Problem | null>(null);

  readonly #screen: Screen;
  readonly #tick: () => number;
  #clinic: string | null = null;
  /** The log's position, the last of it somebody saw, and the one that is told from. */
  #latest = 0;
  #seen = 0;
  #from = 0;
  #touched: number;
  /** When the line was lost, and what was seen by then. */
  #cut: { at: number; seen: number } | null = null;
  /** What is told once the answers of an outage are in. */
  #settling: { from: number; loud: boolean; timer: ReturnType<typeof setTimeout> } | null = null;

  /** `tick` counts ms and never goes back. */
  constructor(screen: Screen, tick: () => number = () => performance.now()) {
    this.#screen = screen;
    this.#tick = tick;
    this.#touched = tick();
  }

  /** Follows whether somebody is there; answers how to stop. */
  start(): () => void {
    const touch = () => this.touch();
    const kept = () => this.#keep();
    const events = ['pointerdown', 'pointermove', 'keydown', 'wheel'] as const;
    for (const event of events) window.addEventListener(event, touch, { passive: true, capture: true });
    window.addEventListener('pagehide', kept);
    return () => {
      for (const event of events) window.removeEventListener(event, touch, { capture: true });
      window.removeEventListener('pagehide', kept);
      if (this.#settling) clearTimeout(this.#settling.timer);
    };
  }

  /** The clinic was read for the first time, with its log at `seq`. */
  async begin(clinic: string, seq: number): Promise<void> {
    if (this.#clinic !== null) return;
    this.#clinic = clinic;
    this.#latest = Math.max(this.#latest, seq);
    const seen = readSeen(clinic);
    // A log that is shorter than what was seen is another one: a restored clinic begins anew.
    this.#seen = this.#from = seen === null || seen > seq ? seq : seen;
    this.#touched = this.#tick();
    this.#keep();
    if (this.#seen < this.#latest) await this.#tell(this.#seen, true);
    else this.#look();
  }

  /** The clinic's log has come to `seq`. */
  note(seq: number): void {
    this.#latest = Math.max(this.#latest, seq);
    if (this.#settling) this.#settle(this.#settling.from, this.#settling.loud);
    this.#look();
  }

  /** Somebody moved the pointer or pressed a key. */
  touch(): void {
    const away = this.#tick() - this.#touched;
    this.#touched = this.#tick();
    if (away >= AWAY_MS && this.#latest > this.#seen) void this.#tell(this.#seen, true);
    else this.#look();
  }

  /** The line to central stands like this; `null` where there is none. */
  line(state: ConnectionState | null): void {
    if (state !== null && state !== 'live') {
      this.#cut ??= { at: this.#tick(), seen: this.#seen };
      return;
    }
    const cut = this.#cut;
    this.#cut = null;
    // The first line of a run of the application is no outage: that is what the start tells.
    if (cut === null || state === null || this.#clinic === null) return;
    this.#settle(cut.seen, this.#tick() - cut.at >= OUTAGE_MS);
  }

  /** Reads what the panel shows. */
  async read(): Promise<void> {
    try {
      this.view = await call('since', { seq: this.#from });
      this.problem = null;
    } catch (thrown) {
      this.problem = asProblem(thrown);
    }
  }

  /** Somebody has read it. */
  close(): void {
    this.waiting = null;
    this.#seen = Math.max(this.#seen, this.view?.seq ?? 0);
    this.#keep();
  }

  #settle(from: number, loud: boolean): void {
    if (this.#settling) clearTimeout(this.#settling.timer);
    const timer = setTimeout(() => {
      this.#settling = null;
      void this.#tell(from, loud);
    }, SETTLED_MS);
    this.#settling = { from, loud, timer };
  }

  /** Reads what happened after `from`, and tells it if it was anything. */
  async #tell(from: number, loud: boolean): Promise<void> {
    // What waits already is told with it.
    this.#from = this.waiting ? Math.min(this.#from, from) : from;
    await this.read();
    if (this.problem) return;
    this.waiting = this.view && this.view.items.length > 0 ? this.view : null;
    if (!this.waiting) this.#look();
    else if (loud && this.#screen.free()) this.#screen.open();
  }

  /** What comes in while somebody looks has been seen. */
  #look(): void {
    if (this.#clinic === null || this.waiting || this.#seen === this.#latest) return;
    if (document.visibilityState !== 'visible' || this.#tick() - this.#touched > LOOKING_MS) return;
    this.#seen = this.#latest;
    this.#keep();
  }

  #keep(): void {
    if (this.#clinic !== null) writeSeen(this.#clinic, this.#seen);
  }
}
