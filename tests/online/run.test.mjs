// `make run`, as a person runs it at a desktop: what it prints works, a killed
// run is in nobody's way, and nothing is left of one that was ended.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { until } from '../../scripts/online/ask.mjs';

const RUN = fileURLToPath(new URL('../../scripts/online/run.mjs', import.meta.url));

/** A display in memory, on a number it finds free itself. */
async function display(t) {
  const server = spawn('Xvfb', ['-displayfd', '1', '-screen', '0', '1440x900x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  t.after(() => server.kill());
  const [number] = await once(server.stdout, 'data');
  return `:${String(number).trim()}`;
}

/** Starts a run; `said` is what it has said so far. */
function begin(t, folder, on) {
  const env = { ...process.env, DISPLAY: on, WAYLAND_DISPLAY: '', GDK_BACKEND: 'x11', NO_AT_BRIDGE: '1' };
  env.WEBKIT_DISABLE_DMABUF_RENDERER = '1';
  env.XDG_CONFIG_HOME = join(folder, 'config');
  // Never the one of whoever runs the tests.
  env.DBUS_SESSION_BUS_ADDRESS = 'disabled:';
  const child = spawn(process.execPath, [RUN, join(folder, 'demo')], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const run = { process: child, said: '' };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (more) => (run.said += more));
  t.after(() => child.kill('SIGTERM'));
  return run;
}

async function ready(run) {
  await until('the run says how to try an outage', () => {
    if (run.process.exitCode !== null) assert.fail(run.said);
    return run.said.includes('Try an outage');
  });
}

/** The processes that have to do with a folder, by what they were started with. */
async function processesOf(folder) {
  const found = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const read = (what) => readFile(`/proc/${pid}/${what}`, 'utf8').catch(() => '');
    const words = `${await read('cmdline')} ${await read('environ')}`;
    if (words.includes(join(folder, 'demo')) && Number(pid) !== process.pid) found.push(pid);
  }
  return found;
}

test('a_run_is_online_books_as_it_says_and_survives_a_kill', { timeout: 240_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'chairside-run-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const on = await display(t);

  const first = begin(t, folder, on);
  await ready(first);
  const [line] = first.said.match(/curl -X POST [^]*?'\{.*\}'/);
  const { stdout } = await promisify(execFile)('sh', ['-c', line]);
  const booking = JSON.parse(stdout);
  assert.ok(['received', 'confirmed'].includes(booking.outcome), stdout);
  const mails = first.said.match(/Mails to patients land in (.*)/)[1];
  await until('a mail says so', async () => {
    const files = await readdir(mails).catch(() => []);
    const texts = await Promise.all(files.map((file) => readFile(join(mails, file), 'utf8')));
    return texts.some((text) => /^Subject: Confirmed/m.test(text));
  });

  first.process.kill('SIGKILL');
  await until('nothing of the killed run is left', async () => (await processesOf(folder)).length === 0);

  const second = begin(t, folder, on);
  await ready(second);
  assert.doesNotMatch(second.said, /Making a demo clinic/, 'it goes on with what there is');
  const ended = once(second.process, 'exit');
  second.process.kill('SIGINT');
  assert.deepEqual(await ended, [0, null], second.said);
  assert.match(second.said, /Central has ended\./);
  // Web processes end a moment after their window.
  await until('nothing is left of it', async () => (await processesOf(folder)).length === 0);
});
