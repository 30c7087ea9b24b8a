//! What is shown of a draft's pool, totals, projections and predictions. How they come about is in `draft_facts`.

use async_graphql::{Enum, SimpleObject};

use super::enums::{DraftStyle, Position};
use super::{Team, User};
use crate::domain::draft as rules;

/// What a list of available players is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub(crate) enum PoolSort {
    /// Highest MMR first, unknown last, then by username.
    #[default]
    Mmr,
    /// Username, by code point.
    Username,
}

/// Which available players to list; all conditions must be met.
#[derive(Clone, Debug, Default, async_graphql::InputObject)]
pub(crate) struct PoolFilter {
    /// Part of the username or nickname, whatever its case.
    pub(crate) search: Option<String>,
    /// Only players who play this position.
    pub(crate) position: Option<Position>,
    /// Only players whose pick gives the team on turn the next pick, too (shuffle).
    #[graphql(default = false)]
    pub(crate) only_double_pick: bool,
    /// Only players whose pick leaves the team on turn first in the order (shuffle).
    #[graphql(default = false)]
    pub(crate) only_keeps_first: bool,
}

/// A player who can be picked.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct AvailablePlayer {
    /// The player.
    pub(crate) user: User,
    /// What picking the player would do; null unless a shuffle draft has a team on turn.
    pub(crate) projection: Option<PickProjection>,
}

/// What a pick would do to the team on turn (shuffle).
#[derive(Clone, Copy, Debug, SimpleObject)]
pub(crate) struct PickProjection {
    /// The team's total MMR after the pick.
    pub(crate) team_total_mmr: i64,
    /// The team's place in the order of picks after it, from 1; null when it is full.
    pub(crate) pick_position: Option<usize>,
    /// The team would pick again at once.
    pub(crate) is_double_pick: bool,
    /// No other team would come before it.
    pub(crate) keeps_first: bool,
}

/// A team as the draft counts it: with MMR as of the start.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct DraftTeam {
    /// The team.
    pub(crate) team: Team,
    /// Sum of the members' MMR.
    pub(crate) total_mmr: i64,
    /// How many members it has.
    pub(crate) size: usize,
    /// No further member fits in.
    pub(crate) is_full: bool,
    /// Place in the order of coming picks, from 1; null when it picks no more.
    pub(crate) pick_position: Option<usize>,
}

/// What a greedy draft of one style would give the first and the last team.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub(crate) struct DraftPrediction {
    /// The style.
    pub(crate) style: DraftStyle,
    /// Total MMR of the team that picks first.
    pub(crate) first_pick_mmr: i64,
    /// Total MMR of the team that picks last.
    pub(crate) last_pick_mmr: i64,
    /// Difference of the two in percent of their mean; below 10 counts as balanced. Null without any MMR.
    pub(crate) imbalance: Option<f64>,
}

impl From<rules::Prediction> for DraftPrediction {
    fn from(it: rules::Prediction) -> Self {
        Self {
            style: it.style.into(),
            first_pick_mmr: it.first_pick_mmr,
            last_pick_mmr: it.last_pick_mmr,
            imbalance: it.imbalance,
        }
    }
}

impl From<rules::PickProjection> for PickProjection {
    fn from(it: rules::PickProjection) -> Self {
        Self {
            team_total_mmr: it.team_total_mmr,
            pick_position: it.pick_position,
            is_double_pick: it.is_double_pick,
            keeps_first: it.keeps_first,
        }
    }
}
