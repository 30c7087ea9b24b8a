// Follows one subscription by GraphQL over SSE, over every interruption: what was missed is asked for by `Last-Event-ID`.
//
// By fetch and not by EventSource, which can neither say that a draft does not exist nor leave the cookies out. Without
// cookies, and with the same variables whatever was seen, all who watch share one encoding of each event.

/** Silence after which a connection counts as dead; heartbeats come far more often. */
const SILENCE_MS = 40_000;

/** Waits before the first tries to connect again; the last one stands for all that follow. */
const WAITS_MS = [250, 500, 1000, 2000, 4000, 8000];

/** Errors that another try may cure. */
const PASSING = ['INTERNAL_SERVER_ERROR', 'RATE_LIMITED', 'TIMEOUT', 'UNAVAILABLE'];

/** The server will not answer this, however often it is asked. */
export class Refusal extends Error {
  constructor({ message, extensions }) {
    super(message);
    this.code = extensions?.code;
  }
}

/**
 * Calls `on.data` with each result and `on.state` with `live` or `reconnecting`; ends only by a `Refusal`.
 * `position()` is the `seq` of the newest event that was taken in, or null.
 */
export async function follow(request, position, on) {
  for (let failures = 0; ; failures += 1) {
    try {
      await listen(request, position(), {
        open: () => on.state('live'),
        data: (data) => {
          failures = 0;
          on.data(data);
        },
      });
    } catch (error) {
      if (error instanceof Refusal) throw error;
      console.info(`the feed broke: ${error.message}`);
    }
    on.state('reconnecting');
    await pause(WAITS_MS[Math.min(failures, WAITS_MS.length - 1)]);
  }
}

/** One connection: returns or throws when it is over. */
async function listen(request, position, on) {
  const connection = new AbortController();
  let silence;
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(() => connection.abort(new Error('nothing was heard for too long')), SILENCE_MS);
  };
  heard();
  try {
    const response = await fetch('/graphql', {
      method: 'POST',
      credentials: 'omit',
      cache: 'no-store',
      headers: {
        Accept: 'text/event-stream',
        'Content-Type': 'application/json',
        ...(position !== null && { 'Last-Event-ID': String(position) }),
      },
      body: JSON.stringify(request),
      signal: connection.signal,
    });
    if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
      // A request that was refused before it became a stream, or something that is not this server.
      accept(await response.json());
      throw new Error(`no stream but status ${response.status}`);
    }
    // Where nothing was missed nothing may come for a while.
    on.open();
    for await (const { event, data } of messages(response.body, heard)) {
      if (event === 'complete') return;
      if (event === 'next') on.data(accept(JSON.parse(data)));
    }
  } finally {
    clearTimeout(silence);
    connection.abort();
  }
}

/** The data of a result without errors. */
function accept({ data, errors }) {
  if (!errors) return data;
  const lasting = errors.find(({ extensions }) => !PASSING.includes(extensions?.code));
  throw lasting ? new Refusal(lasting) : new Error(errors[0].message);
}

/** The messages of an event stream; `heard` is called for every sign of life, comments included. */
async function* messages(body, heard) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    heard();
    // A message ends with an empty line; what follows the last one is not complete yet.
    const blocks = (rest + value).split(/\r?\n\r?\n/);
    rest = blocks.pop();
    for (const block of blocks) {
      const lines = block.split(/\r?\n/);
      const values = (field) =>
        lines.filter((line) => line.startsWith(`${field}:`)).map((line) => line.slice(field.length + 1).replace(/^ /, ''));
      yield { event: values('event').at(-1), data: values('data').join('\n') };
    }
  }
}

/** Waits, but no longer than until the network is back or the page is looked at again. */
function pause(milliseconds) {
  return new Promise((resolve) => {
    const over = new AbortController();
    const end = () => {
      over.abort();
      resolve();
    };
    // More or less by chance, so that a restarted server is not asked by everybody at once.
    const timer = setTimeout(end, milliseconds * (0.5 + Math.random()));
    over.signal.addEventListener('abort', () => clearTimeout(timer));
    addEventListener('online', end, { signal: over.signal });
    document.addEventListener('visibilitychange', () => document.hidden || end(), { signal: over.signal });
  });
}
