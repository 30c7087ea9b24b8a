//! Who asks: credentials out of headers, who they stand for, and whether they still do while something stays open.
//!
//! Counts wrong credentials of an address; decides nothing about what somebody may do.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use futures_util::future::{self, BoxFuture};
use tokio::time::{Instant, sleep_until};

use super::app::App;
use crate::auth::{AuthError, Caller, Credentials, Wait};
use crate::graphql::error::chain;
use crate::types::Viewer;

/// How often the credentials of what stays open are looked at.
pub(super) const CHECKED_EVERY: Duration = Duration::from_secs(5);

/// For so many looks in a row it may be that nobody can tell; a minute in all.
const MOST_UNTOLD: u32 = 12;

/// The credentials that a request carries.
pub(super) fn credentials(app: &App, headers: &HeaderMap) -> Credentials {
    let text = |name| headers.get(name).map(|it: &HeaderValue| it.to_str().unwrap_or_default());
    // Over HTTP/2 a browser may send each cookie in a header of its own.
    let cookies: Vec<_> = headers.get_all(COOKIE).iter().filter_map(|it| it.to_str().ok()).collect();
    Credentials::from_headers(text(AUTHORIZATION), Some(&cookies.join(";")), app.settings.cookies)
}

/// Why nobody could be told.
#[derive(Debug)]
pub(super) enum Unknown {
    /// The address has tried too many wrong credentials.
    Throttled(Wait),
    /// The credentials are wrong, or cannot be checked.
    Auth(AuthError),
}

/// Who presents `credentials` at `address`. Wrong ones cost the address a try. A session that is nobody's is nobody.
pub(super) async fn identify(
    app: &App,
    credentials: &Credentials,
    address: IpAddr,
) -> Result<Caller, Unknown> {
    let now = Instant::now().into_std();
    app.tries.check(address, credentials, now).map_err(Unknown::Throttled)?;
    let told = app.state.authenticator.authenticate(credentials.clone()).await;
    match &told {
        Ok(caller) if caller.viewer.user_id.is_some() => app.tries.succeeded(credentials),
        // Nothing was presented, or nobody could look.
        Ok(_) if !credentials.is_ambient() => {}
        Err(AuthError::Unavailable(_)) => {}
        Ok(_) | Err(AuthError::InvalidToken) => app.tries.failed(address, credentials, now),
    }
    told.map_err(Unknown::Auth)
}

/// What has become of credentials that were good once.
#[derive(Debug)]
pub(super) enum Still {
    /// They stand for the same viewer.
    Good(Caller),
    /// They are revoked or have expired.
    Nobody,
    /// They stand for a viewer who may more, or less.
    Changed,
    /// Nobody could look.
    Untold,
}

/// Whether `credentials` still stand for `viewer`. Whoever presented nothing is nobody for good, which costs nothing.
pub(super) async fn recheck(app: &App, credentials: &Credentials, viewer: &Viewer) -> Still {
    if credentials.secret().is_none() {
        return Still::Good(Caller::default());
    }
    match app.state.authenticator.authenticate(credentials.clone()).await {
        Ok(caller) if caller.viewer == *viewer => Still::Good(caller),
        Ok(caller) if caller.viewer.user_id.is_none() => Still::Nobody,
        Ok(_) => Still::Changed,
        Err(AuthError::InvalidToken) => Still::Nobody,
        Err(error @ AuthError::Unavailable(_)) => {
            tracing::error!(error.chain = %chain(&error), "credentials cannot be checked again");
            Still::Untold
        }
    }
}

/// Looks now and then whether what stays open is still its caller's.
pub(super) struct Watch {
    app: Arc<App>,
    credentials: Credentials,
    viewer: Viewer,
    due: Instant,
    /// A look that is under way, kept here so that whoever waits may stop waiting in between.
    looking: Option<BoxFuture<'static, Still>>,
    n_untold: u32,
}

/// Why something may not stay open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// The credentials are good no more.
    Nobody,
    /// They stand for other rights than those it was opened with.
    Changed,
    /// Nobody could tell for too long.
    Untold,
}

impl Watch {
    /// `credentials` have just been found to stand for `viewer`. Those of nobody cannot be lost.
    pub(super) fn new(app: Arc<App>, credentials: Credentials, viewer: Viewer) -> Self {
        let credentials = if viewer.user_id.is_some() { credentials } else { Credentials::Missing };
        let due = Instant::now() + CHECKED_EVERY;
        Self { app, credentials, viewer, due, looking: None, n_untold: 0 }
    }

    /// What was presented.
    pub(super) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Who that was.
    pub(super) fn viewer(&self) -> &Viewer {
        &self.viewer
    }

    /// Waits until the credentials are good no more; for ever where none were presented. May be dropped and called again.
    pub(super) async fn lost(&mut self) -> Lost {
        if self.credentials.secret().is_none() {
            return future::pending().await;
        }
        loop {
            if self.looking.is_none() {
                sleep_until(self.due).await;
            }
            let still = self.looking.get_or_insert_with(|| {
                let (app, credentials) = (Arc::clone(&self.app), self.credentials.clone());
                let viewer = self.viewer.clone();
                Box::pin(async move { recheck(&app, &credentials, &viewer).await })
            });
            let still = still.await;
            self.looking = None;
            self.due = Instant::now() + CHECKED_EVERY;
            match still {
                Still::Good(_) => self.n_untold = 0,
                Still::Nobody => return Lost::Nobody,
                Still::Changed => return Lost::Changed,
                Still::Untold if self.n_untold >= MOST_UNTOLD => return Lost::Untold,
                Still::Untold => self.n_untold = self.n_untold.saturating_add(1),
            }
        }
    }
}
