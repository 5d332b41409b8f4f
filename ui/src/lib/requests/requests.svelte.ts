// What patients ask online and nobody has answered yet.

import { asProblem, call } from '$lib/api/backend';
import type { OnlinePlace, OnlineRule, Problem, RequestsView, RequestView } from '$lib/api/types';

/** The requests that wait, and how the clinic answers them. */
export class Requests {
  /** The latest answer; `null` until there is one. */
  view = $state.raw<RequestsView | null>(null);
  /** Why they could not be read. */
  problem = $state.raw<Problem | null>(null);
  /** Requests whose answer is on its way to the clinic, by id. */
  answering = $state.raw<ReadonlySet<string>>(new Set());
  /** Why the rule was not changed. */
  ruleProblem = $state.raw<Problem | null>(null);

  #readings = 0;
  #latest: Promise<void> = Promise.resolve();

  /** Those put before staff that nobody is answering at this moment. */
  readonly asked = $derived.by(() =>
    (this.view?.asked ?? []).filter((request) => !this.answering.has(request.id)),
  );

  /** Those central holds, in the order they will be answered in. */
  readonly held = $derived.by(() =>
    [...(this.view?.held ?? [])].sort((one, other) => order(one).localeCompare(order(other))),
  );
  /** How many central holds; more than are listed where there are many. */
  readonly heldCount = $derived(this.view?.held_count ?? 0);

  /** Reads them; a later reading is waited for, too: what it brings is what holds. */
  async read(): Promise<void> {
    this.#latest = this.#take(++this.#readings);
    let awaited: Promise<void>;
    do {
      awaited = this.#latest;
      await awaited;
    } while (awaited !== this.#latest);
  }

  async #take(reading: number): Promise<void> {
    try {
      const view = await call('requests', null);
      // A later reading knows better.
      if (reading !== this.#readings) return;
      this.view = view;
      this.problem = null;
    } catch (thrown) {
      if (reading === this.#readings) this.problem = asProblem(thrown);
    }
  }

  /** The request a visit on the board stands for; `null` where none waits. */
  of(visit: string): RequestView | null {
    return this.asked.find((request) => request.appointment === visit) ?? null;
  }

  /**
   * Answers one; it leaves the list at once and is put back if that fails.
   *
   * @throws {CallFailed} why it was not answered.
   */
  async answer(id: string, accept: boolean): Promise<RequestView> {
    this.answering = new Set([...this.answering, id]);
    try {
      const answered = await call('answer_request', { id, accept });
      await this.read();
      return answered;
    } finally {
      this.answering = new Set([...this.answering].filter((other) => other !== id));
    }
  }

  /** Changes how requests are answered. */
  async setRule(rule: OnlineRule): Promise<void> {
    this.ruleProblem = null;
    try {
      await call('online_rule', rule);
    } catch (thrown) {
      this.ruleProblem = asProblem(thrown);
    }
    await this.read();
  }
}

/** Emergencies come first, then whoever asked first. */
function order({ held }: OnlinePlace): string {
  return held === null ? '' : `${held.urgent ? 0 : 1} ${held.asked}`;
}
