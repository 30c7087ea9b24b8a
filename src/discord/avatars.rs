//! The refresh of avatars (DOMAIN §7.3): the members of every organization's guild beside `users.avatar`, and what differs
//! is written. The column is the cache of avatars; there is no other.
//!
//! Members come from the one list, so that a refresh that is begun again costs Discord nothing. A guild is written in
//! one transaction with the note that it is done: whoever goes on after a crash goes on behind it. When it runs, and who
//! runs it, is for `jobs` to say.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::{Discord, DiscordError, MemberList};
use crate::db::models::{AvatarHashes, AvatarOf, LeaseClaim, OrganizationRow, UserRow};
use crate::db::{Db, DbError};
use crate::telemetry::{chain, metrics};
use crate::types::{Instant, UserId};

/// Rows of one statement.
const BATCH: usize = 500;

/// Rows of one transaction: nobody else may write to SQLite meanwhile.
const PER_TRANSACTION: usize = 20 * BATCH;

/// Discord ids of one look-up.
const LOOK_UP: usize = 5_000;

/// What a refresh noted is worth nothing to one that begins later than this: guilds that are done must not stay so for
/// as long as another one fails.
const NOTED_LIVES: SignedDuration = SignedDuration::from_hours(12);

/// One refresh.
#[derive(Debug)]
pub struct AvatarRefresh<'a> {
    /// Where users are.
    pub db: &'a Db,
    /// What keeps others from doing the same, and what a write is refused without.
    pub claim: &'a LeaseClaim,
    /// The job that notes how far it came.
    pub job: &'a str,
    /// What one that was cut short had done.
    pub done_before: AvatarReport,
}

/// What came of a refresh so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AvatarReport {
    /// When the first of the runs began that this one goes on.
    pub began_at: Option<Instant>,
    /// Guilds that organizations name.
    pub n_guilds: usize,
    /// Guilds that are done, by snowflake.
    pub done: Vec<String>,
    /// Guilds whose members could not be had this time.
    pub n_failed: usize,
    /// Guilds that do not let the bot see their members, or are none.
    pub n_hidden: usize,
    /// Members of the guilds that are done.
    pub n_members: usize,
    /// Users among them.
    pub n_users: usize,
    /// Users whose avatar was another one.
    pub n_changed: usize,
}

/// A refresh did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum AvatarRefreshError {
    /// The database failed.
    #[error("avatars cannot be read or written")]
    Db(#[from] DbError),
    /// Another process took over.
    #[error("another process does it now")]
    LeaseLost,
    /// Some guilds are done, others are not.
    #[error("the members of {n_failed} of {n_guilds} guilds could not be had")]
    Incomplete {
        /// How many could not be had.
        n_failed: usize,
        /// Of how many.
        n_guilds: usize,
        /// What went wrong with the last of them.
        #[source]
        source: DiscordError,
    },
}

impl Discord {
    /// Refreshes the avatars of all users who are in the guild of some organization. `tell` is told after each guild how
    /// far it is.
    ///
    /// # Errors
    /// The database failed, somebody took over, or guilds could not be had; what was written stays.
    pub async fn refresh_avatars(
        &self,
        refresh: AvatarRefresh<'_>,
        tell: &(dyn Fn(&AvatarReport) + Send + Sync),
    ) -> Result<AvatarReport, AvatarRefreshError> {
        let guilds = refresh.db.read(async |conn| OrganizationRow::guilds(conn).await).await?;
        let mut report = refresh.begin(&guilds);
        tell(&report);
        let mut failure = None;
        for guild in guilds {
            if report.done.contains(&guild) {
                continue;
            }
            match self.guild_members(&guild).await {
                Ok(members) => report = refresh.of_guild((guild, members), report).await?,
                // Trying again would not help: whoever named the guild has to let the bot in.
                Err(error @ (DiscordError::Missing | DiscordError::Refused { .. })) => {
                    tracing::warn!(guild, error = %chain(&error), "a guild does not let the bot see its members");
                    report.n_hidden = report.n_hidden.saturating_add(1);
                }
                Err(error) => {
                    tracing::warn!(guild, error = %chain(&error), "the avatars of a guild are not refreshed");
                    report.n_failed = report.n_failed.saturating_add(1);
                    failure = Some(error);
                }
            }
            tell(&report);
        }
        match failure {
            Some(source) => {
                let AvatarReport { n_failed, n_guilds, .. } = report;
                Err(AvatarRefreshError::Incomplete { n_failed, n_guilds, source })
            }
            None => Ok(report),
        }
    }
}

