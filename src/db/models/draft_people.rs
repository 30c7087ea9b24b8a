//! What a command on a draft reads beside the draft itself, each by one statement: its tournament, locked, and everybody
//! registered with the team they are on.

use diesel::sql_types::{BigInt, Integer, Nullable, Text};

use super::super::conn::{DbConn, Lease, on_conn};
use super::super::dsl::*;
use super::super::entity::UniqueKey;
use super::super::error::DbResult;
use super::super::schema::{draft_rounds, drafts, tournaments};
use super::super::writable::BulkWrite;
use super::{DraftRoundRow, TournamentRow};
use crate::types::{DraftId, Instant, TeamId, TournamentId, UserId};

/// The tournament of a draft, locked until the transaction ends: whoever changes its teams or its draft waits.
#[derive(Clone, Copy, Debug)]
pub struct LockedTournamentOfDraft(pub DraftId);

impl UniqueKey for LockedTournamentOfDraft {
    type Row = TournamentRow;

    async fn find(self, conn: &mut DbConn) -> DbResult<Option<TournamentRow>> {
        let id = drafts::table.filter(drafts::id.eq(self.0)).select(drafts::tournament_id);
        let query = tournaments::table.filter(tournaments::id.eq_any(id));
        Ok(match conn {
            DbConn::Postgres(c) => {
                query.for_update().select(TournamentRow::as_select()).get_result(c).await.optional()
            }
            // The only writer holds the lock of the whole file already.
            DbConn::Sqlite(c) => query.select(TournamentRow::as_select()).get_result(c).await.optional(),
        }?)
    }
}

/// Somebody registered for a tournament, as a draft sees them.
#[derive(Clone, Debug, PartialEq, Eq, diesel::QueryableByName)]
pub struct DraftPerson {
    /// The user.
    #[diesel(sql_type = BigInt)]
    pub id: UserId,
    /// Name of the account.
    #[diesel(sql_type = Text)]
    pub username: String,
    /// Name they chose.
    #[diesel(sql_type = Nullable<Text>)]
    pub nickname: Option<String>,
    /// Discord snowflake.
    #[diesel(sql_type = Nullable<Text>)]
    pub discord_id: Option<String>,
    /// Hash of the avatar.
    #[diesel(sql_type = Nullable<Text>)]
    pub avatar: Option<String>,
    /// Base MMR.
    #[diesel(sql_type = Nullable<Integer>)]
    pub mmr: Option<i32>,
    /// The team they are a member of.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub team_id: Option<TeamId>,
}

/// Everybody registered for a tournament, in order of id.
#[derive(Clone, Copy, Debug)]
pub struct PeopleOfDraft(pub TournamentId);

const PEOPLE: &str = "
    SELECT users.id, users.username, users.nickname, users.discord_id, users.avatar, users.mmr, team_members.team_id
    FROM tournament_players
    JOIN users ON users.id = tournament_players.user_id
    LEFT JOIN team_members ON team_members.tournament_id = tournament_players.tournament_id
        AND team_members.member_id = tournament_players.user_id
    WHERE tournament_players.tournament_id = $1
    ORDER BY users.id";

impl UniqueKey for PeopleOfDraft {
    type Row = Vec<DraftPerson>;

    async fn find(self, conn: &mut DbConn) -> DbResult<Option<Vec<DraftPerson>>> {
        Ok(Some(on_conn!(conn, c => diesel::sql_query(PEOPLE).bind::<BigInt, _>(self.0.0).load(c).await)?))
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
