//! Input that is refused: each message names the file, the JSON path and what was expected.

use serde_json::{Value, json};

use super::super::{ImportError, PlanOptions, plan};
use super::samples::{bracket, draft, file, game, planned, refusal, tournament, user};

/// The refusal of a tournament after `change`.
fn refusal_after(change: impl FnOnce(&mut Value)) -> String {
    let mut document = tournament();
    change(&mut document);
    refusal(&[&document])
}

fn error_of(bytes: &[u8]) -> ImportError {
    plan(&[("t.json".to_owned(), bytes.to_vec())], PlanOptions::default()).unwrap_err()
}

#[test]
fn a_truncated_file_is_named_with_path_line_and_column() {
    let whole = include_bytes!("../../../../tests/data/predecessor/tournament-1.json");
    let ImportError::Syntax { at, message } = error_of(&whole[..100_000]) else { panic!("a syntax error") };
    assert_eq!(at.file, "t.json");
    assert!(at.path.starts_with("draft."), "{}", at.path);
    assert!(message.starts_with("the file is cut off: EOF while parsing"), "{message}");
    assert!(message.ends_with("at line 1 column 100000"), "{message}");
}

#[test]
fn any_cut_of_a_file_is_a_syntax_error() {
    let whole = serde_json::to_vec(&tournament()).unwrap();
    for n in 0..whole.len() {
        assert!(matches!(error_of(&whole[..n]), ImportError::Syntax { .. }), "cut at {n}");
    }
}

#[test]
fn text_behind_the_document_is_refused() {
    assert!(error_of(b"[] []").to_string().starts_with("t.json: the file is not JSON: trailing characters"));
}

#[test]
fn a_byte_order_mark_is_overlooked() {
    assert!(plan(&[("u.json".to_owned(), b"\xef\xbb\xbf[]".to_vec())], PlanOptions::default()).is_ok());
}

#[test]
fn a_document_of_no_known_kind_is_refused() {
    for text in ["{}", "null", "7", "\"tournament\"", r#"{"pk": 1, "name": "DTX"}"#] {
        let message = error_of(text.as_bytes()).to_string();
        assert!(message.starts_with("t.json: expected a tournament ("), "{text}: {message}");
    }
}

#[test]
fn a_list_of_something_else_is_no_users_feed() {
    let message = refusal(&[&json!([tournament()])]);
    assert!(message.starts_with("users.json: [0]: missing field `username`"), "{message}");
}

#[test]
fn a_value_of_the_wrong_type_is_named_with_its_path() {
    let message = refusal_after(|it| it["teams"][1]["members"][0]["mmr"] = json!("a lot"));
    assert!(
        message.starts_with(
            "tournament.json: teams[1].members[0].mmr: invalid type: string \"a lot\", expected i32"
        ),
        "{message}"
    );
}

#[test]
fn an_unknown_state_is_named_with_those_that_are_known() {
    let message = refusal_after(|it| it["state"] = json!("finished"));
    assert!(
        message.starts_with(
            "tournament.json: state: unknown tournament state `finished`, expected one of: future, in_progress, past"
        ),
        "{message}"
    );
}

#[test]
fn an_unknown_tournament_type_is_refused() {
    let message = refusal_after(|it| it["tournament_type"] = json!("ladder"));
    assert!(
        message.starts_with("tournament.json: tournament_type: unknown tournament type `ladder`"),
        "{message}"
    );
}

#[test]
fn an_unknown_game_status_is_refused() {
    let mut only = game(1, 0, 1, 2);
    only["status"] = json!("cancelled");
    let message = refusal(&[&tournament(), &bracket(&[only])]);
    assert!(
        message.starts_with("bracket.json: matches[0].status: unknown game status `cancelled`"),
        "{message}"
    );
}

#[test]
fn an_unknown_time_zone_is_refused() {
    let message = refusal_after(|it| it["timezone"] = json!("Mars/Olympus"));
    assert!(message.starts_with("tournament.json: timezone: unknown time zone `Mars/Olympus`"), "{message}");
}

