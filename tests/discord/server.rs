//! A server that plays Discord to a bot: members by page, channels, voice states; limits and trouble as told.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use futures_util::StreamExt as _;
use inhouse::telemetry::spawn;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

use super::TOKEN;

/// How a request is answered instead.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Trouble {
    /// A fault of the server.
    Broken,
    /// Too many requests: come back after so many seconds, for this route or for everything.
    Throttled(f64, bool),
    /// What is no JSON.
    Garbage,
    /// An answer that never ends.
    Endless,
    /// No answer.
    Silent,
    /// Half an answer.
    Cut,
    /// There is no such guild.
    Unknown,
    /// The bot may not see it.
    Forbidden,
    /// The first page, whatever was asked for.
    FirstPage,
}

/// A server that plays Discord.
#[derive(Clone)]
pub(crate) struct FakeDiscord {
    pub(crate) url: String,
    known: Arc<Mutex<Known>>,
    gate: Arc<Semaphore>,
    in_flight: watch::Sender<usize>,
}

#[derive(Default)]
struct Known {
    members: BTreeMap<String, Vec<Value>>,
    channels: BTreeMap<String, Value>,
    /// Channel of a user in a guild.
    voice: BTreeMap<(String, String), String>,
    /// What happens to the next requests, one by one; `None` for what should.
    script: VecDeque<Option<Trouble>>,
    /// What happens to all after them.
    lasting: Option<Trouble>,
    /// Requests of a window, and its length in seconds.
    limit: Option<(u64, f64)>,
    asked: Vec<String>,
    most_at_once: usize,
    is_gated: bool,
}

/// A member as Discord tells of one.
pub(crate) fn member(id: u64, username: &str) -> Value {
    json!({
        "user": { "id": id.to_string(), "username": username, "global_name": null, "avatar": null, "bot": false },
        "nick": null, "joined_at": "2024-05-01T12:00:00+00:00", "roles": [], "deaf": false, "mute": false, "flags": 0,
    })
}

impl FakeDiscord {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let known = Arc::<Mutex<Known>>::default();
        let fake = Self { url, known, gate: Arc::new(Semaphore::new(0)), in_flight: watch::Sender::new(0) };
        let router = Router::new()
            .route("/api/v10/guilds/{guild}/members", get(members))
            .route("/api/v10/guilds/{guild}/channels", get(channels))
            .route("/api/v10/guilds/{guild}/voice-states/{user}", get(voice_state))
            .route("/api/v10/users/@me", get(me))
            .layer(from_fn_with_state(fake.clone(), around))
            .with_state(fake.clone());
        // Ends with the test's runtime.
        drop(spawn(async move { axum::serve(listener, router).await }));
        fake
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap()
    }

    /// A guild has these members from now on.
    pub(crate) fn set_members(&self, guild: &str, members: Vec<Value>) {
        self.known().members.insert(guild.to_owned(), members);
    }

    /// A guild has so many members, `m1`, `m2` … with the ids 1001, 1002 … .
    pub(crate) fn fill(&self, guild: &str, n_members: u64) {
        self.set_members(guild, (1..=n_members).map(|n| member(1_000 + n, &format!("m{n}"))).collect());
    }

    /// A guild has these channels: id, type, name.
    pub(crate) fn set_channels(&self, guild: &str, channels: &[(&str, u64, &str)]) {
        let channels: Value =
            channels.iter().map(|(id, kind, name)| json!({ "id": id, "type": kind, "name": name })).collect();
        self.known().channels.insert(guild.to_owned(), channels);
    }

    /// Somebody sits down in a voice channel.
    pub(crate) fn seat(&self, guild: &str, user: &str, channel: &str) {
        self.known().voice.insert((guild.to_owned(), user.to_owned()), channel.to_owned());
    }

    /// What happens to the next requests, one by one.
    pub(crate) fn script(&self, script: &[Option<Trouble>]) {
        self.known().script = script.iter().copied().collect();
    }

    /// What happens to every request that the script says nothing about.
    pub(crate) fn lasting(&self, trouble: Option<Trouble>) {
        self.known().lasting = trouble;
    }

    /// From now on so many requests of each route are answered in so many seconds, and told so in headers.
    pub(crate) fn limit(&self, n_requests: u64, seconds: f64) {
        self.known().limit = Some((n_requests, seconds));
    }

    /// Paths and queries of the requests so far, behind the version of the API.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.known().asked.clone()
    }

    pub(crate) fn n_asked(&self) -> usize {
        self.known().asked.len()
    }

    /// From now on no request is answered before [`FakeDiscord::open`].
    pub(crate) fn close(&self) {
        self.known().is_gated = true;
    }

    /// Answers everything that waits, and whatever comes.
    pub(crate) fn open(&self) {
        self.gate.add_permits(1_000);
    }

    /// Waits until so many requests are under way.
    pub(crate) async fn until_asked_at_once(&self, n_requests: usize) {
        self.in_flight.subscribe().wait_for(|it| *it >= n_requests).await.unwrap();
    }

    /// Most requests that were under way at once.
    pub(crate) fn most_at_once(&self) -> usize {
        self.known().most_at_once
    }
}

