// The day as it is drawn, and the ways to other days.

import assert from 'node:assert/strict';
import { onScreen } from './harness/screen.mjs';
import { QUIET_DAY, TODAY } from './harness/clinic.mjs';
import { eventually } from './harness/eventually.mjs';

const minuteOf = (local) => Number(local.slice(11, 13)) * 60 + Number(local.slice(14, 16));

onScreen('today_has_a_card_for_every_visit_where_it_belongs', {}, async ({ clinic, screen, page }) => {
  const { visits, columns } = await clinic.day();
  assert.ok(visits.length >= 20, 'the demo is busy');
  await screen.shows(TODAY);
  const names = new Map(clinic.view.practitioners.map(({ id, name }) => [id, name]));
  assert.deepEqual(
    await page.locator('.board .head .name').allTextContents(),
    columns.map(({ practitioner }) => names.get(practitioner)),
  );
  for (const visit of visits) {
    const place = await screen.place(names.get(visit.practitioner), visit.start.slice(11, 16), 0);
    const box = await screen.card(visit).boundingBox();
    const column = await page
      .locator(`.board .behind[data-practitioner="${visit.practitioner}"]`)
      .boundingBox();
    assert.ok(Math.abs(box.y - place.y) < 3, `${visit.start} starts at its time`);
    assert.ok(box.x >= column.x && box.x + box.width <= column.x + column.width, 'in its column');
  }
  const label = await screen.card(visits[0]).getAttribute('aria-label');
  assert.ok(label.includes(visits[0].start.slice(11, 16)), label);
});

onScreen('today_has_breaks_blockouts_and_the_now_line', {}, async ({ screen, page }) => {
  assert.equal(await page.locator('.behind .break', { hasText: 'Lunch' }).count(), 4);
  assert.equal(await page.locator('.behind .break', { hasText: 'Fika' }).count(), 4);
  await screen.says('Steriliser service', page.locator('.behind .blockout'));
  assert.equal(await page.locator('.behind .now').count(), 4);
  const at = await screen.place('Erik Sandberg', '10:22');
  const line = await page.locator('.behind .now').first().boundingBox();
  assert.ok(Math.abs(line.y + 1 - at.y) < 4, `the now-line is at ${line.y}, 10:22 at ${at.y}`);
  await screen.says('Not paired');
  await screen.says('works on this computer');
});

onScreen('focus_begins_on_the_next_expected_patient', {}, async ({ clinic, screen }) => {
  const { visits } = await clinic.day();
  const tenTwentyTwo = 10 * 60 + 22;
  const expected = visits.filter(
    ({ status, start, minutes }) => status === 'booked' && minuteOf(start) + minutes > tenTwentyTwo,
  );
  const first = expected.map(({ start }) => start).sort()[0];
  await eventually(async () => {
    const focused = await screen.focused();
    assert.equal(expected.find(({ id }) => id === focused)?.start, first);
  });
});

onScreen('the_token_does_not_stay_in_the_address', {}, async ({ page }) => {
  assert.equal(new URL(page.url()).hash, '');
});

onScreen('arrow_keys_walk_over_the_cards', {}, async ({ clinic, screen }) => {
  const { visits } = await clinic.day();
  const [erik, amira] = ['Erik Sandberg', 'Amira Haddad'].map((name) =>
    visits.filter(({ practitioner }) => practitioner === clinic.practitioner(name).id),
  );
  await screen.focus(erik[0]);
  for (const visit of erik.slice(1)) {
    await screen.press('ArrowDown');
    await screen.isFocused(visit);
  }
  await screen.press('Home');
  await screen.isFocused(erik[0]);
  await screen.press('End');
  await screen.isFocused(erik.at(-1));
  await screen.press('ArrowRight');
  await eventually(async () => {
    const focused = await screen.focused();
    assert.ok(amira.some(({ id }) => id === focused));
  });
  // One card of the board is reached by Tab, not thirty.
  assert.equal(await screen.page.locator('.board .card[tabindex="0"]').count(), 1);
});

onScreen('days_follow_each_other_by_keys_and_buttons', {}, async ({ screen }) => {
  await screen.shows(TODAY);
  assert.equal(await screen.title().textContent(), 'Tuesday 24 November');
  await screen.press('PageDown');
  await screen.shows('2026-11-25');
  assert.equal(await screen.title().textContent(), 'Wednesday 25 November');
  assert.notEqual(await screen.focused(), null, 'the focus comes along');
  assert.equal(await screen.page.locator('.behind .now').count(), 0, 'no now-line on another day');
  await screen.button('The day before').click();
  await screen.shows(TODAY);
  await screen.button('The day before').click();
  await screen.shows('2026-11-23');
  await screen.press('t');
  await screen.shows(TODAY);
  await screen.press('g');
  await screen.dialog('Pick a day').waitFor();
  for (const key of ['ArrowDown', 'ArrowRight', 'Enter']) await screen.press(key);
  await screen.shows('2026-12-02');
  assert.equal(await screen.title().textContent(), 'Wednesday 2 December');
  await screen.button('Today').click();
  await screen.shows(TODAY);
});

onScreen('a_day_without_visits_says_so_and_where_the_last_ones_are', {}, async ({ clinic, screen }) => {
  await screen.goTo(QUIET_DAY);
  await screen.says('Nothing is booked on this day');
  assert.equal(await screen.title().textContent(), 'Tuesday 9 February 2027');
  const [, last] = clinic.view.visit_days;
  await screen.button(/^Last visits: /).click();
  await screen.shows(last);
});
