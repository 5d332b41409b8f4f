// A clinic that takes online bookings, in one folder: the demo clinic, a
// central service, and the wire between them, which can be cut.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, closeSync } from 'node:fs';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Central, until } from './ask.mjs';
import { Line } from './line.mjs';

const run = promisify(execFile);

/** The programs; the scripts that start us say where they are. */
const CLINIC = process.env.CHAIRSIDE_CLINIC ?? 'chairside-clinic';
const CENTRAL = process.env.CHAIRSIDE_CENTRAL_PROGRAM ?? 'chairside-central';

/** Ports that are taken if they are free: central's own, and where its broker usually is. */
const USUAL_PORTS = { http: 7480, line: 7483 };

/** A demo's day is full around the hour it was made in: an older one is made anew, in ms. */
const FRESH_MS = 60 * 60 * 1000;

/** How long a program that was told to end may take, in ms. */
const END_MS = 15_000;

/** What lies in the folder, and is thrown away where it is made anew. */
const KEPT = 'online.json';
const OURS = [
  KEPT,
  'made',
  'clinic',
  'clinic.key',
  'central',
  'central.log',
  'mails',
  'line.sock',
  'desk.url',
];

/** The files of a house, by what they are. */
export function filesOf(folder) {
  const at = (name) => join(folder, name);
  return {
    kept: at(KEPT),
    clinic: at('clinic'),
    key: at('clinic.key'),
    central: at('central'),
    log: at('central.log'),
    mails: at('mails'),
    line: at('line.sock'),
    desk: at('desk.url'),
  };
}

/** Everything that runs but the desk itself. */
export class House {
  #central = null;

  constructor(folder, line, kept) {
    this.files = filesOf(folder);
    this.line = line;
    /** The clinic's id, and the ports. */
    this.kept = kept;
    this.central = new Central(`http://127.0.0.1:${kept.http}`);
  }

  /**
   * The house in a folder; made anew unless it was made within the hour and
   * its ports are free. `usualPorts`: those people know are taken where they can be.
   */
  static async open(folder, { usualPorts = false, say = () => {} } = {}) {
    await mkdir(folder, { recursive: true });
    const files = filesOf(folder);
    let kept = await keptOf(files);
    if (kept === null) {
      say('Making a demo clinic');
      for (const name of OURS) await rm(join(folder, name), { recursive: true, force: true });
      kept = await ports(usualPorts);
      await run(CLINIC, ['demo', '--data', files.clinic, '--key-file', files.key], { env: plain() });
    }
    // Addresses of a run that was killed lead nowhere.
    await rm(files.desk, { force: true });
    const broker = await freePort();
    const line = new Line(kept.line, broker);
    await line.heal();
    const house = new House(folder, line, kept);
    try {
      await line.obey(files.line);
      await house.#serve(broker);
      if (kept.clinic === undefined) {
        say('Pairing it with central');
        await house.#pair();
      }
    } catch (error) {
      await house.end();
      throw error;
    }
    return house;
  }

  /** Starts central, and waits until it is ready. */
  async #serve(broker) {
    const { http } = this.kept;
    const words = ['serve', '--data', this.files.central, '--mail-dir', this.files.mails];
    words.push('--listen', `127.0.0.1:${http}`, '--mqtt-listen', `127.0.0.1:${broker}`);
    const log = openSync(this.files.log, 'a');
    const central = begin(CENTRAL, words, { stdio: ['ignore', 'ignore', log] });
    closeSync(log);
    this.#central = central;
    await until('central is ready', async () => {
      if (central.exitCode !== null) return true;
      return (await fetch(`${this.central.url}/readyz`)).ok;
    });
    if (central.exitCode !== null) throw new Error(`central ended by itself; see ${this.files.log}`);
  }

  /** Adds the clinic at central, and pairs its desk by the code. */
  async #pair() {
    const place = ['--data', this.files.clinic, '--key-file', this.files.key];
    const status = JSON.parse((await run(CLINIC, ['status', '--json', ...place], { env: plain() })).stdout);
    const facts = join(this.files.central, 'facts.json');
    await writeFile(facts, '{}');
    const add = ['clinic', 'add', status.clinic, '--facts', facts, '--data', this.files.central, '--json'];
    const { code } = JSON.parse((await run(CENTRAL, add, { env: plain() })).stdout);
    const wire = `mqtts://127.0.0.1:${this.kept.line}`;
    // Arguments can be read by everybody on this machine.
    const env = { ...plain(), CHAIRSIDE_CENTRAL: this.central.url, CHAIRSIDE_CODE: code };
    await run(CLINIC, ['pair', '--broker', wire, ...place], { env });
    const [clinic] = await this.central.get('/api/v1/clinics');
    this.kept.clinic = clinic.id;
    // Last of all: what was begun and not ended is made anew.
    await writeFile(this.files.kept, JSON.stringify(this.kept));
  }

  /** Central's process, so long as it runs. */
  get pid() {
    return this.#central?.pid;
  }

  /** Ends central, by its process id, and the wire. */
  async end() {
    const central = this.#central;
    this.#central = null;
    if (central !== null) await stop(central);
    await this.line.end();
    await rm(this.files.line, { force: true });
  }
}

/** Starts a program that ends with us, however we end, and that Ctrl+C at our terminal doesn't reach. */
export function begin(program, words, options = {}) {
  const env = { ...plain(), ...options.env };
  const tied = existsSync('/usr/bin/setpriv');
  const [first, all] = tied
    ? ['/usr/bin/setpriv', ['--pdeathsig', 'TERM', program, ...words]]
    : [program, words];
  return spawn(first, all, { detached: true, ...options, env });
}

/** Tells a program to end, and waits until it has; answers its exit code, `null` where it was killed. */
export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), END_MS);
  const [code] = await ended;
  clearTimeout(late);
  return code;
}

/** The environment without what somebody set for a desk or a central of their own. */
export function plain() {
  const ours = (name) => name.startsWith('CHAIRSIDE_') && name !== 'CHAIRSIDE_LOG';
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours(name)));
}

/** What an earlier run left, if it may be gone on with. */
async function keptOf(files) {
  try {
    const { mtimeMs } = await stat(files.kept);
    if (Date.now() - mtimeMs > FRESH_MS) return null;
    const kept = JSON.parse(await readFile(files.kept, 'utf8'));
    return (await isFree(kept.http)) && (await isFree(kept.line)) ? kept : null;
  } catch {
    // None was left, or none that can be read: as good as nothing.
    return null;
  }
}

async function ports(usual) {
  const { http, line } = USUAL_PORTS;
  if (usual && (await isFree(http)) && (await isFree(line))) return { http, line };
  return { http: await freePort(), line: await freePort() };
}

async function listening(port) {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  const taken = server.address().port;
  server.close();
  await once(server, 'close');
  return taken;
}

const freePort = () => listening(0);

async function isFree(port) {
  try {
    await listening(port);
    return true;
  } catch {
    return false;
  }
}
