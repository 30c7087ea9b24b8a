//! Who depends on whom: a change through its real write path, and everything that is read again because of it.
//!
//! One test per row of the table. Each compares all there is: what must be read again is, and nothing else.

use inhouse::db::models::{
    DraftChanges, DraftEventRow, DraftRoundChanges, DraftRoundRow, DraftRow, GameChanges, GameRow,
    LeagueChanges, LeagueOrganizationRow, LeagueRoleRow, LeagueRow, NewDraft, NewDraftRound, NewGame,
    NewLeague, OrganizationChanges, OrganizationRoleRow, OrganizationRow, TeamChanges, TeamMemberRow,
    TeamRow, TournamentChanges, TournamentPlayerRow, TournamentRow, UserChanges, UserRow,
};
use inhouse::db::{DbError, DbResult};
use inhouse::types::{
    BracketType, DraftEventId, DraftId, DraftRoundId, DraftStatus, DraftStyle, EliminationType, GameId,
    GameStatus, LeagueId, OrganizationId, RoleKind, TeamId, TeamMembershipKind, TournamentId, UserId,
};
use rstest::rstest;

use super::stage::{Stage, new_event, new_team, new_tournament};
use crate::support::{organization, user};

/// Changes a row and compares what is read again.
macro_rules! assert_reread {
    ($stage:expr, |$uow:ident| $work:expr, $expected:expr) => {{
        let stage: &Stage = &$stage;
        let again = Box::pin(stage.reread_after(async |$uow| {
            $work.await?;
            Ok(())
        }));
        assert_eq!(again.await, stage.named(&$expected));
    }};
}

fn named(name: &str) -> Option<String> {
    Some(name.to_owned())
}

fn round(number: i32) -> NewDraftRound {
    NewDraftRound {
        draft_id: DraftId(1),
        epoch: 1,
        pick_number: number,
        pick_phase: 1,
        captain_id: Some(UserId(1)),
        team_id: Some(TeamId(1)),
        choice_id: None,
        was_tie: false,
        tie_roll_data: None,
    }
}

fn game(tournament_id: Option<TournamentId>, league_id: Option<LeagueId>) -> NewGame {
    NewGame {
        tournament_id,
        league_id,
        round: 2,
        position: 0,
        bracket_type: BracketType::Winners,
        elimination_type: EliminationType::Double,
        swiss_record_wins: 0,
        swiss_record_losses: 0,
        status: GameStatus::Pending,
        is_bye: false,
        steam_match_id: None,
        radiant_team_id: None,
        dire_team_id: None,
        winning_team_id: None,
    }
}

#[tokio::test]
async fn a_round_is_seen_by_its_draft_its_tournament_and_the_team_of_its_captain() {
    let stage = Stage::set().await;
    let picked = DraftRoundChanges { choice_id: Some(Some(UserId(4))), ..Default::default() };
    let expected = ["draft_round 2", "draft 1", "tournament 1", "team 2", "draft_round:*"];
    assert_reread!(stage, |uow| uow.update::<DraftRoundRow>(DraftRoundId(2), picked), expected);
}

#[tokio::test]
async fn a_round_that_moves_is_seen_by_the_old_and_the_new_team() {
    let stage = Stage::set().await;
    let moved = DraftRoundChanges {
        team_id: Some(Some(TeamId(1))),
        captain_id: Some(Some(UserId(1))),
        ..Default::default()
    };
    let expected = ["draft_round 2", "draft 1", "tournament 1", "team 1", "team 2", "draft_round:*"];
    assert_reread!(stage, |uow| uow.update::<DraftRoundRow>(DraftRoundId(2), moved), expected);
}

#[tokio::test]
async fn a_round_that_comes_or_goes_is_seen_in_the_list_of_its_draft() {
    let stage = Stage::set().await;
    let expected = ["draft_round 3", "draft 1", "tournament 1", "team 1", "draft.rounds 1", "draft_round:*"];
    assert_reread!(stage, |uow| uow.insert::<DraftRoundRow>(round(3)), expected);
    assert_reread!(stage, |uow| uow.delete::<DraftRoundRow>(DraftRoundId(3)), expected);
}

