// What the watch page asks for and the words it finds for it, without a browser: watch-check.mjs opens one.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { buildSchema, parse, validate } from 'graphql';
import { Draft, logIn, randomOf } from './support/draft.mjs';
import { itemOf } from './support/feed.mjs';
import { Recorder } from './support/recorder.mjs';
import { Server } from './support/server.mjs';
import { socketClient } from './support/socket.mjs';

const ROOT = new URL('../../', import.meta.url);
const read = (path) => readFileSync(new URL(path, ROOT), 'utf8');
/** A module of the page. As text, because node takes a `.js` of a folder without package.json for something older. */
const moduleOf = (name) => import(`data:text/javascript,${encodeURIComponent(read(`assets/watch/${name}`))}`);

let server;
let cookie;
before(async () => {
  server = await Server.start();
  cookie = await logIn(server.host);
});
after(() => server.remove());

test('the page and the tab of GraphiQL ask for what the schema has', async () => {
  const schema = buildSchema(read('schema.graphql'));
  const { FEED } = await moduleOf('subscription.js');
  for (const document of [FEED, read('examples/14-watch.graphql')]) {
    assert.deepEqual(validate(schema, parse(document)), []);
  }
});

test('the page has words for every event of a draft, its undo and its restart included', async () => {
  const { FEED } = await moduleOf('subscription.js');
  const { words } = await moduleOf('words.js');
  const draft = await Draft.start(server.host, cookie, 'SHUFFLE');
  const client = socketClient(server.host);
  const recorder = new Recorder();
  client.subscribe({ query: FEED, variables: { id: draft.id } }, recorder.sink(itemOf));
  await recorder.reached(draft.version);
  await draft.picks(2);
  await draft.undo();
  await draft.restart('SNAKE');
  const random = randomOf(8);
  while (draft.isRunning) await draft.pick(random);
  await recorder.reached(draft.version);
  recorder.assertComplete(draft.version);

  const said = recorder.items.flatMap(({ event }) => event ?? []).map((event) => [event.__typename, words(event)]);
  const forms = {
    DraftStarted: /^The draft starts over: snake, 8 teams$/,
    PlayerPicked: /^Pick \d+: .+ picks .+$/,
    PickUndone: /^Pick 2 is undone: .+ leaves .+'s Team$/,
    CaptainAssigned: /^.+ is next \([\d,]+ MMR\)$/,
    TieRolled: /^Tie: (.+ rolled [1-6](, |; again: )?)+ → .+ picks next$/,
    DraftCompleted: /^The draft is complete: 8 teams$/,
  };
  for (const [type, text] of said) assert.match(text, forms[type] ?? /^$/, type);
  const types = new Set(said.map(([type]) => type));
  for (const type of ['DraftStarted', 'PlayerPicked', 'PickUndone', 'CaptainAssigned', 'DraftCompleted']) {
    assert.ok(types.has(type), `${type} was not told`);
  }
  await client.dispose();
});
