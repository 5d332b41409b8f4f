// Languages, themes, larger text, and what a bystander may not read.

import assert from 'node:assert/strict';
import { Clinic, TODAY } from './harness/clinic.mjs';
import { onScreen } from './harness/screen.mjs';
import { eventually } from './harness/eventually.mjs';

/** Everything the page shows, says on hover or reads aloud. */
const everything = (page) =>
  page.evaluate(() => {
    const spoken = [...document.querySelectorAll('[aria-label], [title]')].flatMap((element) => [
      element.getAttribute('aria-label') ?? '',
      element.getAttribute('title') ?? '',
    ]);
    return [document.body.innerText, document.title, ...spoken].join('\n');
  });

onScreen('a_swedish_desk_reads_swedish', { locale: 'sv-SE' }, async ({ clinic, screen, page }) => {
  await screen.shows(TODAY);
  assert.equal(await page.locator('html').getAttribute('lang'), 'sv');
  assert.equal(await screen.title().textContent(), 'Tisdag 24 november');
  const { visits } = await clinic.day();
  const visit = visits.find(({ status, confirmed }) => status === 'booked' && !confirmed);
  assert.match(await screen.card(visit).getAttribute('aria-label'), /Bokad/);
  await screen.says('Väntrum');
  await screen.focus(visit);
  await screen.press('Delete');
  await screen.says('Avboka besöket', page.getByRole('dialog'));
  await screen.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  const text = await everything(page);
  for (const english of ['Booked', 'Waiting', 'Done', 'New visit', 'Tuesday', 'Not paired', 'Free ']) {
    assert.ok(!text.includes(english), `“${english}” stands on a Swedish screen`);
  }
});

onScreen('the_language_changes_at_once_and_stays', {}, async ({ screen, page }) => {
  await screen.button('Settings').click();
  await screen.dialog('Settings').getByText('Svenska').click();
  await screen.says('Höjd på en kvart');
  await screen.press('Escape');
  await eventually(async () => assert.equal(await screen.title().textContent(), 'Tisdag 24 november'));
  await page.reload();
  await screen.shows(TODAY);
  assert.equal(await screen.title().textContent(), 'Tisdag 24 november');
});

onScreen(
  'the_theme_follows_the_computer_until_somebody_chooses',
  { colorScheme: 'dark' },
  async ({ screen, page }) => {
    const theme = () => page.locator('html').getAttribute('data-theme');
    const surface = () =>
      page.locator('.board-area').evaluate((board) => getComputedStyle(board).backgroundColor);
    assert.equal(await theme(), 'dark');
    assert.equal(await surface(), 'rgb(22, 25, 29)');
    await page.emulateMedia({ colorScheme: 'light' });
    await eventually(async () => assert.equal(await theme(), 'light'));
    assert.equal(await surface(), 'rgb(255, 255, 255)');
    await screen.button('Settings').click();
    await screen.dialog('Settings').getByText('Dark', { exact: true }).click();
    await eventually(async () => assert.equal(await surface(), 'rgb(22, 25, 29)'));
    await page.reload();
    await screen.shows(TODAY);
    assert.equal(await theme(), 'dark');
  },
);

onScreen('the_privacy_switch_leaves_initials_only', {}, async ({ clinic, screen, page }) => {
  const { visits } = await clinic.day();
  const names = visits.filter(({ patient }) => !patient.protected).map(({ patient }) => patient.name);
  await screen.shows(TODAY);
  assert.ok((await everything(page)).includes(names[0]));
  await screen.button('Show patients by initials').click();
  await eventually(async () => {
    const text = await everything(page);
    assert.deepEqual(
      names.filter((name) => text.includes(name)),
      [],
    );
  });
  await page.reload();
  await screen.shows(TODAY);
  const text = await everything(page);
  assert.deepEqual(
    names.filter((name) => text.includes(name)),
    [],
    'it stays so',
  );
});

/** A clinic with one patient whose identity is protected, and one whose isn't. */
const guarded = () =>
  Clinic.imported({
    'patients.csv': `patient_id,first_name,last_name,birth_date,phone,protected
1,Hemlig,Gömdström,1971-03-04,070-111 22 33,yes
2,Öppen,Synlig,1972-04-05,070-222 33 44,no
`,
    'appointments.csv': `id,date,time,minutes,practitioner,patient_id,status
1,${TODAY},11:00,30,Erik Sandberg,1,booked
2,${TODAY},13:00,30,Erik Sandberg,2,booked
`,
  });

onScreen(
  'a_protected_identity_is_masked_everywhere',
  { clinic: guarded },
  async ({ clinic, screen, page }) => {
    const visit = (await clinic.day()).visits.find(({ patient }) => patient.protected);
    assert.ok(visit, 'the import marked it');
    const secret = /Hemlig|Gömdström|111 ?22 ?33|1971/;
    const masked = async () => assert.doesNotMatch(await everything(page), secret);
    await screen.says('Protected identity', screen.card(visit));
    await masked();
    await screen.focus(visit);
    await screen.press('Delete');
    await screen.dialog('Cancel Protected identity’s visit?').waitFor();
    await masked();
    await screen.press('Escape');
    await screen.isFocused(visit);
    await screen.press('Enter');
    await screen.says('Protected identity', screen.region('Visit'));
    await screen.says('Coming', screen.region('Visit'));
    await masked();
    await screen.press('Escape');
    await screen.region('Visit').waitFor({ state: 'detached' });
    await screen.press('Control+k');
    await page.keyboard.type('Synlig');
    await page.getByRole('option', { name: /Öppen Synlig/ }).waitFor();
    await masked();
  },
);

/** Whatever of these lies outside the window or under something else. */
const outOfReach = (page, selector) =>
  page.locator(selector).evaluateAll((all) =>
    all
      .filter((element) => element.offsetParent !== null)
      .filter((element) => {
        const { left, top, right, bottom } = element.getBoundingClientRect();
        const at = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
        return (
          right > innerWidth + 1 ||
          bottom > innerHeight + 1 ||
          !(at && (element.contains(at) || at.contains(element)))
        );
      })
      .map((element) => element.outerHTML.slice(0, 120)),
  );

for (const [name, how] of [
  ['text_of_200_percent_keeps_everything_in_reach', { size: { width: 1440, height: 900 }, textPercent: 200 }],
  ['the_smallest_window_keeps_everything_in_reach', { size: { width: 960, height: 540 } }],
]) {
  onScreen(name, how, async ({ clinic, screen, page }) => {
    await screen.shows(TODAY);
    const fits = () =>
      eventually(async () =>
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'sideways'),
      );
    await fits();
    assert.deepEqual(await outOfReach(page, 'header button, nav button, .strip button'), []);
    const visit = (await clinic.day()).visits.find(({ status }) => status === 'booked');
    await screen.focus(visit);
    await eventually(async () =>
      assert.deepEqual(await outOfReach(page, `.card[data-visit="${visit.id}"]`), [], 'scrolled into sight'),
    );
    await screen.says(visit.patient.name.split(' ')[0], screen.card(visit));
    await screen.press('Space');
    await screen.hasStatus(visit, 'arrived');
    await screen.press('n');
    await page.getByRole('combobox', { name: 'Patient' }).and(page.locator(':focus')).waitFor();
    await fits();
    assert.deepEqual(await outOfReach(page, '.panel > header button, .panel > footer button'), []);
  });
}
