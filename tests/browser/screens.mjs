// Pictures for docs/screens; `make screens` runs it.

import { mkdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Clinic } from './harness/clinic.mjs';
import { Screen } from './harness/screen.mjs';

const folder = fileURLToPath(new URL('../../docs/screens/', import.meta.url));

let clinic;
before(async () => {
  mkdirSync(folder, { recursive: true });
  clinic = await Clinic.demo();
});
after(() => clinic.remove());

/** A picture of the board as `how` has it, after `prepare`. */
function picture(name, how = {}, prepare = async () => {}) {
  test(name, { timeout: 60_000 }, async () => {
    const screen = await Screen.open(clinic, { reducedMotion: 'reduce', ...how });
    await prepare(screen);
    await screen.page.screenshot({ path: `${folder}${name}.png` });
    await screen.close();
  });
}

picture('day');
picture('day-dark', { colorScheme: 'dark' });
picture('day-swedish', { locale: 'sv-SE' });
picture('day-small', { size: { width: 1024, height: 700 } });
picture('day-large', { size: { width: 1920, height: 1080 } });
picture('booking', {}, async ({ page }) => {
  await page.keyboard.press('n');
  await page.getByRole('combobox', { name: 'Patient' }).waitFor();
  await page.keyboard.type('be');
  await page.getByRole('option').first().waitFor();
});
