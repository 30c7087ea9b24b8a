//! The facts about the thing an action is about, gathered by the caller before it asks.
//!
//! Holds facts only; a fact that was not given grants nothing.

use crate::types::{LeagueRights, OrganizationRights, UserId};

/// What an action is about. Start with the constructor of the subject, add facts with `with_*`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scope<'a> {
    /// The organization acted on.
    pub organization: Option<&'a OrganizationRights>,
    /// The league acted on, or that of the tournament or game acted on; `None` leaves it to site staff.
    pub league: Option<&'a LeagueRights>,
    /// The league a tournament moves to; `None` = to no league.
    pub target_league: Option<&'a LeagueRights>,
    /// Organizations named by a new league, or the one being linked.
    pub named_organizations: &'a [OrganizationRights],
    /// The user acted on.
    pub subject: Option<UserId>,
    /// Whether that user has a Steam id already.
    pub subject_has_steam_id: bool,
    /// The captains the action belongs to: of the draft round, the team, the game, or the hero draft's turn.
    pub captains: &'a [UserId],
}

impl<'a> Scope<'a> {
    /// The site as a whole: nothing in particular.
    #[must_use]
    pub fn site() -> Self {
        Self::default()
    }

    /// An organization.
    #[must_use]
    pub fn organization(rights: &'a OrganizationRights) -> Self {
        Self { organization: Some(rights), ..Self::default() }
    }

    /// A league.
    #[must_use]
    pub fn league(rights: &'a LeagueRights) -> Self {
        Self { league: Some(rights), ..Self::default() }
    }

    /// A tournament, or a team, draft or bracket of it, by the tournament's league (`DOMAIN §6`).
    #[must_use]
    pub fn tournament(league: Option<&'a LeagueRights>) -> Self {
        Self { league, ..Self::default() }
    }

    /// A game: its own league counts, else its tournament's (`DOMAIN §6`).
    #[must_use]
    pub fn game(own_league: Option<&'a LeagueRights>, tournament_league: Option<&'a LeagueRights>) -> Self {
        Self::tournament(own_league.or(tournament_league))
    }

    /// A user.
    #[must_use]
    pub fn user(id: UserId, has_steam_id: bool) -> Self {
        Self { subject: Some(id), subject_has_steam_id: has_steam_id, ..Self::default() }
    }

    /// The same, for an action that captains may do.
    #[must_use]
    pub fn with_captains(self, captains: &'a [UserId]) -> Self {
        Self { captains, ..self }
    }

    /// The same, for a move to another league, or to none.
    #[must_use]
    pub fn with_target_league(self, target_league: Option<&'a LeagueRights>) -> Self {
        Self { target_league, ..self }
    }

    /// The same, naming organizations to link.
    #[must_use]
    pub fn with_organizations(self, named_organizations: &'a [OrganizationRights]) -> Self {
        Self { named_organizations, ..self }
    }
}
