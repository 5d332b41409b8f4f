// A visit being booked: what was chosen, what the desk says of it, and what is still open.

import { asProblem, call } from '$lib/api/backend';
import type {
  Checked,
  ClinicView,
  NewPatient,
  Opening,
  PatientHit,
  Problem,
  Saved,
  Source,
  VisitKind,
  VisitWish,
} from '$lib/api/types';
import { dayOf, localAt } from '$lib/i18n';
import { appointmentId } from './appointment-id';
import { putAside, takeUp } from './aside';
import { Latest } from './latest';
import { fromSearch, isComplete } from './new-patient';
import type { ParkedBooking } from './parked.svelte';
import { PatientSearch } from './search.svelte';
import { acceptance, clashingIds, openIn, UNANSWERED, type Answers, type Unsettled } from './settle';
import { readPhrase, type Phrase } from './time-phrase';

/** Where a booking begins: a day, and whatever else was pointed at. */
export interface BookingStart {
  /** The board's day. */
  date: string;
  practitioner?: string;
  /** A local time on that day. */
  start?: string;
  /** How long, where a stretch was drawn. */
  minutes?: number;
  patient?: PatientHit;
}

/** The longest note, in characters; the desk refuses more. */
export const NOTE_CHARS = 2000;
/** Lengths go in steps of this, in minutes. */
export const STEP_MINUTES = 5;
/** Openings offered: as many as have a key. */
const OFFERED = 4;
/** Ways out of what stands against a place: as many as are read at a glance. */
const WAYS_OUT = 2;
/** A pause in typing after which the desk is asked. */
const PAUSE_MS = 120;

/** A visit being booked, from the first letter of a name to the answer. */
export class Booking {
  /** Drawn once, so that the same booking sent twice books once. */
  readonly id: string;
  readonly search = new PatientSearch();

  patient = $state<PatientHit | null>(null);
  newPatient = $state<NewPatient | null>(null);
  kind = $state('');
  minutes = $state(STEP_MINUTES);
  /** With whom; `null`: whoever is first. */
  asked = $state<string | null>(null);
  chair = $state<string | null>(null);
  /** The place chosen, or named in a phrase. */
  place = $state<Opening | null>(null);
  phrase = $state('');
  note = $state('');
  source = $state<Source>('phone');

  /** What is free next; `null` until the desk has answered. */
  openings = $state<Opening[] | null>(null);
  openingsProblem = $state<Problem | null>(null);
  /** A time that was named where nobody is free, with what is nearest. */
  nobodyFree = $state<{ start: string; instead: Opening[] } | null>(null);
  /** What stands against the place; `null` until the desk has answered. */
  checked = $state<Checked | null>(null);
  checkProblem = $state<Problem | null>(null);
  answers = $state<Answers>(UNANSWERED);

  saving = $state(false);
  /** Why it was not booked, the last time it was tried. */
  problem = $state<Problem | null>(null);

  readonly #clinic: () => ClinicView;
  readonly #start: BookingStart;
  #openingsFrom = $state<string | null>(null);
  #touched = $state(false);
  #openingsAsked = new Latest();
  #checkAsked = new Latest();
  #whoAsked = new Latest();

  constructor(clinic: () => ClinicView, start: BookingStart, resumed?: ParkedBooking) {
    this.#clinic = clinic;
    this.#start = start;
    this.id = resumed?.id ?? appointmentId();
    const first = this.kinds[0];
    this.kind = first?.id ?? '';
    this.minutes = start.minutes ?? first?.minutes ?? STEP_MINUTES;
    this.patient = start.patient ?? null;
    this.asked = start.practitioner ?? null;
    if (start.start !== undefined && start.practitioner !== undefined) {
      this.place = { practitioner: start.practitioner, start: start.start, minutes: this.minutes };
    }
    this.#openingsFrom = start.date > this.today ? localAt(start.date, 0) : null;
    if (resumed === undefined) return;
    takeUp(this, resumed);
    this.#touched = true;
  }

