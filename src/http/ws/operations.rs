//! The operations of one socket: started, asked in turn for what they have to say, ended.
//!
//! Keeps nothing that an operation said: who asks sends it before asking again. There are few of them, so that looking at
//! each is cheaper than keeping account of who called.

use std::future::poll_fn;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;

use super::close::Close;
use super::message::{self, ServerMessage};
use crate::graphql::{AnswerKind, ErrorCode, Feed, RequestId, Started};

/// The operations that run.
#[derive(Default)]
pub(super) struct Operations {
    running: Vec<Operation>,
    /// Where to look first, so that one that has much to say leaves the others their turn.
    turn: usize,
}

/// What came of the wish to run one.
pub(super) enum Outcome {
    /// It runs, or has run.
    Started(Started),
    /// This socket may not run it.
    Refused(ErrorCode, &'static str),
    /// This socket may not stay open.
    Close(Close),
}

/// What an operation has to say.
#[derive(Debug)]
pub(super) enum Said {
    /// A message for the client.
    Message(ServerMessage),
    /// The socket must be closed.
    Close(Close),
}

struct Operation {
    id: Box<str>,
    request_id: RequestId,
    /// What comes before each answer.
    head: Bytes,
    state: State,
}

enum State {
    Starting(BoxFuture<'static, Outcome>),
    Feeding(Feed),
    /// The only answer was sent.
    Answered,
}

impl Operations {
    /// How many run.
    pub(super) fn len(&self) -> usize {
        self.running.len()
    }

    /// One of this id runs.
    pub(super) fn has(&self, id: &str) -> bool {
        self.running.iter().any(|it| *it.id == *id)
    }

    /// Starts one, whose id must not be in use.
    pub(super) fn start(
        &mut self,
        id: Box<str>,
        request_id: RequestId,
        starting: BoxFuture<'static, Outcome>,
    ) {
        let head = message::next_head(&id);
        self.running.push(Operation { id, request_id, head, state: State::Starting(starting) });
    }

    /// Ends one; nothing more is heard of it. One that has ended by itself meanwhile is no error.
    pub(super) fn end(&mut self, id: &str) {
        self.running.retain(|it| *it.id != *id);
    }

    /// Waits until one has something to say. May be dropped and called again.
    pub(super) async fn next(&mut self) -> Said {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Said> {
        let n_running = self.running.len();
        for offset in 0..n_running {
            let at = self.turn.wrapping_add(offset).checked_rem(n_running).unwrap_or_default();
            let Some(operation) = self.running.get_mut(at) else { continue };
            let Poll::Ready((said, is_over)) = operation.poll(cx) else { continue };
            self.turn = at.wrapping_add(1);
            if is_over {
                self.running.swap_remove(at);
                // What was last is in its place now.
                self.turn = at;
            }
            return Poll::Ready(said);
        }
        Poll::Pending
    }
}

impl Operation {
    /// What it has to say, and whether that was all.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<(Said, bool)> {
        loop {
            let outcome = match &mut self.state {
                State::Starting(starting) => std::task::ready!(starting.poll_unpin(cx)),
                State::Feeding(feed) => {
                    let said = match std::task::ready!(feed.poll_next_unpin(cx)) {
                        Some(answer) => (self.next(answer.body), false),
                        None => (Said::Message(message::complete(&self.id)), true),
                    };
                    return Poll::Ready(said);
                }
                State::Answered => return Poll::Ready((Said::Message(message::complete(&self.id)), true)),
            };
            match outcome {
                Outcome::Started(Started::Feed(feed)) => self.state = State::Feeding(feed),
                Outcome::Started(Started::Answered(answer)) if answer.kind == AnswerKind::Executed => {
                    self.state = State::Answered;
                    return Poll::Ready((self.next(answer.body), false));
                }
                Outcome::Started(Started::Answered(answer)) => {
                    return Poll::Ready((Said::Message(message::refused(&self.id, &answer.body)), true));
                }
                Outcome::Refused(code, why) => {
                    let message = message::refusal(&self.id, code, why, &self.request_id);
                    return Poll::Ready((Said::Message(message), true));
                }
                Outcome::Close(close) => return Poll::Ready((Said::Close(close), true)),
            }
        }
    }

    fn next(&self, body: Bytes) -> Said {
        Said::Message(ServerMessage::Next { head: self.head.clone(), body })
    }
}
