//! `tournamentImport`: what `inhouse import` does, through the API. What an import does is tested in `tests/import`.

use serde_json::{Value, json};

use super::arena::Arena;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/predecessor/");

const REPORT: &str = "tournaments { name teamCount draft { status } } notes { document path message }
    counts { kind created matched updated unchanged skipped }";

fn document(name: &str) -> Value {
    json!({ "name": name, "json": std::fs::read_to_string(format!("{FOLDER}{name}")).unwrap() })
}

fn created(payload: &Value, kind: &str) -> u64 {
    let counts = payload["counts"].as_array().unwrap();
    counts.iter().find(|it| it["kind"] == kind).map_or(0, |it| it["created"].as_u64().unwrap())
}

#[tokio::test]
async fn a_tournament_is_imported_with_its_bracket_and_a_second_time_nothing_changes() {
    let arena = Arena::open(0, &[]).await;
    let documents = json!([document("tournament-51.json"), document("bracket-51.json")]);
    let input = json!({ "documents": documents, "dryRun": false });
    let imported = arena.done(&arena.superuser(), "tournamentImport", input.clone(), REPORT).await;
    assert_eq!(imported["tournaments"].as_array().unwrap().len(), 1);
    assert!(created(&imported, "teams") > 0 && created(&imported, "draft rounds") > 0, "{imported:#}");
    let before = arena.api.test.dump().await;
    let again = arena.done(&arena.superuser(), "tournamentImport", input, REPORT).await;
    assert_eq!((created(&again, "teams"), created(&again, "users")), (0, 0));
    assert_eq!(before, arena.api.test.dump().await);
}

#[tokio::test]
async fn a_dry_run_tells_the_same_and_writes_nothing() {
    let arena = Arena::open(0, &[]).await;
    let documents = json!([document("bracket-51.json"), document("tournament-51.json")]);
    let before = arena.api.test.dump().await;
    let input = json!({ "documents": documents });
    let told = arena.done(&arena.superuser(), "tournamentImport", input, REPORT).await;
    assert_eq!(before, arena.api.test.dump().await);
    let input = json!({ "documents": documents, "dryRun": false });
    let done = arena.done(&arena.superuser(), "tournamentImport", input, REPORT).await;
    assert_eq!((&told["counts"], &told["notes"]), (&done["counts"], &done["notes"]));
    assert_eq!(told["tournaments"], json!([]));
}

#[tokio::test]
async fn a_damaged_document_is_named_and_nothing_of_any_is_written() {
    let arena = Arena::open(0, &[]).await;
    let whole = document("bracket-51.json");
    let mut cut = document("tournament-51.json");
    let text = cut["json"].as_str().unwrap();
    cut["json"] = json!(text.get(..text.len() / 2).unwrap());
    let input = json!({ "documents": [whole, cut], "dryRun": false });
    let refused = arena.refused(&arena.superuser(), "tournamentImport", input).await;
    assert_eq!(refused, ("INVALID_INPUT".to_owned(), json!(["documents", "tournament-51.json"])));
    let none = json!({ "documents": [], "dryRun": false });
    assert_eq!(arena.refused(&arena.superuser(), "tournamentImport", none).await.0, "BAD_USER_INPUT");
}
