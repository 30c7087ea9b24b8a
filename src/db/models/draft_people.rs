//! What a command on a draft reads beside the draft itself, each by one statement: its tournament, locked, and everybody
//! registered with the team they are on.

use diesel::sql_types::{BigInt, Integer, Nullable, Text};

use super::super::conn::{DbConn, Lease, on_conn};
use super::super::dsl::*;
use super::super::entity::{Entity as _, UniqueKey};
use super::super::error::DbResult;
use super::super::schema::{draft_rounds, drafts, tournaments};
use super::super::sql::UtcMicros;
use super::super::writable::BulkWrite;
use super::{DraftRoundRow, DraftRow, TeamRow, TournamentRow};
use crate::cache::Dep;
use crate::types::{DraftId, EntityId as _, Instant, TeamId, TournamentId, UserId};

/// A draft with its tournament, both locked until the transaction ends: whoever changes teams, players or the draft waits.
#[derive(Clone, Copy, Debug)]
pub struct LockedDraft(pub DraftId);

impl UniqueKey for LockedDraft {
    type Row = (TournamentRow, DraftRow);

    async fn find(self, conn: &mut DbConn) -> DbResult<Option<Self::Row>> {
        // In this order: whoever else locks both takes the tournament first, too.
        let query = tournaments::table.inner_join(drafts::table).filter(drafts::id.eq(self.0));
        Ok(match conn {
            DbConn::Postgres(c) => {
                let locked =
                    query.for_no_key_update().select((TournamentRow::as_select(), DraftRow::as_select()));
                locked.get_result(c).await.optional()
            }
            // The only writer holds the lock of the whole file already.
            DbConn::Sqlite(c) => {
                let columns = (TournamentRow::as_select(), DraftRow::as_select());
                query.select(columns).get_result(c).await.optional()
            }
        }?)
    }

    fn locks((tournament, _): &Self::Row) -> Option<Dep> {
        Some(Dep::object(TournamentRow::MODEL, tournament.id.pk()))
    }
}

/// Somebody registered for a tournament, as a draft sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftPerson {
    /// The user.
    pub id: UserId,
    /// Name of the account.
    pub username: String,
    /// Name they chose.
    pub nickname: Option<String>,
    /// Discord snowflake.
    pub discord_id: Option<String>,
    /// Hash of the avatar.
    pub avatar: Option<String>,
    /// Base MMR.
    pub mmr: Option<i32>,
    /// Substitutes for a team of the tournament, or has left one.
    pub is_beside_a_team: bool,
}

/// A team of a tournament, as a draft sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftSeat {
    /// The team.
    pub row: TeamRow,
    /// Its members.
    pub members: Vec<UserId>,
}

/// Who is registered for a tournament and which teams it has, both in order of id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seating {
    /// The registered players.
    pub people: Vec<DraftPerson>,
    /// The teams.
    pub teams: Vec<DraftSeat>,
}

/// Who is registered for a tournament and which teams it has.
#[derive(Clone, Copy, Debug)]
pub struct SeatingOf(pub TournamentId);

/// A player, the team they are a member of, or both.
#[derive(Debug, diesel::QueryableByName)]
struct Line {
    #[diesel(sql_type = Nullable<BigInt>)]
    user_id: Option<UserId>,
    #[diesel(sql_type = Nullable<Text>)]
    username: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    nickname: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    discord_id: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    avatar: Option<String>,
    #[diesel(sql_type = Nullable<Integer>)]
    mmr: Option<i32>,
    #[diesel(sql_type = Nullable<BigInt>)]
    beside: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    team_id: Option<TeamId>,
    #[diesel(sql_type = Nullable<Integer>)]
    version: Option<i32>,
    #[diesel(sql_type = Nullable<Text>)]
    name: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    captain_id: Option<UserId>,
    #[diesel(sql_type = Nullable<BigInt>)]
    deputy_captain_id: Option<UserId>,
    #[diesel(sql_type = Nullable<Integer>)]
    draft_order: Option<i32>,
    #[diesel(sql_type = Nullable<Integer>)]
    placement: Option<i32>,
    #[diesel(sql_type = Nullable<UtcMicros>)]
    created_at: Option<Instant>,
    #[diesel(sql_type = Nullable<UtcMicros>)]
    updated_at: Option<Instant>,
}

const SEATING: &str = "
    SELECT player.user_id, player.username, player.nickname, player.discord_id, player.avatar, player.mmr,
        player.beside, team.id AS team_id, team.version, team.name, team.captain_id, team.deputy_captain_id,
        team.draft_order, team.placement, team.created_at, team.updated_at
    FROM (
        SELECT users.id AS user_id, users.username, users.nickname, users.discord_id, users.avatar, users.mmr,
            team_members.team_id,
            (SELECT min(aside.id) FROM team_members AS aside
                WHERE aside.tournament_id = $1 AND aside.user_id = users.id AND aside.member_id IS NULL) AS beside
        FROM tournament_players
        JOIN users ON users.id = tournament_players.user_id
        LEFT JOIN team_members ON team_members.tournament_id = tournament_players.tournament_id
            AND team_members.member_id = tournament_players.user_id
        WHERE tournament_players.tournament_id = $1
    ) AS player
    FULL JOIN (SELECT * FROM teams WHERE teams.tournament_id = $1) AS team ON team.id = player.team_id
    ORDER BY player.user_id";

impl UniqueKey for SeatingOf {
    type Row = Seating;

    async fn find(self, conn: &mut DbConn) -> DbResult<Option<Seating>> {
        let lines: Vec<Line> =
            on_conn!(conn, c => diesel::sql_query(SEATING).bind::<BigInt, _>(self.0.0).load(c).await)?;
        let mut seating = Seating::default();
        for line in lines {
            seating.take(self.0, line);
        }
        seating.teams.sort_by_key(|it| it.row.id);
        Ok(Some(seating))
    }
}

impl Seating {
    fn take(&mut self, tournament_id: TournamentId, line: Line) {
        let Line { user_id, username, nickname, discord_id, avatar, mmr, .. } = line;
        if let (Some(id), Some(username)) = (user_id, username) {
            let is_beside_a_team = line.beside.is_some();
            self.people.push(DraftPerson {
                id,
                username,
                nickname,
                discord_id,
                avatar,
                mmr,
                is_beside_a_team,
            });
        }
        if let Some(seat) = self.teams.iter_mut().find(|it| Some(it.row.id) == line.team_id) {
            seat.members.extend(user_id);
            return;
        }
        let row = (line.team_id, line.version, line.name, line.created_at, line.updated_at);
        let (Some(id), Some(version), Some(name), Some(created_at), Some(updated_at)) = row else { return };
        let row = TeamRow {
            id,
            version,
            name,
            tournament_id,
            captain_id: line.captain_id,
            deputy_captain_id: line.deputy_captain_id,
            draft_order: line.draft_order,
            placement: line.placement,
            created_at,
            updated_at,
        };
        self.teams.push(DraftSeat { row, members: user_id.into_iter().collect() });
    }
}

/// Every round of a draft, to be removed by one statement before it starts over.
#[derive(Clone, Copy, Debug)]
pub struct RoundsOfPastEpochs(pub DraftId);

impl BulkWrite for RoundsOfPastEpochs {
    type Row = DraftRoundRow;

    async fn run(self, conn: &mut Lease, _now: Instant) -> DbResult<usize> {
        Ok(on_conn!(conn.get()?, c => {
            diesel::delete(draft_rounds::table.filter(draft_rounds::draft_id.eq(self.0))).execute(c).await
        })?)
    }
}
