//! Teams and their three kinds of membership: DOMAIN §1.6.

use super::super::conn::{DbConn, on_conn};
use super::super::dsl::*;
use super::super::entity::{UniqueKey, entity, has_many};
use super::super::error::DbResult;
use super::super::schema::{team_members, teams};
use super::super::writable::{linkable, writable};
use crate::cache::Dep;
use crate::types::{EntityId as _, Instant, TeamId, TeamMembershipKind, TournamentId, UserId};

/// A row of `teams`. `draft_order` is null until it is chosen; the predecessor's 0 means the same.
#[expect(missing_docs, reason = "the columns are described in DOMAIN §1.6")]
#[derive(
    Clone, Debug, PartialEq, Eq, diesel::Queryable, diesel::Selectable, serde::Serialize, serde::Deserialize,
)]
#[diesel(table_name = teams)]
pub struct TeamRow {
    pub id: TeamId,
    pub version: i32,
    pub name: String,
    pub tournament_id: TournamentId,
    pub captain_id: Option<UserId>,
    pub deputy_captain_id: Option<UserId>,
    pub draft_order: Option<i32>,
    pub placement: Option<i32>,
    pub created_at: Instant,
    pub updated_at: Instant,
}

/// A team to insert. Its captain and deputy must be members of it when the transaction ends.
#[expect(missing_docs, reason = "as in `TeamRow`")]
#[derive(Clone, Debug, diesel::Insertable)]
#[diesel(table_name = teams)]
pub struct NewTeam {
    pub name: String,
    pub tournament_id: TournamentId,
    pub captain_id: Option<UserId>,
    pub deputy_captain_id: Option<UserId>,
    pub draft_order: Option<i32>,
    pub placement: Option<i32>,
}

/// Columns of a team to change; `None` leaves a column as it is.
#[expect(missing_docs, reason = "as in `TeamRow`")]
#[derive(Clone, Debug, Default, PartialEq, Eq, diesel::AsChangeset)]
#[diesel(table_name = teams)]
pub struct TeamChanges {
    pub name: Option<String>,
    pub captain_id: Option<Option<UserId>>,
    pub deputy_captain_id: Option<Option<UserId>>,
    pub draft_order: Option<Option<i32>>,
    pub placement: Option<Option<i32>>,
}

entity!(TeamRow, teams, TeamId, "team" {
    const CASCADES_TO: &'static [&'static str] = &["tournament", "draft_round", "user"];
    const PARENT_OF: &'static [&'static str] = &["team.members"];

    fn memberships(&self) -> Vec<Dep> {
        vec![Dep::related("tournament.teams", self.tournament_id.pk())]
    }

    fn embedded_in(&self) -> Vec<Dep> {
        vec![Dep::object("tournament", self.tournament_id.pk())]
    }
});
writable!(versioned TeamRow, teams, NewTeam, TeamChanges);

has_many!(
    /// The teams of a tournament, in order of id.
    TeamsOfTournament("tournament.teams"): TournamentId => TeamRow, teams.tournament_id, order id
);

/// Teams of this name, in all tournaments, in order of id.
#[derive(Clone, Copy, Debug)]
pub struct TeamsNamed<'a>(pub &'a str);

impl UniqueKey for TeamsNamed<'_> {
    type Row = Vec<TeamRow>;

    async fn find(self, conn: &mut DbConn) -> DbResult<Option<Vec<TeamRow>>> {
        let query = teams::table.filter(teams::name.eq(self.0)).order(teams::id);
        Ok(Some(on_conn!(conn, c => query.select(TeamRow::as_select()).load(c).await)?))
    }
}

/// A row of `team_members`: one user on one team, as a member, a substitute or one who left.
#[expect(missing_docs, reason = "the columns are described in DOMAIN §1.6")]
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    diesel::Queryable,
    diesel::Selectable,
    diesel::Insertable,
    serde::Serialize,
    serde::Deserialize,
)]
#[diesel(table_name = team_members)]
pub struct TeamMemberRow {
    pub team_id: TeamId,
    pub tournament_id: TournamentId,
    pub user_id: UserId,
    pub kind: TeamMembershipKind,
}

linkable!(TeamMemberRow, team_members(team_id, user_id, kind), |it| [
    Dep::object("team", it.team_id.pk()),
    Dep::related("team.members", it.team_id.pk()),
    Dep::object("tournament", it.tournament_id.pk()),
    Dep::object("user", it.user_id.pk()),
    Dep::related("user.teams", it.user_id.pk()),
]);

has_many!(
    /// Everybody who is or was on a team, in the order they joined.
    MembersOfTeam("team.members"): TeamId => TeamMemberRow, team_members.team_id, order id
);
has_many!(
    /// Every team a user is or was on, in the order they joined.
    TeamsOfUser("user.teams"): UserId => TeamMemberRow, team_members.user_id, order id
);
