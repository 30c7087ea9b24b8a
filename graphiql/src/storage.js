// What the browser remembers: under keys of our own, so that the tabs of another GraphiQL on the same
// address (localhost is shared by many) never show up here, and so that untouched examples stay current.
import { examples } from './examples.js';

const PREFIX = 'inhouse:';
const TABS = 'graphiql:tabState';
const SEEDED = 'seededExamples';

let frozen = false;

const ownKeys = () => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));

/** The part of localStorage that GraphiQL sees. */
export const storage = {
  getItem: (key) => localStorage.getItem(PREFIX + key),
  setItem: (key, value) => {
    if (!frozen) localStorage.setItem(PREFIX + key, value);
  },
  removeItem: (key) => localStorage.removeItem(PREFIX + key),
  clear: () => ownKeys().forEach((key) => localStorage.removeItem(key)),
  get length() {
    return ownKeys().length;
  },
};

const fingerprint = (tabs) =>
  JSON.stringify(tabs.map(({ query, variables }) => [query ?? '', variables ?? '']));

/** Forgets tabs, but not the theme or the layout. */
function forgetTabs() {
  for (const name of ['tabState', 'query', 'variables', 'headers']) {
    storage.removeItem(`graphiql:${name}`);
  }
}

/** True when the stored tabs are exactly the examples of an earlier build: nothing of the visitor's is lost. */
function holdsOnlyOldExamples() {
  const seeded = storage.getItem(SEEDED);
  if (seeded === null || seeded === fingerprint(examples)) return false;
  try {
    return fingerprint(JSON.parse(storage.getItem(TABS)).tabs) === seeded;
  } catch {
    return true;
  }
}

export function resetToExamples() {
  forgetTabs();
  // GraphiQL writes with a delay: without this the old tabs would come back before the reload.
  frozen = true;
  window.location.reload();
}

if (holdsOnlyOldExamples()) forgetTabs();

export const isFirstVisit = storage.getItem(TABS) === null;
if (isFirstVisit) storage.setItem(SEEDED, fingerprint(examples));
