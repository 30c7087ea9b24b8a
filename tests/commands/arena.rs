//! A tournament with people around it, and the calls they make.
//!
//! One organization (owned by `owner`) with one league (administered by `admin`); site `staff`; an `outsider`; players who
//! are registered, the first of whom captain teams.

use inhouse::db::models::{
    LeagueOrganizationRow, LeagueRoleRow, LeagueRow, NewLeague, OrganizationRow, TeamRow,
    TournamentPlayerRow, TournamentRow, UserRow,
};
use inhouse::db::{DbError, UnitOfWork};
use inhouse::service::Dice;
use inhouse::types::{EntityId as _, RoleKind, UserId, Viewer};
use serde_json::{Value, json};

use crate::support::{TestApi, TestDb, fixture_team, fixture_tournament, organization, user};

/// What every payload is asked for.
const REPORT: &str = "clientMutationId replayed userErrors { __typename code message field }";

/// The people and what they play.
#[derive(Debug)]
pub(crate) struct Cast {
    pub(crate) owner: UserRow,
    pub(crate) admin: UserRow,
    pub(crate) staff: UserRow,
    pub(crate) outsider: UserRow,
    pub(crate) organization: OrganizationRow,
    pub(crate) league: LeagueRow,
    pub(crate) tournament: TournamentRow,
    /// Registered, in order of id; the first of them captain the teams.
    pub(crate) players: Vec<UserRow>,
    pub(crate) teams: Vec<TeamRow>,
}

/// A cast and the API they use.
pub(crate) struct Arena {
    pub(crate) api: TestApi,
    pub(crate) it: Cast,
}

/// An answered mutation.
#[derive(Debug)]
pub(crate) struct Answer(pub(crate) Value);

impl Arena {
    /// `n_teams` captains with their teams, and players with these MMRs; captains' come first.
    pub(crate) async fn open(n_teams: usize, mmrs: &[Option<i32>]) -> Self {
        Self::rolling(n_teams, mmrs, Dice::fair()).await
    }

    /// The same with these dice.
    pub(crate) async fn rolling(n_teams: usize, mmrs: &[Option<i32>], dice: Dice) -> Self {
        let test = TestDb::start().await;
        let read_path = test.read_path();
        let written: Result<_, DbError> =
            test.db.write(async |uow| Cast::write(uow, n_teams, mmrs).await).await;
        let it = written.unwrap().0;
        Self { api: TestApi::rolling(test, read_path, dice), it }
    }

    pub(crate) fn staff(&self) -> Viewer {
        Viewer { user_id: Some(self.it.staff.id), is_staff: true, ..Viewer::default() }
    }

    pub(crate) fn superuser(&self) -> Viewer {
        Viewer { is_superuser: true, ..self.staff() }
    }

    pub(crate) fn admin(&self) -> Viewer {
        viewer(self.it.admin.id)
    }

    pub(crate) fn outsider(&self) -> Viewer {
        viewer(self.it.outsider.id)
    }

    /// The captain of the team at this place.
    pub(crate) fn captain(&self, at: usize) -> Viewer {
        viewer(self.it.players[at].id)
    }

    /// Calls a mutation; the payload, or the errors.
    pub(crate) async fn call(&self, viewer: &Viewer, mutation: &str, input: Value, select: &str) -> Answer {
        let document = format!(
            "mutation($input: {}!) {{ {mutation}(input: $input) {{ {REPORT} {select} }} }}",
            input_type(mutation)
        );
        let (_, answer) = self.api.run_as(viewer, &document, json!({ "input": input })).await;
        match answer["errors"].is_array() {
            true => Answer(answer),
            false => Answer(answer["data"][mutation].clone()),
        }
    }

    /// Calls a mutation that must succeed; its payload.
    pub(crate) async fn done(&self, viewer: &Viewer, mutation: &str, input: Value, select: &str) -> Value {
        let answer = self.call(viewer, mutation, input, select).await;
        assert_eq!(answer.0["userErrors"], json!([]), "{mutation}: {:#}", answer.0);
        answer.0
    }

