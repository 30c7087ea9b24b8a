//! Every rule of DOMAIN §1–§3 that SQL can hold is broken once, refused, and known for what it is.
//!
//! Statements are written by hand: the database must refuse what no code of ours would try.

use inhouse::db::DbError;

use super::world::{at_noon, write_sql};
use crate::support::TestDb;
use crate::support::sql::Sql;

/// What a broken rule is reported as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    /// [`DbError::violated_unique`].
    Unique,
    /// [`DbError::is_rule_violation`].
    Rule,
}
use Refusal::{Rule, Unique};

const REFUSED: &[(Refusal, &str, &str)] = &[
    // users
    (Unique, "a username twice", "UPDATE users SET username = 'u1' WHERE id = 2"),
    (Unique, "a Steam id twice", "UPDATE users SET steam_id = 76561198000000001 WHERE id = 2"),
    (Unique, "a Discord id twice", "UPDATE users SET discord_id = 'd1' WHERE id = 2"),
    (Rule, "a username of no letters", "UPDATE users SET username = '' WHERE id = 2"),
    (Rule, "no username", "UPDATE users SET username = NULL WHERE id = 2"),
    (Rule, "the Steam id base itself", "UPDATE users SET steam_id = 76561197960265728 WHERE id = 2"),
    (Rule, "a negative Steam id", "UPDATE users SET steam_id = -5 WHERE id = 2"),
    (Rule, "a negative MMR", "UPDATE users SET mmr = -1 WHERE id = 2"),
    (Rule, "a position rank of 6", "UPDATE users SET carry = 6 WHERE id = 2"),
    (Rule, "a position rank of -1", "UPDATE users SET hard_support = -1 WHERE id = 2"),
    (Rule, "a Discord id of no digits", "UPDATE users SET discord_id = '' WHERE id = 2"),
    (Rule, "an unknown default organization", "UPDATE users SET default_organization_id = 77 WHERE id = 2"),
    (Rule, "deleting the owner of an organization", "DELETE FROM users WHERE id = 9"),
    (Rule, "deleting a registered player", "DELETE FROM users WHERE id = 4"),
    (Rule, "deleting somebody who was on a team", "DELETE FROM users WHERE id = 8"),
    // organizations and leagues
    (Rule, "a nameless organization", "UPDATE organizations SET name = '' WHERE id = 1"),
    (
        Unique,
        "two roles in one organization",
        "INSERT INTO organization_roles (organization_id, user_id, role) VALUES (1, 8, 'staff')",
    ),
    (
        Rule,
        "an unknown role",
        "INSERT INTO organization_roles (organization_id, user_id, role) VALUES (1, 7, 'owner')",
    ),
    (
        Unique,
        "two roles in one league",
        "INSERT INTO league_roles (league_id, user_id, role) VALUES (1, 8, 'admin')",
    ),
    (
        Unique,
        "a league linked twice",
        "INSERT INTO league_organizations (league_id, organization_id) VALUES (1, 1)",
    ),
    (
        Unique,
        "a Steam league id twice",
        "INSERT INTO leagues (id, name, steam_league_id, created_at, updated_at) VALUES (9, 'x', 1, NOW, NOW)",
    ),
    (Rule, "a Steam league id of 0", "UPDATE leagues SET steam_league_id = 0 WHERE id = 1"),
    (Rule, "an unknown rating system", "UPDATE leagues SET rating_system = 'glicko' WHERE id = 1"),
    // tournaments
    (Rule, "an unknown tournament state", "UPDATE tournaments SET state = 'scheduled' WHERE id = 1"),
    (Rule, "an unknown tournament type", "UPDATE tournaments SET tournament_type = 'league' WHERE id = 1"),
    (Rule, "a tournament without an instant", "UPDATE tournaments SET starts_at = NULL WHERE id = 1"),
    (Unique, "a team that wins two tournaments", "UPDATE tournaments SET winning_team_id = 1 WHERE id = 2"),
    (Rule, "a winner from another tournament", "UPDATE tournaments SET winning_team_id = 3 WHERE id = 1"),
    (
        Unique,
        "a player registered twice",
        "INSERT INTO tournament_players (tournament_id, user_id) VALUES (1, 1)",
    ),
    (
        Rule,
        "unregistering a member of a team",
        "DELETE FROM tournament_players WHERE tournament_id = 1 AND user_id = 2",
    ),
    // teams
    (Rule, "a team without a tournament", "UPDATE teams SET tournament_id = NULL WHERE id = 4"),
    (Rule, "a nameless team", "UPDATE teams SET name = '' WHERE id = 4"),
    (Rule, "a captain who is no member", "UPDATE teams SET captain_id = 5 WHERE id = 4"),
    (Rule, "a captain who is a substitute only", "UPDATE teams SET captain_id = 8 WHERE id = 1"),
    (Rule, "a deputy who is no member", "UPDATE teams SET deputy_captain_id = 5 WHERE id = 2"),
    (Rule, "a deputy who is the captain", "UPDATE teams SET deputy_captain_id = 1 WHERE id = 1"),
    (Unique, "a captain of two teams of a tournament", "UPDATE teams SET captain_id = 1 WHERE id = 2"),
    (Unique, "a place in the draft order twice", "UPDATE teams SET draft_order = 1 WHERE id = 2"),
    (Rule, "a draft order of 0", "UPDATE teams SET draft_order = 0 WHERE id = 2"),
    (Rule, "a placement of 0", "UPDATE teams SET placement = 0 WHERE id = 2"),
    (
        Unique,
        "a member of two teams of a tournament",
        "INSERT INTO team_members (team_id, tournament_id, user_id, kind) VALUES (2, 1, 2, 'member')",
    ),
    (
        Rule,
        "a member who is not registered",
        "INSERT INTO team_members (team_id, tournament_id, user_id, kind) VALUES (2, 1, 7, 'member')",
    ),
    (
        Rule,
        "a membership in a team of another tournament",
        "INSERT INTO team_members (team_id, tournament_id, user_id, kind) VALUES (3, 1, 5, 'member')",
    ),
    (
        Rule,
        "an unknown kind of membership",
        "INSERT INTO team_members (team_id, tournament_id, user_id, kind) VALUES (2, 1, 5, 'coach')",
    ),
    (
        Unique,
        "a substitute twice",
        "INSERT INTO team_members (team_id, tournament_id, user_id, kind) VALUES (1, 1, 8, 'dropin')",
    ),
    (Rule, "taking the captain off the roster", "DELETE FROM team_members WHERE team_id = 1 AND user_id = 1"),
    (Rule, "deleting a team that has played", "DELETE FROM teams WHERE id = 2"),
    // drafts
    (
        Unique,
        "two drafts of a tournament",
        "INSERT INTO drafts (id, tournament_id, created_at, updated_at) VALUES (9, 1, NOW, NOW)",
    ),
    (Rule, "an unknown draft style", "UPDATE drafts SET style = 'auction' WHERE id = 1"),
    (Rule, "an unknown draft status", "UPDATE drafts SET status = 'paused' WHERE id = 1"),
    (Unique, "a pick number twice in an epoch", "UPDATE draft_rounds SET pick_number = 1 WHERE id = 2"),
    (Unique, "a player picked twice in an epoch", "UPDATE draft_rounds SET choice_id = 2 WHERE id = 2"),
    (Rule, "a pick number of 0", "UPDATE draft_rounds SET pick_number = 0 WHERE id = 2"),
    (Rule, "a pick without a captain", "UPDATE draft_rounds SET choice_id = 5 WHERE id = 3"),
    (
        Unique,
        "a place in a draft's log twice",
        "INSERT INTO draft_events (id, draft_id, seq, epoch, event_type, payload, created_at)
         VALUES (9, 1, 1, 1, 'player_picked', '{}', NOW)",
    ),
    (Rule, "an unknown draft event", "UPDATE draft_events SET event_type = 'paused' WHERE id = 1"),
    // games
    (Unique, "two games of one bracket node", "UPDATE games SET round = 1, position = 0 WHERE id = 2"),
    (
        Unique,
        "two winners led to one slot",
        "UPDATE games SET next_game_id = 3, next_game_slot = 'radiant' WHERE id = 2",
    ),
    (
        Unique,
        "two losers led to one slot",
        "UPDATE games SET loser_next_game_id = 3, loser_next_game_slot = 'dire' WHERE id = 1",
    ),
    (Rule, "a link without a slot", "UPDATE games SET next_game_id = 3 WHERE id = 4"),
    (Rule, "a loser's link without a slot", "UPDATE games SET loser_next_game_id = 3 WHERE id = 4"),
    (
        Rule,
        "a game that leads to itself",
        "UPDATE games SET next_game_id = 4, next_game_slot = 'dire' WHERE id = 4",
    ),
    (
        Rule,
        "a game whose loser plays it again",
        "UPDATE games SET loser_next_game_id = 4, loser_next_game_slot = 'dire' WHERE id = 4",
    ),
    (Rule, "an unknown slot", "UPDATE games SET next_game_id = 4, next_game_slot = 'left' WHERE id = 2"),
    (Rule, "an unknown game status", "UPDATE games SET status = 'scheduled' WHERE id = 2"),
    (Rule, "a team against itself", "UPDATE games SET dire_team_id = 1 WHERE id = 1"),
    (
        Rule,
        "a winner that did not play",
        "UPDATE games SET status = 'completed', winning_team_id = 4 WHERE id = 1",
    ),
    (
        Rule,
        "a winner of a game nobody played",
        "UPDATE games SET status = 'completed', winning_team_id = 1 WHERE id = 2",
    ),
    (Rule, "a completed game without a winner", "UPDATE games SET status = 'completed' WHERE id = 1"),
    (Rule, "a winner of a running game", "UPDATE games SET winning_team_id = 1 WHERE id = 1"),
    (Rule, "a Radiant team of another tournament", "UPDATE games SET radiant_team_id = 3 WHERE id = 2"),
    (Rule, "a Dire team of another tournament", "UPDATE games SET dire_team_id = 3 WHERE id = 2"),
    (
        Unique,
        "a Steam match linked to two games",
        "UPDATE games SET steam_match_id = 8400000000 WHERE id = 2",
    ),
    (Rule, "round 0", "UPDATE games SET round = 0 WHERE id = 2"),
    // credentials and what the server itself needs
    (
        Unique,
        "a session token twice",
        "INSERT INTO sessions (id, token_hash, user_id, created_at, expires_at) VALUES (9, 'h', 1, NOW, NOW)",
    ),
    (
        Unique,
        "an API token twice",
        "INSERT INTO api_tokens (id, name, token_hash, user_id, scopes, created_at) VALUES (9, 'n', 'h', 1, '[]', NOW)",
    ),
    (
        Unique,
        "an idempotency key used twice",
        "INSERT INTO idempotency_keys (caller, key, operation, input_hash, payload, created_at, expires_at)
         VALUES ('c', 'k', 'x', 'x', '{}', NOW, NOW)",
    ),
    (
        Unique,
        "an imported object twice",
        "INSERT INTO import_mappings (source, entity, source_pk, entity_id) VALUES ('s', 'user', 1, 2)",
    ),
];

