//! How a file that is compiled into the binary becomes a response: its type, its policy, how long it may be kept.
//!
//! Knows no page; whoever serves one says which files are its own.

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use rust_embed::EmbeddedFile;

use super::caching;

/// The file as an answer to `request`, under a Content-Security-Policy.
pub(super) fn send(path: &str, file: EmbeddedFile, policy: &'static str, request: &HeaderMap) -> Response {
    let tag = caching::weak_tag(&file.metadata.sha256_hash());
    let mut response = file.data.into_owned().into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
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
