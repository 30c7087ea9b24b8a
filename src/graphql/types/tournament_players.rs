//! The players of a tournament as a connection whose edges know each player's place in it.
//!
//! A player may captain a team here and none elsewhere, so that belongs to the edge and not to the user.

use std::cmp::Ordering;
use std::sync::Arc;

use async_graphql::connection::{ConnectionNameType, EdgeNameType};
use async_graphql::{Context, Object, OutputType};

use super::order::search_text;
use super::{Team, User};
use crate::db::SortKey;
use crate::db::models::{MembersOfTeam, PlayersOfTournament, TeamsOfTournament, UserRow};
use crate::graphql::context::{ApiResult, ContextExt as _, Nullable};
use crate::graphql::page::{Counted, ListKey, PageArgs, Paged, by_text, connection, slice_of};
use crate::types::{EntityId as _, TeamMembershipKind, TournamentId, UserId};

/// Names the connection.
pub(crate) struct ConnectionName;

impl ConnectionNameType for ConnectionName {
    fn type_name<T: OutputType>() -> String {
        "TournamentPlayerConnection".to_owned()
    }
}

/// Names its edges.
pub(crate) struct EdgeName;

impl EdgeNameType for EdgeName {
    fn type_name<T: OutputType>() -> String {
        "TournamentPlayerEdge".to_owned()
    }
}

/// A page of a tournament's players.
pub(crate) type TournamentPlayers = Paged<User, PlayerEdge, ConnectionName, EdgeName>;

/// Who a player is in one tournament.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlayerEdge {
    tournament_id: TournamentId,
    user_id: UserId,
}

/// Who a player is in one tournament.
#[Object]
impl PlayerEdge {
    /// The team the player captains here.
    async fn captaincy(&self, ctx: &Context<'_>) -> Nullable<Team> {
        let teams = ctx.loaders().children::<TeamsOfTournament>(self.tournament_id).await;
        let team = teams.map(|teams| teams.into_iter().find(|it| it.captain_id == Some(self.user_id)));
        team.map(|team| team.map(Team)).map_err(Into::into).transpose()
    }

    /// The team the player is a member of here.
    async fn team(&self, ctx: &Context<'_>) -> Nullable<Team> {
        self.find_team(ctx).await.transpose()
    }
}

impl PlayerEdge {
    async fn find_team(&self, ctx: &Context<'_>) -> ApiResult<Option<Team>> {
        let teams = ctx.loaders().children::<TeamsOfTournament>(self.tournament_id).await?;
        let rosters = teams.iter().map(|team| ctx.loaders().related::<MembersOfTeam>(team.id));
        let rosters = futures_util::future::try_join_all(rosters).await?;
        let is_on = |roster: &Vec<crate::db::models::TeamMemberRow>| {
            roster.iter().any(|it| it.user_id == self.user_id && it.kind == TeamMembershipKind::Member)
        };
        let found = teams.into_iter().zip(rosters).find(|(_, roster)| is_on(roster));
        Ok(found.map(|(team, _)| Team(team)))
    }
}

/// The players of a tournament, by username.
pub(super) async fn tournament_players(
    ctx: &Context<'_>,
    tournament_id: TournamentId,
    search: Option<String>,
    args: PageArgs,
) -> ApiResult<TournamentPlayers> {
    let search = search_text(search)?.map(|text| text.to_lowercase());
    let list = ListKey::new("tournament.players", &(tournament_id, &search));
    let page = args.parse(&list)?;
    // Every page of a tournament needs all its players for something, so they are loaded by key and paged here.
    let registrations = ctx.loaders().related::<PlayersOfTournament>(tournament_id).await?;
    let mut players = ctx.loaders().many::<UserRow>(registrations.iter().map(|it| it.user_id)).await?;
    players.retain(|player| search.as_ref().is_none_or(|text| is_called(player, text)));
    players.sort_by(|a, b| (&a.username, a.id).cmp(&(&b.username, b.id)));
    let counted = Counted::Known(players.len());
    let place = |player: &Arc<UserRow>| by_text(&player.username, player.id.pk());
    let slice = slice_of(players, &page, |player, anchor| match &anchor.key {
        SortKey::Text(name) => (&player.username, player.id.pk()).cmp(&(name, anchor.pk)),
        SortKey::Null | SortKey::Int(_) | SortKey::Instant(_) => Ordering::Equal,
    });
    Ok(connection(slice, (&list, &page), counted, place, |row| {
        let edge = PlayerEdge { tournament_id, user_id: row.id };
        (User(row), edge)
    }))
}

/// The username or the nickname contains `text`, which is in lower case.
fn is_called(player: &UserRow, text: &str) -> bool {
    let names = [Some(&player.username), player.nickname.as_ref()];
    names.into_iter().flatten().any(|name| name.to_lowercase().contains(text))
}
