import type { NewPatient, Opening, PatientHit, Source } from '$lib/api/types';

/** A booking that was put aside half-done. */
export interface ParkedBooking {
  /** The visit's own id: resumed, it is still the same booking. */
  id: string;
  /** The clinic's local time at which it was put aside. */
  parkedAt: string;
  patient: PatientHit | null;
  newPatient: NewPatient | null;
  /** What was typed in search of the patient. */
  search: string;
  kind: string;
  minutes: number;
  /** With whom; `null`: whoever is first. */
  asked: string | null;
  place: Opening | null;
  phrase: string;
  chair: string | null;
  note: string;
  source: Source;
}

/**
 * Bookings put aside while the phone rang, latest first. They hold names and
 * notes, so they live in memory alone and end with the window.
 */
export class Parked {
  list = $state<ParkedBooking[]>([]);

  /** Puts one aside. */
  park(booking: ParkedBooking): void {
    this.list = [booking, ...this.list.filter((other) => other.id !== booking.id)];
  }

  /** Hands one back to be gone on with. */
  take(id: string): ParkedBooking | null {
    const found = this.list.find((booking) => booking.id === id) ?? null;
    this.list = this.list.filter((booking) => booking.id !== id);
    return found;
  }
}

/** The desk's one shelf of parked bookings. */
export const parked = new Parked();
