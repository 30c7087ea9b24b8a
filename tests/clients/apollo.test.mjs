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
    draftFeed(draftId: $id) {
      ... on DraftSnapshot { seq draft { ...State } }
      ... on DraftEventItem { seq draft { ...State } }
      ... on DraftHeartbeat { seq }
    }
  }
  ${STATE}
`;

/** What an event says of what changed, and not the whole draft. */
const CHANGES = gql`
  subscription ($id: ID!) {
    draftFeed(draftId: $id) {
      ... on DraftSnapshot { seq }
      ... on DraftEventItem {
        seq
        draft { id version status completedAt currentRound { id } }
        round { id pickedAt choice { id displayName mmr } captain { id displayName } team { id name } }
        teams { team { id size totalMmr isFull members { id displayName mmr } } }
        availableIds
      }
      ... on DraftHeartbeat { seq }
    }
  }
`;

const SNAKE_PAGE = gql`
  query ($id: ID!) {
    draft(id: $id) {
      id
      version
      status
      completedAt
      currentRound { id }
      rounds { id pickNumber pickedAt choice { id displayName mmr } captain { id displayName } team { id name } }
      tournament { id teams { id name size totalMmr isFull members { id displayName mmr } } }
    }
  }
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
    next: ({ data, error }) => (error ? recorder.sink().error(error) : recorder.add(data.draftFeed)),
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

test('what an event says has changed is enough: rounds and teams of picks and undos end as a fresh query', async () => {
  const draft = await Draft.start(server.host, cookie, 'SNAKE');
  const page = await open(draft.id, { page: SNAKE_PAGE, feed: CHANGES });
  await page.recorder.reached(draft.version);
  const random = randomOf(7);
  await draft.picks(6, random);
  await draft.undo();
  await draft.undo();
  await draft.picks(3, random);
  await page.recorder.reached(draft.version);
  assert.equal(page.cached().draft.version, draft.version);
  assert.deepEqual(page.cached(), await asked(draft.id, SNAKE_PAGE));

  const { availableIds } = page.recorder.items.findLast((item) => item.availableIds);
  const { draft: fresh } = await asked(draft.id);
  assert.deepEqual([...availableIds].sort(), fresh.available.nodes.map(({ user }) => user.id).sort());
  await page.close();
});
