//! Player drafts, their rounds and their event log: DOMAIN §1.8 and §2.

use serde_json::Value;

use super::super::conn::{DbConn, on_conn};
use super::super::dsl::*;
use super::super::entity::{Entity as _, entity, has_many};
use super::super::error::DbResult;
use super::super::page::keyset;
use super::super::query::filter;
use super::super::schema::{draft_events, draft_rounds, drafts, tournaments};
use super::super::writable::{writable, writable_in_bulk};
use super::super::{Direction, PageRequest, Query, Slice};
use super::TournamentRow;
use crate::cache::{Dep, TtlClass};
use crate::types::{
    DraftEventId, DraftEventType, DraftId, DraftRoundId, DraftStatus, DraftStyle, EntityId as _, Instant,
    TeamId, TournamentId, TournamentState, UserId,
};

/// A row of `drafts`. `version` is the `seq` of the newest event. `mmr_snapshot` maps user ids to the MMR they had
/// when this epoch started.
#[expect(missing_docs, reason = "the columns are described in DOMAIN §1.8")]
#[derive(
    Clone, Debug, PartialEq, Eq, diesel::Queryable, diesel::Selectable, serde::Serialize, serde::Deserialize,
)]
#[diesel(table_name = drafts)]
pub struct DraftRow {
    pub id: DraftId,
    pub version: i32,
    pub tournament_id: TournamentId,
    pub style: DraftStyle,
    pub status: DraftStatus,
    pub epoch: i32,
    pub mmr_snapshot: Option<Value>,
    pub started_at: Option<Instant>,
    pub completed_at: Option<Instant>,
    pub created_at: Instant,
    pub updated_at: Instant,
}

/// A draft to insert.
#[expect(missing_docs, reason = "as in `DraftRow`")]
#[derive(Clone, Debug, diesel::Insertable)]
#[diesel(table_name = drafts)]
pub struct NewDraft {
    pub tournament_id: TournamentId,
    pub style: DraftStyle,
    pub status: DraftStatus,
    pub epoch: i32,
    pub mmr_snapshot: Option<Value>,
}

/// Columns of a draft to change; `None` leaves a column as it is.
#[expect(missing_docs, reason = "as in `DraftRow`")]
#[derive(Clone, Debug, Default, PartialEq, diesel::AsChangeset)]
#[diesel(table_name = drafts)]
pub struct DraftChanges {
    pub version: Option<i32>,
    pub style: Option<DraftStyle>,
    pub status: Option<DraftStatus>,
    pub epoch: Option<i32>,
    pub mmr_snapshot: Option<Option<Value>>,
    pub started_at: Option<Option<Instant>>,
    pub completed_at: Option<Option<Instant>>,
}

entity!(DraftRow, drafts, DraftId, "draft" {
    fn ttl(&self) -> TtlClass {
        if self.status == DraftStatus::Running { TtlClass::Live } else { TtlClass::Default }
    }

    const CASCADES_TO: &'static [&'static str] = &["draft_round", "draft_event"];
    const PARENT_OF: &'static [&'static str] = &["draft.rounds", "draft.events"];

    fn memberships(&self) -> Vec<Dep> {
        vec![Dep::related("tournament.draft", self.tournament_id.pk())]
    }

    fn embedded_in(&self) -> Vec<Dep> {
        vec![Dep::object("tournament", self.tournament_id.pk())]
    }
});
writable!(stamped DraftRow, drafts, NewDraft, DraftChanges);

has_many!(
    /// The draft of a tournament: one or none.
    DraftOfTournament("tournament.draft"): TournamentId => DraftRow, drafts.tournament_id, order id
);

/// A row of `draft_rounds`: one pick slot. `captain_id` is null until the turn is decided (shuffle).
#[expect(missing_docs, reason = "the columns are described in DOMAIN §1.8")]
#[derive(
    Clone, Debug, PartialEq, Eq, diesel::Queryable, diesel::Selectable, serde::Serialize, serde::Deserialize,
)]
#[diesel(table_name = draft_rounds)]
pub struct DraftRoundRow {
    pub id: DraftRoundId,
    pub draft_id: DraftId,
    pub epoch: i32,
    pub pick_number: i32,
    pub pick_phase: i32,
    pub captain_id: Option<UserId>,
    pub team_id: Option<TeamId>,
    pub choice_id: Option<UserId>,
    pub picked_at: Option<Instant>,
    pub was_tie: bool,
    pub tie_roll_data: Option<Value>,
}

