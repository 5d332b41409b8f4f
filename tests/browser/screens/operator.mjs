// Central's page for its operator: a clinic that is live, one whose desk is
// gone while patients ask, one that awaits its desk, and mails nobody takes.

import { createServer } from 'node:net';
import { once } from 'node:events';
import { test } from 'node:test';
import { Central } from '../harness/central.mjs';
import { Clinic } from '../harness/clinic.mjs';
import { eventually } from '../harness/eventually.mjs';
import { Screen } from '../harness/screen.mjs';
import { Central as Page, later } from '../../../scripts/online/ask.mjs';
import { keep } from './pictures.mjs';
import { DAY, setTime } from './time.mjs';

/** A mail server that takes nobody's mail. */
async function refusing() {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.end('554 no mail is taken here\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
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
  const mail = await refusing();
  t.after(() => mail.close());
  const central = await Central.begin({
    operator: true,
    words: [
      '--smtp',
      `smtps://127.0.0.1:${mail.address().port}`,
      '--mail-from',
      'Clinics <bookings@example.org>',
    ],
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
    await shown.goto(central.operatorUrl);
    await keep(shown, 'operator', look);
    await context.close();
  }
});
