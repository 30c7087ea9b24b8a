-- The core entities of DOMAIN §1 with every rule SQL can hold, plus what the server itself needs.
-- Names sort and compare by code point (the default collation), the same on both backends.
-- Composite foreign keys are deferred: a roster is consistent when its transaction ends, in whatever order it was written.

CREATE TABLE users (
    id integer PRIMARY KEY AUTOINCREMENT,
    version integer NOT NULL DEFAULT 1,
    username text NOT NULL CONSTRAINT users_username_key UNIQUE CHECK (username <> '' AND length(username) <= 150),
    nickname text CHECK (length(nickname) <= 100),
    email text NOT NULL DEFAULT '',
    is_staff integer NOT NULL DEFAULT 0 CHECK (is_staff IN (0, 1)),
    is_superuser integer NOT NULL DEFAULT 0 CHECK (is_superuser IN (0, 1)),
    is_active integer NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
    steam_id integer CONSTRAINT users_steam_id_key UNIQUE CHECK (steam_id > 76561197960265728),
    steam_account_id integer GENERATED ALWAYS AS (steam_id - 76561197960265728) STORED,
    mmr integer CHECK (mmr >= 0),
    league_mmr integer,
    has_active_dota_mmr integer NOT NULL DEFAULT 0 CHECK (has_active_dota_mmr IN (0, 1)),
    dota_mmr_last_verified_at text,
    carry integer NOT NULL DEFAULT 0 CHECK (carry BETWEEN 0 AND 5),
    mid integer NOT NULL DEFAULT 0 CHECK (mid BETWEEN 0 AND 5),
    offlane integer NOT NULL DEFAULT 0 CHECK (offlane BETWEEN 0 AND 5),
    soft_support integer NOT NULL DEFAULT 0 CHECK (soft_support BETWEEN 0 AND 5),
    hard_support integer NOT NULL DEFAULT 0 CHECK (hard_support BETWEEN 0 AND 5),
    avatar text,
    discord_id text CONSTRAINT users_discord_id_key UNIQUE CHECK (length(discord_id) BETWEEN 1 AND 20),
    discord_username text,
    discord_nickname text,
    guild_nickname text,
    default_organization_id integer,
    created_at text NOT NULL,
    updated_at text NOT NULL,
    FOREIGN KEY (default_organization_id) REFERENCES organizations (id) ON DELETE SET NULL
) STRICT;
CREATE INDEX users_steam_account_id_idx ON users (steam_account_id);
CREATE INDEX users_mmr_idx ON users (mmr DESC, id DESC);
CREATE INDEX users_created_at_idx ON users (created_at, id);
CREATE INDEX users_discord_username_idx ON users (discord_username);
CREATE INDEX users_discord_nickname_idx ON users (discord_nickname);
CREATE INDEX users_guild_nickname_idx ON users (guild_nickname);

CREATE TABLE organizations (
    id integer PRIMARY KEY AUTOINCREMENT,
    version integer NOT NULL DEFAULT 1,
    name text NOT NULL CHECK (name <> '' AND length(name) <= 255),
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 10000),
    rules_template text NOT NULL DEFAULT '' CHECK (length(rules_template) <= 50000),
    logo text NOT NULL DEFAULT '',
    discord_link text NOT NULL DEFAULT '',
    discord_server_id text CHECK (length(discord_server_id) BETWEEN 1 AND 20),
    timezone text NOT NULL DEFAULT 'America/New_York' CHECK (length(timezone) <= 50),
    owner_id integer REFERENCES users (id) ON DELETE RESTRICT,
    default_league_id integer,
    created_at text NOT NULL,
    updated_at text NOT NULL,
    FOREIGN KEY (default_league_id) REFERENCES leagues (id) ON DELETE SET NULL
) STRICT;
CREATE INDEX organizations_name_idx ON organizations (name, id);
CREATE INDEX organizations_created_at_idx ON organizations (created_at, id);
CREATE INDEX organizations_owner_id_idx ON organizations (owner_id);

