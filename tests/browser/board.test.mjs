// The real screens in headless Chromium, against a real clinic.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axeSource, openBoard, serveDemo, startBrowser } from './desk.mjs';

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

/** Runs `check` on a board of its own; nothing may go wrong in the page meanwhile. */
function onBoard(name, options, check) {
  test(name, { timeout: 120_000 }, async () => {
    const clinic = await serveDemo();
    try {
      const { page, faults } = await openBoard(browser, clinic.url, options);
      await check(page, clinic);
      assert.deepEqual(faults, []);
      await page.context().close();
    } finally {
      await clinic.close();
    }
  });
}

onBoard('the day is on the board, a column for each practitioner', {}, async (page) => {
  assert.equal(await page.locator('.head[data-practitioner]').count(), 4);
  assert.ok((await page.locator('[data-visit]').count()) > 20);
  for (const status of ['fulfilled', 'checked-in', 'arrived', 'booked']) {
    assert.ok((await page.locator(`[data-status=${status}]`).count()) > 0, status);
  }
});

onBoard('the token does not stay in the address', {}, async (page) => {
  assert.equal(new URL(page.url()).hash, '');
});

onBoard('a visit is booked with the keys alone', {}, async (page) => {
  const shown = async () =>
    page.locator('[data-visit]').evaluateAll((cards) => cards.map((card) => card.dataset.visit));
  const before = await shown();
  await page.keyboard.press('n');
  await page.getByRole('combobox', { name: 'Patient' }).waitFor();
  await page.keyboard.type('be');
  await page.getByRole('option').first().waitFor();
  await page.keyboard.press('Enter');
  await page.keyboard.press('1');
  // Booking waits until what stands against the place has been asked.
  await page.locator('button:enabled:focus', { hasText: 'Book' }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForFunction((count) => document.querySelectorAll('[data-visit]').length > count, before.length);
  const added = (await shown()).filter((id) => !before.includes(id));
  assert.equal(added.length, 1);
});

onBoard('a patient arrives, sits down, and it is taken back', {}, async (page) => {
  const card = page.locator('[data-status=booked]').first();
  const id = await card.getAttribute('data-visit');
  const now = (status) => page.locator(`[data-visit="${id}"][data-status=${status}]`).waitFor();
  await card.focus();
  await page.keyboard.press('Space');
  await now('arrived');
  await page.keyboard.press('Space');
  await now('checked-in');
  await page.keyboard.press('Control+z');
  await now('arrived');
});

onBoard('what one screen changes, another shows', {}, async (page, clinic) => {
  const other = await openBoard(browser, clinic.url);
  const card = page.locator('[data-status=booked]').first();
  const id = await card.getAttribute('data-visit');
  await card.focus();
  await page.keyboard.press('Space');
  await other.page.locator(`[data-visit="${id}"][data-status=arrived]`).waitFor();
  assert.deepEqual(other.faults, []);
  await other.page.context().close();
});

onBoard('a Swedish computer gets Swedish', { locale: 'sv-SE' }, async (page) => {
  assert.equal(await page.locator('html').getAttribute('lang'), 'sv');
  await page.getByText('tisdag 24 november', { exact: false }).first().waitFor();
});

for (const colorScheme of ['light', 'dark']) {
  onBoard(`nothing on the board keeps anybody out, ${colorScheme}`, { colorScheme }, async (page) => {
    // Handed in by the debugger: the page itself lets no other script in.
    await page.evaluate(axeSource);
    // A card's label says what the card shows, but in the order it is spoken.
    const rules = { 'label-content-name-mismatch': { enabled: false } };
    const { violations } = await page.evaluate((rules) => globalThis.axe.run(document, { rules }), rules);
    const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target).join(' | ')}`);
    assert.deepEqual(told, []);
  });
}