impl AvatarRefresh<'_> {
    /// What is done already of these guilds.
    fn begin(&self, guilds: &[String]) -> AvatarReport {
        let now = self.db.clock().now();
        let is_worth_it =
            |it: &AvatarReport| it.began_at.is_some_and(|at| at.saturating_add(NOTED_LIVES) > now);
        let mut report = Some(self.done_before.clone()).filter(is_worth_it).unwrap_or_default();
        report.began_at.get_or_insert(now);
        report.done.retain(|it| guilds.contains(it));
        AvatarReport { n_guilds: guilds.len(), n_failed: 0, n_hidden: 0, ..report }
    }

    async fn of_guild(
        &self,
        (guild, members): (String, Arc<MemberList>),
        mut report: AvatarReport,
    ) -> Result<AvatarReport, AvatarRefreshError> {
        let (n_users, changed) = self.differing(&members).await?;
        report.n_members = report.n_members.saturating_add(members.members().len());
        report.n_users = report.n_users.saturating_add(n_users);
        report.done.push(guild);
        let mut rest = changed.chunks(PER_TRANSACTION).peekable();
        loop {
            let part = rest.next().unwrap_or_default();
            let is_last = rest.peek().is_none();
            let n_changed = self.write(part, is_last.then_some(&report)).await?;
            report.n_changed = report.n_changed.saturating_add(n_changed);
            metrics::avatars_changed(u64::try_from(n_changed).unwrap_or(u64::MAX));
            if is_last {
                return Ok(report);
            }
        }
    }

    /// How many users are among the members, and those whose avatar is another one by now.
    async fn differing(
        &self,
        members: &MemberList,
    ) -> Result<(usize, Vec<(UserId, Option<String>)>), DbError> {
        let now: HashMap<&str, Option<&str>> =
            members.members().iter().map(|it| (it.discord_id.as_str(), it.avatar.as_deref())).collect();
        let (mut n_users, mut changed) = (0_usize, Vec::new());
        for part in members.members().chunks(LOOK_UP) {
            let ids: Vec<String> = part.iter().map(|it| it.discord_id.clone()).collect();
            let known = self.db.read(async |conn| UserRow::avatars_of(conn, &ids).await).await?;
            n_users = n_users.saturating_add(known.len());
            changed.extend(known.into_iter().filter_map(|AvatarOf { id, discord_id, avatar }| {
                let new = now.get(discord_id.as_str())?;
                (*new != avatar.as_deref()).then(|| (id, new.map(str::to_owned)))
            }));
        }
        Ok((n_users, changed))
    }

    /// Writes avatars in batches, and with the last of a guild that it is done; how many changed.
    async fn write(
        &self,
        changed: &[(UserId, Option<String>)],
        report: Option<&AvatarReport>,
    ) -> Result<usize, AvatarRefreshError> {
        let written = self.db.write(async |uow| {
            // Locks the lease: nobody takes over while this is written.
            if !uow.renew_lease(self.claim).await? {
                return Err(AvatarRefreshError::LeaseLost);
            }
            let mut n_changed = 0_usize;
            for batch in changed.chunks(BATCH) {
                n_changed = n_changed.saturating_add(uow.bulk(AvatarHashes(batch.to_vec())).await?);
            }
            if let Some(report) = report {
                let so_far =
                    AvatarReport { n_changed: report.n_changed.saturating_add(n_changed), ..report.clone() };
                let progress =
                    serde_json::to_value(so_far).map_err(|error| DbError::Invalid(error.to_string()))?;
                uow.note_job_progress(self.job, Some(progress)).await?;
            }
            Ok(n_changed)
        });
        Ok(written.await?.0)
    }
}
