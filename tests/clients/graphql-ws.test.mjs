// The npm client graphql-ws against our `graphql-transport-ws`.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Draft, logIn } from './support/draft.mjs';
import { FEED, itemOf, position } from './support/feed.mjs';
import { gate, Recorder } from './support/recorder.mjs';
import { Relay } from './support/relay.mjs';
import { Server } from './support/server.mjs';
import { answerOf, socketClient } from './support/socket.mjs';

let server;
let cookie;
before(async () => {
  server = await Server.start();
  cookie = await logIn(server.host);
});
after(() => server.remove());

/** Follows a draft; with `resumes`, whoever comes back asks for what follows the newest item. */
function follow(client, draftId, { resumes = false, after: from } = {}) {
  const recorder = new Recorder();
  const variables = {
    draftId,
    // Read anew for each connection.
    get after() {
      return (resumes && position(recorder)) || from;
    },
  };
  recorder.stop = client.subscribe({ query: FEED, variables }, recorder.sink(itemOf));
  return recorder;
}

test('queries and mutations are answered over the socket, as whoever the cookie names', async () => {
  const draft = await Draft.start(server.host, cookie, 'SNAKE');
  await draft.pick();
  const client = socketClient(server.host, { cookie });
  const who = await answerOf(client, { query: '{ viewer { user { username isStaff } } }' });
  assert.deepEqual(who, { data: { viewer: { user: { username: 'aurelia', isStaff: true } } } });

  const undo = await answerOf(client, {
    query: `mutation ($input: DraftUndoPickInput!) {
      draftUndoPick(input: $input) { events { __typename seq } userErrors { code } }
    }`,
    variables: { input: { draftId: draft.id, expectedVersion: draft.version } },
  });
  const events = [{ __typename: 'PickUndone', seq: draft.version + 1 }];
  assert.deepEqual(undo, { data: { draftUndoPick: { events, userErrors: [] } } });
  await client.dispose();
});

test('nobody without a cookie may do what staff may', async () => {
  const client = socketClient(server.host);
  const query = 'mutation { draftUndoPick(input: { draftId: "2", expectedVersion: 1 }) { userErrors { code } } }';
  const { errors } = await answerOf(client, { query });
  assert.equal(errors[0].extensions.code, 'UNAUTHENTICATED');
  await client.dispose();
});

test('a snapshot comes first, then every event of a whole draft in order', async () => {
  const draft = await Draft.start(server.host, cookie, 'SHUFFLE');
  const client = socketClient(server.host);
  const feed = follow(client, draft.id);
  const snapshot = await feed.first(({ __typename }) => __typename === 'DraftSnapshot', 'a snapshot');
  assert.deepEqual(snapshot, {
    __typename: 'DraftSnapshot',
    seq: draft.version,
    resync: false,
    draft: { id: draft.id, version: draft.version },
  });
  while (draft.isRunning) await draft.pick();
  await feed.reached(draft.version);
  feed.assertComplete(draft.version);
  const types = feed.items.flatMap(({ event }) => event?.type ?? []);
  assert.equal(types.filter((type) => type === 'PLAYER_PICKED').length, 32);
  assert.equal(types.at(-1), 'DRAFT_COMPLETED');
  await client.dispose();
});

test('an item carries the draft as it was when the item was made, or newer', async () => {
  const draft = await Draft.start(server.host, cookie, 'NORMAL');
  const client = socketClient(server.host);
  const feed = follow(client, draft.id);
  await feed.reached(draft.version);
  await draft.picks(4);
  await feed.reached(draft.version);
  for (const { seq, event, draft: shown } of feed.items.filter((item) => item.event)) {
    assert.equal(event.seq, seq);
    assert.ok(shown.version >= seq && shown.version <= draft.version, `${shown.version} with event ${seq}`);
  }
  await client.dispose();
});

test('a client whose socket was cut resumes by `after`: no gap, no duplicate', async () => {
  const draft = await Draft.start(server.host, cookie, 'SNAKE');
  const relay = await Relay.to(server.port);
  const back = gate();
  const client = socketClient(relay.host, { mayReturn: back.opened });
  const feed = follow(client, draft.id, { resumes: true });
  await feed.reached(draft.version);
  await draft.picks(3);
  await feed.reached(draft.version);

  relay.cut();
  // A restart of the draft is an event like any other: the numbers go on.
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
  await client.dispose();
  relay.close();
});

