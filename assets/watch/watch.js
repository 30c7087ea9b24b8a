// Shows one draft as it goes on. Every item of the feed carries the draft as it is now, so an undo or a restart is an
// item like any other, and nothing is asked for but the feed.
//
// Names come from people: they are only ever set as text, never as HTML.
import { follow, Refusal } from './feed.js';
import { FEED, N_LOG } from './subscription.js';
import { count, points, styleName, tie, words } from './words.js';

/** A team's members, its captain included, when it is full. */
const TEAM_SIZE = 5;
/** How many coming turns are shown. */
const N_NEXT = 6;

/** What is known; `seq` is that of the newest event in it. */
const known = { seq: null, draft: null, tournament: '', players: new Map(), log: [] };

const $ = (id) => document.getElementById(id);

/** An element with a class and with children: elements, or text. */
function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/** Only what differs is set: a live region would read the same words aloud again. */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// ---- taking in what the feed tells ----------------------------------------------------------------------------

function takeIn(item) {
  if (item.__typename === 'DraftSnapshot') {
    const { tournament, available, events } = item.draft;
    known.tournament = tournament.name;
    available.nodes.forEach(({ user }) => known.players.set(user.id, user));
    known.log = events.nodes;
  } else if (item.__typename === 'DraftEventItem') {
    known.log = [...known.log, item.event].slice(-N_LOG);
  } else {
    // A heartbeat says no more than that the connection lives.
    return;
  }
  known.seq = item.seq;
  known.draft = item.draft;
  // Whoever is on a team may be taken back to the pool.
  known.draft.teams.forEach(({ team }) => team.members.forEach((member) => known.players.set(member.id, member)));
  show(item.event);
}

// ---- showing it -----------------------------------------------------------------------------------------------

function show(event) {
  const { draft, tournament } = known;
  setText($('tournament'), tournament);
  setText($('about'), `${styleName(draft.style)} draft · ${count(draft.teams.length, 'team')}`);
  $('board').hidden = false;
  showTurn(draft);
  $('team-list').replaceChildren(...draft.teams.map((it) => teamCard(it, draft, event?.picked?.id)));
  showPool(draft);
  showLog();
  document.title = `${$('headline').textContent} · ${tournament}`;
}

/** Whose turn it is, or why it is nobody's. */
function turn({ status, currentRound, rounds }) {
  const made = rounds.filter(({ choice }) => choice).length;
  if (status === 'NOT_STARTED') return { pick: '', headline: 'The draft has not started yet', captain: '' };
  if (status === 'COMPLETED') return { pick: count(made, 'pick'), headline: 'The draft is complete', captain: '' };
  const { pickNumber, pickPhase, team, captain } = currentRound;
  return {
    pick: `Pick ${pickNumber} of ${rounds.length} · round ${pickPhase}`,
    headline: team ? `${team.name} picks` : 'Nobody is on turn yet',
    captain: captain ? `Captain ${captain.displayName}` : '',
  };
}

/** Events that the panel of the turn tells by what it shows. */
const SHOWN_ELSEWHERE = ['CaptainAssigned', 'TieRolled', 'DraftCompleted'];

function showTurn(draft) {
  const { pick, headline, captain } = turn(draft);
  setText($('pick'), pick);
  setText($('headline'), headline);
  setText($('captain'), captain);
  $('turn').dataset.status = draft.status;
  // What led to it, so that nobody need look for it: the last thing done, and the dice if they decided.
  const done = known.log.findLast(({ __typename }) => !SHOWN_ELSEWHERE.includes(__typename));
  const rolled = draft.status === 'RUNNING' ? draft.currentRound.tieResolution : null;
  $('just-now').hidden = !done && !rolled;
  setText($('latest'), done ? words(done) : '');
  $('dice').replaceChildren(...(rolled ? [rolls(rolled, draft.currentRound.team?.name)] : []));

  $('progress').max = Math.max(draft.rounds.length, 1);
  $('progress').value = draft.rounds.filter(({ choice }) => choice).length;

  const next = upcoming(draft);
  $('upcoming').hidden = next.length === 0;
  $('next').replaceChildren(...next.map((name) => make('li', '', name)));
}

/** Who picks after the current pick. A shuffle decides that pick by pick: there it is the order as of now. */
function upcoming({ status, style, currentRound, rounds, teams }) {
  if (status !== 'RUNNING') return [];
  if (style === 'SHUFFLE') {
    const waiting = teams.filter(({ pickPosition, team }) => pickPosition && team.id !== currentRound.team?.id);
    return waiting.sort((a, b) => a.pickPosition - b.pickPosition).map(({ team }) => team.name).slice(0, N_NEXT);
  }
  const later = rounds.filter(({ pickNumber, team }) => pickNumber > currentRound.pickNumber && team);
  return later.map(({ team }) => team.name).slice(0, N_NEXT);
}