#[tokio::test]
async fn an_event_is_seen_by_its_draft_and_in_its_log() {
    let stage = Stage::set().await;
    let expected = ["draft_event 2", "draft 1", "events of draft 1"];
    let event = async |uow: &mut _| -> DbResult<()> {
        let new = new_event(uow, &stage.it, 2);
        uow.insert::<DraftEventRow>(new).await.map(drop)
    };
    assert_eq!(stage.reread_after(event).await, stage.named(&expected));
    assert_reread!(stage, |uow| uow.delete::<DraftEventRow>(DraftEventId(2)), expected);
}

#[tokio::test]
async fn a_draft_is_seen_by_its_tournament() {
    let stage = Stage::set().await;
    let changes = DraftChanges { version: Some(1), ..Default::default() };
    let expected = ["draft 1", "tournament 1", "draft:*"];
    assert_reread!(stage, |uow| uow.update::<DraftRow>(DraftId(1), changes), expected);
    let new = NewDraft {
        tournament_id: TournamentId(2),
        style: DraftStyle::Shuffle,
        status: DraftStatus::NotStarted,
        epoch: 0,
        mmr_snapshot: None,
    };
    let expected = ["draft 2", "tournament 2", "tournament.draft 2", "draft:*"];
    assert_reread!(stage, |uow| uow.insert::<DraftRow>(new), expected);
    let expected = [
        "draft 1",
        "tournament 1",
        "tournament.draft 1",
        "draft.rounds 1",
        "events of draft 1",
        "draft:*",
        "draft_round:**",
        "draft_event:**",
    ];
    assert_reread!(stage, |uow| uow.delete::<DraftRow>(DraftId(1)), expected);
}

#[tokio::test]
async fn a_team_is_seen_by_its_tournament_and_its_name_is_in_no_list_of_ids() {
    let stage = Stage::set().await;
    let renamed = TeamChanges { name: named("Renamed"), ..Default::default() };
    let expected = ["team 1", "tournament 1"];
    assert_reread!(stage, |uow| uow.update::<TeamRow>(TeamId(1), renamed), expected);
}

#[tokio::test]
async fn a_team_that_comes_or_goes_is_seen_in_the_list_of_its_tournament() {
    let stage = Stage::set().await;
    let expected = ["team 4", "tournament 1", "tournament.teams 1"];
    assert_reread!(stage, |uow| uow.insert::<TeamRow>(new_team("Fourth", &stage.it)), expected);
    let expected =
        ["team 3", "team.members 3", "tournament.teams 1", "tournament:**", "draft_round:**", "user:**"];
    assert_reread!(stage, |uow| uow.delete::<TeamRow>(TeamId(3)), expected);
}

#[tokio::test]
async fn a_game_is_seen_by_its_tournament_and_its_teams() {
    let stage = Stage::set().await;
    let won = GameChanges {
        status: Some(GameStatus::Completed),
        winning_team_id: Some(Some(TeamId(2))),
        ..Default::default()
    };
    let expected = ["game 1", "tournament 1", "team 1", "team 2", "game:*"];
    assert_reread!(stage, |uow| uow.update::<GameRow>(GameId(1), won), expected);
}

#[tokio::test]
async fn a_game_that_moves_is_seen_by_the_old_and_the_new_team() {
    let stage = Stage::set().await;
    let moved = GameChanges { dire_team_id: Some(Some(TeamId(3))), ..Default::default() };
    let expected = ["game 1", "tournament 1", "team 1", "team 2", "team 3", "game:*"];
    assert_reread!(stage, |uow| uow.update::<GameRow>(GameId(1), moved), expected);
}

#[tokio::test]
async fn a_game_that_comes_or_goes_is_seen_in_the_list_of_its_tournament() {
    let stage = Stage::set().await;
    let expected = ["game 2", "tournament 1", "tournament.games 1", "game:*"];
    assert_reread!(stage, |uow| uow.insert::<GameRow>(game(Some(TournamentId(1)), None)), expected);
    let expected = ["team 1", "team 2", "tournament 1", "tournament.games 1", "game:**"];
    assert_reread!(stage, |uow| uow.delete::<GameRow>(GameId(1)), expected);
}

