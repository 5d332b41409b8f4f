// `make outage`: cuts the line between a desk and central, has visits booked on
// both sides, heals it, and tells in plain sentences what happens. Every
// sentence is checked against both sides before it is said; what isn't so ends
// the story with an error.
//
// `outage.mjs FOLDER` goes on in the house of a `make run` in that folder;
// `outage.mjs` alone runs one of its own, with a desk without a window.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Central, Desk, Mails, until } from './ask.mjs';
import { House, begin, filesOf, stop } from './house.mjs';
import { FarLine } from './line.mjs';
import { bookableKind, compare, freePlaces } from './places.mjs';

const CLINIC = process.env.CHAIRSIDE_CLINIC ?? 'chairside-clinic';

/** How patients read what became of a wish. */
const WORDS = { held: 'Held for you', confirmed: 'Confirmed by the clinic', not_possible: 'Not possible' };

/** How many days are compared place by place. */
const DAYS_COMPARED = 14;

const folder = process.argv[2];
const scene = folder === undefined ? await ownScene() : await runningScene(folder);
try {
  await story(scene);
} catch (error) {
  console.error(`\nThis is not so: ${error.message}`);
  process.exitCode = 1;
} finally {
  await scene.end();
}

/** The house of a `make run`: it stays, with its line healed. */
async function runningScene(folder) {
  const files = filesOf(folder);
  const kept = JSON.parse(await readFile(files.kept, 'utf8'));
  const line = new FarLine(files.line);
  return {
    desk: await Desk.told(files.desk),
    central: new Central(`http://127.0.0.1:${kept.http}`),
    mails: new Mails(files.mails),
    clinic: kept.clinic,
    line,
    end: () => line.heal(),
  };
}

