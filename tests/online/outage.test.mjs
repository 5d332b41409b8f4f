// `make outage`, as a person runs it: with programs, folders and ports of its own.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { House, begin, stop } from '../../scripts/online/house.mjs';
import { FarLine, Line } from '../../scripts/online/line.mjs';
import { until } from '../../scripts/online/ask.mjs';

const OUTAGE = fileURLToPath(new URL('../../scripts/online/outage.mjs', import.meta.url));

/** Runs the story; answers its exit code and what it said. */
async function told(words = [], env = {}) {
  const stdio = ['ignore', 'pipe', 'pipe'];
  const story = spawn(process.execPath, [OUTAGE, ...words], { stdio, env: { ...process.env, ...env } });
  let said = '';
  for (const stream of [story.stdout, story.stderr]) stream.on('data', (more) => (said += more));
  const [code] = await once(story, 'exit');
  return { code, said };
}

test('an_outage_is_told_from_the_answers_of_both_sides', { timeout: 180_000 }, async () => {
  const { code, said } = await told();
  assert.equal(code, 0, said);
  for (const sentence of [
    /The desk says Offline since \d\d:\d\d, and works on\. Central says Offline, too\./,
    /Bo reads "Held for you"/,
    /Bo reads "Confirmed by the clinic"/,
    /Cilla reads "Not possible": the time was taken\./,
    /mail: Held for you: /,
    /mail: Confirmed: /,
    /mail: Not possible: /,
    /The desk went through: Offline → .*Live, by itself/,
    /(\d+) of \1 days are proven equal/,
    /Of 3 booked online: 2 confirmed, 1 not possible; none lost, none double\./,
  ]) {
    assert.match(said, sentence);
  }
});

test('a_sentence_that_is_not_so_ends_the_story_with_an_error', { timeout: 180_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'chairside-online-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const house = await House.open(folder);
  t.after(() => house.end());
  const { files } = house;
  const words = ['--json', 'serve', '--data', files.clinic, '--key-file', files.key];
  const desk = begin(process.env.CHAIRSIDE_CLINIC, words, { stdio: ['ignore', 'pipe', 'ignore'] });
  t.after(() => stop(desk));
  let said = '';
  desk.stdout.on('data', (more) => (said += more));
  const url = await until('the desk is there', () => said.trimEnd().endsWith('}') && JSON.parse(said).url);
  await writeFile(files.desk, url);
  // Somebody says that the line is cut, and it isn't.
  await house.line.end();
  await house.line.heal();
  const liar = createServer((asking) => asking.on('data', () => asking.write('cut\n'))).listen(files.line);
  await once(liar, 'listening');
  t.after(() => liar.close());
  const story = await told([folder], { CHAIRSIDE_PATIENCE: '5' });
  assert.equal(story.code, 1, story.said);
  assert.match(story.said, /This is not so: waited in vain until the desk says offline/);
  assert.doesNotMatch(story.said, /The desk says Offline/);
});

test('a_cut_line_carries_nothing_and_a_healed_one_does', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'chairside-line-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const echo = createServer((end) => end.on('error', () => end.destroy()).pipe(end)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  t.after(() => echo.close());
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const { port } = free.address();
  free.close();
  await once(free, 'close');
  const line = new Line(port, echo.address().port);
  await line.heal();
  const socket = join(folder, 'line.sock');
  await line.obey(socket);
  t.after(() => line.end());
  const far = new FarLine(socket);

  const end = connect(port, '127.0.0.1');
  end.write('before');
  const [heard] = await once(end, 'data');
  assert.equal(String(heard), 'before');
  // A torn line is an error at either end.
  const torn = once(end, 'error');
  await far.cut();
  await torn;
  await assert.rejects(once(connect(port, '127.0.0.1'), 'connect'), /ECONNREFUSED/);
  await far.cut();
  await far.heal();
  const again = connect(port, '127.0.0.1');
  t.after(() => again.destroy());
  again.write('after');
  const [told] = await once(again, 'data');
  assert.equal(String(told), 'after');
});
