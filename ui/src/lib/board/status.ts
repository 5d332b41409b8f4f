// How a visit stands, as an icon, a word and a colour: never by colour alone.

import type { Status, VisitCard } from '$lib/api/types';
import type { MessageArgs } from '$lib/i18n';

/** The colours of a status; each has tokens for text, and some for fill and border. */
export type Tone =
  | 'held'
  | 'asked'
  | 'booked'
  | 'confirmed'
  | 'waiting'
  | 'overdue'
  | 'seated'
  | 'done'
  | 'noshow'
  | 'cancelled'
  | 'overbooked';

/** What the catalogue calls it: a message and what fills it in. */
export interface Words {
  id: string;
  args?: MessageArgs;
}

/** How a status looks. */
export interface StatusLook {
  tone: Tone;
  /** On cards with room for it. */
  words: Words;
  /** On narrower cards. */
  short: Words;
}

/** Longer than a day's work nobody waits: such a time comes from an import. */
const LONGEST_WAIT_MINUTES = 16 * 60;

/** How far the screen's clock may be behind the clinic's, in seconds. */
const CLOCKS_APART_SECONDS = 5;

/**
 * How `visit` stands at `now`, in seconds since 1970; `limit` is the minutes
 * in the waiting room after which it turns loud.
 */
export function statusLook(visit: VisitCard, now: number, limit: number): StatusLook {
  switch (visit.status) {
    case 'proposed':
      return plain('held', 'status-proposed', 'status-proposed');
    case 'pending':
      return plain('asked', 'status-pending', 'status-pending');
    case 'arrived': {
      const minutes = minutesSince(visit.arrived_at, now);
      if (minutes === null) return plain('waiting', 'status-waiting', 'status-waiting');
      const tone = minutes > limit ? 'overdue' : 'waiting';
      return timed(tone, 'status-waiting-minutes', 'status-waiting-minutes-short', minutes);
    }
    case 'checked-in': {
      const minutes = minutesSince(visit.seated_at, now);
      if (minutes === null) return plain('seated', 'status-seated', 'status-seated-short');
      return timed('seated', 'status-seated-minutes', 'status-seated-minutes-short', minutes);
    }
    case 'fulfilled':
      return plain('done', 'status-done', 'status-done');
    case 'noshow':
      return plain('noshow', 'status-noshow', 'status-noshow');
    case 'cancelled':
    case 'entered-in-error':
      return plain('cancelled', 'status-cancelled', 'status-cancelled');
    case 'booked':
    case 'waitlist':
      if (visit.overbooked !== null) return plain('overbooked', 'status-overbooked', 'status-overbooked');
      return visit.confirmed
        ? plain('confirmed', 'status-confirmed', 'status-confirmed')
        : plain('booked', 'status-booked', 'status-booked');
  }
}

/** Minutes a patient has waited; `null` where nobody knows, or it was another day. */
export function minutesSince(instant: number | null, now: number): number | null {
  if (instant === null) return null;
  // The screen's clock may be a moment behind the one that noted the time.
  const minutes = Math.max(0, Math.floor((now - instant + CLOCKS_APART_SECONDS) / 60));
  return instant - now <= CLOCKS_APART_SECONDS && minutes <= LONGEST_WAIT_MINUTES ? minutes : null;
}

/** Whether the visit takes its practitioner's time. */
export function occupies(status: Status): boolean {
  return ['pending', 'booked', 'arrived', 'checked-in', 'fulfilled'].includes(status);
}

/** Missed or cancelled: shown on demand, struck. */
export function isStruck(status: Status): boolean {
  return status === 'noshow' || status === 'cancelled' || status === 'entered-in-error';
}

/** Whether a visit can still be moved. */
export function isMovable(status: Status): boolean {
  return ['proposed', 'pending', 'booked', 'arrived', 'checked-in', 'waitlist'].includes(status);
}

const FORWARD: Partial<Record<Status, Status>> = {
  proposed: 'booked',
  pending: 'booked',
  waitlist: 'booked',
  booked: 'arrived',
  arrived: 'checked-in',
  'checked-in': 'fulfilled',
};

const BACK: Partial<Record<Status, Status>> = {
  arrived: 'booked',
  'checked-in': 'arrived',
  fulfilled: 'checked-in',
  noshow: 'booked',
  cancelled: 'booked',
};

/** What the one key for "next" makes of the visit; `null` when it is at its end. */
export function nextStatus(visit: VisitCard): Status | null {
  return allowed(visit, FORWARD[visit.status]);
}

/** One step back, for a wrong key; `null` where there is none. */
export function previousStatus(visit: VisitCard): Status | null {
  return allowed(visit, BACK[visit.status]);
}

function allowed(visit: VisitCard, status: Status | undefined): Status | null {
  return status !== undefined && visit.next.includes(status) ? status : null;
}

function plain(tone: Tone, id: string, short: string): StatusLook {
  return { tone, words: { id }, short: { id: short } };
}

function timed(tone: Tone, id: string, short: string, minutes: number): StatusLook {
  return { tone, words: { id, args: { minutes } }, short: { id: short, args: { minutes } } };
}
