// Moving and lengthening, by hand and by keys.

import assert from 'node:assert/strict';
import { onScreen } from './harness/screen.mjs';
import { QUIET_DAY } from './harness/clinic.mjs';
import { eventually } from './harness/eventually.mjs';

/** A visit of Erik's at ten on a day with nothing else, and the board on it. */
async function oneVisit({ clinic, screen }) {
  const visit = await clinic.book({ given: 'Torvald', family: 'Quist', with: 'Erik Sandberg', at: '10:00' });
  await screen.goTo(QUIET_DAY);
  return visit;
}

/** Waits until a visit stands somewhere, in the store and on the board. */
async function stands(clinic, screen, visit, { at, whose, minutes = 30 }) {
  await eventually(async () => {
    const now = await clinic.visit(visit.id, QUIET_DAY);
    assert.deepEqual(
      { start: now.start, practitioner: now.practitioner, minutes: now.minutes },
      { start: `${QUIET_DAY}T${at}:00`, practitioner: clinic.practitioner(whose).id, minutes },
    );
    const box = await screen.card(visit).boundingBox();
    const [top, later] = [await screen.place(whose, at, 0), await screen.place(whose, '17:00', 1)];
    assert.ok(Math.abs(box.y - top.y) < 3, `the card is at ${box.y}, ${at} at ${top.y}`);
    assert.ok(box.x >= top.x && box.x < later.x, 'in the column');
  });
}

async function middleOf(locator) {
  const { x, y, width, height } = await locator.boundingBox();
  return { x: x + width / 2, y: y + height / 2 };
}

/** From a card's middle by a time and to a column. */
async function dragTo(screen, visit, whose, at, minutes = 30) {
  const from = await middleOf(screen.card(visit));
  const to = await screen.place(whose, at);
  const end = await screen.place(whose, '17:00');
  const height = ((end.y - to.y) / (17 * 60 - minuteOf(at))) * minutes;
  await screen.drag(from, { x: to.x, y: to.y + height / 2 });
}

const minuteOf = (time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

onScreen('a_visit_is_dragged_to_another_time', {}, async ({ clinic, screen }) => {
  const visit = await oneVisit({ clinic, screen });
  await dragTo(screen, visit, 'Erik Sandberg', '15:30');
  await stands(clinic, screen, visit, { at: '15:30', whose: 'Erik Sandberg' });
  await screen.isFocused(visit);
  await screen.press('Control+z');
  await stands(clinic, screen, visit, { at: '10:00', whose: 'Erik Sandberg' });
});

onScreen('a_visit_is_dragged_to_another_practitioner', {}, async ({ clinic, screen }) => {
  const visit = await oneVisit({ clinic, screen });
  await dragTo(screen, visit, 'Karin Nyström', '09:00');
  await stands(clinic, screen, visit, { at: '09:00', whose: 'Karin Nyström' });
});

onScreen('a_visit_is_moved_by_keys', {}, async ({ clinic, screen, page }) => {
  const visit = await oneVisit({ clinic, screen });
  await screen.focus(visit);
  await page.keyboard.down('Alt');
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight']) await screen.press(key);
  assert.equal((await clinic.visit(visit.id, QUIET_DAY)).start, visit.start, 'sent once the key is let go');
  await page.keyboard.up('Alt');
  await stands(clinic, screen, visit, { at: '11:00', whose: 'Amira Haddad' });
  await screen.isFocused(visit);
  // A move is one thing to take back, however many keys it took.
  await screen.press('Control+z');
  await stands(clinic, screen, visit, { at: '10:00', whose: 'Erik Sandberg' });
});

onScreen('a_move_by_keys_can_be_left', {}, async ({ clinic, screen, page }) => {
  const visit = await oneVisit({ clinic, screen });
  await screen.focus(visit);
  await page.keyboard.down('Alt');
  await screen.press('ArrowDown');
  await screen.press('Escape');
  await page.keyboard.up('Alt');
  await stands(clinic, screen, visit, { at: '10:00', whose: 'Erik Sandberg' });
});

onScreen('a_visit_is_lengthened_by_keys_and_by_pulling', {}, async ({ clinic, screen, page }) => {
  const visit = await oneVisit({ clinic, screen });
  await screen.focus(visit);
  await page.keyboard.down('Shift');
  for (let step = 0; step < 3; step += 1) await screen.press('ArrowDown');
  await page.keyboard.up('Shift');
  await stands(clinic, screen, visit, { at: '10:00', whose: 'Erik Sandberg', minutes: 45 });
  const before = await screen.card(visit).boundingBox();
  await page.mouse.move(before.x + before.width / 2, before.y + before.height / 2);
  const handle = page
    .locator('.ec-event', { has: page.locator(`[data-visit="${visit.id}"]`) })
    .locator('.ec-resizer')
    .last();
  const from = await middleOf(handle);
  const [now, wanted] = [
    await screen.place('Erik Sandberg', '10:45'),
    await screen.place('Erik Sandberg', '11:15'),
  ];
  await screen.drag(from, { x: from.x, y: from.y + wanted.y - now.y });
  await stands(clinic, screen, visit, { at: '10:00', whose: 'Erik Sandberg', minutes: 75 });
});

onScreen('a_move_onto_a_taken_place_asks_and_can_be_left', {}, async ({ clinic, screen }) => {
  const taken = await clinic.book({ given: 'Signe', family: 'Vrang', with: 'Amira Haddad', at: '10:00' });
  const visit = await oneVisit({ clinic, screen });
  screen.expect(/status of 409/);
  await dragTo(screen, visit, 'Amira Haddad', '10:00');
  const dialog = screen.dialog('Move Torvald Quist?');
  await screen.says('10:00–10:30 is taken', dialog);
  await screen.says('Signe Vrang is booked 10:00–10:30 with Amira', dialog);
  assert.ok(await dialog.getByRole('button', { name: 'Move', exact: true }).isDisabled());
  await screen.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await stands(clinic, screen, visit, { at: '10:00', whose: 'Erik Sandberg' });
  await stands(clinic, screen, taken, { at: '10:00', whose: 'Amira Haddad' });
});

onScreen('a_move_onto_a_taken_place_has_a_way_out_by_key', {}, async ({ clinic, screen }) => {
  await clinic.book({ given: 'Signe', family: 'Vrang', with: 'Amira Haddad', at: '10:00' });
  const visit = await oneVisit({ clinic, screen });
  screen.expect(/status of 409/);
  await dragTo(screen, visit, 'Amira Haddad', '10:00');
  const dialog = screen.dialog('Move Torvald Quist?');
  await dialog.locator('[data-way="0"]').waitFor();
  await screen.press('1');
  await dialog.waitFor({ state: 'detached' });
  const now = await clinic.visit(visit.id, QUIET_DAY);
  assert.equal(now.practitioner, clinic.practitioner('Amira Haddad').id);
  assert.notEqual(now.start, visit.start);
  assert.equal(now.clashes, false);
});
