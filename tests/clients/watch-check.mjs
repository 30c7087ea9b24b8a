// Opens the watch page in a real browser, at the width of a phone and of a desk, while a draft runs through the API:
// node watch-check.mjs CHROMIUM SCREENSHOTS. The server is its own (see support/server.mjs), for it is restarted and its
// tournament drafted.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { ask, Draft, logIn, randomOf } from './support/draft.mjs';
import { Server } from './support/server.mjs';

const [executablePath, screenshots] = process.argv.slice(2);
const TIMEOUT_MS = 20_000;
const SIZES = [
  { name: 'phone', colorScheme: 'light', viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
  { name: 'desk', colorScheme: 'dark', viewport: { width: 1280, height: 900 } },
];

const problems = [];
/** While the server is away the browser's console says that it cannot be reached: that is what was asked for. */
let isServerAway = false;

async function openPage(browser, size) {
  const context = await browser.newContext(size);
  context.setDefaultTimeout(TIMEOUT_MS);
  context.on('request', (request) => {
    if (new URL(request.url()).host !== server.host) problems.push(`request to another origin: ${request.url()}`);
  });
  const page = await context.newPage();
  page.on('pageerror', (error) => problems.push(`uncaught: ${error.message}`));
  page.on('console', (message) => {
    const isNetwork = /net::ERR_/.test(message.text());
    if (message.type() === 'error' && !(isServerAway && isNetwork)) problems.push(`console: ${message.text()}`);
  });
  await page.exposeFunction('reportViolation', (text) => problems.push(`policy: ${text}`));
  await page.addInitScript(`window.shown = ${shownOn}`);
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      window.reportViolation(`${event.violatedDirective} forbids ${event.blockedURI}`);
    });
  });
  return page;
}

/** What the draft looks like to who asks the API, in the words of the page. */
async function expectedOf(id) {
  const query = `query ($id: ID!) {
    draft(id: $id) {
      status
      rounds { choice { id } }
      currentRound { pickNumber team { name } }
      teams { totalMmr team { name captain { id } members { id displayName } } }
      available(first: 100) { nodes { user { displayName } } }
    }
  }`;
  const { draft } = await ask(server.host, query, { id });
  const { status, currentRound: round, rounds } = draft;
  const isOver = status === 'COMPLETED';
  return {
    headline: isOver ? 'The draft is complete' : `${round.team.name} picks`,
    pick: isOver ? `${rounds.filter(({ choice }) => choice).length} picks` : `Pick ${round.pickNumber} of ${rounds.length}`,
    onTurn: isOver ? [] : [round.team.name],
    teams: draft.teams.map(({ totalMmr, team }) => ({
      name: team.name,
      total: `${totalMmr.toLocaleString('en')} MMR`,
      captain: team.members.find(({ id }) => id === team.captain.id).displayName,
      members: team.members.map(({ displayName }) => displayName).sort(),
    })),
    pool: draft.available.nodes.map(({ user }) => user.displayName).sort(),
  };
}

/** The same, read off the page, in which it runs. */
function shownOn() {
  const text = (element) => element.firstChild?.textContent.trim() ?? '';
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  return {
    headline: text(document.querySelector('#headline')),
    pick: text(document.querySelector('#pick')).split(' · ')[0],
    onTurn: all('.team.on-turn h3').map(text),
    teams: all('.team').map((card) => ({
      name: text(card.querySelector('h3')),
      total: text(card.querySelector('.total')),
      captain: text(card.querySelector('.members li:first-child .name:has(.mark)')),
      members: all('.members .name', card).map(text).sort(),
    })),
    pool: all('#pool-list .name').map(text).sort(),
  };
}

/** Waits until every page shows the draft as the API tells it; else says where they differ. */
async function assertShown(id, what) {
  const expected = await expectedOf(id);
  for (const [size, page] of pages) {
    await page
      .waitForFunction((wanted) => JSON.stringify(window.shown()) === wanted, JSON.stringify(expected))
      .catch(async () => assert.deepEqual(await page.evaluate(() => window.shown()), expected, `${what}: ${size}`));
  }
  console.log(`ok: ${what}`);
}

/** Waits until every page says so in this place. */
async function assertSays(selector, text, what) {
  for (const [, page] of pages) await page.locator(selector, { hasText: text }).first().waitFor();
  console.log(`ok: ${what}`);
}

