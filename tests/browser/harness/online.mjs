// A clinic that takes online bookings: its desk, a real central service, and
// the wire between them, which a test may cut.

import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { House } from '../../../scripts/online/house.mjs';
import { bookableKind, freePlaces } from '../../../scripts/online/places.mjs';
import { Clinic } from './clinic.mjs';
import { eventually } from './eventually.mjs';

/** A clinic, paired and live, with the demo's visits by the machine's own clock. */
export class OnlineClinic extends Clinic {
  #house;
  /** The kind of visit patients book. */
  kindOnline;

  constructor(folder, house) {
    super(folder, null);
    this.#house = house;
  }

  static async begin() {
    const folder = await mkdtemp(join(tmpdir(), 'chairside-online-'));
    const house = await House.open(folder);
    const clinic = new OnlineClinic(folder, house);
    try {
      await clinic.serve();
      await clinic.stands('live');
      const view = await clinic.central.stands(clinic.id, 'live');
      clinic.kindOnline = bookableKind(view);
      clinic.#zone = view.zone;
      return clinic;
    } catch (error) {
      await clinic.remove();
      throw error;
    }
  }

  #zone;

  /** Central, as patients' pages use it. */
  get central() {
    return this.#house.central;
  }

  /** The wire to central's broker. */
  get line() {
    return this.#house.line;
  }

  /** The clinic as central knows it. */
  get id() {
    return this.#house.kept.clinic;
  }

  /** Waits until the line stands like that. */
  async stands(state) {
    await eventually(async () => {
      const view = await this.call('connection', null);
      if (view.state !== state) throw new Error(`the line is ${view.state}, not ${state}`);
    });
  }

  /** Places that are free online, from tomorrow on, no two at one time. */
  async freePlaces(count) {
    return freePlaces(this.central, { id: this.id, zone: this.#zone }, this.kindOnline, count);
  }

  /** A patient asks for a place, and tells the clinic alone who they are: what stands before the @, and `more`. */
  async ask({ slot }, contact, more = {}) {
    const who = { given: contact.split('@')[0], family: 'Online', ...more };
    return this.central.book(this.id, slot, this.kindOnline.id, contact, who);
  }

  /** A patient opens the form for a place. */
  async hold({ slot }) {
    const response = await fetch(`${this.central.url}/api/v1/holds`, {
      method: 'POST',
      headers: { visitor: randomUUID(), 'content-type': 'application/json' },
      body: JSON.stringify({ clinic: this.id, slot, kind: this.kindOnline.id }),
    });
    if (!response.ok) throw new Error(`the hold was answered ${response.status}: ${await response.text()}`);
  }

  /** The visit that stands in a place, once there is one. */
  async visitIn({ practitioner, start }) {
    return eventually(async () => {
      const { visits } = await this.day(start.slice(0, 10));
      const found = visits.find(
        (visit) => visit.practitioner === practitioner && visit.start.startsWith(start.slice(0, 16)),
      );
      if (!found) throw new Error(`nothing stands at ${start}`);
      return found;
    });
  }

  /** Ends the desk, central and the wire, and removes the folder. */
  async remove() {
    await this.stop();
    await this.#house.end();
    await super.remove();
  }
}
