//! The seam through which committed changes leave a transaction.
//!
//! Today nobody caches, so nobody needs to hear of changes: [`Discard`] is the only log. The Redis stream and the
//! in-process log take its place behind the same trait, without a change in `db`.

use std::fmt;
use std::pin::Pin;

use serde::{Deserialize, Serialize};

use super::Dep;

/// What one committed transaction changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Id of the outbox row it was stored as.
    pub id: i64,
    /// What it invalidates.
    pub deps: Vec<Dep>,
}

/// A log could not take a record; the outbox keeps it.
#[derive(Debug, thiserror::Error)]
#[error("the change log is not reachable")]
pub struct ChangeLogError;

/// The append-only list of changes all processes share.
pub trait ChangeLog: fmt::Debug + Send + Sync {
    /// Appends what a transaction changed, after it committed.
    ///
    /// # Errors
    /// The log is away; the caller leaves the record in the outbox.
    fn append<'a>(
        &'a self,
        record: &'a Record,
    ) -> Pin<Box<dyn Future<Output = Result<(), ChangeLogError>> + Send + 'a>>;
}

/// The log of a process in which nothing is cached.
#[derive(Clone, Copy, Debug)]
pub struct Discard;

impl ChangeLog for Discard {
    fn append<'a>(
        &'a self,
        _record: &'a Record,
    ) -> Pin<Box<dyn Future<Output = Result<(), ChangeLogError>> + Send + 'a>> {
        Box::pin(std::future::ready(Ok(())))
    }
}
