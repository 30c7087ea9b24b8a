//! Every row of every table as text, to show that something changed nothing.
//!
//! Reads past the layer under test, on a connection of its own.

#![expect(clippy::unwrap_used, reason = "what a test stands on stops when it cannot go on")]

use std::collections::BTreeMap;

use diesel::sql_types::Text;
use diesel::{Connection as _, QueryableByName, SqliteConnection};
use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl as _};
use inhouse::db::DatabaseUrl;

use super::TestDb;

/// Rows by table.
pub(crate) type Dump = BTreeMap<String, Vec<String>>;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    text: String,
}

impl TestDb {
    /// All rows of all tables, sorted.
    pub(crate) async fn dump(&self) -> Dump {
        match &self.url {
            DatabaseUrl::Postgres(url) => postgres(url).await,
            DatabaseUrl::Sqlite(path) => sqlite(&path.to_string_lossy()),
        }
    }
}

async fn postgres(url: &str) -> Dump {
    let mut conn = AsyncPgConnection::establish(url).await.unwrap();
    let tables = "SELECT tablename::text AS text FROM pg_tables WHERE schemaname = 'public'";
    let mut dump = Dump::new();
    for table in diesel::sql_query(tables).load::<Line>(&mut conn).await.unwrap() {
        let rows = format!("SELECT t::text AS text FROM {} t ORDER BY 1", table.text);
        let rows = diesel::sql_query(rows).load::<Line>(&mut conn).await.unwrap();
        dump.insert(table.text, rows.into_iter().map(|it| it.text).collect());
    }
    dump
}

fn sqlite(path: &str) -> Dump {
    let mut conn = SqliteConnection::establish(path).unwrap();
    let tables = "SELECT name AS text FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let mut dump = Dump::new();
    for table in load(tables, &mut conn) {
        let columns = load(&format!("SELECT name AS text FROM pragma_table_xinfo('{table}')"), &mut conn);
        let columns: Vec<String> = columns.iter().map(|it| format!("'{it}', \"{it}\"")).collect();
        let rows = format!("SELECT json_object({}) AS text FROM \"{table}\" ORDER BY 1", columns.join(", "));
        dump.insert(table, load(&rows, &mut conn));
    }
    dump
}

fn load(sql: &str, conn: &mut SqliteConnection) -> Vec<String> {
    let lines: Vec<Line> = diesel::RunQueryDsl::load(diesel::sql_query(sql), conn).unwrap();
    lines.into_iter().map(|it| it.text).collect()
}
