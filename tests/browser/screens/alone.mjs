// A desk that is not paired yet, what is empty, and what went wrong.

import { after, before, test } from 'node:test';
import { Central } from '../harness/central.mjs';
import { Clinic } from '../harness/clinic.mjs';
import { pictures } from './pictures.mjs';
import { setTime } from './time.mjs';

let clinic;
before(async () => {
  setTime('10:22');
  clinic = await Clinic.today();
});
after(() => clinic?.remove());

const chip = (page) => page.locator('header [aria-haspopup="dialog"][aria-expanded]').last();

test('alone', { timeout: 180_000 }, async () => {
  await pictures(
    clinic,
    'pairing',
    async ({ page }) => {
      await chip(page).click();
      await page.locator('dialog[open] input').nth(1).waitFor();
    },
    { looks: ['swedish', 'least'] },
  );
  await pictures(clinic, 'pairing-refused', async (screen) => {
    const { page } = screen;
    screen.expect(/status of 409/);
    await chip(page).click();
    await page.locator('dialog[open] input').nth(0).fill('https://central.example.invalid');
    await page.locator('dialog[open] input').nth(1).fill('K7M-4QX2-9RT');
    await page.keyboard.press('Enter');
    await page.locator('dialog[open] [role="alert"]').waitFor();
  });
  await pictures(clinic, 'requests-not-paired', async ({ page }) => {
    await page.keyboard.press('r');
    await page.locator('[role="tabpanel"] button').first().waitFor();
  });
  const central = await Central.begin();
  try {
    const code = await central.addClinic('Tandhuset');
    await clinic.call('pair_with', { address: central.url, code });
    await pictures(clinic, 'no-requests', async ({ page }) => {
      await page.keyboard.press('r');
      await page.locator('[role="radiogroup"]').waitFor();
    });
    await pictures(clinic, 'no-outage', async ({ page }) => {
      await page.keyboard.press('r');
      await page.getByRole('tab').nth(2).click();
      await page.locator('[role="tabpanel"] .list > *').first().waitFor();
    });
    await pictures(clinic, 'nothing-since', async ({ page }) => {
      await page.keyboard.press('s');
      await page.locator('dialog[open] footer').waitFor();
    });
    // The desk's own program is gone: nothing can be read, and nothing is lost.
    await pictures(clinic, 'desk-gone', async (screen) => {
      const { page } = screen;
      screen.expect(/ERR_CONNECTION_REFUSED|status of/);
      await page.context().setOffline(true);
      await page.keyboard.press('r');
      await page.getByRole('tab').nth(1).click();
      await page.locator('[role="alert"]').first().waitFor();
    });
  } finally {
    await central.remove();
  }
});
