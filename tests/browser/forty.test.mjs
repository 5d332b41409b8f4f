// A clinic with forty practitioners, made from an export of visits alone.

import assert from 'node:assert/strict';
import { Clinic, TODAY } from './harness/clinic.mjs';
import { onScreen } from './harness/screen.mjs';
import { eventually } from './harness/eventually.mjs';

const COLUMNS = 40;

/** The column that opens among narrow ones, in CSS pixels. */
const OPEN_WIDTH = 208;

const GIVEN = ['Alva', 'Bo', 'Cecilia', 'David', 'Elin', 'Filip', 'Gun', 'Hugo'];
const FAMILY = ['Almgren', 'Brandt', 'Cedergren', 'Dyberg', 'Eng'];

const names = Array.from({ length: COLUMNS }, (_, at) => `${GIVEN[at % 8]} ${FAMILY[Math.floor(at / 8)]}`);

const HOURS = ['08:00', '09:00', '10:00', '11:00', '13:00', '14:00', '15:00', '16:00'];

/** The working days around today, on which the first one has visits too. */
const OTHER_DAYS = ['16', '17', '18', '19', '20', '23', '25', '26', '27'].map((day) => `2026-11-${day}`);

/** Everybody has visits from eight to four today, with lunch in between. */
function visits() {
  const today = names.flatMap((name) => HOURS.map((time) => [TODAY, time, name]));
  const around = OTHER_DAYS.flatMap((day) => HOURS.map((time) => [day, time, names[0]]));
  const lines = [...today, ...around].map((place, id) =>
    [id + 1, ...place, 45, `Visitor ${id}`, 'booked'].join(','),
  );
  return ['id,date,time,practitioner,minutes,patient,status', ...lines, ''].join('\n');
}

const forty = () => Clinic.imported({ 'appointments.csv': visits() });

onScreen('forty_columns_are_walked_by_keyboard', { clinic: forty }, async ({ clinic, screen, page }) => {
  await screen.shows(TODAY);
  const day = await clinic.day();
  assert.equal(day.columns.length, COLUMNS);
  const heads = page.locator('.board .head');
  assert.equal(await heads.count(), COLUMNS);
  const at = async (column) => {
    const { practitioner } = day.columns[column];
    await eventually(async () => {
      const id = await screen.focused();
      assert.equal(day.visits.find((visit) => visit.id === id)?.practitioner, practitioner);
      const head = await page.locator(`.board .head[data-practitioner="${practitioner}"]`).boundingBox();
      assert.ok(Math.abs(head.width - OPEN_WIDTH) <= 2, `column ${column} is ${head.width} wide`);
      const card = await screen.card(id).boundingBox();
      const board = await page.locator('.board').boundingBox();
      assert.ok(card.x >= board.x && card.x + card.width <= board.x + board.width + 1, 'in sight');
      assert.equal(await page.locator('.board .head:not(.narrow)').count(), 1, 'only one is open');
    });
  };
  const first = day.visits.find(({ practitioner }) => practitioner === day.columns[0].practitioner);
  await screen.focus(first);
  await at(0);
  for (let column = 1; column < COLUMNS; column += 1) {
    await screen.press('ArrowRight');
    if (column % 13 === 0 || column === COLUMNS - 1) await at(column);
    else await eventually(async () => assert.notEqual(await screen.focused(), null));
  }
  await screen.press('ArrowRight');
  await at(COLUMNS - 1);
  await screen.press('ArrowLeft');
  await at(COLUMNS - 2);
  const name = clinic.view.practitioners.find(({ id }) => id === day.columns[COLUMNS - 2].practitioner).name;
  await screen.says(name, page.locator('.board .head:not(.narrow)'));
  const visit = { id: await screen.focused() };
  await screen.press('Space');
  await screen.hasStatus(visit, 'arrived');
  assert.match(await screen.card(visit).getAttribute('aria-label'), /Waiting 0 min/);
  const counts = page.getByRole('complementary', { name: 'Waiting room and gaps' });
  assert.match(await counts.innerText(), /Waiting\s+1/);
  assert.deepEqual(await screen.barriers('forty columns'), []);
});

onScreen(
  'a_visit_goes_to_the_next_of_forty_columns_by_key',
  { clinic: forty },
  async ({ clinic, screen, page }) => {
    const day = await clinic.day();
    const last = day.visits.filter(({ practitioner }) => practitioner === day.columns[5].practitioner).at(-1);
    await screen.focus(last);
    // There somebody else comes at four, so it asks; half past three is taken as well.
    screen.expect(/status of 409/);
    await page.keyboard.down('Alt');
    await screen.press('ArrowRight');
    await screen.press('ArrowUp');
    await page.keyboard.up('Alt');
    const dialog = page.getByRole('dialog');
    await screen.says(/is taken$/, dialog);
    await dialog.locator('[data-way="0"]').waitFor();
    await screen.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await screen.isFocused(last);
    assert.equal((await clinic.visit(last.id)).practitioner, last.practitioner);
  },
);

onScreen('a_closed_day_says_so_and_leads_back', { clinic: forty }, async ({ screen }) => {
  await screen.goTo('2026-11-28');
  await screen.says('The clinic is closed on this day');
  await screen.says('Hours worked out from the visits');
  await screen.press('t');
  await screen.shows(TODAY);
});
