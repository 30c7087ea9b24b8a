//! A draft with everything around it, as a transaction reads it.

use std::collections::{BTreeMap, BTreeSet};

use crate::db::models::{
    DraftPerson, DraftRoundRow, DraftRow, DraftSeat, LockedDraft, RoundsOfDraft, SeatingOf, TeamRow,
    TournamentRow, UserRow,
};
use crate::domain::draft::{DraftState, Player, Round, TeamSeat, TieRollData};
use crate::domain::policy::{self, Action, Scope};
use crate::domain::user::{avatar_url, display_name};
use crate::service::command::Tx;
use crate::service::rejection::{CommandResult, Rejection};
use crate::types::{DraftId, UserId};

/// A draft, its rows, and the same as the rules see it.
pub(super) struct Board {
    pub(super) tournament: TournamentRow,
    pub(super) draft: DraftRow,
    pub(super) rounds: Vec<DraftRoundRow>,
    pub(super) teams: Vec<TeamRow>,
    /// Registered players who substitute for a team, or have left one.
    pub(super) beside_teams: BTreeSet<UserId>,
    pub(super) state: DraftState,
}

impl Board {
    /// The draft with this key, its tournament locked.
    ///
    /// # Errors
    /// There is none.
    pub(super) async fn load(tx: &mut Tx<'_>, id: DraftId) -> CommandResult<Self> {
        let found = tx.uow.find(LockedDraft(id)).await?;
        let (tournament, draft) = found.ok_or_else(|| Rejection::not_found("draft", &["draftId"]))?;
        Self::load_with(tx, tournament, draft).await
    }

    /// The board of a draft whose tournament is locked.
    ///
    /// # Errors
    /// The database failed.
    pub(super) async fn load_with(
        tx: &mut Tx<'_>,
        tournament: TournamentRow,
        draft: DraftRow,
    ) -> CommandResult<Self> {
        let mut rounds = tx.uow.children::<RoundsOfDraft>(draft.id).await?;
        rounds.retain(|it| it.epoch == draft.epoch);
        rounds.sort_by_key(|it| it.pick_number);
        let seating = tx.uow.find(SeatingOf(tournament.id)).await?.unwrap_or_default();
        let players: Vec<_> = seating.people.iter().map(player).collect();
        let beside = seating.people.iter().filter(|it| it.is_beside_a_team);
        let beside_teams = beside.map(|it| it.id).collect();
        let teams = seating.teams.iter().map(|it| it.row.clone()).collect();
        let former_players = former(tx, &rounds, &players).await?;
        let state = DraftState {
            id: draft.id,
            style: draft.style,
            status: draft.status,
            epoch: draft.epoch,
            teams: seating.teams.into_iter().map(seat).collect(),
            players,
            former_players,
            rounds: rounds.iter().map(round).collect(),
            snapshot: snapshot(&draft),
        };
        Ok(Self { tournament, draft, rounds, teams, beside_teams, state })
    }

    /// Whether the caller may moderate this draft. Site staff may moderate any, so their league is not looked up.
    ///
    /// # Errors
    /// The database failed.
    pub(super) async fn is_moderator(&self, tx: &mut Tx<'_>) -> CommandResult<bool> {
        let action = Action::DraftModerate;
        if policy::can(tx.viewer, action, &Scope::tournament(None)) {
            return Ok(true);
        }
        let league = tx.league_rights(self.tournament.league_id).await?;
        Ok(policy::can(tx.viewer, action, &Scope::tournament(league.as_ref())))
    }
}

fn seat(seat: DraftSeat) -> TeamSeat {
    let TeamRow { id, name, captain_id, deputy_captain_id, draft_order, .. } = seat.row;
    TeamSeat { id, name, captain_id, deputy_captain_id, draft_order, members: seat.members }
}

fn player(person: &DraftPerson) -> Player {
    Player {
        id: person.id,
        name: display_name(person.nickname.as_deref(), &person.username).to_owned(),
        avatar_url: avatar_url(person.discord_id.as_deref(), person.avatar.as_deref()),
        mmr: person.mmr,
    }
}

fn round(row: &DraftRoundRow) -> Round {
    // Dice of an imported round may have another form; they are shown as they are, and decide nothing any more.
    let tie =
        row.tie_roll_data.as_ref().and_then(|it| serde_json::from_value::<TieRollData>(it.clone()).ok());
    Round {
        id: Some(row.id),
        pick_number: row.pick_number,
        pick_phase: row.pick_phase,
        captain_id: row.captain_id,
        team_id: row.team_id,
        choice_id: row.choice_id,
        was_tie: row.was_tie,
        tie,
    }
}

/// The MMR everybody had at the start; none before it, and of an imported draft.
fn snapshot(draft: &DraftRow) -> BTreeMap<UserId, Option<i32>> {
    let stored = draft.mmr_snapshot.as_ref();
    stored.and_then(|it| serde_json::from_value(it.clone()).ok()).unwrap_or_default()
}

/// People whom rounds name and who are not registered any more.
async fn former(tx: &mut Tx<'_>, rounds: &[DraftRoundRow], players: &[Player]) -> CommandResult<Vec<Player>> {
    let named = rounds.iter().flat_map(|it| [it.captain_id, it.choice_id]).flatten();
    let mut gone: Vec<UserId> = named.filter(|id| !players.iter().any(|it| it.id == *id)).collect();
    gone.sort_unstable();
    gone.dedup();
    let users = tx.uow.get_many::<UserRow>(&gone).await?;
    Ok(users.iter().map(former_player).collect())
}

fn former_player(row: &UserRow) -> Player {
    Player {
        id: row.id,
        name: display_name(row.nickname.as_deref(), &row.username).to_owned(),
        avatar_url: avatar_url(row.discord_id.as_deref(), row.avatar.as_deref()),
        mmr: row.mmr,
    }
}
