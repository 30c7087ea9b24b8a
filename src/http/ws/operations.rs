//! The operations of one socket: started, asked in turn for what they have to say, ended.
//!
//! Keeps no answer of a feed: it is asked for when the one before was sent. Queries and mutations run on in the meantime, as
//! they may hold locks, and have one answer. There are few operations, so that looking at each is cheaper than keeping
//! account of who called.

use std::convert::Infallible;
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
    /// What came of it, which was not asked for yet.
    Started(Outcome),
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

    /// Lets queries and mutations go on, and what is being started, for as long as this is waited for.
    pub(super) async fn go_on(&mut self) -> Infallible {
        poll_fn(|cx| {
            for operation in &mut self.running {
                operation.go_on(cx);
            }
            Poll::Pending
        })
        .await
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
    fn go_on(&mut self, cx: &mut Context<'_>) {
        if let State::Starting(starting) = &mut self.state
            && let Poll::Ready(outcome) = starting.poll_unpin(cx)
        {
            self.state = State::Started(outcome);
        }
    }

    /// What it has to say, and whether that was all.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<(Said, bool)> {
        self.go_on(cx);
        // A feed is put back below; all else says its last but one now, or its last.
        match std::mem::replace(&mut self.state, State::Answered) {
            State::Starting(starting) => {
                self.state = State::Starting(starting);
                Poll::Pending
            }
            State::Started(outcome) => self.started(outcome, cx),
            State::Feeding(feed) => self.feed(feed, cx),
            State::Answered => Poll::Ready((Said::Message(message::complete(&self.id)), true)),
        }
    }

    fn started(&mut self, outcome: Outcome, cx: &mut Context<'_>) -> Poll<(Said, bool)> {
        let (said, is_over) = match outcome {
            Outcome::Started(Started::Feed(feed)) => return self.feed(feed, cx),
            Outcome::Started(Started::Answered(answer)) if answer.kind == AnswerKind::Executed => {
                (self.next(answer.body), false)
            }
            Outcome::Started(Started::Answered(answer)) => {
                (Said::Message(message::refused(&self.id, &answer.body)), true)
            }
            Outcome::Refused(code, why) => {
                (Said::Message(message::refusal(&self.id, code, why, &self.request_id)), true)
            }
            Outcome::Close(close) => (Said::Close(close), true),
        };
        Poll::Ready((said, is_over))
    }

    fn feed(&mut self, mut feed: Feed, cx: &mut Context<'_>) -> Poll<(Said, bool)> {
        let polled = feed.poll_next_unpin(cx);
        if let Poll::Ready(None) = polled {
            return Poll::Ready((Said::Message(message::complete(&self.id)), true));
        }
        self.state = State::Feeding(feed);
        polled.map(|answer| (self.next(answer.map(|it| it.body).unwrap_or_default()), false))
    }

    fn next(&self, body: Bytes) -> Said {
        Said::Message(ServerMessage::Next { head: self.head.clone(), body })
    }
}
