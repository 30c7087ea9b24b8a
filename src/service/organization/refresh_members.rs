//! `discordMembersRefresh`, as far as it is written down: who had the members of the guild fetched anew, and how many
//! there are.
//!
//! Asks nobody: Discord was asked before, outside of any transaction (`service::guild`).

use serde::{Deserialize, Serialize};

use super::{authorized, log};
use crate::domain::audit::{FieldChange, LogDetails};
use crate::domain::policy::Action;
use crate::service::command::{Command, Tx};
use crate::service::rejection::CommandResult;
use crate::types::{OrganizationId, OrganizationLogAction};

/// Notes that the members of an organization's guild were fetched anew.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct DiscordMembersRefresh {
    /// Which one.
    pub organization_id: OrganizationId,
    /// How many were remembered before, if any list was, and how many there are. What came of the call and no input, so
    /// an idempotency key does not belong to it.
    #[serde(skip)]
    pub counts: Option<(Option<usize>, usize)>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refreshed {
    /// Whose guild.
    pub organization_id: OrganizationId,
    /// How many members it has.
    pub n_members: usize,
}

impl Command for DiscordMembersRefresh {
    const NAME: &'static str = "discordMembersRefresh";
    type Outcome = Refreshed;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<Refreshed> {
        let (action, field) = (Action::GuildMembersRefresh, ["organizationId"]);
        let (row, _) = authorized(tx, self.organization_id, action, &field).await?;
        let (n_before, n_members) = self.counts.unwrap_or_default();
        let shown = |n: Option<usize>| n.map(|it| it.to_string());
        let change = FieldChange {
            field: "discordMembers".to_owned(),
            from: shown(n_before),
            to: shown(Some(n_members)),
        };
        let details = LogDetails { changes: vec![change], ..LogDetails::named(&row.name) };
        log(tx, row.id, (OrganizationLogAction::Update, None), &details).await?;
        Ok(Refreshed { organization_id: row.id, n_members })
    }
}