/// What the same rules must let through, one after the other.
const ALLOWED: &[(&str, &str)] = &[
    (
        "a player of two tournaments on a team of each",
        "INSERT INTO team_members (team_id, tournament_id, user_id, kind) VALUES (3, 2, 1, 'member')",
    ),
    (
        "a member who is a substitute elsewhere",
        "INSERT INTO team_members (team_id, tournament_id, user_id, kind) VALUES (2, 1, 1, 'dropin')",
    ),
    (
        "somebody who left and is a member elsewhere",
        "INSERT INTO team_members (team_id, tournament_id, user_id, kind) VALUES (2, 1, 2, 'left')",
    ),
    ("users without Steam id", "UPDATE users SET steam_id = NULL"),
    ("users without Discord id", "UPDATE users SET discord_id = NULL"),
    ("games of one node in two tournaments", "UPDATE games SET tournament_id = 2 WHERE id = 2"),
    (
        "a team replaced by its members, captain last",
        "UPDATE teams SET captain_id = 5 WHERE id = 4;
         INSERT INTO team_members (team_id, tournament_id, user_id, kind) VALUES (4, 1, 5, 'member')",
    ),
    (
        "the same pick in another epoch",
        "INSERT INTO draft_rounds (id, draft_id, epoch, pick_number, pick_phase, captain_id, choice_id)
         VALUES (9, 1, 2, 1, 1, 1, 2)",
    ),
    (
        "a game that is both ways of its own kind",
        "UPDATE games SET next_game_id = 4, next_game_slot = 'dire' WHERE id = 3",
    ),
];

