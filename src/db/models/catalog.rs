//! The names that deps can have: every model and every relation, for people who type them.
//!
//! Only names: what depends on what is declared beside each table.

use super::{
    ApiTokenRow, DraftEventRow, DraftRoundRow, DraftRow, GameRow, LeagueLogRow, LeagueRow,
    OrganizationLogRow, OrganizationRow, SessionRow, TeamRow, TournamentRow, UserRow,
};
use crate::cache::Dep;
use crate::db::Entity;

/// What is to be done with a model of which only the name is known.
pub trait ModelVisitor {
    /// What comes of it.
    type Output;

    /// Does it with the rows of one model.
    fn visit<E: Entity>(self) -> Self::Output;
}

macro_rules! models {
    ($($row:ty),+ $(,)?) => {
        /// The name of every model, sorted.
        pub const MODELS: &[&str] = &[$(<$row as Entity>::MODEL),+];

        /// Hands the model of this name to `visitor`; nothing if there is none.
        pub fn visit_model<V: ModelVisitor>(name: &str, visitor: V) -> Option<V::Output> {
            $(
                if name == <$row as Entity>::MODEL {
                    return Some(visitor.visit::<$row>());
                }
            )+
            None
        }
    };
}

models! {
    ApiTokenRow,
    DraftRow,
    DraftEventRow,
    DraftRoundRow,
    GameRow,
    LeagueRow,
    LeagueLogRow,
    OrganizationRow,
    OrganizationLogRow,
    SessionRow,
    TeamRow,
    TournamentRow,
    UserRow,
}

/// The name of every relation, sorted: lists that something joins or leaves.
pub const RELATIONS: &[&str] = &[
    "draft.events",
    "draft.rounds",
    "league.games",
    "league.logs",
    "league.organizations",
    "league.roles",
    "league.tournaments",
    "organization.leagues",
    "organization.logs",
    "organization.roles",
    "team.members",
    "tournament.draft",
    "tournament.games",
    "tournament.players",
    "tournament.teams",
    "user.league_roles",
    "user.organization_roles",
    "user.teams",
    "user.tournaments",
];

/// A dep names a model or a relation that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no {kind} `{given}`; there are {known}")]
pub struct UnknownName {
    /// `model` or `relation`.
    pub kind: &'static str,
    /// What was written.
    pub given: String,
    /// What could have been.
    known: String,
}

/// Makes sure that a dep somebody typed names something: a misspelt one would invalidate nothing, and nobody would
/// notice.
///
/// # Errors
/// There is no such model or relation.
pub fn check_names(dep: &Dep) -> Result<(), UnknownName> {
    match dep {
        Dep::Everything => Ok(()),
        Dep::Object(model, _) | Dep::Rows(model) | Dep::Model(model) => check_name("model", model, MODELS),
        Dep::Related(relation, _) => check_name("relation", relation, RELATIONS),
    }
}

/// Makes sure that a model exists.
///
/// # Errors
/// It does not.
pub fn check_model(name: &str) -> Result<(), UnknownName> {
    check_name("model", name, MODELS)
}

fn check_name(kind: &'static str, given: &str, all: &[&str]) -> Result<(), UnknownName> {
    if all.contains(&given) {
        return Ok(());
    }
    Err(UnknownName { kind, given: given.to_owned(), known: all.join(", ") })
}