#[tokio::test]
async fn a_game_of_a_league_alone_is_seen_by_the_league() {
    let stage = Stage::set().await;
    let expected = ["game 2", "league 1", "game:*"];
    assert_reread!(stage, |uow| uow.insert::<GameRow>(game(None, Some(LeagueId(1)))), expected);
}

#[rstest]
#[case::member(TeamMembershipKind::Member)]
#[case::drop_in(TeamMembershipKind::Dropin)]
#[case::left(TeamMembershipKind::Left)]
#[tokio::test]
async fn a_user_is_seen_by_every_team_that_shows_them(#[case] kind: TeamMembershipKind) {
    let stage = Stage::set().await;
    let (team_id, user_id, tournament_id) = (TeamId(1), UserId(4), TournamentId(1));
    let membership = TeamMemberRow { team_id, tournament_id, user_id, kind };
    let expected = ["team 1", "team.members 1", "tournament 1", "user 4", "user.teams 4", "games of user 4"];
    assert_reread!(stage, |uow| uow.link(&membership), expected);
    let renamed = UserChanges { username: named("renamed"), ..Default::default() };
    let expected = ["user 4", "user:*", "team 1"];
    assert_reread!(stage, |uow| uow.update::<UserRow>(user_id, renamed), expected);
}

#[tokio::test]
async fn a_captain_and_a_deputy_are_seen_by_their_team() {
    let stage = Stage::set().await;
    let deputy = TeamChanges { deputy_captain_id: Some(Some(UserId(3))), ..Default::default() };
    stage.write(async |uow| uow.update::<TeamRow>(TeamId(1), deputy).await.map(drop)).await;
    stage.reader.survey().await;
    stage.reader.cache().settled().await;
    for (id, name) in [(1, "user 1"), (3, "user 3")] {
        let changes = UserChanges { mmr: Some(Some(1)), ..Default::default() };
        let expected = [name, "user:*", "team 1"];
        assert_reread!(stage, |uow| uow.update::<UserRow>(UserId(id), changes.clone()), expected);
    }
}

#[tokio::test]
async fn positions_are_seen_by_their_user() {
    let stage = Stage::set().await;
    let changes = UserChanges { carry: Some(5), hard_support: Some(1), ..Default::default() };
    let expected = ["user 4", "user:*"];
    assert_reread!(stage, |uow| uow.update::<UserRow>(UserId(4), changes), expected);
}

#[tokio::test]
async fn a_user_that_comes_or_goes_is_seen() {
    let stage = Stage::set().await;
    assert_reread!(stage, |uow| uow.insert::<UserRow>(user("fay", None)), ["user 6", "user:*"]);
    let expected =
        ["user 5", "user.teams 5", "user:*", "organization:**", "league:**", "team:**", "draft_event:**"];
    assert_reread!(stage, |uow| uow.delete::<UserRow>(UserId(5)), expected);
}

#[tokio::test]
async fn a_tournament_is_seen_by_its_league() {
    let stage = Stage::set().await;
    let renamed = TournamentChanges { name: named("Renamed"), ..Default::default() };
    let expected = ["tournament 1", "tournament:*", "league 1"];
    assert_reread!(stage, |uow| uow.update::<TournamentRow>(TournamentId(1), renamed), expected);
}

#[tokio::test]
async fn a_tournament_that_moves_is_seen_by_the_old_and_the_new_league() {
    let stage = Stage::set().await;
    let id = TournamentId(1);
    let moved = TournamentChanges { league_id: Some(Some(LeagueId(2))), ..Default::default() };
    let expected = [
        "tournament 1",
        "tournament:*",
        "league 1",
        "league 2",
        "league.tournaments 1",
        "league.tournaments 2",
    ];
    assert_reread!(stage, |uow| uow.update::<TournamentRow>(id, moved), expected);
    let left = TournamentChanges { league_id: Some(None), ..Default::default() };
    let expected = ["tournament 1", "tournament:*", "league 2", "league.tournaments 2"];
    assert_reread!(stage, |uow| uow.update::<TournamentRow>(id, left), expected);
}

