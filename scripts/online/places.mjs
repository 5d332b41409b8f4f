// Places that can be booked, and whether both sides think the same of them.

import { later } from './ask.mjs';

/** How many days are looked through for a free place. */
const DAYS_LOOKED = 14;

/** The shortest kind of visit that is offered online. */
export function bookableKind({ kinds }) {
  const [first] = kinds.toSorted((one, other) => one.minutes - other.minutes);
  if (first === undefined) throw new Error('nothing can be booked online here');
  return first;
}

/** The clinic's local day, from any answer that names its zone. */
export function todayIn(zone) {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' }).format(new Date());
}

/** Free places from tomorrow on, in order, no two of them at one time. */
export async function freePlaces(central, clinic, kind, count) {
  const from = later(todayIn(clinic.zone), 1);
  const days = await central.days(clinic.id, kind.id, from, DAYS_LOOKED);
  const found = [];
  for (const slot of days.flatMap((day) => day.slots)) {
    const last = found.at(-1);
    const apart = last === undefined || minutesBetween(last.start, slot.start) >= kind.minutes;
    if (slot.state === 'free' && apart) found.push(slot);
    if (found.length === count) return found;
  }
  throw new Error(`there are not ${count} free places within ${DAYS_LOOKED} days`);
}

/** The first of them. */
export async function firstFree(central, clinic, kind) {
  const [first] = await freePlaces(central, clinic, kind, 1);
  return first;
}

function minutesBetween(one, other) {
  return (new Date(`${other}Z`) - new Date(`${one}Z`)) / 60_000;
}

/**
 * Compares what central offers with what the desk's board has free, day by
 * day, each read from its own side: `{date, places, differing}`.
 */
export async function compare(desk, central, clinic, kind, days) {
  const offered = await central.days(clinic.id, kind.id, todayIn(clinic.zone), days);
  const compared = [];
  for (const { day, slots } of offered) {
    const { columns } = await desk.call('day_board', { date: day });
    const differing = slots.filter((slot) => {
      const column = columns.find(({ practitioner }) => practitioner === slot.practitioner);
      return (slot.state === 'free') !== isFree(column, slot);
    });
    compared.push({ date: day, places: slots.length, differing });
  }
  return compared;
}

function isFree(column, { start, minutes }) {
  const from = Number(start.slice(11, 13)) * 60 + Number(start.slice(14, 16));
  return (column?.free ?? []).some((span) => span.start <= from && from + minutes <= span.end);
}
