//! The player draft as captains and staff run it: DOMAIN §2.

use inhouse::service::Dice;
use inhouse::types::{EntityId as _, Viewer};
use serde_json::{Value, json};

use super::arena::Arena;
use crate::support::Backend;

/// What a board of a draft shows.
pub(super) const DRAFT: &str = "draft { id status epoch version style currentRound { id pickNumber captain { username } }
    rounds { id pickNumber captain { username } team { id } choice { username } wasTie } }
    events { __typename seq epoch actor { username } } tieResolution { winner { name } rollRounds { rolls { value } } }";

/// Statements a pick may take: lock, reads, rows, events, outbox and all.
const MAX_STATEMENTS: u64 = 14;

impl Arena {
    /// Starts the draft in this style.
    pub(crate) async fn start(&self, style: &str) -> Value {
        let input = json!({ "tournamentId": self.tournament_id(), "style": style });
        self.done(&self.staff(), "draftStart", input, DRAFT).await
    }

    /// The draft as anybody sees it.
    pub(crate) async fn board(&self) -> Value {
        let query = "query($id: ID!) { tournament(id: $id) { draft { id status epoch version
            currentRound { id pickNumber captain { id username } }
            available(first: 100) { nodes { user { id username } } }
            events(first: 100) { nodes { seq __typename } }
            rounds { pickNumber captain { username } choice { username } wasTie } }
            teams { id name captain { username } deputyCaptain { username } members { username } } } }";
        self.read(query, json!({ "id": self.tournament_id() })).await["tournament"].clone()
    }

    /// The input of a pick in the current round.
    pub(crate) fn pick_input(board: &Value, player: &str) -> Value {
        let draft = &board["draft"];
        json!({ "draftId": draft["id"], "roundId": draft["currentRound"]["id"], "userId": player,
            "expectedVersion": draft["version"] })
    }

    /// The captain on turn picks the first of the pool.
    pub(crate) async fn pick_next(&self) -> Value {
        let board = self.board().await;
        let captain = board["draft"]["currentRound"]["captain"]["username"].as_str().unwrap().to_owned();
        let at = self.it.players.iter().position(|it| it.username == captain).unwrap();
        let player = board["draft"]["available"]["nodes"][0]["user"]["id"].as_str().unwrap().to_owned();
        self.done(&self.captain(at), "draftPick", Self::pick_input(&board, &player), DRAFT).await
    }
}

/// Types of the events of a payload.
pub(super) fn kinds(payload: &Value) -> Vec<&str> {
    payload["events"].as_array().unwrap().iter().map(|it| it["__typename"].as_str().unwrap()).collect()
}

pub(crate) fn mmrs(n: usize) -> Vec<Option<i32>> {
    (0..n).map(|at| Some(3_000 + 100 * i32::try_from(at).unwrap())).collect()
}