/// What happens to every request.
async fn around(State(fake): State<FakeDiscord>, request: Request, next: Next) -> Response {
    let (trouble, limit, is_gated) = {
        let mut known = fake.known();
        let path = request.uri().path_and_query().unwrap().as_str();
        known.asked.push(path.strip_prefix("/api/v10").unwrap().to_owned());
        let lasting = known.lasting;
        (known.script.pop_front().unwrap_or(lasting), known.limit, known.is_gated)
    };
    if request.headers().get("authorization").is_none_or(|it| *it != *format!("Bot {TOKEN}")) {
        return (StatusCode::UNAUTHORIZED, r#"{"message": "401: Unauthorized", "code": 0}"#).into_response();
    }
    if is_gated {
        fake.in_flight.send_modify(|it| *it += 1);
        let now = *fake.in_flight.borrow();
        {
            let mut known = fake.known();
            known.most_at_once = known.most_at_once.max(now);
        }
        fake.gate.acquire().await.unwrap().forget();
        fake.in_flight.send_modify(|it| *it -= 1);
    }
    let path = request.uri().path().to_owned();
    let mut response = match trouble {
        Some(Trouble::FirstPage) => {
            let mut request = request;
            *request.uri_mut() = format!("{path}?limit=1000").parse::<Uri>().unwrap();
            next.run(request).await
        }
        Some(trouble) => misbehaved(trouble).await,
        None => next.run(request).await,
    };
    if let Some((n_requests, seconds)) = limit {
        let n_asked = fake
            .known()
            .asked
            .iter()
            .filter(|it| it.starts_with(path.trim_start_matches("/api/v10")))
            .count();
        let n_left = (n_requests - 1) - (u64::try_from(n_asked).unwrap() - 1) % n_requests;
        let headers = response.headers_mut();
        headers.insert("x-ratelimit-bucket", "abcd1234".parse().unwrap());
        headers.insert("x-ratelimit-limit", n_requests.into());
        headers.insert("x-ratelimit-remaining", n_left.into());
        headers.insert("x-ratelimit-reset-after", seconds.to_string().parse().unwrap());
    }
    response
}

async fn misbehaved(trouble: Trouble) -> Response {
    match trouble {
        Trouble::Broken => (StatusCode::BAD_GATEWAY, "<html>oops</html>").into_response(),
        Trouble::Throttled(seconds, is_global) => {
            let body =
                json!({ "message": "slow down", "retry_after": seconds, "global": is_global }).to_string();
            // The header knows whole seconds only.
            (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "9")], body).into_response()
        }
        Trouble::Garbage => "[{\"user\": 7,".into_response(),
        Trouble::Endless => {
            let chunks = futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 1 << 20]));
            Body::from_stream(chunks.take(64)).into_response()
        }
        Trouble::Silent => std::future::pending().await,
        Trouble::Cut => {
            let begin =
                futures_util::stream::iter([Ok(b"[{\"user\":".to_vec()), Err(std::io::Error::other("cut"))]);
            Body::from_stream(begin).into_response()
        }
        Trouble::Unknown => {
            (StatusCode::NOT_FOUND, r#"{"message": "Unknown Guild", "code": 10004}"#).into_response()
        }
        Trouble::Forbidden => {
            (StatusCode::FORBIDDEN, r#"{"message": "Missing Access", "code": 50001}"#).into_response()
        }
        Trouble::FirstPage => unreachable!("is no answer of its own"),
    }
}

async fn members(
    State(fake): State<FakeDiscord>,
    Path(guild): Path<String>,
    Query(asked): Query<BTreeMap<String, String>>,
) -> Response {
    let after: u64 = asked.get("after").map_or(0, |it| it.parse().unwrap());
    let limit: usize = asked["limit"].parse().unwrap();
    let known = fake.known();
    let Some(members) = known.members.get(&guild) else { return unknown() };
    let id = |it: &Value| it["user"]["id"].as_str().unwrap().parse::<u64>().unwrap();
    let page: Vec<&Value> = members.iter().filter(|it| id(it) > after).take(limit).collect();
    answer(&json!(page))
}

async fn channels(State(fake): State<FakeDiscord>, Path(guild): Path<String>) -> Response {
    fake.known().channels.get(&guild).map_or_else(unknown, answer)
}

async fn voice_state(
    State(fake): State<FakeDiscord>,
    Path((guild, user)): Path<(String, String)>,
) -> Response {
    match fake.known().voice.get(&(guild, user.clone())) {
        Some(channel) => answer(&json!({ "channel_id": channel, "user_id": user })),
        None => {
            (StatusCode::NOT_FOUND, r#"{"message": "Unknown Voice State", "code": 10065}"#).into_response()
        }
    }
}

async fn me() -> Response {
    answer(
        &json!({ "id": "42", "username": "inhouse-bot", "global_name": null, "avatar": null, "bot": true }),
    )
}

fn unknown() -> Response {
    (StatusCode::NOT_FOUND, r#"{"message": "Unknown Guild", "code": 10004}"#).into_response()
}

fn answer(body: &Value) -> Response {
    ([("content-type", "application/json")], body.to_string()).into_response()
}
