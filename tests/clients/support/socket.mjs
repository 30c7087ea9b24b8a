// The client of the npm package graphql-ws, as every test that speaks over a WebSocket sets it up.
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

/** A WebSocket that says who it is, as a browser would by its cookie. */
const withCookie = (cookie) =>
  class extends WebSocket {
    constructor(url, protocols) {
      super(url, protocols, { headers: cookie ? { cookie } : {} });
    }
  };

/** A client that connects again whatever happened, as soon as `mayReturn` is kept. */
export function socketClient(host, { cookie, mayReturn = Promise.resolve(), ...more } = {}) {
  return createClient({
    url: `ws://${host}/graphql`,
    webSocketImpl: withCookie(cookie),
    shouldRetry: () => true,
    retryWait: () => mayReturn,
    ...more,
  });
}

/** The only result of a query or a mutation. */
export async function answerOf(client, request) {
  const results = [];
  for await (const result of client.iterate(request)) results.push(result);
  if (results.length !== 1) throw new Error(`one result was expected, not ${JSON.stringify(results)}`);
  return results[0];
}
