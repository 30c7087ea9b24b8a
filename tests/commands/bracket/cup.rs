//! A tournament of any number of teams, and the small verbs these tests are written in.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use inhouse::db::models::{
    GameRow, GamesOfTournament, LeagueOrganizationRow, LeagueRoleRow, LeagueRow, NewLeague, OrganizationRow,
    TeamRow, TeamsOfTournament, TournamentPlayerRow, TournamentRow, UserRow,
};
use inhouse::db::{Db, DbError, Entity as _, Relation, UnitOfWork};
use inhouse::domain::bracket::{Bracket, Link, Node, NodeKey};
use inhouse::service::Dice;
use inhouse::types::{
    BracketType, EntityId, GameId, GameStatus, LeagueId, RoleKind, Slot, TeamId, TextEnum as _, TournamentId,
    UserId,
};
use serde_json::{Value, json};

use crate::support::fixture::{team, tournament};
use crate::support::{TestApi, TestDb, organization, user};

/// What is asked of every payload.
const REPORT: &str = "replayed clientMutationId userErrors { __typename code message field
    ... on ResultsInTheWayError { games { id } } ... on StaleVersionError { expectedVersion currentVersion } }";

/// What is asked of a game.
const GAME: &str = "id version status isFree isBye bracketType round position winnerSlot steamMatchId
    radiantTeam { id } direTeam { id } winningTeam { id }";

/// A tournament, asked for by an admin of its league unless told.
pub(super) struct Cup {
    pub(super) api: TestApi,
    pub(super) tournament: TournamentId,
    pub(super) league: LeagueId,
    /// The best first: their captains have 9900, 9800, … MMR, and there is nobody else.
    pub(super) teams: Vec<TeamId>,
    /// Administers the league.
    pub(super) admin: UserId,
    /// Staff of the league.
    pub(super) staff: UserId,
    /// Nobody in particular.
    pub(super) guest: UserId,
}

pub(super) fn w(round: i32, position: i32) -> NodeKey {
    NodeKey::new(BracketType::Winners, round, position)
}

pub(super) fn l(round: i32, position: i32) -> NodeKey {
    NodeKey::new(BracketType::Losers, round, position)
}

pub(super) fn gf(round: i32) -> NodeKey {
    NodeKey::new(BracketType::GrandFinals, round, 0)
}

/// The id in an answer.
pub(super) fn id_of<I: EntityId>(value: &Value) -> I {
    I::from_pk(value.as_str().unwrap().split_once(':').unwrap().1.parse().unwrap())
}

/// The code of the only user error of a payload.
pub(super) fn code(payload: &Value) -> &str {
    let errors = payload["userErrors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{payload:#}");
    errors[0]["code"].as_str().unwrap()
}

impl Cup {
    pub(super) async fn of(n_teams: usize) -> Self {
        Self::with_dice(n_teams, Dice::fair()).await
    }

    pub(super) async fn with_dice(n_teams: usize, dice: Dice) -> Self {
        let test = TestDb::start().await;
        let read_path = test.read_path();
        let founded: Result<_, DbError> = test.db.write(async |uow| found(uow, n_teams).await).await;
        let (tournament, people, teams) = founded.unwrap().0;
        let [admin, staff, guest] = people;
        let mut api = TestApi::rolling(test, read_path, dice);
        api.log_in(admin, false);
        let league = tournament.league_id.unwrap();
        Self { api, tournament: tournament.id, league, teams, admin, staff, guest }
    }

    /// A cup whose bracket is generated.
    pub(super) async fn generated(n_teams: usize, format: &str, has_reset: bool) -> Self {
        let cup = Self::of(n_teams).await;
        let input = json!({ "format": format, "grandFinalReset": has_reset });
        cup.done("bracketGenerate", cup.about(input)).await;
        cup
    }

    pub(super) fn db(&self) -> &Db {
        &self.api.test.db
    }

    /// An input about this tournament.
    pub(super) fn about(&self, mut input: Value) -> Value {
        input["tournamentId"] = json!(self.tournament.to_global());
        input
    }

    /// Runs a mutation; its payload.
    pub(super) async fn call(&self, mutation: &str, input: Value) -> Value {
        let mut data = self.api.data_with(&document(mutation), json!({ "input": input })).await;
        data[mutation].take()
    }

