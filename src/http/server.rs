//! Serves the routes on a socket until it is told to stop.
//!
//! Decides nothing about when to stop; what happens to a request is in the routes and their layers.

use std::io::{ErrorKind, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::serve::{Listener, ListenerExt as _};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Sleep, sleep};
use tokio_util::sync::CancellationToken;

/// How long a client may take nothing of what is written to it.
const STALLED_FOR: Duration = Duration::from_secs(10);

/// Answers requests on `listener` until `stop` is cancelled, then takes no more and returns once all are answered.
///
/// # Errors
/// The socket fails for good.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) -> std::io::Result<()> {
    let listener = Connections(listener).tap_io(|connection| {
        // Events are small and must not wait for one another. Where it cannot be set, they do.
        if let Err(error) = connection.inner.set_nodelay(true) {
            tracing::debug!(%error, "a connection cannot be told to send at once");
        }
    });
    // Routes may ask whose connection it is.
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop.cancelled_owned()).await
}

/// Accepts connections that give up on clients who do not read.
struct Connections(TcpListener);

impl Listener for Connections {
    type Io = Connection<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection<TcpStream>, SocketAddr) {
        loop {
            match self.0.accept().await {
                Ok((tcp, address)) => return (Connection { inner: tcp, stalled: None }, address),
                // The client has gone again.
                Err(error)
                    if matches!(
                        error.kind(),
                        ErrorKind::ConnectionRefused
                            | ErrorKind::ConnectionAborted
                            | ErrorKind::ConnectionReset
                    ) => {}
                Err(error) => {
                    // Most likely there are too many open files, which trying again at once would not change.
                    tracing::error!(%error, "no connection can be accepted");
                    sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// A connection on which a write fails when nothing could be written for [`STALLED_FOR`]: else a client that does not
/// read would keep what is written to it, and its place, for as long as it likes.
struct Connection<C> {
    inner: C,
    /// Until when the client may still wait, if it does not read.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<C: AsyncWrite + Unpin> Connection<C> {
    fn bounded<T>(
        &mut self,
        cx: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut C>, &mut Context<'_>) -> Poll<std::io::Result<T>>,
    ) -> Poll<std::io::Result<T>> {
        if let Poll::Ready(written) = write(Pin::new(&mut self.inner), cx) {
            self.stalled = None;
            return Poll::Ready(written);
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(STALLED_FOR)));
        ready!(stalled.as_mut().poll(cx));
        self.stalled = None;
        Poll::Ready(Err(ErrorKind::TimedOut.into()))
    }
}

impl<C: AsyncRead + Unpin> AsyncRead for Connection<C> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buffer)
    }
}

impl<C: AsyncWrite + Unpin> AsyncWrite for Connection<C> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        self.bounded(cx, |it, cx| it.poll_write(cx, bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        self.bounded(cx, |it, cx| it.poll_write_vectored(cx, slices))
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
    use tokio::time::{Instant, advance};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_nothing_is_given_up_and_a_slow_one_is_not() {
        let (inner, mut client) = duplex(64);
        let mut connection = Connection { inner, stalled: None };
        let writing = crate::telemetry::spawn(async move {
            let failed = connection.write_all(&[0; 1_000]).await.unwrap_err();
            (failed.kind(), Instant::now())
        });
        for _ in 0..10 {
            advance(STALLED_FOR - Duration::from_millis(1)).await;
            client.read_exact(&mut [0; 8]).await.unwrap();
        }
        let last_read = Instant::now();
        let (failed, at) = writing.await.unwrap();
        assert_eq!((failed, at - last_read), (ErrorKind::TimedOut, STALLED_FOR));
    }
}
