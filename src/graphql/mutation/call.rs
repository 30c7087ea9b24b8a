//! What all mutations share: what a call may carry beside its input, how its command runs, what every payload tells.

use async_graphql::{Context, InputObject, SimpleObject};

use super::user_error::UserError;
use crate::graphql::context::{ApiResult, ContextExt as _};
use crate::service::guild::{GuildError, Guilds};
use crate::service::{Command, CommandError, CommandResult, Done};
use crate::types::Viewer;

/// What every call may carry.
#[derive(Clone, Debug, Default, InputObject)]
pub(crate) struct CallInput {
    /// Comes back in the payload.
    client_mutation_id: Option<String>,
    /// A call sent again with the same key within 24 hours has no second effect and is answered as the first was, with
    /// `replayed: true`. At most 200 characters; the same key with another input is refused.
    idempotency_key: Option<String>,
}

/// What every payload tells.
#[derive(Debug, SimpleObject)]
pub(crate) struct CallReport {
    /// As it was given.
    client_mutation_id: Option<String>,
    /// An earlier call with this idempotency key had the effect; this one changed nothing.
    replayed: bool,
    /// Why nothing was done; empty if it was.
    user_errors: Vec<UserError>,
}

/// A call that was answered.
pub(super) struct Answered<T> {
    /// What came of it; `None` if nothing was done.
    pub(super) outcome: Option<T>,
    pub(super) report: CallReport,
}

/// Runs a command; whatever is loaded afterwards is as the command left it.
///
/// # Errors
/// The caller may not, or the database failed.
pub(super) async fn run<C: Command>(
    ctx: &Context<'_>,
    call: CallInput,
    command: C,
) -> ApiResult<Answered<C::Outcome>> {
    let CallInput { client_mutation_id, idempotency_key } = call;
    let commands = ctx.commands();
    // Boxed: it is deep, and every resolver above holds it.
    let outcome = Box::pin(commands.run(ctx.viewer(), idempotency_key.as_deref(), command)).await;
    answered(ctx, client_mutation_id, outcome).await
}

/// Runs what a guild is needed for; whatever is loaded afterwards is as it was left.
///
/// # Errors
/// The caller may not, it is too early, Discord does not tell, or the database failed.
pub(super) async fn run_with_guild<T>(
    ctx: &Context<'_>,
    call: CallInput,
    work: impl AsyncFnOnce(&Guilds, &Viewer, Option<&str>) -> Result<Done<T>, GuildError>,
) -> ApiResult<Answered<T>> {
    let CallInput { client_mutation_id, idempotency_key } = call;
    let working = work(ctx.guilds(), ctx.viewer(), idempotency_key.as_deref());
    let outcome = match Box::pin(working).await {
        Ok(done) => Ok(done),
        Err(GuildError::Command(error)) => Err(error),
        Err(error) => return Err(error.into()),
    };
    answered(ctx, client_mutation_id, outcome).await
}

async fn answered<T>(
    ctx: &Context<'_>,
    client_mutation_id: Option<String>,
    outcome: CommandResult<Done<T>>,
) -> ApiResult<Answered<T>> {
    ctx.renew_loaders().await;
    let report = |replayed, user_errors| CallReport { client_mutation_id, replayed, user_errors };
    match outcome {
        Ok(done) => Ok(Answered { outcome: Some(done.outcome), report: report(done.is_replay, Vec::new()) }),
        Err(CommandError::Rejected(rejection)) => {
            Ok(Answered { outcome: None, report: report(false, vec![UserError::from(*rejection)]) })
        }
        Err(CommandError::Refused(refusal)) => Err(refusal.into()),
        Err(CommandError::Db(error)) => Err(error.into()),
    }
}
