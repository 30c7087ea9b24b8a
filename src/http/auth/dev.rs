//! `/auth/dev`: log in as anybody, on the machine of whoever develops.
//!
//! The route is there only if the database is embedded and the address loopback; and it answers only who asks from this
//! machine by its own name. To everybody else there is no such page.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;

use super::failure::Failure;
use super::page::Page;
use super::{Door, parameter, return_to};
use crate::http::layers::request_id;
use crate::http::{error, origin};
use crate::service::login::LoginError;
use crate::types::{GlobalId, UserId};

/// The list of users, each a button.
pub(super) async fn page(State(door): State<Arc<Door>>, request: Request) -> Response {
    answer(&door, request, async |head| list(&door, &head).await).await
}

/// Logs in as one of them.
pub(super) async fn enter(State(door): State<Arc<Door>>, request: Request) -> Response {
    answer(&door, request, async |head| enter_as(&door, &head).await).await
}

async fn answer(
    door: &Door,
    request: Request,
    at_home: impl AsyncFnOnce(Parts) -> Result<Response, Failure>,
) -> Response {
    let id = request_id(&request);
    let (head, _) = request.into_parts();
    if !origin::is_at_home(&head) {
        return error::not_found(Extension(id)).await;
    }
    let answered = at_home(head).await;
    answered.unwrap_or_else(|failure| failure.respond(&id, door.state.site.as_ref()))
}

async fn list(door: &Door, head: &Parts) -> Result<Response, Failure> {
    let return_to = return_to::checked(parameter(&head.uri, "returnTo")).ok_or(Failure::Elsewhere)?;
    let return_to = return_to::encoded(&return_to);
    let people = door.state.logins.people().await?;
    let page = Page::new(StatusCode::OK, "Log in for development")
        .text("Be anybody: this page exists only on this machine, with an embedded database.");
    if people.is_empty() {
        let page =
            page.text("There is nobody yet: load the demo data with `inhouse seed`, or import your own.");
        return Ok(page.respond());
    }
    let buttons = people.into_iter().map(|it| {
        let to = format!("/auth/dev?user={}&returnTo={return_to}", it.id);
        (to, it.username, it.hints.join(", "))
    });
    Ok(page.buttons(buttons).respond())
}

async fn enter_as(door: &Door, head: &Parts) -> Result<Response, Failure> {
    if !origin::is_same(head, door.state.site.as_ref()) {
        return Err(Failure::ForeignOrigin);
    }
    door.take_try(head)?;
    let return_to = return_to::checked(parameter(&head.uri, "returnTo")).ok_or(Failure::Elsewhere)?;
    let user = parameter(&head.uri, "user").and_then(|it| GlobalId::parse_as::<UserId>(&it).ok());
    let user = user.ok_or(LoginError::UnknownUser)?;
    let (secret, session) = door.new_session()?;
    door.state.logins.enter_as(user, &session).await?;
    Ok(door.admit(&secret, &session, &return_to))
}
