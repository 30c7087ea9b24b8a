-- Logins that Discord has not answered yet. Kept here, so that a state is good once, on whatever server its answer
-- arrives, and never after its time.
CREATE TABLE login_attempts (
    state_hash text NOT NULL PRIMARY KEY,
    pkce_verifier text NOT NULL,
    return_to text NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX login_attempts_expires_at_idx ON login_attempts (expires_at);
