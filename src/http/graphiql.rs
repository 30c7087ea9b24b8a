//! GraphiQL, served from the binary: the page at `/`, its files under `/graphiql/`.
//!
//! Nothing is fetched from elsewhere, and the policy sent along makes sure of it.

use axum::Extension;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::Response;
use rust_embed::RustEmbed;

use super::embedded;
use super::error;
use crate::graphql::RequestId;

const PAGE: &str = "index.html";

/// Only own files; the editor sets styles from its script, which no hash can cover.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The built page, a folder of the repository.
#[derive(RustEmbed)]
#[folder = "assets/graphiql"]
struct Files;

/// The page.
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