-- The primary key says it: at most one role for a user in an organization (DOMAIN §1.3).
CREATE TABLE organization_roles (
    organization_id integer NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    user_id integer NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role text NOT NULL CHECK (role IN ('admin', 'staff')),
    PRIMARY KEY (organization_id, user_id)
) STRICT;
CREATE INDEX organization_roles_user_id_idx ON organization_roles (user_id);

CREATE TABLE leagues (
    id integer PRIMARY KEY AUTOINCREMENT,
    version integer NOT NULL DEFAULT 1,
    name text NOT NULL CHECK (name <> '' AND length(name) <= 255),
    steam_league_id integer NOT NULL CONSTRAINT leagues_steam_league_id_key UNIQUE CHECK (steam_league_id >= 1),
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 10000),
    rules text NOT NULL DEFAULT '' CHECK (length(rules) <= 50000),
    prize_pool text NOT NULL DEFAULT '' CHECK (length(prize_pool) <= 100),
    timezone text NOT NULL DEFAULT 'America/New_York' CHECK (length(timezone) <= 50),
    last_synced_at text,
    rating_system text NOT NULL DEFAULT 'elo' CHECK (rating_system IN ('elo', 'fixed_delta')),
    k_factor_default real NOT NULL DEFAULT 32 CHECK (k_factor_default >= 0),
    k_factor_placement real NOT NULL DEFAULT 64 CHECK (k_factor_placement >= 0),
    placement_games integer NOT NULL DEFAULT 10 CHECK (placement_games >= 0),
    fixed_delta real NOT NULL DEFAULT 25 CHECK (fixed_delta >= 0),
    age_decay_enabled integer NOT NULL DEFAULT 0 CHECK (age_decay_enabled IN (0, 1)),
    age_decay_half_life_days integer NOT NULL DEFAULT 180 CHECK (age_decay_half_life_days > 0),
    age_decay_minimum real NOT NULL DEFAULT 0.1 CHECK (age_decay_minimum BETWEEN 0 AND 1),
    recalc_max_age_days integer NOT NULL DEFAULT 90 CHECK (recalc_max_age_days >= 0),
    recalc_mmr_threshold integer NOT NULL DEFAULT 500 CHECK (recalc_mmr_threshold >= 0),
    created_at text NOT NULL,
    updated_at text NOT NULL
) STRICT;
CREATE INDEX leagues_name_idx ON leagues (name, id);
CREATE INDEX leagues_created_at_idx ON leagues (created_at, id);

CREATE TABLE league_organizations (
    league_id integer NOT NULL REFERENCES leagues (id) ON DELETE CASCADE,
    organization_id integer NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    PRIMARY KEY (league_id, organization_id)
) STRICT;
CREATE INDEX league_organizations_organization_id_idx ON league_organizations (organization_id);

CREATE TABLE league_roles (
    league_id integer NOT NULL REFERENCES leagues (id) ON DELETE CASCADE,
    user_id integer NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role text NOT NULL CHECK (role IN ('admin', 'staff')),
    PRIMARY KEY (league_id, user_id)
) STRICT;
CREATE INDEX league_roles_user_id_idx ON league_roles (user_id);

