//! Small documents in the predecessor's format, and short words for importing them and reading what came of it.

use inhouse::db::models::{
    DraftOfTournament, DraftRoundRow, DraftRow, GameRow, GamesOfTournament, MembersOfTeam,
    PlayersOfTournament, RoundsOfDraft, TeamMemberRow, TeamRow, TeamsOfTournament, TournamentFilter,
    TournamentOrder, TournamentRow, UserKey, UserRow,
};
use inhouse::db::{Db, DbError, Direction, PageRequest, Relation, UniqueKey, UnitOfWork};
use inhouse::domain::import::{Counts, EntityKind, PlanOptions, Report, plan};
use inhouse::service::import::{ImportFailure, ImportMode, ImportService};
use inhouse::types::{DraftId, TeamId, TournamentId, UserId};
use serde_json::{Value, json};

use crate::support::TestDb;

/// A file of an import.
pub(super) type File = (String, Vec<u8>);

pub(super) const STEAM_BASE: i64 = 76_561_197_960_265_728;

macro_rules! predecessor {
    ($($name:literal),+ $(,)?) => {
        [$(($name.to_owned(), include_bytes!(concat!("../data/predecessor/", $name)).to_vec())),+]
    };
}
pub(super) use predecessor;

/// Everything there is of the predecessor.
pub(super) fn everything() -> [File; 7] {
    predecessor![
        "users.json",
        "tournament-1.json",
        "bracket-1.json",
        "tournament-2.json",
        "bracket-2.json",
        "tournament-51.json",
        "bracket-51.json",
    ]
}

pub(super) const RESUME: PlanOptions = PlanOptions { resume_drafts: true };
pub(super) const CLOSE: PlanOptions = PlanOptions { resume_drafts: false };

/// Runs an import under the source `predecessor`.
pub(super) async fn run(
    db: &Db,
    files: &[File],
    options: PlanOptions,
    mode: ImportMode,
) -> Result<Report, ImportFailure> {
    let plan = plan(files, options).unwrap();
    ImportService::new(db.clone(), "predecessor").import(&plan, mode, &|_| {}).await
}

/// Imports files that must be accepted.
pub(super) async fn import(db: &Db, files: &[File]) -> Report {
    run(db, files, CLOSE, ImportMode::Apply).await.unwrap()
}

/// Imports documents that must be accepted.
pub(super) async fn put(test: &TestDb, documents: &[&Value]) -> Report {
    import(&test.db, &named(documents)).await
}

/// Each document under the name of its kind: `users.json`, `tournament.json`, `bracket.json`.
pub(super) fn named(documents: &[&Value]) -> Vec<File> {
    let name = |it: &Value| match it {
        Value::Array(_) => "users.json",
        it if it.get("matches").is_some() => "bracket.json",
        _ => "tournament.json",
    };
    documents.iter().map(|it| (name(it).to_owned(), serde_json::to_vec(it).unwrap())).collect()
}

pub(super) fn notes(report: &Report) -> Vec<String> {
    report.notes.iter().map(|it| format!("{}: {}", it.at, it.message)).collect()
}

/// Counts of a kind; all zero if there are none.
pub(super) fn counts(report: &Report, kind: EntityKind) -> Counts {
    report.counts.get(&kind).copied().unwrap_or_default()
}

pub(super) fn user(pk: i64) -> Value {
    json!({
        "pk": pk, "username": format!("user_{pk}"), "nickname": null, "avatar": null,
        "discordId": format!("9000{pk}"), "steamid": STEAM_BASE + pk, "mmr": 3000,
        "positions": { "pk": pk, "carry": 1, "mid": 2, "offlane": 3, "soft_support": 0, "hard_support": 0 },
    })
}

/// A team whose captain is its first member.
pub(super) fn team(pk: i64, members: &[i64]) -> Value {
    json!({
        "pk": pk, "name": format!("Team {pk}"), "captain": user(members[0]), "deputy_captain": null,
        "members": members.iter().map(|it| user(*it)).collect::<Vec<_>>(),
        "dropin_members": [], "left_members": [], "draft_order": pk, "placement": null,
    })
}

/// Tournament 1 with players 1–6 and the teams 1 (users 1, 2) and 2 (users 3, 4).
pub(super) fn tournament() -> Value {
    json!({
        "pk": 1, "name": "Cup", "date_played": "2026-11-20T18:00:00Z", "timezone": "Europe/Berlin",
        "state": "in_progress", "tournament_type": "double_elimination", "league": null, "winning_team": null,
        "users": (1..=6).map(user).collect::<Vec<_>>(),
        "teams": [team(1, &[1, 2]), team(2, &[3, 4])],
        "games": [], "draft": null,
    })
}

