//! What feeds tell from: the log of a draft and that of a tournament, read behind the place a reader has got to.
//!
//! Read from the database only, never through the cache: whoever asks is about to tell others what is new. What a
//! transaction adds to a tournament's log is decided by what it queued, in `unit_of_work`; nobody writes it by hand.

use serde::{Deserialize, Serialize};

use super::super::conn::{DbConn, on_conn};
use super::super::dsl::*;
use super::super::error::{DbError, DbResult};
use super::super::schema::{draft_events, drafts, tournament_events, tournaments};
use super::DraftEventRow;
use crate::cache::Dep;
use crate::types::{DraftEventId, DraftId, GameId, Instant, TeamId, TournamentId};

/// What one transaction changed in a tournament: what may look different now, never less than what does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TournamentChange {
    /// The tournament itself: its name, its time, its state, …
    pub details: bool,
    /// Who is registered.
    pub players: bool,
    /// The draft or its rounds.
    pub draft: bool,
    /// Entries of the draft's log, in order.
    pub draft_events: Vec<DraftEventId>,
    /// Teams that were made, changed or removed.
    pub teams: Vec<TeamId>,
    /// Games that were made, changed or removed.
    pub games: Vec<GameId>,
}

impl TournamentChange {
    /// The tournaments that what was queued is about, and what it changes in them. None where it is about none.
    pub(in crate::db) fn of(queued: &[Dep]) -> Option<(Vec<TournamentId>, Self)> {
        let (mut tournaments, mut change) = (Vec::new(), Self::default());
        for dep in queued {
            match dep {
                Dep::Object(model, pk) => match model.as_ref() {
                    "tournament" => tournaments.push(TournamentId(*pk)),
                    "team" => change.teams.push(TeamId(*pk)),
                    "game" => change.games.push(GameId(*pk)),
                    "draft" => change.draft = true,
                    "draft_event" => change.draft_events.push(DraftEventId(*pk)),
                    _ => {}
                },
                Dep::Related(relation, _) => match relation.as_ref() {
                    "tournament.players" => change.players = true,
                    "draft.rounds" => change.draft = true,
                    _ => {}
                },
                Dep::Rows(model) if model == "tournament" => change.details = true,
                Dep::Rows(_) | Dep::Model(_) | Dep::Everything => {}
            }
        }
        tournaments.sort_unstable();
        change.draft_events.sort_unstable();
        (!tournaments.is_empty()).then_some((tournaments, change))
    }

    /// A draft looks different, and no entry of its log says so: its rounds were rebuilt, a roster was edited, …
    #[must_use]
    pub fn redraws_draft(&self) -> bool {
        // Games are shown by their teams, and no game changes a roster.
        let has_roster = !self.teams.is_empty() && self.games.is_empty();
        self.draft_events.is_empty() && (self.draft || self.players || has_roster)
    }
}

/// One entry of a tournament's log. `seq` has no gap and never starts over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TournamentEventRow {
    /// Whose log.
    pub tournament_id: TournamentId,
    /// Its place there.
    pub seq: i32,
    /// What changed.
    pub change: TournamentChange,
    /// The newest entry of the draft's log by then; 0 without a draft.
    pub draft_seq: i32,
    /// When.
    pub created_at: Instant,
}

/// The newest entries of a log.
#[derive(Clone, Debug)]
pub struct FeedTail<R> {
    /// In order, without a gap.
    pub rows: Vec<R>,
    /// There are more behind the last of them.
    pub has_more: bool,
}

impl<R> FeedTail<R> {
    /// One row more than asked for was looked for.
    fn cut(mut rows: Vec<R>, limit: i64) -> Self {
        let limit = usize::try_from(limit).unwrap_or_default();
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        Self { rows, has_more }
    }
}

impl DraftEventRow {
    /// The entries of a draft's log behind `after`, at most `limit` of them.
    ///
    /// # Errors
    /// The database failed.
    pub async fn behind(
        conn: &mut DbConn,
        draft: DraftId,
        (after, limit): (i32, i64),
    ) -> DbResult<FeedTail<Self>> {
        let rows = on_conn!(conn, c => {
            draft_events::table
                .filter(draft_events::draft_id.eq(draft))
                .filter(draft_events::seq.gt(after))
                .order(draft_events::seq)
                .limit(limit.saturating_add(1))
                .select(Self::as_select())
                .load(c)
                .await
        })?;
        Ok(FeedTail::cut(rows, limit))
    }

