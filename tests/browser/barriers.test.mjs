// Nothing on the screens keeps anybody out, as far as a program can tell.

import assert from 'node:assert/strict';
import { onScreen } from './harness/screen.mjs';
import { QUIET_DAY } from './harness/clinic.mjs';

for (const colorScheme of ['light', 'dark']) {
  // What is on its way in is half transparent, and not yet there to be judged.
  const how = { colorScheme, reducedMotion: 'reduce' };
  onScreen(`no_screen_has_a_serious_barrier_in_the_${colorScheme}`, how, async ({ clinic, screen, page }) => {
    const found = [];
    const look = async (what) => found.push(...(await screen.barriers(what)));
    const away = async (locator) => {
      await screen.press('Escape');
      await locator.waitFor({ state: 'detached' });
    };
    const taken = await clinic.book({ given: 'Signe', family: 'Vrang', with: 'Erik Sandberg', at: '10:00' });
    await look('board');

    await screen.press('g');
    await screen.dialog('Pick a day').locator('.fill > span').first().waitFor();
    await look('month');
    await away(screen.dialog('Pick a day'));

    await screen.press('?');
    await screen.dialog('Keys').waitFor();
    await look('keys');
    await away(screen.dialog('Keys'));

    await screen.button('Settings').click();
    await screen.dialog('Settings').waitFor();
    await look('settings');
    await away(screen.dialog('Settings'));

    const visit = (await clinic.day()).visits.find(({ status }) => status === 'booked');
    await screen.focus(visit);
    await screen.press('Delete');
    await page.getByRole('dialog').waitFor();
    await look('cancelling');
    await away(page.getByRole('dialog'));

    await screen.isFocused(visit);
    await screen.press('Enter');
    await screen.says('Coming', screen.region('Visit'));
    await look('visit');
    await away(screen.region('Visit'));

    await screen.press('Control+k');
    const search = screen.region('Find a patient');
    await search.waitFor();
    await page.keyboard.type('vrang');
    await page.getByRole('option', { name: /Signe Vrang/ }).waitFor();
    await look('search');
    await screen.press('Enter');
    await screen.says('Coming', search);
    await look('patient found');
    await screen.press('Escape');
    await away(search);

    await screen.goTo(QUIET_DAY);
    await look('an almost empty day');
    await screen.press('n');
    const panel = screen.region('New visit');
    await page.getByRole('combobox', { name: 'Patient' }).and(page.locator(':focus')).waitFor();
    await page.keyboard.type('Alfhild 1987-02-30');
    await page.getByRole('option', { name: /New patient/ }).waitFor();
    await look('booking, searching');
    await screen.press('Enter');
    await panel.getByLabel('Or a time of your own').fill('10, Erik');
    await screen.says(/is taken$/, panel);
    await panel.getByLabel('Personnummer').fill('12');
    await screen.press('Tab');
    await look('booking, with a clash and a fault');
    assert.match(await screen.card(taken).getAttribute('class'), /in-the-way/);
    assert.deepEqual(found, []);
  });
}
