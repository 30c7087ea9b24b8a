-- Who did what to organizations and leagues (DOMAIN §1.11). The parent is named without a foreign key: a log outlives it.
CREATE TABLE organization_logs (
    id integer PRIMARY KEY AUTOINCREMENT,
    organization_id integer NOT NULL,
    actor_id integer REFERENCES users (id) ON DELETE SET NULL,
    action text NOT NULL CHECK (action IN ('add_admin', 'remove_admin', 'add_staff', 'remove_staff',
        'transfer_ownership', 'create', 'update', 'delete')),
    target_user_id integer REFERENCES users (id) ON DELETE SET NULL,
    details text NOT NULL,
    created_at text NOT NULL
) STRICT;
CREATE INDEX organization_logs_organization_id_idx ON organization_logs (organization_id, created_at DESC, id DESC);

CREATE TABLE league_logs (
    id integer PRIMARY KEY AUTOINCREMENT,
    league_id integer NOT NULL,
    actor_id integer REFERENCES users (id) ON DELETE SET NULL,
    action text NOT NULL CHECK (action IN ('add_admin', 'remove_admin', 'add_staff', 'remove_staff',
        'link_organization', 'unlink_organization', 'create', 'update', 'delete')),
    target_user_id integer REFERENCES users (id) ON DELETE SET NULL,
    details text NOT NULL,
    created_at text NOT NULL
) STRICT;
CREATE INDEX league_logs_league_id_idx ON league_logs (league_id, created_at DESC, id DESC);

-- Whether the losers bracket's winner must win twice (DOMAIN §3.3).
ALTER TABLE tournaments ADD COLUMN has_grand_final_reset integer NOT NULL DEFAULT 0 CHECK (has_grand_final_reset IN (0, 1));
