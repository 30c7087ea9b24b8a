//! Who may do what: one table of actions, the roles that unlock them, and the facts that decide a role.
//!
//! Pure and total: it says yes or no and never loads anything. Rules about the target of an action that are no
//! question of rights (an owner cannot be made admin, a name is taken) belong to the commands, not here.

mod action;
mod check;
mod role;
mod scope;

pub use action::{Action, Requirement};
pub use check::{Refusal, authorize, can};
pub use role::{Role, ViewerRole, has_role, league_role, organization_role};
pub use scope::Scope;

#[cfg(test)]
mod tests;