/// A round to insert.
#[expect(missing_docs, reason = "as in `DraftRoundRow`")]
#[derive(Clone, Debug, diesel::Insertable)]
#[diesel(table_name = draft_rounds, treat_none_as_default_value = false)]
pub struct NewDraftRound {
    pub draft_id: DraftId,
    pub epoch: i32,
    pub pick_number: i32,
    pub pick_phase: i32,
    pub captain_id: Option<UserId>,
    pub team_id: Option<TeamId>,
    pub choice_id: Option<UserId>,
    pub was_tie: bool,
    pub tie_roll_data: Option<Value>,
}

/// Columns of a round to change; `None` leaves a column as it is.
#[expect(missing_docs, reason = "as in `DraftRoundRow`")]
#[derive(Clone, Debug, Default, PartialEq, diesel::AsChangeset)]
#[diesel(table_name = draft_rounds)]
pub struct DraftRoundChanges {
    pub pick_phase: Option<i32>,
    pub captain_id: Option<Option<UserId>>,
    pub team_id: Option<Option<TeamId>>,
    pub choice_id: Option<Option<UserId>>,
    pub picked_at: Option<Option<Instant>>,
    pub was_tie: Option<bool>,
    pub tie_roll_data: Option<Option<Value>>,
}

entity!(DraftRoundRow, draft_rounds, DraftRoundId, "draft_round" {
    fn ttl(&self) -> TtlClass {
        if self.choice_id.is_none() { TtlClass::Live } else { TtlClass::Default }
    }

    fn memberships(&self) -> Vec<Dep> {
        vec![Dep::related("draft.rounds", self.draft_id.pk())]
    }

    fn embedded_in(&self) -> Vec<Dep> {
        let team = self.team_id.map(|id| Dep::object("team", id.pk()));
        [Some(Dep::object("draft", self.draft_id.pk())), team].into_iter().flatten().collect()
    }

    fn embedded_through(&self) -> Option<Dep> {
        Some(Dep::object("draft", self.draft_id.pk()))
    }

    async fn embedded_in_stored(conn: &mut DbConn, ids: &[DraftRoundId]) -> DbResult<Vec<Dep>> {
        let tournaments: Vec<TournamentId> = on_conn!(conn, c => {
            draft_rounds::table
                .inner_join(drafts::table)
                .filter(draft_rounds::id.eq_any(ids.to_vec()))
                .select(drafts::tournament_id)
                .distinct()
                .load(c)
                .await
        })?;
        Ok(tournaments.into_iter().map(|it| Dep::object("tournament", it.pk())).collect())
    }
});
writable!(plain DraftRoundRow, draft_rounds, NewDraftRound, DraftRoundChanges);
writable_in_bulk!(plain DraftRoundRow, draft_rounds);

has_many!(
    /// The rounds of a draft, in order of id.
    RoundsOfDraft("draft.rounds"): DraftId => DraftRoundRow, draft_rounds.draft_id, order id {
        // Rounds of a running draft: one of them is open.
        fn ttl(rounds: &[DraftRoundRow]) -> TtlClass {
            let is_running = rounds.iter().any(|it| it.choice_id.is_none());
            if is_running { TtlClass::Live } else { TtlClass::Default }
        }
    }
);

/// The first open round of a captain, over all drafts of tournaments in progress.
#[derive(Clone, Copy, Debug)]
pub struct NextRoundOfCaptain(pub UserId);

impl Query for NextRoundOfCaptain {
    type Value = Option<DraftRoundRow>;
    const NAME: &'static str = "captain.next_round";

    fn deps(&self) -> Vec<Dep> {
        vec![Dep::rows(DraftRoundRow::MODEL), Dep::rows(DraftRow::MODEL), Dep::rows(TournamentRow::MODEL)]
    }

    async fn run(&self, conn: &mut DbConn) -> DbResult<Option<DraftRoundRow>> {
        DraftRoundRow::next_of_captain(conn, self.0).await
    }
}

