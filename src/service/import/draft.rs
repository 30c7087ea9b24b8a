//! Imports a player draft (DOMAIN §1.8, §9.3 rule 5). The source exports no events, so an imported draft has none and
//! its version is 0; the first event written here makes the draft our own.

use serde_json::{Map, Value};

use super::diff::{differing, stated};
use super::failure::Fault;
use super::round;
use super::tournament::Scene;
use super::work::{Work, fate};
use crate::db::models::{DraftChanges, DraftRoundRow, DraftRow, NewDraft, PlayersOfTournament, UserRow};
use crate::domain::import::{Change, DraftPlan};
use crate::types::{DraftStatus, TournamentId, UserId};

/// Imports the draft of a tournament with its rounds.
pub(super) async fn draft(work: &mut Work<'_, '_>, scene: &Scene, plan: &DraftPlan) -> Result<(), Fault> {
    work.begin::<DraftRow>(plan.source_pk, &plan.at);
    if scene.is_drafted_here {
        work.say("", "skipped: the draft went on here");
        work.count::<DraftRow>(Change::Skipped);
        for _ in &plan.rounds {
            work.count::<DraftRoundRow>(Change::Skipped);
        }
        work.run.step(plan.rounds.len(), &plan.at.file);
        return Ok(());
    }
    let epoch = i32::from(!plan.rounds.is_empty());
    let Some(row) = &scene.draft else {
        let mmr_snapshot = snapshot(work, scene.id, plan.status, None).await?;
        let (tournament_id, style, status) = (scene.id, plan.style, plan.status);
        let new = NewDraft { tournament_id, style, status, epoch, mmr_snapshot };
        let row = work.create::<DraftRow>(plan.source_pk, new).await?;
        work.count::<DraftRow>(Change::Created);
        return Box::pin(round::rounds(work, row.id, epoch, &plan.rounds)).await.map(|_| ());
    };
    let epoch = row.epoch.max(epoch);
    let is_known = work.run.mappings.pk::<DraftRow>(row.id).is_some();
    work.tie::<DraftRow>(plan.source_pk, row.id).await?;
    let status = status(work, plan, row);
    let mmr_snapshot = snapshot(work, scene.id, status, row.mmr_snapshot.as_ref()).await?;
    let changes = DraftChanges {
        style: differing(&row.style, plan.style),
        status: differing(&row.status, status),
        epoch: differing(&row.epoch, epoch),
        mmr_snapshot: stated(row.mmr_snapshot.as_ref(), mmr_snapshot),
        ..DraftChanges::default()
    };
    let mut is_changed = work.amend::<DraftRow>(row.id, changes).await?.is_some();
    is_changed |= Box::pin(round::rounds(work, row.id, epoch, &plan.rounds)).await?;
    work.count::<DraftRow>(if is_known { fate(is_changed) } else { Change::Matched });
    Ok(())
}

/// A draft that was resumed here is not closed by an import that does not ask for it.
fn status(work: &mut Work<'_, '_>, plan: &DraftPlan, row: &DraftRow) -> DraftStatus {
    let is_closed_by_default = plan.is_unfinished && plan.status == DraftStatus::Completed;
    if is_closed_by_default && row.status == DraftStatus::Running {
        work.say("", "it runs here and goes on");
        return DraftStatus::Running;
    }
    plan.status
}

/// What every player's MMR is now, for a draft that goes on: its later turns compare these (DOMAIN §2.4). What was noted
/// before stays; players who came since are added.
async fn snapshot(
    work: &mut Work<'_, '_>,
    id: TournamentId,
    status: DraftStatus,
    before: Option<&Value>,
) -> Result<Option<Value>, Fault> {
    if status != DraftStatus::Running {
        return Ok(None);
    }
    let players: Vec<UserId> =
        work.uow.children::<PlayersOfTournament>(id).await?.into_iter().map(|it| it.user_id).collect();
    let rows = work.uow.get_many::<UserRow>(&players).await?;
    let mut entries: Map<String, Value> =
        rows.into_iter().map(|it| (it.id.to_string(), Value::from(it.mmr))).collect();
    entries.extend(before.and_then(Value::as_object).cloned().into_iter().flatten());
    Ok(Some(Value::Object(entries)))
}
