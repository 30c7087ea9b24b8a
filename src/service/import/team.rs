//! Imports the teams of a tournament and their rosters (DOMAIN §1.6, §9.3 rules 3 and 4).
//!
//! First everything that stands in the way is let go, then it is written: captains, places in the draft and members
//! may swap between teams, and no unique key may be hit on the way.

use std::collections::{BTreeMap, BTreeSet};

use super::diff::{differing, stated};
use super::failure::Fault;
use super::tournament::Scene;
use super::work::{Work, fate};
use crate::db::models::{
    GamesOfTournament, MembersOfTeam, NewTeam, TeamChanges, TeamMemberRow, TeamRow, TeamsOfTournament,
    UserRow,
};
use crate::domain::import::{Change, SourcePk, TeamPlan};
use crate::types::{TeamId, TeamMembershipKind, TournamentId, UserId};

/// The teams that are here.
struct Teams {
    rows: BTreeMap<TeamId, TeamRow>,
    members: BTreeMap<TeamId, Vec<TeamMemberRow>>,
    changed: BTreeSet<TeamId>,
}

/// Who a team consists of, by the file.
struct Roster {
    captain: Option<UserId>,
    deputy: Option<UserId>,
    members: Vec<(UserId, TeamMembershipKind)>,
}

/// Imports these teams.
pub(super) async fn teams(work: &mut Work<'_, '_>, scene: &Scene, plans: &[TeamPlan]) -> Result<(), Fault> {
    let mut teams = load(work, scene.id).await?;
    if scene.is_drafted_here {
        work.say("teams", "rosters stay as they are: the draft went on here");
    } else {
        let vanishing = Roster { captain: None, deputy: None, members: Vec::new() };
        for (id, pk) in imported(work, &teams) {
            match plans.iter().find(|it| it.source_pk == pk) {
                Some(plan) => {
                    let wanted = roster(work, plan)?;
                    release(work, &mut teams, id, &wanted, Some(plan.draft_order)).await?;
                }
                None => release(work, &mut teams, id, &vanishing, None).await?,
            }
        }
    }
    for plan in plans {
        if work.begin::<TeamRow>(plan.source_pk, &plan.at) {
            let change = team(work, scene, &mut teams, plan).await?;
            work.count::<TeamRow>(change);
            work.run.step(1, &plan.at.file);
        }
    }
    Ok(())
}

/// Removes teams of this source that the file no longer has, unless games refer to them.
pub(super) async fn remove_vanished(
    work: &mut Work<'_, '_>,
    scene: &Scene,
    plans: &[TeamPlan],
) -> Result<bool, Fault> {
    let teams = load(work, scene.id).await?;
    let games = work.uow.children::<GamesOfTournament>(scene.id).await?;
    let mut is_changed = false;
    for (id, pk) in imported(work, &teams) {
        if plans.iter().any(|it| it.source_pk == pk) {
            continue;
        }
        let has_played = games
            .iter()
            .any(|it| [it.radiant_team_id, it.dire_team_id, it.winning_team_id].contains(&Some(id)));
        if has_played || scene.is_drafted_here {
            work.say(
                "teams",
                format!("team {pk} is no longer in the file, kept for its games or draft here"),
            );
            continue;
        }
        work.say("teams", format!("team {pk} is no longer in the file, removed"));
        work.untie::<TeamRow>(pk).await?;
        is_changed |= work.uow.delete::<TeamRow>(id).await?;
    }
    Ok(is_changed)
}

/// Everybody who is or was on a team.
pub(super) async fn members(work: &mut Work<'_, '_>, id: TeamId) -> Result<Vec<TeamMemberRow>, Fault> {
    Ok(work.uow.children::<MembersOfTeam>(id).await?)
}

async fn load(work: &mut Work<'_, '_>, id: TournamentId) -> Result<Teams, Fault> {
    let rows = work.uow.children::<TeamsOfTournament>(id).await?;
    let mut by_team = BTreeMap::new();
    for row in &rows {
        by_team.insert(row.id, members(work, row.id).await?);
    }
    let rows = rows.into_iter().map(|it| (it.id, it)).collect();
    Ok(Teams { rows, members: by_team, changed: BTreeSet::new() })
}

/// The teams here that came from this source.
fn imported(work: &Work<'_, '_>, teams: &Teams) -> Vec<(TeamId, SourcePk)> {
    let pks = teams.rows.keys().map(|id| (*id, work.run.mappings.pk::<TeamRow>(*id)));
    pks.filter_map(|(id, pk)| Some((id, pk?))).collect()
}

fn roster(work: &mut Work<'_, '_>, plan: &TeamPlan) -> Result<Roster, Fault> {
    let lists = [
        (&plan.members, TeamMembershipKind::Member),
        (&plan.dropins, TeamMembershipKind::Dropin),
        (&plan.left, TeamMembershipKind::Left),
    ];
    let mut members = Vec::new();
    for (list, kind) in lists {
        for pk in list {
            members.push((work.expect_id::<UserRow>(*pk, "members")?, kind));
        }
    }
    Ok(Roster {
        captain: work.expect_some::<UserRow>(plan.captain, "captain")?,
        deputy: work.expect_some::<UserRow>(plan.deputy, "deputy_captain")?,
        members,
    })
}