#[tokio::test]
async fn a_tournament_that_comes_is_seen_where_nothing_was() {
    let stage = Stage::set().await;
    let mut new = new_tournament("Autumn Cup");
    new.league_id = Some(LeagueId(1));
    let expected = ["tournament 3", "tournament:*", "league 1", "league.tournaments 1"];
    assert_reread!(stage, |uow| uow.insert::<TournamentRow>(new), expected);
}

#[tokio::test]
async fn a_tournament_that_goes_takes_everything_of_it_along() {
    let stage = Stage::set().await;
    let expected = [
        "tournament 1",
        "tournament:*",
        "tournament.players 1",
        "tournament.teams 1",
        "tournament.games 1",
        "tournament.draft 1",
        "league 1",
        "league.tournaments 1",
        "team:**",
        "draft:**",
        "draft_round:**",
        "draft_event:**",
        "game:**",
        "user:**",
    ];
    assert_reread!(stage, |uow| uow.delete::<TournamentRow>(TournamentId(1)), expected);
}

#[tokio::test]
async fn a_league_is_seen_by_its_organizations() {
    let stage = Stage::set().await;
    let renamed = LeagueChanges { name: named("Renamed"), ..Default::default() };
    let expected = ["league 1", "league:*", "organization 1"];
    assert_reread!(stage, |uow| uow.update::<LeagueRow>(LeagueId(1), renamed.clone()), expected);
    let expected = ["league 2", "league:*"];
    assert_reread!(stage, |uow| uow.update::<LeagueRow>(LeagueId(2), renamed), expected);
}

#[tokio::test]
async fn a_league_that_comes_or_goes_is_seen() {
    let stage = Stage::set().await;
    let new = NewLeague { name: "Third League".to_owned(), steam_league_id: 3, ..NewLeague::default() };
    assert_reread!(stage, |uow| uow.insert::<LeagueRow>(new), ["league 3", "league:*"]);
    let expected = [
        "league 1",
        "league:*",
        "league.roles 1",
        "league.organizations 1",
        "league.tournaments 1",
        "organization:**",
        "tournament:**",
        "game:**",
        "user:**",
    ];
    assert_reread!(stage, |uow| uow.delete::<LeagueRow>(LeagueId(1)), expected);
}

#[tokio::test]
async fn an_organization_is_seen_by_nobody_else_until_it_goes_and_then_by_its_leagues() {
    let stage = Stage::set().await;
    let id = OrganizationId(1);
    let changes = OrganizationChanges {
        name: named("Renamed"),
        owner_id: Some(Some(UserId(2))),
        default_league_id: Some(Some(LeagueId(1))),
        ..Default::default()
    };
    let expected = ["organization 1", "organization:*"];
    assert_reread!(stage, |uow| uow.update::<OrganizationRow>(id, changes), expected);
    let expected = [
        "organization 1",
        "organization:*",
        "organization.roles 1",
        "organization.leagues 1",
        "tournaments of organization 1",
        "league:**",
        "user:**",
    ];
    assert_reread!(stage, |uow| uow.delete::<OrganizationRow>(id), expected);
    let expected = ["organization 3", "organization:*"];
    assert_reread!(stage, |uow| uow.insert::<OrganizationRow>(organization("Third", UserId(1))), expected);
}

#[tokio::test]
async fn a_registration_is_seen_from_both_ends() {
    let stage = Stage::set().await;
    let link = TournamentPlayerRow { tournament_id: TournamentId(2), user_id: UserId(4) };
    let expected = ["tournament 2", "tournament.players 2", "user 4", "tournaments of user 4"];
    assert_reread!(stage, |uow| uow.link(&link), expected);
    assert_reread!(stage, |uow| uow.unlink(&link), expected);
}

#[tokio::test]
async fn a_membership_is_seen_from_both_ends_and_by_the_tournament() {
    let stage = Stage::set().await;
    let link = TeamMemberRow {
        team_id: TeamId(2),
        tournament_id: TournamentId(1),
        user_id: UserId(4),
        kind: TeamMembershipKind::Member,
    };
    let expected = ["team 2", "team.members 2", "tournament 1", "user 4", "user.teams 4", "games of user 4"];
    assert_reread!(stage, |uow| uow.link(&link), expected);
    assert_reread!(stage, |uow| uow.unlink(&link), expected);
}

