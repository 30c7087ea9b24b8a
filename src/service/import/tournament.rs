//! Imports one tournament with everything that belongs to it (DOMAIN §9.3), in the transaction of its own.
//!
//! The order is the one in which things refer to each other; what the file no longer has goes last.

use std::collections::BTreeSet;

use super::diff::{differing, stated};
use super::failure::Fault;
use super::work::{Work, fate};
use super::{draft, game, league, team, user};
use crate::db::models::{
    DraftOfTournament, DraftRow, GamesOfTournament, NewTournament, PlayersOfTournament, TeamsOfTournament,
    TournamentChanges, TournamentPlayerRow, TournamentRow, UserRow,
};
use crate::domain::import::{BracketSource, Change, SourcePk, TournamentPlan};
use crate::types::{DraftStatus, EntityId as _, LeagueId, TournamentId, UserId};

/// What is here of a tournament before its parts are imported.
pub(super) struct Scene {
    pub(super) id: TournamentId,
    pub(super) draft: Option<DraftRow>,
    /// The draft was started or went on here: its rounds and the teams' rosters are not the file's any more.
    pub(super) is_drafted_here: bool,
    /// The file has no bracket but the games here do: places and champion of the file do not replace those here.
    pub(super) keeps_places: bool,
}

/// Imports a tournament.
pub(super) async fn tournament(work: &mut Work<'_, '_>, plan: &TournamentPlan) -> Result<(), Fault> {
    work.begin::<TournamentRow>(plan.source_pk, &plan.at);
    // As every command does: what is looked at below stays so until it is written.
    if let Some(row) = work.mapped::<TournamentRow>(plan.source_pk).await? {
        work.uow.lock::<TournamentRow>(row.id).await?;
    }
    user::users(work, &plan.people).await?;
    let league_id = match &plan.league {
        Some(it) => Some(league::league(work, it).await?),
        None => None,
    };
    let (row, is_new) = find_or_create(work, plan, league_id).await?;
    let scene = look(work, row.id, plan).await?;

    let mut is_changed = register(work, scene.id, &plan.players).await?;
    team::teams(work, &scene, &plan.teams).await?;
    if let Some(it) = &plan.draft {
        draft::draft(work, &scene, it).await?;
    }
    is_changed |= game::games(work, scene.id, &plan.games, plan.bracket).await?;

    work.at = plan.at.clone();
    is_changed |= team::remove_vanished(work, &scene, &plan.teams).await?;
    is_changed |= unregister(work, &scene, &plan.players).await?;
    let changes = changes(work, plan, &row, league_id, &scene)?;
    is_changed |= work.amend::<TournamentRow>(row.id, changes).await?.is_some();
    work.count::<TournamentRow>(if is_new { Change::Created } else { fate(is_changed) });
    work.run.step(1, &plan.at.file);
    Ok(())
}

async fn find_or_create(
    work: &mut Work<'_, '_>,
    plan: &TournamentPlan,
    league_id: Option<LeagueId>,
) -> Result<(TournamentRow, bool), Fault> {
    if let Some(row) = work.mapped::<TournamentRow>(plan.source_pk).await? {
        return Ok((row, false));
    }
    let new = NewTournament {
        name: plan.name.clone(),
        starts_at: plan.starts_at.into(),
        timezone: plan.timezone.clone(),
        state: plan.state,
        tournament_type: plan.tournament_type,
        league_id,
    };
    Ok((work.create::<TournamentRow>(plan.source_pk, new).await?, true))
}

async fn look(work: &mut Work<'_, '_>, id: TournamentId, plan: &TournamentPlan) -> Result<Scene, Fault> {
    let draft = work.uow.children::<DraftOfTournament>(id).await?.into_iter().next();
    let games = work.uow.children::<GamesOfTournament>(id).await?;
    let has_bracket = games.iter().any(|it| it.next_game_id.is_some() || it.loser_next_game_id.is_some());
    Ok(Scene {
        id,
        is_drafted_here: draft.as_ref().is_some_and(|it| has_gone_on(work, it)),
        draft,
        keeps_places: has_bracket && plan.bracket == BracketSource::Guessed,
    })
}

/// An imported draft has one epoch and no events: both say that somebody started it, or picked, here.
fn has_gone_on(work: &Work<'_, '_>, draft: &DraftRow) -> bool {
    let is_imported = work.run.mappings.pk::<DraftRow>(draft.id).is_some();
    let is_touched = draft.version > 0 || draft.epoch > 1;
    is_touched || (!is_imported && draft.status != DraftStatus::NotStarted)
}

/// Columns that differ. Nothing said of league or champion leaves them as they are here.
fn changes(
    work: &mut Work<'_, '_>,
    plan: &TournamentPlan,
    row: &TournamentRow,
    league_id: Option<LeagueId>,
    scene: &Scene,
) -> Result<TournamentChanges, Fault> {
    let champion = work.expect_some::<crate::db::models::TeamRow>(plan.winning_team, "winning_team")?;
    let champion = champion.filter(|_| !scene.keeps_places || row.winning_team_id.is_none());
    Ok(TournamentChanges {
        name: differing(&row.name, plan.name.clone()),
        starts_at: differing(&row.starts_at, plan.starts_at.into()),
        timezone: differing(&row.timezone, plan.timezone.clone()),
        state: differing(&row.state, plan.state),
        tournament_type: differing(&row.tournament_type, plan.tournament_type),
        league_id: stated(row.league_id.as_ref(), league_id),
        winning_team_id: stated(row.winning_team_id.as_ref(), champion),
        ..TournamentChanges::default()
    })
}

/// Registers the file's players.
async fn register(
    work: &mut Work<'_, '_>,
    tournament_id: TournamentId,
    players: &BTreeSet<SourcePk>,
) -> Result<bool, Fault> {
    let registered = registered(work, tournament_id).await?;
    let mut is_changed = false;
    for pk in players {
        let user_id = work.expect_id::<UserRow>(*pk, "users")?;
        if !registered.contains(&user_id) {
            is_changed |= work.uow.link(&TournamentPlayerRow { tournament_id, user_id }).await?;
        }
    }
    Ok(is_changed)
}

/// Takes out people of this source whom the file no longer registers. People it does not know registered here, and
/// members of a team stay members, so both are left alone.
async fn unregister(
    work: &mut Work<'_, '_>,
    scene: &Scene,
    players: &BTreeSet<SourcePk>,
) -> Result<bool, Fault> {
    if scene.is_drafted_here {
        return Ok(false);
    }
    let tournament_id = scene.id;
    let mut seated = BTreeSet::new();
    for row in work.uow.children::<TeamsOfTournament>(tournament_id).await? {
        seated.extend(team::members(work, row.id).await?.into_iter().map(|it| it.user_id));
    }
    let mut is_changed = false;
    for user_id in registered(work, tournament_id).await? {
        let Some(pk) = work.run.mappings.pk::<UserRow>(user_id) else { continue };
        if players.contains(&pk) || seated.contains(&user_id) {
            continue;
        }
        is_changed |= work.uow.unlink(&TournamentPlayerRow { tournament_id, user_id }).await?;
        work.say(
            "users",
            format!("user {pk} is no longer registered, taken out of {}", tournament_id.to_global()),
        );
    }
    Ok(is_changed)
}

async fn registered(work: &mut Work<'_, '_>, tournament_id: TournamentId) -> Result<BTreeSet<UserId>, Fault> {
    let rows = work.uow.children::<PlayersOfTournament>(tournament_id).await?;
    Ok(rows.into_iter().map(|it| it.user_id).collect())
}
