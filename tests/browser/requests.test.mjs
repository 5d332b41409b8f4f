// What patients ask online, from their click to the desk's answer: over a real
// central service, whose line to the desk is cut and healed.

import assert from 'node:assert/strict';
import { eventually } from './harness/eventually.mjs';
import { OnlineClinic } from './harness/online.mjs';
import { onScreen } from './harness/screen.mjs';

const how = { clinic: OnlineClinic.begin, reducedMotion: 'reduce' };
const rail = (page, name) => page.getByRole('navigation').getByRole('button', { name });
const dayOf = ({ start }) => start.slice(0, 10);
const timeOf = ({ start }) => start.slice(11, 16);

/** Waits until nothing lies over the window. */
const nothingOver = (page) => page.locator('dialog[open]').waitFor({ state: 'detached' });

onScreen('a_request_becomes_a_card_by_itself', how, async ({ clinic, screen, page }) => {
  const [place] = await clinic.freePlaces(1);
  await screen.goTo(dayOf(place));
  const booking = await clinic.ask(place, 'anna@example.org');
  await clinic.central.becomes(booking, 'confirmed');
  const visit = await clinic.visitIn(place);
  await screen.card(visit).waitFor();
  assert.equal(await screen.card(visit).getAttribute('data-status'), 'booked');
  await screen.says('anna Online', screen.card(visit));
  // It stands under all requests, and Enter leads back to it.
  await screen.press('r');
  await page.getByRole('tab', { name: 'All requests' }).click();
  const row = page.locator('tr[data-row]').filter({ hasText: timeOf(place) });
  await screen.says('Confirmed', row);
  assert.deepEqual(await screen.barriers('all requests'), []);
  await row.focus();
  await screen.press('Enter');
  await screen.shows(dayOf(place));
  await screen.isFocused(visit);
});

onScreen('a_form_that_is_filled_in_is_seen_and_stops_nobody', how, async ({ clinic, screen, page }) => {
  const [place] = await clinic.freePlaces(1);
  await screen.goTo(dayOf(place));
  await clinic.hold(place);
  const wished = page.locator('.board [data-online="filling"]');
  await screen.says('Being booked', wished);
  assert.deepEqual(await screen.barriers('being booked'), []);
  const { x, y, height } = await wished.boundingBox();
  await page.mouse.click(x + 60, y + height / 2);
  const panel = screen.region('New visit');
  await screen.says('Somebody is booking this time online just now', panel);
  await screen.says('If you book it, they are offered others.', panel);
});

onScreen('staff_answer_by_one_key', how, async ({ clinic, screen, page }) => {
  const [first, second, third] = await clinic.freePlaces(3);
  await screen.press('r');
  await screen.says('Nothing waits for an answer');
  await page.getByText('Ask staff').click();
  await screen.says(/Each request waits here and on the board/);

  const anna = await clinic.ask(first, 'anna@example.org');
  const row = page.locator('tr[data-row]').filter({ hasText: timeOf(first) });
  await row.waitFor();
  await screen.says('1 waits for you', rail(page, /Requests/));
  await screen.says(/Without an answer by .* it is confirmed by itself/, page.getByRole('complementary'));
  assert.deepEqual(await screen.barriers('waiting'), []);
  await screen.press('a');
  await clinic.central.becomes(anna, 'confirmed');
  await screen.says('Nothing waits for an answer');

  // Declining tells a patient for good, so it asks; three others are offered by themselves.
  const bo = await clinic.ask(second, 'bo@example.org');
  await page
    .locator('tr[data-row]')
    .filter({ hasText: timeOf(second) })
    .focus();
  await screen.press('d');
  const dialog = page.getByRole('dialog');
  await screen.says('It can’t be taken back.', dialog);
  assert.deepEqual(await screen.barriers('declining'), []);
  await screen.press('Enter');
  const told = await clinic.central.becomes(bo, 'not_possible');
  assert.deepEqual([told.requests[0].reason, told.requests[0].alternatives.length], ['declined', 3]);
  await nothingOver(page);

  // On the board it is a card like others, and the same key answers.
  await screen.press('Escape');
  await screen.goTo(dayOf(third));
  const cilla = await clinic.ask(third, 'cilla@example.org');
  const visit = await clinic.visitIn(third);
  await screen.card(visit).waitFor();
  assert.equal(await screen.card(visit).getAttribute('data-status'), 'pending');
  await screen.focus(visit);
  await screen.says('Confirm', page.locator('footer'));
  await screen.press('a');
  await clinic.central.becomes(cilla, 'confirmed');
  await eventually(async () => assert.equal(await screen.card(visit).getAttribute('data-status'), 'booked'));
});

