//! The page that shows a draft as it goes on: `/watch/{draft}`, the same for every draft, its files below `/watch/assets/`.
//!
//! Knows no draft: the page's script follows the feed, which also says whether there is one. Nothing is fetched from
//! elsewhere, and the policy sent along makes sure of it.

use axum::Extension;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::Response;
use rust_embed::RustEmbed;

use super::embedded;
use super::error;
use crate::graphql::RequestId;

const PAGE: &str = "index.html";

/// Only own files, and no inline script or style at all.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page as it is written, a folder of the repository.
#[derive(RustEmbed)]
#[folder = "assets/watch"]
struct Files;

/// The page, whatever draft the path names.
pub(super) async fn page(Extension(id): Extension<RequestId>, headers: HeaderMap) -> Response {
    serve(PAGE, id, &headers).await
}

/// One of its files.
pub(super) async fn file(
    Path(path): Path<String>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
) -> Response {
    serve(&path, id, &headers).await
}

async fn serve(path: &str, id: RequestId, headers: &HeaderMap) -> Response {
    match Files::get(path) {
        Some(found) => embedded::send(path, found, POLICY, headers),
        None => error::not_found(Extension(id)).await,
    }
}
