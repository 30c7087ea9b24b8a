//! The example tabs of GraphiQL run on the demo data, without an error and with something to see.

use std::collections::BTreeMap;

use inhouse::db::DbError;
use inhouse::db::models::UserKey;
use inhouse::service::demo::load_demo_if_empty;
use inhouse::types::{UserId, Viewer};
use serde_json::{Value, json};

use crate::support::TestApi;

/// An example tab: its document, and the variables it comes with.
struct Tab {
    name: String,
    document: String,
    variables: Value,
}

/// All tabs, in their order.
fn tabs() -> Vec<Tab> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = files.filter(|it| it.extension().is_some_and(|it| it == "graphql")).collect();
    paths.sort();
    let tab = |path: &std::path::PathBuf| Tab {
        name: path.file_stem().unwrap().to_string_lossy().into_owned(),
        document: std::fs::read_to_string(path).unwrap(),
        variables: std::fs::read(path.with_extension("variables.json"))
            .map_or_else(|_none| json!({}), |text| serde_json::from_slice(&text).unwrap()),
    };
    paths.iter().map(tab).collect()
}

async fn demo() -> TestApi {
    let api = TestApi::start().await;
    load_demo_if_empty(&api.test.db).await.unwrap().expect("an empty database");
    api
}

#[tokio::test]
async fn every_example_that_asks_runs_on_the_demo_data() {
    let api = demo().await;
    let mut n_run = 0;
    for tab in tabs().iter().filter(|it| it.document.contains("\nquery ")) {
        let data = api.data_with(&tab.document, tab.variables.clone()).await;
        let fields = data.as_object().unwrap();
        let shows_something = fields.iter().any(|(name, value)| name != "viewer" && !value.is_null());
        assert!(shows_something, "{}: {data:#}", tab.name);
        n_run += 1;
    }
    assert_eq!(n_run, 7);
}

/// GraphiQL as two people use it: the tabs in their order, first with the variables they come with, then with what the
/// answer before told.
struct Session {
    api: TestApi,
    staff: Viewer,
    tabs: BTreeMap<String, Tab>,
}

impl Session {
    async fn run(&self, viewer: &Viewer, tab: &str, variables: Option<Value>) -> Value {
        let tab = &self.tabs[tab];
        let variables = variables.unwrap_or_else(|| tab.variables.clone());
        let (_, answer) = self.api.run_as(viewer, &tab.document, variables).await;
        assert!(answer.get("errors").is_none(), "{}: {answer:#}", tab.name);
        let fields = answer["data"].as_object().unwrap();
        let n_refused = fields.values().filter_map(|it| it["userErrors"].as_array()).flatten().count();
        assert_eq!(n_refused, 0, "{}: {answer:#}", tab.name);
        answer["data"].clone()
    }

    /// The board, as the tab "Turn" shows it, and the captain on turn.
    async fn turn(&self) -> (Value, Viewer) {
        let board = self.run(&Viewer::anonymous(), "09-turn", None).await["tournament"]["draft"].clone();
        let name = board["currentRound"]["captain"]["username"].as_str().unwrap_or_default().to_owned();
        let user: Result<_, DbError> =
            self.api.test.db.rehearse(async |uow| uow.find(UserKey::Username(&name)).await).await;
        let user_id = user.unwrap().map(|it| it.id);
        (board, Viewer { user_id, ..Viewer::default() })
    }

    async fn draft(&self) {
        let first = self.run(&self.staff, "10-pick", None).await;
        assert_eq!(first["draftPick"]["draft"]["status"], "RUNNING");
        self.run(&self.staff, "11-undo", None).await;
        for pick in 1..=32 {
            let (board, captain) = self.turn().await;
            let input = json!({ "input": { "draftId": board["id"], "roundId": board["currentRound"]["id"],
                "userId": board["available"]["nodes"][0]["user"]["id"], "expectedVersion": board["version"] } });
            let picked = self.run(&captain, "10-pick", Some(input)).await;
            let status = if pick == 32 { "COMPLETED" } else { "RUNNING" };
            assert_eq!(picked["draftPick"]["draft"]["status"], status, "pick {pick}");
        }
    }

    async fn play(&self) {
        let made = self.run(&self.staff, "12-bracket", None).await;
        let games = made["bracketGenerate"]["tournament"]["bracket"]["games"].as_array().unwrap();
        assert_eq!(games.len(), 14, "seven of winners, six of losers, one final");
        let first = self.run(&self.staff, "13-report", None).await;
        assert_eq!(first["gameReport"]["game"]["status"], "COMPLETED");
        let open = "query($id: ID!) { tournament(id: $id) { bracket { games { id version status
            radiantTeam { id } direTeam { id } } } } }";
        for _ in 0..13 {
            let data = self.api.data_with(open, json!({ "id": "3" })).await;
            let games = data["tournament"]["bracket"]["games"].as_array().unwrap();
            let is_ready = |it: &&Value| {
                it["status"] == "PENDING" && it["radiantTeam"].is_object() && it["direTeam"].is_object()
            };
            let game = games.iter().find(is_ready).expect("a game that can be played");
            let input =
                json!({ "gameId": game["id"], "winner": "RADIANT", "expectedVersion": game["version"] });
            let told = self.run(&self.staff, "13-report", Some(json!({ "input": input }))).await;
            if told["gameReport"]["isDecided"] == true {
                return;
            }
        }
        panic!("the final was not decided");
    }
}

#[tokio::test]
async fn the_tabs_draft_eight_teams_and_play_their_bracket() {
    let api = demo().await;
    let tabs = tabs().into_iter().map(|it| (it.name.clone(), it)).collect();
    let staff = Viewer { user_id: Some(UserId(1)), is_staff: true, ..Viewer::default() };
    let session = Session { api, staff, tabs };
    for _twice in 0..2 {
        session.run(&session.staff, "07-captains", None).await;
    }
    session.run(&session.staff, "08-start", None).await;
    session.draft().await;
    session.play().await;
    let data =
        session.api.data("{ tournament(id: 3) { winningTeam { id } teams { placement size } } }").await;
    let mut places: Vec<_> = data["tournament"]["teams"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["placement"].as_i64().unwrap())
        .collect();
    places.sort_unstable();
    assert_eq!(places, [1, 2, 3, 4, 5, 5, 7, 7]);
    assert!(data["tournament"]["teams"].as_array().unwrap().iter().all(|it| it["size"] == 5));
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
