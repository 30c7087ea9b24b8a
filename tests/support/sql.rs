//! SQL by hand, on a connection of its own: what a test knows of the database without the layer it tests.
//!
//! Every query returns lines of text; nothing here goes through `Db`.

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::Text;
use diesel::{Connection as _, QueryResult, SqliteConnection};
use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl as _, SimpleAsyncConnection as _};
use inhouse::db::DatabaseUrl;

#[derive(diesel::QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// A connection of either backend.
pub(crate) enum Sql {
    Sqlite(SqliteConnection),
    Postgres(Box<AsyncPgConnection>),
}

impl Sql {
    pub(crate) async fn connect(url: &DatabaseUrl) -> Self {
        match url {
            DatabaseUrl::Sqlite(path) => {
                let mut conn = SqliteConnection::establish(&path.to_string_lossy()).unwrap();
                conn.batch_execute("PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000").unwrap();
                Self::Sqlite(conn)
            }
            DatabaseUrl::Postgres(url) => {
                Self::Postgres(Box::new(AsyncPgConnection::establish(url).await.unwrap()))
            }
        }
    }

    /// Runs statements.
    pub(crate) async fn execute(&mut self, sql: &str) -> QueryResult<()> {
        match self {
            Self::Sqlite(conn) => conn.batch_execute(sql),
            Self::Postgres(conn) => conn.batch_execute(sql).await,
        }
    }

    /// The column `line` of a query's rows.
    pub(crate) async fn lines(&mut self, sql: &str) -> Vec<String> {
        let query = diesel::sql_query(sql);
        let rows: Vec<Line> = match self {
            Self::Sqlite(conn) => diesel::RunQueryDsl::load(query, conn).unwrap(),
            Self::Postgres(conn) => query.load(&mut **conn).await.unwrap(),
        };
        rows.into_iter().map(|row| row.line).collect()
    }

    /// How many rows a table has.
    pub(crate) async fn count(&mut self, table: &str) -> usize {
        let lines = self.lines(&format!("SELECT CAST(count(*) AS text) AS line FROM {table}")).await;
        lines[0].parse().unwrap()
    }
}
