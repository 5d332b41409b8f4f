// Pictures for docs/screens; `make screens` runs it.

import { mkdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openBoard, serveDemo, startBrowser } from './desk.mjs';

const folder = fileURLToPath(new URL('../../docs/screens/', import.meta.url));

let browser;
let clinic;
before(async () => {
  mkdirSync(folder, { recursive: true });
  [browser, clinic] = await Promise.all([startBrowser(), serveDemo()]);
});
after(async () => {
  await browser.close();
  await clinic.close();
});

/** A picture of the board as `options` have it, after `prepare`. */
function picture(name, options = {}, prepare = async () => {}) {
  test(name, { timeout: 60_000 }, async () => {
    const { page } = await openBoard(browser, clinic.url, { reducedMotion: 'reduce', ...options });
    await prepare(page);
    await page.evaluate(() => document.fonts.ready);
    await page.screenshot({ path: `${folder}${name}.png` });
    await page.context().close();
  });
}

picture('day');
picture('day-dark', { colorScheme: 'dark' });
picture('day-swedish', { locale: 'sv-SE' });
picture('day-small', { viewport: { width: 1024, height: 700 } });
picture('day-large', { viewport: { width: 1920, height: 1080 } });
picture('booking', {}, async (page) => {
  await page.keyboard.press('n');
  await page.getByRole('combobox', { name: 'Patient' }).waitFor();
  await page.keyboard.type('be');
  await page.getByRole('option').first().waitFor();
});
