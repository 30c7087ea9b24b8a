//! Small documents in the predecessor's format, and short words for planning them.
//!
//! Valid as they stand; a test breaks exactly what it is about.

use serde_json::{Value, json};

use super::super::{ImportPlan, PlanOptions, plan};

/// A file of an import.
pub(super) type File = (String, Vec<u8>);

pub(super) fn user(pk: i64) -> Value {
    json!({
        "pk": pk, "username": format!("user_{pk}"), "nickname": null, "avatar": null,
        "discordId": format!("9000{pk}"), "steamid": 76_561_197_960_265_728_i64 + pk,
        "mmr": 3000, "positions": { "pk": pk, "carry": 1, "mid": 2, "offlane": 3, "soft_support": 0, "hard_support": 0 },
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

pub(super) fn round(number: i64, captain: Option<i64>, choice: Option<i64>) -> Value {
    json!({
        "pk": 100 + number, "pick_number": number, "pick_phase": (number - 1) / 2 + 1,
        "captain": captain.map(user), "choice": choice.map(user), "team": null,
    })
}

/// The snake draft of `tournament()`: picks 1 and 2 are made, 3 and 4 are open, users 5 and 6 are left.
pub(super) fn draft() -> Value {
    json!({
        "pk": 9, "draft_style": "snake", "users_remaining": [],
        "draft_rounds": [
            round(1, Some(1), Some(2)), round(2, Some(3), Some(4)), round(3, Some(3), None), round(4, Some(1), None),
        ],
    })
}

/// A game of the winners bracket, round 1, decided for Radiant.
pub(super) fn game(pk: i64, position: i64, radiant: i64, dire: i64) -> Value {
    json!({
        "pk": pk, "round": 1, "position": position, "bracket_type": "winners", "elimination_type": "double",
        "radiant_team": bare_team(radiant), "dire_team": bare_team(dire), "winning_team": bare_team(radiant),
        "status": "completed", "next_game": null, "next_game_slot": null, "loser_next_game": null,
        "loser_next_game_slot": null, "swiss_record_wins": 0, "swiss_record_losses": 0, "gameid": null,
    })
}

/// A team as games refer to it; only its key matters there.
pub(super) fn bare_team(pk: i64) -> Value {
    json!({ "pk": pk, "name": format!("Team {pk}"), "captain": null, "deputy_captain": null, "members": [] })
}

pub(super) fn bracket(matches: &[Value]) -> Value {
    json!({ "tournamentId": 1, "matches": matches })
}

pub(super) fn file(name: &str, document: &Value) -> File {
    (name.to_owned(), serde_json::to_vec(document).unwrap())
}

/// Plans one tournament and perhaps its bracket.
pub(super) fn planned(documents: &[&Value]) -> ImportPlan {
    plan(&named(documents), PlanOptions::default()).unwrap()
}

/// Plans with unfinished drafts going on.
pub(super) fn resumed(documents: &[&Value]) -> ImportPlan {
    plan(&named(documents), PlanOptions { resume_drafts: true }).unwrap()
}

/// The message with which an import is refused.
pub(super) fn refusal(documents: &[&Value]) -> String {
    plan(&named(documents), PlanOptions::default()).unwrap_err().to_string()
}

/// Notes as they are printed.
pub(super) fn notes(plan: &ImportPlan) -> Vec<String> {
    plan.report.notes.iter().map(|it| format!("{}: {}", it.at, it.message)).collect()
}

/// Each document under the name of its kind: `users.json`, `tournament.json`, `bracket.json`.
fn named(documents: &[&Value]) -> Vec<File> {
    let name = |it: &Value| match it {
        Value::Array(_) => "users.json",
        it if it.get("matches").is_some() => "bracket.json",
        _ => "tournament.json",
    };
    documents.iter().map(|it| file(name(it), it)).collect()
}
