// A desk that was brought back from an older backup while central knows better.

import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { later } from '../../../scripts/online/ask.mjs';
import { eventually } from '../harness/eventually.mjs';
import { pictures } from './pictures.mjs';
import { Story } from './story.mjs';
import { DAY, setTime } from './time.mjs';

let story;
before(async () => {
  story = await Story.begin('08:40');
});
after(() => story?.end());

const TOMORROW = later(DAY, 1);
const accept = { warnings: [], overbook_reason: null };
const clinic = () => story.clinic;

/** Visits of tomorrow that nothing was done about yet. */
async function tomorrow() {
  const { visits } = await clinic().day(TOMORROW);
  return visits.filter(({ status }) => status === 'booked');
}

/** Books somebody the clinic knows. */
async function books({ patient }, { practitioner, start, minutes, kind }) {
  const wish = {
    patient: patient.id,
    practitioner,
    chair: null,
    kind: kind.id,
    start,
    minutes,
  };
  return clinic().call('book_visit', {
    id: randomUUID(),
    wish,
    new_patient: null,
    note: '',
    source: 'phone',
    accept: { warnings: ['patient-elsewhere'], overbook_reason: null },
  });
}

/** What happens once more after the backup, and is not in it. */
async function afterTheBackup([first, second, third]) {
  setTime('09:15');
  await story.moves(first, story.place(1, '13:00'));
  setTime('09:20');
  const { id, version } = second;
  await clinic().call('cancel_visit', {
    id,
    version,
    by: 'patient',
    reason: 'Travelling for work',
  });
  setTime('09:32');
  const place = story.place(2, '10:00');
  await books(third, place);
  await books(second, story.place(3, '09:00'));
  await eventually(async () => {
    const { unsent } = await clinic().call('connection', null);
    if (unsent > 0) throw new Error(`${unsent} changes aren't sent`);
  });
  return place;
}

test('conflicts', { timeout: 300_000 }, async () => {
  await pictures(clinic(), 'no-conflicts', conflictsPage, { looks: ['least'] });
  const visits = await tomorrow();
  await clinic().backUp();
  await clinic().stands('live');
  await story.look();
  const place = await afterTheBackup(visits);
  await clinic().line.cut();
  await clinic().restore();
  setTime('10:05');
  const [first] = await tomorrow();
  await story.moves(first, story.place(2, '14:00'));
  await story.phones('Kerstin Alm', place);
  setTime('10:20');
  await clinic().line.heal();
  await clinic().stands('live');
  await eventually(async () => {
    const all = await clinic().call('conflicts', null);
    if (all.length < 2) throw new Error(`${all.length} conflicts`);
    console.log(all.map(({ kind, patient, choices }) => `${kind} ${patient.name} ${choices}`).join('\n'));
  });
  await pictures(clinic(), 'conflict', conflictsPage, {
    looks: ['swedish', 'least'],
  });
  await pictures(clinic(), 'conflict-second', async (screen) => {
    await conflictsPage(screen);
    await screen.press('ArrowDown');
  });
  const [conflict] = await clinic().call('conflicts', null);
  await clinic().call('settle_conflict', {
    id: conflict.id,
    choice: conflict.choices[0],
  });
  await pictures(clinic(), 'conflict-settled', async (screen) => {
    await conflictsPage(screen);
    await screen.press('End');
  });
});

async function conflictsPage({ page }) {
  await page.keyboard.press('c');
  await page.locator('tr[data-row], .list svg').first().waitFor();
}
