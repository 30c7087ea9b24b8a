// Apollo Client: a page that reads its draft from the normalised cache and lets a subscription keep that cache up to
// date is never behind one that asks anew.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { Draft, logIn, randomOf } from './support/draft.mjs';
import { gate, Recorder } from './support/recorder.mjs';
import { Relay } from './support/relay.mjs';
import { Server } from './support/server.mjs';
import { socketClient } from './support/socket.mjs';

let server;
let cookie;
before(async () => {
  server = await Server.start();
  cookie = await logIn(server.host);
});
after(() => server.remove());

/** Everything a page shows of a draft. */
const STATE = gql`
  fragment State on Draft {
    id
    version
    status
    style
    epoch
    completedAt
    currentRound { id }
    rounds {
      id pickNumber pickPhase pickedAt wasTie
      captain { id displayName }
      choice { id displayName mmr }
      team { id name }
      tieResolution { winner { id } rollRounds { rolls { team { id } value } } }
    }
    teams {
      size totalMmr isFull pickPosition
      team { id name totalMmr size isFull captain { id } members { id displayName mmr } }
    }
    available(first: 100) { totalCount nodes { user { id displayName mmr } projection { teamTotalMmr pickPosition } } }
  }
`;

const PAGE = gql`
  query ($id: ID!) { draft(id: $id) { ...State } }
  ${STATE}
`;

const FEED = gql`
  subscription ($id: ID!) {
    feed: draftFeed(draftId: $id) {
      ... on DraftSnapshot { seq draft { ...State } }
      ... on DraftEventItem { seq draft { ...State } }
      ... on DraftHeartbeat { seq }
    }
  }
  ${STATE}
`;

const PARTS = gql`
  fragment Changing on Draft {
    id
    version
    status
    style
    completedAt
    currentRound { id }
    availableIds
    teams { size totalMmr isFull pickPosition team { id name totalMmr members { id displayName mmr } } }
  }
  fragment Round on DraftRound {
    id pickNumber pickPhase pickedAt wasTie
    captain { id displayName }
    choice { id displayName mmr }
    team { id name }
    tieResolution { winner { id } rollRounds { rolls { team { id } value } } }
  }
`;

/** No more than what an event changed: its rounds, and what the draft says as a whole. */
const CHANGES = gql`
  subscription ($id: ID!) {
    feed: draftFeed(draftId: $id) {
      ... on DraftSnapshot { seq }
      ... on DraftEventItem { seq rounds { ...Round } draft { ...Changing rounds { id } } }
      ... on DraftHeartbeat { seq }
    }
  }
  ${PARTS}
`;

/** All of it. */
const ROUNDS_PAGE = gql`
  query ($id: ID!) { draft(id: $id) { ...Changing rounds { ...Round } } }
  ${PARTS}
`;

const TEAMS = gql`
  fragment Roster on Team { id name version size totalMmr captain { id } members { id displayName mmr } }
  fragment Standing on Draft { id version status currentRound { id } availableIds }
`;

const TOURNAMENT_PAGE = gql`
  query ($id: ID!) { tournament(id: $id) { id name teams { ...Roster } draft { ...Standing } } }
  ${TEAMS}
`;

const TOURNAMENT_FEED = gql`
  subscription ($id: ID!) {
    feed: tournamentFeed(tournamentId: $id) {
      ... on TournamentSnapshot { seq tournament { id name teams { ...Roster } draft { ...Standing } } }
      ... on TournamentChanged { seq parts teams { ...Roster } draft { ...Standing } }
      ... on TournamentHeartbeat { seq }
    }
  }
  ${TEAMS}
`;

/** As the documentation of Apollo sets it up: subscriptions by WebSocket, all else by HTTP. */
function apolloClient(socket) {
  const link = ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(socket),
    new HttpLink({ uri: `http://${server.host}/graphql` }),
  );
  return new ApolloClient({ link, cache: new InMemoryCache() });
}

/** A page that was opened: its draft is in the cache, and the subscription keeps it there. */
async function open(id, { host = server.host, page = PAGE, feed = FEED, mayReturn } = {}) {
  const socket = socketClient(host, { mayReturn });
  const client = apolloClient(socket);
  const recorder = new Recorder();
  client.subscribe({ query: feed, variables: { id } }).subscribe({
    next: ({ data, error }) => (error ? recorder.sink().error(error) : recorder.add(data.feed)),
    error: (error) => recorder.sink().error(error),
  });
  await client.query({ query: page, variables: { id } });
  return {
    recorder,
    cached: () => client.cache.readQuery({ query: page, variables: { id } }),
    close: async () => {
      client.stop();
      await socket.dispose();
    },
  };
}