test('a server that stops closes with 1012, and the next one is resumed by `after`', async () => {
  const draft = await Draft.start(server.host, cookie, 'SNAKE');
  const back = gate();
  const client = socketClient(server.host, { mayReturn: back.opened });
  const codes = [];
  client.on('closed', ({ code }) => codes.push(code));
  const feed = follow(client, draft.id, { resumes: true });
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
  assert.deepEqual(codes, [1012]);
  await client.dispose();
});

test('a position the draft never had is answered by a snapshot that says so', async () => {
  const draft = await Draft.start(server.host, cookie, 'SNAKE');
  const client = socketClient(server.host);
  const feed = follow(client, draft.id, { after: draft.version + 1000 });
  const first = await feed.first(() => true, 'an item');
  assert.equal(first.__typename, 'DraftSnapshot');
  assert.equal(first.resync, true);
  assert.equal(first.seq, draft.version);
  await client.dispose();
});

test('the feed of a tournament tells of its draft: a snapshot first, then every change in order', async () => {
  const draft = await Draft.start(server.host, cookie, 'SHUFFLE');
  const client = socketClient(server.host);
  const feed = new Recorder();
  const query = `subscription ($id: ID!) {
    tournamentFeed(tournamentId: $id) {
      __typename
      ... on TournamentSnapshot { seq resync tournament { draft { version } } }
      ... on TournamentChanged {
        seq
        parts
        draftEvents { seq ... on PlayerPicked { team { id } } ... on PickUndone { team { id } } }
        teams { id }
      }
      ... on TournamentHeartbeat { seq }
    }
  }`;
  const sink = feed.sink(({ tournamentFeed }) => tournamentFeed);
  client.subscribe({ query, variables: { id: draft.tournamentId } }, sink);
  const snapshot = await feed.first(({ __typename }) => __typename === 'TournamentSnapshot', 'a snapshot');
  assert.equal(snapshot.tournament.draft.version, draft.version);

  const before = draft.version;
  await draft.picks(3);
  await draft.undo();
  await feed.first((item) => item.draftEvents?.some(({ seq }) => seq === draft.version), 'the undo');
  const changes = feed.items.filter(({ __typename }) => __typename === 'TournamentChanged');
  // One for each of the four mutations, and together every event of the draft.
  assert.deepEqual(changes.map(({ seq }) => seq), [1, 2, 3, 4].map((it) => snapshot.seq + it));
  assert.deepEqual(
    changes.flatMap(({ draftEvents }) => draftEvents.map(({ seq }) => seq)),
    Array.from({ length: draft.version - before }, (_, index) => before + 1 + index),
  );
  for (const { parts, teams, draftEvents } of changes) {
    assert.ok(parts.includes('DRAFT') && parts.includes('TEAMS'), parts.join());
    const { team } = draftEvents.find((event) => event.team);
    assert.ok(teams.some(({ id }) => id === team.id), `${team.id} is among the teams`);
  }
  await client.dispose();
});

test('a draft that does not exist ends in an error with its code', async () => {
  const client = socketClient(server.host);
  const [error] = await follow(client, 'Draft:424242').end();
  assert.equal(error.extensions.code, 'NOT_FOUND');
  await client.dispose();
});

test('a subscription that is not valid ends in an error, and the socket goes on', async () => {
  const client = socketClient(server.host);
  const codes = [];
  client.on('closed', ({ code }) => codes.push(code));
  const draft = await Draft.start(server.host, cookie, 'SNAKE');
  const feed = follow(client, draft.id);
  await feed.reached(draft.version);
  const refused = new Recorder();
  client.subscribe({ query: 'subscription { nothing }' }, refused.sink(itemOf));
  const [error] = await refused.end();
  assert.equal(error.extensions.code, 'GRAPHQL_VALIDATION_FAILED');
  await draft.pick();
  await feed.reached(draft.version);
  assert.deepEqual(codes, []);
  await client.dispose();
});

test('two subscriptions share a socket, and one of them ends without the other', async () => {
  const draft = await Draft.start(server.host, cookie, 'SNAKE');
  let nSockets = 0;
  const client = socketClient(server.host, { on: { opened: () => (nSockets += 1) } });
  const [one, other] = [follow(client, draft.id), follow(client, draft.id)];
  await Promise.all([one, other].map((it) => it.reached(draft.version)));
  await draft.picks(2);
  await Promise.all([one, other].map((it) => it.reached(draft.version)));
  const seen = draft.version;

  one.stop();
  assert.equal(await one.end(), 'complete');
  await draft.picks(2);
  await other.reached(draft.version);
  other.assertComplete(draft.version);
  one.assertComplete(seen);
  assert.equal(nSockets, 1);
  await client.dispose();
});
