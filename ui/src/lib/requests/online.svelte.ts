// What comes to the desk from outside: requests, conflicts, what happened while
// nobody looked. Read again whenever something changes, whatever it was.

import { asProblem, call } from '$lib/api/backend';
import type {
  ConflictChoice,
  ConflictView,
  PatientHit,
  RequestView,
  Saved,
  SinceItem,
  VisitCard,
} from '$lib/api/types';
import type { Words } from '$lib/board/status';
import { Conflicts } from '$lib/conflicts/conflicts.svelte';
import { settledWords } from '$lib/conflicts/words';
import { dayOf } from '$lib/i18n';
import type { Undo } from '$lib/day/undo.svelte';
import { Ledger } from '$lib/ledger/ledger.svelte';
import { Requests } from './requests.svelte';

/** Changes come in bursts; this long after the last of one everything is read once. In ms. */
export const READ_AFTER_MS = 150;

/** As many unsent changes as anybody reads. */
export const UNSENT_READ = 50;

/** What the desk does for whoever answers requests and settles conflicts. */
export interface Around {
  readonly undo: Undo;
  /** The clinic's wall clock: `10:16`. */
  time(): string;
  /** Says aloud what was done, and whose it was. */
  say(words: Words, name: string): void;
  /** Takes over what became of a visit, so that it can be taken back. */
  saved(before: VisitCard, saved: Saved): void;
  /** Says what was not done, and why. */
  refused(title: Words, thrown: unknown): void;
  /** Asks whether a request is to be declined. */
  askDecline(request: RequestView): void;
  /** Reads the board again. */
  reload(): Promise<void>;
}

/** What comes from outside, and the ways to answer it. */
export class Online {
  readonly requests = new Requests();
  readonly ledger = new Ledger();
  readonly conflicts = new Conflicts();
  /** Changes central isn't known to have, the latest first. */
  unsent = $state.raw<readonly SinceItem[]>([]);
  /** Rises when what is on the screen is to be read again. */
  revision = $state(0);

  readonly #around: Around;
  #soon: ReturnType<typeof setTimeout> | undefined;

  constructor(around: Around) {
    this.#around = around;
  }

  /** Reads everything that is on the screen. */
  async read(): Promise<void> {
    clearTimeout(this.#soon);
    this.revision += 1;
    await this.requests.read();
  }

  /** Reads everything again once a burst of changes is over. */
  changed(): void {
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => void this.read(), READ_AFTER_MS);
  }

  /** Reads what isn't sent. */
  async readUnsent(): Promise<void> {
    try {
      this.unsent = await call('unsent', { limit: UNSENT_READ });
    } catch (thrown) {
      // The number stands in the strip all the same; the next change reads again.
      console.error('what is not sent could not be read', asProblem(thrown).code);
    }
  }

  /** Confirms a request, or asks whether to decline it. */
  async answer(request: RequestView, accept: boolean): Promise<void> {
    if (accept) await this.#answer(request, true);
    else this.#around.askDecline(request);
  }

  /** Confirms a request, and says which of the clinic's patients it is; Ctrl+Z takes back who. */
  async confirmAs(request: RequestView, patient: PatientHit): Promise<void> {
    const answered = await this.#answer(request, true);
    if (!answered || answered.appointment === null || answered.start === null) return;
    try {
      const { visits } = await call('day_board', { date: dayOf(answered.start) });
      const visit = visits.find(({ id }) => id === answered.appointment);
      if (!visit) return;
      const { id, version } = visit;
      this.#around.saved(visit, await call('this_is', { id, version, patient: patient.id }));
      await this.#around.reload();
    } catch (thrown) {
      this.#around.refused({ id: 'alike-not-said' }, thrown);
    }
  }

  /** Declines a request. */
  async decline(request: RequestView): Promise<void> {
    await this.#answer(request, false);
  }

  /** Answers the request that a visit on the board stands for. */
  async answerVisit(visit: VisitCard, accept: boolean): Promise<void> {
    if (!this.requests.of(visit.id)) await this.requests.read();
    const request = this.requests.of(visit.id);
    if (request) await this.answer(request, accept);
    else this.#around.say({ id: 'request-answered-already' }, visit.patient.name);
  }

  /** Settles a conflict; Ctrl+Z opens it again. */
  async settle(conflict: ConflictView, choice: ConflictChoice): Promise<void> {
    try {
      const settled = await this.conflicts.settle(conflict.id, choice);
      const words = settledWords(conflict, choice);
      this.#around.undo.noteSettled(conflict, settled, words, this.#around.time());
      this.#around.say(words, conflict.patient.name);
      await Promise.all([this.#around.reload(), this.requests.read()]);
    } catch (thrown) {
      this.#around.refused({ id: 'conflict-not-settled' }, thrown);
      await this.conflicts.read();
    }
  }

  /** Opens a settled conflict again. */
  async reopen(conflict: ConflictView): Promise<void> {
    if (!conflict.settled) return;
    try {
      await this.conflicts.reopen(conflict.settled.seq);
      this.#around.undo.forget(conflict.settled.seq);
      this.#around.say({ id: 'conflict-opened-again' }, conflict.patient.name);
      await Promise.all([this.#around.reload(), this.requests.read()]);
    } catch (thrown) {
      this.#around.refused({ id: 'conflict-not-reopened' }, thrown);
    }
  }

  /** `null` where it was not answered. */
  async #answer(request: RequestView, accept: boolean): Promise<RequestView | null> {
    try {
      const answered = await this.requests.answer(request.id, accept);
      this.#around.say({ id: accept ? 'request-confirmed' : 'request-declined' }, request.patient.name);
      this.revision += 1;
      await this.#around.reload();
      return answered;
    } catch (thrown) {
      this.#around.refused({ id: 'request-not-answered' }, thrown);
      await this.requests.read();
      return null;
    }
  }
}
