//! Imports the rounds of a draft. The pick number is what a round is known by, since a draft that was started over at
//! the source has new keys for the same rounds.

use std::collections::{BTreeMap, BTreeSet};

use super::diff::differing;
use super::failure::Fault;
use super::work::{Work, fate};
use crate::db::models::{DraftRoundChanges, DraftRoundRow, NewDraftRound, RoundsOfDraft, TeamRow, UserRow};
use crate::domain::import::{Change, DraftRoundPlan};
use crate::types::{DraftId, TeamId, UserId};

/// The references of a round, as keys of ours.
struct Refs {
    captain: Option<UserId>,
    team: Option<TeamId>,
    choice: Option<UserId>,
}

/// Makes the rounds of this epoch those of the file; tells whether any had to go.
pub(super) async fn rounds(
    work: &mut Work<'_, '_>,
    draft_id: DraftId,
    epoch: i32,
    plans: &[DraftRoundPlan],
) -> Result<bool, Fault> {
    let rows = work.uow.children::<RoundsOfDraft>(draft_id).await?;
    let rows = rows.into_iter().filter(|it| it.epoch == epoch);
    let mut rows: BTreeMap<i32, DraftRoundRow> = rows.map(|it| (it.pick_number, it)).collect();
    let is_removed = remove_surplus(work, &mut rows, plans).await?;
    let released = release_choices(work, &mut rows, plans).await?;
    for plan in plans {
        work.begin::<DraftRoundRow>(plan.source_pk, &plan.at);
        let refs = refs(work, plan)?;
        let change = match rows.get(&plan.pick_number) {
            None => {
                create(work, draft_id, epoch, plan, &refs).await?;
                Change::Created
            }
            Some(row) => {
                work.tie::<DraftRoundRow>(plan.source_pk, row.id).await?;
                let is_written =
                    work.amend::<DraftRoundRow>(row.id, changes(plan, row, &refs)).await?.is_some();
                fate(is_written || released.contains(&plan.pick_number))
            }
        };
        work.count::<DraftRoundRow>(change);
        work.run.step(1, &plan.at.file);
    }
    Ok(is_removed)
}

fn refs(work: &mut Work<'_, '_>, plan: &DraftRoundPlan) -> Result<Refs, Fault> {
    Ok(Refs {
        captain: work.expect_some::<UserRow>(plan.captain, "captain")?,
        team: work.expect_some::<TeamRow>(plan.team, "team")?,
        choice: work.expect_some::<UserRow>(plan.choice, "choice")?,
    })
}

async fn create(
    work: &mut Work<'_, '_>,
    draft_id: DraftId,
    epoch: i32,
    plan: &DraftRoundPlan,
    refs: &Refs,
) -> Result<(), Fault> {
    let new = NewDraftRound {
        draft_id,
        epoch,
        pick_number: plan.pick_number,
        pick_phase: plan.pick_phase,
        captain_id: refs.captain,
        team_id: refs.team,
        choice_id: refs.choice,
        was_tie: false,
        tie_roll_data: None,
    };
    work.create::<DraftRoundRow>(plan.source_pk, new).await?;
    Ok(())
}

fn changes(plan: &DraftRoundPlan, row: &DraftRoundRow, refs: &Refs) -> DraftRoundChanges {
    DraftRoundChanges {
        pick_phase: differing(&row.pick_phase, plan.pick_phase),
        captain_id: differing(&row.captain_id, refs.captain),
        team_id: differing(&row.team_id, refs.team),
        choice_id: differing(&row.choice_id, refs.choice),
        ..DraftRoundChanges::default()
    }
}

async fn remove_surplus(
    work: &mut Work<'_, '_>,
    rows: &mut BTreeMap<i32, DraftRoundRow>,
    plans: &[DraftRoundPlan],
) -> Result<bool, Fault> {
    let wanted: BTreeSet<i32> = plans.iter().map(|it| it.pick_number).collect();
    let surplus: Vec<i32> = rows.keys().copied().filter(|it| !wanted.contains(it)).collect();
    for number in &surplus {
        let Some(row) = rows.remove(number) else { continue };
        if let Some(pk) = work.run.mappings.pk::<DraftRoundRow>(row.id) {
            work.untie::<DraftRoundRow>(pk).await?;
        }
        work.uow.delete::<DraftRoundRow>(row.id).await?;
        work.say("draft_rounds", format!("pick {number} is no longer in the file, removed"));
    }
    Ok(!surplus.is_empty())
}

/// A player can be picked once: a choice leaves its round before another round takes it.
async fn release_choices(
    work: &mut Work<'_, '_>,
    rows: &mut BTreeMap<i32, DraftRoundRow>,
    plans: &[DraftRoundPlan],
) -> Result<BTreeSet<i32>, Fault> {
    let mut released = BTreeSet::new();
    for plan in plans {
        let Some(row) = rows.get(&plan.pick_number) else { continue };
        let wanted = refs(work, plan)?.choice;
        if row.choice_id.is_none() || row.choice_id == wanted {
            continue;
        }
        let changes = DraftRoundChanges { choice_id: Some(None), ..DraftRoundChanges::default() };
        if let Some(row) = work.amend::<DraftRoundRow>(row.id, changes).await? {
            rows.insert(plan.pick_number, row);
            released.insert(plan.pick_number);
        }
    }
    Ok(released)
}
