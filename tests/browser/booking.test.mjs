// Booking: by keyboard, by pointer, somebody known, somebody new, and what stands in the way.

import assert from 'node:assert/strict';
import { onScreen } from './harness/screen.mjs';
import { QUIET_DAY } from './harness/clinic.mjs';
import { eventually } from './harness/eventually.mjs';

const PANEL = 'New visit';

/** A personnummer that nobody has, with the check digit its others ask for. */
const VALID = '870714-0003';

/** The one button that books, once nothing is left to settle. */
const ready = (screen) => screen.region(PANEL).locator('button:enabled:focus', { hasText: 'Book' }).waitFor();

/** Somebody the clinic knows, under a name nobody else has. */
const known = (clinic) =>
  clinic.book({ given: 'Torvald', family: 'Quist', with: 'Karin Nyström', at: '16:00' });

/** The visits of a day that are not among `before`. */
async function added(clinic, before, date) {
  const { visits } = await clinic.day(date);
  return visits.filter(({ id }) => !before.some((visit) => visit.id === id));
}

onScreen('a_known_patient_is_booked_in_four_actions', {}, async ({ clinic, screen, page }) => {
  const { patient } = await known(clinic);
  let actions = 0;
  const act = async (doing) => {
    actions += 1;
    await doing;
  };
  await act(screen.press('n'));
  await page.getByRole('combobox', { name: 'Patient' }).and(page.locator(':focus')).waitFor();
  await act(page.keyboard.type('quis'));
  await page.getByRole('option', { name: /Torvald Quist/ }).waitFor();
  await act(screen.press('Enter'));
  await screen.says('Torvald Quist', screen.region(PANEL));
  const opening = screen
    .region(PANEL)
    .getByRole('group', { name: 'Next openings' })
    .getByRole('button')
    .first();
  await opening.and(page.locator(':focus')).waitFor();
  await act(screen.press('1'));
  await ready(screen);
  await act(screen.press('Control+Enter'));
  await screen.region(PANEL).waitFor({ state: 'detached' });
  assert.ok(actions <= 5, `${actions} actions`);

  const focused = await eventually(async () => {
    const id = await screen.focused();
    assert.notEqual(id, null, 'the new card has the focus');
    return id;
  });
  const { coming } = await clinic.call('patient', { id: patient.id });
  const booked = coming.find(({ id }) => id === focused);
  assert.equal(booked?.status, 'booked');
  assert.equal(booked.source, 'phone');
  await screen.says('Torvald Quist booked', page.locator('footer'));
});

onScreen('a_click_on_an_empty_place_books_there', {}, async ({ clinic, screen, page }) => {
  await known(clinic);
  await screen.goTo(QUIET_DAY);
  const { x, y } = await screen.place('Amira Haddad', '10:05');
  await page.mouse.click(x, y);
  const panel = screen.region(PANEL);
  await panel.waitFor();
  assert.match(await page.getByRole('combobox', { name: 'With' }).textContent(), /Amira Haddad/);
  await page.keyboard.type('quist');
  await page.getByRole('option', { name: /Torvald Quist/ }).waitFor();
  await screen.press('Enter');
  await ready(screen);
  await screen.press('Control+Enter');
  await panel.waitFor({ state: 'detached' });
  const { visits } = await clinic.day(QUIET_DAY);
  const booked = visits.find(({ start }) => start === `${QUIET_DAY}T10:00:00`);
  assert.equal(booked?.practitioner, clinic.practitioner('Amira Haddad').id);
  await screen.isFocused(booked);
});