/** The same selection as one who never was here is told. */
async function asked(id, page = PAGE) {
  const client = apolloClient(socketClient(server.host));
  const { data } = await client.query({ query: page, variables: { id }, fetchPolicy: 'network-only' });
  client.stop();
  return data;
}

for (const [seed, style] of [[1, 'SNAKE'], [2, 'SHUFFLE'], [3, 'NORMAL'], [4, 'SHUFFLE']]) {
  test(`the cache ends as a fresh query: ${style}, random picks and undos and a restart (seed ${seed})`, async () => {
    const draft = await Draft.start(server.host, cookie, style);
    const page = await open(draft.id);
    await page.recorder.reached(draft.version);
    await draft.walk(randomOf(seed), 24, style);
    await page.recorder.reached(draft.version);
    const cached = page.cached();
    assert.equal(cached.draft.version, draft.version);
    assert.deepEqual(cached, await asked(draft.id));
    await page.close();
  });
}

test('the cache of a draft that was completed, and of one whose last pick was taken back, is a fresh query', async () => {
  const draft = await Draft.start(server.host, cookie, 'SHUFFLE');
  const page = await open(draft.id);
  await page.recorder.reached(draft.version);
  const random = randomOf(5);
  while (draft.isRunning) await draft.pick(random);
  await page.recorder.reached(draft.version);
  assert.equal(page.cached().draft.status, 'COMPLETED');
  assert.deepEqual(page.cached(), await asked(draft.id));

  await draft.undo();
  await page.recorder.reached(draft.version);
  assert.equal(page.cached().draft.status, 'RUNNING');
  assert.deepEqual(page.cached(), await asked(draft.id));
  await page.close();
});

test('a page that was cut off is whole again by the snapshot it gets when it comes back', async () => {
  const draft = await Draft.start(server.host, cookie, 'SHUFFLE');
  const relay = await Relay.to(server.port);
  const back = gate();
  const page = await open(draft.id, { host: relay.host, mayReturn: back.opened });
  await page.recorder.reached(draft.version);
  await draft.picks(3);
  await page.recorder.reached(draft.version);
  relay.cut();
  await draft.walk(randomOf(6), 10, 'SHUFFLE');
  assert.notEqual(page.cached().draft.version, draft.version);
  relay.mend();
  back.open();
  await page.recorder.reached(draft.version);
  assert.equal(page.recorder.snapshots().length, 2);
  assert.deepEqual(page.cached(), await asked(draft.id));
  await page.close();
  relay.close();
});

for (const [seed, style] of [[7, 'SNAKE'], [8, 'SHUFFLE']]) {
  test(`the rounds an event changed are enough: ${style}, picks and undos and a restart (seed ${seed})`, async () => {
    const draft = await Draft.start(server.host, cookie, style);
    const page = await open(draft.id, { page: ROUNDS_PAGE, feed: CHANGES });
    await page.recorder.reached(draft.version);
    await draft.walk(randomOf(seed), 24, style);
    await page.recorder.reached(draft.version);
    assert.equal(page.cached().draft.version, draft.version);
    assert.deepEqual(page.cached(), await asked(draft.id, ROUNDS_PAGE));
    await page.close();
  });
}

test('a page of the tournament ends as a fresh query, by the teams and the draft that a change names', async () => {
  const draft = await Draft.start(server.host, cookie, 'SHUFFLE');
  const page = await open(draft.tournamentId, { page: TOURNAMENT_PAGE, feed: TOURNAMENT_FEED });
  await page.recorder.first(({ __typename }) => __typename === 'TournamentSnapshot', 'a snapshot');
  await draft.walk(randomOf(9), 16, 'SHUFFLE');
  const isNewest = ({ draft: shown }) => shown?.version === draft.version;
  await page.recorder.first(isNewest, `the draft's version ${draft.version}`);
  assert.deepEqual(page.cached(), await asked(draft.tournamentId, TOURNAMENT_PAGE));
  await page.close();
});