    /// Calls a mutation that must be refused, and change nothing; its code and the part of the input that is to blame.
    pub(crate) async fn refused(&self, viewer: &Viewer, mutation: &str, input: Value) -> (String, Value) {
        let before = self.api.test.dump().await;
        let answer = self.call(viewer, mutation, input, "").await;
        assert_eq!(before, self.api.test.dump().await, "{mutation} was refused and changed something");
        (answer.code(), answer.0["userErrors"][0]["field"].clone())
    }

    /// Reads a document as an anonymous visitor.
    pub(crate) async fn read(&self, query: &str, variables: Value) -> Value {
        let (_, answer) = self.api.run_as(&Viewer::anonymous(), query, variables).await;
        assert!(answer.get("errors").is_none(), "{query}\n{answer:#}");
        answer["data"].clone()
    }

    pub(crate) fn tournament_id(&self) -> String {
        self.it.tournament.id.to_global()
    }

    /// Global id of the player at this place.
    pub(crate) fn player_id(&self, at: usize) -> String {
        self.it.players[at].id.to_global()
    }
}

impl Answer {
    /// The code of the error, wherever it is told.
    pub(crate) fn code(&self) -> String {
        let user_error = &self.0["userErrors"][0]["code"];
        let error = &self.0["errors"][0]["extensions"]["code"];
        let code = user_error.as_str().or(error.as_str());
        code.unwrap_or_else(|| panic!("nothing was refused: {:#}", self.0)).to_owned()
    }

    /// Whether it was done.
    pub(crate) fn is_done(&self) -> bool {
        self.0["userErrors"] == json!([])
    }
}

/// A logged-in user without site roles.
pub(crate) fn viewer(id: UserId) -> Viewer {
    Viewer { user_id: Some(id), ..Viewer::default() }
}

/// The type of a mutation's argument, as the schema has it.
pub(crate) fn input_type(mutation: &str) -> String {
    let sdl = inhouse::graphql::sdl();
    let after = sdl.split(&format!("  {mutation}(")).nth(1);
    let after = after.unwrap_or_else(|| panic!("there is no mutation {mutation}"));
    let argument = after.split("input: ").nth(1).unwrap();
    argument.split('!').next().unwrap().to_owned()
}

impl Cast {
    async fn write(uow: &mut UnitOfWork, n_teams: usize, mmrs: &[Option<i32>]) -> Result<Self, DbError> {
        let owner = uow.insert::<UserRow>(user("owner", None)).await?;
        let admin = uow.insert::<UserRow>(user("admin", None)).await?;
        let staff = uow.insert::<UserRow>(user("staff", None)).await?;
        let outsider = uow.insert::<UserRow>(user("outsider", Some(1_000))).await?;
        let organization = uow.insert::<OrganizationRow>(organization("DTX", owner.id)).await?;
        let league =
            NewLeague { name: "Winter League".to_owned(), steam_league_id: 17_929, ..NewLeague::default() };
        let league = uow.insert::<LeagueRow>(league).await?;
        let link = LeagueOrganizationRow { league_id: league.id, organization_id: organization.id };
        uow.link(&link).await?;
        let role = LeagueRoleRow { league_id: league.id, user_id: admin.id, role: RoleKind::Admin };
        uow.link(&role).await?;
        let tournament = uow.insert::<TournamentRow>(fixture_tournament("Winter Cup", &league)).await?;
        let mut players = Vec::new();
        for (number, mmr) in (1..).zip(mmrs) {
            let player = uow.insert::<UserRow>(user(&format!("p{number}"), *mmr)).await?;
            uow.link(&TournamentPlayerRow { tournament_id: tournament.id, user_id: player.id }).await?;
            players.push(player);
        }
        let mut teams = Vec::new();
        for (order, captain) in (1..).zip(players.iter().take(n_teams)) {
            let name = format!("Team of {}", captain.username);
            teams.push(fixture_team(uow, &tournament, &name, &[captain.id], order).await?);
        }
        let it = Self { owner, admin, staff, outsider, organization, league, tournament, players, teams };
        Ok(it)
    }
}
