// Keeps what a subscription brings, and lets a test wait for it: by what comes, never by time.
import assert from 'node:assert/strict';

/** Longer than anything here takes: a wait that fails tells what came instead. */
const PATIENCE_MS = 15_000;

export class Recorder {
  items = [];
  #waiting = new Set();
  #ended = null;

  /** To hand to clients that take a sink; `pick` finds the item in a result. */
  sink(pick) {
    return {
      next: (result) => (result.errors ? this.#end(result.errors) : this.add(pick(result.data))),
      error: (error) => this.#end(error),
      complete: () => this.#end('complete'),
    };
  }

  add(item) {
    this.items.push(item);
    this.#waiting.forEach((look) => look());
  }

  #end(how) {
    this.#ended ??= { how };
    this.#waiting.forEach((look) => look());
  }

  #when(find, what) {
    return new Promise((resolve, reject) => {
      const settle = (finish, value) => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        finish(value);
      };
      const timer = setTimeout(() => settle(reject, this.#surprise(`${what} did not come`)), PATIENCE_MS);
      const look = () => {
        const found = find();
        if (found !== undefined) settle(resolve, found);
        else if (this.#ended) settle(reject, this.#surprise(`the subscription ended before ${what} came`));
      };
      this.#waiting.add(look);
      look();
    });
  }

  #surprise(text) {
    const came = this.items.map(({ __typename, seq }) => `${__typename} ${seq}`);
    const { how } = this.#ended ?? {};
    return new Error(`${text}; it brought ${came.join(', ') || 'nothing'}${how ? `, then ${inspect(how)}` : ''}`);
  }

  /** The first item that is so, among those that came and those that will. */
  first(isWanted, what) {
    return this.#when(() => this.items.find(isWanted), what);
  }

  /** Everything up to this `seq` has come. */
  reached(seq) {
    return this.first((item) => item.seq >= seq && !item.__typename.endsWith('Heartbeat'), `seq ${seq}`);
  }

  /** How it ended: the errors it was told, or `complete`. */
  end() {
    const wait = this.#when(() => this.#ended ?? undefined, 'its end');
    return wait.then(({ how }) => how);
  }

  snapshots() {
    return this.items.filter(({ __typename }) => __typename.endsWith('Snapshot'));
  }

  /** The numbers of the events, in the order they came. */
  seqs() {
    return this.items.filter(({ __typename }) => __typename === 'DraftEventItem').map(({ seq }) => seq);
  }

  /** One snapshot first of all, then every event from the next to this one, each once and in order. */
  assertComplete(to) {
    assert.match(this.items[0].__typename, /Snapshot$/, 'what came first');
    assert.equal(this.snapshots().length, 1, 'there is one snapshot');
    this.assertEvents(this.items[0].seq, to);
  }

  /** The events behind `after` up to `to`, each once and in order. */
  assertEvents(after, to) {
    assert.deepEqual(this.seqs(), Array.from({ length: to - after }, (_, index) => after + 1 + index));
  }
}

function inspect(how) {
  if (typeof how === 'string') return how;
  return how.code ? `close code ${how.code}` : (how.message ?? JSON.stringify(how));
}

/** A promise to be kept by the test: what waits for it goes on when `open` is called. */
export function gate() {
  const it = {};
  it.opened = new Promise((resolve) => {
    it.open = resolve;
  });
  return it;
}
