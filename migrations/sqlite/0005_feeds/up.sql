-- What changed in a tournament, one row for each transaction: the order in which its feed tells it, for whoever comes
-- back. Without a gap.
CREATE TABLE tournament_events (
    id integer PRIMARY KEY AUTOINCREMENT,
    tournament_id integer NOT NULL REFERENCES tournaments (id) ON DELETE CASCADE,
    seq integer NOT NULL CHECK (seq >= 1),
    changes text NOT NULL,
    -- The newest entry of the draft's log when this was committed: in which order the two logs go.
    draft_seq integer,
    created_at text NOT NULL,
    CONSTRAINT tournament_events_tournament_id_seq_key UNIQUE (tournament_id, seq)
) STRICT;
