-- What one process at a time may do, and until when: a job that runs, a cooldown that has begun. Kept here on every
-- backend, so that it is taken and given back by the transaction that needs it.
CREATE TABLE leases (
    name text NOT NULL PRIMARY KEY,
    holder text NOT NULL,
    expires_at timestamptz NOT NULL
);

-- Jobs that run by the clock: when next, what came of the last time, and how far one came that was cut short.
CREATE TABLE jobs (
    name text NOT NULL PRIMARY KEY,
    next_run_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    n_failures integer NOT NULL DEFAULT 0 CHECK (n_failures >= 0),
    message text,
    progress json
);
