// How an operation reaches the server: POST for queries and mutations, a WebSocket for subscriptions.
import { Kind, parse } from 'graphql';
import { createClient } from 'graphql-ws';

const ENDPOINT = '/graphql';

/** The response, or an error that shows what came instead (a proxy's page, say). */
async function post(params, headers) {
  const response = await fetch(ENDPOINT, {
    method: 'POST',
    credentials: 'same-origin',
    headers: {
      Accept: 'application/graphql-response+json, application/json;q=0.9',
      'Content-Type': 'application/json',
      ...headers,
    },
    body: JSON.stringify(params),
  });
  const body = await response.text();
  try {
    return JSON.parse(body);
  } catch {
    return { errors: [{ message: `HTTP ${response.status} without a GraphQL response`, body }] };
  }
}

let client;

/** Connects with the first subscription; the session cookie travels with the upgrade. */
function subscribe(params) {
  // Written out, since older browsers take no relative address for a socket.
  const url = new URL(ENDPOINT, window.location.href).href.replace(/^http/, 'ws');
  client ??= createClient({ url, retryAttempts: 3 });
  return client.iterate(params);
}

/**
 * The operation to run. GraphiQL's own idea of it is a moment late after a change of tab:
 * its name may still be that of the tab before, which the server would not find.
 */
function chosenOperation({ query, operationName }) {
  try {
    const operations = parse(query).definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
    const isOnly = operations.length === 1;
    return operations.find(({ name }) => isOnly || name?.value === operationName);
  } catch {
    // Not GraphQL: the server's error is what the person should read.
    return undefined;
  }
}

export function fetcher(params, { headers } = {}) {
  const operation = chosenOperation(params);
  const request = { ...params, operationName: operation?.name?.value ?? params.operationName };
  return operation?.operation === 'subscription' ? subscribe(request) : post(request, headers);
}
