// The wire between a desk and central's broker: it carries bytes, until
// somebody cuts it.

import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';

/** A wire from a port of its own to a broker's, both on this machine. */
export class Line {
  #from;
  #to;
  #server = null;
  #control = null;
  /** Every open end, on both sides. */
  #ends = new Set();

  constructor(from, to) {
    this.#from = from;
    this.#to = to;
  }

  /** Whether it carries anything. */
  get whole() {
    return this.#server !== null;
  }

  /** Carries from now on; does nothing where it already does. */
  async heal() {
    if (this.whole) return;
    const server = createServer((near) => this.#carry(near));
    server.listen(this.#from, '127.0.0.1');
    await once(server, 'listening');
    this.#server = server;
  }

  /** Breaks what is open, and lets nobody in any more. */
  async cut() {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    const closed = new Promise((done) => server.close(done));
    // As a torn cable with a switch behind it: both sides are told at once.
    for (const end of this.#ends) end.resetAndDestroy();
    await closed;
  }

  #carry(near) {
    const far = connect(this.#to, '127.0.0.1');
    for (const [end, other] of [
      [near, far],
      [far, near],
    ]) {
      this.#ends.add(end);
      end.setNoDelay(true);
      // An end that fails is as gone as one that closes, and takes the other with it.
      end.on('error', () => end.destroy());
      end.on('close', () => {
        this.#ends.delete(end);
        other.destroy();
      });
      end.pipe(other);
    }
  }

  /**
   * Does what programs of the same user ask for at a socket: a word a line,
   * `cut` or `heal`, answered by how the wire is then.
   */
  async obey(path) {
    await rm(path, { force: true });
    const control = createServer((asking) => {
      asking.on('error', () => asking.destroy());
      createInterface({ input: asking }).on('line', async (word) => {
        try {
          if (word === 'cut') await this.cut();
          else if (word === 'heal') await this.heal();
          asking.write(`${this.whole ? 'whole' : 'cut'}\n`);
        } catch (error) {
          asking.write(`${error.message}\n`);
        }
      });
    });
    control.listen(path);
    await once(control, 'listening');
    this.#control = control;
  }

  /** Ends it, and whoever asks of it. */
  async end() {
    this.#control?.close();
    await this.cut();
  }
}

/** A wire of another process, asked at its socket. */
export class FarLine {
  #path;

  constructor(path) {
    this.#path = path;
  }

  heal() {
    return this.#ask('heal', 'whole');
  }

  cut() {
    return this.#ask('cut', 'cut');
  }

  async #ask(word, wanted) {
    const socket = connect(this.#path);
    try {
      await once(socket, 'connect');
      socket.write(`${word}\n`);
      const answers = createInterface({ input: socket })[Symbol.asyncIterator]();
      const { value } = await answers.next();
      if (value !== wanted) throw new Error(`asked to ${word}, the line says: ${value}`);
    } finally {
      socket.destroy();
    }
  }
}
