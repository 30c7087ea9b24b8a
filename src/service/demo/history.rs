//! Writes the log that the demo's drafts would have if they had been held here (DOMAIN §2.10), read off their rounds.
//!
//! Only for drafts without a log, and nothing in it is made up but the time of day.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::DemoError;
use crate::db::UnitOfWork;
use crate::db::models::{
    DraftChanges, DraftEventRow, DraftOfTournament, DraftRoundChanges, DraftRoundRow, DraftRow,
    NewDraftEvent, RoundsOfDraft, TeamRow, TeamsOfTournament, TournamentRow, UserRow,
};
use crate::domain::draft::{CaptainAssigned, DraftEventPayload, DraftStage, PlayerPicked};
use crate::domain::user::{avatar_url, display_name};
use crate::types::{DraftStatus, DraftStyle, TeamId, TournamentId, UserId};

/// Time a captain takes.
const PACE: SignedDuration = SignedDuration::from_secs(45);

/// Who did what in a draft, in order.
struct Entry {
    payload: DraftEventPayload,
    actor: Option<UserId>,
    /// The round that a pick belongs to.
    picked: Option<DraftRoundRow>,
}

/// What the log is read off.
struct Facts {
    draft: DraftRow,
    rounds: Vec<DraftRoundRow>,
    teams: BTreeMap<TeamId, TeamRow>,
    users: BTreeMap<UserId, UserRow>,
}

/// Writes the log of a tournament's draft; `starter` is who started it.
pub(super) async fn write(
    uow: &mut UnitOfWork,
    id: TournamentId,
    starter: Option<UserId>,
) -> Result<(), DemoError> {
    let Some(tournament) = uow.get::<TournamentRow>(id).await? else { return Ok(()) };
    let Some(facts) = read(uow, id).await? else { return Ok(()) };
    let draft = &facts.draft;
    let mut at = tournament.starts_at.min(uow.now());
    let started_at = at;
    let mut seq = draft.version;
    for entry in entries(&facts, starter) {
        seq = seq.saturating_add(1);
        if let Some(round) = entry.picked {
            at = at.saturating_add(PACE).min(uow.now());
            let changes = DraftRoundChanges { picked_at: Some(Some(at)), ..DraftRoundChanges::default() };
            uow.update::<DraftRoundRow>(round.id, changes).await?;
        }
        uow.insert::<DraftEventRow>(NewDraftEvent {
            draft_id: draft.id,
            seq,
            epoch: draft.epoch,
            event_type: entry.payload.event_type(),
            payload: entry.payload.to_json()?,
            actor_id: entry.actor,
            created_at: at,
        })
        .await?;
    }
    let completed_at = (draft.status == DraftStatus::Completed).then_some(Some(at));
    let version = Some(seq);
    let changes =
        DraftChanges { version, started_at: Some(Some(started_at)), completed_at, ..DraftChanges::default() };
    uow.update::<DraftRow>(draft.id, changes).await?;
    Ok(())
}

async fn read(uow: &mut UnitOfWork, id: TournamentId) -> Result<Option<Facts>, DemoError> {
    let Some(draft) = uow.children::<DraftOfTournament>(id).await?.into_iter().next() else {
        return Ok(None);
    };
    let mut rounds = uow.children::<RoundsOfDraft>(draft.id).await?;
    rounds.sort_by_key(|it| it.pick_number);
    let teams = uow.children::<TeamsOfTournament>(id).await?;
    let people = rounds.iter().flat_map(|it| [it.captain_id, it.choice_id]).flatten();
    let people: Vec<UserId> = people.chain(teams.iter().filter_map(|it| it.captain_id)).collect();
    let users = uow.get_many::<UserRow>(&people).await?;
    Ok(Some(Facts {
        draft,
        rounds,
        teams: teams.into_iter().map(|it| (it.id, it)).collect(),
        users: users.into_iter().map(|it| (it.id, it)).collect(),
    }))
}

/// The log: start, whose turn it is first, and in each round of a shuffle draft, each pick, and the end.
fn entries(facts: &Facts, starter: Option<UserId>) -> Vec<Entry> {
    let stage = DraftStage {
        draft_id: facts.draft.id,
        draft_style: facts.draft.style,
        team_count: i32::try_from(facts.teams.len()).unwrap_or(i32::MAX),
    };
    let system = |payload| Entry { payload, actor: None, picked: None };
    let mut log =
        vec![Entry { payload: DraftEventPayload::DraftStarted(stage), actor: starter, picked: None }];
    let mut totals = starting_totals(facts);
    for round in &facts.rounds {
        let Some(team) = round.team_id.and_then(|it| facts.teams.get(&it)) else { break };
        if facts.draft.style == DraftStyle::Shuffle || round.pick_number == 1 {
            log.extend(assigned(facts, round, team, &totals).map(system));
        }
        let Some(payload) = picked(facts, round, team) else { continue };
        log.push(Entry { payload, actor: round.captain_id, picked: Some(round.clone()) });
        let mmr = round.choice_id.and_then(|it| facts.users.get(&it)?.mmr).unwrap_or(0);
        let total = totals.entry(team.id).or_default();
        *total = total.saturating_add(i64::from(mmr));
    }
    if facts.draft.status == DraftStatus::Completed {
        log.push(system(DraftEventPayload::DraftCompleted(stage)));
    }
    log
}

/// Total MMR when only the captains are on their teams.
fn starting_totals(facts: &Facts) -> BTreeMap<TeamId, i64> {
    let mmr = |captain: UserId| facts.users.get(&captain).and_then(|it| it.mmr);
    let totals = facts.teams.values().map(|it| (it.id, it.captain_id.and_then(mmr)));
    totals.map(|(id, mmr)| (id, i64::from(mmr.unwrap_or(0)))).collect()
}

fn assigned(
    facts: &Facts,
    round: &DraftRoundRow,
    team: &TeamRow,
    totals: &BTreeMap<TeamId, i64>,
) -> Option<DraftEventPayload> {
    let captain = facts.users.get(&round.captain_id?)?;
    Some(DraftEventPayload::CaptainAssigned(CaptainAssigned {
        pick_number: round.pick_number,
        captain_id: captain.id,
        captain_name: name(captain),
        captain_avatar_url: avatar(captain),
        team_id: team.id,
        team_name: team.name.clone(),
        team_mmr: totals.get(&team.id).copied().unwrap_or(0),
    }))
}

fn picked(facts: &Facts, round: &DraftRoundRow, team: &TeamRow) -> Option<DraftEventPayload> {
    let captain = facts.users.get(&round.captain_id?)?;
    let player = facts.users.get(&round.choice_id?)?;
    Some(DraftEventPayload::PlayerPicked(PlayerPicked {
        pick_number: round.pick_number,
        captain_id: captain.id,
        captain_name: name(captain),
        captain_avatar_url: avatar(captain),
        picked_id: player.id,
        picked_name: name(player),
        picked_avatar_url: avatar(player),
        team_id: Some(team.id),
        team_name: Some(team.name.clone()),
    }))
}

fn name(user: &UserRow) -> String {
    display_name(user.nickname.as_deref(), &user.username).to_owned()
}

fn avatar(user: &UserRow) -> Option<String> {
    avatar_url(user.discord_id.as_deref(), user.avatar.as_deref())
}
