//! `tournamentCreate`.

use serde::Serialize;

use super::StartsAt;
use crate::db::models::{NewTournament, TournamentRow};
use crate::domain::policy::{Action, Scope};
use crate::service::command::{Command, Tx};
use crate::service::rejection::{CommandResult, Rejection};
use crate::service::text;
use crate::types::{LeagueId, TournamentId, TournamentState, TournamentType};

/// Makes a tournament: whoever administers its league may; without a league site staff may.
#[derive(Clone, Debug, Serialize)]
pub struct TournamentCreate {
    /// Name.
    pub name: String,
    /// When it begins.
    pub starts_at: StartsAt,
    /// IANA name of the zone it is shown in.
    pub timezone: String,
    /// How games lead to a winner.
    pub tournament_type: TournamentType,
    /// The league it counts for.
    pub league_id: Option<LeagueId>,
}

impl Command for TournamentCreate {
    const NAME: &'static str = "tournamentCreate";
    type Outcome = TournamentId;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<TournamentId> {
        match self.league_id {
            Some(id) => {
                let Some(rights) = tx.league_rights(Some(id)).await? else {
                    return Err(Rejection::not_found("league", &["leagueId"]).into());
                };
                tx.authorize(Action::TournamentCreateInLeague, &Scope::league(&rights))?;
            }
            None => tx.authorize(Action::TournamentCreateWithoutLeague, &Scope::site())?,
        }
        let timezone = text::timezone(&self.timezone, "timezone")?;
        let new = NewTournament {
            name: text::name(&self.name, "name", text::MAX_NAME)?,
            starts_at: self.starts_at.instant(&timezone)?,
            timezone,
            state: TournamentState::Future,
            tournament_type: self.tournament_type,
            league_id: self.league_id,
        };
        Ok(tx.uow.insert::<TournamentRow>(new).await?.id)
    }
}