onScreen('somebody_new_is_taken_down_with_what_is_wrong_said', {}, async ({ clinic, screen, page }) => {
  await screen.goTo(QUIET_DAY);
  const { x, y } = await screen.place('Erik Sandberg', '09:05');
  await page.mouse.click(x, y);
  const panel = screen.region(PANEL);
  await panel.waitFor();
  await page.keyboard.type('Alfhild Zetterquist');
  await page.getByRole('option', { name: /New patient/ }).waitFor();
  await screen.press('Enter');
  const field = (name) => panel.getByLabel(name);
  await eventually(async () => assert.equal(await field('Family name').inputValue(), 'Zetterquist'));
  assert.equal(await field('Given name').inputValue(), 'Alfhild');

  await field('Birth date').fill('1987-02-30');
  await screen.press('Tab');
  await screen.says('There is no such day.', panel);
  await field('Birth date').fill('');
  await field('Personnummer').fill('870714-0004');
  await screen.press('Tab');
  await screen.says('The last digit doesn’t fit the others. Check them one by one.', panel);
  assert.equal(await field('Personnummer').getAttribute('aria-invalid'), 'true');
  await screen.press('Control+Enter');
  await field('Personnummer').and(page.locator(':focus')).waitFor();
  assert.deepEqual((await clinic.day(QUIET_DAY)).visits, [], 'nothing is booked meanwhile');

  await field('Personnummer').fill(VALID);
  await panel.getByText('The last digit doesn’t fit').waitFor({ state: 'detached' });
  await screen.press('Enter');
  await ready(screen);
  await screen.press('Control+Enter');
  await panel.waitFor({ state: 'detached' });
  const { visits } = await clinic.day(QUIET_DAY);
  assert.equal(visits.length, 1);
  assert.equal(visits[0].patient.name, 'Alfhild Zetterquist');
  const patient = await clinic.call('patient', { id: visits[0].patient.id });
  assert.equal(patient.personnummer, `19${VALID}`);
});

onScreen('a_clash_is_said_before_saving_with_a_way_out', {}, async ({ clinic, screen, page }) => {
  await known(clinic);
  const taken = await clinic.book({ given: 'Signe', family: 'Vrang', with: 'Erik Sandberg', at: '10:00' });
  await screen.goTo(QUIET_DAY);
  await screen.press('n');
  await page.getByRole('combobox', { name: 'Patient' }).and(page.locator(':focus')).waitFor();
  await page.keyboard.type('quist');
  await page.getByRole('option', { name: /Torvald Quist/ }).waitFor();
  await screen.press('Enter');
  const panel = screen.region(PANEL);
  await panel.getByLabel('Or a time of your own').fill('10, Erik');
  await screen.says('10:00–10:30 is taken', panel);
  await screen.says('Signe Vrang is booked 10:00–10:30 with Erik', panel);
  await screen.says('Torvald Quist would overlap.', panel);
  assert.ok(await panel.getByRole('button', { name: 'Book', exact: true }).isDisabled());
  await eventually(async () =>
    assert.match(await screen.card(taken).getAttribute('class'), /in-the-way/, 'outlined on the board'),
  );
  await screen.press('Enter');
  const way = panel.locator('[data-way="0"]');
  await way.and(page.locator(':focus')).waitFor();
  await screen.press('1');
  await ready(screen);
  await screen.press('Control+Enter');
  await panel.waitFor({ state: 'detached' });
  const [visit] = (await clinic.day(QUIET_DAY)).visits.filter(
    ({ patient, start }) => patient.name === 'Torvald Quist' && start !== `${QUIET_DAY}T16:00:00`,
  );
  assert.notEqual(visit.start, taken.start);
  assert.equal(visit.overbooked, null);
  assert.equal(visit.clashes, false);
});

