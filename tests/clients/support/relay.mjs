// Stands between a client and the server as the network does, and can be cut as the network can.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

export class Relay {
  #listener;
  #sockets = new Set();
  #isOpen = true;

  /** Passes everything on to this port. */
  static async to(port) {
    const relay = new Relay();
    relay.#listener = createServer((client) => relay.#pass(client, port));
    relay.#listener.listen(0, '127.0.0.1');
    await once(relay.#listener, 'listening');
    // A test that fails does not close it: that must not keep the run from ending.
    relay.#listener.unref();
    return relay;
  }

  #pass(client, port) {
    if (!this.#isOpen) {
      client.destroy();
      return;
    }
    const server = connect(port, '127.0.0.1');
    for (const [here, there] of [[client, server], [server, client]]) {
      this.#sockets.add(here);
      here.pipe(there);
      // Either end may break at any time: then the other one does, too.
      here.on('error', () => there.destroy());
      here.on('close', () => {
        this.#sockets.delete(here);
        there.destroy();
      });
    }
  }

  get host() {
    return `127.0.0.1:${this.#listener.address().port}`;
  }

  /** Breaks every connection without a word, and refuses new ones until `mend`. */
  cut() {
    this.#isOpen = false;
    this.#sockets.forEach((socket) => socket.destroy());
  }

  mend() {
    this.#isOpen = true;
  }

  close() {
    this.cut();
    this.#listener.close();
  }
}
