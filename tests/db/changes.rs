//! What each kind of write queues: the rows of CACHE.md, *Who depends on whom*, one case each.
//!
//! How the queue reaches the change log is tested in `outbox`.

use inhouse::cache::Dep;
use inhouse::db::models::{
    DraftChanges, DraftEventRow, DraftRoundChanges, DraftRoundRow, DraftRow, GameChanges, GameRow,
    ImportMappingRow, LeagueChanges, LeagueOrganizationRow, LeagueRoleRow, LeagueRow, NewDraftEvent,
    NewDraftRound, OrganizationChanges, OrganizationRoleRow, OrganizationRow, TeamChanges, TeamMemberRow,
    TeamRow, TournamentChanges, TournamentPlayerRow, TournamentRow, UserChanges, UserRow,
};
use inhouse::db::{Db, DbResult, UnitOfWork};
use inhouse::types::{DraftEventType, EntityId as _, GameId, RoleKind, TeamMembershipKind, UserId};
use serde_json::json;

use super::world::{self, World, write};
use crate::support::TestDb;

/// `team:5`, `team.members:5`, `team:*` (some row), `team:**` (the model).
fn shown(dep: &Dep) -> String {
    match dep {
        Dep::Object(name, pk) | Dep::Related(name, pk) => format!("{name}:{pk}"),
        Dep::Rows(name) => format!("{name}:*"),
        Dep::Model(name) => format!("{name}:**"),
        Dep::Everything => "everything".to_owned(),
    }
}

/// What a transaction queued, sorted.
async fn queued(db: &Db, work: impl AsyncFnOnce(&mut UnitOfWork) -> DbResult<()>) -> Vec<String> {
    let deps = write(db, async |uow| {
        work(uow).await?;
        Ok(uow.queued())
    })
    .await;
    let mut lines: Vec<String> = deps.iter().map(shown).collect();
    lines.sort();
    lines
}

fn sorted<const N: usize>(mut expected: [String; N]) -> Vec<String> {
    expected.sort();
    expected.to_vec()
}

/// Builds the expectations of one case from `name` and `name @ key` pairs.
macro_rules! expected {
    ($($name:literal $(@ $id:expr)?),* $(,)?) => {
        sorted([$(expected!(@one $name $(, $id)?)),*])
    };
    (@one $name:literal) => { $name.to_owned() };
    (@one $name:literal, $id:expr) => { format!("{}:{}", $name, $id.pk()) };
}

fn round(world: &World) -> NewDraftRound {
    NewDraftRound {
        draft_id: world.draft,
        epoch: 1,
        pick_number: 1,
        pick_phase: 1,
        captain_id: Some(world.cap),
        team_id: Some(world.team),
        choice_id: None,
        was_tie: false,
        tie_roll_data: None,
    }
}

#[tokio::test]
async fn a_user_reaches_every_team_that_shows_them() {
    let test = TestDb::start().await;
    let w = World::seed(&test.db).await;
    let link = TeamMemberRow {
        team_id: w.other,
        tournament_id: w.tournament,
        user_id: w.sub,
        kind: TeamMembershipKind::Left,
    };
    write(&test.db, async |uow| uow.link(&link).await).await;
    let rename = async |id: UserId| {
        let changes = UserChanges { mmr: Some(Some(4_000)), carry: Some(1), ..UserChanges::default() };
        queued(&test.db, async |uow| uow.update::<UserRow>(id, changes).await.map(drop)).await
    };
    assert_eq!(rename(w.free).await, expected!["user" @ w.free, "user:*"]);
    assert_eq!(rename(w.cap).await, expected!["user" @ w.cap, "user:*", "team" @ w.team]);
    assert_eq!(rename(w.sub).await, expected!["user" @ w.sub, "user:*", "team" @ w.team, "team" @ w.other]);
}

