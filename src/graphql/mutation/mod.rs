//! The root of every mutation: each turns its input into a call of one service and the outcome into a payload.
//!
//! What a person can act on becomes a user error in the payload; everything else is an error of the field.

mod bracket;
mod cache;
mod call;
mod draft;
mod game;
mod import;
mod league;
mod organization;
mod profile;
mod team;
mod tournament;
mod user;
mod user_error;

use async_graphql::MergedObject;

use self::bracket::BracketMutation;
use self::cache::CacheMutation;
use self::draft::DraftMutation;
use self::game::GameMutation;
use self::import::ImportMutation;
use self::league::LeagueMutation;
use self::organization::OrganizationMutation;
use self::profile::ProfileMutation;
use self::team::TeamMutation;
use self::tournament::TournamentMutation;
use self::user::UserMutation;
use super::error::ApiError;
use crate::db::DbError;
use crate::domain::policy::Refusal;

/// Everything that can be changed.
#[derive(Clone, Copy, Debug, Default, MergedObject)]
pub struct Mutation(
    CacheMutation,
    ProfileMutation,
    UserMutation,
    OrganizationMutation,
    LeagueMutation,
    TournamentMutation,
    ImportMutation,
    TeamMutation,
    DraftMutation,
    BracketMutation,
    GameMutation,
);

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unauthenticated => Self::unauthenticated(),
            Refusal::Forbidden => Self::forbidden("you may not do this"),
        }
    }
}

impl From<DbError> for ApiError {
    fn from(error: DbError) -> Self {
        Self::of_database(error.is_unavailable(), error)
    }
}
