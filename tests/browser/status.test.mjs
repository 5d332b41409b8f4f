// Arrived, in the chair, done: a key each, and the ways back.

import assert from 'node:assert/strict';
import { onScreen } from './harness/screen.mjs';
import { eventually } from './harness/eventually.mjs';

/** The visit the focus begins on. */
async function expected({ clinic, screen }) {
  const id = await eventually(async () => {
    const focused = await screen.focused();
    assert.notEqual(focused, null);
    return focused;
  });
  return clinic.visit(id);
}

onScreen('one_key_each_from_arrived_to_done_and_back', {}, async ({ clinic, screen }) => {
  const visit = await expected({ clinic, screen });
  assert.equal(visit.status, 'booked');
  for (const [key, status, words] of [
    ['Space', 'arrived', /Wait(s|ing) 0 min/],
    ['Space', 'checked-in', /(In the chair|Chair) 0 min/],
    ['Space', 'fulfilled', 'Done'],
    ['u', 'checked-in', /(In the chair|Chair) 0 min/],
    ['Backspace', 'arrived', /Wait(s|ing) 0 min/],
  ]) {
    await screen.press(key);
    await screen.hasStatus(visit, status);
    await screen.says(words, screen.card(visit));
    await screen.isFocused(visit);
  }
  const { arrived_at, seated_at } = await clinic.visit(visit.id);
  assert.notEqual(arrived_at, null);
  assert.equal(seated_at, null, 'who goes back to waiting does not sit');
});

onScreen('keys_faster_than_the_disk_all_count', {}, async ({ clinic, screen }) => {
  const visit = await expected({ clinic, screen });
  await Promise.all(['Space', 'Space', 'Space', 'Control+z'].map((keys) => screen.press(keys)));
  await screen.hasStatus(visit, 'checked-in');
  await screen.press('Control+z');
  await screen.press('Control+z');
  await screen.hasStatus(visit, 'booked');
});

onScreen('whoever_arrives_stands_in_the_waiting_room', {}, async ({ clinic, screen }) => {
  const visit = await expected({ clinic, screen });
  const room = screen.page.getByRole('complementary', { name: 'Waiting room and gaps' });
  const before = await room.locator('section').first().locator('li').count();
  await screen.press('Space');
  await eventually(async () =>
    assert.equal(await room.locator('section').first().locator('li').count(), before + 1),
  );
  await screen.says(visit.patient.name, room);
});

onScreen('the_last_thing_is_taken_back_by_key_and_by_button', {}, async ({ clinic, screen, page }) => {
  const visit = await expected({ clinic, screen });
  await screen.press('Space');
  await screen.hasStatus(visit, 'arrived');
  await screen.press('Control+z');
  await screen.hasStatus(visit, 'booked');
  assert.equal((await clinic.visit(visit.id)).arrived_at, null);
  await screen.press('Space');
  await screen.hasStatus(visit, 'arrived');
  const bar = page.locator('footer', { hasText: 'All keys' });
  await screen.says(`${visit.patient.name} arrived`, bar);
  await bar.getByRole('button', { name: 'Undo' }).click();
  await screen.hasStatus(visit, 'booked');
  await eventually(async () => assert.equal(await bar.getByRole('button', { name: 'Undo' }).count(), 0));
});

onScreen('a_missed_visit_is_struck_and_can_be_hidden', {}, async ({ clinic, screen }) => {
  const visit = await expected({ clinic, screen });
  await screen.press('m');
  await screen.hasStatus(visit, 'noshow');
  const struck = await screen
    .card(visit)
    .locator('.name')
    .evaluate((name) => getComputedStyle(name).textDecorationLine);
  assert.equal(struck, 'line-through');
  const toggle = screen.button('Show missed and cancelled visits');
  await toggle.click();
  await eventually(async () => assert.equal(await screen.card(visit).count(), 0));
  await screen.says(/missed or cancelled, hidden/);
  await toggle.click();
  await screen.card(visit).waitFor();
  await screen.focus(visit);
  await screen.press('u');
  await screen.hasStatus(visit, 'booked');
});

onScreen('a_visit_is_cancelled_with_a_reason', {}, async ({ clinic, screen }) => {
  const visit = await expected({ clinic, screen });
  await screen.press('Delete');
  const dialog = screen.dialog(`Cancel ${visit.patient.name}’s visit?`);
  await dialog.waitFor();
  await screen.press('2');
  await eventually(async () =>
    assert.equal(await dialog.getByRole('textbox', { name: 'Reason' }).inputValue(), 'The time doesn’t suit'),
  );
  await screen.press('Control+Enter');
  await screen.hasStatus(visit, 'cancelled');
  assert.equal(await dialog.count(), 0);
  const { cancellation } = await clinic.visit(visit.id);
  assert.deepEqual(cancellation, { by: 'patient', reason: 'The time doesn’t suit' });
  await screen.press('Control+z');
  await screen.hasStatus(visit, 'booked');
});

onScreen('a_cancellation_can_be_left', {}, async ({ clinic, screen }) => {
  const visit = await expected({ clinic, screen });
  await screen.press('x');
  const dialog = screen.dialog(`Cancel ${visit.patient.name}’s visit?`);
  await dialog.waitFor();
  await screen.press('Escape');
  await eventually(async () => assert.equal(await dialog.count(), 0));
  await screen.isFocused(visit);
  assert.equal((await clinic.visit(visit.id)).status, 'booked');
});
