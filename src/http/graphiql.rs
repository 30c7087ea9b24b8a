//! GraphiQL, served from the binary: the page at `/`, its files under `/graphiql/`.
//!
//! Nothing is fetched from elsewhere, and the policy sent along makes sure of it.

use axum::Extension;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::caching;
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
        Some(found) => send(path, found, headers),
        None => error::not_found(Extension(id)).await,
    }
}

fn send(path: &str, file: EmbeddedFile, request: &HeaderMap) -> Response {
    let tag = caching::weak_tag(&file.metadata.sha256_hash());
    let mut response = file.data.into_owned().into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    let caching = if has_hash(path) { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    caching::tagged(request, &tag, response)
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("ttf") => "font/ttf",
        _ => "application/octet-stream",
    }
}

/// The name holds a hash of the content, as in `index-EIOG9F-r.js`, so that it never changes.
fn has_hash(path: &str) -> bool {
    const HASH: usize = 8;

    let Some((stem, _)) = path.rsplit_once('.') else { return false };
    let Some((name, hash)) = stem.len().checked_sub(HASH).and_then(|at| stem.split_at_checked(at)) else {
        return false;
    };
    name.ends_with('-') && hash.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_with_a_hash_are_cached_for_good() {
        for path in ["index-EIOG9F-r.js", "editor.worker-DEFT_Yb2.js", "monaco-editor-CJ-q4_ZS.css"] {
            assert!(has_hash(path), "{path}");
        }
        for path in ["index.html", "a-b.js", "favicon.ico", "robots", "ü-EIOG9Fü.js"] {
            assert!(!has_hash(path), "{path}");
        }
    }
}
