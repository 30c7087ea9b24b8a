//! The question itself: does the caller hold the roles that the table asks for.
//!
//! Knows no action and no role by name.

use super::{Action, Requirement, Role, Scope, has_role};
use crate::types::Viewer;

/// Why an action is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody is logged in, and somebody could be allowed.
    #[error("log in first")]
    Unauthenticated,
    /// The caller lacks the role.
    #[error("not allowed")]
    Forbidden,
}

/// Whether the caller may do this here (`DOMAIN §6`, column "Required").
#[must_use]
pub fn can(viewer: &Viewer, action: Action, scope: &Scope<'_>) -> bool {
    let has = |role: &Role| has_role(viewer, *role, scope);
    match action.requirement() {
        Requirement::AnyOf(roles) => roles.iter().any(has),
        Requirement::AllOf(roles) => roles.iter().all(has),
    }
}

/// [`can`] as a guard that tells "log in" from "not allowed" (`DOMAIN §2.6` 1–2).
///
/// # Errors
/// The caller may not do this here.
pub fn authorize(viewer: &Viewer, action: Action, scope: &Scope<'_>) -> Result<(), Refusal> {
    match can(viewer, action, scope) {
        true => Ok(()),
        false if viewer.user_id.is_none() => Err(Refusal::Unauthenticated),
        false => Err(Refusal::Forbidden),
    }
}