#[test]
fn a_local_time_without_offset_is_refused() {
    let message = refusal_after(|it| it["date_played"] = json!("2026-11-20T19:00:00"));
    assert!(message.starts_with("tournament.json: date_played: expected an instant like"), "{message}");
}

#[test]
fn a_primary_key_that_is_not_positive_is_refused() {
    let message = refusal_after(|it| it["teams"][0]["pk"] = json!(0));
    assert!(
        message.starts_with("tournament.json: teams[0].pk: expected a primary key above zero, got 0"),
        "{message}"
    );
}

#[test]
fn a_text_that_a_database_cannot_hold_is_refused() {
    let message = refusal_after(|it| it["name"] = json!("x".repeat(256)));
    assert!(message.starts_with("tournament.json: name: expected a text of at most 255 characters, got 256"));
    let message = refusal_after(|it| it["name"] = json!("a\0b"));
    assert!(
        message.starts_with("tournament.json: name: expected a text without NUL characters"),
        "{message}"
    );
}

#[test]
fn a_missing_field_is_named() {
    let message = refusal_after(|it| drop(it.as_object_mut().unwrap().remove("state")));
    assert!(message.starts_with("tournament.json: missing field `state`"), "{message}");
}

#[test]
fn fields_nobody_knows_are_ignored() {
    let mut document = tournament();
    document["users"][0]["favourite_hero"] = json!({ "name": "Techies" });
    document["users"][0]["is_superuser"] = json!(true);
    assert_eq!(planned(&[&document]).users.len(), 6);
}

#[test]
fn a_player_on_two_teams_is_an_error_at_the_second() {
    let message = refusal_after(|it| it["teams"][1]["members"][1] = user(2));
    assert_eq!(message, "tournament.json: teams[1].members[1]: user 2 is already on team 1");
}

#[test]
fn a_document_that_is_given_twice_is_refused() {
    assert_eq!(
        refusal(&[&tournament(), &tournament()]),
        "tournament.json: pk: tournament 1 is already in tournament.json"
    );
    assert_eq!(
        refusal(&[&bracket(&[]), &bracket(&[])]),
        "bracket.json: tournamentId: the bracket of tournament 1 is already in bracket.json"
    );
}

#[test]
fn the_order_of_the_files_does_not_matter() {
    let (cup, games) = (tournament(), bracket(&[game(1, 0, 1, 2)]));
    let one = planned(&[&cup, &games]);
    let other = planned(&[&games, &cup]);
    assert_eq!(one, other);
    assert_eq!(one.tournaments[0].games.len(), 1);
}

#[test]
fn a_bracket_without_its_tournament_is_planned_on_its_own() {
    let plan = planned(&[&bracket(&[game(1, 0, 1, 2)])]);
    assert!(plan.tournaments.is_empty());
    assert_eq!(plan.brackets_alone[0].tournament.0, 1);
    assert_eq!(plan.brackets_alone[0].games[0].radiant.unwrap().0, 1);
}

#[test]
fn any_single_change_is_planned_or_refused_with_the_file() {
    let mut whole = tournament();
    whole["draft"] = draft();
    whole["games"] = json!([game(1, 0, 1, 2)]);
    let mut pointers = Vec::new();
    collect_pointers(&whole, String::new(), &mut pointers);
    for pointer in pointers {
        for replacement in
            [json!(null), json!(-1), json!(1.5), json!("\0"), json!([]), json!({}), json!(i64::MAX)]
        {
            let mut broken = whole.clone();
            *broken.pointer_mut(&pointer).unwrap() = replacement;
            let (name, bytes) = file("t.json", &broken);
            if let Err(error) = plan(&[(name, bytes)], PlanOptions { resume_drafts: true }) {
                assert_eq!(error.at().file, "t.json", "{pointer}: {error}");
            }
        }
    }
}

fn collect_pointers(value: &Value, pointer: String, pointers: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(key, it)| collect_pointers(it, format!("{pointer}/{key}"), pointers));
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(i, it)| collect_pointers(it, format!("{pointer}/{i}"), pointers));
        }
        _ => {}
    }
    pointers.push(pointer);
}
