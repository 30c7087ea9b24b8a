// Who is logged in, beside the name of the page; or where to log in, if this server offers it.
import { useEffect, useState } from 'react';

/** What only a page of this site can send along. */
const OWN = { 'X-Requested-With': 'inhouse' };

async function readAccount() {
  const [viewer, options] = await Promise.all([
    fetch('/graphql', {
      method: 'POST',
      headers: { Accept: 'application/json', 'Content-Type': 'application/json' },
      body: JSON.stringify({ query: '{ viewer { user { displayName } } }' }),
    }),
    fetch('/auth/options'),
  ]);
  const { data } = await viewer.json();
  return { name: data?.viewer?.user.displayName, ...(await options.json()) };
}

async function logOut() {
  const answer = await fetch('/auth/logout', { method: 'POST', headers: OWN });
  if (answer.ok) {
    // Answers in the tabs are those of whoever was logged in.
    window.location.reload();
  }
}

export function Account() {
  const [account, setAccount] = useState({});
  useEffect(() => {
    // Without an answer the page works all the same.
    readAccount().then(setAccount, () => {});
  }, []);

  if (account.name) {
    return (
      <span className="account">
        {account.name}
        <button type="button" onClick={logOut}>
          Log out
        </button>
      </span>
    );
  }
  return (
    <span className="account">
      {account.discord && <a href="/auth/discord/login">Log in with Discord</a>}
      {account.dev && <a href="/auth/dev">Log in</a>}
    </span>
  );
}
