//! `draftConfigure` and `draftStart`.

use serde::Serialize;

use super::DraftOutcome;
use super::board::Board;
use super::refusal::reject;
use crate::db::models::{DraftOfTournament, DraftRow, NewDraft};
use crate::domain::draft;
use crate::domain::policy::Action;
use crate::service::command::{Command, Tx, expect_version};
use crate::service::rejection::CommandResult;
use crate::service::tournament::locked;
use crate::types::{DraftStatus, DraftStyle, TournamentId};

/// Chooses the style of a draft that has not started (DOMAIN §2.8).
#[derive(Clone, Debug, Serialize)]
pub struct DraftConfigure {
    /// Of which tournament.
    pub tournament_id: TournamentId,
    /// Who picks when.
    pub style: DraftStyle,
}

impl Command for DraftConfigure {
    const NAME: &'static str = "draftConfigure";
    type Outcome = DraftOutcome;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<DraftOutcome> {
        let board = board_of(tx, self.tournament_id).await?;
        let applied = draft::configure(&board.state, self.style).map_err(reject)?;
        board.store(tx, &applied).await
    }
}

/// Starts a draft, or starts it over (DOMAIN §2.2).
#[derive(Clone, Debug, Serialize)]
pub struct DraftStart {
    /// Of which tournament.
    pub tournament_id: TournamentId,
    /// Who picks when; `None` leaves the style as it is.
    pub style: Option<DraftStyle>,
    /// Picks may be lost.
    pub confirm_discard_picks: bool,
    /// The version of the draft the caller has seen.
    pub expected_version: Option<i32>,
}

impl Command for DraftStart {
    const NAME: &'static str = "draftStart";
    type Outcome = DraftOutcome;

    async fn run(self, tx: &mut Tx<'_>) -> CommandResult<DraftOutcome> {
        let board = board_of(tx, self.tournament_id).await?;
        expect_version(self.expected_version, board.draft.version)?;
        let dice = tx.dice;
        let confirmed = self.confirm_discard_picks;
        let applied =
            draft::start(&board.state, self.style, confirmed, &mut || dice.throw()).map_err(reject)?;
        board.store(tx, &applied).await
    }
}

/// The draft of a tournament, made if there is none yet, if the caller may moderate it.
async fn board_of(tx: &mut Tx<'_>, id: TournamentId) -> CommandResult<Board> {
    let tournament = locked(tx, id, Action::DraftModerate, &["tournamentId"]).await?;
    let draft = match tx.uow.children::<DraftOfTournament>(id).await?.pop() {
        Some(draft) => draft,
        None => tx.uow.insert::<DraftRow>(new_draft(id)).await?,
    };
    Board::load_with(tx, tournament, draft).await
}

fn new_draft(tournament_id: TournamentId) -> NewDraft {
    NewDraft {
        tournament_id,
        style: DraftStyle::Snake,
        status: DraftStatus::NotStarted,
        epoch: 0,
        mmr_snapshot: None,
    }
}
