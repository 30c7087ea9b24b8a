//! A small community for the tests of the database layer, written either by hand or through the layer itself.
//!
//! By hand it has one row of every kind and known keys; through the layer its keys are what they become.

use inhouse::db::models::{
    DraftRow, GameRow, LeagueRow, NewDraft, NewGame, NewLeague, NewOrganization, NewTeam, NewTournament,
    NewUser, OrganizationRow, TeamMemberRow, TeamRow, TournamentPlayerRow, TournamentRow, UserRow,
};
use inhouse::db::{DatabaseUrl, Db, DbError, DbResult, UnitOfWork};
use inhouse::types::{
    BracketType, DraftId, DraftStatus, DraftStyle, EliminationType, GameId, GameStatus, LeagueId,
    OrganizationId, TeamId, TeamMembershipKind, TournamentId, TournamentState, TournamentType, UserId,
};

use crate::support::sql::Sql;

/// Writes one row of every kind. Tournament 1: players 1–6, team 1 (captain 1, deputy 2, substitute 8), team 2 (captain
/// 3), team 4 (empty), a draft, games 1–4 of which the last was won by team 1. Tournament 2: players 1 and 7, team 3.
pub(crate) async fn write_sql(url: &DatabaseUrl) {
    let mut script = String::from("BEGIN;");
    for id in 1..=9 {
        script += &format!(
            "INSERT INTO users (id, username, steam_id, discord_id, created_at, updated_at)
             VALUES ({id}, 'u{id}', {}, 'd{id}', NOW, NOW);",
            76_561_198_000_000_000_i64 + id
        );
    }
    script += "
        INSERT INTO organizations (id, name, owner_id, created_at, updated_at) VALUES (1, 'o1', 9, NOW, NOW);
        UPDATE users SET default_organization_id = 1 WHERE id = 9;
        INSERT INTO organization_roles (organization_id, user_id, role) VALUES (1, 8, 'admin');
        INSERT INTO leagues (id, name, steam_league_id, created_at, updated_at) VALUES (1, 'l1', 1, NOW, NOW);
        UPDATE organizations SET default_league_id = 1 WHERE id = 1;
        INSERT INTO league_organizations (league_id, organization_id) VALUES (1, 1);
        INSERT INTO league_roles (league_id, user_id, role) VALUES (1, 8, 'staff');
        INSERT INTO tournaments (id, name, starts_at, league_id, created_at, updated_at)
            VALUES (1, 't1', NOW, 1, NOW, NOW), (2, 't2', NOW, NULL, NOW, NOW);
        INSERT INTO tournament_players (tournament_id, user_id)
            VALUES (1, 1), (1, 2), (1, 3), (1, 4), (1, 5), (1, 6), (2, 1), (2, 7);
        INSERT INTO teams (id, name, tournament_id, captain_id, deputy_captain_id, draft_order, created_at, updated_at)
            VALUES (1, 'a', 1, 1, 2, 1, NOW, NOW), (2, 'b', 1, 3, NULL, 2, NOW, NOW),
                   (3, 'c', 2, 7, NULL, 1, NOW, NOW), (4, 'd', 1, NULL, NULL, NULL, NOW, NOW);
        INSERT INTO team_members (team_id, tournament_id, user_id, kind)
            VALUES (1, 1, 1, 'member'), (1, 1, 2, 'member'), (2, 1, 3, 'member'), (3, 2, 7, 'member'),
                   (1, 1, 8, 'dropin');
        INSERT INTO drafts (id, tournament_id, created_at, updated_at) VALUES (1, 1, NOW, NOW);
        INSERT INTO draft_rounds (id, draft_id, epoch, pick_number, pick_phase, captain_id, team_id, choice_id)
            VALUES (1, 1, 1, 1, 1, 1, 1, 2), (2, 1, 1, 2, 1, 3, 2, NULL), (3, 1, 1, 3, 2, NULL, NULL, NULL);
        INSERT INTO draft_events (id, draft_id, seq, epoch, event_type, payload, actor_id, created_at)
            VALUES (1, 1, 1, 1, 'draft_started', '{}', 9, NOW);
        INSERT INTO games (id, tournament_id, round, position, radiant_team_id, dire_team_id, status, winning_team_id,
                           next_game_id, next_game_slot, loser_next_game_id, loser_next_game_slot, steam_match_id,
                           created_at, updated_at)
            VALUES (3, 1, 2, 0, NULL, NULL, 'pending', NULL, NULL, NULL, NULL, NULL, NULL, NOW, NOW),
                   (1, 1, 1, 0, 1, 2, 'live', NULL, 3, 'radiant', NULL, NULL, 8400000000, NOW, NOW),
                   (2, 1, 1, 1, NULL, NULL, 'pending', NULL, NULL, NULL, 3, 'dire', NULL, NOW, NOW),
                   (4, 1, 3, 0, 1, 2, 'completed', 1, NULL, NULL, NULL, NULL, NULL, NOW, NOW);
        UPDATE tournaments SET winning_team_id = 1 WHERE id = 1;
        INSERT INTO sessions (id, token_hash, user_id, created_at, expires_at) VALUES (1, 'h', 9, NOW, NOW);
        INSERT INTO api_tokens (id, name, token_hash, user_id, scopes, created_at) VALUES (1, 'n', 'h', 9, '[]', NOW);
        INSERT INTO idempotency_keys (caller, key, operation, input_hash, payload, created_at, expires_at)
            VALUES ('c', 'k', 'o', 'h', '{}', NOW, NOW);
        INSERT INTO change_outbox (id, deps, events, created_at) VALUES (1, '[]', '[]', NOW);
        INSERT INTO import_mappings (source, entity, source_pk, entity_id) VALUES ('s', 'user', 1, 1);
        COMMIT;";
    Sql::connect(url).await.execute(&at_noon(&script)).await.unwrap();
}

