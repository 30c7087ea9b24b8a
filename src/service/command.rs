//! How every command runs: authenticated, once per idempotency key, in one transaction.
//!
//! Knows no command by name and no rule: those are in the file of each aggregate.

use jiff::SignedDuration;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use super::dice::Dice;
use super::rejection::{CommandError, CommandResult, Detail, Rejection, RejectionCode};
use crate::db::models::{IdempotencyClaim, RightsInLeague, RightsInOrganization, SettledCall};
use crate::db::{Committed, Db, DbError, UnitOfWork};
use crate::domain::policy::{self, Action, Refusal, Scope};
use crate::types::{
    EntityId as _, LeagueId, LeagueRights, OrganizationId, OrganizationRights, UserId, Viewer,
};

/// How long a key is remembered (API.md).
const REMEMBER: SignedDuration = SignedDuration::from_hours(24);

/// Longest idempotency key.
const MAX_KEY: usize = 200;

/// Something a caller wants done. Its fields are its input: they are what an idempotency key belongs to.
pub trait Command: Serialize + Send + 'static {
    /// Name of its mutation.
    const NAME: &'static str;

    /// What came of it, as ids: remembered under the idempotency key, and read anew for each answer.
    type Outcome: Serialize + DeserializeOwned + Send + 'static;

    /// Authorizes, applies the rules and writes. Whatever it returns an error for is rolled back.
    fn run(self, tx: &mut Tx<'_>) -> impl Future<Output = CommandResult<Self::Outcome>> + Send;
}

/// What a command works with.
#[derive(Debug)]
pub struct Tx<'a> {
    /// The open transaction.
    pub uow: &'a mut UnitOfWork,
    /// Who calls; somebody is logged in.
    pub viewer: &'a Viewer,
    /// Who calls.
    pub actor: UserId,
    /// The dice, for commands that need them.
    pub dice: &'a Dice,
}

/// A command that was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done<T> {
    /// What came of it.
    pub outcome: T,
    /// It was done before, by a call with the same idempotency key; this call changed nothing.
    pub is_replay: bool,
}

/// Runs commands.
#[derive(Clone, Debug)]
pub struct Commands {
    db: Db,
    dice: Dice,
}

impl Commands {
    /// Commands that write to `db` and roll `dice`.
    #[must_use]
    pub fn new(db: Db, dice: Dice) -> Self {
        Self { db, dice }
    }

    /// Runs a command on behalf of a caller; once, if the call has an idempotency key that was used before.
    ///
    /// # Errors
    /// The caller may not, the command makes no sense here and now, or the database failed; nothing is written then.
    pub async fn run<C: Command>(
        &self,
        viewer: &Viewer,
        key: Option<&str>,
        command: C,
    ) -> CommandResult<Done<C::Outcome>> {
        let actor = viewer.user_id.ok_or(Refusal::Unauthenticated)?;
        let claim = key.map(|key| self.claim_of(actor, key, &command)).transpose()?;
        let dice = &self.dice;
        let Committed(done) = self
            .db
            .write(async move |uow| {
                if let Some(claim) = &claim
                    && let Some(settled) = uow.claim(claim).await?
                {
                    return Ok(Done { outcome: replay(claim, settled)?, is_replay: true });
                }
                // Boxed: commands are large, and each level of the call holds the one below.
                let outcome = Box::pin(command.run(&mut Tx { uow, viewer, actor, dice })).await?;
                if let Some(claim) = &claim {
                    uow.settle(claim, serde_json::to_value(&outcome).map_err(|error| unstorable(&error))?)
                        .await?;
                }
                Ok::<_, CommandError>(Done { outcome, is_replay: false })
            })
            .await?;
        Ok(done)
    }

