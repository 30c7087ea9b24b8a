//! The real documents: what the tournament page needs is there, a second run changes nothing, a rehearsal writes nothing.

use std::collections::BTreeSet;

use inhouse::db::UniqueKey as _;
use inhouse::db::models::{LeagueRow, OrganizationsOfLeague, SiteStats, SteamLeagueKey, UserFilter};
use inhouse::domain::import::EntityKind;
use inhouse::service::demo::load_demo_if_empty;
use inhouse::service::import::ImportMode;
use inhouse::types::{BracketType, DraftStatus, GameStatus, TeamMembershipKind, TournamentState};

use super::samples::*;
use crate::support::{Dump, TestDb};

#[tokio::test]
async fn everything_is_imported() {
    let test = TestDb::start().await;
    let report = import(&test.db, &everything()).await;
    let created = |kind| counts(&report, kind).created;
    assert_eq!(created(EntityKind::User), 501);
    assert_eq!((created(EntityKind::Organization), created(EntityKind::League)), (1, 2));
    assert_eq!((created(EntityKind::Tournament), created(EntityKind::Team)), (3, 24));
    assert_eq!((created(EntityKind::Draft), created(EntityKind::DraftRound)), (3, 96));
    assert_eq!(created(EntityKind::Game), 28);
    let stats = test.db.read(async |conn| SiteStats::count(conn).await).await.unwrap();
    assert_eq!((stats.n_tournaments, stats.n_games, stats.n_organizations, stats.n_leagues), (3, 28, 1, 2));
}

#[tokio::test]
async fn a_second_run_changes_nothing() {
    let test = TestDb::start().await;
    import(&test.db, &everything()).await;
    let before = test.dump().await;
    let report = import(&test.db, &everything()).await;
    assert!(report.changed_nothing(), "{report}");
    assert_eq!(counts(&report, EntityKind::User).unchanged, 501);
    assert_eq!(counts(&report, EntityKind::DraftRound).unchanged, 96);
    assert_same(&before, &test.dump().await);
}

#[tokio::test]
async fn the_first_tournament_is_complete() {
    let test = TestDb::start().await;
    import(&test.db, &everything()).await;
    let row = tournament_row(&test, "DTX Tournament #1").await;
    assert_eq!((row.state, row.timezone.as_str()), (TournamentState::Past, "America/New_York"));
    assert_eq!(players(&test, row.id).await.len(), 40);

    let teams = teams(&test, row.id).await;
    assert_eq!(teams.len(), 8);
    let orders: BTreeSet<_> = teams.iter().map(|it| it.draft_order).collect();
    assert_eq!(orders, (1..=8).map(Some).collect());
    for team in &teams {
        let members = members(&test, team.id).await;
        assert_eq!(members.len(), 5);
        assert!(members.iter().all(|it| it.kind == TeamMembershipKind::Member));
        assert!(members.iter().any(|it| Some(it.user_id) == team.captain_id));
    }

    let draft = draft_row(&test, row.id).await;
    assert_eq!((draft.status, draft.epoch, draft.version), (DraftStatus::Completed, 1, 0));
    let rounds = rounds(&test, draft.id).await;
    assert_eq!(rounds.iter().filter(|it| it.choice_id.is_some() && it.team_id.is_some()).count(), 32);

    let games = games(&test, row.id).await;
    assert_eq!(games.len(), 14);
    assert!(games.iter().all(|it| it.status == GameStatus::Completed && it.steam_match_id.is_some()));
    assert_eq!(games.iter().filter(|it| it.next_game_id.is_some()).count(), 13);
    assert_eq!(games.iter().filter(|it| it.loser_next_game_id.is_some()).count(), 7);
    let last = games.iter().find(|it| it.bracket_type == BracketType::GrandFinals).unwrap();
    assert_eq!(row.winning_team_id, last.winning_team_id);
    let champion = teams.iter().find(|it| Some(it.id) == row.winning_team_id).unwrap();
    assert_eq!(champion.placement, Some(1));
}

#[tokio::test]
async fn steam_ids_keep_every_digit() {
    let test = TestDb::start().await;
    import(&test.db, &everything()).await;
    let mut n_checked = 0;
    for it in serde_json::from_slice::<serde_json::Value>(&everything()[0].1).unwrap().as_array().unwrap() {
        let steam_id = it["steamid"].as_i64();
        if n_checked < 50 || steam_id.is_none() {
            let row = account(&test, it["username"].as_str().unwrap()).await;
            assert_eq!(row.steam_id, steam_id);
            assert_eq!(row.steam_account_id, steam_id.map(|it| it - STEAM_BASE));
            n_checked += 1;
        }
    }
    assert_eq!(account(&test, "player_0257").await.steam_id, Some(76_561_197_970_273_695));
}

#[tokio::test]
async fn an_account_has_what_the_feed_says_and_no_rights() {
    let test = TestDb::start().await;
    import(&test.db, &everything()).await;
    let row = account(&test, "player_0000").await;
    assert_eq!((row.nickname.as_deref(), row.email.as_str()), (Some("Player 0"), "p0@example.com"));
    assert_eq!((row.mmr, row.carry, row.soft_support, row.hard_support), (Some(4212), 5, 5, 2));
    assert_eq!(row.discord_id.as_deref(), Some("100000000000000000"));
    assert_eq!(row.created_at.to_string(), "2026-11-23T00:50:40.389500Z");
    let n_users =
        test.db.read(async |conn| inhouse::db::models::UserRow::count(conn, &UserFilter::default()).await);
    assert_eq!(n_users.await.unwrap(), 501);
    assert!(!test.dump().await["users"].iter().any(|it| it.contains("\"is_staff\":1")));
}

