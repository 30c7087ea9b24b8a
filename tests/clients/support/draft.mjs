// Runs a draft through the API as site staff do: what the clients under test watch.
import { readFileSync } from 'node:fs';

/** Of the demo data: site staff, and a tournament of forty players who wait for a draft. */
const STAFF = 'User:1';
const TOURNAMENT = 'Tournament:3';

const CAPTAINS = readFileSync(new URL('../../../examples/07-captains.graphql', import.meta.url), 'utf8');

const STATE = `
  draft { id version status currentRound { id } available(first: 100) { nodes { user { id } } } }
  userErrors { code message }`;
const START = `mutation ($input: DraftStartInput!) { answer: draftStart(input: $input) { ${STATE} } }`;
const PICK = `mutation ($input: DraftPickInput!) { answer: draftPick(input: $input) { ${STATE} } }`;
const UNDO = `mutation ($input: DraftUndoPickInput!) { answer: draftUndoPick(input: $input) { ${STATE} } }`;

/** The cookie of a new session of site staff, by the login page for development. */
export async function logIn(host) {
  const url = `http://${host}/auth/dev?user=${encodeURIComponent(STAFF)}&returnTo=/`;
  // What a browser says of a form of this site.
  const headers = { 'sec-fetch-site': 'same-origin' };
  const response = await fetch(url, { method: 'POST', headers, redirect: 'manual' });
  const cookie = response.headers.getSetCookie().at(0)?.split(';').at(0);
  if (!cookie) throw new Error(`nobody was logged in: status ${response.status}`);
  return cookie;
}

/** One operation over HTTP; its data, or an error. */
export async function ask(host, query, variables, cookie) {
  const response = await fetch(`http://${host}/graphql`, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json', ...(cookie && { cookie }) },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(`the server answered ${JSON.stringify(errors)}`);
  return data;
}

/** Numbers from 0 to 1 that look random and are the same for the same seed, so that a failure can be repeated. */
export function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A draft of eight teams, and the hand of staff on it. */
export class Draft {
  #host;
  #cookie;
  #state;

  /** Names the captains and starts it; a second start of the same tournament starts it over. */
  static async start(host, cookie, style) {
    const draft = new Draft();
    draft.#host = host;
    draft.#cookie = cookie;
    await ask(host, CAPTAINS, { id: TOURNAMENT }, cookie);
    await draft.restart(style);
    return draft;
  }

  get id() {
    return this.#state.id;
  }

  get tournamentId() {
    return TOURNAMENT;
  }

  /** The `seq` of its newest event. */
  get version() {
    return this.#state.version;
  }

  get isRunning() {
    return this.#state.status === 'RUNNING';
  }

  async #run(query, input) {
    const { answer } = await ask(this.#host, query, { input }, this.#cookie);
    if (answer.userErrors.length > 0) throw new Error(`refused: ${JSON.stringify(answer.userErrors)}`);
    this.#state = answer.draft;
  }

  restart(style) {
    return this.#run(START, { tournamentId: TOURNAMENT, style, confirmDiscardPicks: true });
  }

  /** Picks for whoever is on turn: the best player, or another one by chance. */
  pick(random = () => 0) {
    const { id, version, currentRound, available } = this.#state;
    const { user } = available.nodes[Math.floor(random() * available.nodes.length)];
    return this.#run(PICK, { draftId: id, roundId: currentRound.id, userId: user.id, expectedVersion: version });
  }

  undo() {
    return this.#run(UNDO, { draftId: this.id, expectedVersion: this.version });
  }

  async picks(n, random) {
    for (let made = 0; made < n; made += 1) await this.pick(random);
  }

  /** This many random steps: picks, an undo now and then, and one restart half way. */
  async walk(random, nSteps, style) {
    let nPicks = 0;
    for (let step = 0; step < nSteps; step += 1) {
      if (step === Math.floor(nSteps / 2)) {
        await this.restart(style);
        nPicks = 0;
      } else if (nPicks > 0 && (!this.isRunning || random() < 0.25)) {
        await this.undo();
        nPicks -= 1;
      } else {
        await this.pick(random);
        nPicks += 1;
      }
    }
  }
}
