// How the desk is connected, read again whenever that changes.

import { asProblem, call } from '$lib/api/backend';
import type { ConnectionView, Problem } from '$lib/api/types';

/** What a chip or a headline says, as a key of the catalogue, and what it names. */
export interface ConnectionWords {
  id: string;
  args: Record<string, string | number>;
}

/**
 * Whether the desk has heard of everything that was asked online: not while the
 * line is down, and once it is back not before both sides are compared.
 */
export type Heard = 'all' | 'down' | 'checking';

/** Out of step for shorter than this is not worth a word, in ms. */
export const INTERRUPTED_AFTER_MS = 1_500;

/** The line to the central service. */
export class Connection {
  /** How it stands; `null` until it was read. */
  view = $state.raw<ConnectionView | null>(null);
  /** Why it could not be read, or what was asked of it not done. */
  problem = $state.raw<Problem | null>(null);
  /** A pairing or a comparison is under way. */
  busy = $state(false);

  /**
   * The desk is paired, and has not been in step with central for long enough
   * to say so: a start or a hiccup takes less.
   */
  interrupted = $state(false);

  /** The most that was unsent since catching up began: how far it has come is told by it. */
  #most = $state(0);
  #readings = 0;
  #soon: ReturnType<typeof setTimeout> | undefined;

  /** How many of how many changes have gone out since catching up began. */
  readonly progress = $derived.by(() => {
    const most = Math.max(this.#most, this.view?.unsent ?? 0);
    return { done: most - (this.view?.unsent ?? 0), most };
  });

  /** Whether nothing known of is nothing there. */
  readonly heard = $derived.by((): Heard => {
    if (!this.interrupted) return 'all';
    const state = this.view?.state;
    return state === 'catching_up' || state === 'checking' ? 'checking' : 'down';
  });

  /** Reads how it stands. */
  async read(): Promise<void> {
    const reading = ++this.#readings;
    try {
      const view = await call('connection', null);
      // A later reading knows better.
      if (reading === this.#readings) this.#take(view);
    } catch (thrown) {
      if (reading === this.#readings) this.problem = asProblem(thrown);
    }
  }

  /** Pairs the desk; `true` once that stands. */
  async pair(address: string, code: string): Promise<boolean> {
    return this.#ask(async () => this.#take(await call('pair_with', { address, code })));
  }

  /** Has every day compared again. */
  async compareAgain(): Promise<boolean> {
    return this.#ask(() => call('compare_again', null));
  }

  async #ask(what: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.problem = null;
    try {
      await what();
      return true;
    } catch (thrown) {
      this.problem = asProblem(thrown);
      return false;
    } finally {
      this.busy = false;
    }
  }

  #take(view: ConnectionView): void {
    this.#most = view.state === 'catching_up' ? Math.max(this.#most, view.unsent) : 0;
    this.view = view;
    if (!view.paired || view.state === 'live') {
      clearTimeout(this.#soon);
      this.#soon = undefined;
      this.interrupted = false;
    } else if (!this.interrupted) {
      this.#soon ??= setTimeout(() => (this.interrupted = true), INTERRUPTED_AFTER_MS);
    }
  }
}
