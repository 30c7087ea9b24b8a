// The npm client graphql-sse against our GraphQL over SSE, one connection for each subscription.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createClient } from 'graphql-sse';
import { Draft, logIn } from './support/draft.mjs';
import { FEED, itemOf, position } from './support/feed.mjs';
import { gate, Recorder } from './support/recorder.mjs';
import { Relay } from './support/relay.mjs';
import { Server } from './support/server.mjs';

let server;
let cookie;
before(async () => {
  server = await Server.start();
  cookie = await logIn(server.host);
});
after(() => server.remove());

/** Follows a draft; whoever comes back names the newest item in `Last-Event-ID`, as a browser's EventSource does. */
function follow(host, draftId, mayReturn = Promise.resolve()) {
  const recorder = new Recorder();
  recorder.connections = [];
  const client = createClient({
    url: `http://${host}/graphql`,
    retry: () => mayReturn,
    // Read anew for each connection.
    headers: () => {
      const last = position(recorder);
      return last === undefined ? {} : { 'last-event-id': String(last) };
    },
    on: { connected: (isRetry) => recorder.connections.push(isRetry ? 'again' : 'first') },
  });
  recorder.stop = client.subscribe({ query: FEED, variables: { draftId } }, recorder.sink(itemOf));
  return recorder;
}

test('a query is answered as a stream of one result', async () => {
  const client = createClient({ url: `http://${server.host}/graphql` });
  const results = [];
  for await (const result of client.iterate({ query: '{ draft(id: "2") { id } }' })) results.push(result);
  assert.deepEqual(results, [{ data: { draft: { id: 'Draft:2' } } }]);
});

test('a snapshot comes first, then every event of a whole draft in order', async () => {
  const draft = await Draft.start(server.host, cookie, 'SHUFFLE');
  const feed = follow(server.host, draft.id);
  await feed.reached(draft.version);
  while (draft.isRunning) await draft.pick();
  await feed.reached(draft.version);
  feed.assertComplete(draft.version);
  assert.equal(feed.items.findLast(({ event }) => event).event.type, 'DRAFT_COMPLETED');
  feed.stop();
});

test('a client that was cut off resumes by `Last-Event-ID`: no gap, no duplicate', async () => {
  const draft = await Draft.start(server.host, cookie, 'SNAKE');
  const relay = await Relay.to(server.port);
  const back = gate();
  const feed = follow(relay.host, draft.id, back.opened);
  await feed.reached(draft.version);
  await draft.picks(3);
  await feed.reached(draft.version);

  relay.cut();
  await draft.picks(2);
  await draft.undo();
  await draft.restart('SHUFFLE');
  await draft.picks(2);
  relay.mend();
  back.open();
  await feed.reached(draft.version);
  await draft.picks(2);
  await feed.reached(draft.version);
  feed.assertComplete(draft.version);
  assert.deepEqual(feed.connections, ['first', 'again']);
  feed.stop();
  relay.close();
});

test('a server that stops ends the stream, and the next one is resumed by `Last-Event-ID`', async () => {
  const draft = await Draft.start(server.host, cookie, 'SNAKE');
  const back = gate();
  const feed = follow(server.host, draft.id, back.opened);
  await feed.reached(draft.version);
  await draft.picks(2);
  await feed.reached(draft.version);

  await server.stop();
  await server.start();
  await draft.picks(2);
  back.open();
  await feed.reached(draft.version);
  await draft.picks(2);
  await feed.reached(draft.version);
  feed.assertComplete(draft.version);
  assert.deepEqual(feed.connections, ['first', 'again']);
  feed.stop();
});

test('a draft that does not exist ends in an error with its code', async () => {
  const [error] = await follow(server.host, 'Draft:424242').end();
  assert.equal(error.extensions.code, 'NOT_FOUND');
});

test('a browser’s EventSource can follow: by GET, and the id of each message is its seq', async () => {
  const draft = await Draft.start(server.host, cookie, 'SNAKE');
  const url = new URL(`http://${server.host}/graphql`);
  url.searchParams.set('query', FEED);
  url.searchParams.set('variables', JSON.stringify({ draftId: draft.id }));
  const from = draft.version;
  await draft.picks(2);
  const leave = new AbortController();
  const response = await fetch(url, {
    headers: { accept: 'text/event-stream', 'last-event-id': String(from) },
    signal: leave.signal,
  });
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type'), /^text\/event-stream/);
  const told = [];
  let text = '';
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    text += piece;
    const messages = text.split('\n\n').slice(0, -1).filter((it) => /^data:/m.test(it));
    told.splice(0, told.length, ...messages.map((it) => [/^id: ?(.*)$/m.exec(it)?.[1], /"seq":(\d+)/.exec(it)[1]]));
    if (told.length >= draft.version - from) break;
  }
  leave.abort();
  const expected = Array.from({ length: draft.version - from }, (_, index) => String(from + 1 + index));
  assert.deepEqual(told, expected.map((seq) => [seq, seq]));
});
