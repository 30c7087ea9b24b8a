//! `leagueUpdate`.

use serde::Serialize;

use super::{authorized, expect_free_steam_league, log, prize_pool};
use crate::db::models::{LeagueChanges, LeagueRow};
use crate::domain::audit::{Diff, LogDetails};
use crate::domain::policy::Action;
use crate::service::command::{Command, Tx, expect_version};
use crate::service::rejection::CommandResult;
use crate::service::text;
use crate::types::{LeagueId, LeagueLogAction};

/// Changes the settings of a league; what is `None` stays. Its organizations and the roles in it have commands of their
/// own.
#[derive(Clone, Debug, Serialize)]
pub struct LeagueUpdate {
    /// Which one.
    pub id: LeagueId,
    /// The version the caller has seen.
    pub expected_version: Option<i32>,
    /// Name.
    pub name: Option<String>,
    /// Valve's number.
    pub steam_league_id: Option<i32>,
    /// About it, in Markdown.
    pub description: Option<String>,
    /// Rules, in Markdown.
    pub rules: Option<String>,
    /// What can be won.
    pub prize_pool: Option<String>,
    /// IANA time zone.
    pub timezone: Option<String>,
}

impl Command for LeagueUpdate {
    const NAME: &'static str = "leagueUpdate";
    type Outcome = LeagueId;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<LeagueId> {
        let (row, _) = authorized(tx, self.id, Action::LeagueUpdate, &["id"]).await?;
        expect_version(self.expected_version, row.version)?;
        let (changes, diff) = self.changes(&row)?;
        if let Some(steam_league_id) = changes.steam_league_id {
            expect_free_steam_league(tx, steam_league_id, Some(row.id)).await?;
        }
        write(tx, &row, changes, diff).await?;
        Ok(row.id)
    }
}

impl LeagueUpdate {
    fn changes(&self, row: &LeagueRow) -> CommandResult<(LeagueChanges, Diff)> {
        let name = self.name.as_deref().map(|it| text::name(it, "name", text::MAX_NAME)).transpose()?;
        let markdown = |text: &Option<String>, field: &str, max| {
            text.as_deref().map(|it| text::markdown(it, field, max)).transpose()
        };
        let description = markdown(&self.description, "description", text::MAX_DESCRIPTION)?;
        let rules = markdown(&self.rules, "rules", text::MAX_RULES)?;
        let prize_pool = self.prize_pool.as_deref().map(prize_pool).transpose()?;
        let timezone = self.timezone.as_deref().map(|it| text::timezone(it, "timezone")).transpose()?;
        let mut diff = Diff::default();
        let changes = LeagueChanges {
            name: diff.note("name", &row.name, name),
            steam_league_id: diff.note("steamLeagueId", &row.steam_league_id, self.steam_league_id),
            description: diff.note("description", &row.description, description),
            rules: diff.note("rules", &row.rules, rules),
            prize_pool: diff.note("prizePool", &row.prize_pool, prize_pool),
            timezone: diff.note("timezone", &row.timezone, timezone),
            ..LeagueChanges::default()
        };
        Ok((changes, diff))
    }
}

/// Writes and logs what changes; a call that changes nothing writes nothing.
pub(super) async fn write(
    tx: &mut Tx<'_>,
    row: &LeagueRow,
    changes: LeagueChanges,
    diff: Diff,
) -> CommandResult<()> {
    if diff.is_empty() {
        return Ok(());
    }
    tx.uow.update_held(vec![(row, changes)]).await?;
    let details = LogDetails { changes: diff.into_changes(), ..LogDetails::named(&row.name) };
    log(tx, row.id, (LeagueLogAction::Update, None), &details).await
}