#[tokio::test]
async fn a_snake_draft_of_four_teams_is_drafted_to_its_end() {
    let arena = Arena::open(4, &mmrs(20)).await;
    let started = arena.start("SNAKE").await;
    assert_eq!(kinds(&started), ["DraftStarted", "CaptainAssigned"]);
    let order: Vec<_> = started["draft"]["rounds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["captain"]["username"].clone())
        .collect();
    let expected: Vec<_> =
        [1, 2, 3, 4, 4, 3, 2, 1, 1, 2, 3, 4, 4, 3, 2, 1].map(|it| json!(format!("p{it}"))).into();
    assert_eq!(order, expected);
    for pick in 1..=16 {
        let payload = arena.pick_next().await;
        let expected: &[&str] =
            if pick == 16 { &["PlayerPicked", "DraftCompleted"] } else { &["PlayerPicked"] };
        assert_eq!(kinds(&payload), expected, "pick {pick}");
    }
    let board = arena.board().await;
    assert_eq!(board["draft"]["status"], "COMPLETED");
    for team in board["teams"].as_array().unwrap() {
        assert_eq!(team["members"].as_array().unwrap().len(), 5, "{team}");
    }
    let seqs: Vec<_> = board["draft"]["events"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["seq"].as_i64().unwrap())
        .collect();
    assert_eq!(seqs, (1..=19).collect::<Vec<_>>(), "without a gap");
    assert_eq!(board["draft"]["version"], 19);
}

// DOMAIN §10.1 bug 10
#[tokio::test]
async fn every_style_tells_that_the_draft_started_and_who_is_on_turn() {
    for style in ["SNAKE", "NORMAL", "SHUFFLE"] {
        let arena = Arena::open(2, &[Some(2_000), Some(1_000), Some(10), Some(20)]).await;
        let started = arena.start(style).await;
        assert_eq!(kinds(&started), ["DraftStarted", "CaptainAssigned"], "{style}");
        let captain = if style == "SHUFFLE" { "p2" } else { "p1" };
        assert_eq!(started["draft"]["currentRound"]["captain"]["username"], captain, "{style}");
    }
}

#[tokio::test]
async fn dice_decide_a_tie_and_every_throw_is_told() {
    // Three teams of equal total: 6 2 6, then 1 3.
    let throws = std::sync::Mutex::new([5, 1, 5, 0, 2].into_iter());
    let dice = Dice::loaded(move |_| throws.lock().unwrap().next().unwrap());
    let arena = Arena::rolling(3, &[Some(3_000), Some(3_000), Some(3_000), Some(10), Some(20)], dice).await;
    let started = arena.start("SHUFFLE").await;
    assert_eq!(kinds(&started), ["DraftStarted", "TieRolled", "CaptainAssigned"]);
    assert_eq!(
        started["tieResolution"],
        json!({ "winner": { "name": "Team of p3" }, "rollRounds": [
            { "rolls": [{ "value": 6 }, { "value": 2 }, { "value": 6 }] }, { "rolls": [{ "value": 1 }, { "value": 3 }] }] })
    );
    assert_eq!(started["draft"]["rounds"][0]["wasTie"], true);
}

#[tokio::test]
async fn a_shuffle_pick_is_told_before_the_dice_and_these_before_who_is_next() {
    // p2 has less; with 500 more both are equal, and the first throws a six.
    let throws = std::sync::Mutex::new([5, 0].into_iter().cycle());
    let dice = Dice::loaded(move |_| throws.lock().unwrap().next().unwrap());
    let arena = Arena::rolling(2, &[Some(2_000), Some(1_500), Some(500), Some(20), Some(30)], dice).await;
    let started = arena.start("SHUFFLE").await;
    assert_eq!(started["draft"]["currentRound"]["captain"]["username"], "p2");
    let board = arena.board().await;
    let picked = arena
        .done(&arena.captain(1), "draftPick", Arena::pick_input(&board, &arena.player_id(2)), DRAFT)
        .await;
    assert_eq!(kinds(&picked), ["PlayerPicked", "TieRolled", "CaptainAssigned"]);
    assert_eq!(picked["tieResolution"]["winner"]["name"], "Team of p1");
    assert_eq!(picked["draft"]["currentRound"]["captain"]["username"], "p1");
    let seqs: Vec<_> =
        picked["events"].as_array().unwrap().iter().map(|it| it["seq"].as_i64().unwrap()).collect();
    assert_eq!(seqs, [3, 4, 5]);
}

// DOMAIN §10.1 bug 12
#[tokio::test]
async fn an_mmr_that_is_edited_while_drafting_changes_no_turn() {
    let arena = Arena::open(2, &[Some(2_000), Some(1_000), Some(10), Some(20), Some(30), Some(40)]).await;
    arena.start("SHUFFLE").await;
    let db = &arena.api.test.db;
    let changes = inhouse::db::models::UserChanges { mmr: Some(Some(9_000)), ..Default::default() };
    let id = arena.it.players[1].id;
    let edited: Result<_, inhouse::db::DbError> =
        db.write(async |uow| uow.update::<inhouse::db::models::UserRow>(id, changes).await).await;
    assert!(edited.unwrap().0.is_some());
    let board = arena.board().await;
    let picked = arena
        .done(&arena.captain(1), "draftPick", Arena::pick_input(&board, &arena.player_id(2)), DRAFT)
        .await;
    assert_eq!(picked["draft"]["currentRound"]["captain"]["username"], "p2", "1 010 is still below 2 000");
}

// DOMAIN §10.1 bug 1
#[tokio::test]
async fn undo_leaves_the_captains_of_later_rounds_in_place() {
    for style in ["SNAKE", "NORMAL"] {
        let arena = Arena::open(2, &mmrs(10)).await;
        arena.start(style).await;
        let before = arena.board().await;
        let picked = arena.pick_next().await;
        let input =
            json!({ "draftId": picked["draft"]["id"], "expectedVersion": picked["draft"]["version"] });
        let undone = arena.done(&arena.staff(), "draftUndoPick", input, DRAFT).await;
        assert_eq!(kinds(&undone), ["PickUndone"]);
        let after = arena.board().await;
        assert_eq!(before["draft"]["rounds"], after["draft"]["rounds"], "{style}");
        assert_eq!(before["teams"], after["teams"], "{style}");
        assert_eq!(before["draft"]["available"], after["draft"]["available"], "{style}");
        arena.pick_next().await;
    }
}

#[tokio::test]
async fn undo_of_a_shuffle_pick_takes_the_next_turn_back_and_it_is_decided_anew() {
    let arena = Arena::open(2, &[Some(2_000), Some(1_000), Some(10), Some(5_000), Some(30)]).await;
    arena.start("SHUFFLE").await;
    let board = arena.board().await;
    let picked = arena
        .done(&arena.captain(1), "draftPick", Arena::pick_input(&board, &arena.player_id(3)), DRAFT)
        .await;
    assert_eq!(picked["draft"]["currentRound"]["captain"]["username"], "p1");
    let input = json!({ "draftId": picked["draft"]["id"], "expectedVersion": picked["draft"]["version"] });
    let undone = arena.done(&arena.staff(), "draftUndoPick", input, DRAFT).await;
    assert_eq!(undone["draft"]["rounds"][1]["captain"], Value::Null);
    assert_eq!(undone["draft"]["currentRound"]["captain"]["username"], "p2");
    let board = arena.board().await;
    let again = arena
        .done(&arena.captain(1), "draftPick", Arena::pick_input(&board, &arena.player_id(2)), DRAFT)
        .await;
    assert_eq!(again["draft"]["currentRound"]["captain"]["username"], "p2", "a double pick");
}

#[tokio::test]
async fn undo_opens_a_completed_draft_again() {
    let arena = Arena::open(2, &mmrs(3)).await;
    arena.start("SNAKE").await;
    let done = arena.pick_next().await;
    assert_eq!(
        (&done["draft"]["status"], kinds(&done)),
        (&json!("COMPLETED"), vec!["PlayerPicked", "DraftCompleted"])
    );
    let input = json!({ "draftId": done["draft"]["id"], "expectedVersion": done["draft"]["version"] });
    let undone = arena.done(&arena.staff(), "draftUndoPick", input, DRAFT).await;
    assert_eq!(undone["draft"]["status"], "RUNNING");
}

// DOMAIN §10.1 bug 19
#[tokio::test]
async fn a_draft_started_over_goes_on_counting_its_events_in_a_new_epoch() {
    let arena = Arena::open(2, &mmrs(6)).await;
    arena.start("SNAKE").await;
    arena.pick_next().await;
    let input =
        json!({ "tournamentId": arena.tournament_id(), "style": "NORMAL", "confirmDiscardPicks": true });
    let again = arena.done(&arena.staff(), "draftStart", input, DRAFT).await;
    assert_eq!((&again["draft"]["epoch"], &again["draft"]["style"]), (&json!(2), &json!("NORMAL")));
    assert_eq!(again["events"][0]["seq"], 4);
    assert_eq!(again["events"][0]["epoch"], 2);
    let board = arena.board().await;
    assert!(board["draft"]["rounds"].as_array().unwrap().iter().all(|it| it["choice"].is_null()));
    assert!(board["teams"].as_array().unwrap().iter().all(|it| it["members"].as_array().unwrap().len() == 1));
}

#[tokio::test]
async fn a_rebuild_puts_picks_back_and_takes_off_who_was_added_by_hand() {
    let arena = Arena::open(2, &mmrs(8)).await;
    arena.start("SNAKE").await;
    arena.pick_next().await;
    let before = arena.board().await;
    let team = &before["teams"][1]["id"];
    let by_hand =
        json!({ "teamId": team, "userIds": [arena.player_id(1), arena.player_id(6)], "force": true });
    arena.done(&arena.staff(), "teamMembersSet", by_hand, "team { members { username } }").await;
    let input = json!({ "draftId": before["draft"]["id"] });
    arena.done(&arena.admin(), "draftRebuildTeams", input, DRAFT).await;
    assert_eq!(arena.board().await["teams"], before["teams"]);
}

#[tokio::test]
async fn the_style_is_chosen_before_the_start() {
    let arena = Arena::open(2, &mmrs(6)).await;
    let input = json!({ "tournamentId": arena.tournament_id(), "style": "SHUFFLE" });
    let payload = arena.done(&arena.admin(), "draftConfigure", input, DRAFT).await;
    assert_eq!(
        (&payload["draft"]["style"], &payload["draft"]["status"]),
        (&json!("SHUFFLE"), &json!("NOT_STARTED"))
    );
    let input = json!({ "tournamentId": arena.tournament_id() });
    let started = arena.done(&arena.admin(), "draftStart", input, DRAFT).await;
    assert_eq!(started["draft"]["style"], "SHUFFLE");
}

async fn cost_of_a_pick(arena: &Arena, viewer: &Viewer, input: Value) -> (u64, Value) {
    let db = &arena.api.test.db;
    let before = db.n_statements();
    let document =
        "mutation($input: DraftPickInput!) { draftPick(input: $input) { replayed userErrors { message } } }";
    let (_, answer) = arena.api.run_as(viewer, document, json!({ "input": input })).await;
    let n_statements = db.n_statements() - before;
    assert_eq!(answer["data"]["draftPick"]["userErrors"], json!([]), "{answer:#}");
    (n_statements, answer)
}

#[tokio::test]
async fn a_pick_takes_few_statements_whatever_it_leads_to() {
    let throws = std::sync::Mutex::new([5, 0].into_iter().cycle());
    let dice = Dice::loaded(move |_| throws.lock().unwrap().next().unwrap());
    // A tie after the pick, a key, and a league admin whose rights are looked up: the most a pick can take.
    let arena = Arena::rolling(2, &[Some(2_000), Some(1_500), Some(500), Some(20), Some(30)], dice).await;
    arena.start("SHUFFLE").await;
    let mut input = Arena::pick_input(&arena.board().await, &arena.player_id(2));
    input["idempotencyKey"] = json!("once");
    let (n_statements, _) = cost_of_a_pick(&arena, &arena.admin(), input).await;
    // BEGIN and COMMIT are no work; both backends count them.
    assert!(
        n_statements <= MAX_STATEMENTS + 2,
        "{n_statements} statements with dice, {:?}",
        Backend::current()
    );

    let arena = Arena::open(2, &mmrs(10)).await;
    arena.start("SNAKE").await;
    let input = Arena::pick_input(&arena.board().await, &arena.player_id(2));
    let (n_statements, _) = cost_of_a_pick(&arena, &arena.captain(0), input).await;
    assert!(n_statements <= MAX_STATEMENTS, "{n_statements} statements, {:?}", Backend::current());
}

// DOMAIN §10.1 bug 18
#[tokio::test]
async fn rounds_stay_when_a_picked_player_leaves_the_tournament() {
    let arena = Arena::open(2, &mmrs(8)).await;
    arena.start("SNAKE").await;
    arena.pick_next().await;
    let board = arena.board().await;
    let picked = board["draft"]["rounds"][0]["choice"]["username"].as_str().unwrap().to_owned();
    let player = arena.it.players.iter().find(|it| it.username == picked).unwrap();
    let input =
        json!({ "tournamentId": arena.tournament_id(), "userIds": [player.id.to_global()], "force": true });
    arena.done(&arena.staff(), "tournamentPlayersRemove", input, "removed { username }").await;
    let after = arena.board().await;
    assert_eq!(after["draft"]["rounds"].as_array().unwrap().len(), 8);
    assert_eq!(after["draft"]["rounds"][0]["choice"]["username"], picked.as_str());
    assert_eq!(after["teams"][0]["members"].as_array().unwrap().len(), 1);
}

// DOMAIN §10.1 bug 14
#[tokio::test]
async fn a_draft_is_made_with_its_tournament_and_there_is_only_one() {
    let arena = Arena::open(2, &mmrs(6)).await;
    let configure = json!({ "tournamentId": arena.tournament_id(), "style": "NORMAL" });
    let made =
        arena.done(&arena.staff(), "draftConfigure", configure, "draft { id tournament { id } }").await;
    assert_eq!(made["draft"]["tournament"]["id"], arena.tournament_id());
    let started = arena.start("SNAKE").await;
    assert_eq!(started["draft"]["id"], made["draft"]["id"]);
    let dump = arena.api.test.dump().await;
    assert_eq!(dump["drafts"].len(), 1);
}
