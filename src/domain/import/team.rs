//! Turns the teams of a tournament into teams that keep the invariants of DOMAIN §1.6 (§9.3 rules 3 and 4).
//!
//! Repairs what has one sensible repair and reports it; a player on two teams has none and is an error.

use std::collections::{BTreeMap, BTreeSet};

use super::error::ImportError;
use super::model::TeamPlan;
use super::notes::Notes;
use super::wire::{SourcePk, Team, User};

/// Captain and four picks (DOMAIN §2.1).
pub(crate) const MAX_TEAM_SIZE: usize = 5;

/// The teams, by primary key; members that are no players yet are added to `players`.
pub(crate) fn teams(
    wire: &[Team],
    players: &mut BTreeSet<SourcePk>,
    notes: &mut Notes<'_>,
) -> Result<Vec<TeamPlan>, ImportError> {
    let mut seats = Seats::default();
    let mut plans = BTreeMap::new();
    for (i, team) in wire.iter().enumerate() {
        let path = format!("teams[{i}]");
        let plan = team_plan(team, &path, &mut seats, notes)?;
        if plans.insert(team.pk, plan).is_some() {
            return Err(notes.refuse(format!("{path}.pk"), format!("team {} is listed twice", team.pk)));
        }
    }
    let mut plans: Vec<TeamPlan> = plans.into_values().collect();
    register_members(&plans, players, notes);
    renumber(&mut plans, notes);
    Ok(plans)
}

/// Who sits on which team.
#[derive(Default)]
struct Seats(BTreeMap<SourcePk, SourcePk>);

impl Seats {
    /// Seats `user` on `team`; false if seated there already.
    fn take(
        &mut self,
        user: SourcePk,
        team: SourcePk,
        path: &str,
        notes: &Notes<'_>,
    ) -> Result<bool, ImportError> {
        match self.0.insert(user, team) {
            None => Ok(true),
            Some(other) if other == team => Ok(false),
            Some(other) => Err(notes.refuse(path, format!("user {user} is already on team {other}"))),
        }
    }
}

fn team_plan(
    team: &Team,
    path: &str,
    seats: &mut Seats,
    notes: &mut Notes<'_>,
) -> Result<TeamPlan, ImportError> {
    let members = members(team, path, seats, notes)?;
    if members.len() > MAX_TEAM_SIZE {
        let n = members.len();
        notes.say(format!("{path}.members"), format!("{n} members, more than {MAX_TEAM_SIZE}; all are kept"));
    }
    let mut apart: BTreeSet<SourcePk> = members.iter().copied().collect();
    let dropins = others(&team.dropin_members, &format!("{path}.dropin_members"), &mut apart, notes);
    let left = others(&team.left_members, &format!("{path}.left_members"), &mut apart, notes);
    Ok(TeamPlan {
        at: notes.at(path),
        source_pk: team.pk,
        name: team.name.0.clone(),
        captain: team.captain.as_ref().map(|it| it.pk),
        deputy: deputy(team, &members, path, notes),
        members,
        dropins,
        left,
        draft_order: team.draft_order.map_or(0, |it| it.0),
        placement: placement(team, path, notes),
    })
}

/// The roster, each person once, with the captain (DOMAIN §9.3 rule 4).
fn members(
    team: &Team,
    path: &str,
    seats: &mut Seats,
    notes: &mut Notes<'_>,
) -> Result<Vec<SourcePk>, ImportError> {
    let mut members = Vec::new();
    for (i, user) in team.members.iter().enumerate() {
        let path = format!("{path}.members[{i}]");
        if seats.take(user.pk, team.pk, &path, notes)? {
            members.push(user.pk);
        } else {
            notes.say(path, format!("user {} is listed twice, imported once", user.pk));
        }
    }
    let captain = team.captain.as_ref().map(|it| it.pk);
    if let Some(captain) = captain.filter(|it| !members.contains(it)) {
        let path = format!("{path}.captain");
        seats.take(captain, team.pk, &path, notes)?;
        members.push(captain);
        notes.say(path, format!("captain {captain} is added to the members"));
    }
    Ok(members)
}

/// A deputy must be a member and not the captain (DOMAIN §1.6).
fn deputy(team: &Team, members: &[SourcePk], path: &str, notes: &mut Notes<'_>) -> Option<SourcePk> {
    let deputy = team.deputy_captain.as_ref()?.pk;
    let reason = if team.captain.as_ref().is_some_and(|it| it.pk == deputy) {
        "is the captain"
    } else if !members.contains(&deputy) {
        "is no member"
    } else {
        return Some(deputy);
    };
    notes.say(format!("{path}.deputy_captain"), format!("deputy {deputy} {reason}, imported without deputy"));
    None
}

/// Substitutes or leavers, each person in one list of the team only.
fn others(
    users: &[User],
    path: &str,
    apart: &mut BTreeSet<SourcePk>,
    notes: &mut Notes<'_>,
) -> Vec<SourcePk> {
    let mut list = Vec::new();
    for (i, user) in users.iter().enumerate() {
        if apart.insert(user.pk) {
            list.push(user.pk);
        } else {
            notes.say(
                format!("{path}[{i}]"),
                format!("user {} is on this team already, left out here", user.pk),
            );
        }
    }
    list
}

fn placement(team: &Team, path: &str, notes: &mut Notes<'_>) -> Option<i32> {
    let placement = team.placement?.0;
    if placement == 0 {
        notes.say(format!("{path}.placement"), "placement 0 is imported as none");
        return None;
    }
    Some(placement)
}

/// Members end up among the players (DOMAIN §9.3 rule 4).
fn register_members(teams: &[TeamPlan], players: &mut BTreeSet<SourcePk>, notes: &mut Notes<'_>) {
    for team in teams {
        for member in &team.members {
            if players.insert(*member) {
                let message = format!("member {member} is not among the players, registered");
                notes.say(format!("{}.members", team.at.path), message);
            }
        }
    }
}

/// Draft orders that are missing or shared are counted anew (DOMAIN §9.3 rule 3): the given order stands,
/// ties go to the lower primary key, teams without a number come last.
fn renumber(teams: &mut [TeamPlan], notes: &mut Notes<'_>) {
    let distinct: BTreeSet<i32> = teams.iter().map(|it| it.draft_order).collect();
    let fits = distinct.iter().all(|it| (1..=i32::from(i16::MAX)).contains(it));
    if fits && distinct.len() == teams.len() {
        return;
    }
    let mut order: Vec<&mut TeamPlan> = teams.iter_mut().collect();
    order.sort_by_key(|it| (it.draft_order == 0, it.draft_order, it.source_pk));
    for (number, team) in (1..).zip(order) {
        if team.draft_order != number {
            let message =
                format!("draft order {} is missing or shared, renumbered to {number}", team.draft_order);
            notes.say(format!("{}.draft_order", team.at.path), message);
            team.draft_order = number;
        }
    }
}
