//! Writes what a command made of a draft: only rows that differ, and the events under the next numbers.

use super::DraftOutcome;
use super::board::Board;
use crate::cache::Dep;
use crate::db::DbError;
use crate::db::models::{
    DraftChanges, DraftEventRow, DraftRoundChanges, DraftRoundRow, DraftRow, NewDraftEvent, NewDraftRound,
    RoundsOfPastEpochs, TeamChanges, TeamMemberRow, TeamRow,
};
use crate::domain::draft::{Applied, DraftEventPayload, DraftState, Round, TeamSeat};
use crate::service::command::Tx;
use crate::service::rejection::{CommandError, CommandResult};
use crate::types::{DraftStatus, EntityId as _, Instant, TeamMembershipKind};

impl Board {
    /// Writes the difference to what a command made of the draft.
    ///
    /// # Errors
    /// The database failed.
    pub(super) async fn store(self, tx: &mut Tx<'_>, applied: &Applied) -> CommandResult<DraftOutcome> {
        let after = &applied.state;
        self.store_teams(tx, after).await?;
        // Before its rounds: they are embedded in whatever the draft is.
        self.store_draft(tx, after, applied.events.len()).await?;
        match after.epoch == self.draft.epoch && self.rounds.len() == after.rounds.len() {
            true => self.store_rounds(tx, after).await?,
            false => self.replace_rounds(tx, after).await?,
        }
        let events = self.store_events(tx, after.epoch, &applied.events).await?;
        Ok(DraftOutcome { draft_id: self.draft.id, events: events.iter().map(|it| it.id).collect() })
    }

    /// Everybody who leaves a roster leaves before anybody joins one: a player is on one team at a time. A team whose
    /// roster or deputy changes counts its version up.
    async fn store_teams(&self, tx: &mut Tx<'_>, after: &DraftState) -> CommandResult<()> {
        let pairs = || self.state.teams.iter().zip(&after.teams).zip(&self.teams);
        for ((before, after), row) in pairs() {
            if before == after {
                continue;
            }
            let deputy_captain_id =
                (before.deputy_captain_id != after.deputy_captain_id).then_some(after.deputy_captain_id);
            let changes = TeamChanges { deputy_captain_id, ..TeamChanges::default() };
            tx.uow.update_held::<TeamRow>(vec![(row, changes)]).await?;
            for link in self.links(before, after) {
                tx.uow.unlink(&link).await?;
            }
        }
        for ((before, after), _) in pairs() {
            for link in self.links(after, before) {
                if self.beside_teams.contains(&link.user_id) {
                    // A member neither substitutes for the team nor has left it.
                    for kind in [TeamMembershipKind::Dropin, TeamMembershipKind::Left] {
                        tx.uow.unlink(&TeamMemberRow { kind, ..link.clone() }).await?;
                    }
                }
                tx.uow.link(&link).await?;
            }
        }
        Ok(())
    }

    /// Those on one roster and not on the other.
    fn links(&self, on: &TeamSeat, not_on: &TeamSeat) -> Vec<TeamMemberRow> {
        let (team_id, tournament_id, kind) = (on.id, self.tournament.id, TeamMembershipKind::Member);
        let only = on.members.iter().filter(|it| !not_on.members.contains(it));
        only.map(|it| TeamMemberRow { team_id, tournament_id, user_id: *it, kind }).collect()
    }

    async fn store_rounds(&self, tx: &mut Tx<'_>, after: &DraftState) -> CommandResult<()> {
        let now = tx.uow.now();
        let mut changed = Vec::new();
        for ((row, before), after) in self.rounds.iter().zip(&self.state.rounds).zip(&after.rounds) {
            if before != after {
                changed.push((row, changes(before, after, now)?));
            }
        }
        tx.uow.update_held::<DraftRoundRow>(changed).await?;
        Ok(())
    }

