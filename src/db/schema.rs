//! The tables as diesel sees them: only SQL types both backends share.
//!
//! A test compares this with what the migrations of each backend really make; keep the columns in table order.

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::sql::UtcMicros;

    users (id) {
        id -> BigInt,
        version -> Integer,
        username -> Text,
        nickname -> Nullable<Text>,
        email -> Text,
        is_staff -> Bool,
        is_superuser -> Bool,
        is_active -> Bool,
        steam_id -> Nullable<BigInt>,
        steam_account_id -> Nullable<BigInt>,
        mmr -> Nullable<Integer>,
        league_mmr -> Nullable<Integer>,
        has_active_dota_mmr -> Bool,
        dota_mmr_last_verified_at -> Nullable<UtcMicros>,
        carry -> Integer,
        mid -> Integer,
        offlane -> Integer,
        soft_support -> Integer,
        hard_support -> Integer,
        avatar -> Nullable<Text>,
        discord_id -> Nullable<Text>,
        discord_username -> Nullable<Text>,
        discord_nickname -> Nullable<Text>,
        guild_nickname -> Nullable<Text>,
        default_organization_id -> Nullable<BigInt>,
        created_at -> UtcMicros,
        updated_at -> UtcMicros,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::sql::UtcMicros;

    organizations (id) {
        id -> BigInt,
        version -> Integer,
        name -> Text,
        description -> Text,
        rules_template -> Text,
        logo -> Text,
        discord_link -> Text,
        discord_server_id -> Nullable<Text>,
        timezone -> Text,
        owner_id -> Nullable<BigInt>,
        default_league_id -> Nullable<BigInt>,
        created_at -> UtcMicros,
        updated_at -> UtcMicros,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::sql::UtcMicros;

    organization_roles (organization_id, user_id) {
        organization_id -> BigInt,
        user_id -> BigInt,
        role -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::sql::UtcMicros;

    leagues (id) {
        id -> BigInt,
        version -> Integer,
        name -> Text,
        steam_league_id -> Integer,
        description -> Text,
        rules -> Text,
        prize_pool -> Text,
        timezone -> Text,
        last_synced_at -> Nullable<UtcMicros>,
        rating_system -> Text,
        k_factor_default -> Double,
        k_factor_placement -> Double,
        placement_games -> Integer,
        fixed_delta -> Double,
        age_decay_enabled -> Bool,
        age_decay_half_life_days -> Integer,
        age_decay_minimum -> Double,
        recalc_max_age_days -> Integer,
        recalc_mmr_threshold -> Integer,
        created_at -> UtcMicros,
        updated_at -> UtcMicros,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::sql::UtcMicros;

    league_organizations (league_id, organization_id) {
        league_id -> BigInt,
        organization_id -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::sql::UtcMicros;

    league_roles (league_id, user_id) {
        league_id -> BigInt,
        user_id -> BigInt,
        role -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::sql::UtcMicros;

    tournaments (id) {
        id -> BigInt,
        version -> Integer,
        name -> Text,
        starts_at -> UtcMicros,
        timezone -> Text,
        state -> Text,
        tournament_type -> Text,
        steam_league_id -> Nullable<Integer>,
        league_id -> Nullable<BigInt>,
        winning_team_id -> Nullable<BigInt>,
        created_at -> UtcMicros,
        updated_at -> UtcMicros,
        has_grand_final_reset -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::sql::UtcMicros;

    tournament_players (tournament_id, user_id) {
        tournament_id -> BigInt,
        user_id -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::sql::UtcMicros;

    teams (id) {
        id -> BigInt,
        version -> Integer,
        name -> Text,
        tournament_id -> BigInt,
        captain_id -> Nullable<BigInt>,
        deputy_captain_id -> Nullable<BigInt>,
        draft_order -> Nullable<Integer>,
        placement -> Nullable<Integer>,
        created_at -> UtcMicros,
        updated_at -> UtcMicros,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::sql::UtcMicros;

    team_members (id) {
        id -> BigInt,
        team_id -> BigInt,
        tournament_id -> BigInt,
        user_id -> BigInt,
        kind -> Text,
        member_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::sql::UtcMicros;

    drafts (id) {
        id -> BigInt,
        version -> Integer,
        tournament_id -> BigInt,
        style -> Text,
        status -> Text,
        epoch -> Integer,
        mmr_snapshot -> Nullable<Json>,
        started_at -> Nullable<UtcMicros>,
        completed_at -> Nullable<UtcMicros>,
        created_at -> UtcMicros,
        updated_at -> UtcMicros,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::sql::UtcMicros;

    draft_rounds (id) {
        id -> BigInt,
        draft_id -> BigInt,
        epoch -> Integer,
        pick_number -> Integer,
        pick_phase -> Integer,
        captain_id -> Nullable<BigInt>,
        team_id -> Nullable<BigInt>,
        choice_id -> Nullable<BigInt>,
        picked_at -> Nullable<UtcMicros>,
        was_tie -> Bool,
        tie_roll_data -> Nullable<Json>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::sql::UtcMicros;

    draft_events (id) {
        id -> BigInt,
        draft_id -> BigInt,
        seq -> Integer,
        epoch -> Integer,
        event_type -> Text,
        payload -> Json,
        actor_id -> Nullable<BigInt>,
        created_at -> UtcMicros,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::sql::UtcMicros;

    games (id) {
        id -> BigInt,
        version -> Integer,
        tournament_id -> Nullable<BigInt>,
        league_id -> Nullable<BigInt>,
        round -> Integer,
        position -> Integer,
        bracket_type -> Text,
        elimination_type -> Text,
        next_game_id -> Nullable<BigInt>,
        next_game_slot -> Nullable<Text>,
        loser_next_game_id -> Nullable<BigInt>,
        loser_next_game_slot -> Nullable<Text>,
        swiss_record_wins -> Integer,
        swiss_record_losses -> Integer,
        status -> Text,
        is_bye -> Bool,
        steam_match_id -> Nullable<BigInt>,
        radiant_team_id -> Nullable<BigInt>,
        dire_team_id -> Nullable<BigInt>,
        winning_team_id -> Nullable<BigInt>,
        created_at -> UtcMicros,
        updated_at -> UtcMicros,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::sql::UtcMicros;

    sessions (id) {
        id -> BigInt,
        token_hash -> Text,
        user_id -> BigInt,
        created_at -> UtcMicros,
        expires_at -> UtcMicros,
        revoked_at -> Nullable<UtcMicros>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::sql::UtcMicros;

    api_tokens (id) {
        id -> BigInt,
        name -> Text,
        token_hash -> Text,
        user_id -> BigInt,
        scopes -> Json,
        created_at -> UtcMicros,
        expires_at -> Nullable<UtcMicros>,
        revoked_at -> Nullable<UtcMicros>,
        last_used_at -> Nullable<UtcMicros>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::sql::UtcMicros;

    idempotency_keys (caller, key) {
        caller -> Text,
        key -> Text,
        operation -> Text,
        input_hash -> Text,
        payload -> Json,
        created_at -> UtcMicros,
        expires_at -> UtcMicros,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::sql::UtcMicros;

    change_outbox (id) {
        id -> BigInt,
        deps -> Json,
        events -> Json,
        created_at -> UtcMicros,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::sql::UtcMicros;

    tournament_events (id) {
        id -> BigInt,
        tournament_id -> BigInt,
        seq -> Integer,
        changes -> Json,
        draft_seq -> Nullable<Integer>,
        redraws_draft -> Bool,
        created_at -> UtcMicros,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::sql::UtcMicros;

    import_mappings (source, entity, source_pk) {
        source -> Text,
        entity -> Text,
        source_pk -> BigInt,
        entity_id -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::sql::UtcMicros;

    organization_logs (id) {
        id -> BigInt,
        organization_id -> BigInt,
        actor_id -> Nullable<BigInt>,
        action -> Text,
        target_user_id -> Nullable<BigInt>,
        details -> Json,
        created_at -> UtcMicros,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::sql::UtcMicros;

    league_logs (id) {
        id -> BigInt,
        league_id -> BigInt,
        actor_id -> Nullable<BigInt>,
        action -> Text,
        target_user_id -> Nullable<BigInt>,
        details -> Json,
        created_at -> UtcMicros,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::sql::UtcMicros;

    login_attempts (state_hash) {
        state_hash -> Text,
        pkce_verifier -> Text,
        return_to -> Text,
        expires_at -> UtcMicros,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::sql::UtcMicros;

    leases (name) {
        name -> Text,
        holder -> Text,
        expires_at -> UtcMicros,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::sql::UtcMicros;

    jobs (name) {
        name -> Text,
        next_run_at -> UtcMicros,
        started_at -> Nullable<UtcMicros>,
        finished_at -> Nullable<UtcMicros>,
        n_failures -> Integer,
        message -> Nullable<Text>,
        progress -> Nullable<Json>,
    }
}

diesel::joinable!(league_organizations -> leagues (league_id));
diesel::joinable!(league_organizations -> organizations (organization_id));
diesel::joinable!(drafts -> tournaments (tournament_id));
diesel::joinable!(tournament_events -> tournaments (tournament_id));
diesel::joinable!(draft_rounds -> drafts (draft_id));

diesel::allow_tables_to_appear_in_same_query!(
    users,
    organizations,
    organization_roles,
    leagues,
    league_organizations,
    league_roles,
    tournaments,
    tournament_players,
    teams,
    team_members,
    drafts,
    draft_rounds,
    draft_events,
    games,
    sessions,
    api_tokens,
    idempotency_keys,
    change_outbox,
    import_mappings,
    organization_logs,
    league_logs,
    login_attempts,
    tournament_events,
    leases,
    jobs,
);