/** A house of our own in a folder that goes with it, with a desk that has no window. */
async function ownScene() {
  const folder = await mkdtemp(join(tmpdir(), 'chairside-outage-'));
  const house = await House.open(folder, { say: (what) => console.log(`${what}.`) });
  const { files } = house;
  const words = ['--json', 'serve', '--data', files.clinic, '--key-file', files.key];
  const served = begin(CLINIC, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  served.stdout.setEncoding('utf8').on('data', (more) => (said += more));
  const end = async () => {
    await stop(served);
    await house.end();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const url = await until(
      'the desk says where it is',
      () => said.trimEnd().endsWith('}') && JSON.parse(said).url,
    );
    const { central, line } = house;
    return {
      desk: new Desk(url),
      central,
      mails: new Mails(files.mails),
      clinic: house.kept.clinic,
      line,
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

async function story({ desk, central, mails, clinic: id, line }) {
  // Addresses of this outage only: a house may see more than one.
  const run = Date.now().toString(36);
  const address = (name) => `${name}-${run}@example.org`;
  const say = (sentence = '') => console.log(sentence);
  const chapter = (title) => console.log(`\n== ${title}`);

  chapter('The line is whole');
  await desk.stands('live');
  const clinic = await central.stands(id, 'live');
  say(`The desk of ${clinic.name} says Live, and central says so, too.`);
  const kind = bookableKind(clinic);
  const [first, second, third] = await freePlaces(central, clinic, kind, 3);
  const place = ({ practitioner, start }) => {
    const who = clinic.practitioners.find((one) => one.id === practitioner)?.name ?? 'somebody';
    return `${start.slice(0, 10)} ${start.slice(11, 16)} with ${who}`;
  };

  let began = performance.now();
  const anna = await central.book(id, first.slot, kind.id, address('anna'), { given: 'Anna', family: 'Online' });
  await central.becomes(anna, 'confirmed');
  const took = Math.round(performance.now() - began);
  assert.ok(await desk.visitAt(first), 'the visit is on the board');
  say(`Anna books online: ${kind.name}, ${place(first)}.`);
  say(`She reads "${WORDS.confirmed}" after ${took} ms, and the visit is on the desk's board.`);

  chapter('The line is cut');
  await line.cut();
  const { since } = await desk.stands('offline');
  await central.stands(id, 'offline');
  say(`The desk says Offline since ${since.slice(11, 16)}, and works on. Central says Offline, too.`);
  const offered = await central.get(`/api/v1/clinics/${id}/slots/${second.slot}?kind=${kind.id}`);
  assert.equal(offered.state, 'offline');
  say('Patients see free times there as "clinic offline": a request will be held.');

  chapter('Both sides book');
  const bo = await central.book(id, second.slot, kind.id, address('bo'), { given: 'Bo', family: 'Online' });
  const cilla = await central.book(id, third.slot, kind.id, address('cilla'), { given: 'Cilla', family: 'Online' });
  for (const [name, booking, slot] of [
    ['Bo', bo, second],
    ['Cilla', cilla, third],
  ]) {
    await central.becomes(booking, 'held');
    say(`${name} books online: ${place(slot)}. ${name} reads "${WORDS.held}": it is not confirmed yet.`);
    say(`  mail: ${await mails.arrives(address(name.toLowerCase()), 'Held for you')}`);
  }
  began = performance.now();
  const dagny = { given: 'Dagny', family: `Exempel ${run}`, birth: '1961-02-14' };
  const { visit } = await desk.book(third, kind.id, dagny);
  say(`Meanwhile Dagny calls, and the desk books her for Cilla's time: ${place(third)}.`);
  say(`That stands after ${Math.round(performance.now() - began)} ms; the desk asks nobody.`);
  assert.equal((await desk.visitAt(third))?.id, visit.id);
  const { unsent } = await desk.call('connection');
  assert.ok(unsent >= 1, `${unsent} changes wait at the desk`);
  assert.equal((await central.booking(cilla)).outcome, 'held');
  say(`Changes that wait at the desk: ${unsent}. Central knows nothing of them; Cilla's wish is held still.`);

  chapter('The line is whole again');
  began = performance.now();
  await line.heal();
  await desk.stands('live');
  await central.stands(id, 'live');
  const healed = (performance.now() - began) / 1000;
  const { spells } = await desk.call('connection');
  const way = spells.slice(0, spells.findIndex(({ state }) => state === 'offline') + 1).toReversed();
  assert.equal(way.at(-1)?.state, 'live');
  say(
    `The desk went through: ${way.map(({ state }) => sentence(state)).join(' → ')}, by itself, in ${healed.toFixed(1)} s.`,
  );

  const yes = await central.becomes(bo, 'confirmed');
  say(`Bo reads "${WORDS.confirmed}": ${place(second)}.`);
  assert.ok(await desk.visitAt(second), "Bo's visit is on the board");
  say(`  mail: ${await mails.arrives(address('bo'), 'Confirmed')}`);
  const no = await central.becomes(cilla, 'not_possible');
  const [asked] = no.requests;
  assert.equal(asked.reason, 'taken');
  assert.equal(asked.alternatives.length, 3, 'three alternatives are offered');
  say(`Cilla reads "${WORDS.not_possible}": the time was taken. Instead she is offered:`);
  for (const other of asked.alternatives) say(`  ${place(other)}`);
  say(`  mail: ${await mails.arrives(address('cilla'), 'Not possible')}`);
  assert.equal((await desk.visitAt(third))?.id, visit.id);
  say("Dagny's visit stands where the desk booked it.");

  chapter('Both sides, day by day');
  const proven = await until('every day is proven equal', async () => {
    const { days, unsent } = await desk.call('connection');
    return unsent === 0 && days.every((day) => day.equal) && days;
  });
  const compared = await compare(desk, central, clinic, kind, DAYS_COMPARED);
  for (const { date, places, differing } of compared) {
    assert.deepEqual(differing, [], `both sides offer the same on ${date}`);
    const { visits } = await desk.call('day_board', { date });
    const standing = visits.filter(({ status }) => status !== 'cancelled').length;
    say(
      `  ${date}: ${String(standing).padStart(2)} visits at the desk; ${places} times online, each as the desk has it`,
    );
  }
  say(
    `${proven.length} of ${proven.length} days are proven equal, from rows, by digest; nothing waits to be sent.`,
  );

  const outcomes = await Promise.all([anna, bo, cilla].map((booking) => central.booking(booking)));
  const count = (outcome) => outcomes.filter((booking) => booking.outcome === outcome).length;
  assert.deepEqual([count('confirmed'), count('not_possible')], [2, 1]);
  assert.equal(yes.outcome, 'confirmed');
  say(
    `\nOf 3 booked online: ${count('confirmed')} confirmed, ${count('not_possible')} not possible; none lost, none double.`,
  );
}

function sentence(state) {
  const words = state.replaceAll('_', ' ');
  return words[0].toUpperCase() + words.slice(1);
}