function teamCard({ size, totalMmr, team }, draft, newcomer) {
  const isOnTurn = draft.status === 'RUNNING' && draft.currentRound.team?.id === team.id;
  // The captain first, the others as they joined.
  const members = [...team.members].sort((a, b) => (b.id === team.captain?.id) - (a.id === team.captain?.id));
  const rows = members.map(({ id, displayName, mmr }) => {
    const name = make('span', 'name', displayName);
    if (id === team.captain?.id) name.append(' ', captainMark());
    return make('li', id === newcomer ? 'new' : '', name, make('span', 'mmr', points(mmr)));
  });
  for (let place = size; place < TEAM_SIZE; place += 1) {
    const free = make('li', 'free', 'free');
    free.setAttribute('aria-hidden', 'true');
    rows.push(free);
  }
  const total = make('p', 'total', `${points(totalMmr)} MMR`, make('span', 'size', `${size} of ${TEAM_SIZE}`));
  const card = make('li', isOnTurn ? 'team on-turn' : 'team', make('h3', '', team.name));
  if (isOnTurn) card.append(make('p', 'badge', 'picks now'));
  card.append(total, make('ol', 'members', ...rows));
  return card;
}

/** A letter as on a jersey, and the word for who cannot see it. */
function captainMark() {
  const letter = make('span', 'mark', 'C');
  letter.title = 'captain';
  letter.setAttribute('aria-hidden', 'true');
  return make('span', '', letter, make('span', 'unseen', 'captain'));
}

function showPool({ availableIds }) {
  const players = availableIds.map((id) => known.players.get(id)).filter(Boolean);
  // Highest MMR first, unknown ones last, as the server orders its pages.
  players.sort((a, b) => (b.mmr ?? -1) - (a.mmr ?? -1) || a.displayName.localeCompare(b.displayName));
  $('pool').hidden = availableIds.length === 0;
  setText($('pool-size'), String(availableIds.length));
  $('pool-list').replaceChildren(
    ...players.map(({ displayName, mmr }) =>
      make('li', '', make('span', 'name', displayName), make('span', 'mmr', points(mmr))),
    ),
  );
  // A snapshot names the first hundred.
  const more = availableIds.length - players.length;
  $('pool-more').hidden = more === 0;
  setText($('pool-more'), `and ${more} more`);
}

/** The entries worth a line: whoever won a roll is not named a second time. */
function told(log) {
  const wonByDice = (entry, before) =>
    entry.__typename === 'CaptainAssigned' && before?.__typename === 'TieRolled' && entry.pickNumber === before.pickNumber;
  return log.filter((entry, index) => !wonByDice(entry, log[index - 1]));
}

function showLog() {
  const entries = told(known.log).map(logEntry).reverse();
  $('log-list').replaceChildren(...entries);
}

function logEntry(event) {
  const at = new Date(event.createdAt);
  const time = make('time', '', at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }));
  time.dateTime = event.createdAt;
  const entry = make('li', event.__typename, time, make('p', '', words(event)));
  if (event.resolution) entry.append(rolls(event.resolution, event.winnerName));
  return entry;
}

/** The dice of a tie, a line for each time they were rolled; read aloud as one sentence. */
function rolls(resolution, winnerName) {
  const lines = resolution.rollRounds.map(({ rolls }) => {
    const line = make('div', 'rolls');
    for (const { team, value } of rolls) {
      const won = team?.id === resolution.winner?.id;
      line.append(make('span', won ? 'roll won' : 'roll', die(value), team?.name ?? '?'));
    }
    return line;
  });
  const picture = make('div', 'dice', ...lines);
  picture.setAttribute('role', 'img');
  picture.setAttribute('aria-label', tie(resolution, winnerName));
  return picture;
}

/** Where the pips of each face are, on a grid of three by three read from the top left. */
const PIPS = [[], [4], [2, 6], [2, 4, 6], [0, 2, 6, 8], [0, 2, 4, 6, 8], [0, 2, 3, 5, 6, 8]];

function die(value) {
  const svg = (tag, attributes) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
    Object.entries(attributes).forEach(([name, it]) => element.setAttribute(name, it));
    return element;
  };
  const face = svg('svg', { class: 'die', viewBox: '0 0 24 24', 'data-value': value });
  face.append(svg('rect', { x: 1, y: 1, width: 22, height: 22, rx: 5 }));
  for (const at of PIPS[value] ?? []) {
    face.append(svg('circle', { cx: 6 + 6 * (at % 3), cy: 6 + 6 * Math.floor(at / 3), r: 2.1 }));
  }
  return face;
}

function showState(state) {
  const link = $('link');
  if (link.dataset.state === state) return;
  link.dataset.state = state;
  link.textContent = state === 'live' ? 'live' : `${state}…`;
}

function showRefusal(id, { code, message }) {
  // The id is all that a reader of this page can get wrong.
  const text = ['NOT_FOUND', 'BAD_USER_INPUT'].includes(code) ? `There is no draft “${id}”.` : `The draft cannot be shown: ${message}`;
  $('link').hidden = true;
  $('board').hidden = true;
  $('refusal').hidden = false;
  setText($('refusal'), text);
  document.title = text;
}

// ---- the page -------------------------------------------------------------------------------------------------

/** The last segment of the path: `42` or `Draft:42`. */
function draftId() {
  const segment = location.pathname.split('/').at(-1);
  try {
    return decodeURIComponent(segment);
  } catch {
    // Not encoded text: then it is no id either, and the server says so.
    return segment;
  }
}

const id = draftId();
try {
  await follow({ query: FEED, variables: { id } }, () => known.seq, {
    data: ({ draftFeed }) => takeIn(draftFeed),
    state: showState,
  });
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  showRefusal(id, error);
}
