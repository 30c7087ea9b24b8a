//! The daily refresh of avatars (DOMAIN §7.3), and the same by hand.
//!
//! Says when, and tells how far it is; what is compared and written is `discord::avatars`.

use futures_util::future::BoxFuture;

use super::{Job, JobError, Run, Schedule};
use crate::db::Db;
use crate::discord::{AvatarRefresh, AvatarReport, Discord};

/// The hour of the day, UTC: most communities sleep.
const HOUR: i8 = 4;

/// Told after each guild how far it is.
pub type TellAvatars = Box<dyn Fn(&AvatarReport) + Send + Sync>;

/// Refreshes the avatars of all users.
pub struct AvatarJob {
    db: Db,
    discord: Discord,
    tell: TellAvatars,
}

impl AvatarJob {
    /// Avatars of this database, as Discord has them. `tell` is told after each guild how far it is.
    #[must_use]
    pub fn new(db: Db, discord: Discord, tell: TellAvatars) -> Self {
        Self { db, discord, tell }
    }

    /// The same, telling the log.
    #[must_use]
    pub fn logging(db: Db, discord: Discord) -> Self {
        let tell = |it: &AvatarReport| {
            let (n_done, n_guilds) = (it.done.len(), it.n_guilds);
            tracing::info!(
                n_done,
                n_guilds,
                n_users = it.n_users,
                n_changed = it.n_changed,
                "avatars are refreshed"
            );
        };
        Self::new(db, discord, Box::new(tell))
    }
}

impl Job for AvatarJob {
    fn name(&self) -> &'static str {
        "avatars"
    }

    fn schedule(&self) -> Schedule {
        Schedule::Daily { hour: HOUR }
    }

    fn run<'a>(&'a self, run: &'a Run) -> BoxFuture<'a, Result<String, JobError>> {
        Box::pin(async move {
            // What another version noted is no loss: what does not differ any more is not written again.
            let noted = run.progress.clone().and_then(|it| serde_json::from_value(it).ok());
            let done_before = noted.unwrap_or_default();
            let refresh = AvatarRefresh { db: &self.db, claim: &run.claim, job: self.name(), done_before };
            let report = self.discord.refresh_avatars(refresh, self.tell.as_ref()).await?;
            Ok(told(&report))
        })
    }
}

/// What came of it, in words.
fn told(report: &AvatarReport) -> String {
    let AvatarReport { n_guilds, n_hidden, n_members, n_users, n_changed, .. } = report;
    let hidden = match n_hidden {
        0 => String::new(),
        n => format!("; {n} do not let the bot see their members"),
    };
    format!("{n_changed} of {n_users} avatars changed; {n_members} members of {n_guilds} guilds{hidden}")
}