/// Lets go of whatever this team has and shall not keep.
async fn release(
    work: &mut Work<'_, '_>,
    teams: &mut Teams,
    id: TeamId,
    wanted: &Roster,
    draft_order: Option<i32>,
) -> Result<(), Fault> {
    let Some(row) = teams.rows.get(&id) else { return Ok(()) };
    let changes = TeamChanges {
        captain_id: lets_go(row.captain_id, wanted.captain),
        deputy_captain_id: lets_go(row.deputy_captain_id, wanted.deputy),
        draft_order: lets_go(row.draft_order, draft_order),
        ..TeamChanges::default()
    };
    if let Some(row) = work.amend::<TeamRow>(id, changes).await? {
        teams.rows.insert(id, row);
        teams.changed.insert(id);
    }
    let Some(members) = teams.members.get_mut(&id) else { return Ok(()) };
    let (kept, gone): (Vec<_>, Vec<_>) =
        std::mem::take(members).into_iter().partition(|it| wanted.members.contains(&(it.user_id, it.kind)));
    *members = kept;
    for member in gone {
        work.uow.unlink(&member).await?;
        teams.changed.insert(id);
    }
    Ok(())
}

fn lets_go<T: PartialEq + Copy>(current: Option<T>, wanted: Option<T>) -> Option<Option<T>> {
    (current.is_some() && current != wanted).then_some(None)
}

async fn team(
    work: &mut Work<'_, '_>,
    scene: &Scene,
    teams: &mut Teams,
    plan: &TeamPlan,
) -> Result<Change, Fault> {
    let known = work.mapped::<TeamRow>(plan.source_pk).await?;
    if let Some(row) = known.as_ref().filter(|it| it.tournament_id != scene.id) {
        let message = format!("team {} was imported as a team of another tournament", row.id);
        return Err(work.refuse("pk", message));
    }
    if scene.is_drafted_here {
        let Some(row) = known else {
            work.say("", "skipped: the draft went on here without this team");
            return Ok(Change::Skipped);
        };
        let changes = lasting_changes(plan, &row, scene);
        return Ok(fate(work.amend::<TeamRow>(row.id, changes).await?.is_some()));
    }
    let wanted = roster(work, plan)?;
    refuse_taken_members(work, teams, &wanted)?;
    let draft_order = free_draft_order(work, teams, plan);
    let (row, is_new) = match known {
        Some(row) => (row, false),
        None => (create(work, scene, plan, &wanted, draft_order).await?, true),
    };
    let mut is_changed = join(work, teams, &row, &wanted).await?;
    let changes = TeamChanges {
        captain_id: differing(&row.captain_id, wanted.captain),
        deputy_captain_id: differing(&row.deputy_captain_id, wanted.deputy),
        draft_order: differing(&row.draft_order, draft_order),
        ..lasting_changes(plan, &row, scene)
    };
    is_changed |= work.amend::<TeamRow>(row.id, changes).await?.is_some();
    is_changed |= teams.changed.contains(&row.id);
    Ok(if is_new { Change::Created } else { fate(is_changed) })
}

/// What a draft does not touch.
fn lasting_changes(plan: &TeamPlan, row: &TeamRow, scene: &Scene) -> TeamChanges {
    let placement = plan.placement.filter(|_| !scene.keeps_places || row.placement.is_none());
    TeamChanges {
        name: differing(&row.name, plan.name.clone()),
        placement: stated(row.placement.as_ref(), placement),
        ..TeamChanges::default()
    }
}

async fn create(
    work: &mut Work<'_, '_>,
    scene: &Scene,
    plan: &TeamPlan,
    wanted: &Roster,
    draft_order: Option<i32>,
) -> Result<TeamRow, Fault> {
    let new = NewTeam {
        name: plan.name.clone(),
        tournament_id: scene.id,
        captain_id: wanted.captain,
        deputy_captain_id: wanted.deputy,
        draft_order,
        placement: plan.placement.filter(|_| !scene.keeps_places),
    };
    work.create::<TeamRow>(plan.source_pk, new).await
}

/// Adds the members that are missing, in the file's order.
async fn join(work: &mut Work<'_, '_>, teams: &Teams, row: &TeamRow, wanted: &Roster) -> Result<bool, Fault> {
    let present: BTreeSet<(UserId, TeamMembershipKind)> =
        teams.members.get(&row.id).into_iter().flatten().map(|it| (it.user_id, it.kind)).collect();
    let mut is_changed = false;
    for (user_id, kind) in wanted.members.iter().copied().filter(|it| !present.contains(it)) {
        let link = TeamMemberRow { team_id: row.id, tournament_id: row.tournament_id, user_id, kind };
        is_changed |= work.uow.link(&link).await?;
    }
    Ok(is_changed)
}

/// A user is a member of one team (DOMAIN §1.6); one made here keeps its members.
fn refuse_taken_members(work: &mut Work<'_, '_>, teams: &Teams, wanted: &Roster) -> Result<(), Fault> {
    for (team, members) in &teams.members {
        if work.run.mappings.pk::<TeamRow>(*team).is_some() {
            continue;
        }
        let taken = members.iter().find(|it| {
            it.kind == TeamMembershipKind::Member && wanted.members.contains(&(it.user_id, it.kind))
        });
        if let Some(it) = taken {
            let message = format!("user {} plays for team {team}, which was made here", it.user_id);
            return Err(work.refuse("members", message));
        }
    }
    Ok(())
}

/// The place in the draft, unless a team made here has it.
fn free_draft_order(work: &mut Work<'_, '_>, teams: &Teams, plan: &TeamPlan) -> Option<i32> {
    let wanted = Some(plan.draft_order);
    let is_made_here = |it: &&TeamRow| work.run.mappings.pk::<TeamRow>(it.id).is_none();
    let holder = teams.rows.values().filter(|it| it.draft_order == wanted).find(is_made_here);
    let Some(holder) = holder else { return wanted };
    let message = format!("skipped: team {}, which was made here, has this place", holder.id);
    work.say("draft_order", message);
    None
}