  /** Asks the desk what there is to know at the beginning. */
  begin(): void {
    this.#askOpenings(0);
    if (this.place === null && this.#start.start !== undefined && this.phrase === '')
      this.#place(this.#start.start, this.asked);
    else this.#check(0);
    if (this.search.text !== '') this.search.type(this.search.text);
  }

  /** Forgets every question under way. */
  end(): void {
    this.search.clear();
    for (const asked of [this.#openingsAsked, this.#checkAsked, this.#whoAsked]) asked.drop();
  }

  get today(): string {
    return dayOf(this.#clinic().now);
  }

  /** Whether openings are looked for from now on, not from a later day. */
  get looksFromToday(): boolean {
    return this.#openingsFrom === null;
  }

  /** The kinds a new visit can have. */
  get kinds(): VisitKind[] {
    return this.#clinic().kinds.filter((kind) => kind.active);
  }

  /** The visit as it stands; `null` while it has no place. */
  readonly wish: VisitWish | null = $derived.by(() =>
    this.place === null
      ? null
      : {
          patient: this.patient?.id ?? null,
          practitioner: this.place.practitioner,
          chair: this.chair,
          kind: this.kind,
          start: this.place.start,
          minutes: this.minutes,
        },
  );

  /** The visits it would run into. */
  readonly clashing: string[] = $derived(clashingIds(this.checked));

  /** What the phrase says, read against the board's day. */
  readonly read: Phrase = $derived.by(() =>
    readPhrase(this.phrase, {
      now: this.#clinic().now,
      day: this.#start.date,
      practitioners: this.#clinic().practitioners.filter((one) => one.active),
    }),
  );

  /** The ways out while something stands in the way, else the next openings: what the keys 1 to 4 take. */
  readonly numbered: Opening[] = $derived.by(() => {
    if (this.nobodyFree !== null) return this.nobodyFree.instead.slice(0, WAYS_OUT);
    if (this.checked !== null && this.checked.findings.length > 0 && this.checked.instead.length > 0) {
      return this.checked.instead.slice(0, WAYS_OUT);
    }
    return this.openings?.slice(0, OFFERED) ?? [];
  });

  /** The first thing that keeps it from being booked. */
  readonly unsettled: Unsettled | null = $derived.by(() => {
    if (this.newPatient !== null) {
      if (!isComplete(this.newPatient, this.today)) return 'details';
    } else if (this.patient === null) return 'patient';
    if (this.place === null) return 'time';
    const open = openIn(this.checked, this.answers);
    if (open !== null) return open;
    return [...this.note].length > NOTE_CHARS ? 'note' : null;
  });

  /** Whether closing would lose something somebody typed or chose. */
  get worthKeeping(): boolean {
    return this.#touched;
  }

  pickPatient(patient: PatientHit): void {
    this.#touched = true;
    this.patient = patient;
    this.newPatient = null;
    this.search.clear();
    this.#check(0);
  }

  /** Takes down somebody who is new here, from what was searched for. */
  startNewPatient(): void {
    this.#touched = true;
    this.newPatient = fromSearch(this.search.text, this.today);
    this.patient = null;
    this.#check(0);
  }

  /** Back to searching, with what was typed before. */
  searchAgain(): void {
    this.patient = null;
    this.newPatient = null;
    this.search.type(this.search.text);
    this.#check(0);
  }

  searchFor(text: string): void {
    this.#touched = true;
    this.search.type(text);
  }

  setKind(id: string): void {
    this.#touched = true;
    this.kind = id;
    this.setMinutes(this.kinds.find((kind) => kind.id === id)?.minutes ?? this.minutes);
  }

  /** Sets the length, in minutes; anything between two steps goes down. */
  setMinutes(minutes: number): void {
    const most = 24 * 60;
    this.minutes = Math.min(most, Math.max(STEP_MINUTES, minutes - (minutes % STEP_MINUTES)));
    if (this.place !== null) this.place = { ...this.place, minutes: this.minutes };
    this.#askOpenings(PAUSE_MS);
    this.#check(PAUSE_MS);
  }

  setAsked(practitioner: string | null): void {
    this.asked = practitioner;
    if (practitioner !== null && this.place !== null) this.place = { ...this.place, practitioner };
    this.#askOpenings(0);
    if (this.nobodyFree !== null) this.#place(this.nobodyFree.start, practitioner);
    else this.#check(0);
  }

  setChair(chair: string | null): void {
    this.chair = chair;
    this.#check(0);
  }

  /** Takes an opening as the place. */
  choose(opening: Opening): void {
    this.#touched = true;
    this.phrase = '';
    this.nobodyFree = null;
    this.#whoAsked.drop();
    this.place = { ...opening, minutes: this.minutes };
    this.#check(0);
  }

  /** Reads a time in somebody's own words. */
  say(phrase: string): void {
    this.#touched = true;
    this.phrase = phrase;
    const read = this.read;
    this.nobodyFree = null;
    this.place = null;
    this.#check(0);
    if (read.minutes !== null) this.minutes = read.minutes;
    if (read.unread !== null || read.day === null) {
      this.#whoAsked.drop();
      return;
    }
    if (read.minute === null) {
      this.#openingsFrom = read.day > this.today ? localAt(read.day, 0) : null;
      this.#askOpenings(PAUSE_MS);
    } else {
      this.#place(localAt(read.day, read.minute), read.practitioner ?? this.asked);
    }
  }

  setNote(note: string): void {
    this.#touched = true;
    this.note = note;
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

  /** Asks again what failed. */
  retry(): void {
    this.#askOpenings(0);
    this.#check(0);
  }

  /** Books it; `null` where it wasn't, for the reason in `problem` or `checked`. */
  async book(): Promise<Saved | null> {
    const wish = this.wish;
    if (wish === null || this.unsettled !== null || this.saving) return null;
    this.saving = true;
    this.problem = null;
    try {
      return await call('book_visit', {
        id: this.id,
        wish,
        new_patient: this.newPatient === null ? null : $state.snapshot(this.newPatient),
        note: this.note.trim(),
        source: this.source,
        accept: acceptance(this.checked, this.answers),
      });
    } catch (error) {
      const problem = asProblem(error);
      this.problem = problem;
      // Somebody was quicker: how things stand now, with new ways out.
      if (problem.findings.length > 0) {
        this.#check(0);
        this.#askOpenings(0);
      }
      return null;
    } finally {
      this.saving = false;
    }
  }

  /** The half-done booking, to be gone on with later. */
  aside(): ParkedBooking {
    return $state.snapshot(putAside(this, this.#clinic().now));
  }

  /** Puts the visit at `start`, with `whom` or whoever is free then. */
  #place(start: string, whom: string | null): void {
    if (whom !== null) {
      this.nobodyFree = null;
      this.#whoAsked.drop();
      this.place = { practitioner: whom, start, minutes: this.minutes };
      this.#check(PAUSE_MS);
      return;
    }
    this.#whoAsked.ask(
      PAUSE_MS,
      () =>
        call('next_openings', {
          kind: this.kind,
          minutes: this.minutes,
          practitioner: null,
          from: start,
          limit: 3,
        }),
      (openings) => {
        const free = openings.find((opening) => opening.start === start);
        if (free === undefined) this.nobodyFree = { start, instead: openings };
        else {
          this.place = { ...free, minutes: this.minutes };
          this.#check(0);
        }
      },
      (error) => (this.checkProblem = asProblem(error)),
    );
  }

  #askOpenings(delayMs: number): void {
    this.openingsProblem = null;
    if (this.kind === '') return;
    this.#openingsAsked.ask(
      delayMs,
      () =>
        call('next_openings', {
          kind: this.kind,
          minutes: this.minutes,
          practitioner: this.asked,
          from: this.#openingsFrom,
          limit: OFFERED,
        }),
      (openings) => (this.openings = openings),
      (error) => (this.openingsProblem = asProblem(error)),
    );
  }

  /** What was accepted of one place says nothing of another. */
  #check(delayMs: number): void {
    this.checked = null;
    this.checkProblem = null;
    this.answers = UNANSWERED;
    const wish = this.wish;
    if (wish === null) {
      this.#checkAsked.drop();
      return;
    }
    this.#checkAsked.ask(
      delayMs,
      () => call('check_visit', { wish, moving: null }),
      (checked) => (this.checked = checked),
      (error) => (this.checkProblem = asProblem(error)),
    );
  }
}
