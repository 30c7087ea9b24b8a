//! The program as its user meets it: what it prints, which code it leaves with, how it starts and stops.
//!
//! Runs the real binary on SQLite in a folder of the test's own; what a server answers is tested elsewhere.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use crate::support::{Folder, rest_of};

#[test]
fn the_version_is_told() {
    assert_eq!(Folder::new().run(&["--version"], &[]).printed(), "inhouse 0.1.0\n");
}

#[test]
fn the_help_of_serve_lists_every_setting_with_its_variable() {
    let help = Folder::new().run(&["serve", "--help"], &[]);
    for expected in ["INHOUSE_LISTEN [127.0.0.1:8000]", "DATABASE_URL", "limits.max_depth", "--no-demo"] {
        assert!(help.printed().contains(expected), "{expected}: {}", help.stdout);
    }
}

#[test]
fn a_taken_address_is_one_clear_line_and_nothing_is_touched() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = Folder::new();
    assert_eq!(
        folder.run(&["--listen", &address], &[]).complaint(),
        format!(
            "cannot listen on {address}: another program listens there; stop it or choose another with --listen or INHOUSE_LISTEN"
        )
    );
    assert_eq!(folder.names(), Vec::<String>::new());
}

#[test]
fn an_empty_folder_gets_a_database_that_only_its_owner_can_read() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new();
    let server = folder.serve(&[]);
    let data = folder.path().join("data");
    assert!(data.join("inhouse.db").is_file());
    assert_eq!(std::fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
    let answer = server.get("/readyz").unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains(r#"{"name":"database","ok":true},{"name":"migrations","ok":true}"#), "{answer}");
}

#[test]
fn either_signal_stops_a_server_with_code_0() {
    for signal in ["TERM", "INT"] {
        let folder = Folder::new();
        let server = folder.serve(&[]);
        // An idle connection that a browser keeps must not hold the server.
        let _idle = server.connect().unwrap();
        server.signal(signal);
        assert_eq!(server.code(), Some(0), "{signal}");
    }
}

#[test]
fn a_stopping_server_tells_that_it_is_not_ready_before_it_closes_its_door() {
    let folder = Folder::new();
    let server = folder.serve(&[("INHOUSE_DRAIN_DELAY_MS", "86400000")]);
    server.signal("TERM");
    server.until_ready(|answer| answer.is_some_and(|it| it.contains("draining")));
    assert!(server.get("/livez").unwrap().starts_with("HTTP/1.1 200"));
    // A second TERM changes nothing; Ctrl-C ends it at once.
    server.signal("TERM");
    assert!(server.get("/livez").is_some());
    server.signal("INT");
    assert_eq!(server.code(), Some(130));
}

#[test]
fn a_request_that_runs_when_the_server_is_stopped_is_answered() {
    let folder = Folder::new();
    let server = folder.serve(&[]);
    let mut stream = server.connect().unwrap();
    let begun = begin_request(&mut stream);
    server.signal("TERM");
    server.until_ready(|answer| answer.is_none());
    stream.write_all(begun.as_bytes()).unwrap();
    let answer = rest_of(&mut stream);
    assert!(answer.contains("HTTP/1.1 200 OK") && answer.contains("__typename"), "{answer}");
    assert_eq!(server.code(), Some(0));
}

#[test]
fn a_request_that_never_ends_holds_a_stopping_server_only_so_long() {
    let folder = Folder::new();
    let server = folder.serve(&[("INHOUSE_SHUTDOWN_TIMEOUT_MS", "50")]);
    let mut stream = server.connect().unwrap();
    begin_request(&mut stream);
    server.signal("TERM");
    assert_eq!(server.code(), Some(0));
}

/// Sends the head of a request and waits until the server wants its body, which is returned.
fn begin_request(stream: &mut std::net::TcpStream) -> &'static str {
    const BODY: &str = r#"{"query":"{ __typename }"}"#;
    let head = format!(
        "POST /graphql HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Expect: 100-continue\r\n\r\n",
        BODY.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = [0; 25];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 100 Continue\r\n\r\n");
    BODY
}

#[test]
fn a_setting_that_cannot_be_used_is_named() {
    let folder = Folder::new();
    let ended = folder.run(&["--listen", "nowhere"], &[]);
    assert!(ended.complaint().starts_with("--listen: `nowhere` is not an address"), "{ended:?}");
    let ended = folder.run(&["migrate", "up"], &[("INHOUSE_POOL_SIZE", "many")]);
    assert_eq!(ended.complaint(), "INHOUSE_POOL_SIZE: `many` is not a whole number above 0");
    let ended = folder.run(&["migrate", "up", "--log", "inhouse=loud"], &[]);
    assert!(ended.complaint().starts_with("the log cannot be set up (--log, INHOUSE_LOG)"), "{ended:?}");
}

#[test]
fn a_key_that_is_no_setting_is_refused() {
    let folder = Folder::new();
    folder.write("inhouse.toml", "[limits]\nmax_deepness = 3\n");
    let ended = folder.run(&["--config", "inhouse.toml"], &[]);
    let expected = "limits.max_deepness in inhouse.toml: there is no such setting";
    assert!(ended.complaint().starts_with(expected), "{ended:?}");
}

#[test]
fn flags_of_the_server_are_refused_where_they_mean_nothing() {
    let ended = Folder::new().run(&["--no-demo", "migrate", "up"], &[]);
    assert_eq!(ended.complaint(), "--listen and --no-demo go behind `serve`");
}

#[test]
fn the_schema_is_printed_alone_and_without_a_database() {
    let folder = Folder::new();
    let ended = folder.run(&["schema", "print"], &[("INHOUSE_LOG", "trace")]);
    let document = async_graphql::parser::parse_schema(ended.printed());
    assert!(document.is_ok_and(|it| !it.definitions.is_empty()), "{}", ended.stdout);
    assert_eq!(folder.names(), Vec::<String>::new());
}

#[test]
fn the_schema_of_the_database_goes_up_and_down() {
    let folder = Folder::new();
    let migrate = |arguments: &[&str]| folder.run(&[&["migrate"], arguments].concat(), &[]);
    let status = migrate(&["status"]);
    assert_eq!(status.printed(), "there is no database at data/inhouse.db yet\n");
    assert_eq!(folder.names(), Vec::<String>::new(), "asking made nothing");
    assert!(migrate(&["up"]).printed().ends_with(" applied\n"));
    assert_eq!(migrate(&["up"]).printed(), "the schema was up to date\n");
    assert_eq!(migrate(&["status"]).printed(), "the schema is up to date\n");
    let refused = migrate(&["down"]);
    assert_eq!(refused.complaint(), "this deletes everything stored: say so with `migrate down --yes`");
    assert!(migrate(&["down", "--yes"]).printed().ends_with(" reverted\n"));
    assert!(migrate(&["status"]).printed().ends_with(" pending\n"));
}

#[test]
fn a_postgres_that_is_away_is_told_without_its_password() {
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgres://ann:hunter2@127.0.0.1:{port}/inhouse");
    let ended = Folder::new().run(&["--listen", "127.0.0.1:0"], &[("DATABASE_URL", &url)]);
    let complaint = ended.complaint();
    assert!(complaint.starts_with("cannot reach the PostgreSQL server"), "{complaint}");
    assert!(!complaint.contains("hunter2"), "{complaint}");
}

#[test]
fn a_data_folder_that_cannot_be_made_is_named() {
    let folder = Folder::new();
    folder.write("data", "a file, not a folder");
    let ended = folder.run(&["migrate", "up", "--data-dir", "data/deeper"], &[]);
    assert!(ended.complaint().starts_with("cannot make the folder data/deeper"), "{ended:?}");
    let ended = folder.run(&["migrate", "up"], &[("DATABASE_URL", "sqlite:data")]);
    assert!(ended.complaint().contains("data"), "{ended:?}");
}

#[test]
fn a_damaged_file_is_named_with_the_place_of_the_fault_and_no_database_is_made() {
    let folder = Folder::new();
    folder.write("cut.json", r#"{"pk": 1, "teams": ["#);
    folder.write("wrong.json", r#"{"tournamentId": "x", "matches": []}"#);
    let ended = folder.run(&["import", "missing.json"], &[]);
    assert!(ended.complaint().starts_with("missing.json cannot be read: "), "{ended:?}");
    let ended = folder.run(&["import", "cut.json"], &[]);
    assert!(ended.complaint().starts_with("cut.json: teams"), "{ended:?}");
    let ended = folder.run(&["import", "wrong.json"], &[]);
    assert!(ended.complaint().starts_with("wrong.json: tournamentId: "), "{ended:?}");
    assert!(!folder.path().join("data").exists());
}

#[test]
fn a_dry_run_says_so_and_a_report_in_json_is_nothing_but_json() {
    let folder = Folder::new();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo/tournament-1.json");
    let ended = folder.run(&["import", file, "--dry-run"], &[]);
    assert!(ended.printed().ends_with("dry run: nothing was written\n"), "{}", ended.stdout);
    let ended = folder.run(&["import", file, "--dry-run", "--json"], &[]);
    let report: serde_json::Value = serde_json::from_str(ended.printed()).unwrap();
    assert!(report["notes"].is_array(), "{report}");
}