/// League 3, which is Steam league 77, of organization 4.
pub(super) fn league() -> Value {
    json!({
        "pk": 3, "name": "League", "steam_league_id": 77, "organization_name": "Org",
        "organizations": [{ "pk": 4, "name": "Org", "logo": "", "created_at": "2026-01-02T03:04:05Z" }],
    })
}

/// The snake draft of `tournament()`: picks 1 and 2 are made, 3 and 4 are open, users 5 and 6 are left.
pub(super) fn draft() -> Value {
    let round = |number: i64, captain: i64, choice: Option<i64>| {
        json!({
            "pk": 100 + number, "pick_number": number, "pick_phase": (number - 1) / 2 + 1,
            "captain": user(captain), "choice": choice.map(user), "team": null,
        })
    };
    json!({
        "pk": 9, "draft_style": "snake", "users_remaining": [],
        "draft_rounds": [round(1, 1, Some(2)), round(2, 3, Some(4)), round(3, 3, None), round(4, 1, None)],
    })
}

/// An open game of the winners bracket between teams 1 and 2, if it is in round 1; later rounds are empty.
pub(super) fn game(pk: i64, round: i64, position: i64) -> Value {
    let seat = |pk: i64| (round == 1).then(|| bare_team(pk));
    json!({
        "pk": pk, "round": round, "position": position, "bracket_type": "winners", "elimination_type": "single",
        "radiant_team": seat(1), "dire_team": seat(2), "winning_team": null,
        "status": "pending", "next_game": null, "next_game_slot": null, "loser_next_game": null,
        "loser_next_game_slot": null, "swiss_record_wins": 0, "swiss_record_losses": 0, "gameid": null,
    })
}

/// A team as games refer to it.
pub(super) fn bare_team(pk: i64) -> Value {
    json!({ "pk": pk, "name": format!("Team {pk}"), "captain": null, "deputy_captain": null, "members": [] })
}

pub(super) fn bracket(matches: &[Value]) -> Value {
    json!({ "tournamentId": 1, "matches": matches })
}

/// Does something by hand.
pub(super) async fn by_hand<T>(
    test: &TestDb,
    work: impl AsyncFnOnce(&mut UnitOfWork) -> Result<T, DbError>,
) -> T {
    test.db.write(work).await.unwrap().0
}

pub(super) async fn children<R: Relation>(test: &TestDb, parent: R::Parent) -> Vec<R::Item> {
    let rows = test.db.read(async |conn| R::select(conn, &[parent]).await).await.unwrap();
    rows.into_iter().map(|(_, it)| it).collect()
}

pub(super) async fn tournament_row(test: &TestDb, name: &str) -> TournamentRow {
    let filter = TournamentFilter { search: Some(name.to_owned()), ..TournamentFilter::default() };
    let order = (TournamentOrder::Name, Direction::Ascending);
    let page = PageRequest::first(10);
    let found =
        test.db.read(async |conn| TournamentRow::list(conn, &filter, order, &page).await).await.unwrap();
    found.rows.into_iter().find(|it| it.name == name).expect("the tournament is here")
}

pub(super) async fn teams(test: &TestDb, id: TournamentId) -> Vec<TeamRow> {
    children::<TeamsOfTournament>(test, id).await
}

pub(super) async fn members(test: &TestDb, id: TeamId) -> Vec<TeamMemberRow> {
    children::<MembersOfTeam>(test, id).await
}

pub(super) async fn games(test: &TestDb, id: TournamentId) -> Vec<GameRow> {
    children::<GamesOfTournament>(test, id).await
}

pub(super) async fn players(test: &TestDb, id: TournamentId) -> Vec<UserId> {
    children::<PlayersOfTournament>(test, id).await.into_iter().map(|it| it.user_id).collect()
}

pub(super) async fn draft_row(test: &TestDb, id: TournamentId) -> DraftRow {
    children::<DraftOfTournament>(test, id).await.pop().expect("the draft is here")
}

pub(super) async fn rounds(test: &TestDb, id: DraftId) -> Vec<DraftRoundRow> {
    children::<RoundsOfDraft>(test, id).await
}

/// The account with this username.
pub(super) async fn account(test: &TestDb, username: &str) -> UserRow {
    let key = UserKey::Username(username);
    let found = test.db.read(async |conn| key.find(conn).await).await.unwrap();
    found.expect("the account is here")
}
