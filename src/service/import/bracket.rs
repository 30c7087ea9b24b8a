//! Imports a bracket file whose tournament was imported by an earlier run (DOMAIN §9.2: both join by the games' keys).

use super::diff::differing;
use super::failure::Fault;
use super::game;
use super::work::{Work, fate};
use crate::db::models::{TeamChanges, TeamRow, TournamentChanges, TournamentRow};
use crate::domain::import::{BracketPlan, BracketSource};

/// Imports the games and what a decided bracket says about places and champion.
pub(super) async fn alone(work: &mut Work<'_, '_>, plan: &BracketPlan) -> Result<(), Fault> {
    work.at = plan.at.clone();
    let Some(row) = work.mapped::<TournamentRow>(plan.tournament).await? else {
        let message = format!("tournament {} was never imported: give its own file as well", plan.tournament);
        return Err(work.refuse("tournamentId", message));
    };
    work.uow.lock::<TournamentRow>(row.id).await?;
    // An empty file says nothing about games that are here.
    let mut is_changed = match plan.games.as_slice() {
        [] => false,
        games => game::games(work, row.id, games, BracketSource::File).await?,
    };
    work.at = plan.at.clone();
    for (pk, place) in &plan.placements {
        let id = work.expect_id::<TeamRow>(*pk, "matches")?;
        let Some(team) = work.uow.get::<TeamRow>(id).await? else { continue };
        let placement = differing(&team.placement, Some(*place));
        let changes = TeamChanges { placement, ..TeamChanges::default() };
        is_changed |= work.amend::<TeamRow>(id, changes).await?.is_some();
    }
    if let Some(champion) = work.expect_some::<TeamRow>(plan.champion, "matches")? {
        let winning_team_id = differing(&row.winning_team_id, Some(champion));
        let changes = TournamentChanges { winning_team_id, ..TournamentChanges::default() };
        is_changed |= work.amend::<TournamentRow>(row.id, changes).await?.is_some();
    }
    work.count::<TournamentRow>(fate(is_changed));
    Ok(())
}
