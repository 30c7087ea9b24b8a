//! `/auth/discord/login` and `/auth/discord/callback`: to Discord, and back with a session.
//!
//! Asks Discord between two transactions, never inside one.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;

use super::failure::Failure;
use super::{Door, parameter, redirect, return_to, with_cookie};
use crate::auth::{Cookie, DiscordLogin, Secret, hash_token};
use crate::http::layers::request_id;
use crate::service::login::{ATTEMPT_LIFETIME, LoginAttempt};

/// Sends a browser to Discord; it comes back to [`callback`].
pub(super) async fn login(State(door): State<Arc<Door>>, request: Request) -> Response {
    let id = request_id(&request);
    let (head, _) = request.into_parts();
    let begun = begin(&door, &head).await;
    begun.unwrap_or_else(|failure| failure.respond(&id, door.state.site.as_ref()))
}

/// Where Discord sends a browser back to.
pub(super) async fn callback(State(door): State<Arc<Door>>, request: Request) -> Response {
    let id = request_id(&request);
    let (head, _) = request.into_parts();
    let respond = |failure: &Failure| failure.respond(&id, door.state.site.as_ref());
    let attempt = match resume(&door, &head).await {
        Ok(attempt) => attempt,
        Err(failure) => return respond(&failure),
    };
    let response = match finish(&door, &head, &attempt).await {
        Ok(response) => response,
        Err(failure) => respond(&failure),
    };
    // The attempt is used up, whatever came of it.
    with_cookie(response, &door.cookies.clear(Cookie::Login))
}

async fn begin(door: &Door, head: &Parts) -> Result<Response, Failure> {
    let discord = set_up(door)?;
    door.take_try(head)?;
    let return_to = return_to::checked(parameter(&head.uri, "returnTo")).ok_or(Failure::Elsewhere)?;
    let departure = discord.depart()?;
    let attempt = LoginAttempt {
        state_hash: hash_token(departure.state.expose()),
        pkce_verifier: departure.pkce_verifier.expose().to_owned(),
        return_to,
    };
    door.state.logins.begin(attempt).await?;
    let cookie = door.cookies.set(Cookie::Login, &departure.state, ATTEMPT_LIFETIME.as_secs());
    Ok(with_cookie(redirect(&departure.url), &cookie))
}

/// The attempt that this browser began and that the answer is for.
async fn resume(door: &Door, head: &Parts) -> Result<LoginAttempt, Failure> {
    set_up(door)?;
    door.take_try(head)?;
    let state = parameter(&head.uri, "state").map(Secret::new).ok_or(Failure::NotYours)?;
    if door.cookie(Cookie::Login, head) != Some(state.clone()) {
        return Err(Failure::NotYours);
    }
    let attempt = door.state.logins.resume(&hash_token(state.expose())).await?;
    attempt.ok_or(Failure::NotYours)
}

async fn finish(door: &Door, head: &Parts, attempt: &LoginAttempt) -> Result<Response, Failure> {
    let discord = set_up(door)?;
    let code = parameter(&head.uri, "code").ok_or(Failure::Declined)?;
    let profile = discord.identify(&code, &attempt.pkce_verifier).await?;
    let (secret, session) = door.new_session()?;
    let user = door.state.logins.enter(&profile, &session).await?;
    tracing::info!(user.id = %user, "logged in by Discord");
    Ok(door.admit(&secret, &session, &attempt.return_to))
}

fn set_up(door: &Door) -> Result<&DiscordLogin, Failure> {
    door.state.discord.as_ref().ok_or(Failure::NotSetUp)
}
