//! Who may meet in a game that is paired by hand.
//!
//! The predecessor took any team of any tournament, and mixed up the two seats (DOMAIN §10.3 bugs 36 and 43).

use super::create::GameHome;
use crate::db::models::{TeamRow, TournamentRow};
use crate::service::command::Tx;
use crate::service::rejection::{CommandResult, Rejection};
use crate::types::TeamId;

/// Makes sure that these two teams, Radiant and Dire, may meet there. Neither is deleted before this transaction ends.
///
/// # Errors
/// One does not exist, plays somewhere else, or they are one and the same.
pub(super) async fn check(
    tx: &mut Tx<'_>,
    home: GameHome,
    radiant: Option<TeamId>,
    dire: Option<TeamId>,
) -> CommandResult<()> {
    if radiant.is_some() && radiant == dire {
        return Err(Rejection::invalid("a team cannot play itself", &["direTeamId"]).into());
    }
    let mut seats = [(radiant, "radiantTeamId"), (dire, "direTeamId")];
    // Whoever locks both locks the lower id first.
    seats.sort();
    for (team, field) in seats {
        let Some(id) = team else { continue };
        let team = tx.uow.lock::<TeamRow>(id).await?;
        let (belongs, place) = match (&team, home) {
            (None, GameHome::Tournament(_)) => (false, "tournament"),
            (None, GameHome::League(_)) => (false, "league"),
            (Some(team), GameHome::Tournament(id)) => (team.tournament_id == id, "tournament"),
            (Some(team), GameHome::League(id)) => {
                let tournament = tx.uow.get::<TournamentRow>(team.tournament_id).await?;
                (tournament.is_some_and(|it| it.league_id == Some(id)), "league")
            }
        };
        if !belongs {
            return Err(Rejection::not_found(&format!("team in this {place}"), &[field]).into());
        }
    }
    Ok(())
}
