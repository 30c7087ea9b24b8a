//! One socket from its first message to its last: the states of the protocol, and what its timers are for.
//!
//! Waits for one thing at a time of all that may happen, what the client says first; so that after its `complete` nothing
//! more is sent for an operation. While a message is being written, operations that run go on, and nothing else is done.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::{Map, Value};
use tokio::time::{Instant, sleep_until};
use tracing::Instrument as _;

use super::bucket::Bucket;
use super::close::Close;
use super::message::{self, ClientMessage, ServerMessage};
use super::operations::{Operations, Outcome, Said};
use super::wire::{Received, Untaken, Wire};
use crate::auth::{AuthError, Caller, Credentials};
use crate::graphql::{ErrorCode, GraphqlRequest, RequestId, RequestInfo};
use crate::http::app::App;
use crate::http::caller::{self, Lost, Still, Unknown, Watch};
use crate::http::streams::{Owner, Ticket};
use crate::types::Viewer;

/// How long a client may take to say `connection_init`.
pub(super) const INIT_WITHIN: Duration = Duration::from_secs(10);

/// How often the server asks whether the client is there.
pub(super) const PING_EVERY: Duration = Duration::from_secs(12);

/// After how long without any sign of life a client counts as gone.
pub(super) const SILENT_FOR: Duration = Duration::from_secs(24);

/// What is known of a socket when it opens.
pub(super) struct Opening {
    pub(super) app: Arc<App>,
    /// The id of the request that became it.
    pub(super) id: RequestId,
    pub(super) address: IpAddr,
    pub(super) ticket: Ticket,
    /// Those of the request.
    pub(super) credentials: Credentials,
    /// They are a session of nobody.
    pub(super) is_stale: bool,
    /// The client offered the protocol of this server.
    pub(super) speaks_ours: bool,
}

/// How a socket ended.
enum End {
    /// The server closes it.
    Ours(Close),
    /// The client did, with this code.
    Theirs(Option<u16>),
    /// The connection is gone.
    Gone,
}