onScreen('who_asks_may_be_somebody_the_clinic_knows', how, async ({ clinic, screen, page }) => {
  const [place, earlier] = await clinic.freePlaces(2);
  const whom = clinic.view.practitioners.find(({ id }) => id === earlier.practitioner).name;
  const known = await clinic.book({
    given: 'Anna',
    family: 'Online',
    with: whom,
    day: dayOf(earlier),
    at: timeOf(earlier),
  });
  await clinic.call('online_rule', { ask_staff: true, limit_minutes: 120 });
  await screen.press('r');
  const anna = await clinic.ask(place, 'anna@example.org', { birth: '1980-05-17' });
  const panel = page.getByRole('complementary');
  await screen.says('Perhaps the same as Anna Online', panel);
  assert.deepEqual(await screen.barriers('perhaps the same'), []);
  const asked = await clinic.visitIn(place);
  assert.notEqual(asked.patient.id, known.patient.id);

  // One key confirms it for her, and who it is can be taken back.
  await screen.press('k');
  await clinic.central.becomes(anna, 'confirmed');
  const patientIs = (id) =>
    eventually(async () => assert.equal((await clinic.visitIn(place)).patient.id, id, 'whose visit it is'));
  await patientIs(known.patient.id);
  await screen.press('Control+z');
  await patientIs(asked.patient.id);

  // Said later, where the visit is opened.
  await screen.goTo(dayOf(place));
  await screen.focus(asked);
  await screen.press('Enter');
  await page.getByRole('button', { name: 'This is Anna Online' }).click();
  await patientIs(known.patient.id);
  await screen.says('Coming', screen.region('Visit'));
  assert.deepEqual(await screen.barriers('said who it is'), []);
});

onScreen('what_an_outage_held_stands_in_the_ledger', how, async ({ clinic, screen, page }) => {
  const [kept, taken] = await clinic.freePlaces(2);
  await screen.goTo(dayOf(kept));
  await clinic.line.cut();
  await screen.says('Work as usual.');
  await screen.says('Online bookings are held.');
  const bo = await clinic.ask(kept, 'bo@example.org');
  const cilla = await clinic.ask(taken, 'cilla@example.org');
  await clinic.central.becomes(bo, 'held');
  await clinic.central.becomes(cilla, 'held');
  const whom = clinic.view.practitioners.find(({ id }) => id === taken.practitioner).name;
  await clinic.book({
    given: 'Dagny',
    family: 'Exempel',
    with: whom,
    day: dayOf(taken),
    at: timeOf(taken),
    minutes: taken.minutes,
  });
  await screen.says(/\d changes? (is|are) saved here/);
  await screen.says(/Dagny Exempel booked/, page.getByRole('complementary'));
  assert.deepEqual(await screen.barriers('offline'), []);
  await screen.press('r');
  await page.getByRole('tab', { name: 'Release ledger' }).click();
  await screen.says(/^The line is down since \d\d:\d\d$/);

  await clinic.line.heal();
  await clinic.central.becomes(bo, 'confirmed');
  await clinic.central.becomes(cilla, 'not_possible');
  await screen.says(/^The line was down \d\d:\d\d:\d\d–\d\d:\d\d:\d\d$/);
  const rows = page.locator('tr[data-row]');
  await screen.says('Confirmed', rows.filter({ hasText: timeOf(kept) }));
  await screen.says('The time was taken, 3 others offered', rows.filter({ hasText: timeOf(taken) }));
  await screen.says('2 released');
  assert.deepEqual(await screen.barriers('ledger'), []);

  await page.getByRole('button', { name: 'Not possible 1' }).click();
  await eventually(async () => assert.equal(await rows.count(), 1));
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'CSV' }).click();
  const saved = await saving;
  assert.match(saved.suggestedFilename(), /^release-ledger-\d{4}-\d\d-\d\dT\d{4}\.csv$/);

  // Who was there all the time is told in a line; the key opens the list.
  await screen.press('Escape');
  await screen.says(/\d change/, page.locator('.strip'));
  await screen.press('s');
  const since = page.getByRole('dialog', { name: 'Since you left' });
  await screen.says('The time was taken', since);
  assert.deepEqual(await screen.barriers('since'), []);
  await screen.press('Escape');
  await nothingOver(page);
});