#[tokio::test]
async fn a_new_and_a_deleted_user_are_told_of() {
    let test = TestDb::start().await;
    let id = write(&test.db, async |uow| uow.insert::<UserRow>(world::user("new")).await).await.id;
    let lines =
        queued(&test.db, async |uow| uow.insert::<UserRow>(world::user("newer")).await.map(drop)).await;
    assert_eq!(lines, expected!["user" @ UserId(id.0 + 1), "user:*"]);
    let lines = queued(&test.db, async |uow| uow.delete::<UserRow>(id).await.map(drop)).await;
    let cascades = [
        "api_token",
        "draft_event",
        "league",
        "league_log",
        "organization",
        "organization_log",
        "session",
        "team",
    ];
    let mut expected = expected![
        "user" @ id, "user:*", "user.teams" @ id, "user.tournaments" @ id, "user.league_roles" @ id,
        "user.organization_roles" @ id,
    ];
    expected.extend(cascades.map(|it| format!("{it}:**")));
    expected.sort();
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn an_organization_stands_alone_until_it_is_deleted() {
    let test = TestDb::start().await;
    let w = World::seed(&test.db).await;
    let changes = OrganizationChanges { name: Some("new".to_owned()), ..OrganizationChanges::default() };
    let id = w.organization;
    let lines =
        queued(&test.db, async |uow| uow.update::<OrganizationRow>(id, changes).await.map(drop)).await;
    assert_eq!(lines, expected!["organization" @ id, "organization:*"]);
    let lines = queued(&test.db, async |uow| uow.delete::<OrganizationRow>(id).await.map(drop)).await;
    assert_eq!(
        lines,
        expected![
            "organization" @ id, "organization:*", "organization.leagues" @ id, "organization.roles" @ id,
            "league:**", "user:**",
        ]
    );
}

#[tokio::test]
async fn a_league_reaches_its_organizations() {
    let test = TestDb::start().await;
    let w = World::seed(&test.db).await;
    let link = LeagueOrganizationRow { league_id: w.league, organization_id: w.organization };
    let lines = queued(&test.db, async |uow| uow.link(&link).await.map(drop)).await;
    let ends = expected![
        "league" @ w.league,
        "league.organizations" @ w.league,
        "organization" @ w.organization,
        "organization.leagues" @ w.organization,
    ];
    assert_eq!(lines, ends);
    let changes = LeagueChanges { name: Some("new".to_owned()), ..LeagueChanges::default() };
    let lines =
        queued(&test.db, async |uow| uow.update::<LeagueRow>(w.league, changes).await.map(drop)).await;
    assert_eq!(lines, expected!["league" @ w.league, "league:*", "organization" @ w.organization]);
    let lines = queued(&test.db, async |uow| uow.unlink(&link).await.map(drop)).await;
    assert_eq!(lines, ends);
}

#[tokio::test]
async fn roles_reach_both_ends() {
    let test = TestDb::start().await;
    let w = World::seed(&test.db).await;
    let role = LeagueRoleRow { league_id: w.league, user_id: w.free, role: RoleKind::Admin };
    let lines = queued(&test.db, async |uow| uow.link(&role).await.map(drop)).await;
    assert_eq!(
        lines,
        expected![
            "league" @ w.league,
            "league.roles" @ w.league,
            "user" @ w.free,
            "user.league_roles" @ w.free,
        ]
    );
    let role =
        OrganizationRoleRow { organization_id: w.organization, user_id: w.free, role: RoleKind::Staff };
    let lines = queued(&test.db, async |uow| uow.link(&role).await.map(drop)).await;
    let ends = expected![
        "organization" @ w.organization,
        "organization.roles" @ w.organization,
        "user" @ w.free,
        "user.organization_roles" @ w.free,
    ];
    assert_eq!(lines, ends);
    assert_eq!(queued(&test.db, async |uow| uow.unlink(&role).await.map(drop)).await, ends);
}

#[tokio::test]
async fn a_tournament_reaches_its_league_and_a_move_reaches_both() {
    let test = TestDb::start().await;
    let w = World::seed(&test.db).await;
    let league =
        write(&test.db, async |uow| uow.insert::<LeagueRow>(world::league("next", 2)).await).await.id;
    let change = async |changes: TournamentChanges| {
        let id = w.tournament;
        queued(&test.db, async |uow| uow.update::<TournamentRow>(id, changes).await.map(drop)).await
    };
    let renamed = change(TournamentChanges { name: Some("new".to_owned()), ..Default::default() }).await;
    assert_eq!(renamed, expected!["tournament" @ w.tournament, "tournament:*", "league" @ w.league]);
    let moved = change(TournamentChanges { league_id: Some(Some(league)), ..Default::default() }).await;
    assert_eq!(
        moved,
        expected![
            "tournament" @ w.tournament,
            "tournament:*",
            "league" @ w.league,
            "league" @ league,
            "league.tournaments" @ w.league,
            "league.tournaments" @ league,
        ]
    );
    let left = change(TournamentChanges { league_id: Some(None), ..Default::default() }).await;
    assert_eq!(
        left,
        expected![
            "tournament" @ w.tournament, "tournament:*", "league" @ league, "league.tournaments" @ league,
        ]
    );
}

#[tokio::test]
async fn a_deleted_tournament_tells_of_everything_that_goes_with_it() {
    let test = TestDb::start().await;
    let w = World::seed(&test.db).await;
    let lines = queued(&test.db, async |uow| uow.delete::<TournamentRow>(w.tournament).await.map(drop)).await;
    assert_eq!(
        lines,
        expected![
            "tournament" @ w.tournament, "tournament:*", "league" @ w.league, "league.tournaments" @ w.league,
            "tournament.players" @ w.tournament, "tournament.teams" @ w.tournament,
            "tournament.games" @ w.tournament, "tournament.draft" @ w.tournament,
            "draft:**", "draft_event:**", "draft_round:**", "game:**", "team:**", "user:**",
        ]
    );
}

#[tokio::test]
async fn a_registration_reaches_both_ends() {
    let test = TestDb::start().await;
    let w = World::seed(&test.db).await;
    let link = TournamentPlayerRow { tournament_id: w.tournament, user_id: w.sub };
    let ends = expected![
        "tournament" @ w.tournament,
        "tournament.players" @ w.tournament,
        "user" @ w.sub,
        "user.tournaments" @ w.sub,
    ];
    assert_eq!(queued(&test.db, async |uow| uow.link(&link).await.map(drop)).await, ends);
    assert_eq!(queued(&test.db, async |uow| uow.link(&link).await.map(drop)).await, [""; 0], "it was there");
    assert_eq!(queued(&test.db, async |uow| uow.unlink(&link).await.map(drop)).await, ends);
    assert_eq!(queued(&test.db, async |uow| uow.unlink(&link).await.map(drop)).await, [""; 0], "it was gone");
}

#[tokio::test]
async fn a_team_reaches_its_tournament_and_the_list_of_teams_when_it_joins_or_leaves() {
    let test = TestDb::start().await;
    let w = World::seed(&test.db).await;
    let changes = TeamChanges { name: Some("new".to_owned()), ..TeamChanges::default() };
    let lines = queued(&test.db, async |uow| uow.update::<TeamRow>(w.team, changes).await.map(drop)).await;
    assert_eq!(lines, expected!["team" @ w.team, "team:*", "tournament" @ w.tournament]);
    let new = world::team("third", w.tournament);
    let id = write(&test.db, async |uow| uow.insert::<TeamRow>(new).await).await.id;
    let lines = queued(&test.db, async |uow| uow.delete::<TeamRow>(id).await.map(drop)).await;
    assert_eq!(
        lines,
        expected![
            "team" @ id, "team:*", "team.members" @ id, "tournament" @ w.tournament,
            "tournament.teams" @ w.tournament,
            "draft_round:**", "tournament:**", "user:**",
        ]
    );
}

#[tokio::test]
async fn a_membership_reaches_both_ends_and_the_tournament_of_the_stored_row() {
    let test = TestDb::start().await;
    let w = World::seed(&test.db).await;
    let ends = expected![
        "team" @ w.team, "team.members" @ w.team, "tournament" @ w.tournament, "user" @ w.free,
        "user.teams" @ w.free,
    ];
    let link = TeamMemberRow {
        team_id: w.team,
        tournament_id: w.tournament,
        user_id: w.free,
        kind: TeamMembershipKind::Member,
    };
    assert_eq!(queued(&test.db, async |uow| uow.link(&link).await.map(drop)).await, ends);
    // The caller is wrong about what does not identify the row.
    let link = TeamMemberRow { tournament_id: inhouse::types::TournamentId(77), ..link };
    assert_eq!(queued(&test.db, async |uow| uow.unlink(&link).await.map(drop)).await, ends);
}

#[tokio::test]
async fn a_draft_reaches_its_tournament() {
    let test = TestDb::start().await;
    let w = World::seed(&test.db).await;
    let changes = DraftChanges { epoch: Some(1), ..DraftChanges::default() };
    let lines = queued(&test.db, async |uow| uow.update::<DraftRow>(w.draft, changes).await.map(drop)).await;
    assert_eq!(lines, expected!["draft" @ w.draft, "draft:*", "tournament" @ w.tournament]);
    let lines = queued(&test.db, async |uow| uow.delete::<DraftRow>(w.draft).await.map(drop)).await;
    assert_eq!(
        lines,
        expected![
            "draft" @ w.draft, "draft:*", "draft.rounds" @ w.draft, "draft.events" @ w.draft,
            "tournament" @ w.tournament, "tournament.draft" @ w.tournament,
            "draft_event:**", "draft_round:**",
        ]
    );
}

#[tokio::test]
async fn a_round_reaches_its_draft_its_tournament_and_the_teams_it_was_and_is_of() {
    let test = TestDb::start().await;
    let w = World::seed(&test.db).await;
    let id = write(&test.db, async |uow| uow.insert::<DraftRoundRow>(round(&w)).await).await.id;
    let changes = DraftRoundChanges {
        captain_id: Some(Some(w.rival)),
        team_id: Some(Some(w.other)),
        ..DraftRoundChanges::default()
    };
    let lines = queued(&test.db, async |uow| uow.update::<DraftRoundRow>(id, changes).await.map(drop)).await;
    let mut expected = expected![
        "draft_round" @ id, "draft_round:*", "draft" @ w.draft, "tournament" @ w.tournament, "team" @ w.team,
        "team" @ w.other,
    ];
    assert_eq!(lines, expected);
    let lines = queued(&test.db, async |uow| uow.delete::<DraftRoundRow>(id).await.map(drop)).await;
    expected.retain(|it| *it != format!("team:{}", w.team.pk()));
    expected.extend(expected!["draft.rounds" @ w.draft]);
    expected.sort();
    assert_eq!(lines, expected, "found before the row went");
}

#[tokio::test]
async fn an_event_reaches_its_draft() {
    let test = TestDb::start().await;
    let w = World::seed(&test.db).await;
    let deps = write(&test.db, async |uow| {
        let event = NewDraftEvent {
            draft_id: w.draft,
            seq: 1,
            epoch: 1,
            event_type: DraftEventType::DraftStarted,
            payload: json!({}),
            actor_id: None,
            created_at: uow.now(),
        };
        let row = uow.insert::<DraftEventRow>(event).await?;
        Ok((row.id, uow.queued()))
    });
    let (id, deps) = deps.await;
    let mut lines: Vec<String> = deps.iter().map(shown).collect();
    lines.sort();
    assert_eq!(
        lines,
        expected!["draft_event" @ id, "draft_event:*", "draft" @ w.draft, "draft.events" @ w.draft]
    );
}

#[tokio::test]
async fn a_game_reaches_its_tournament_and_every_team_before_and_after() {
    let test = TestDb::start().await;
    let w = World::seed(&test.db).await;
    let third = write(&test.db, async |uow| uow.insert::<TeamRow>(world::team("third", w.tournament)).await);
    let third = third.await.id;
    let changes = GameChanges { dire_team_id: Some(Some(third)), ..GameChanges::default() };
    let lines = queued(&test.db, async |uow| uow.update::<GameRow>(w.game, changes).await.map(drop)).await;
    assert_eq!(
        lines,
        expected![
            "game" @ w.game, "game:*", "tournament" @ w.tournament, "team" @ w.team, "team" @ w.other,
            "team" @ third,
        ]
    );
}

#[tokio::test]
async fn a_game_of_a_league_alone_reaches_the_league() {
    let test = TestDb::start().await;
    let w = World::seed(&test.db).await;
    let mut new = world::game(w.tournament, 1);
    (new.tournament_id, new.league_id) = (None, Some(w.league));
    let lines = queued(&test.db, async |uow| uow.insert::<GameRow>(new).await.map(drop)).await;
    let id = GameId(w.game.0 + 1);
    assert_eq!(lines, expected!["game" @ id, "game:*", "league" @ w.league, "league.games" @ w.league]);
}

#[tokio::test]
async fn what_is_not_there_changes_nothing() {
    let test = TestDb::start().await;
    let lines = queued(&test.db, async |uow| {
        assert_eq!(uow.update::<UserRow>(UserId(77), UserChanges::default()).await?, None);
        assert!(!uow.delete::<UserRow>(UserId(77)).await?);
        Ok(())
    })
    .await;
    assert_eq!(lines, [""; 0]);
}

#[tokio::test]
async fn a_change_of_no_column_is_no_failure() {
    let test = TestDb::start().await;
    let w = World::seed(&test.db).await;
    let row = write(&test.db, async |uow| uow.insert::<DraftRoundRow>(round(&w)).await).await;
    let changes = DraftRoundChanges::default();
    let same = write(&test.db, async |uow| uow.update::<DraftRoundRow>(row.id, changes).await).await;
    assert_eq!(same, Some(row));
}

#[tokio::test]
async fn a_mapping_of_an_import_invalidates_nothing() {
    let test = TestDb::start().await;
    let mapping =
        ImportMappingRow { source: "s".to_owned(), entity: "user".to_owned(), source_pk: 1, entity_id: 1 };
    assert_eq!(queued(&test.db, async |uow| uow.link(&mapping).await.map(drop)).await, [""; 0]);
    let found = test.db.read(async |conn| ImportMappingRow::all(conn, "s").await).await.unwrap();
    assert_eq!(found, [mapping]);
}
