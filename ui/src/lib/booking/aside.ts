// A booking put aside half-done, and gone on with: what of it is kept.

import type { Booking } from './booking.svelte';
import type { ParkedBooking } from './parked.svelte';

/** What stands in a booking and in a parked one by the same name. */
const KEPT = [
  'patient',
  'newPatient',
  'kind',
  'minutes',
  'asked',
  'place',
  'phrase',
  'chair',
  'note',
  'source',
] as const satisfies readonly (keyof Booking & keyof ParkedBooking)[];

/** The half-done booking, to be gone on with later; `parkedAt` is the clinic's local time. */
export function putAside(booking: Booking, parkedAt: string): ParkedBooking {
  const { id, search } = booking;
  const kept = Object.fromEntries(KEPT.map((name) => [name, booking[name]])) as Pick<
    ParkedBooking,
    (typeof KEPT)[number]
  >;
  return { ...kept, id, parkedAt, search: search.text };
}

/** Goes on with one; its id is the booking's from the start. */
export function takeUp(booking: Booking, parked: ParkedBooking): void {
  for (const name of KEPT) Object.assign(booking, { [name]: parked[name] });
  booking.search.text = parked.search;
}
