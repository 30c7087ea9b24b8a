//! The WebSocket itself: messages in and out, each within its time, and the closing handshake.
//!
//! Keeps no more than one message, and of a long one only a part at a time: what is written goes through a buffer that
//! never shrinks, so a socket would keep the room of the longest message it ever sent. Hence fragments (RFC 6455 §5.4),
//! and they are slices of bytes that all sockets share.

use std::time::Duration;

use bytes::{BufMut as _, Bytes, BytesMut};
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::AsyncReadExt as _;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

use super::close::Close;
use super::message::{ServerMessage, TAIL};

/// How long a client may take to take a message.
pub(super) const WRITTEN_WITHIN: Duration = Duration::from_secs(10);

/// How long it may take to say goodbye.
const CLOSED_WITHIN: Duration = Duration::from_secs(2);

/// Longest fragment, and what is written at once.
const FRAGMENT: usize = 4 * 1024;

/// Room for what clients send; it grows with a longer message.
const READ_BUFFER: usize = 1024;

/// A WebSocket whose handshake is done.
pub(super) struct Wire {
    socket: WebSocketStream<TokioIo<Upgraded>>,
    max_message_bytes: usize,
    /// What the client sends cannot be understood any more.
    is_garbled: bool,
}

/// What came from the client.
#[derive(Debug)]
pub(super) enum Received {
    /// A message.
    Text(Utf8Bytes),
    /// A sign of life: a ping, which is answered already, or a pong.
    Sign,
    /// What no client of the protocol sends.
    Bad(Close),
    /// The client closes, with this code.
    Closed(Option<u16>),
    /// The connection is gone.
    Gone,
}

/// A message that was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Untaken {
    /// Not in time.
    TooSlow,
    /// The connection is gone.
    Gone,
}

impl Wire {
    pub(super) async fn new(upgraded: Upgraded, max_message_bytes: usize) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(FRAGMENT)
            .max_message_size(Some(max_message_bytes))
            .max_frame_size(Some(max_message_bytes));
        let io = TokioIo::new(upgraded);
        let socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
        Self { socket, max_message_bytes, is_garbled: false }
    }

    /// What comes next. May be dropped and called again.
    pub(super) async fn receive(&mut self) -> Received {
        let next = self.socket.next().await;
        self.is_garbled |= matches!(next, Some(Err(_)));
        match next {
            Some(Ok(Message::Text(text))) => Received::Text(text),
            Some(Ok(Message::Binary(_) | Message::Frame(_))) => Received::Bad(Close::BINARY),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Received::Sign,
            Some(Ok(Message::Close(frame))) => Received::Closed(frame.map(|it| it.code.into())),
            Some(Err(Error::Capacity(CapacityError::MessageTooLong { .. }))) => {
                Received::Bad(Close::too_long(self.max_message_bytes))
            }
            Some(Err(Error::Utf8(_))) => Received::Bad(Close::NOT_UTF_8),
            Some(Err(Error::Protocol(error))) if error != ProtocolError::ResetWithoutClosingHandshake => {
                Received::Bad(Close::NO_WEBSOCKET)
            }
            Some(Err(_)) | None => Received::Gone,
        }
    }

    /// Sends a message and waits until the connection has taken it.
    pub(super) async fn send(&mut self, message: ServerMessage) -> Result<(), Untaken> {
        match timeout(WRITTEN_WITHIN, self.write(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(Error::Io(error))) if error.kind() == std::io::ErrorKind::TimedOut => {
                Err(Untaken::TooSlow)
            }
            Ok(Err(_)) => Err(Untaken::Gone),
            Err(_elapsed) => Err(Untaken::TooSlow),
        }
    }

    async fn write(&mut self, message: ServerMessage) -> Result<(), Error> {
        let (head, mut body) = match message {
            ServerMessage::Text(text) => return self.socket.send(Message::text(text)).await,
            ServerMessage::Next { head, body } => (head, body),
        };
        let length = head.len().saturating_add(body.len()).saturating_add(TAIL.len());
        if length <= FRAGMENT {
            let mut whole = BytesMut::with_capacity(length);
            whole.put(head);
            whole.put(body);
            whole.put(TAIL);
            return self.socket.send(frame(whole.freeze(), Data::Text, true)).await;
        }
        self.socket.feed(frame(head, Data::Text, false)).await?;
        while !body.is_empty() {
            let part = body.split_to(body.len().min(FRAGMENT));
            self.socket.feed(frame(part, Data::Continue, false)).await?;
        }
        self.socket.send(frame(Bytes::from_static(TAIL), Data::Continue, true)).await
    }

    /// Tells the client why, and waits for its goodbye, but not for long.
    pub(super) async fn close(mut self, close: &Close) {
        let frame = CloseFrame { code: close.code.into(), reason: close.reason().into() };
        let goodbye = async {
            if self.socket.close(Some(frame)).await.is_err() {
                return;
            }
            while !self.is_garbled {
                match self.receive().await {
                    Received::Text(_) | Received::Sign | Received::Bad(_) => {}
                    Received::Closed(_) | Received::Gone => return,
                }
            }
            self.drain().await;
        };
        // A client that does not answer has lost its chance.
        let _ = timeout(CLOSED_WITHIN, goodbye).await;
    }

    /// Answers the goodbye of a client.
    pub(super) async fn closed(mut self) {
        // The answer is sent while the end is waited for.
        let _ = timeout(CLOSED_WITHIN, self.socket.next()).await;
    }

    /// Reads what cannot be understood any more, its goodbye included: a connection that is dropped with something unread
    /// is reset, and the client would never see why.
    async fn drain(&mut self) {
        let mut unread = [0; 1024];
        while self.socket.get_mut().read(&mut unread).await.is_ok_and(|n_bytes| n_bytes > 0) {}
    }
}

fn frame(payload: Bytes, kind: Data, is_last: bool) -> Message {
    Message::Frame(Frame::message(payload, OpCode::Data(kind), is_last))
}
