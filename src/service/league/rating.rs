//! `leagueRatingSettingsUpdate`.

use serde::Serialize;

use super::authorized;
use super::update::write;
use crate::db::models::{LeagueChanges, LeagueRow};
use crate::domain::audit::Diff;
use crate::domain::policy::Action;
use crate::service::command::{Command, Tx, expect_version};
use crate::service::rejection::{CommandResult, Rejection};
use crate::types::{LeagueId, RatingSystem};

/// Changes how results of a league change ratings; what is `None` stays (DOMAIN §1.4, §5.1).
#[derive(Clone, Copy, Debug, Serialize)]
pub struct LeagueRatingSettingsUpdate {
    /// Of which league.
    pub league_id: LeagueId,
    /// The version the caller has seen.
    pub expected_version: Option<i32>,
    /// Which rule.
    pub rating_system: Option<RatingSystem>,
    /// K factor past placement; 0 or more.
    pub k_factor_default: Option<f64>,
    /// K factor during placement; 0 or more.
    pub k_factor_placement: Option<f64>,
    /// Games a placement lasts; 0 or more.
    pub placement_games: Option<i32>,
    /// Points per game under a fixed delta; 0 or more.
    pub fixed_delta: Option<f64>,
    /// Old results count less.
    pub age_decay_enabled: Option<bool>,
    /// Days after which a result counts half; above 0.
    pub age_decay_half_life_days: Option<i32>,
    /// Least weight of an old result; 0 to 1.
    pub age_decay_minimum: Option<f64>,
    /// Days after which a result cannot be recalculated; 0 or more.
    pub recalc_max_age_days: Option<i32>,
    /// Change of MMR that forbids a recalculation; 0 or more.
    pub recalc_mmr_threshold: Option<i32>,
}

impl Command for LeagueRatingSettingsUpdate {
    const NAME: &'static str = "leagueRatingSettingsUpdate";
    type Outcome = LeagueId;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<LeagueId> {
        let (row, _) = authorized(tx, self.league_id, Action::LeagueUpdate, &["leagueId"]).await?;
        expect_version(self.expected_version, row.version)?;
        self.check()?;
        let (changes, diff) = self.changes(&row);
        write(tx, &row, changes, diff).await?;
        Ok(row.id)
    }
}

impl LeagueRatingSettingsUpdate {
    /// The ranges the database keeps, told by field.
    fn check(&self) -> CommandResult<()> {
        let any = f64::INFINITY;
        for (field, value, least, most) in [
            ("kFactorDefault", self.k_factor_default, 0.0, any),
            ("kFactorPlacement", self.k_factor_placement, 0.0, any),
            ("placementGames", self.placement_games.map(f64::from), 0.0, any),
            ("fixedDelta", self.fixed_delta, 0.0, any),
            ("ageDecayHalfLifeDays", self.age_decay_half_life_days.map(f64::from), 1.0, any),
            ("ageDecayMinimum", self.age_decay_minimum, 0.0, 1.0),
            ("recalcMaxAgeDays", self.recalc_max_age_days.map(f64::from), 0.0, any),
            ("recalcMmrThreshold", self.recalc_mmr_threshold.map(f64::from), 0.0, any),
        ] {
            if value.is_some_and(|it| !it.is_finite() || it < least || it > most) {
                let range =
                    if most == any { format!("{least} or more") } else { format!("{least} to {most}") };
                return Err(Rejection::invalid(format!("`{field}` must be {range}"), &[field]).into());
            }
        }
        Ok(())
    }

    fn changes(&self, row: &LeagueRow) -> (LeagueChanges, Diff) {
        let mut diff = Diff::default();
        let changes = LeagueChanges {
            rating_system: diff.note("ratingSystem", &row.rating_system, self.rating_system),
            k_factor_default: diff.note("kFactorDefault", &row.k_factor_default, self.k_factor_default),
            k_factor_placement: diff.note(
                "kFactorPlacement",
                &row.k_factor_placement,
                self.k_factor_placement,
            ),
            placement_games: diff.note("placementGames", &row.placement_games, self.placement_games),
            fixed_delta: diff.note("fixedDelta", &row.fixed_delta, self.fixed_delta),
            age_decay_enabled: diff.note("ageDecayEnabled", &row.age_decay_enabled, self.age_decay_enabled),
            age_decay_half_life_days: diff.note(
                "ageDecayHalfLifeDays",
                &row.age_decay_half_life_days,
                self.age_decay_half_life_days,
            ),
            age_decay_minimum: diff.note("ageDecayMinimum", &row.age_decay_minimum, self.age_decay_minimum),
            recalc_max_age_days: diff.note(
                "recalcMaxAgeDays",
                &row.recalc_max_age_days,
                self.recalc_max_age_days,
            ),
            recalc_mmr_threshold: diff.note(
                "recalcMmrThreshold",
                &row.recalc_mmr_threshold,
                self.recalc_mmr_threshold,
            ),
            ..LeagueChanges::default()
        };
        (changes, diff)
    }
}
