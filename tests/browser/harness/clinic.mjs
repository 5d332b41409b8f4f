// A clinic in a folder of its own, served by the real `chairside-clinic`.

import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The program that is tried; `scripts/browser` says where it is. */
const PROGRAM = process.env.CHAIRSIDE_CLINIC ?? 'chairside-clinic';
const SCREENS = fileURLToPath(new URL('../../../ui/dist', import.meta.url));

/** The time it is in every test: a Tuesday morning. */
export const NOW = '2026-11-24T10:22';
/** The day of [`NOW`]. */
export const TODAY = '2026-11-24';
/** A Tuesday on which the demo has no visits, so that a test knows every one. */
export const QUIET_DAY = '2027-02-09';

/** How long a server may take to say where it listens, in ms. */
const START_DEADLINE_MS = 15_000;

/** What a command refused, with its code. */
export class Refused extends Error {
  constructor(command, problem) {
    super(`${command}: ${problem.code}`);
    this.problem = problem;
  }
}

/** A clinic on disk and the server in front of it. */
export class Clinic {
  #folder;
  /** What the desk's clock says; `null`: the machine's own. */
  #now;
  #server = null;
  #said = '';
  /** Where the screens are, with the token. */
  url = '';
  /** The clinic as it answers: people, kinds, hours. */
  view = null;

  constructor(folder, now = NOW) {
    this.#folder = folder;
    this.#now = now;
  }

  /** The demo clinic, in the middle of a busy morning. */
  static async demo() {
    const clinic = new Clinic(await mkdtemp(join(tmpdir(), 'chairside-browser-')));
    return clinic.#begin(() => clinic.run('demo', '--now', NOW));
  }

  /** The demo clinic by the machine's own clock: others than the desk have clocks too. */
  static async today() {
    const clinic = new Clinic(await mkdtemp(join(tmpdir(), 'chairside-browser-')), null);
    return clinic.#begin(() => clinic.run('demo'));
  }

  /** A clinic made by importing `tables`: text by file name. */
  static async imported(tables) {
    const clinic = new Clinic(await mkdtemp(join(tmpdir(), 'chairside-browser-')));
    return clinic.#begin(async () => {
      const exported = join(clinic.#folder, 'export');
      await mkdir(exported);
      await writeFile(clinic.#keyFile, `${'5a'.repeat(32)}\n`, { mode: 0o600 });
      for (const [name, text] of Object.entries(tables)) await writeFile(join(exported, name), text);
      await clinic.run('import', exported);
    });
  }

  get #data() {
    return join(this.#folder, 'clinic');
  }

  get #keyFile() {
    return join(this.#folder, 'clinic.key');
  }

  async #begin(make) {
    try {
      await make();
      await this.serve();
      return this;
    } catch (error) {
      await this.remove();
      throw error;
    }
  }

  /** Runs a command of the program on this clinic; answers its document. */
  async run(...words) {
    const place = ['--data', this.#data, '--key-file', this.#keyFile, '--json'];
    const { stdout } = await run(PROGRAM, [...words, ...place]);
    return stdout.trim() === '' ? null : JSON.parse(stdout);
  }

  /** Starts the server, on a port that is free. */
  async serve() {
    const words = ['serve', '--http', '127.0.0.1:0', '--ui', SCREENS];
    if (this.#now !== null) words.push('--now', this.#now);
    const place = ['--data', this.#data, '--key-file', this.#keyFile, '--json'];
    const server = spawn(PROGRAM, [...words, ...place], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#server = server;
    this.#said = '';
    server.stderr.on('data', (bytes) => (this.#said += bytes));
    this.url = await addressOf(server, () => this.#said);
    this.view = await this.call('clinic', null);
  }

  /** Tells the server to end, and waits until it has; pages may still be open. */
  async stop() {
    const code = await this.#end('SIGTERM');
    if (code !== null && code !== 0)
      throw new Error(`chairside-clinic serve ended with ${code}\n${this.#said}`);
  }

  /** Ends the server as a power cut does. */
  async kill() {
    await this.#end('SIGKILL');
  }

  async #end(signal) {
    const server = this.#server;
    this.#server = null;
    if (server === null || server.exitCode !== null || server.signalCode !== null) return null;
    server.kill(signal);
    const [code] = await once(server, 'exit');
    return code;
  }

  /** Keeps a copy of the clinic as it is, as a backup does. */
  async backUp() {
    await this.stop();
    await cp(this.#data, join(this.#folder, 'backup'), { recursive: true });
    await this.serve();
  }

  /** Goes back to the copy; what happened since is gone. */
  async restore() {
    await this.stop();
    await rm(this.#data, { recursive: true });
    await cp(join(this.#folder, 'backup'), this.#data, { recursive: true });
    await this.serve();
  }

  /** Ends the server and removes the folder. */
  async remove() {
    try {
      await this.stop();
    } finally {
      await rm(this.#folder, { recursive: true, force: true });
    }
  }

  /** A command, as another desk would send it. */
  async call(name, args) {
    const { origin, hash } = new URL(this.url);
    const response = await fetch(`${origin}/api/${name}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${hash.slice('#token='.length)}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(args),
    });
    const answer = await response.json();
    if (!response.ok) throw new Refused(name, answer);
    return answer;
  }

  /** A day as the store has it. */
  async day(date = TODAY) {
    return this.call('day_board', { date });
  }

  /** A visit as the store has it; `undefined` where there is none that day. */
  async visit(id, date = TODAY) {
    return (await this.day(date)).visits.find((visit) => visit.id === id);
  }

  practitioner(name) {
    return named(this.view.practitioners, name);
  }

  kind(name) {
    return named(this.view.kinds, name);
  }

  /** Books somebody new, as another desk would; answers the visit. */
  async book({ given, family, at, day = QUIET_DAY, with: whom, minutes = 30, kind, note = '' }) {
    const { visit } = await this.call('book_visit', {
      id: randomUUID(),
      wish: {
        patient: null,
        practitioner: this.practitioner(whom).id,
        chair: null,
        kind: this.kind(kind ?? 'Examination').id,
        start: `${day}T${at}:00`,
        minutes,
      },
      new_patient: { given, family, birth: '1980-05-17', personnummer: '', phone: '', email: '' },
      note,
      source: 'phone',
      accept: { warnings: [], overbook_reason: null },
    });
    return visit;
  }
}

function named(list, name) {
  const found = list.find((one) => one.name === name);
  if (!found) throw new Error(`nothing here is called ${name}: ${list.map((one) => one.name).join(', ')}`);
  return found;
}

/** Where a starting server listens. */
async function addressOf(server, complaints) {
  const deadline = AbortSignal.timeout(START_DEADLINE_MS);
  let text = '';
  const failed = (why) => new Error(`chairside-clinic serve ${why}\n${text}${complaints()}`);
  return new Promise((listening, refuse) => {
    deadline.addEventListener('abort', () => refuse(failed('does not say where it listens')));
    server.once('error', refuse);
    server.once('exit', (code) => refuse(failed(`ended with ${code}`)));
    server.stdout.setEncoding('utf8').on('data', (more) => {
      text += more;
      // One JSON document; it is whole once it can be read.
      if (text.trimEnd().endsWith('}')) listening(JSON.parse(text).url);
    });
  });
}