async function takeScreenshots(name) {
  for (const [size, page] of pages) {
    const { wide, room } = await page.evaluate(() => ({
      wide: document.documentElement.scrollWidth,
      room: document.documentElement.clientWidth,
    }));
    assert.ok(wide <= room, `${name}: the ${size} scrolls sideways, ${wide} pixels in ${room}`);
    await page.screenshot({ path: join(screenshots, `watch-${name}-${size}.png`), fullPage: true });
  }
}

async function check() {
  const cookie = await logIn(server.host);
  const random = randomOf(4);
  // Three captains that dice must tell apart, and somebody whose name is made to break a page.
  for (const id of ['User:8', 'User:9', 'User:10']) await change(cookie, { id, mmr: 1000 });
  await change(cookie, { id: 'User:4', nickname: '<img src=x onerror=alert(1)>' });
  const draft = await Draft.start(server.host, cookie, 'SHUFFLE');
  for (const [size, page] of pages) {
    const response = await page.goto(`http://${server.host}/watch/${draft.id}`);
    const policy = response.headers()['content-security-policy'] ?? '';
    assert.ok(policy.startsWith("default-src 'none'; script-src 'self'; style-src 'self';"), `${size}: ${policy}`);
  }
  await assertShown(draft.id, 'a draft that has just begun');
  await assertSays('#link', 'live', 'the connection is live');
  await assertSays('#dice .roll.won', 'Team', 'the dice that gave the first pick are shown');
  await assertSays('#log-list li', /^.*Tie: .* rolled [1-6], .* rolled [1-6], .* rolled [1-6].* → .* picks next/, 'the log tells them');
  await assertSays('#pool-list', '<img src=x onerror=alert(1)>', 'a name is text, whatever it looks like');
  await takeScreenshots('dice');

  for (let made = 0; made < 9; made += 1) {
    await draft.pick(random);
    await assertShown(draft.id, `pick ${made + 1}: teams fill up and the turn goes on`);
  }
  await takeScreenshots('running');

  await draft.undo();
  await assertShown(draft.id, 'an undo');
  await assertSays('#log-list li:first-child', 'Pick 9 is undone', 'the log tells of the undo');

  isServerAway = true;
  await server.stop();
  await assertSays('#link', 'reconnecting', 'the badge says that the server is away');
  await takeScreenshots('reconnecting');
  await server.start();
  await draft.pick(random);
  await assertShown(draft.id, 'what was missed while the server was away');
  await assertSays('#link', 'live', 'the connection is live again');
  isServerAway = false;

  await draft.restart('SNAKE');
  await assertShown(draft.id, 'a draft that was started over');
  await assertSays('#log-list', 'starts over: snake, 8 teams', 'the log tells of the restart');
  while (draft.isRunning) await draft.pick(random);
  await assertShown(draft.id, 'a draft that is complete');
  await takeScreenshots('complete');

  for (const [, page] of pages) await page.goto(`http://${server.host}/watch/424242`);
  await assertSays('#refusal', 'There is no draft “424242”.', 'a draft that does not exist');
  await takeScreenshots('none');
  // A path is text of a stranger.
  for (const [, page] of pages) await page.goto(`http://${server.host}/watch/${encodeURIComponent('<img src=x>')}`);
  await assertSays('#refusal', 'There is no draft “<img src=x>”.', 'an id that is no id is shown as text');
}

/** What site staff may change of a person. */
async function change(cookie, input) {
  const query = 'mutation ($input: UserUpdateInput!) { userUpdate(input: $input) { userErrors { message } } }';
  const { userUpdate } = await ask(server.host, query, { input }, cookie);
  assert.deepEqual(userUpdate.userErrors, []);
}

const server = await Server.start();
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync'],
});
const pages = [];
try {
  for (const size of SIZES) pages.push([size.name, await openPage(browser, size)]);
  await check();
} catch (error) {
  problems.push(error.stack);
} finally {
  await browser.close();
  await server.remove();
}

if (problems.length > 0) {
  console.error(`the watch page has ${problems.length} problem(s):`);
  problems.forEach((problem) => console.error(`  ${problem}`));
  process.exit(1);
}
console.log(`the watch page works; screenshots: ${screenshots}`);
