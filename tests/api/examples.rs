//! The example tabs of GraphiQL run on the demo data, without an error and with something to see.

use inhouse::service::demo::load_demo_if_empty;
use serde_json::Value;

use crate::support::TestApi;

#[tokio::test]
async fn every_example_runs_on_the_demo_data() {
    let api = TestApi::start().await;
    load_demo_if_empty(&api.test.db).await.unwrap().expect("an empty database");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");
    let mut n_run = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|it| it != "graphql") {
            continue;
        }
        let query = std::fs::read_to_string(&path).unwrap();
        let variables =
            std::fs::read(path.with_extension("variables.json")).unwrap_or_else(|_none| b"{}".to_vec());
        let data = api.data_with(&query, serde_json::from_slice(&variables).unwrap()).await;
        let fields = data.as_object().unwrap();
        let shows_something = fields.iter().any(|(name, value)| name != "viewer" && !value.is_null());
        assert!(shows_something, "{}: {data:#}", path.display());
        n_run += 1;
    }
    assert_eq!(n_run, 6);
}

#[tokio::test]
async fn the_demo_shows_a_finished_a_running_and_an_upcoming_tournament() {
    let api = TestApi::start().await;
    load_demo_if_empty(&api.test.db).await.unwrap().expect("an empty database");
    let data = api
        .data(
            "{ tournaments { nodes { state winningTeam { id } draft { status available { totalCount nodes { projection { teamTotalMmr } } }
               events { totalCount } } } } organizations { nodes { owner { id } admins { id } staff { id } } } }",
        )
        .await;
    let tournaments = data["tournaments"]["nodes"].as_array().unwrap();
    let of_state = |state: &str| -> &Value { tournaments.iter().find(|it| it["state"] == state).unwrap() };
    assert!(of_state("PAST")["winningTeam"].is_object());
    assert_eq!(of_state("IN_PROGRESS")["draft"]["status"], "RUNNING");
    let available = &of_state("IN_PROGRESS")["draft"]["available"];
    assert!(
        available["nodes"][0]["projection"]["teamTotalMmr"].is_i64(),
        "a shuffle draft projects: {available:#}"
    );
    assert!(of_state("IN_PROGRESS")["draft"]["events"]["totalCount"].as_i64().unwrap() > 0);
    assert!(of_state("FUTURE")["draft"].is_null());
    assert!(data["organizations"]["nodes"][0]["owner"].is_object());
}

#[test]
fn the_examples_in_the_bundle_are_the_examples_of_the_repository() {
    let root = env!("CARGO_MANIFEST_DIR");
    let texts = |folder: &str, extension: &str| -> Vec<String> {
        let files = std::fs::read_dir(format!("{root}/{folder}")).unwrap().map(|entry| entry.unwrap().path());
        let wanted = files.filter(|path| path.extension().is_some_and(|it| it == extension));
        wanted.map(|path| std::fs::read_to_string(path).unwrap()).collect()
    };
    let scripts = texts("assets/graphiql", "js");
    for example in texts("examples", "graphql") {
        let is_bundled = scripts.iter().any(|script| example.lines().all(|line| script.contains(line)));
        assert!(is_bundled, "run `scripts/graphiql-build`: the bundle does not hold\n{example}");
    }
}