    /// Runs a mutation that must succeed; its payload.
    pub(super) async fn done(&self, mutation: &str, input: Value) -> Value {
        let payload = self.call(mutation, input).await;
        assert_eq!(payload["userErrors"], json!([]), "{mutation}: {payload:#}");
        payload
    }

    /// Runs a mutation that must be refused and change nothing; its only user error.
    pub(super) async fn refused(&self, mutation: &str, input: Value) -> Value {
        let before = self.api.test.dump().await;
        let payload = self.call(mutation, input).await;
        code(&payload);
        assert!(before == self.api.test.dump().await, "{mutation} was refused and wrote something");
        payload["userErrors"][0].clone()
    }

    /// Runs a mutation that must fail as a whole and change nothing; the code of its error.
    pub(super) async fn failed(&self, mutation: &str, input: Value) -> String {
        let before = self.api.test.dump().await;
        let (_, answer) = self.api.run(&document(mutation), json!({ "input": input })).await;
        assert!(before == self.api.test.dump().await, "{mutation} failed and wrote something");
        answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("{answer:#}")).to_owned()
    }

    /// Input of a call about a game as it is now.
    pub(super) async fn input(&self, key: NodeKey, mut input: Value) -> Value {
        let row = self.row(key).await;
        input["gameId"] = json!(row.id.to_global());
        input["expectedVersion"] = json!(row.version);
        input
    }

    /// Reports a game that nothing is in the way of.
    pub(super) async fn report(&self, key: NodeKey, winner: Slot) -> Value {
        let winner = winner.as_str().to_uppercase();
        self.done("gameReport", self.input(key, json!({ "winner": winner })).await).await
    }

    /// Plays all games in order, each won by the seat that `choose` names; the last payload.
    pub(super) async fn play_out(&self, choose: impl Fn(NodeKey) -> Slot) -> Value {
        let mut last = Value::Null;
        while let Some(key) = playable(&self.bracket().await).first().copied() {
            last = self.report(key, choose(key)).await;
        }
        last
    }

    pub(super) async fn rows(&self) -> Vec<GameRow> {
        self.children::<GamesOfTournament>(self.tournament).await
    }

    pub(super) async fn row(&self, key: NodeKey) -> GameRow {
        let rows = self.rows().await;
        rows.into_iter().find(|it| place(it) == key).unwrap_or_else(|| panic!("{key} is not there"))
    }

    pub(super) async fn ids(&self) -> BTreeMap<NodeKey, GameId> {
        self.rows().await.iter().map(|it| (place(it), it.id)).collect()
    }

    pub(super) async fn placements(&self) -> Vec<Option<i32>> {
        let placements = self.bracket().await.placements;
        self.teams.iter().map(|id| placements[id]).collect()
    }

    async fn children<R: Relation>(&self, parent: R::Parent) -> Vec<R::Item> {
        let rows = self.db().read(async |conn| R::select(conn, &[parent]).await).await.unwrap();
        rows.into_iter().map(|(_, row)| row).collect()
    }

    pub(super) async fn tournament_row(&self) -> TournamentRow {
        let id = self.tournament;
        self.db().read(async |conn| TournamentRow::select(conn, &[id]).await).await.unwrap().remove(0)
    }

    /// What the rows say, read past everything under test.
    pub(super) async fn bracket(&self) -> Bracket {
        let rows = self.rows().await;
        let tournament = self.tournament_row().await;
        let places: BTreeMap<_, _> = rows.iter().map(|it| (it.id, place(it))).collect();
        let link = |id: Option<GameId>, slot: Option<Slot>| {
            id.map(|id| Link { node: places[&id], slot: slot.unwrap() })
        };
        let node = |it: &GameRow| Node {
            elimination_type: it.elimination_type,
            next: link(it.next_game_id, it.next_game_slot),
            loser_next: link(it.loser_next_game_id, it.loser_next_game_slot),
            status: it.status,
            is_bye: it.is_bye,
            radiant: it.radiant_team_id,
            dire: it.dire_team_id,
            winner: it.winning_team_id,
        };
        let teams = self.children::<TeamsOfTournament>(self.tournament).await;
        let in_bracket = rows.iter().filter(|it| it.bracket_type != BracketType::Swiss);
        Bracket {
            nodes: in_bracket.map(|it| (place(it), node(it))).collect(),
            placements: teams.iter().map(|it: &TeamRow| (it.id, it.placement)).collect(),
            winner: tournament.winning_team_id,
            has_grand_final_reset: tournament.has_grand_final_reset,
        }
    }

    /// Every column of games, teams and tournament but those that any change moves.
    pub(super) async fn content(&self) -> Value {
        let plain = |row: Value| {
            let mut row = row;
            row.as_object_mut().unwrap().retain(|name, _| name != "version" && name != "updated_at");
            row
        };
        let games = self.rows().await.iter().map(|it| plain(json!(it))).collect::<Vec<_>>();
        let teams = self.children::<TeamsOfTournament>(self.tournament).await;
        let teams = teams.iter().map(|it: &TeamRow| plain(json!(it))).collect::<Vec<_>>();
        json!({ "games": games, "teams": teams, "tournament": plain(json!(self.tournament_row().await)) })
    }
}

