// Asks a desk and central as their people do: over HTTP, by the real commands.

import { randomBytes, randomUUID } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { seal } from './seal.mjs';

/** How often something that nobody reports is looked at, in ms. */
const LOOK_AGAIN_MS = 50;

/** How long anything may take before it counts as never happening, in ms; `CHAIRSIDE_PATIENCE` says otherwise, in s. */
const PATIENCE_MS = Number(process.env.CHAIRSIDE_PATIENCE ?? 60) * 1000;

/** The most days central tells of at once. */
const DAYS_AT_ONCE = 60;

/**
 * Looks until there is something to see, and answers it.
 *
 * @throws {Error} that names `what` once the patience is over, with what stood in the way.
 */
export async function until(what, look, patienceMs = PATIENCE_MS) {
  const end = performance.now() + patienceMs;
  let before = '';
  for (;;) {
    try {
      const seen = await look();
      if (seen) return seen;
    } catch (error) {
      before = `: ${error.message}`;
    }
    if (performance.now() >= end) throw new Error(`waited in vain until ${what}${before}`);
    await new Promise((again) => setTimeout(again, LOOK_AGAIN_MS));
  }
}

async function answered(response) {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${text}`);
  return text === '' ? null : JSON.parse(text);
}

/** A desk, by the address it answers other programs at. */
export class Desk {
  #origin;
  #token;

  constructor(url) {
    const { origin, hash } = new URL(url);
    this.#origin = origin;
    this.#token = hash.slice('#token='.length);
  }

  /** The desk whose address stands in a file. */
  static async told(file) {
    return new Desk((await readFile(file, 'utf8')).trim());
  }

  /** Has a command of the table done. */
  async call(name, args = null) {
    const headers = { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' };
    const asked = { method: 'POST', headers, body: JSON.stringify(args) };
    return answered(await fetch(`${this.#origin}/api/${name}`, asked));
  }

  /** Waits until its line stands like that; answers how it is connected then. */
  async stands(state) {
    return until(`the desk says ${state}`, async () => {
      const view = await this.call('connection');
      return view.state === state ? view : null;
    });
  }

  /** The visit that occupies a practitioner's place, if there is one. */
  async visitAt({ practitioner, start }) {
    const { visits } = await this.call('day_board', { date: start.slice(0, 10) });
    const there = (visit) =>
      visit.practitioner === practitioner && visit.start.startsWith(start.slice(0, 16));
    return visits.find((visit) => there(visit) && visit.status !== 'cancelled') ?? null;
  }

  /** Books somebody new by telephone. */
  async book({ practitioner, start, minutes }, kind, { given, family, birth }) {
    return this.call('book_visit', {
      id: randomUUID(),
      wish: { patient: null, practitioner, chair: null, kind, start, minutes },
      new_patient: { given, family, birth, personnummer: '', phone: '', email: '' },
      note: '',
      source: 'phone',
      accept: { warnings: [], overbook_reason: null },
    });
  }
}

/** Central, as a patient's page uses it. */
export class Central {
  constructor(url) {
    this.url = url;
  }

  async get(path, headers = {}) {
    return answered(await fetch(`${this.url}${path}`, { headers }));
  }

  /** A clinic: how it is reached, its people and kinds of visit. */
  clinic(id) {
    return this.get(`/api/v1/clinics/${id}`);
  }

  /** Waits until a clinic is reached like that. */
  async stands(id, state) {
    return until(`central says ${state}`, async () => {
      const clinic = await this.clinic(id);
      return clinic.state === state ? clinic : null;
    });
  }

  /** What is offered on `days` days from one on; for visits as long as the kind's. */
  async days(id, kind, from, days) {
    const told = [];
    for (let ahead = 0; ahead < days; ahead += DAYS_AT_ONCE) {
      const last = Math.min(ahead + DAYS_AT_ONCE, days) - 1;
      const query = new URLSearchParams({ kind, from: later(from, ahead), to: later(from, last) });
      told.push(...(await this.get(`/api/v1/clinics/${id}/availability?${query}`)).days);
    }
    return told;
  }

  /**
   * Wishes for a place, as a patient who was here never before and says who
   * they are to the clinic alone; `more` is what else is said.
   */
  async book(clinic, slot, kind, contact, who, more = {}) {
    const secret = randomBytes(32).toString('hex');
    const headers = { 'idempotency-key': randomUUID(), 'booking-secret': secret };
    const body = JSON.stringify({
      clinic,
      slot,
      kind,
      language: 'en',
      contact,
      sealed: seal(clinic, who),
      ...more,
    });
    const booking = await answered(
      await fetch(`${this.url}/api/v1/bookings`, { method: 'POST', headers, body }),
    );
    return { ...booking, secret };
  }

  /** Calls a booking off. */
  async cancel({ id, secret }) {
    const asked = { method: 'DELETE', headers: { 'booking-secret': secret } };
    return answered(await fetch(`${this.url}/api/v1/bookings/${id}`, asked));
  }

  /** Wishes a booking elsewhere. */
  async move({ id, secret }, slot) {
    const asked = { method: 'PATCH', headers: { 'booking-secret': secret }, body: JSON.stringify({ slot }) };
    return answered(await fetch(`${this.url}/api/v1/bookings/${id}`, asked));
  }

  /** What became of a wish. */
  booking({ id, secret }) {
    return this.get(`/api/v1/bookings/${id}`, { 'booking-secret': secret });
  }

  /** Waits until a patient reads that of a wish. */
  async becomes(booking, outcome) {
    return until(`central says ${outcome}`, async () => {
      const now = await this.booking(booking);
      return now.outcome === outcome ? now : null;
    });
  }
}

/** The folder that central's mails land in. */
export class Mails {
  #folder;

  constructor(folder) {
    this.#folder = folder;
  }

  /** The subjects of what an address got, in no order. */
  async subjects(address) {
    const files = (await readdir(this.#folder)).filter((name) => name.endsWith('.eml'));
    const mails = await Promise.all(files.map((name) => readFile(join(this.#folder, name), 'utf8')));
    return mails
      .filter((mail) => header(mail, 'To').includes(address))
      .map((mail) => header(mail, 'Subject'));
  }

  /** Waits for a mail whose subject begins so; answers the whole subject. */
  async arrives(address, beginning) {
    return until(`a mail says "${beginning}"`, async () => {
      const subjects = await this.subjects(address);
      return subjects.find((subject) => subject.startsWith(beginning));
    });
  }
}

/** A header of a mail, in plain words. */
function header(mail, name) {
  const [head] = mail.split(/\r?\n\r?\n/, 1);
  const unfolded = head.replaceAll(/\r?\n[ \t]+/g, ' ').split(/\r?\n/);
  const line = unfolded.find((one) => one.toLowerCase().startsWith(`${name.toLowerCase()}:`)) ?? '';
  const coded = /=\?utf-8\?b\?([^?]*)\?=/gi;
  const plain = line
    .slice(name.length + 1)
    .trim()
    .replaceAll(/\?=\s+=\?/g, '?==?');
  return plain.replaceAll(coded, (_, base64) => Buffer.from(base64, 'base64').toString('utf8'));
}

/** A day so many days after another, both as `2026-11-24`. */
export function later(day, days) {
  const date = new Date(`${day}T12:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}