/// `NOW` in a script becomes an instant both backends read.
pub(crate) fn at_noon(script: &str) -> String {
    script.replace("NOW", "'2026-11-23T12:00:00.000000Z'")
}

/// Keys of a league's tournament with two teams, written through the layer. `cap` and `mate` are on `team`, `sub` is
/// its substitute, `rival` leads `other`; `free` is registered only.
#[derive(Clone, Copy, Debug)]
pub(crate) struct World {
    pub(crate) organization: OrganizationId,
    pub(crate) league: LeagueId,
    pub(crate) tournament: TournamentId,
    pub(crate) cap: UserId,
    pub(crate) mate: UserId,
    pub(crate) sub: UserId,
    pub(crate) rival: UserId,
    pub(crate) free: UserId,
    pub(crate) team: TeamId,
    pub(crate) other: TeamId,
    pub(crate) draft: DraftId,
    pub(crate) game: GameId,
}

/// A transaction that a test expects to succeed.
pub(crate) async fn write<T>(db: &Db, work: impl AsyncFnOnce(&mut UnitOfWork) -> DbResult<T>) -> T {
    db.write::<T, DbError, _>(work).await.expect("this transaction breaks no rule").0
}

impl World {
    pub(crate) async fn seed(db: &Db) -> Self {
        write(db, async |uow| Self::write(uow).await).await
    }

    async fn write(uow: &mut UnitOfWork) -> DbResult<Self> {
        let mut users = Vec::new();
        for name in ["cap", "mate", "sub", "rival", "free"] {
            users.push(uow.insert::<UserRow>(user(name)).await?.id);
        }
        let [cap, mate, sub, rival, free] = users.try_into().expect("five users");
        let organization = uow.insert::<OrganizationRow>(organization("organization")).await?.id;
        let league = uow.insert::<LeagueRow>(league("league", 1)).await?.id;
        let new = NewTournament { league_id: Some(league), ..tournament("tournament") };
        let tournament = uow.insert::<TournamentRow>(new).await?.id;
        for user_id in [cap, mate, rival, free] {
            uow.link(&TournamentPlayerRow { tournament_id: tournament, user_id }).await?;
        }
        let team =
            uow.insert::<TeamRow>(NewTeam { captain_id: Some(cap), ..team("team", tournament) }).await?.id;
        let new = NewTeam { captain_id: Some(rival), ..self::team("other", tournament) };
        let other = uow.insert::<TeamRow>(new).await?.id;
        for (team_id, user_id, kind) in [
            (team, cap, TeamMembershipKind::Member),
            (team, mate, TeamMembershipKind::Member),
            (team, sub, TeamMembershipKind::Dropin),
            (other, rival, TeamMembershipKind::Member),
        ] {
            uow.link(&TeamMemberRow { team_id, tournament_id: tournament, user_id, kind }).await?;
        }
        let draft = uow.insert::<DraftRow>(draft(tournament)).await?.id;
        let new = NewGame { radiant_team_id: Some(team), dire_team_id: Some(other), ..game(tournament, 1) };
        let game = uow.insert::<GameRow>(new).await?.id;
        Ok(Self { organization, league, tournament, cap, mate, sub, rival, free, team, other, draft, game })
    }
}

pub(crate) fn user(name: &str) -> NewUser {
    NewUser { username: name.to_owned(), ..NewUser::default() }
}

pub(crate) fn organization(name: &str) -> NewOrganization {
    NewOrganization { name: name.to_owned(), timezone: "UTC".to_owned(), ..NewOrganization::default() }
}

pub(crate) fn league(name: &str, steam_league_id: i32) -> NewLeague {
    NewLeague { name: name.to_owned(), steam_league_id, ..NewLeague::default() }
}

pub(crate) fn tournament(name: &str) -> NewTournament {
    NewTournament {
        name: name.to_owned(),
        starts_at: "2026-11-23T19:00:00Z".parse::<jiff::Timestamp>().expect("an instant").into(),
        timezone: "UTC".to_owned(),
        state: TournamentState::Future,
        tournament_type: TournamentType::DoubleElimination,
        league_id: None,
    }
}

pub(crate) fn team(name: &str, tournament_id: TournamentId) -> NewTeam {
    NewTeam {
        name: name.to_owned(),
        tournament_id,
        captain_id: None,
        deputy_captain_id: None,
        draft_order: None,
        placement: None,
    }
}

pub(crate) fn draft(tournament_id: TournamentId) -> NewDraft {
    NewDraft {
        tournament_id,
        style: DraftStyle::Snake,
        status: DraftStatus::NotStarted,
        epoch: 0,
        mmr_snapshot: None,
    }
}

pub(crate) fn game(tournament_id: TournamentId, round: i32) -> NewGame {
    NewGame {
        tournament_id: Some(tournament_id),
        league_id: None,
        round,
        position: 0,
        bracket_type: BracketType::Winners,
        elimination_type: EliminationType::Double,
        swiss_record_wins: 0,
        swiss_record_losses: 0,
        status: GameStatus::Pending,
        is_bye: false,
        steam_match_id: None,
        radiant_team_id: None,
        dire_team_id: None,
        winning_team_id: None,
    }
}
