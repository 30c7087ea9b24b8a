// Starts and stops the program under test: embedded, with the demo data, its own folder and a free port.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const BINARY = process.env.SERVER_BINARY ?? new URL('../../../target/debug/inhouse', import.meta.url).pathname;

/** The settings of whoever runs this must not leak into the server. */
function ownEnvironment() {
  const foreign = /^(INHOUSE_.*|DATABASE_URL|REDIS_URL|DISABLE_CACHE)$/;
  const rest = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return { ...Object.fromEntries(rest), INHOUSE_LOG: 'warn' };
}

export class Server {
  #folder;
  #process;
  /** Where it listens: a free port at first, and the same one after every restart. */
  #address = '127.0.0.1:0';

  static async start() {
    const server = new Server();
    server.#folder = await mkdtemp(join(tmpdir(), 'inhouse-clients.'));
    await server.start();
    return server;
  }

  /** Resolves when it listens, which it tells on its standard output. */
  async start() {
    const options = ['serve', '--listen', this.#address, '--data-dir', this.#folder];
    const child = spawn(BINARY, options, { stdio: ['ignore', 'pipe', 'inherit'], env: ownEnvironment() });
    this.#process = child;
    const listening = (async () => {
      for await (const line of createInterface({ input: child.stdout })) {
        const address = /http:\/\/([\d.:]+)\/graphql$/.exec(line)?.[1];
        if (address) return address;
      }
      throw new Error(`${BINARY} ended before it listened`);
    })();
    const failed = once(child, 'error').then(([error]) => {
      throw error;
    });
    this.#address = await Promise.race([listening, failed]);
    // Whatever else it says is read, or it would wait for somebody to do so.
    child.stdout.resume();
  }

  get host() {
    return this.#address;
  }

  get port() {
    return Number(this.#address.split(':').at(-1));
  }

  /** SIGTERM must end it with status 0: that is part of every test. */
  async stop() {
    const child = this.#process;
    const left = once(child, 'exit');
    child.kill('SIGTERM');
    const [status, signal] = await left;
    if (status !== 0) throw new Error(`the server left with ${status ?? signal} on SIGTERM`);
  }

  /** Stops it for good. */
  async remove() {
    try {
      await this.stop();
    } finally {
      await rm(this.#folder, { recursive: true });
    }
  }
}