    /// What came of a call with this idempotency key that was done before; `None` if there was none. For commands whose
    /// callers have slow work to do first. Whoever is told `None` still has to [`run`](Self::run) with the key.
    ///
    /// # Errors
    /// The key belongs to another call, or the database failed.
    pub(super) async fn replay<C: Command>(
        &self,
        viewer: &Viewer,
        key: Option<&str>,
        command: &C,
    ) -> CommandResult<Option<Done<C::Outcome>>> {
        let actor = viewer.user_id.ok_or(Refusal::Unauthenticated)?;
        let Some(key) = key else { return Ok(None) };
        let claim = self.claim_of(actor, key, command)?;
        let looking = self.db.rehearse(async |uow| Ok::<_, CommandError>(uow.claim(&claim).await?));
        let settled = looking.await?.map(|settled| replay(&claim, settled)).transpose()?;
        Ok(settled.map(|outcome| Done { outcome, is_replay: true }))
    }

    /// The database that commands write to.
    pub(super) fn db(&self) -> &Db {
        &self.db
    }

    fn claim_of<C: Command>(&self, actor: UserId, key: &str, command: &C) -> CommandResult<IdempotencyClaim> {
        if key.is_empty() || key.chars().count() > MAX_KEY || key.contains('\0') {
            let message = format!("an idempotency key has 1 to {MAX_KEY} characters");
            return Err(Rejection::invalid(message, &["idempotencyKey"]).into());
        }
        let input = serde_json::to_vec(command).map_err(|error| unstorable(&error))?;
        let input_hash = Sha256::digest(input).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(IdempotencyClaim {
            caller: actor.to_global(),
            key: key.to_owned(),
            operation: C::NAME.to_owned(),
            input_hash,
            expires_at: self.db.clock().now().saturating_add(REMEMBER),
        })
    }
}

/// What came of the call that had the key first.
fn replay<T: DeserializeOwned>(claim: &IdempotencyClaim, settled: SettledCall) -> CommandResult<T> {
    if settled.operation != claim.operation || settled.input_hash != claim.input_hash {
        let message = "this idempotency key was used for another call: use a new one".to_owned();
        return Err(Rejection::new(RejectionCode::IdempotencyMismatch, message)
            .at(&["idempotencyKey"])
            .into());
    }
    serde_json::from_value(settled.payload).map_err(|error| unstorable(&error))
}

/// Something of a command cannot be written down.
pub(in crate::service) fn unstorable(error: &serde_json::Error) -> CommandError {
    CommandError::Db(DbError::Invalid(error.to_string()))
}

impl Tx<'_> {
    /// Makes sure that the caller may do this here.
    ///
    /// # Errors
    /// The caller may not.
    pub fn authorize(&self, action: Action, scope: &Scope<'_>) -> CommandResult<()> {
        Ok(policy::authorize(self.viewer, action, scope)?)
    }

    /// Who holds a role in the league of something, if it has one.
    ///
    /// # Errors
    /// The database failed.
    pub async fn league_rights(&mut self, id: Option<LeagueId>) -> CommandResult<Option<LeagueRights>> {
        match id {
            Some(id) => Ok(self.uow.find(RightsInLeague(id)).await?),
            None => Ok(None),
        }
    }

    /// Who holds a role in an organization; `None` if there is no such organization.
    ///
    /// # Errors
    /// The database failed.
    pub async fn organization_rights(
        &mut self,
        id: OrganizationId,
    ) -> CommandResult<Option<OrganizationRights>> {
        Ok(self.uow.find(RightsInOrganization(id)).await?)
    }
}

/// Makes sure that nobody changed a thing since the caller looked at it; a caller who states no version does not mind.
///
/// # Errors
/// Somebody did.
pub(in crate::service) fn expect_version(expected: Option<i32>, current: i32) -> CommandResult<()> {
    match expected {
        Some(expected) if expected != current => {
            let message = format!(
                "somebody changed this meanwhile: it is at version {current}, not {expected}; look at it again and retry"
            );
            let rejection = Rejection::new(RejectionCode::StaleVersion, message).at(&["expectedVersion"]);
            Err(rejection.with(Detail::StaleVersion { expected, current }).into())
        }
        Some(_) | None => Ok(()),
    }
}
