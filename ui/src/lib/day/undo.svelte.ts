// What was done last at this desk, in words, and how to take it back.

import { call } from '$lib/api/backend';
import type { ConflictView, PatientCard, Saved, SettledConflict, VisitCard } from '$lib/api/types';
import type { Words } from '$lib/board/status';
import { dayOf, minuteOf } from '$lib/i18n';

/** Something done that can be taken back. */
export interface Done {
  /** The log entry an undo names. */
  seq: number;
  /** A change of a visit is taken back by the opposite one, a settled conflict by opening it again. */
  what: 'visit' | 'conflict';
  /** Whose visit. */
  patient: PatientCard;
  /** What was done to it. */
  words: Words;
  /** When, by the clinic's clock: `10:16`. */
  at: string;
}

/** More than anybody takes back one by one. */
const KEPT = 50;

/** The things done at this desk, latest last. */
export class Undo {
  #done = $state.raw<readonly Done[]>([]);

  /** What Ctrl+Z would take back. */
  readonly last = $derived(this.#done.at(-1) ?? null);

  /** Notes what was done; `before` is the visit as it was, `null` for a new one. */
  note(before: VisitCard | null, saved: Saved, at: string): Done {
    const words = describeChange(before, saved.visit);
    return this.#note({ seq: saved.seq, what: 'visit', patient: saved.visit.patient, words, at });
  }

  /** Notes how a conflict was settled. */
  noteSettled(conflict: ConflictView, settled: SettledConflict, words: Words, at: string): Done {
    return this.#note({ seq: settled.seq, what: 'conflict', patient: conflict.patient, words, at });
  }

  /** Forgets what was taken back another way. */
  forget(seq: number): void {
    this.#done = this.#done.filter((done) => done.seq !== seq);
  }

  /**
   * Takes the last thing back; `null` when there is nothing. `saved` is the
   * visit as it stands then, `null` where a conflict was opened again.
   *
   * @throws {CallFailed} why it could not be taken back. It is forgotten all
   * the same: asking again would not be answered differently.
   */
  async undo(): Promise<{ done: Done; saved: Saved | null } | null> {
    const done = this.#done.at(-1);
    if (!done) return null;
    this.#done = this.#done.slice(0, -1);
    const { seq } = done;
    if (done.what === 'visit') return { done, saved: await call('undo', { seq }) };
    await call('reopen_conflict', { seq });
    return { done, saved: null };
  }

  #note(done: Done): Done {
    // Repeating a request names the same entry again.
    this.#done = [...this.#done.filter(({ seq }) => seq !== done.seq), done].slice(-KEPT);
    return done;
  }
}

/** What happened to a visit, as the key bar says it after the patient's name. */
export function describeChange(before: VisitCard | null, after: VisitCard): Words {
  if (before === null) return { id: 'done-booked', args: { time: after.start.slice(11, 16) } };
  if (before.status !== after.status) return { id: `done-status-${after.status}` };
  if (dayOf(before.start) !== dayOf(after.start)) return { id: 'done-moved-day' };
  if (before.practitioner !== after.practitioner || minuteOf(before.start) !== minuteOf(after.start))
    return { id: 'done-moved', args: { time: after.start.slice(11, 16) } };
  if (before.patient.id !== after.patient.id) return { id: 'done-this-is' };
  if (before.minutes !== after.minutes) return { id: 'done-lengthened', args: { minutes: after.minutes } };
  return { id: 'done-described' };
}
