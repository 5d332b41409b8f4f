import { asProblem, call } from '$lib/api/backend';
import type { PatientHit, PatientView, Problem, Saved, VisitCard } from '$lib/api/types';
import { dayOf } from '$lib/i18n';

/**
 * A visit whose note or kind is being changed. When somebody else changes the
 * same visit meanwhile, both versions stay in sight until a person decides.
 */
export class VisitEdit {
  /** The visit the edit began from. */
  base: VisitCard = $state.raw() as VisitCard;
  note = $state('');
  kind = $state('');
  /** What somebody else made of it meanwhile, where both touched the same. */
  theirs = $state.raw<VisitCard | null>(null);
  saving = $state(false);
  /** Why it was not saved, the last time it was tried. */
  problem = $state<Problem | null>(null);
  /** The patient with what lies ahead and behind; `null` until read. */
  patient = $state.raw<PatientView | null>(null);
  patientProblem = $state<Problem | null>(null);
  /** Patients the clinic knows who are perhaps the same. */
  alike = $state.raw<readonly PatientHit[]>([]);

  #readings = 0;

  constructor(visit: VisitCard) {
    this.base = visit;
    this.note = visit.note;
    this.kind = visit.kind;
  }

  /** Whether something was changed and not saved. */
  get dirty(): boolean {
    return this.note !== this.base.note || this.kind !== this.base.kind;
  }

  /** Takes in the visit as it stands now. */
  follow(visit: VisitCard): void {
    if (visit.id !== this.base.id || visit.version <= this.base.version) return;
    const same = visit.note === this.base.note && visit.kind === this.base.kind;
    if (!this.dirty) this.#takeOver(visit);
    else if (same) this.base = visit;
    else this.theirs = visit;
  }

  /** Goes on with what was typed, over the newer version. */
  keepMine(): void {
    if (this.theirs === null) return;
    this.base = this.theirs;
    this.theirs = null;
    this.problem = null;
  }

  /** Gives up what was typed for the newer version. */
  takeTheirs(): void {
    if (this.theirs === null) return;
    this.#takeOver(this.theirs);
    this.theirs = null;
    this.problem = null;
  }

  /** Saves note and kind; `null` where it wasn't, for the reason in `problem`. */
  save(): Promise<Saved | null> {
    return this.#describe(this.note, this.kind, this.base.confirmed);
  }

  /** Notes down the patient's own yes, apart from whatever else is being typed. */
  confirm(confirmed: boolean): Promise<Saved | null> {
    return this.#describe(this.base.note, this.base.kind, confirmed);
  }

  /** Reads the patient's visits, and who else they may be where they booked online. */
  async readPatient(): Promise<void> {
    const reading = ++this.#readings;
    this.patientProblem = null;
    const { patient, source } = this.base;
    if (this.patient?.hit.id !== patient.id) this.patient = null;
    try {
      const [read, alike] = await Promise.all([
        call('patient', { id: patient.id }),
        source === 'online' ? call('likely_same', { id: patient.id }) : [],
      ]);
      // A later reading knows better.
      if (reading !== this.#readings) return;
      this.patient = read;
      this.alike = alike;
    } catch (error) {
      if (reading === this.#readings) this.patientProblem = asProblem(error);
    }
  }

  /** Says that the visit is another patient's; `null` where it wasn't saved, for the reason in `problem`. */
  thisIs(patient: string): Promise<Saved | null> {
    const { id, version } = this.base;
    return this.#save(() => call('this_is', { id, version, patient }));
  }

  /** Reads the visit again, wherever it stands by now. */
  async readAgain(): Promise<void> {
    try {
      const patient = await call('patient', { id: this.base.patient.id });
      this.patient = patient;
      let found = [...patient.coming, ...patient.past].find((visit) => visit.id === this.base.id);
      if (found === undefined) {
        // Only the latest visits come with a patient; an older one stands on its day.
        const board = await call('day_board', { date: dayOf(this.base.start) });
        found = board.visits.find((visit) => visit.id === this.base.id);
      }
      this.problem = null;
      if (found !== undefined) this.follow(found);
    } catch (error) {
      this.problem = asProblem(error);
    }
  }

  #describe(note: string, kind: string, confirmed: boolean): Promise<Saved | null> {
    const { id, version } = this.base;
    return this.#save(() => call('describe_visit', { id, version, note, kind, confirmed }));
  }

  async #save(ask: () => Promise<Saved>): Promise<Saved | null> {
    if (this.saving) return null;
    this.saving = true;
    this.problem = null;
    try {
      const saved = await ask();
      // What was saved is the new ground; what is typed beyond it stays typed.
      this.base = saved.visit;
      return saved;
    } catch (error) {
      this.problem = asProblem(error);
      return null;
    } finally {
      this.saving = false;
    }
  }

  #takeOver(visit: VisitCard): void {
    this.base = visit;
    this.note = visit.note;
    this.kind = visit.kind;
  }
}
