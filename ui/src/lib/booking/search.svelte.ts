import { asProblem, call } from '$lib/api/backend';
import type { PatientHit, Problem } from '$lib/api/types';
import { Latest } from './latest';

/** Typing pauses shorter than this ask nothing. */
const PAUSE_MS = 80;
/** As many as are read at a glance. */
const MOST_HITS = 6;

/** A search for patients as somebody types. */
export class PatientSearch {
  /** What was typed. */
  text = $state('');
  /** What was found, for `answered`. */
  hits = $state<PatientHit[]>([]);
  /** The text the hits belong to; `null` before the first answer. */
  answered = $state<string | null>(null);
  /** Why the search failed, if it did. */
  problem = $state<Problem | null>(null);

  #latest = new Latest();

  /** Whether the desk looked, and there is nobody. */
  get foundNobody(): boolean {
    return this.answered !== null && this.answered === this.text.trim() && this.hits.length === 0;
  }

  /** Searches for what is typed now. */
  type(text: string): void {
    this.text = text;
    this.problem = null;
    const wanted = text.trim();
    if (wanted === '') {
      this.clear();
      return;
    }
    this.#latest.ask(
      PAUSE_MS,
      () => call('find_patients', { text: wanted, limit: MOST_HITS }),
      (hits) => {
        this.hits = hits;
        this.answered = wanted;
      },
      (error) => {
        this.hits = [];
        this.answered = null;
        this.problem = asProblem(error);
      },
    );
  }

  /** Starts over. */
  clear(): void {
    this.#latest.drop();
    this.text = '';
    this.hits = [];
    this.answered = null;
    this.problem = null;
  }
}
