/** The words a time may be said in, English and Swedish at once: people mix them. */

/** From a folded word to 0 for Monday … 6 for Sunday. */
export const WEEKDAYS = table([
  ['mon', 'monday', 'man', 'mandag', 'mandagen'],
  ['tue', 'tues', 'tuesday', 'tis', 'tisd', 'tisdag', 'tisdagen'],
  ['wed', 'weds', 'wednesday', 'ons', 'onsd', 'onsdag', 'onsdagen'],
  ['thu', 'thur', 'thurs', 'thursday', 'tor', 'tors', 'torsd', 'torsdag', 'torsdagen'],
  ['fri', 'friday', 'fre', 'fred', 'fredag', 'fredagen'],
  ['sat', 'saturday', 'lor', 'lord', 'lordag', 'lordagen'],
  ['sun', 'sunday', 'son', 'sond', 'sondag', 'sondagen'],
]);

/** From a folded word to 0 for January … 11 for December. */
export const MONTHS = table([
  ['jan', 'january', 'januari'],
  ['feb', 'february', 'februari'],
  ['mar', 'march', 'mars'],
  ['apr', 'april'],
  ['may', 'maj'],
  ['jun', 'june', 'juni'],
  ['jul', 'july', 'juli'],
  ['aug', 'august', 'augusti'],
  ['sep', 'sept', 'september'],
  ['oct', 'october', 'okt', 'oktober'],
  ['nov', 'november'],
  ['dec', 'december'],
]);

/** From a folded word to how many days from today. */
export const NEAR_DAYS = table([
  ['today', 'idag', 'ikvall'],
  ['tomorrow', 'tmrw', 'tomo', 'imorgon', 'imorron', 'imorrn'],
  ['overmorrow', 'overmorgon', 'overimorgon'],
]);

/** Words of two parts that say one thing: "i dag", "day after tomorrow". */
export const JOINED: readonly [RegExp, string][] = [
  [/\b(?:the\s+)?day\s+after\s+tomorrow\b/g, 'overmorrow'],
  [/\bi\s+overmorgon\b/g, 'overmorgon'],
  [/\bi\s+(dag|morgon|morron|kvall)\b/g, 'i$1'],
  [/\bhalf\s+past\b/g, 'halfpast'],
];

/** Units of what lies ahead, in days; months go by the calendar. */
export const UNITS = new Map<string, 'day' | 'week' | 'month'>([
  ...words('day', ['d', 'day', 'days', 'dag', 'dagar']),
  ...words('week', ['w', 'wk', 'week', 'weeks', 'v', 'vecka', 'veckor']),
  ...words('month', ['mo', 'month', 'months', 'man', 'manad', 'manader']),
]);

/** Units of a length. */
export const LENGTH_UNITS = new Map<string, number>([
  ...words(1, ['m', 'min', 'mins', 'minute', 'minutes', 'minut', 'minuter']),
  ...words(60, ['h', 'hr', 'hour', 'hours', 'tim', 'timme', 'timmar']),
]);

/** Before a week's number. */
export const WEEK_WORDS = new Set(['v', 'vecka', 'w', 'wk', 'week']);

/** Pushes a weekday into the week after this one. */
export const NEXT_WORDS = new Set(['next', 'nasta']);

/** Before a stretch of time: "in 2 weeks", "om 2 veckor". */
export const AHEAD_WORDS = new Set(['in', 'om']);

/** Before an hour that it is half an hour short of ("halv tio") or past ("half past nine"). */
export const HALVES = new Map([
  ['halv', -30],
  ['halfpast', 30],
]);

/** Say nothing by themselves. */
export const FILLERS = new Set(
  'a an at with for on the kl klockan den hos med till pa och and oclock h dr vid st nd rd th'.split(' '),
);

function table(rows: string[][]): Map<string, number> {
  return new Map(rows.flatMap((row, index) => words(index, row)));
}

function words<const T>(value: T, list: string[]): [string, T][] {
  return list.map((word) => [word, value]);
}
