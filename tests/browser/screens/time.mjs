// The time that everybody in a picture's story reads off the wall. The programs
// are started under libfaketime, by wrappers that scripts/screens makes; a
// file for each says how far ahead of the machine's clock it is.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = process.env.CHAIRSIDE_TIME_FOLDER;

/** The day of every story: a Tuesday. */
export const DAY = '2026-11-24';

/** Who has a clock. */
export const DESK = 'chairside-clinic';
export const CENTRAL = 'chairside-central';

/** It is `clock` of that day in Stockholm, in winter: `10:22`. For everybody, unless `whose` says for whom. */
export function setTime(clock, ...whose) {
  if (FOLDER === undefined) throw new Error('CHAIRSIDE_TIME_FOLDER is not set: `make screens` sets it');
  const ahead = (Date.parse(`${DAY}T${clock}:00+01:00`) - Date.now()) / 1000;
  const words = `${ahead < 0 ? '' : '+'}${ahead.toFixed(0)}s\n`;
  for (const one of whose.length > 0 ? whose : [DESK, CENTRAL]) writeFileSync(join(FOLDER, one), words);
}
