// Several desks at once, and a line that goes away.

import assert from 'node:assert/strict';
import { onScreen, Screen } from './harness/screen.mjs';
import { QUIET_DAY, TODAY } from './harness/clinic.mjs';
import { eventually } from './harness/eventually.mjs';

/** A visit that has not begun. */
async function somebodyBooked(clinic) {
  return (await clinic.day()).visits.find(({ status }) => status === 'booked');
}

/** Changes a visit's note, as another desk would. */
async function describe(clinic, visit, note) {
  const { id, version, kind, confirmed } = visit;
  return (await clinic.call('describe_visit', { id, version, note, kind, confirmed })).visit;
}

onScreen('what_another_desk_does_appears_by_itself', {}, async ({ clinic, screen }) => {
  await screen.goTo(QUIET_DAY);
  await screen.says('Nothing is booked on this day');
  const visit = await clinic.book({ given: 'Torvald', family: 'Quist', with: 'Erik Sandberg', at: '10:00' });
  await screen.says('Torvald Quist', screen.card(visit));
  const [before] = [await screen.card(visit).boundingBox()];
  const { visit: moved } = await clinic.call('move_visit', {
    id: visit.id,
    version: visit.version,
    practitioner: clinic.practitioner('Karin Nyström').id,
    start: `${QUIET_DAY}T13:00:00`,
    minutes: 60,
    accept: { warnings: [], overbook_reason: null },
  });
  await eventually(async () => {
    const box = await screen.card(visit).boundingBox();
    const to = await screen.place('Karin Nyström', '13:00', 0);
    assert.ok(Math.abs(box.y - to.y) < 3 && box.x > to.x && box.height > before.height * 1.5);
  });
  const by = { id: visit.id, version: moved.version, by: 'patient', reason: 'Ill' };
  await clinic.call('cancel_visit', by);
  await screen.hasStatus(visit, 'cancelled', QUIET_DAY);
});

onScreen(
  'of_two_editors_the_second_is_told_and_keeps_what_was_typed',
  {},
  async ({ clinic, screen, page }) => {
    const visit = await somebodyBooked(clinic);
    await screen.focus(visit);
    await screen.press('Enter');
    const panel = screen.region('Visit');
    const note = panel.getByLabel('Note');
    await note.fill('Comes ten minutes later');
    await describe(clinic, visit, 'Wants a quote first');
    await screen.says('Somebody else changed this visit', panel);
    await screen.says('Their note now: “Wants a quote first” What you typed is still here.', panel);
    assert.equal(await note.inputValue(), 'Comes ten minutes later');
    assert.ok(await panel.getByRole('button', { name: 'Save' }).isDisabled());
    assert.equal((await clinic.visit(visit.id)).note, 'Wants a quote first');
    await panel.getByRole('button', { name: 'Go on with mine' }).click();
    await page.keyboard.press('Control+Enter');
    await eventually(async () =>
      assert.equal((await clinic.visit(visit.id)).note, 'Comes ten minutes later'),
    );
  },
);

onScreen('of_two_editors_the_second_can_take_the_other_version', {}, async ({ clinic, screen }) => {
  const visit = await somebodyBooked(clinic);
  await screen.focus(visit);
  await screen.press('Enter');
  const panel = screen.region('Visit');
  await panel.getByLabel('Note').fill('Comes ten minutes later');
  await describe(clinic, visit, 'Wants a quote first');
  await panel.getByRole('button', { name: 'Take theirs' }).click();
  assert.equal(await panel.getByLabel('Note').inputValue(), 'Wants a quote first');
  await screen.press('Escape');
  await panel.waitFor({ state: 'detached' });
  await screen.isFocused(visit);
});

onScreen('a_key_on_a_card_that_is_out_of_date_is_refused_in_words', {}, async ({ clinic, screen, page }) => {
  const visit = await somebodyBooked(clinic);
  screen.expect(/listening for changes failed|ERR_FAILED|status of 409/);
  // The line that tells of changes is cut, so that the board does not know.
  await page.route('**/api/events', (route) => route.abort());
  await page.reload();
  await screen.shows(TODAY);
  await describe(clinic, visit, 'Wants a quote first');
  await screen.focus(visit);
  await screen.press('Space');
  await screen.says('The status was not saved');
  await screen.says('Nothing was saved: somebody else changed this visit since you opened it.');
  await screen.hasStatus(visit, 'booked');
  await screen.button('All right').click();
  // The refusal brought what the other made of it; now the key counts.
  await screen.focus(visit);
  await screen.press('Space');
  await screen.hasStatus(visit, 'arrived');
  assert.equal((await clinic.visit(visit.id)).note, 'Wants a quote first');
});

onScreen('a_line_that_was_down_heals_by_itself', {}, async ({ clinic, screen }) => {
  const [visit, other] = (await clinic.day()).visits.filter(({ status }) => status === 'booked');
  screen.expect(/listening for changes failed|ERR_INTERNET_DISCONNECTED/);
  await screen.context.setOffline(true);
  await screen.focus(visit);
  await screen.press('Space');
  await screen.says('The status was not saved');
  await screen.hasStatus(visit, 'booked');
  const { id, version } = other;
  await clinic.call('set_status', { id, version, status: 'arrived' });
  await screen.context.setOffline(false);
  await screen.hasStatus(other, 'arrived');
  await eventually(async () =>
    assert.equal(await screen.page.getByText('The day could not be read again').count(), 0),
  );
});

onScreen('without_a_server_the_screen_says_so_in_words', {}, async ({ clinic, screen }) => {
  const [visit, other] = (await clinic.day()).visits.filter(({ status }) => status === 'booked');
  await screen.focus(other);
  await screen.press('Space');
  await screen.hasStatus(other, 'arrived');
  await screen.focus(visit);
  screen.expect(/listening for changes failed|ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED/);
  await clinic.kill();
  await screen.press('Space');
  const notice = screen.page.getByRole('alert').filter({ hasText: 'The status was not saved' });
  await screen.says('Chairside doesn’t answer, so nothing was saved.', notice);
  assert.equal(await screen.card(visit).getAttribute('data-status'), 'booked', 'nothing is pretended');
  await screen.press('PageDown');
  await screen.says('The day could not be read');
  // It comes back at another address, so the screens are opened anew.
  await clinic.serve();
  await screen.page.goto(clinic.url);
  await screen.shows(TODAY);
  await screen.hasStatus(visit, 'booked');
  await screen.hasStatus(other, 'arrived');
  await clinic.stop();
  await clinic.run('verify');
  const { visits } = await clinic.run('day', TODAY);
  assert.equal(visits.find(({ id }) => id === other.id).status, 'arrived', 'answered means on the disk');
});

onScreen('two_screens_show_each_other_what_they_do', {}, async ({ clinic, screen }) => {
  const visit = await somebodyBooked(clinic);
  const other = await Screen.open(clinic, {});
  await screen.focus(visit);
  await screen.press('Space');
  await other.hasStatus(visit, 'arrived');
  await other.focus(visit);
  await other.press('Space');
  await screen.hasStatus(visit, 'checked-in');
  assert.deepEqual(other.errors, []);
  await other.close();
});
