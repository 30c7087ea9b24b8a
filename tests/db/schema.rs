//! `db/schema.rs` is what the migrations make, both backends make the same keys, and the deps know their cascades.
//!
//! `schema.rs` is read as text: what it compiles to is not visible from here.

use std::collections::{BTreeMap, BTreeSet};

use inhouse::db::Entity;
use inhouse::db::models::{
    ApiTokenRow, DraftEventRow, DraftRoundRow, DraftRow, GameRow, LeagueLogRow, LeagueRow,
    OrganizationLogRow, OrganizationRow, SessionRow, TeamRow, TournamentRow, UserRow,
};

use super::catalog;
use crate::support::sql::Sql;
use crate::support::{Backend, TestDb};

const SCHEMA: &str = include_str!("../../src/db/schema.rs");

#[tokio::test]
async fn the_migrated_database_has_exactly_the_columns_of_schema_rs() {
    let test = TestDb::start().await;
    let found = catalog::columns(&mut Sql::connect(&test.url).await).await;
    assert_eq!(found, declared_columns());
}

#[tokio::test]
async fn the_migrated_database_has_the_primary_keys_of_schema_rs() {
    let test = TestDb::start().await;
    let keys = catalog::keys(&mut Sql::connect(&test.url).await).await;
    let found: Vec<&String> = keys.iter().filter(|it| it.contains(" primary key ")).collect();
    let mut declared: Vec<String> =
        tables().map(|(head, _)| head.replacen(" (", " primary key (", 1)).collect();
    declared.sort();
    assert_eq!(found, declared.iter().collect::<Vec<_>>());
}

/// One snapshot for both backends: where they differ, one of them fails.
#[tokio::test]
async fn both_backends_keep_the_same_keys() {
    let test = TestDb::start().await;
    let keys = catalog::keys(&mut Sql::connect(&test.url).await).await;
    insta::assert_snapshot!("keys", keys.join("\n"));
}

#[tokio::test]
async fn a_deleted_row_invalidates_every_model_the_database_changes_by_itself() {
    let test = TestDb::start().await;
    let keys = catalog::keys(&mut Sql::connect(&test.url).await).await;
    let follows: Vec<Follows<'_>> = keys.iter().filter_map(|it| Follows::parse(it)).collect();
    for (table, model, declared) in [
        entity::<UserRow>("users"),
        entity::<OrganizationRow>("organizations"),
        entity::<LeagueRow>("leagues"),
        entity::<TournamentRow>("tournaments"),
        entity::<TeamRow>("teams"),
        entity::<DraftRow>("drafts"),
        entity::<DraftRoundRow>("draft_rounds"),
        entity::<DraftEventRow>("draft_events"),
        entity::<GameRow>("games"),
        entity::<SessionRow>("sessions"),
        entity::<ApiTokenRow>("api_tokens"),
        entity::<OrganizationLogRow>("organization_logs"),
        entity::<LeagueLogRow>("league_logs"),
    ] {
        let missing: Vec<&str> =
            changed_with(table, model, &follows).into_iter().filter(|it| !declared.contains(it)).collect();
        assert!(missing.is_empty(), "deleting a {model} changes {missing:?} as well");
    }
}

fn entity<E: Entity>(table: &'static str) -> (&'static str, &'static str, &'static [&'static str]) {
    (table, E::MODEL, E::CASCADES_TO)
}

/// A foreign key that does something when the row it refers to is deleted.
struct Follows<'a> {
    table: &'a str,
    parent: &'a str,
    is_deleted: bool,
}

impl<'a> Follows<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (child, rest) = line.split_once(" references ")?;
        let (parent, action) = rest.split_once(" on delete ")?;
        let is_deleted = match action {
            "cascade" => true,
            "set null" => false,
            _ => return None,
        };
        Some(Self { table: child.split_once(' ')?.0, parent: parent.split_once(' ')?.0, is_deleted })
    }
}