impl DraftRoundRow {
    /// The first open round of a captain, over all drafts of tournaments in progress.
    ///
    /// # Errors
    /// The database failed.
    pub async fn next_of_captain(conn: &mut DbConn, captain_id: UserId) -> DbResult<Option<Self>> {
        Ok(on_conn!(conn, c => {
            draft_rounds::table
                .inner_join(drafts::table.inner_join(tournaments::table))
                .filter(draft_rounds::captain_id.eq(captain_id))
                .filter(draft_rounds::choice_id.is_null())
                .filter(draft_rounds::epoch.eq(drafts::epoch))
                .filter(drafts::status.eq(DraftStatus::Running))
                .filter(tournaments::state.eq(TournamentState::InProgress))
                .order((draft_rounds::pick_number, draft_rounds::id))
                .select(Self::as_select())
                .first(c)
                .await
                .optional()
        })?)
    }
}

/// A row of `draft_events`: one entry of a draft's log. `seq` has no gap and never starts over.
#[expect(missing_docs, reason = "the columns are described in DOMAIN §1.8 and §2.10")]
#[derive(
    Clone, Debug, PartialEq, Eq, diesel::Queryable, diesel::Selectable, serde::Serialize, serde::Deserialize,
)]
#[diesel(table_name = draft_events)]
pub struct DraftEventRow {
    pub id: DraftEventId,
    pub draft_id: DraftId,
    pub seq: i32,
    pub epoch: i32,
    pub event_type: DraftEventType,
    pub payload: Value,
    pub actor_id: Option<UserId>,
    pub created_at: Instant,
}

/// An event to insert.
#[expect(missing_docs, reason = "as in `DraftEventRow`")]
#[derive(Clone, Debug, diesel::Insertable)]
#[diesel(table_name = draft_events, treat_none_as_default_value = false)]
pub struct NewDraftEvent {
    pub draft_id: DraftId,
    pub seq: i32,
    pub epoch: i32,
    pub event_type: DraftEventType,
    pub payload: Value,
    pub actor_id: Option<UserId>,
    pub created_at: Instant,
}

/// Events are never changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, diesel::AsChangeset)]
#[diesel(table_name = draft_events)]
pub struct DraftEventChanges {
    actor_id: Option<Option<UserId>>,
}

entity!(DraftEventRow, draft_events, DraftEventId, "draft_event" {
    fn memberships(&self) -> Vec<Dep> {
        vec![Dep::related("draft.events", self.draft_id.pk())]
    }

    fn embedded_in(&self) -> Vec<Dep> {
        vec![Dep::object("draft", self.draft_id.pk())]
    }
});
writable!(plain DraftEventRow, draft_events, NewDraftEvent, DraftEventChanges);
writable_in_bulk!(plain DraftEventRow, draft_events);

/// The log of one draft.
#[derive(Clone, Copy, Debug)]
pub struct EventsOfDraft(pub DraftId);

/// A log is sorted by `seq`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventOrder;

filter!(EventsOfDraft => DraftEventRow, EventOrder, "draft.events", |it| {
    vec![Dep::related("draft.events", it.0.pk())]
});

impl DraftEventRow {
    /// A page of a draft's log, by `seq`.
    ///
    /// # Errors
    /// The database failed, or the page starts at an anchor of another order.
    pub async fn list(
        conn: &mut DbConn,
        EventsOfDraft(draft_id): &EventsOfDraft,
        (_, direction): (EventOrder, Direction),
        page: &PageRequest,
    ) -> DbResult<Slice<Self>> {
        let rows: Vec<Self> = on_conn!(conn, c => {
            let query = draft_events::table.filter(draft_events::draft_id.eq(*draft_id)).into_boxed();
            keyset!(query, page, direction, draft_events::id, draft_events::id, Int)
                .select(Self::as_select())
                .load(c)
                .await
        })?;
        Ok(Slice::from_fetched(rows, page))
    }

    /// How long a draft's log is.
    ///
    /// # Errors
    /// The database failed.
    pub async fn count(conn: &mut DbConn, EventsOfDraft(draft_id): &EventsOfDraft) -> DbResult<i64> {
        Ok(on_conn!(conn, c => {
            draft_events::table.filter(draft_events::draft_id.eq(*draft_id)).count().get_result(c).await
        })?)
    }
}