#[tokio::test]
async fn a_role_in_an_organization_is_seen_from_both_ends() {
    let stage = Stage::set().await;
    let (organization_id, user_id) = (OrganizationId(1), UserId(4));
    let link = OrganizationRoleRow { organization_id, user_id, role: RoleKind::Staff };
    let expected = ["organization 1", "organization.roles 1", "user 4"];
    assert_reread!(stage, |uow| uow.link(&link), expected);
    assert_reread!(stage, |uow| uow.unlink(&link), expected);
}

#[tokio::test]
async fn a_role_in_a_league_is_seen_from_both_ends() {
    let stage = Stage::set().await;
    let link = LeagueRoleRow { league_id: LeagueId(2), user_id: UserId(4), role: RoleKind::Admin };
    let expected = ["league 2", "league.roles 2", "user 4"];
    assert_reread!(stage, |uow| uow.link(&link), expected);
    assert_reread!(stage, |uow| uow.unlink(&link), expected);
}

#[tokio::test]
async fn a_league_of_an_organization_is_seen_from_both_ends() {
    let stage = Stage::set().await;
    let link = LeagueOrganizationRow { league_id: LeagueId(2), organization_id: OrganizationId(1) };
    let expected = [
        "league 2",
        "league.organizations 2",
        "organization 1",
        "organization.leagues 1",
        "leagues of organization 1",
        "tournaments of organization 1",
    ];
    assert_reread!(stage, |uow| uow.link(&link), expected);
    assert_reread!(stage, |uow| uow.unlink(&link), expected);
}

#[tokio::test]
async fn what_was_there_already_and_what_is_not_there_is_read_again_by_nobody() {
    let stage = Stage::set().await;
    let link = TournamentPlayerRow { tournament_id: TournamentId(1), user_id: UserId(4) };
    assert_reread!(stage, |uow| uow.link(&link), []);
    assert_reread!(stage, |uow| uow.update::<UserRow>(UserId(6), UserChanges::default()), []);
    assert_reread!(stage, |uow| uow.delete::<TeamRow>(TeamId(4)), []);
}

#[tokio::test]
async fn what_a_savepoint_took_back_is_read_again_by_nobody() {
    let stage = Stage::set().await;
    let rename = |name| UserChanges { nickname: Some(named(name)), ..Default::default() };
    let work = async |uow: &mut inhouse::db::UnitOfWork| -> DbResult<()> {
        uow.update::<UserRow>(UserId(4), rename("kept")).await?;
        let taken_back = uow.savepoint(async |uow| {
            uow.update::<UserRow>(UserId(1), rename("lost")).await?;
            uow.insert::<TeamRow>(new_team("lost", &stage.it)).await?;
            Err::<(), DbError>(DbError::Invalid("changed its mind".to_owned()))
        });
        assert!(taken_back.await.is_err());
        uow.savepoint(async |uow| uow.update::<UserRow>(UserId(5), rename("kept")).await).await?;
        Ok(())
    };
    assert_eq!(stage.reread_after(work).await, stage.named(&["user 4", "user 5", "user:*"]));
}

#[tokio::test]
async fn what_was_rolled_back_is_read_again_by_nobody() {
    let stage = Stage::set().await;
    let failed = stage.test.db.write(async |uow| {
        uow.delete::<TournamentRow>(TournamentId(1)).await?;
        Err::<(), DbError>(DbError::Invalid("changed its mind".to_owned()))
    });
    assert!(failed.await.is_err());
    assert_reread!(stage, |uow| uow.get::<UserRow>(UserId(1)), []);
}

#[tokio::test]
async fn what_was_touched_by_hand_is_read_again() {
    let stage = Stage::set().await;
    let touch = async |uow: &mut inhouse::db::UnitOfWork| -> DbResult<()> {
        uow.touch(inhouse::cache::Dep::model("team"));
        Ok(())
    };
    assert_eq!(stage.reread_after(touch).await, stage.named(&["team:**"]));
}
