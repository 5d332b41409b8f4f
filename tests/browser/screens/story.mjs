// A clinic's morning with online bookings, told by what its people do: the
// desk through its own commands, patients through central's.

import { randomUUID } from 'node:crypto';
import { OnlineClinic } from '../harness/online.mjs';
import { later } from '../../../scripts/online/ask.mjs';
import { DAY, setTime } from './time.mjs';

/** How far ahead places are looked for, in days. */
const AHEAD = 9;

/** How long before their time patients come, in minutes. */
const EARLY = 12;

/** What a visit goes through. */
const COURSE = ['booked', 'arrived', 'checked-in', 'fulfilled'];

/** A clinic that takes online bookings, and what patients may choose from. */
export class Story {
  /** Bookings by who made them. */
  bookings = {};
  #free = [];
  #taken = [];

  constructor(clinic) {
    this.clinic = clinic;
  }

  /** A clinic that opens at `clock`; its line is whole. */
  static async begin(clock) {
    setTime(clock);
    const clinic = await OnlineClinic.begin();
    const story = new Story(clinic);
    await story.look();
    return story;
  }

  /** What is free online now, of every kind of visit. */
  async look() {
    const { central, id } = this.clinic;
    const { kinds } = await central.clinic(id);
    this.#free = [];
    for (const kind of kinds) {
      const days = await central.days(id, kind.id, DAY, AHEAD);
      const free = days.flatMap(({ slots }) => slots).filter(({ state }) => state === 'free');
      this.#free.push(...free.map((slot) => ({ ...slot, kind })));
    }
  }

  /** A place that nobody in the story has: the first from a time on, so many days ahead. */
  place(daysAhead, clock, kindName) {
    const from = `${later(DAY, daysAhead)}T${clock}`;
    const found = this.#free.find(
      (slot) =>
        slot.start >= from &&
        (kindName === undefined || slot.kind.name === kindName) &&
        this.#taken.every((other) => !overlap(other, slot)),
    );
    if (!found) throw new Error(`nothing is free from ${from} on`);
    this.#taken.push(found);
    return found;
  }

  /** A patient books online. */
  async asks(name, place, { phone = '', note = '', birth, urgent } = {}) {
    const { central, id } = this.clinic;
    const [given, family] = name.split(' ');
    const who = { given, family, birth, phone, note };
    const contact = `${given.toLowerCase().replaceAll(/[^a-z]/g, '')}@example.org`;
    const more = urgent ? { urgent } : {};
    const booking = await central.book(id, place.slot, place.kind.id, contact, who, more);
    this.bookings[name] = booking;
    return booking;
  }

  /** The desk books somebody by telephone. */
  async phones(name, { practitioner, start, minutes, kind }) {
    const [given, family] = name.split(' ');
    return this.clinic.call('book_visit', {
      id: randomUUID(),
      wish: {
        patient: null,
        practitioner,
        chair: null,
        kind: kind.id,
        start,
        minutes,
      },
      new_patient: {
        given,
        family,
        birth: '1974-03-02',
        personnummer: '',
        phone: '',
        email: '',
      },
      note: '',
      source: 'phone',
      accept: { warnings: [], overbook_reason: null },
    });
  }

  /** The desk moves a visit. */
  async moves({ id, version }, { practitioner, start, minutes }) {
    const accept = { warnings: [], overbook_reason: null };
    return this.clinic.call('move_visit', {
      id,
      version,
      practitioner,
      start,
      minutes,
      accept,
    });
  }

  /** Whoever is due by `clock` comes, sits down, and leaves again. */
  async goesOn(clock) {
    const { visits } = await this.clinic.day(DAY);
    for (const visit of visits) await this.#lives(visit, minuteOf(clock));
  }

  async #lives(visit, now) {
    const start = minuteOf(visit.start.slice(11, 16));
    const due = [start - EARLY, start, start + visit.minutes].filter((minute) => minute <= now).length;
    const at = COURSE.indexOf(visit.status);
    if (at === -1) return;
    let { version } = visit;
    for (const status of COURSE.slice(at + 1, due + 1)) {
      const { visit: saved } = await this.clinic.call('set_status', {
        id: visit.id,
        version,
        status,
      });
      ({ version } = saved);
    }
  }

  async end() {
    await this.clinic.remove();
  }
}

const minuteOf = (clock) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));

function overlap(one, other) {
  if (one.practitioner !== other.practitioner) return false;
  const span = ({ start, minutes }) => [Date.parse(`${start}Z`), Date.parse(`${start}Z`) + minutes * 60_000];
  const [[from, to], [otherFrom, otherTo]] = [span(one), span(other)];
  return from < otherTo && otherFrom < to;
}