CREATE TABLE tournaments (
    id integer PRIMARY KEY AUTOINCREMENT,
    version integer NOT NULL DEFAULT 1,
    name text NOT NULL CHECK (name <> '' AND length(name) <= 255),
    starts_at text NOT NULL,
    timezone text NOT NULL DEFAULT 'UTC' CHECK (length(timezone) <= 50),
    state text NOT NULL DEFAULT 'future' CHECK (state IN ('future', 'in_progress', 'past')),
    tournament_type text NOT NULL DEFAULT 'double_elimination'
        CHECK (tournament_type IN ('single_elimination', 'double_elimination', 'swiss')),
    steam_league_id integer CHECK (steam_league_id >= 1),
    league_id integer REFERENCES leagues (id) ON DELETE SET NULL,
    winning_team_id integer CONSTRAINT tournaments_winning_team_id_key UNIQUE,
    created_at text NOT NULL,
    updated_at text NOT NULL,
    FOREIGN KEY (winning_team_id) REFERENCES teams (id) ON DELETE SET NULL,
    CONSTRAINT tournaments_winning_team_of_tournament
        FOREIGN KEY (winning_team_id, id) REFERENCES teams (id, tournament_id) DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX tournaments_name_idx ON tournaments (name, id);
CREATE INDEX tournaments_starts_at_idx ON tournaments (starts_at DESC, id DESC);
CREATE INDEX tournaments_created_at_idx ON tournaments (created_at, id);
CREATE INDEX tournaments_state_idx ON tournaments (state);
CREATE INDEX tournaments_league_id_idx ON tournaments (league_id);

CREATE TABLE tournament_players (
    tournament_id integer NOT NULL REFERENCES tournaments (id) ON DELETE CASCADE,
    user_id integer NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    PRIMARY KEY (tournament_id, user_id)
) STRICT;
CREATE INDEX tournament_players_user_id_idx ON tournament_players (user_id);

CREATE TABLE teams (
    id integer PRIMARY KEY AUTOINCREMENT,
    version integer NOT NULL DEFAULT 1,
    name text NOT NULL CHECK (name <> '' AND length(name) <= 255),
    tournament_id integer NOT NULL REFERENCES tournaments (id) ON DELETE CASCADE,
    captain_id integer REFERENCES users (id) ON DELETE SET NULL,
    deputy_captain_id integer REFERENCES users (id) ON DELETE SET NULL,
    draft_order integer CHECK (draft_order >= 1),
    placement integer CHECK (placement >= 1),
    created_at text NOT NULL,
    updated_at text NOT NULL,
    CONSTRAINT teams_id_tournament_id_key UNIQUE (id, tournament_id),
    CONSTRAINT teams_tournament_id_captain_id_key UNIQUE (tournament_id, captain_id),
    CONSTRAINT teams_tournament_id_draft_order_key UNIQUE (tournament_id, draft_order),
    CONSTRAINT teams_deputy_is_not_captain CHECK (deputy_captain_id <> captain_id),
    CONSTRAINT teams_captain_is_member
        FOREIGN KEY (id, captain_id) REFERENCES team_members (team_id, member_id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT teams_deputy_is_member
        FOREIGN KEY (id, deputy_captain_id) REFERENCES team_members (team_id, member_id) DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX teams_name_idx ON teams (name);
CREATE INDEX teams_captain_id_idx ON teams (captain_id);

-- `member_id` is the user on rows that count as membership, null on substitutes and people who left. It lets a plain
-- unique key say "member of at most one team per tournament" and plain foreign keys say "members are registered
-- players" and "captain and deputy are members" (DOMAIN §1.6).
CREATE TABLE team_members (
    id integer PRIMARY KEY AUTOINCREMENT,
    team_id integer NOT NULL,
    tournament_id integer NOT NULL,
    user_id integer NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    kind text NOT NULL CHECK (kind IN ('member', 'dropin', 'left')),
    member_id integer GENERATED ALWAYS AS (CASE WHEN kind = 'member' THEN user_id END) STORED,
    CONSTRAINT team_members_team_of_tournament
        FOREIGN KEY (team_id, tournament_id) REFERENCES teams (id, tournament_id) ON DELETE CASCADE,
    CONSTRAINT team_members_team_id_user_id_kind_key UNIQUE (team_id, user_id, kind),
    CONSTRAINT team_members_team_id_member_id_key UNIQUE (team_id, member_id),
    CONSTRAINT team_members_tournament_id_member_id_key UNIQUE (tournament_id, member_id),
    CONSTRAINT team_members_are_players
        FOREIGN KEY (tournament_id, member_id) REFERENCES tournament_players (tournament_id, user_id)
        DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX team_members_user_id_idx ON team_members (user_id);

-- `version` is the `seq` of the newest event: one number for resume and for optimistic concurrency.
CREATE TABLE drafts (
    id integer PRIMARY KEY AUTOINCREMENT,
    version integer NOT NULL DEFAULT 0 CHECK (version >= 0),
    tournament_id integer NOT NULL CONSTRAINT drafts_tournament_id_key UNIQUE REFERENCES tournaments (id) ON DELETE CASCADE,
    style text NOT NULL DEFAULT 'snake' CHECK (style IN ('snake', 'normal', 'shuffle')),
    status text NOT NULL DEFAULT 'not_started' CHECK (status IN ('not_started', 'running', 'completed')),
    epoch integer NOT NULL DEFAULT 0 CHECK (epoch >= 0),
    mmr_snapshot text,
    started_at text,
    completed_at text,
    created_at text NOT NULL,
    updated_at text NOT NULL
) STRICT;

CREATE TABLE draft_rounds (
    id integer PRIMARY KEY AUTOINCREMENT,
    draft_id integer NOT NULL REFERENCES drafts (id) ON DELETE CASCADE,
    epoch integer NOT NULL CHECK (epoch >= 0),
    pick_number integer NOT NULL CHECK (pick_number >= 1),
    pick_phase integer NOT NULL CHECK (pick_phase >= 1),
    captain_id integer REFERENCES users (id) ON DELETE RESTRICT,
    team_id integer REFERENCES teams (id) ON DELETE SET NULL,
    choice_id integer REFERENCES users (id) ON DELETE RESTRICT,
    picked_at text,
    was_tie integer NOT NULL DEFAULT 0 CHECK (was_tie IN (0, 1)),
    tie_roll_data text,
    CONSTRAINT draft_rounds_draft_id_epoch_pick_number_key UNIQUE (draft_id, epoch, pick_number),
    CONSTRAINT draft_rounds_draft_id_epoch_choice_id_key UNIQUE (draft_id, epoch, choice_id),
    CONSTRAINT draft_rounds_choice_needs_captain CHECK (choice_id IS NULL OR captain_id IS NOT NULL)
) STRICT;
CREATE INDEX draft_rounds_captain_id_idx ON draft_rounds (captain_id);
CREATE INDEX draft_rounds_team_id_idx ON draft_rounds (team_id);
CREATE INDEX draft_rounds_choice_id_idx ON draft_rounds (choice_id);

CREATE TABLE draft_events (
    id integer PRIMARY KEY AUTOINCREMENT,
    draft_id integer NOT NULL REFERENCES drafts (id) ON DELETE CASCADE,
    seq integer NOT NULL CHECK (seq >= 1),
    epoch integer NOT NULL CHECK (epoch >= 0),
    event_type text NOT NULL CHECK (event_type IN
        ('draft_started', 'player_picked', 'tie_roll', 'captain_assigned', 'pick_undone', 'draft_completed')),
    payload text NOT NULL,
    actor_id integer REFERENCES users (id) ON DELETE SET NULL,
    created_at text NOT NULL,
    CONSTRAINT draft_events_draft_id_seq_key UNIQUE (draft_id, seq)
) STRICT;
CREATE INDEX draft_events_actor_id_idx ON draft_events (actor_id);

-- Teams are referred to without an action: deleting a team that has played is refused, never followed by its games.
CREATE TABLE games (
    id integer PRIMARY KEY AUTOINCREMENT,
    version integer NOT NULL DEFAULT 1,
    tournament_id integer REFERENCES tournaments (id) ON DELETE CASCADE,
    league_id integer REFERENCES leagues (id) ON DELETE CASCADE,
    round integer NOT NULL DEFAULT 1 CHECK (round >= 1),
    position integer NOT NULL DEFAULT 0 CHECK (position >= 0),
    bracket_type text NOT NULL DEFAULT 'winners' CHECK (bracket_type IN ('winners', 'losers', 'grand_finals', 'swiss')),
    elimination_type text NOT NULL DEFAULT 'double' CHECK (elimination_type IN ('single', 'double', 'swiss')),
    next_game_id integer REFERENCES games (id) ON DELETE SET NULL,
    next_game_slot text CHECK (next_game_slot IN ('radiant', 'dire')),
    loser_next_game_id integer REFERENCES games (id) ON DELETE SET NULL,
    loser_next_game_slot text CHECK (loser_next_game_slot IN ('radiant', 'dire')),
    swiss_record_wins integer NOT NULL DEFAULT 0 CHECK (swiss_record_wins >= 0),
    swiss_record_losses integer NOT NULL DEFAULT 0 CHECK (swiss_record_losses >= 0),
    status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'live', 'completed')),
    is_bye integer NOT NULL DEFAULT 0 CHECK (is_bye IN (0, 1)),
    steam_match_id integer CONSTRAINT games_steam_match_id_key UNIQUE CHECK (steam_match_id >= 1),
    radiant_team_id integer REFERENCES teams (id),
    dire_team_id integer REFERENCES teams (id),
    winning_team_id integer REFERENCES teams (id),
    created_at text NOT NULL,
    updated_at text NOT NULL,
    CONSTRAINT games_node_key UNIQUE (tournament_id, bracket_type, round, position),
    CONSTRAINT games_next_game_slot_key UNIQUE (next_game_id, next_game_slot),
    CONSTRAINT games_loser_next_game_slot_key UNIQUE (loser_next_game_id, loser_next_game_slot),
    CONSTRAINT games_slot_needs_link CHECK (next_game_id IS NULL OR next_game_slot IS NOT NULL),
    CONSTRAINT games_loser_slot_needs_link CHECK (loser_next_game_id IS NULL OR loser_next_game_slot IS NOT NULL),
    CONSTRAINT games_no_self_link CHECK (next_game_id <> id AND loser_next_game_id <> id),
    CONSTRAINT games_teams_differ CHECK (radiant_team_id <> dire_team_id),
    CONSTRAINT games_winner_played CHECK (
        winning_team_id IS NULL
        OR coalesce(winning_team_id = radiant_team_id, 0)
        OR coalesce(winning_team_id = dire_team_id, 0)),
    CONSTRAINT games_winner_when_completed CHECK ((status = 'completed') = (winning_team_id IS NOT NULL)),
    CONSTRAINT games_radiant_of_tournament FOREIGN KEY (radiant_team_id, tournament_id)
        REFERENCES teams (id, tournament_id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT games_dire_of_tournament FOREIGN KEY (dire_team_id, tournament_id)
        REFERENCES teams (id, tournament_id) DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX games_league_id_idx ON games (league_id);
CREATE INDEX games_status_idx ON games (status);
CREATE INDEX games_radiant_team_id_idx ON games (radiant_team_id);
CREATE INDEX games_dire_team_id_idx ON games (dire_team_id);
CREATE INDEX games_winning_team_id_idx ON games (winning_team_id);

-- Credentials are kept as SHA-256 hashes: a copy of this table logs nobody in.
CREATE TABLE sessions (
    id integer PRIMARY KEY AUTOINCREMENT,
    token_hash text NOT NULL CONSTRAINT sessions_token_hash_key UNIQUE,
    user_id integer NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at text NOT NULL,
    expires_at text NOT NULL,
    revoked_at text
) STRICT;
CREATE INDEX sessions_user_id_idx ON sessions (user_id);
CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);

CREATE TABLE api_tokens (
    id integer PRIMARY KEY AUTOINCREMENT,
    name text NOT NULL,
    token_hash text NOT NULL CONSTRAINT api_tokens_token_hash_key UNIQUE,
    user_id integer NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    scopes text NOT NULL,
    created_at text NOT NULL,
    expires_at text,
    revoked_at text,
    last_used_at text
) STRICT;
CREATE INDEX api_tokens_user_id_idx ON api_tokens (user_id);

CREATE TABLE idempotency_keys (
    caller text NOT NULL,
    key text NOT NULL,
    operation text NOT NULL,
    input_hash text NOT NULL,
    payload text NOT NULL,
    created_at text NOT NULL,
    expires_at text NOT NULL,
    PRIMARY KEY (caller, key)
) STRICT;
CREATE INDEX idempotency_keys_expires_at_idx ON idempotency_keys (expires_at);

-- What a transaction invalidates and announces, written inside it.
CREATE TABLE change_outbox (
    id integer PRIMARY KEY AUTOINCREMENT,
    deps text NOT NULL,
    events text NOT NULL,
    created_at text NOT NULL
) STRICT;
CREATE INDEX change_outbox_created_at_idx ON change_outbox (created_at);

-- Which row an imported object became; what makes an import repeatable (DOMAIN §9.3).
CREATE TABLE import_mappings (
    source text NOT NULL,
    entity text NOT NULL,
    source_pk integer NOT NULL,
    entity_id integer NOT NULL,
    PRIMARY KEY (source, entity, source_pk)
) STRICT;
