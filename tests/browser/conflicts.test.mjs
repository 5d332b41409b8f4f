// Two versions of a visit that can't both be: a desk that was brought back from
// a backup, and a central service that knows better. Both are shown, one key
// settles, and Ctrl+Z opens it again.

import assert from 'node:assert/strict';
import { eventually } from './harness/eventually.mjs';
import { OnlineClinic } from './harness/online.mjs';
import { onScreen } from './harness/screen.mjs';

const accept = { warnings: [], overbook_reason: null };
const rail = (page, name) => page.getByRole('navigation').getByRole('button', { name });
const rows = (page, name) => page.getByRole('grid', { name }).locator('tr[data-row]');

/** A clinic whose desk moved a visit, went back to a backup from before, and moved it elsewhere. */
async function broughtBack() {
  const clinic = await OnlineClinic.begin();
  try {
    const [first, forgotten, now] = await clinic.freePlaces(3);
    const visit = await clinic.book({
      given: 'Bo',
      family: 'Ekström',
      with: clinic.view.practitioners.find(({ id }) => id === first.practitioner).name,
      day: first.start.slice(0, 10),
      at: first.start.slice(11, 16),
      minutes: first.minutes,
    });
    await clinic.backUp();
    await clinic.stands('live');
    await centralHas(clinic, await move(clinic, visit, forgotten));
    await clinic.line.cut();
    await clinic.restore();
    await move(clinic, visit, now);
    await clinic.line.heal();
    await clinic.stands('live');
    await eventually(async () => assert.equal((await clinic.call('conflicts', null)).length, 1));
    return clinic;
  } catch (error) {
    await clinic.remove();
    throw error;
  }
}

async function move(clinic, { id, version }, { practitioner, start, minutes }) {
  return clinic.call('move_visit', { id, version, practitioner, start, minutes, accept });
}

/** Waits until central is known to have what a command saved. */
async function centralHas(clinic, { seq }) {
  await eventually(async () => {
    const { acknowledged } = await clinic.call('connection', null);
    assert.ok(acknowledged >= seq, `central has ${acknowledged} of ${seq}`);
  });
}

const how = { clinic: broughtBack, reducedMotion: 'reduce' };

onScreen('one_key_settles_a_conflict_and_another_opens_it_again', how, async ({ clinic, screen, page }) => {
  const [{ here, theirs }] = await clinic.call('conflicts', null);
  const { id } = await clinic.visitIn(here);
  const standsAt = async (version) => assert.equal((await clinic.visitIn(version)).id, id);

  await screen.says('1 waits for you', rail(page, /Conflicts/));
  await screen.press('c');
  const open = rows(page, 'Conflicts to settle');
  await screen.says('Bo Ekström', open);
  // Whoever comes here by a key has the first one under their hands.
  await eventually(async () => {
    assert.ok(await open.first().evaluate((row) => row === document.activeElement));
  });

  // Both versions, in words: where each was made, and what it says.
  const panel = page.getByRole('complementary', { name: 'The chosen conflict' });
  const versions = panel.locator('.version');
  await screen.says(new RegExp(`^Moved from .* to .*${here.start.slice(11, 16)}$`), versions.nth(0));
  await screen.says(new RegExp(`^Visit at .*${theirs.start.slice(11, 16)}$`), versions.nth(1));
  assert.equal(await versions.count(), 2);
  await screen.says(/^At the desk, Maja/, versions.first());
  await screen.says(/ moved the visit from .* which didn’t have it/, panel);
  assert.deepEqual(await screen.barriers('a conflict'), []);

  // The first key keeps what stands, the second takes the other; either can be taken back.
  for (const [key, chosen] of [
    ['1', here],
    ['2', theirs],
  ]) {
    await screen.press(key);
    await screen.says('Nothing to settle');
    await standsAt(chosen);
    assert.deepEqual(await screen.barriers(`settled by ${key}`), []);
    await screen.press('Control+z');
    await screen.says('Bo Ekström', open);
    await standsAt(here);
  }

  // Settled, it stays to be read, and to be opened again by hand.
  await screen.press('2');
  await screen.says('Bo Ekström', rows(page, 'Settled'));
  await standsAt(theirs);
  await page.getByRole('button', { name: 'Open it again' }).click();
  await screen.says('Bo Ekström', open);
  await standsAt(here);
});

onScreen('a_conflict_is_told_in_swedish', { ...how, locale: 'sv-SE' }, async ({ screen, page }) => {
  await screen.press('c');
  const panel = page.getByRole('complementary');
  await panel.locator('.version').nth(1).waitFor();
  const said = await panel.innerText();
  for (const english of [/moved/i, /at the desk/i, /keep/i, /until you/i]) assert.doesNotMatch(said, english);
  assert.deepEqual(await screen.barriers('en konflikt'), []);
});
