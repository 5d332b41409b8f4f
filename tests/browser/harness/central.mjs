// The real `chairside-central`, in a folder of its own, for desks to be paired with.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from './eventually.mjs';

const run = promisify(execFile);

/** The program that is tried; `scripts/browser` says where it is. */
const PROGRAM = process.env.CHAIRSIDE_CENTRAL_PROGRAM ?? 'chairside-central';

/** A central service and the process it runs in. */
export class Central {
  #folder;
  #words;
  #process = null;
  #said = '';
  /** Where desks and patients find it. */
  url;

  /** Its operator's page. */
  operatorUrl;

  constructor(folder, [http, mqtt, operator], words) {
    this.#folder = folder;
    this.url = `http://127.0.0.1:${http}`;
    this.#words = ['--data', join(folder, 'data'), '--listen', `127.0.0.1:${http}`];
    this.#words.push('--mqtt-listen', `127.0.0.1:${mqtt}`, ...words);
    this.operatorUrl = `http://127.0.0.1:${operator}/operator`;
  }

  /** One on free ports, serving: with its operator's page, and with more `words`, where they are wanted. */
  static async begin({ operator = false, words = [] } = {}) {
    const folder = await mkdtemp(join(tmpdir(), 'chairside-central-'));
    const ports = await freePorts(3);
    const more = operator ? ['--operator-listen', `127.0.0.1:${ports[2]}`, ...words] : words;
    const central = new Central(folder, ports, more);
    await central.serve();
    return central;
  }

  /** Serves until it is told to stop; answers once it is ready. */
  async serve() {
    const central = spawn(PROGRAM, ['serve', ...this.#words], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#process = central;
    this.#said = '';
    central.stderr.on('data', (bytes) => (this.#said += bytes));
    await eventually(async () => {
      if (central.exitCode !== null) throw new Error(`chairside-central ended\n${this.#said}`);
      const ready = await fetch(`${this.url}/readyz`);
      if (!ready.ok) throw new Error(`not ready: ${ready.status}\n${this.#said}`);
    });
  }

  /** Adds a clinic; answers the code its desk is paired by. */
  async addClinic(name) {
    const facts = join(this.#folder, 'facts.json');
    await writeFile(facts, '{}');
    const { stdout } = await run(PROGRAM, [
      '--json',
      'clinic',
      'add',
      name,
      '--facts',
      facts,
      ...this.#words,
    ]);
    return JSON.parse(stdout).code;
  }

  /** Ends it as a power cut does. */
  async kill() {
    const central = this.#process;
    this.#process = null;
    if (central === null || central.exitCode !== null || central.signalCode !== null) return;
    central.kill('SIGKILL');
    await once(central, 'exit');
  }

  /** Ends it and removes its folder. */
  async remove() {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Ports that nobody listens on, all different. */
async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
}
