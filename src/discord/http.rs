//! The HTTP client that everything asked of Discord shares, and how much of an answer is read.
//!
//! Knows no route and no secret.

use reqwest::{Client, Response};

use super::DiscordError;

/// A client that neither follows redirects, which could carry a secret elsewhere, nor reads the environment for a proxy.
///
/// # Errors
/// The system offers no TLS.
pub(crate) fn client() -> reqwest::Result<Client> {
    Client::builder()
        .user_agent(concat!("inhouse/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        // The environment is read in `config` alone.
        .no_proxy()
        .build()
}

/// The body of an answer of at most `max_bytes`.
///
/// # Errors
/// It is longer, or the connection ends before it does.
pub(crate) async fn read_body(mut response: Response, max_bytes: usize) -> Result<Vec<u8>, DiscordError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > max_bytes {
            return Err(DiscordError::garbled("an answer without end"));
        }
    }
    Ok(body)
}
