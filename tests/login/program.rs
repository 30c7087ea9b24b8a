//! Logging in to the real program: tokens by its command line, and the page for development of a fresh server.

use std::io::{Read as _, Write as _};

use inhouse::db::models::NewUser;

use super::site::Site;
use crate::support::{Folder, Server};

const USERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo/users.json");

/// Sends a request with these lines in its head; the whole answer.
fn send(server: &Server, first: &str, lines: &[&str], body: &str) -> String {
    let mut stream = server.connect().unwrap();
    let lines: String = lines.iter().map(|it| format!("{it}\r\n")).collect();
    let length = body.len();
    let request = format!(
        "{first} HTTP/1.1\r\nHost: localhost:1\r\nConnection: close\r\nContent-Length: {length}\r\n{lines}\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn viewer(server: &Server, credentials: &str) -> String {
    let body = r#"{"query":"{ viewer { user { username } } }"}"#;
    send(server, "POST /graphql", &["Content-Type: application/json", credentials], body)
}

#[test]
fn a_token_of_the_command_line_opens_the_server_until_it_is_revoked() {
    let folder = Folder::new();
    folder.run(&["import", USERS], &[]).printed();
    let server = folder.serve(&[]);
    let create = ["token", "create", "--user", "aurelia", "--name", "stats page", "--expires-days", "90"];
    let made = folder.run(&create, &[]);
    let (token, about) = made.printed().split_once('\n').unwrap();
    assert!(token.starts_with("inh_") && token.len() == 47, "{token}");
    assert!(about.starts_with("Token 1 of aurelia (user 1), good to read until 2"), "{about}");
    let credentials = format!("Authorization: Bearer {token}");
    assert!(viewer(&server, &credentials).contains(r#""username":"aurelia""#));
    assert_eq!(folder.run(&["token", "revoke", "1"], &[]).printed(), "token 1 is revoked\n");
    let refused = viewer(&server, &credentials);
    assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
    assert_eq!(folder.run(&["token", "revoke", "1"], &[]).printed(), "token 1 was revoked before\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_made_and_listed_on_either_database() {
    let site = Site::open().await;
    site.insert(NewUser { username: "ann".to_owned(), ..NewUser::default() }).await;
    let (folder, variables) = (Folder::new(), site.test.variables());
    let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let run = |arguments: &[&str]| folder.run(arguments, &variables);
    assert_eq!(run(&["token", "list"]).printed(), "there are no tokens\n");
    let made =
        run(&["token", "create", "--user", "ann", "--name", "bot", "--scope", "read", "--scope", "write"]);
    let secret = made.printed().lines().next().unwrap().to_owned();
    let listed = run(&["token", "list", "--user", "ann"]);
    assert!(
        listed.printed().contains("read,write") && listed.stdout.ends_with("for ever, bot\n"),
        "{listed:?}"
    );
    let json = run(&["token", "list", "--json"]);
    let tokens: serde_json::Value = serde_json::from_str(json.printed()).unwrap();
    assert_eq!(tokens[0]["username"], "ann");
    assert_eq!(
        (&tokens[0]["scopes"], &tokens[0]["is_valid"]),
        (&serde_json::json!(["read", "write"]), &true.into())
    );
    assert!(!listed.stdout.contains(&secret) && !json.stdout.contains(&secret));
    let unknown = run(&["token", "create", "--user", "nobody", "--name", "bot"]);
    assert_eq!(unknown.complaint(), "there is no user `nobody`: give a username or the number of a user");
}

#[test]
fn a_scope_that_does_not_exist_is_named_with_those_that_do() {
    let ended = Folder::new().run(&["token", "create", "--user", "a", "--name", "b", "--scope", "root"], &[]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("[possible values: read, write, staff]"), "{}", ended.stderr);
}

#[test]
fn tokens_make_no_database() {
    let folder = Folder::new();
    let ended = folder.run(&["token", "list"], &[]);
    assert!(ended.complaint().starts_with("there is no database at data/inhouse.db yet"), "{ended:?}");
    assert_eq!(folder.names(), Vec::<String>::new());
}

#[test]
fn a_fresh_server_lets_a_developer_be_anybody_and_one_that_is_told_not_to_does_not() {
    let folder = Folder::new();
    folder.run(&["import", USERS], &[]).printed();
    let server = folder.serve(&[]);
    let page = send(&server, "GET /auth/dev", &[], "");
    assert!(page.starts_with("HTTP/1.1 200") && page.contains(">aurelia</button>"), "{page}");
    let entered = send(&server, "POST /auth/dev?user=1", &["Sec-Fetch-Site: same-origin"], "");
    assert!(entered.starts_with("HTTP/1.1 303"), "{entered}");
    let cookie = entered.lines().find_map(|it| it.strip_prefix("set-cookie: ")).unwrap();
    assert!(cookie.ends_with("; Path=/; Max-Age=1209600; HttpOnly; SameSite=Lax"), "{cookie}");
    let credentials = format!("Cookie: {}", cookie.split_once(';').unwrap().0);
    assert!(viewer(&server, &credentials).contains(r#""username":"aurelia""#));
    drop(server);
    for (name, value) in
        [("INHOUSE_DEV_LOGIN", "false"), ("INHOUSE_PUBLIC_URL", "https://inhouse.example.org")]
    {
        let server = folder.serve(&[(name, value)]);
        let page = send(&server, "GET /auth/dev", &[], "");
        assert!(page.starts_with("HTTP/1.1 404"), "{name}: {page}");
    }
}