/// How far the two have got to know each other.
enum Phase {
    /// `connection_init` is waited for until then.
    Opened(Instant),
    /// Whoever said it is being looked up.
    Identifying(Credentials, BoxFuture<'static, Result<Caller, Unknown>>),
    /// Operations may run, as long as the credentials are good.
    Acknowledged(Watch),
}

struct Session {
    opening: Opening,
    wire: Wire,
    phase: Phase,
    operations: Operations,
    bucket: Bucket,
    heard_at: Instant,
    ping_at: Instant,
    n_operations: u64,
}

/// Something that happened.
enum Event {
    Stop,
    Received(Received),
    Identified(Result<Caller, Unknown>),
    Lost(Lost),
    Said(Said),
    Due,
}

/// Serves a socket to its end.
pub(super) async fn serve(wire: Wire, opening: Opening) {
    let opened = Instant::now();
    tracing::info!(request.id = %opening.id, "a socket is open");
    let id = opening.id.clone();
    // Apart from what follows, so that operations and credentials are gone before the goodbye is waited for.
    let (end, wire, n_operations, _ticket) = if opening.speaks_ours {
        let mut session = Session::new(wire, opening);
        let end = session.run().await;
        (end, session.wire, session.n_operations, session.opening.ticket)
    } else {
        (End::Ours(Close::SUBPROTOCOL), wire, 0, opening.ticket)
    };
    match &end {
        End::Ours(close) => wire.close(close).await,
        End::Theirs(_) => wire.closed().await,
        End::Gone => {}
    }
    let (by, code, reason) = match &end {
        End::Ours(close) => ("server", Some(close.code), close.reason()),
        // What a client says about it may be anything.
        End::Theirs(code) => ("client", *code, ""),
        End::Gone => ("nobody", None, ""),
    };
    let duration_ms = u64::try_from(opened.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(
        request.id = %id,
        ws.closed_by = by,
        ws.code = code,
        ws.reason = reason,
        ws.duration_ms = duration_ms,
        ws.n_operations = n_operations,
        "a socket is closed"
    );
}

impl Session {
    fn new(wire: Wire, opening: Opening) -> Self {
        let now = Instant::now();
        let settings = opening.app.state.streams.settings();
        let bucket = Bucket::new(settings.messages_per_second, settings.message_burst, now);
        Self {
            wire,
            phase: Phase::Opened(now + INIT_WITHIN),
            operations: Operations::default(),
            bucket,
            heard_at: now,
            ping_at: now + PING_EVERY,
            n_operations: 0,
            opening,
        }
    }

    async fn run(&mut self) -> End {
        loop {
            let step = match self.happens().await {
                Event::Stop => Err(End::Ours(Close::SERVICE_RESTART)),
                Event::Received(received) => self.hear(received).await,
                Event::Identified(told) => self.acknowledge(told).await,
                Event::Lost(lost) => Err(End::Ours(closing(lost))),
                Event::Said(Said::Message(message)) => self.send(message).await,
                Event::Said(Said::Close(close)) => Err(End::Ours(close)),
                Event::Due => self.be_on_time().await,
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    /// Waits for what happens next.
    async fn happens(&mut self) -> Event {
        let due = match self.phase {
            Phase::Opened(until) => until,
            Phase::Identifying(..) | Phase::Acknowledged(_) => self.ping_at.min(self.heard_at + SILENT_FOR),
        };
        let phase = &mut self.phase;
        let caller_changes = async {
            match phase {
                Phase::Opened(_) => std::future::pending().await,
                Phase::Identifying(_, told) => Event::Identified(told.await),
                Phase::Acknowledged(watch) => Event::Lost(watch.lost().await),
            }
        };
        tokio::select! {
            biased;
            () = self.opening.ticket.closing() => Event::Stop,
            received = self.wire.receive() => Event::Received(received),
            event = caller_changes => event,
            said = self.operations.next() => Event::Said(said),
            () = sleep_until(due) => Event::Due,
        }
    }

    /// Takes in what the client sent.
    async fn hear(&mut self, received: Received) -> Result<(), End> {
        self.heard_at = Instant::now();
        let text = match received {
            Received::Text(text) => Some(text),
            Received::Sign => None,
            Received::Bad(close) => return Err(End::Ours(close)),
            Received::Closed(code) => return Err(End::Theirs(code)),
            Received::Gone => return Err(End::Gone),
        };
        if !self.bucket.take(self.heard_at) {
            return Err(End::Ours(Close::TOO_MANY_MESSAGES));
        }
        let Some(text) = text else { return Ok(()) };
        match message::read(&text).map_err(|error| End::Ours(Close::bad_message(&error)))? {
            ClientMessage::Init(payload) => self.initialise(&payload),
            ClientMessage::Ping(payload) => self.send(message::pong(payload)).await,
            ClientMessage::Pong => Ok(()),
            ClientMessage::Subscribe { id, request } => self.subscribe(id, request).await,
            ClientMessage::Complete { id } => {
                self.operations.end(&id);
                Ok(())
            }
        }
    }

    /// Finds out who said `connection_init`. What it carries wins over the headers of the upgrade.
    fn initialise(&mut self, payload: &Map<String, Value>) -> Result<(), End> {
        if !matches!(self.phase, Phase::Opened(_)) {
            return Err(End::Ours(Close::INIT_AGAIN));
        }
        let Opening { app, address, credentials, is_stale, .. } = &self.opening;
        let credentials = match authorization(payload) {
            Some(header) => Credentials::from_headers(Some(header), None, app.settings.cookies),
            None if *is_stale => return Err(End::Ours(Close::FORBIDDEN)),
            None => credentials.clone(),
        };
        let (app, presented, address) = (Arc::clone(app), credentials.clone(), *address);
        let told = Box::pin(async move { caller::identify(&app, &presented, address).await });
        self.phase = Phase::Identifying(credentials, told);
        Ok(())
    }

    async fn acknowledge(&mut self, told: Result<Caller, Unknown>) -> Result<(), End> {
        let Phase::Identifying(credentials, _) = &self.phase else { return Ok(()) };
        let credentials = credentials.clone();
        let viewer = match told {
            // A session of nobody, as it turns out.
            Ok(caller) if credentials.is_ambient() && caller.viewer.user_id.is_none() => {
                return Err(End::Ours(Close::FORBIDDEN));
            }
            Ok(caller) => caller.viewer,
            Err(Unknown::Auth(AuthError::InvalidToken)) => return Err(End::Ours(Close::FORBIDDEN)),
            Err(Unknown::Auth(AuthError::Unavailable(_))) => return Err(End::Ours(Close::UNCHECKED)),
            Err(Unknown::Throttled(_)) => return Err(End::Ours(Close::THROTTLED)),
        };
        let owner = Owner::of(viewer.user_id, self.opening.address);
        if self.opening.ticket.belongs_to(owner).is_err() {
            return Err(End::Ours(Close::TOO_MANY_SOCKETS));
        }
        // The watch has its own copy: no other is kept.
        self.opening.credentials = Credentials::Missing;
        self.phase = Phase::Acknowledged(Watch::new(Arc::clone(&self.opening.app), credentials, viewer));
        self.send(message::ack()).await
    }

    /// Runs an operation, for whom the credentials stand for at this moment.
    async fn subscribe(&mut self, id: Box<str>, request: GraphqlRequest) -> Result<(), End> {
        let Phase::Acknowledged(watch) = &self.phase else {
            return Err(End::Ours(Close::UNAUTHORIZED));
        };
        if self.operations.has(&id) {
            return Err(End::Ours(Close::taken(&id)));
        }
        self.n_operations = self.n_operations.saturating_add(1);
        let number = format!("{}-{}", self.opening.id, self.n_operations);
        let request_id = RequestId::accept(&number).unwrap_or_else(RequestId::generate);
        let app = &self.opening.app;
        if self.operations.len() >= app.state.streams.settings().max_operations {
            let why = "too many operations run on this connection: complete some";
            return self.send(message::refusal(&id, ErrorCode::RateLimited, why, &request_id)).await;
        }
        let asker = Asker {
            app: Arc::clone(app),
            credentials: watch.credentials().clone(),
            viewer: watch.viewer().clone(),
            request_id: request_id.clone(),
        };
        self.operations.start(id, request_id, Box::pin(asker.start(request)));
        Ok(())
    }

    /// Sees to whatever is due.
    async fn be_on_time(&mut self) -> Result<(), End> {
        let now = Instant::now();
        if matches!(self.phase, Phase::Opened(_)) {
            return Err(End::Ours(Close::INIT_TIMEOUT));
        }
        if now >= self.heard_at + SILENT_FOR {
            return Err(End::Ours(Close::silent(SILENT_FOR)));
        }
        self.ping_at = now + PING_EVERY;
        self.send(message::ping()).await
    }

    async fn send(&mut self, message: ServerMessage) -> Result<(), End> {
        let sent = tokio::select! {
            biased;
            sent = self.wire.send(message) => sent,
            never = self.operations.go_on() => match never {},
        };
        sent.map_err(|untaken| match untaken {
            Untaken::TooSlow => End::Ours(Close::TOO_SLOW),
            Untaken::Gone => End::Gone,
        })
    }
}

/// Who wants to run an operation.
struct Asker {
    app: Arc<App>,
    credentials: Credentials,
    viewer: Viewer,
    request_id: RequestId,
}

impl Asker {
    async fn start(self, request: GraphqlRequest) -> Outcome {
        let span = tracing::info_span!("ws.operation", request.id = %self.request_id);
        let starting = async {
            let caller = match caller::recheck(&self.app, &self.credentials, &self.viewer).await {
                Still::Good(caller) => caller,
                Still::Nobody => return Outcome::Close(Close::FORBIDDEN),
                Still::Changed => return Outcome::Close(Close::RIGHTS_CHANGED),
                Still::Untold => {
                    return Outcome::Refused(
                        ErrorCode::Unavailable,
                        "credentials cannot be checked right now",
                    );
                }
            };
            let info = RequestInfo {
                viewer: caller.viewer,
                as_of: caller.as_of,
                wants_report: false,
                document: None,
                resume_after: None,
                request_id: self.request_id,
                only_query: false,
                deadline: Instant::now() + self.app.settings.execution_timeout,
            };
            Outcome::Started(self.app.state.graphql.start(request, info).await)
        };
        starting.instrument(span).await
    }
}

fn closing(lost: Lost) -> Close {
    match lost {
        Lost::Nobody => Close::FORBIDDEN,
        Lost::Changed => Close::RIGHTS_CHANGED,
        Lost::Untold => Close::UNCHECKED,
    }
}

/// The text of an `authorization` in the payload of `connection_init`, whatever its case. One that is no text is one that
/// cannot be read.
fn authorization(payload: &Map<String, Value>) -> Option<&str> {
    let given = payload.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    given.map(|(_, value)| value).filter(|it| !it.is_null()).map(|it| it.as_str().unwrap_or_default())
}
