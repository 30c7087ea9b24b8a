//! A small community, written through the same unit of work the program writes with.
//!
//! Four players, two teams, a running snake draft with one pick made, one game. Tests add what else they need.

use inhouse::db::models::{
    DraftRoundRow, DraftRow, GameRow, LeagueOrganizationRow, LeagueRoleRow, LeagueRow, NewDraft,
    NewDraftRound, NewGame, NewLeague, NewOrganization, NewTeam, NewTournament, NewUser, OrganizationRow,
    TeamMemberRow, TeamRow, TournamentPlayerRow, TournamentRow, UserRow,
};
use inhouse::db::{Db, DbError, UnitOfWork};
use inhouse::types::{
    BracketType, DraftStatus, DraftStyle, EliminationType, GameStatus, RoleKind, TeamMembershipKind,
    TournamentState, TournamentType, UserId,
};

/// The rows of the small community.
#[derive(Debug)]
pub(crate) struct Community {
    pub(crate) organization: OrganizationRow,
    pub(crate) league: LeagueRow,
    pub(crate) tournament: TournamentRow,
    /// ann and bob captain; cid was picked by ann; dan is in the pool.
    pub(crate) ann: UserRow,
    pub(crate) bob: UserRow,
    pub(crate) cid: UserRow,
    pub(crate) dan: UserRow,
    pub(crate) team_of_ann: TeamRow,
    pub(crate) team_of_bob: TeamRow,
    pub(crate) draft: DraftRow,
    pub(crate) rounds: Vec<DraftRoundRow>,
    pub(crate) game: GameRow,
}

/// A user to insert, with an MMR and a private address.
pub(crate) fn user(username: &str, mmr: Option<i32>) -> NewUser {
    NewUser {
        username: username.to_owned(),
        email: format!("{username}@example.com"),
        mmr,
        ..NewUser::default()
    }
}

impl Community {
    pub(crate) async fn found(db: &Db) -> Self {
        let founded: Result<_, DbError> = db.write(async |uow| Self::write(uow).await).await;
        founded.unwrap().0
    }

    async fn write(uow: &mut UnitOfWork) -> Result<Self, DbError> {
        let ann = uow.insert::<UserRow>(user("ann", Some(4_000))).await?;
        let bob = uow.insert::<UserRow>(user("bob", Some(3_000))).await?;
        let cid = uow.insert::<UserRow>(user("cid", Some(5_000))).await?;
        let dan = uow.insert::<UserRow>(user("dan", None)).await?;
        let organization = uow.insert::<OrganizationRow>(organization("DTX", ann.id)).await?;
        let league =
            NewLeague { name: "Winter League".to_owned(), steam_league_id: 17_929, ..NewLeague::default() };
        let league = uow.insert::<LeagueRow>(league).await?;
        let link = LeagueOrganizationRow { league_id: league.id, organization_id: organization.id };
        uow.link(&link).await?;
        let role = LeagueRoleRow { league_id: league.id, user_id: bob.id, role: RoleKind::Staff };
        uow.link(&role).await?;
        let tournament = uow.insert::<TournamentRow>(tournament("Winter Cup", &league)).await?;
        for user_id in [ann.id, bob.id, cid.id, dan.id] {
            uow.link(&TournamentPlayerRow { tournament_id: tournament.id, user_id }).await?;
        }
        let team_of_ann = team(uow, &tournament, "Radiance", &[ann.id, cid.id], 1).await?;
        let team_of_bob = team(uow, &tournament, "Dagon", &[bob.id], 2).await?;
        let (draft, rounds) = draft(uow, &tournament, [&team_of_ann, &team_of_bob], cid.id).await?;
        let game = uow.insert::<GameRow>(final_game(&team_of_ann, &team_of_bob)).await?;
        let (ann, bob, cid, dan) = (ann, bob, cid, dan);
        Ok(Self {
            organization,
            league,
            tournament,
            ann,
            bob,
            cid,
            dan,
            team_of_ann,
            team_of_bob,
            draft,
            rounds,
            game,
        })
    }
}

/// An organization to insert.
pub(crate) fn organization(name: &str, owner_id: UserId) -> NewOrganization {
    NewOrganization {
        name: name.to_owned(),
        timezone: "Europe/Berlin".to_owned(),
        owner_id: Some(owner_id),
        ..NewOrganization::default()
    }
}

/// A tournament to insert, in progress on 2026-11-22.
pub(crate) fn tournament(name: &str, league: &LeagueRow) -> NewTournament {
    NewTournament {
        name: name.to_owned(),
        starts_at: "2026-11-22T19:00:00Z".parse::<jiff::Timestamp>().unwrap().into(),
        timezone: "Europe/Berlin".to_owned(),
        state: TournamentState::InProgress,
        tournament_type: TournamentType::DoubleElimination,
        league_id: Some(league.id),
    }
}

/// Inserts a team whose first member is its captain.
pub(crate) async fn team(
    uow: &mut UnitOfWork,
    tournament: &TournamentRow,
    name: &str,
    members: &[UserId],
    draft_order: i32,
) -> Result<TeamRow, DbError> {
    let new = NewTeam {
        name: name.to_owned(),
        tournament_id: tournament.id,
        captain_id: members.first().copied(),
        deputy_captain_id: None,
        draft_order: Some(draft_order),
        placement: None,
    };
    let team = uow.insert::<TeamRow>(new).await?;
    for &user_id in members {
        let kind = TeamMembershipKind::Member;
        let link = TeamMemberRow { team_id: team.id, tournament_id: tournament.id, user_id, kind };
        uow.link(&link).await?;
    }
    Ok(team)
}

async fn draft(
    uow: &mut UnitOfWork,
    tournament: &TournamentRow,
    teams: [&TeamRow; 2],
    picked: UserId,
) -> Result<(DraftRow, Vec<DraftRoundRow>), DbError> {
    let new = NewDraft {
        tournament_id: tournament.id,
        style: DraftStyle::Snake,
        status: DraftStatus::Running,
        epoch: 1,
        mmr_snapshot: None,
    };
    let draft = uow.insert::<DraftRow>(new).await?;
    let mut rounds = Vec::new();
    for (pick_number, team) in (1..).zip(teams) {
        let new = NewDraftRound {
            draft_id: draft.id,
            epoch: 1,
            pick_number,
            pick_phase: 1,
            captain_id: team.captain_id,
            team_id: Some(team.id),
            choice_id: (pick_number == 1).then_some(picked),
            was_tie: false,
            tie_roll_data: None,
        };
        rounds.push(uow.insert::<DraftRoundRow>(new).await?);
    }
    Ok((draft, rounds))
}

fn final_game(radiant: &TeamRow, dire: &TeamRow) -> NewGame {
    NewGame {
        tournament_id: Some(radiant.tournament_id),
        league_id: None,
        round: 1,
        position: 0,
        bracket_type: BracketType::GrandFinals,
        elimination_type: EliminationType::Single,
        swiss_record_wins: 0,
        swiss_record_losses: 0,
        status: GameStatus::Pending,
        is_bye: false,
        steam_match_id: Some(8_400_000_001),
        radiant_team_id: Some(radiant.id),
        dire_team_id: Some(dire.id),
        winning_team_id: None,
    }
}
