// `make run`: central, the wire, and the window on the paired demo clinic,
// until the window's application ends. `run.mjs FOLDER [PICTURE]`: with a
// picture it is opened on a display in memory, and closed once it was taken.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Desk, until } from './ask.mjs';
import { House, begin } from './house.mjs';
import { firstFree, bookableKind } from './places.mjs';
import { seal } from './seal.mjs';

const WINDOW = process.env.CHAIRSIDE_WINDOW ?? 'chairside';

const [folder, picture] = process.argv.slice(2);
const house = await House.open(folder, { usualPorts: true, say: (what) => console.log(`\n== ${what}`) });
const { files, central, kept } = house;
const env = { CHAIRSIDE_DATA: files.clinic, CHAIRSIDE_KEY_FILE: files.key, CHAIRSIDE_ANSWER: files.desk };

let told = null;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => ((told ??= signal), application?.kill('SIGTERM')));
let application = null;
let code = 1;
try {
  code = picture === undefined ? await withWindow() : await withPicture();
} catch (error) {
  console.error(error.message);
} finally {
  await house.end();
  console.log('Central has ended.');
}
process.exitCode = code;

async function withWindow() {
  console.log('\n== Opening the window');
  application = begin(WINDOW, [], { env, stdio: ['ignore', 'inherit', 'inherit'] });
  const ended = once(application, 'exit');
  await Promise.race([online(), ended]);
  if (application.exitCode === null) await introduce();
  await ended;
  return told === null ? (application.exitCode ?? 1) : 0;
}

async function withPicture() {
  console.log('\n== No display: opening the window under Xvfb');
  // The picture is taken once the line is proven, and standing still.
  const taking = spawn(
    'scripts/picture',
    [picture, '1440x900', process.execPath, import.meta.dirname + '/live.mjs', files.desk],
    {
      env: { ...process.env, ...env },
      stdio: 'inherit',
    },
  );
  application = taking;
  const ended = once(taking, 'exit');
  await Promise.race([online(), ended]);
  if (taking.exitCode === null) await introduce();
  const [code] = await ended;
  if (code === 0) console.log(`Screenshot: ${picture}`);
  return code ?? 1;
}

/** Waits until the desk in the window is live at central. */
async function online() {
  const desk = await until('the window tells where its desk answers', () => Desk.told(files.desk));
  await desk.stands('live');
  await central.stands(kept.clinic, 'live');
}

async function introduce() {
  const clinic = await central.clinic(kept.clinic);
  const kind = bookableKind(clinic);
  const slot = await firstFree(central, clinic, kind);
  const secret = '5a'.repeat(32);
  const wish = {
    clinic: clinic.id,
    slot: slot.slot,
    kind: kind.id,
    language: 'en',
    contact: 'you@example.org',
    sealed: seal(clinic.id, { given: 'Yrsa', family: 'Online', phone: '070-000 00 01', note: 'Asked with curl' }),
  };
  console.log(`
The desk of ${clinic.name} is Live at central: ${central.url}

  Book online, ${kind.name} ${slot.start.replace('T', ' ').slice(0, 16)}:

    curl -X POST ${central.url}/api/v1/bookings -H 'Idempotency-Key: first' \\
      -H 'Booking-Secret: ${secret}' \\
      -d '${JSON.stringify(wish)}'

  Mails to patients land in ${files.mails}
  Try an outage, from another terminal:  make outage`);
  if (picture === undefined) {
    console.log(`
Closing the window leaves the desk running, so that the clinic stays online; Quit
in the tray, or Ctrl+C here, ends it, and central with it.`);
  } else {
    console.log('\nWith a display all of it stays until you end it; here it ends with the picture.');
  }
}