/// Games that can be reported now, in order of play.
pub(super) fn playable(bracket: &Bracket) -> Vec<NodeKey> {
    let is_playable = |it: &Node| {
        !it.is_bye && it.status == GameStatus::Pending && it.radiant.is_some() && it.dire.is_some()
    };
    bracket.nodes.iter().filter(|(_, node)| is_playable(node)).map(|(key, _)| *key).collect()
}

fn place(row: &GameRow) -> NodeKey {
    NodeKey::new(row.bracket_type, row.round, row.position)
}

/// The document of a mutation with everything its payload tells.
pub(super) fn document(mutation: &str) -> String {
    let (first, rest) = mutation.split_at(1);
    let ty = format!("{}{rest}Input", first.to_uppercase());
    let fields = match mutation {
        "gameReport" | "gameReportRetract" => format!(
            "game {{ {GAME} }} affectedGames {{ id }} deletedGameIds teams {{ id placement }} isDecided
             winningTeam {{ id }} tournament {{ id winningTeam {{ id }} }}"
        ),
        "gameCreate" | "gameUpdate" | "gameStatusSet" => format!("game {{ {GAME} }}"),
        "gameDelete" => "deletedId tournament { id }".to_owned(),
        "teamPlacementSet" => "team { id placement version }".to_owned(),
        _ => "tournament { id tournamentType hasGrandFinalReset } games { id } deletedGameIds
              teams { id placement }"
            .to_owned(),
    };
    format!("mutation($input: {ty}!) {{ {mutation}(input: $input) {{ {fields} {REPORT} }} }}")
}

async fn found(
    uow: &mut UnitOfWork,
    n_teams: usize,
) -> Result<(TournamentRow, [UserId; 3], Vec<TeamId>), DbError> {
    let admin = uow.insert::<UserRow>(user("olga", None)).await?.id;
    let staff = uow.insert::<UserRow>(user("sven", None)).await?.id;
    let guest = uow.insert::<UserRow>(user("guest", None)).await?.id;
    let organization = uow.insert::<OrganizationRow>(organization("DTX", admin)).await?;
    let new = NewLeague { name: "Winter League".to_owned(), steam_league_id: 17_929, ..NewLeague::default() };
    let league = uow.insert::<LeagueRow>(new).await?;
    uow.link(&LeagueOrganizationRow { league_id: league.id, organization_id: organization.id }).await?;
    uow.link(&LeagueRoleRow { league_id: league.id, user_id: staff, role: RoleKind::Staff }).await?;
    let cup = uow.insert::<TournamentRow>(tournament("Winter Cup", &league)).await?;
    let teams = enter(uow, &cup, "", 1..=n_teams).await?;
    Ok((cup, [admin, staff, guest], teams))
}

/// Teams of one player each, by seed.
pub(super) async fn enter(
    uow: &mut UnitOfWork,
    cup: &TournamentRow,
    prefix: &str,
    seeds: RangeInclusive<usize>,
) -> Result<Vec<TeamId>, DbError> {
    let mut teams = Vec::new();
    for seed in seeds.map(|it| i32::try_from(it).unwrap()) {
        let mmr = 10_000 - 100 * seed;
        let captain = uow.insert::<UserRow>(user(&format!("{prefix}captain{seed}"), Some(mmr))).await?;
        uow.link(&TournamentPlayerRow { tournament_id: cup.id, user_id: captain.id }).await?;
        teams.push(team(uow, cup, &format!("{prefix}Team {seed}"), &[captain.id], seed).await?.id);
    }
    Ok(teams)
}
