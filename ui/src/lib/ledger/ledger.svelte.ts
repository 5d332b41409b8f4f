// What was answered: all of it a page at a time, or what one outage held.

import { asProblem, call } from '$lib/api/backend';
import type { OutageView, Problem, RequestView } from '$lib/api/types';

/** As many as are read at a time. */
const PAGE = 100;

/** More than an outage ever holds is not read at once. */
const OF_OUTAGE = 500;

/** The answered requests. */
export class Ledger {
  /** All of them, the latest first, as far as they were read; `null` until then. */
  all = $state.raw<readonly RequestView[] | null>(null);
  /** More were answered earlier. */
  more = $state(false);
  /** When the line was down, the latest first; `null` until that was read. */
  outages = $state.raw<readonly OutageView[] | null>(null);
  /** The outage that is looked at, by when it began; `null`: the latest. */
  chosen = $state<string | null>(null);
  /** What that outage held; `null` until it was read. */
  released = $state.raw<readonly RequestView[] | null>(null);
  /** Why they could not be read. */
  problem = $state.raw<Problem | null>(null);
  /** Reading on is under way. */
  reading = $state(false);

  /** The outage that is looked at. */
  readonly outage = $derived.by(
    () => this.outages?.find(({ began }) => began === this.chosen) ?? this.outages?.[0] ?? null,
  );

  #readings = 0;

  /** Reads the latest answers, and what was read on to before. */
  async readAll(): Promise<void> {
    const limit = Math.min(OF_OUTAGE, Math.max(PAGE, this.all?.length ?? 0));
    await this.#ask(async () => {
      const view = await call('ledger', { outage: null, before: null, limit });
      return () => {
        this.all = view.requests;
        this.more = view.more;
      };
    });
  }

  /** Reads on where the list ends. */
  async readOn(): Promise<void> {
    const last = this.all?.findLast((request) => request.seq !== null);
    if (!last || !this.more || this.reading) return;
    this.reading = true;
    await this.#ask(async () => {
      const view = await call('ledger', { outage: null, before: last.seq, limit: PAGE });
      return () => {
        const known = new Set(this.all?.map(({ id }) => id));
        this.all = [...(this.all ?? []), ...view.requests.filter(({ id }) => !known.has(id))];
        this.more = view.more;
      };
    });
    this.reading = false;
  }

  /** Reads the outages, and what the chosen one held. */
  async readOutage(): Promise<void> {
    await this.#ask(async () => {
      const first = await call('ledger', { outage: this.chosen, before: null, limit: OF_OUTAGE });
      const began = this.chosen ?? first.outages[0]?.began ?? null;
      const view =
        this.chosen === began
          ? first
          : await call('ledger', { outage: began, before: null, limit: OF_OUTAGE });
      return () => {
        // What was released is counted for the outage that was asked for.
        this.outages = view.outages;
        this.released = began === null ? [] : view.requests;
      };
    });
  }

  /** Looks at another outage. */
  async choose(began: string): Promise<void> {
    this.chosen = began;
    await this.readOutage();
  }

  async #ask(read: () => Promise<() => void>): Promise<void> {
    const reading = ++this.#readings;
    try {
      const take = await read();
      // A later reading knows better.
      if (reading !== this.#readings) return;
      take();
      this.problem = null;
    } catch (thrown) {
      if (reading === this.#readings) this.problem = asProblem(thrown);
    }
  }
}
