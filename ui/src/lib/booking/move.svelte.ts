import { asProblem, call } from '$lib/api/backend';
import type { Accept, Checked, Opening, Problem, Saved, VisitCard } from '$lib/api/types';
import { acceptance, openIn, UNANSWERED, type Answers, type Unsettled } from './settle';

/** Ways out offered: as many as the desk names. */
const WAYS_OUT = 3;

/** A visit on its way to a place that something stands against. */
export class Move {
  to = $state.raw() as Opening;
  checked = $state.raw() as Checked;
  answers = $state<Answers>(UNANSWERED);
  saving = $state(false);
  /** Why it was not moved, the last time it was tried. */
  problem = $state<Problem | null>(null);

  readonly #visit: VisitCard;

  constructor(visit: VisitCard, to: Opening, checked: Checked) {
    this.#visit = visit;
    this.to = to;
    this.checked = checked;
  }

  /** Asks for ways out, where whoever noticed the trouble had none at hand. */
  async begin(): Promise<void> {
    if (this.checked.instead.length > 0) return;
    const { id, patient, chair, kind } = this.#visit;
    const { practitioner, start, minutes } = this.to;
    try {
      this.checked = await call('check_visit', {
        wish: { patient: patient.id, practitioner, chair, kind, start, minutes },
        moving: id,
      });
    } catch (error) {
      this.problem = asProblem(error);
    }
  }

  /** Free places instead. */
  get ways(): Opening[] {
    return this.checked.instead.slice(0, WAYS_OUT);
  }

  /** The first thing that keeps it from being moved. */
  get unsettled(): Unsettled | null {
    return openIn(this.checked, this.answers);
  }

  accept(code: string): void {
    this.answers = { ...this.answers, accepted: [...this.answers.accepted, code] };
  }

  overbook(reason: string): void {
    this.answers = { ...this.answers, overbooking: true, reason };
  }

  dontOverbook(): void {
    this.answers = { ...this.answers, overbooking: false };
  }

  /** Moves it to where it was dropped; `null` where it wasn't. */
  async save(): Promise<Saved | null> {
    if (this.unsettled !== null) return null;
    return this.#move(this.to, acceptance(this.checked, this.answers));
  }

  /** Moves it to a place that is free. */
  async goTo(opening: Opening): Promise<Saved | null> {
    return this.#move({ ...opening, minutes: this.to.minutes }, { warnings: [], overbook_reason: null });
  }

  async #move(to: Opening, accept: Accept): Promise<Saved | null> {
    if (this.saving) return null;
    this.saving = true;
    this.problem = null;
    try {
      const { practitioner, start, minutes } = to;
      const { id, version } = this.#visit;
      return await call('move_visit', { id, version, practitioner, start, minutes, accept });
    } catch (error) {
      const problem = asProblem(error);
      this.problem = problem;
      // What stands against it by now, so that it can be answered here.
      if (problem.findings.length > 0) {
        this.to = to;
        this.checked = { findings: problem.findings, instead: this.checked.instead };
        this.answers = UNANSWERED;
      }
      return null;
    } finally {
      this.saving = false;
    }
  }
}
