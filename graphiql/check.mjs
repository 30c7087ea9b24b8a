// Proves in a real browser that the served page works: all files from one origin, nothing that its
// Content-Security-Policy forbids, no console error, and an answer without errors in every example tab.
import { readFileSync, readdirSync } from 'node:fs';
import { chromium } from 'playwright-core';

const [baseUrl, screenshot, executablePath] = process.argv.slice(2);
const base = new URL(baseUrl);
const TIMEOUT_MS = 20_000;

const folder = new URL('../examples/', import.meta.url);
/** The examples in the order of their tabs: whether each changes something, or goes on. */
const examples = readdirSync(folder)
  .filter((name) => name.endsWith('.graphql'))
  .sort()
  .map((name) => ({ name, text: readFileSync(new URL(name, folder), 'utf8') }))
  .map(({ name, text }) => ({ name, changes: /^mutation /m.test(text), goesOn: /^subscription /m.test(text) }));

const problems = [];
const workers = [];

function sameOrigin(text) {
  const url = new URL(text);
  const isLocal = url.protocol === 'data:';
  return isLocal || url.origin === base.origin || (/^wss?:$/.test(url.protocol) && url.host === base.host);
}

const browser = await chromium.launch({
  executablePath,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    // A request that leaves the origin fails by name, even where there is a network.
    `--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE ${base.hostname}`,
  ],
});

/** A page of a browser that was never here, with every complaint written to `problems`. */
async function openPage() {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    colorScheme: 'light',
  });
  context.setDefaultTimeout(TIMEOUT_MS);
  context.on('request', (request) => {
    if (!sameOrigin(request.url())) problems.push(`request to another origin: ${request.url()}`);
  });
  context.on('response', (response) => {
    if (response.status() >= 400) problems.push(`${response.status()} for ${response.url()}`);
  });
  const page = await context.newPage();
  page.on('websocket', (socket) => {
    if (!sameOrigin(socket.url())) problems.push(`socket to another origin: ${socket.url()}`);
  });
  page.on('worker', (worker) => workers.push(worker.url()));
  page.on('pageerror', (error) => problems.push(`uncaught: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()}`);
  });
  await page.exposeFunction('reportViolation', (text) => problems.push(`policy: ${text}`));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      window.reportViolation(`${event.violatedDirective} forbids ${event.blockedURI}`);
    });
  });
  return page;
}

const tabTitles = (page) => page.locator('.graphiql-tab-button').allInnerTexts();

/** Waits for one of these in the response pane; Monaco draws only the lines in sight, so its model is read instead. */
async function responseWith(page, ...wanted) {
  const answer = await page.waitForFunction((wanted) => {
    const models = globalThis.__MONACO?.editor.getModels() ?? [];
    const text = models.find(({ uri }) => uri.path.endsWith('response.json'))?.getValue();
    return wanted.some((it) => text?.includes(it)) ? text : null;
  }, wanted);
  return JSON.parse(await answer.jsonValue());
}

async function runTab(page, index) {
  await page.locator('.graphiql-tab-button').nth(index).click();
  await page.locator('.graphiql-query-editor .view-line').first().click();
  await page.keyboard.press('ControlOrMeta+Enter');
  const answer = await responseWith(page, '"data"', '"errors"');
  if (examples[index]?.goesOn && answer.data) {
    // It is told more, at least that nothing happens.
    await responseWith(page, '"DraftHeartbeat"', '"DraftEventItem"');
  }
  return answer;
}

const account = (page) =>
  page.locator('.account', { has: page.locator('button', { hasText: 'Log out' }) });

/** Logs in as somebody of this rank on the page for development; false if the server does not offer it. */
async function logIn(page, rank) {
  const { dev } = await (await page.request.get(new URL('/auth/options', base).href)).json();
  if (!dev) return false;
  await page.locator('.account a', { hasText: 'Log in' }).last().click();
  const somebody = page.locator('form li', { hasText: rank }).first().locator('button');
  const name = await somebody.innerText();
  await somebody.click();
  await account(page).waitFor();
  console.log(`logged in as ${name}: shown as ${(await account(page).innerText()).replace('Log out', '').trim()}`);
  await page.locator('.graphiql-query-editor .view-line').first().waitFor();
  return true;
}

/** Logs out again. */
async function logOut(page) {
  await account(page).locator('button').click();
  await page.locator('.account a', { hasText: 'Log in' }).first().waitFor();
}

async function check() {
  const page = await openPage();
  const response = await page.goto(base.href);
  const policy = response.headers()['content-security-policy'] ?? '';
  if (!policy.includes("default-src 'none'")) problems.push(`policy is not strict: "${policy}"`);

  // Colours in the editor: Monaco, its GraphQL tokens and its theme are there.
  await page.locator('.graphiql-query-editor .view-line').first().waitFor();
  await page.waitForFunction(() => {
    const tokens = document.querySelectorAll('.graphiql-query-editor .view-line span[class^="mtk"]');
    return new Set([...tokens].map(({ className }) => className)).size >= 3;
  });

  const titles = await tabTitles(page);
  if (titles.length !== examples.length || titles.some((title) => title.includes('untitled'))) {
    problems.push(`expected ${examples.length} named example tabs, found: ${titles.join(', ')}`);
  }
  const isStaff = await logIn(page, 'site staff');
  for (const [index, title] of titles.entries()) {
    if (examples[index]?.changes && !isStaff) {
      console.log(`${title}: skipped, for nobody can log in as staff here`);
      continue;
    }
    const { data, errors } = await runTab(page, index);
    // On a server where the draft went on since, a pick of its beginning is refused, and says why.
    const refused = Object.values(data ?? {}).flatMap((it) => it?.userErrors ?? []);
    console.log(`${title}: ${errors ? 'errors' : 'data'} ${refused.map(({ code }) => code).join(' ')}`);
    if (!data || errors) problems.push(`${title} answered ${JSON.stringify(errors ?? data)}`);
  }

  // The docs panel is filled from the introspected schema; the first answer is still in its tab.
  await page.locator('.graphiql-tab-button').first().click();
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
  await page.locator('.graphiql-doc-explorer-root-type, .graphiql-doc-explorer-section').first().waitFor();
  await page.locator('.graphiql-response .view-line', { hasText: '"data"' }).first().waitFor();
  await page.mouse.move(0, 0);
  await page.screenshot({ path: screenshot });

  if (isStaff) await logOut(page);

  if (workers.length === 0) problems.push('no worker was started');
  for (const url of workers) {
    if (!url.startsWith(`${base.origin}/graphiql/`)) problems.push(`worker from ${url}`);
  }
}

try {
  await check();
} catch (error) {
  problems.push(error.message);
} finally {
  await browser.close();
}

if (problems.length > 0) {
  console.error(`GraphiQL at ${base.href} has ${problems.length} problem(s):`);
  problems.forEach((problem) => console.error(`  ${problem}`));
  process.exit(1);
}
console.log(`GraphiQL at ${base.href} works; screenshot: ${screenshot}`);