    /// The `seq` of the newest entry of a draft's log, and the draft's tournament; none if there is no such draft.
    ///
    /// # Errors
    /// The database failed.
    pub async fn newest(conn: &mut DbConn, draft: DraftId) -> DbResult<Option<(i32, TournamentId)>> {
        Ok(on_conn!(conn, c => {
            drafts::table
                .filter(drafts::id.eq(draft))
                .select((drafts::version, drafts::tournament_id))
                .first(c)
                .await
                .optional()
        })?)
    }
}

impl TournamentEventRow {
    /// The entries of a tournament's log behind `after`, at most `limit` of them.
    ///
    /// # Errors
    /// The database failed, or what is stored is no such entry.
    pub async fn behind(
        conn: &mut DbConn,
        tournament_id: TournamentId,
        (after, limit): (i32, i64),
    ) -> DbResult<FeedTail<Self>> {
        let rows: Vec<(i32, serde_json::Value, Option<i32>, Instant)> = on_conn!(conn, c => {
            tournament_events::table
                .filter(tournament_events::tournament_id.eq(tournament_id))
                .filter(tournament_events::seq.gt(after))
                .order(tournament_events::seq)
                .limit(limit.saturating_add(1))
                .select((
                    tournament_events::seq,
                    tournament_events::changes,
                    tournament_events::draft_seq,
                    tournament_events::created_at,
                ))
                .load(c)
                .await
        })?;
        let read = |(seq, changes, draft_seq, created_at): (_, _, Option<i32>, _)| {
            let change =
                serde_json::from_value(changes).map_err(|error| DbError::Invalid(error.to_string()))?;
            Ok(Self { tournament_id, seq, change, draft_seq: draft_seq.unwrap_or_default(), created_at })
        };
        Ok(FeedTail::cut(rows.into_iter().map(read).collect::<DbResult<_>>()?, limit))
    }

    /// The `seq` of the newest entry of a tournament's log, 0 before the first; none if there is no such tournament.
    ///
    /// # Errors
    /// The database failed.
    pub async fn newest(conn: &mut DbConn, tournament: TournamentId) -> DbResult<Option<i32>> {
        let newest: Option<Option<i32>> = on_conn!(conn, c => {
            tournaments::table
                .left_join(tournament_events::table)
                .filter(tournaments::id.eq(tournament))
                .order(tournament_events::seq.desc())
                .select(tournament_events::seq.nullable())
                .first(c)
                .await
                .optional()
        })?;
        Ok(newest.map(Option::unwrap_or_default))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_queued_for_a_pick_is_a_change_of_its_tournament() {
        let queued = [
            Dep::object("team", 3),
            Dep::object("tournament", 7),
            Dep::object("draft_event", 12),
            Dep::object("draft_event", 11),
            Dep::related("draft.rounds", 2),
            Dep::object("user", 9),
        ];
        let (tournaments, change) = TournamentChange::of(&queued).unwrap();
        assert_eq!(tournaments, [TournamentId(7)]);
        assert_eq!(change.draft_events, [DraftEventId(11), DraftEventId(12)]);
        assert_eq!((change.draft, change.players, change.details), (true, false, false));
        assert_eq!(change.teams, [TeamId(3)]);
        assert!(!change.redraws_draft(), "its events tell of it");
    }

    #[test]
    fn what_is_of_no_tournament_is_in_no_feed() {
        assert_eq!(TournamentChange::of(&[Dep::object("user", 1), Dep::model("team")]), None);
    }

    #[test]
    fn a_roster_edited_by_hand_redraws_the_draft_and_a_result_does_not() {
        let of = |queued: &[Dep]| TournamentChange::of(queued).unwrap().1.redraws_draft();
        let (tournament, team, game) =
            (Dep::object("tournament", 7), Dep::object("team", 3), Dep::object("game", 1));
        assert!(of(&[tournament.clone(), team.clone()]));
        assert!(!of(&[tournament.clone(), team, game]));
        assert!(!of(&[tournament, Dep::rows("tournament")]));
    }
}
