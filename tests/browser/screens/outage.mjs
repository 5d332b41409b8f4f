// A line that is down from 09:12 to 11:47, as a clinic lives through it.

import { after, before, test } from 'node:test';
import { Story } from './story.mjs';
import { pictures } from './pictures.mjs';
import { CENTRAL, DAY, setTime } from './time.mjs';
import { later } from '../../../scripts/online/ask.mjs';
import { eventually } from '../harness/eventually.mjs';

let story;
before(async () => {
  story = await Story.begin('09:04');
});
after(() => story?.end());

const clinic = () => story.clinic;
const becomes = (name, outcome) => clinic().central.becomes(story.bookings[name], outcome);

/** The first hour of it; answers the place Priya asks for, and how far the log was before. */
async function outage() {
  const bo = story.place(1, '09:00');
  await story.asks('Bo Ekström', bo, { phone: '070-855 19 23' });
  await becomes('Bo Ekström', 'confirmed');
  const visit = await clinic().visitIn(bo);
  const elsewhere = story.place(1, '10:00', bo.kind.name);
  const { seq: seen } = await clinic().day();
  setTime('09:12');
  await clinic().line.cut();
  await clinic().stands('offline');
  await clinic().central.stands(clinic().id, 'offline');

  const asks = async (clock, name, place, more) => {
    setTime(clock);
    await story.goesOn(clock);
    await story.asks(name, place, more);
  };
  await asks('09:14', 'Ida Backlund', story.place(1, '09:00'));
  await asks('09:21', 'Marcus Lindell', story.place(2, '10:30'));
  setTime('09:31');
  await story.moves(visit, elsewhere);
  const priya = story.place(0, '14:00');
  await asks('09:33', 'Priya Raman', priya);
  setTime('09:40');
  await clinic().central.cancel(story.bookings['Bo Ekström']);
  await asks('09:52', 'Hedvig Norlander', story.place(3, '14:00'));
  await asks('10:02', 'Samuel Okafor', story.place(0, '10:30'));
  await asks('10:05', 'Lovisa Hägg', story.place(1, '13:00'));
  await asks('10:19', 'Sofia Petrov', story.place(0, '13:00'), {
    urgent: true,
    note: 'Lost a filling',
  });
  setTime('10:20');
  await story.goesOn('10:20');
  setTime('10:22');
  return { priya, seen };
}

test('an outage', { timeout: 300_000 }, async () => {
  const { priya, seen } = await outage();
  await pictures(
    clinic(),
    'offline',
    async ({ page }) => {
      await page.locator('aside svg.lucide-hourglass').waitFor();
    },
    { looks: ['swedish', 'least'] },
  );
  await pictures(clinic(), 'connection-offline', async ({ page }) => {
    await page.locator('header [aria-haspopup="dialog"][aria-expanded]').last().click();
    await page.locator('dialog[open] summary').click();
  });

  setTime('10:26');
  await story.asks('Tom Barrett', story.place(1, '15:00'));
  await story.asks('Malin Sjöstrand', story.place(6, '08:00'));
  setTime('10:40');
  await clinic().central.cancel(story.bookings['Lovisa Hägg']);
  setTime('10:41');
  await story.phones('Gunilla Frisk', priya);
  setTime('10:48');
  await story.asks('Elias Wennberg', story.place(2, '09:00'));
  setTime('11:02');
  const grace = story.place(6, '10:00');
  await story.asks('Grace Holloway', grace);
  await story.phones('Ture Almgren', grace);
  setTime('11:15');
  await story.asks('Nora Lindqvist', story.place(3, '08:30'));
  setTime('11:40');
  await story.asks('Ahmed Saleh', story.place(7, '11:00'));
  await story.goesOn('11:46');
  setTime('11:47');
  await clinic().line.heal();
  for (const name of ['Ida Backlund', 'Sofia Petrov', 'Ahmed Saleh']) await becomes(name, 'confirmed');
  for (const name of ['Priya Raman', 'Grace Holloway']) await becomes(name, 'not_possible');
  await clinic().stands('live');
  await pictures(
    clinic(),
    'ledger',
    async ({ page }) => {
      await page.keyboard.press('r');
      await page.getByRole('tab').nth(2).click();
      await page.locator('tr[data-row]').nth(5).waitFor();
    },
    { looks: ['swedish', 'least'] },
  );
  await pictures(clinic(), 'all-requests', async ({ page }) => {
    await page.keyboard.press('r');
    await page.getByRole('tab').nth(1).click();
    await page.locator('tr[data-row]').nth(5).waitFor();
  });
  await pictures(
    clinic(),
    'since',
    async ({ page }) => {
      await page.locator('dialog[open] [data-row]').first().waitFor();
    },
    { looks: ['swedish', 'least'], seen },
  );
  await pictures(
    clinic(),
    'connection',
    async ({ page }) => {
      await page.locator('header [aria-haspopup="dialog"][aria-expanded]').last().click();
      await page.locator('dialog[open] summary').click();
    },
    { looks: ['swedish', 'least'] },
  );

  const filling = await asked();
  await pictures(
    clinic(),
    'requests',
    async ({ page }) => {
      await page.keyboard.press('r');
      await page.locator('.held tr[data-row]').first().waitFor();
    },
    { looks: ['swedish', 'least'] },
  );
  await pictures(clinic(), 'decline', async ({ page }) => {
    await page.keyboard.press('r');
    await page.locator('tr[data-row]').first().focus();
    await page.keyboard.press('d');
    await page.locator('dialog[open]').waitFor();
  });
  await pictures(
    clinic(),
    'being-booked',
    async (screen) => {
      for (let day = DAY; day < filling.start.slice(0, 10); day = later(day, 1))
        await screen.press('Control+ArrowRight');
      await screen.page.locator('.board [data-online="filling"]').waitFor();
      await screen.page.locator('.strip [role="status"]').waitFor();
    },
    { looks: ['swedish', 'least'] },
  );
});

/**
 * The clinic asks its staff, and two patients do not wait for long. Then
 * central's clock goes wrong: nothing is put before the desk until it is set
 * right, and the desk sees what is held meanwhile. Answers a place whose form
 * somebody is filling in.
 */
async function asked() {
  setTime('11:52');
  await clinic().call('online_rule', { ask_staff: true, limit_minutes: 120 });
  await story.look();
  await story.asks('Åsa Wikström', story.place(1, '10:00'), {
    phone: '070-123 45 67',
    note: 'Prefers Amira',
  });
  setTime('11:54');
  await story.asks('Peter Lund', story.place(2, '13:00'), {
    phone: '073-555 01 02',
  });
  await eventually(async () => {
    const { asked } = await clinic().call('requests', null);
    if (asked.length < 2) throw new Error(`${asked.length} wait`);
  });
  await clinic().line.cut();
  await clinic().central.stands(clinic().id, 'offline');
  setTime('12:56', CENTRAL);
  await clinic().line.heal();
  await eventually(async () => {
    const { clocks_apart_minutes } = await clinic().call('connection', null);
    if (clocks_apart_minutes === null) throw new Error('the clocks are said to agree');
  });
  await story.asks('William Ashford', story.place(1, '09:00'));
  await story.asks('Maj Roos', story.place(1, '15:00'));
  const filling = story.place(1, '13:00', clinic().kindOnline.name);
  await clinic().hold(filling);
  return filling;
}