#[tokio::test]
async fn a_league_is_tied_to_its_organization() {
    let test = TestDb::start().await;
    import(&test.db, &everything()).await;
    let league: LeagueRow =
        test.db.read(async |conn| SteamLeagueKey(17_930).find(conn).await).await.unwrap().unwrap();
    assert_eq!(league.name, "DTX League 2");
    let links = children::<OrganizationsOfLeague>(&test, league.id).await;
    assert_eq!(links.len(), 1);
    assert_eq!(tournament_row(&test, "DTX Tournament #1").await.league_id, Some(league.id));
}

#[tokio::test]
async fn a_rehearsal_writes_nothing_and_reports_the_same() {
    let test = TestDb::start().await;
    let before = test.dump().await;
    let rehearsed = run(&test.db, &everything(), CLOSE, ImportMode::DryRun).await.unwrap();
    assert_same(&before, &test.dump().await);
    assert_eq!(rehearsed, import(&test.db, &everything()).await);
    let again = run(&test.db, &everything(), CLOSE, ImportMode::DryRun).await.unwrap();
    assert!(again.changed_nothing());
}

#[tokio::test]
async fn files_may_come_one_by_one() {
    let whole = TestDb::start().await;
    import(&whole.db, &everything()).await;
    let parts = TestDb::start().await;
    for file in everything() {
        import(&parts.db, &[file]).await;
    }
    for name in ["DTX Tournament #1", "DTX Tournament #2"] {
        let (a, b) = (tournament_row(&whole, name).await, tournament_row(&parts, name).await);
        assert_eq!(nodes(&whole, a.id).await, nodes(&parts, b.id).await);
        let champion = |teams: Vec<inhouse::db::models::TeamRow>, id| {
            teams.into_iter().find(|it| Some(it.id) == id).map(|it| it.name)
        };
        assert_eq!(
            champion(teams(&whole, a.id).await, a.winning_team_id),
            champion(teams(&parts, b.id).await, b.winning_team_id)
        );
        let places = |teams: Vec<inhouse::db::models::TeamRow>| {
            teams.into_iter().map(|it| (it.name, it.placement)).collect::<Vec<_>>()
        };
        assert_eq!(places(teams(&whole, a.id).await), places(teams(&parts, b.id).await));
    }
}

#[tokio::test]
async fn a_tournament_imported_again_without_its_bracket_keeps_the_bracket() {
    let test = TestDb::start().await;
    import(&test.db, &everything()).await;
    let before = test.dump().await;
    let report = import(&test.db, &predecessor!["tournament-1.json", "tournament-2.json"]).await;
    assert_eq!(counts(&report, EntityKind::Game).unchanged, 28, "{report}");
    let after = test.dump().await;
    for table in ["games", "teams", "tournaments"] {
        assert_eq!(before[table], after[table], "{table}");
    }
}

#[tokio::test]
async fn an_import_may_run_in_a_task_of_its_own() {
    fn sendable<T: Send>(it: T) -> T {
        it
    }
    let test = TestDb::start().await;
    sendable(load_demo_if_empty(&test.db)).await.unwrap();
    let (plan, service) = (
        inhouse::domain::import::plan(&everything(), CLOSE).unwrap(),
        inhouse::service::import::ImportService::new(test.db.clone(), "predecessor"),
    );
    sendable(service.import(&plan, ImportMode::Apply, &|_| {})).await.unwrap();
}

#[tokio::test]
async fn progress_ends_at_its_total() {
    let test = TestDb::start().await;
    let plan = inhouse::domain::import::plan(&everything(), CLOSE).unwrap();
    let seen = std::sync::Mutex::new(Vec::new());
    let service = inhouse::service::import::ImportService::new(test.db.clone(), "predecessor");
    let listener =
        |it: inhouse::service::import::Progress<'_>| seen.lock().unwrap().push((it.n_done, it.n_total));
    service.import(&plan, ImportMode::Apply, &listener).await.unwrap();
    let seen = seen.into_inner().unwrap();
    assert!(seen.is_sorted());
    assert_eq!(seen.last(), Some(&(652, 652)));
}

/// Where games stand and lead, by match.
async fn nodes(
    test: &TestDb,
    id: inhouse::types::TournamentId,
) -> BTreeSet<(Option<i64>, BracketType, i32, i32, Option<i64>, Option<i64>)> {
    let games = games(test, id).await;
    let match_of = |id| games.iter().find(|it| Some(it.id) == id).and_then(|it| it.steam_match_id);
    let node = |it: &inhouse::db::models::GameRow| {
        let (next, loser) = (match_of(it.next_game_id), match_of(it.loser_next_game_id));
        (it.steam_match_id, it.bracket_type, it.round, it.position, next, loser)
    };
    games.iter().map(node).collect()
}

/// Equal dumps; a failure names the table instead of printing everything.
fn assert_same(before: &Dump, after: &Dump) {
    for (table, rows) in before {
        let new: Vec<_> = after[table].iter().filter(|it| !rows.contains(it)).take(3).collect();
        assert!(rows == &after[table], "{table}: {new:#?}");
    }
}