    async fn replace_rounds(&self, tx: &mut Tx<'_>, after: &DraftState) -> CommandResult<()> {
        tx.uow.bulk(RoundsOfPastEpochs(self.draft.id)).await?;
        // Captains and teams of the rounds that are gone: not known one by one to the statement that removed them.
        tx.uow.touch(Dep::related("draft.rounds", self.draft.id.pk()));
        for team in &self.state.teams {
            tx.uow.touch(Dep::object("team", team.id.pk()));
        }
        let mut new = Vec::with_capacity(after.rounds.len());
        for round in &after.rounds {
            new.push(NewDraftRound {
                draft_id: self.draft.id,
                epoch: after.epoch,
                pick_number: round.pick_number,
                pick_phase: round.pick_phase,
                captain_id: round.captain_id,
                team_id: round.team_id,
                choice_id: round.choice_id,
                was_tie: round.was_tie,
                tie_roll_data: to_json(round.tie.as_ref())?,
            });
        }
        tx.uow.insert_all::<DraftRoundRow>(new).await?;
        Ok(())
    }

    async fn store_events(
        &self,
        tx: &mut Tx<'_>,
        epoch: i32,
        events: &[DraftEventPayload],
    ) -> CommandResult<Vec<DraftEventRow>> {
        let (actor_id, created_at) = (Some(tx.actor), tx.uow.now());
        let mut new = Vec::with_capacity(events.len());
        for (seq, event) in (self.draft.version.saturating_add(1)..).zip(events) {
            new.push(NewDraftEvent {
                draft_id: self.draft.id,
                seq,
                epoch,
                event_type: event.event_type(),
                payload: event.to_json().map_err(|error| unstorable(&error))?,
                actor_id,
                created_at,
            });
        }
        Ok(tx.uow.insert_all::<DraftEventRow>(new).await?)
    }

    async fn store_draft(&self, tx: &mut Tx<'_>, after: &DraftState, n_events: usize) -> CommandResult<()> {
        let (before, now) = (&self.state, tx.uow.now());
        let n_events = i32::try_from(n_events).unwrap_or(i32::MAX);
        let is_started = after.epoch != before.epoch;
        let changes = DraftChanges {
            version: (n_events > 0).then(|| self.draft.version.saturating_add(n_events)),
            style: (after.style != before.style).then_some(after.style),
            status: (after.status != before.status).then_some(after.status),
            epoch: is_started.then_some(after.epoch),
            mmr_snapshot: match after.snapshot != before.snapshot {
                true => Some(to_json(Some(&after.snapshot))?),
                false => None,
            },
            started_at: is_started.then_some(Some(now)),
            completed_at: completed_at(before.status, after.status, now),
        };
        if changes != DraftChanges::default() {
            tx.uow.update_held::<DraftRow>(vec![(&self.draft, changes)]).await?;
        }
        Ok(())
    }
}

/// When the draft was completed, if that changes.
fn completed_at(before: DraftStatus, after: DraftStatus, now: Instant) -> Option<Option<Instant>> {
    match (before, after) {
        _ if before == after => None,
        (_, DraftStatus::Completed) => Some(Some(now)),
        (DraftStatus::Completed, _) => Some(None),
        _ => None,
    }
}

fn changes(before: &Round, after: &Round, now: Instant) -> CommandResult<DraftRoundChanges> {
    let is_repicked = before.choice_id != after.choice_id;
    Ok(DraftRoundChanges {
        pick_phase: (before.pick_phase != after.pick_phase).then_some(after.pick_phase),
        captain_id: (before.captain_id != after.captain_id).then_some(after.captain_id),
        team_id: (before.team_id != after.team_id).then_some(after.team_id),
        choice_id: is_repicked.then_some(after.choice_id),
        picked_at: is_repicked.then_some(after.choice_id.map(|_| now)),
        was_tie: (before.was_tie != after.was_tie).then_some(after.was_tie),
        tie_roll_data: match before.tie != after.tie {
            true => Some(to_json(after.tie.as_ref())?),
            false => None,
        },
    })
}

fn to_json<T: serde::Serialize>(value: Option<&T>) -> CommandResult<Option<serde_json::Value>> {
    value.map(serde_json::to_value).transpose().map_err(|error| unstorable(&error))
}

fn unstorable(error: &dyn std::error::Error) -> CommandError {
    CommandError::Db(DbError::Invalid(error.to_string()))
}
