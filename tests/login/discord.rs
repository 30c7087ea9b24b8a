//! Discord, as far as a login needs it: checks the application, the code, the verifier and the way back, and tells who
//! somebody is; or misbehaves in one of the ways it does.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use inhouse::telemetry::spawn;
use oauth2::url::{Url, form_urlencoded};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;

pub(crate) const CLIENT_ID: &str = "1234567890";
pub(crate) const CLIENT_SECRET: &str = "the-application's-secret";

/// Which of the two questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    Token,
    Me,
}

/// How it is answered instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    Broken,
    Busy,
    Garbage,
    Endless,
    Silent,
    Refusing,
    Nobody,
}

/// A server that plays Discord.
#[derive(Clone)]
pub(crate) struct Discord {
    pub(crate) url: String,
    state: Arc<Mutex<Known>>,
}

#[derive(Default)]
struct Known {
    codes: BTreeMap<String, Approved>,
    tokens: BTreeMap<String, Value>,
    trouble: Option<(Question, Trouble)>,
    n_given: usize,
}

/// What somebody allowed.
struct Approved {
    challenge: String,
    redirect_uri: String,
    profile: Value,
}

/// A person as Discord tells of them.
pub(crate) fn person(id: &str, username: &str) -> Value {
    json!({ "id": id, "username": username, "global_name": null, "avatar": null, "discriminator": "0" })
}

impl Discord {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(Known::default()));
        let router = Router::new()
            .route("/api/v10/oauth2/token", post(token))
            .route("/api/v10/users/@me", get(me))
            .with_state(Arc::clone(&state));
        // Ends with the test's runtime.
        drop(spawn(async move { axum::serve(listener, router).await }));
        Self { url, state }
    }

    /// From now on one question is answered otherwise.
    pub(crate) fn misbehave(&self, question: Question, trouble: Trouble) {
        self.state.lock().unwrap().trouble = Some((question, trouble));
    }

    /// From now on everything is answered.
    pub(crate) fn recover(&self) {
        self.state.lock().unwrap().trouble = None;
    }

    /// The person that was sent to this URL allows what it asks; the path and query they are sent back to.
    pub(crate) fn allow(&self, url: &str, person: &Value) -> String {
        let url: Url = url.parse().unwrap();
        let asked: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
        assert!(url.as_str().starts_with(&format!("{}/oauth2/authorize?", self.url)), "{url}");
        assert_eq!(asked["response_type"], "code");
        assert_eq!(asked["client_id"], CLIENT_ID);
        assert_eq!(asked["scope"], "identify");
        assert_eq!(asked["code_challenge_method"], "S256");
        let mut known = self.state.lock().unwrap();
        known.n_given += 1;
        let code = format!("code-{}", known.n_given);
        let approved = Approved {
            challenge: asked["code_challenge"].clone(),
            redirect_uri: asked["redirect_uri"].clone(),
            profile: person.clone(),
        };
        known.codes.insert(code.clone(), approved);
        back(&asked, &[("code", code.as_str())])
    }

    /// The person does not allow it.
    pub(crate) fn decline(&self, url: &str) -> String {
        let url: Url = url.parse().unwrap();
        let asked: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
        back(&asked, &[("error", "access_denied"), ("error_description", "<b>no</b>")])
    }
}

fn back(asked: &BTreeMap<String, String>, answer: &[(&str, &str)]) -> String {
    let mut url: Url = asked["redirect_uri"].parse().unwrap();
    url.query_pairs_mut().extend_pairs(answer).append_pair("state", &asked["state"]);
    format!("{}?{}", url.path(), url.query().unwrap())
}

async fn token(State(state): State<Arc<Mutex<Known>>>, headers: HeaderMap, body: Bytes) -> Response {
    let trouble = state.lock().unwrap().trouble;
    if let Some((Question::Token, trouble)) = trouble {
        return misbehaved(trouble).await;
    }
    let basic = format!("Basic {}", STANDARD.encode(format!("{CLIENT_ID}:{}", encoded(CLIENT_SECRET))));
    if headers.get("authorization").is_none_or(|it| *it != *basic) {
        return refuse("invalid_client");
    }
    let form: BTreeMap<String, String> = form_urlencoded::parse(&body).into_owned().collect();
    let mut known = state.lock().unwrap();
    // A code is good once, whatever comes of it.
    let Some(approved) = known.codes.remove(&form["code"]) else { return refuse("invalid_grant") };
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&form["code_verifier"]));
    let is_good = form["grant_type"] == "authorization_code"
        && challenge == approved.challenge
        && form["redirect_uri"] == approved.redirect_uri;
    if !is_good {
        return refuse("invalid_grant");
    }
    let token = format!("token-of-{}", form["code"]);
    known.tokens.insert(token.clone(), approved.profile);
    let lifetime = 604_800;
    answer(
        &json!({ "access_token": token, "token_type": "Bearer", "expires_in": lifetime, "scope": "identify" }),
    )
}

async fn me(State(state): State<Arc<Mutex<Known>>>, headers: HeaderMap) -> Response {
    let trouble = state.lock().unwrap().trouble;
    if let Some((Question::Me, trouble)) = trouble {
        return misbehaved(trouble).await;
    }
    let given = headers.get("authorization").and_then(|it| it.to_str().unwrap().strip_prefix("Bearer "));
    let known = state.lock().unwrap();
    match given.and_then(|it| known.tokens.get(it)) {
        Some(profile) => answer(profile),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

async fn misbehaved(trouble: Trouble) -> Response {
    match trouble {
        Trouble::Broken => (StatusCode::INTERNAL_SERVER_ERROR, "<html>oops</html>").into_response(),
        Trouble::Busy => {
            (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "7")], r#"{"retry_after": 6.4}"#).into_response()
        }
        Trouble::Garbage => ([("content-type", "application/json")], "{\"id\": 7,").into_response(),
        // Good but for its length.
        Trouble::Endless => answer(&json!({
            "access_token": "x", "token_type": "Bearer", "id": "80351110224678912", "username": "ann",
            "padding": "x".repeat(1_000_000),
        })),
        Trouble::Silent => std::future::pending().await,
        Trouble::Refusing => refuse("invalid_grant"),
        Trouble::Nobody => answer(&json!({ "id": "not-a-snowflake", "username": "x" })),
    }
}

fn refuse(error: &str) -> Response {
    let body = json!({ "error": error, "error_description": "a secret cause" }).to_string();
    (StatusCode::BAD_REQUEST, [("content-type", "application/json")], body).into_response()
}

fn answer(body: &Value) -> Response {
    ([("content-type", "application/json")], body.to_string()).into_response()
}

/// As the specification of OAuth wants both halves of the header.
fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
