//! `tournamentUpdate`.

use serde::Serialize;

use super::{StartsAt, authorize};
use crate::db::models::{TournamentChanges, TournamentRow};
use crate::domain::policy::{Action, Scope};
use crate::service::command::{Command, Tx, expect_version};
use crate::service::rejection::{CommandResult, Rejection};
use crate::service::text;
use crate::types::{LeagueId, TournamentId, TournamentState, TournamentType};

/// Changes the settings of a tournament; what is `None` stays.
#[derive(Clone, Debug, Serialize)]
pub struct TournamentUpdate {
    /// Which one.
    pub id: TournamentId,
    /// The version the caller has seen.
    pub expected_version: Option<i32>,
    /// Name.
    pub name: Option<String>,
    /// When it begins.
    pub starts_at: Option<StartsAt>,
    /// IANA name of the zone it is shown in.
    pub timezone: Option<String>,
    /// Where it stands.
    pub state: Option<TournamentState>,
    /// How games lead to a winner.
    pub tournament_type: Option<TournamentType>,
    /// The league it counts for, or none. Needs rights in both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub league_id: Option<Option<LeagueId>>,
    /// Steam league its matches are looked for in, unless it is the league's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steam_league_id: Option<Option<i32>>,
}

impl Command for TournamentUpdate {
    const NAME: &'static str = "tournamentUpdate";
    type Outcome = TournamentId;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<TournamentId> {
        let Some(row) = tx.uow.lock::<TournamentRow>(self.id).await? else {
            return Err(Rejection::not_found("tournament", &["id"]).into());
        };
        authorize(tx, &row, Action::TournamentUpdate).await?;
        let league_id = self.league_id.filter(|it| *it != row.league_id);
        if let Some(target) = league_id {
            self.authorize_move(tx, &row, target).await?;
        }
        expect_version(self.expected_version, row.version)?;
        let changes = self.changes(&row, league_id)?;
        tx.uow.update_held(vec![(&row, changes)]).await?;
        Ok(row.id)
    }
}

impl TournamentUpdate {
    /// Moving to another league needs rights on both (DOMAIN §6).
    async fn authorize_move(
        &self,
        tx: &mut Tx<'_>,
        row: &TournamentRow,
        target: Option<LeagueId>,
    ) -> CommandResult<()> {
        let own = tx.league_rights(row.league_id).await?;
        let target_rights = tx.league_rights(target).await?;
        if target.is_some() && target_rights.is_none() {
            return Err(Rejection::not_found("league", &["leagueId"]).into());
        }
        let scope = Scope::tournament(own.as_ref()).with_target_league(target_rights.as_ref());
        tx.authorize(Action::TournamentMove, &scope)
    }

    fn changes(
        &self,
        row: &TournamentRow,
        league_id: Option<Option<LeagueId>>,
    ) -> CommandResult<TournamentChanges> {
        let timezone = self.timezone.as_deref().map(|it| text::timezone(it, "timezone")).transpose()?;
        let zone = timezone.as_deref().unwrap_or(&row.timezone);
        if self.steam_league_id.flatten().is_some_and(|it| it < 1) {
            return Err(Rejection::invalid("a Steam league id is above 0", &["steamLeagueId"]).into());
        }
        Ok(TournamentChanges {
            name: self.name.as_deref().map(|it| text::name(it, "name", text::MAX_NAME)).transpose()?,
            starts_at: self.starts_at.as_ref().map(|it| it.instant(zone)).transpose()?,
            timezone,
            state: self.state,
            tournament_type: self.tournament_type,
            steam_league_id: self.steam_league_id,
            league_id,
            ..TournamentChanges::default()
        })
    }
}