#[tokio::test]
async fn each_broken_rule_is_refused_and_known_for_what_it_is() {
    let test = TestDb::start().await;
    write_sql(&test.url).await;
    let mut sql = Sql::connect(&test.url).await;
    let mut failures = Vec::new();
    for (refusal, name, statement) in REFUSED {
        sql.execute("BEGIN").await.unwrap();
        // Some rules are checked when the transaction ends.
        let outcome = match sql.execute(&at_noon(statement)).await {
            Ok(()) => sql.execute("COMMIT").await,
            Err(error) => Err(error),
        };
        let is_open = outcome.is_err();
        let found = outcome.map_err(DbError::from).map_err(|error| {
            let refusal = match (error.violated_unique(), error.is_rule_violation()) {
                (Some(_), false) => Some(Unique),
                (None, true) => Some(Rule),
                _ => None,
            };
            (refusal, error)
        });
        if !matches!(&found, Err((Some(found), _)) if found == refusal) {
            failures.push(format!("{name}: {found:?}"));
        }
        if is_open {
            // Postgres has ended a transaction whose COMMIT failed; SQLite has not.
            let _ = sql.execute("ROLLBACK").await;
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[tokio::test]
async fn the_rules_let_through_what_is_no_breach() {
    let test = TestDb::start().await;
    write_sql(&test.url).await;
    let mut sql = Sql::connect(&test.url).await;
    for (name, statement) in ALLOWED {
        let outcome = sql.execute(&format!("BEGIN; {}; COMMIT", at_noon(statement))).await;
        assert!(outcome.is_ok(), "{name}: {outcome:?}");
    }
}

#[tokio::test]
async fn deleting_a_tournament_takes_what_is_part_of_it_and_nothing_else() {
    let test = TestDb::start().await;
    write_sql(&test.url).await;
    let mut sql = Sql::connect(&test.url).await;
    sql.execute("DELETE FROM tournaments WHERE id = 1").await.unwrap();
    let mut left = Vec::new();
    for table in
        ["tournaments", "teams", "team_members", "drafts", "draft_rounds", "draft_events", "games", "users"]
    {
        left.push((table, sql.count(table).await));
    }
    let expected = [
        ("tournaments", 1),
        ("teams", 1),
        ("team_members", 1),
        ("drafts", 0),
        ("draft_rounds", 0),
        ("draft_events", 0),
        ("games", 0),
        ("users", 9),
    ];
    assert_eq!(left, expected);
}

#[tokio::test]
async fn a_deleted_league_or_team_is_let_go_of_by_what_goes_on_without_it() {
    let test = TestDb::start().await;
    write_sql(&test.url).await;
    let mut sql = Sql::connect(&test.url).await;
    sql.execute("UPDATE draft_rounds SET team_id = 4 WHERE id = 3; DELETE FROM teams WHERE id = 4")
        .await
        .unwrap();
    sql.execute("DELETE FROM leagues WHERE id = 1").await.unwrap();
    assert_eq!(sql.count("draft_rounds WHERE id = 3 AND team_id IS NULL").await, 1);
    assert_eq!(sql.count("tournaments WHERE league_id IS NULL").await, 2);
    assert_eq!(sql.count("organizations WHERE default_league_id IS NULL").await, 1);
}

#[tokio::test]
async fn the_account_id_follows_the_steam_id() {
    let test = TestDb::start().await;
    write_sql(&test.url).await;
    let mut sql = Sql::connect(&test.url).await;
    let query = "SELECT CAST(steam_account_id AS text) AS line FROM users WHERE id = 1";
    assert_eq!(sql.lines(query).await, ["39734273"]);
    sql.execute("UPDATE users SET steam_id = NULL WHERE id = 1").await.unwrap();
    assert_eq!(sql.count("users WHERE id = 1 AND steam_account_id IS NULL").await, 1);
}
