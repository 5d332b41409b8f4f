/** How booking writes days, times and people where there is little room. */

import type { ClinicView, Opening } from '$lib/api/types';
import { dayOf, formatDate, t, timeOf } from '$lib/i18n';
import { daysBetween } from './clock';

/** "12 March", and "12 March 2024" of another year. */
export function dayInWords(day: string, today: string): string {
  const sameYear = day.slice(0, 4) === today.slice(0, 4);
  return formatDate(day, { day: 'numeric', month: 'long', ...(sameYear ? {} : { year: 'numeric' }) });
}

/** "Today", "Wed 25", "Wed 2 Dec" from the next month on, "Mon 4 Jan 2027" in another year. */
export function dayInBrief(day: string, today: string): string {
  if (day === today) return t('day-today');
  const near = day.slice(0, 7) === today.slice(0, 7) || (day > today && daysBetween(today, day) < 7);
  const sameYear = day.slice(0, 4) === today.slice(0, 4) || daysBetween(today, day) < 180;
  return formatDate(day, {
    weekday: 'short',
    day: 'numeric',
    ...(near ? {} : { month: 'short' }),
    ...(sameYear ? {} : { year: 'numeric' }),
  }).replace(',', '');
}

/** "Wed 08:30" within a week, where a day's number would only take room; "Wed 2 Dec 08:30" later. */
export function placeInPassing(place: Opening, today: string): string {
  const day = dayOf(place.start);
  const ahead = daysBetween(today, day);
  if (ahead <= 0 || ahead > 6) return placeInBrief(place, today);
  return `${formatDate(day, { weekday: 'short' })} ${timeOf(place.start)}`;
}

/** "Wed 25 08:30". */
export function placeInBrief(place: Opening, today: string): string {
  return `${dayInBrief(dayOf(place.start), today)} ${timeOf(place.start)}`;
}

/** A practitioner's given name where nobody else has the same, else all of it. */
export function shortName(clinic: ClinicView, id: string): string {
  return shortNameOf(clinic, clinic.practitioners.find((one) => one.id === id)?.name ?? '');
}

/** The same of a name alone. */
export function shortNameOf(clinic: ClinicView, name: string): string {
  const given = name.split(/\s+/)[0] ?? name;
  const namesakes = clinic.practitioners.filter((one) => one.name.split(/\s+/)[0] === given);
  return namesakes.length === 1 && !given.endsWith('.') ? given : name;
}
