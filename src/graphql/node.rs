//! Global object identification: `node`, `nodes`, and the reading of ids wherever they are arguments.
//!
//! An id that cannot exist is bad input; one that names nothing is null.

use async_graphql::{Context, ID, Interface};

use super::context::{ApiResult, ContextExt as _};
use super::error::ApiError;
use super::scalars::DateTime;
use super::types::{
    CaptainAssigned, Draft, DraftCompleted, DraftEvent, DraftRound, DraftStarted, Game, League,
    LeagueLogEntry, Organization, OrganizationLogEntry, PickUndone, PlayerPicked, Team, TieRolled,
    Tournament, User,
};
use crate::db::models::{DraftEventRow, DraftRoundRow, GameRow, LeagueRow, OrganizationRow, TeamRow};
use crate::types::{
    DraftEventId, DraftId, DraftRoundId, EntityId, GameId, GlobalId, LeagueId, LeagueLogId, OrganizationId,
    OrganizationLogId, TeamId, TournamentId, UserId,
};

/// Most ids of one `nodes`.
const MAX_NODES: usize = 100;

/// Any object that can be fetched by its global id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Global id: the type's name and the primary key."))]
pub(crate) enum Node {
    /// A person.
    User(User),
    /// A community.
    Organization(Organization),
    /// A series of tournaments.
    League(League),
    /// One event.
    Tournament(Tournament),
    /// A team.
    Team(Team),
    /// A player draft.
    Draft(Draft),
    /// A pick slot.
    DraftRound(DraftRound),
    /// A game.
    Game(Game),
    /// An entry of a draft's log.
    DraftStarted(DraftStarted),
    /// An entry of a draft's log.
    PlayerPicked(PlayerPicked),
    /// An entry of a draft's log.
    TieRolled(TieRolled),
    /// An entry of a draft's log.
    CaptainAssigned(CaptainAssigned),
    /// An entry of a draft's log.
    PickUndone(PickUndone),
    /// An entry of a draft's log.
    DraftCompleted(DraftCompleted),
    /// An entry of an organization's log.
    OrganizationLogEntry(OrganizationLogEntry),
    /// An entry of a league's log.
    LeagueLogEntry(LeagueLogEntry),
}

/// Anything edited under optimistic concurrency: `version` grows with every committed change.
#[derive(Interface)]
#[graphql(
    field(name = "version", ty = "i32", desc = "Grows with every committed change."),
    field(name = "updated_at", ty = "DateTime", desc = "When it last changed.")
)]
pub(crate) enum Versioned {
    /// A person.
    User(User),
    /// A community.
    Organization(Organization),
    /// A series of tournaments.
    League(League),
    /// One event.
    Tournament(Tournament),
    /// A team.
    Team(Team),
    /// A player draft.
    Draft(Draft),
    /// A game.
    Game(Game),
}

impl From<DraftEvent> for Node {
    fn from(event: DraftEvent) -> Self {
        match event {
            DraftEvent::DraftStarted(it) => Self::DraftStarted(it),
            DraftEvent::PlayerPicked(it) => Self::PlayerPicked(it),
            DraftEvent::TieRolled(it) => Self::TieRolled(it),
            DraftEvent::CaptainAssigned(it) => Self::CaptainAssigned(it),
            DraftEvent::PickUndone(it) => Self::PickUndone(it),
            DraftEvent::DraftCompleted(it) => Self::DraftCompleted(it),
        }
    }
}

/// The id of an argument: global, or a bare primary key.
///
/// # Errors
/// The text is neither, or the id of another type.
pub(super) fn parse_id<I: EntityId>(id: &ID) -> ApiResult<I> {
    GlobalId::parse_as(id).map_err(|_malformed| {
        let name = I::TYPE_NAME;
        ApiError::bad_input(format!(
            "this is no id of a {name}: one looks like `{name}:42`, or `42` for short"
        ))
    })
}

/// The ids of an argument; the same one twice counts once.
///
/// # Errors
/// There are more than 100, or one is no id of that type.
pub(super) fn parse_ids<I: EntityId>(ids: &[ID]) -> ApiResult<Vec<I>> {
    if ids.len() > MAX_NODES {
        return Err(ApiError::bad_input(format!("at most {MAX_NODES} ids at a time")));
    }
    let mut parsed = Vec::with_capacity(ids.len());
    for id in ids {
        let id = parse_id(id)?;
        if !parsed.contains(&id) {
            parsed.push(id);
        }
    }
    Ok(parsed)
}

/// The object with a global id; null when there is none.
pub(super) async fn node(ctx: &Context<'_>, id: &ID) -> ApiResult<Option<Node>> {
    let malformed = || ApiError::bad_input("this is no global id: one looks like `Tournament:42`");
    let id: GlobalId = id.parse().map_err(|_malformed| malformed())?;
    let pk = id.pk;
    let loaders = ctx.loaders();
    Ok(match id.type_name.as_str() {
        UserId::TYPE_NAME => User::load(ctx, UserId(pk)).await?.map(Node::from),
        OrganizationId::TYPE_NAME => {
            loaders.one::<OrganizationRow>(OrganizationId(pk)).await?.map(|row| Organization(row).into())
        }
        LeagueId::TYPE_NAME => loaders.one::<LeagueRow>(LeagueId(pk)).await?.map(|row| League(row).into()),
        TournamentId::TYPE_NAME => Tournament::load(ctx, TournamentId(pk)).await?.map(Node::from),
        TeamId::TYPE_NAME => loaders.one::<TeamRow>(TeamId(pk)).await?.map(|row| Team(row).into()),
        DraftId::TYPE_NAME => Draft::load(ctx, DraftId(pk)).await?.map(Node::from),
        DraftRoundId::TYPE_NAME => {
            loaders.one::<DraftRoundRow>(DraftRoundId(pk)).await?.map(|row| DraftRound(row).into())
        }
        DraftEventId::TYPE_NAME => match loaders.one::<DraftEventRow>(DraftEventId(pk)).await? {
            Some(row) => Some(DraftEvent::new(row)?.into()),
            None => None,
        },
        GameId::TYPE_NAME => loaders.one::<GameRow>(GameId(pk)).await?.map(|row| Game::new(row).into()),
        OrganizationLogId::TYPE_NAME => {
            OrganizationLogEntry::load(ctx, OrganizationLogId(pk)).await?.map(Node::from)
        }
        LeagueLogId::TYPE_NAME => LeagueLogEntry::load(ctx, LeagueLogId(pk)).await?.map(Node::from),
        _ => return Err(malformed()),
    })
}

/// The objects with these global ids, in the same order; null for those that do not exist.
pub(super) async fn nodes(ctx: &Context<'_>, ids: &[ID]) -> ApiResult<Vec<Option<Node>>> {
    if ids.len() > MAX_NODES {
        return Err(ApiError::bad_input(format!("`ids` may hold {MAX_NODES} ids")));
    }
    futures_util::future::try_join_all(ids.iter().map(|id| node(ctx, id))).await
}
