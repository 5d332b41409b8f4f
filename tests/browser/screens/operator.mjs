// Central's page for its operator: a clinic that is live, one whose desk is
// gone while patients ask, one that awaits its desk, and a mail nobody takes.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Central } from '../harness/central.mjs';
import { Clinic } from '../harness/clinic.mjs';
import { eventually } from '../harness/eventually.mjs';
import { Screen } from '../harness/screen.mjs';
import { Central as Page, later } from '../../../scripts/online/ask.mjs';
import { keep } from './pictures.mjs';
import { DAY, setTime } from './time.mjs';

/** The mail server of central's own tests, to which `whom` is nobody; answers its port, and how to end it. */
async function postWithout(whom) {
  const program = fileURLToPath(new URL('../../../crates/central/tests/mails/server.py', import.meta.url));
  // Debian's own, which has the package.
  const server = spawn('/usr/bin/python3', [program, '0', 'refuses', whom], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(server, 'exit');
  // Where it listens is the first it says; what it sees then is heard and forgotten.
  const said = once(createInterface({ input: server.stdout }), 'line');
  const [line] = await Promise.race([
    said,
    ended.then(([code]) => Promise.reject(new Error(`the mail server ended with ${code}`))),
  ]);
  const { port } = JSON.parse(line);
  const end = async () => {
    server.kill();
    await ended;
  };
  return { port, end };
}

async function paired(central, name) {
  const code = await central.addClinic(name);
  const clinic = await Clinic.today();
  await clinic.call('pair_with', { address: central.url, code });
  await eventually(async () => {
    const { state } = await clinic.call('connection', null);
    if (state !== 'live') throw new Error(`the desk of ${name} is ${state}`);
  });
  return clinic;
}

test('the operator’s page', { timeout: 120_000 }, async (t) => {
  setTime('09:02');
  const mail = await postWithout('bo@');
  t.after(() => mail.end());
  const central = await Central.begin({
    operator: true,
    words: ['--smtp', `smtp://127.0.0.1:${mail.port}`, '--mail-from', 'Clinics <bookings@example.org>'],
  });
  t.after(() => central.remove());
  const live = await paired(central, 'Vasa tandvård');
  t.after(() => live.remove());
  const gone = await paired(central, 'Tandhuset Linné');
  t.after(() => gone.remove());
  await central.addClinic('Majornas tandläkare');
  await gone.stop();
  const page = new Page(central.url);
  const { clinics } = await page.get('/api/v1/clinics').then((all) => ({ clinics: all }));
  const linne = clinics.find(({ name }) => name === 'Tandhuset Linné');
  await page.stands(linne.id, 'offline');
  const [kind] = (await page.clinic(linne.id)).kinds;
  const days = await page.days(linne.id, kind.id, later(DAY, 1), 5);
  const slots = days.flatMap((day) => day.slots).filter(({ state }) => state !== 'taken');
  for (const [at, name] of ['anna', 'bo', 'cilla'].entries()) {
    setTime(`09:${10 + 9 * at}`);
    await page.book(linne.id, slots[at * 3].slot, kind.id, `${name}@example.org`, { given: name });
  }
  setTime('10:22');
  for (const [look, how] of Object.entries({
    light: { colorScheme: 'light', size: { width: 1280, height: 800 } },
    dark: { colorScheme: 'dark', size: { width: 1280, height: 800 } },
    large: { colorScheme: 'light', size: { width: 1920, height: 1080 } },
    swedish: { colorScheme: 'light', size: { width: 1280, height: 800 }, locale: 'sv-SE' },
    least: { colorScheme: 'light', size: { width: 960, height: 540 } },
  })) {
    const { page: shown, context } = await Screen.blank(how);
    await eventually(async () => {
      await shown.goto(central.operatorUrl);
      // Both that were taken have left, and the third came back.
      assert.equal(await shown.locator('#mails tbody tr').count(), 1);
    });
    await keep(shown, 'operator', look, { whole: look !== 'least' });
    await context.close();
  }
});