onScreen('staff_overbook_knowingly_with_a_reason', {}, async ({ clinic, screen, page }) => {
  await known(clinic);
  const taken = await clinic.book({ given: 'Signe', family: 'Vrang', with: 'Erik Sandberg', at: '10:00' });
  await screen.goTo(QUIET_DAY);
  await screen.press('n');
  await page.getByRole('combobox', { name: 'Patient' }).and(page.locator(':focus')).waitFor();
  await page.keyboard.type('quist');
  await page.getByRole('option', { name: /Torvald Quist/ }).waitFor();
  await screen.press('Enter');
  const panel = screen.region(PANEL);
  await panel.getByLabel('Or a time of your own').fill('10, Erik');
  await panel.getByRole('button', { name: 'Overbook, with a reason' }).click();
  const reason = panel.getByLabel('Why it is booked over');
  await reason.and(page.locator(':focus')).waitFor();
  const book = panel.getByRole('button', { name: 'Book', exact: true });
  assert.ok(await book.isDisabled(), 'not without a reason');
  await page.keyboard.type('Swollen cheek');
  await eventually(async () => assert.ok(await book.isEnabled()));
  await screen.press('Control+Enter');
  await panel.waitFor({ state: 'detached' });
  const over = (await clinic.day(QUIET_DAY)).visits.find(({ overbooked }) => overbooked !== null);
  assert.equal(over.overbooked, 'Swollen cheek');
  assert.equal(over.start, taken.start);
  await eventually(async () => {
    const [one, other] = [await screen.card(taken).boundingBox(), await screen.card(over).boundingBox()];
    assert.ok(Math.abs(one.width - other.width) < 6, 'both have half the column');
    assert.ok(one.x + one.width <= other.x + 1, 'beside each other');
  });
  await screen.says('Overbooked', screen.card(over));
});

onScreen('a_visit_at_lunch_is_booked_once_the_warning_is_accepted', {}, async ({ clinic, screen, page }) => {
  await known(clinic);
  await screen.goTo(QUIET_DAY);
  const { x, y } = await screen.place('Oliver Hughes', '12:05');
  await page.mouse.click(x, y);
  const panel = screen.region(PANEL);
  await panel.waitFor();
  await page.keyboard.type('quist');
  await page.getByRole('option', { name: /Torvald Quist/ }).waitFor();
  await screen.press('Enter');
  await screen.says(/^The visit reaches into a break/, panel);
  assert.ok(await panel.getByRole('button', { name: 'Book', exact: true }).isDisabled());
  await panel.getByRole('button', { name: 'Book anyway' }).click();
  await ready(screen);
  await screen.press('Control+Enter');
  await panel.waitFor({ state: 'detached' });
  const { visits } = await clinic.day(QUIET_DAY);
  assert.ok(visits.some(({ start }) => start === `${QUIET_DAY}T12:00:00`));
});

onScreen('pressed_twice_it_is_booked_once', {}, async ({ clinic, screen, page }) => {
  await known(clinic);
  await screen.goTo(QUIET_DAY);
  const before = (await clinic.day(QUIET_DAY)).visits;
  const { x, y } = await screen.place('Amira Haddad', '13:05');
  await page.mouse.click(x, y);
  await screen.region(PANEL).waitFor();
  await page.keyboard.type('quist');
  await page.getByRole('option', { name: /Torvald Quist/ }).waitFor();
  await screen.press('Enter');
  await ready(screen);
  await Promise.all([screen.press('Control+Enter'), screen.press('Control+Enter')]);
  await screen.region(PANEL).waitFor({ state: 'detached' });
  await eventually(async () => assert.equal((await screen.shownVisits()).length, before.length + 1));
  assert.equal((await added(clinic, before, QUIET_DAY)).length, 1);
});

onScreen('a_half_done_booking_is_parked_and_taken_up_again', {}, async ({ clinic, screen, page }) => {
  await known(clinic);
  await screen.press('n');
  await page.getByRole('combobox', { name: 'Patient' }).and(page.locator(':focus')).waitFor();
  await page.keyboard.type('quist');
  await page.getByRole('option', { name: /Torvald Quist/ }).waitFor();
  await screen.press('Enter');
  const panel = screen.region(PANEL);
  await panel.getByLabel('Note').fill('Rings back at three');
  await screen.press('Escape');
  await screen.dialog('Leave this booking?').waitFor();
  await screen.press('F8');
  await panel.waitFor({ state: 'detached' });
  await screen.button(/^Torvald Quist.*Resume/).click();
  await panel.waitFor();
  assert.equal(await panel.getByLabel('Note').inputValue(), 'Rings back at three');
  await screen.says('Torvald Quist', panel);
});