/// The models whose rows or lists change when a row of `table` goes, but for the row itself.
fn changed_with<'a>(table: &'a str, model: &str, follows: &[Follows<'a>]) -> BTreeSet<&'static str> {
    let mut models = BTreeSet::new();
    let (mut deleted, mut seen) = (vec![table], BTreeSet::from([table]));
    while let Some(parent) = deleted.pop() {
        for child in follows.iter().filter(|it| it.parent == parent) {
            // A row of the same model that only lets go of a row that is deleted with it needs no word.
            let is_itself = !child.is_deleted && child.table == table && parent != table;
            models.extend(models_of(child.table).iter().filter(|_| !is_itself));
            if child.is_deleted && seen.insert(child.table) {
                deleted.push(child.table);
            }
        }
    }
    // Both ends of a link are changed; one of them is the row itself, unless rows refer to their own kind.
    if !follows.iter().any(|it| it.table == table && it.parent == table) {
        models.remove(model);
    }
    models
}

/// The models a row of a table is seen through: its own, or both ends of a link.
fn models_of(table: &str) -> &'static [&'static str] {
    match table {
        "users" => &["user"],
        "organizations" => &["organization"],
        "leagues" => &["league"],
        "tournaments" => &["tournament"],
        "teams" => &["team"],
        "drafts" => &["draft"],
        "draft_rounds" => &["draft_round"],
        "draft_events" => &["draft_event"],
        "games" => &["game"],
        "sessions" => &["session"],
        "api_tokens" => &["api_token"],
        "organization_logs" => &["organization_log"],
        "league_logs" => &["league_log"],
        "organization_roles" => &["organization", "user"],
        "league_roles" => &["league", "user"],
        "league_organizations" => &["league", "organization"],
        "tournament_players" => &["tournament", "user"],
        "team_members" => &["team", "user"],
        // Read past the cache, by feeds alone.
        "tournament_events" => &[],
        other => panic!("say here through which models a row of {other} is seen"),
    }
}

/// The `diesel::table!` blocks: `users (id)` and the lines of columns.
fn tables() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    SCHEMA.split("diesel::table! {").skip(1).map(|block| {
        let mut lines = block.lines().map(str::trim).filter(|it| !it.is_empty() && !it.starts_with("use "));
        let head = lines.next().and_then(|it| it.strip_suffix(" {")).unwrap();
        (head, lines.take_while(|it| *it != "}").collect())
    })
}

fn declared_columns() -> Vec<String> {
    let mut by_table = BTreeMap::new();
    for (head, columns) in tables() {
        let table = head.split_once(' ').unwrap().0;
        let columns = columns.into_iter().map(|column| {
            let (name, kind) = column.trim_end_matches(',').split_once(" -> ").unwrap();
            let inner = kind.strip_prefix("Nullable<").and_then(|it| it.strip_suffix('>'));
            let not_null = if inner.is_none() { " not null" } else { "" };
            format!("{table}.{name} {}{not_null}", sql_type(inner.unwrap_or(kind)))
        });
        by_table.insert(table, columns.collect::<Vec<_>>());
    }
    by_table.into_values().flatten().collect()
}

fn sql_type(diesel: &str) -> &'static str {
    match (Backend::current(), diesel) {
        (Backend::Sqlite, "Text" | "Json" | "UtcMicros") => "TEXT",
        (Backend::Sqlite, "BigInt" | "Integer" | "Bool") => "INTEGER",
        (Backend::Sqlite, "Double") => "REAL",
        (Backend::Postgres, "Text") => "text",
        (Backend::Postgres, "Json") => "json",
        (Backend::Postgres, "UtcMicros") => "timestamp with time zone",
        (Backend::Postgres, "BigInt") => "bigint",
        (Backend::Postgres, "Integer") => "integer",
        (Backend::Postgres, "Bool") => "boolean",
        (Backend::Postgres, "Double") => "double precision",
        (_, other) => panic!("say here what {other} is called in SQL"),
    }
}
