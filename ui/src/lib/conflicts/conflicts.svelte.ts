// Two things that can't both be, kept until a person decides.

import { asProblem, call } from '$lib/api/backend';
import type { ConflictChoice, ConflictView, Problem, SettledConflict } from '$lib/api/types';

/** The clinic's conflicts. */
export class Conflicts {
  /** Every one, settled ones too; `null` until they were read. */
  all = $state.raw<readonly ConflictView[] | null>(null);
  /** Why they could not be read. */
  problem = $state.raw<Problem | null>(null);
  /** The one that is looked at. */
  chosen = $state<string | null>(null);
  /** One is being settled or opened again. */
  busy = $state(false);

  /** Those nobody has settled, the oldest first. */
  readonly open = $derived.by(() => (this.all ?? []).filter(({ settled }) => settled === null));
  /** Those that are settled. */
  readonly settled = $derived.by(() => (this.all ?? []).filter(({ settled }) => settled !== null));
  /** The one the panel shows: the chosen, or the first that waits. */
  readonly shown = $derived.by(
    () => (this.all ?? []).find(({ id }) => id === this.chosen) ?? this.open[0] ?? this.settled[0] ?? null,
  );

  #readings = 0;

  /** Reads them. */
  async read(): Promise<void> {
    const reading = ++this.#readings;
    try {
      const all = await call('conflicts', null);
      // A later reading knows better.
      if (reading !== this.#readings) return;
      this.all = all;
      this.problem = null;
    } catch (thrown) {
      if (reading === this.#readings) this.problem = asProblem(thrown);
    }
  }

  /**
   * Settles one.
   *
   * @throws {CallFailed} why it was not settled.
   */
  async settle(id: string, choice: ConflictChoice): Promise<SettledConflict> {
    return this.#change(async () => {
      const settled = await call('settle_conflict', { id, choice });
      // The next one that waits takes its place.
      if (this.chosen === id) this.chosen = null;
      return settled;
    });
  }

  /**
   * Opens one again, by the log entry that settled it.
   *
   * @throws {CallFailed} why it stays settled.
   */
  async reopen(seq: number): Promise<void> {
    await this.#change(() => call('reopen_conflict', { seq }));
  }

  async #change<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    this.busy = true;
    try {
      const answer = await ask();
      await this.read();
      return answer;
    } finally {
      this.busy = false;
    }
  }
}
