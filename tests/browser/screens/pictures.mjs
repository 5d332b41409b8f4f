// Taking pictures: each state in two sizes, light and dark, and what of it the
// documentation keeps.

import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Screen } from '../harness/screen.mjs';

const KEPT_IN = fileURLToPath(new URL('../../../docs/screens/', import.meta.url));
/** Where all of them go; those that are kept are copied from there. */
const ALL_IN = process.env.CHAIRSIDE_PICTURES ?? KEPT_IN;

/** Only these states, as `requests ledger`; all of them where it isn't said. */
const ONLY = process.env.CHAIRSIDE_STATES?.split(/[ ,]+/);

const SMALL = { width: 1280, height: 800 };
const LARGE = { width: 1920, height: 1080 };

const LOOKS = {
  light: { size: SMALL, colorScheme: 'light' },
  dark: { size: SMALL, colorScheme: 'dark' },
  large: { size: LARGE, colorScheme: 'light' },
  'large-dark': { size: LARGE, colorScheme: 'dark' },
};
const OTHERS = {
  swedish: { size: SMALL, colorScheme: 'light', locale: 'sv-SE' },
  least: { size: { width: 960, height: 540 }, colorScheme: 'light' },
};

/** What docs/screens keeps, as state and look, by its name there. */
const KEPT = {
  'requests light': 'requests',
  'requests swedish': 'requests-swedish',
  'ledger light': 'ledger',
  'conflict dark': 'conflicts-dark',
  'since light': 'since',
  'offline dark': 'offline-dark',
  'being-booked light': 'being-booked',
  'connection light': 'connection',
  'pairing light': 'pairing',
  'operator light': 'operator',
  'operator dark': 'operator-dark',
};

/**
 * Pictures of one state. `prepare` brings a screen there; `looks` names more
 * than the usual four (`swedish`, `least`); `seen` is how far somebody had read the log.
 */
export async function pictures(clinic, state, prepare, { looks = [], seen = null } = {}) {
  if (ONLY && !ONLY.includes(state)) return;
  const wanted = {
    ...LOOKS,
    ...Object.fromEntries(looks.map((look) => [look, OTHERS[look]])),
  };
  for (const [look, how] of Object.entries(wanted)) {
    const screen = await Screen.open(clinic, {
      reducedMotion: 'reduce',
      ...how,
      seen,
    });
    try {
      await prepare(screen, look);
      await keep(screen.page, state, look);
    } finally {
      await screen.close();
    }
  }
}

/**
 * A picture of a page as it is, kept where the documentation has one of that
 * name; `whole`: with what one has to scroll to.
 */
export async function keep(page, state, look, { whole = false } = {}) {
  await mkdir(ALL_IN, { recursive: true });
  const path = join(ALL_IN, `${state}-${look}.png`);
  await page.screenshot({ path, fullPage: whole });
  const kept = KEPT[`${state} ${look}`];
  if (kept !== undefined) await copyFile(path, join(KEPT_IN, `${kept}.png`));
}
