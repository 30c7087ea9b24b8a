//! Serves the routes on a socket until it is told to stop.
//!
//! Decides nothing about when to stop; what happens to a request is in the routes and their layers.

use std::net::SocketAddr;

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Answers requests on `listener` until `stop` is cancelled, then takes no more and returns once all are answered.
///
/// # Errors
/// The socket fails for good.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) -> std::io::Result<()> {
    // Routes may ask whose connection it is.
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop.cancelled_owned()).await
}
