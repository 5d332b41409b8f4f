// How the desk is connected, said in words, against a real central service.

import assert from 'node:assert/strict';
import { Central } from './harness/central.mjs';
import { Clinic } from './harness/clinic.mjs';
import { eventually } from './harness/eventually.mjs';
import { onScreen } from './harness/screen.mjs';

const chip = (page) => page.locator('header [aria-haspopup="dialog"][aria-expanded]').last();
const panel = (page) => page.locator('dialog[open]');

onScreen('a_desk_that_is_not_paired_says_so_and_works', {}, async ({ screen, page }) => {
  await screen.says('Not paired', chip(page));
  await chip(page).press('Enter');
  await screen.says(/Online bookings need the clinic to be paired/, panel(page));
  assert.deepEqual(await screen.barriers('not paired'), []);
  // What is missing is said at the field, and nothing was asked of anybody.
  await screen.press('Enter');
  await screen.says('Type the address you were given', panel(page));
  await page.getByLabel('Address of the booking service').fill('ftp://central.example.org');
  await screen.press('Enter');
  await screen.says('Type the code you were given', panel(page));
  screen.expect(/status of 409/);
  await page.getByLabel('Code').fill('K7M-4QX2-9RT');
  await screen.press('Enter');
  await screen.says(/is no address of a/, panel(page));
  await screen.press('Escape');
  await panel(page).waitFor({ state: 'detached' });
});

const SWEDISH = { locale: 'sv-SE' };

onScreen('why_pairing_failed_is_said_in_words_and_kept_for_whoever_helps', SWEDISH, async ({ screen, page }) => {
  await chip(page).click();
  // Nobody listens there.
  screen.expect(/status of 409/);
  await panel(page).locator('input').nth(0).fill('https://127.0.0.1:1');
  await panel(page).locator('input').nth(1).fill('K7M-4QX2-9RT');
  await screen.press('Enter');
  const said = panel(page).getByRole('alert');
  await screen.says(/^Bokningstjänsten på https:\/\/127\.0\.0\.1:1\/ svarar inte\. Kontrollera/, panel(page));
  assert.doesNotMatch(await said.innerText(), /refused|error|\(/i);
  await panel(page).locator('summary').click();
  await screen.says('Kopplingen misslyckades', panel(page));
  await screen.says(/central-unreachable: .*refused/i, panel(page).locator('.log'));
  assert.deepEqual(await screen.barriers('misslyckad koppling'), []);
});

onScreen(
  'a_desk_is_paired_in_two_steps_and_its_line_is_told_in_words',
  { clinic: Clinic.today },
  async ({ clinic, screen, page }) => {
    const central = await Central.begin();
    try {
      const code = await central.addClinic('Tandhuset');
      await chip(page).click();
      await page.getByLabel('Address of the booking service').fill(central.url);
      await page.getByLabel('Code').fill(code.toLowerCase());
      await screen.press('Enter');
      await screen.says(/^Live\s+last heard \d\d:\d\d:\d\d$/, chip(page));
      await screen.says('90 of 90 days are proven equal', panel(page));
      assert.deepEqual(await screen.barriers('live'), []);
      await page.getByRole('button', { name: 'Compare again' }).click();
      await screen.says('Every day is being compared again.', panel(page));
      await screen.says('90 of 90 days are proven equal', panel(page));
      // Gone, as in a power cut: the desk works on, and says what isn't sent.
      await central.kill();
      await screen.says(/^Offline since \d\d:\d\d$/, chip(page));

      await screen.says(/Work as usual/, panel(page));
      await central.serve();
      await screen.says(/^Live/, chip(page));
      await screen.says('90 of 90 days are proven equal', panel(page));
      const { unsent, state, spells } = await clinic.call('connection', null);
      assert.deepEqual({ unsent, state }, { unsent: 0, state: 'live' });
      assert.ok(
        spells.some((spell) => spell.state === 'offline'),
        'the log remembers',
      );
      // Stopped and started again, the desk finds its line by itself; the page asks in vain meanwhile.
      screen.expect(/ERR_CONNECTION_REFUSED/);
      await clinic.stop();
      await clinic.serve();
      await eventually(async () => assert.equal((await clinic.call('connection', null)).state, 'live'));
    } finally {
      await central.remove();
    }
  },
);
