//! What the database itself says it consists of, as lines of text that are the same on both backends.
//!
//! Types are named as each backend names them; everything else reads alike.

use crate::support::Backend;
use crate::support::sql::Sql;

/// Each column, `table.name type` and `not null` where it is, in order.
pub(crate) async fn columns(sql: &mut Sql) -> Vec<String> {
    sql.lines(match Backend::current() {
        Backend::Sqlite => {
            "SELECT m.name || '.' || c.name || ' ' || c.type
                 || CASE WHEN c.\"notnull\" OR (c.name = 'id' AND c.pk = 1) THEN ' not null' ELSE '' END AS line
             FROM sqlite_master m, pragma_table_xinfo(m.name) c
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\'
             ORDER BY m.name, c.cid"
        }
        Backend::Postgres => {
            "SELECT table_name || '.' || column_name || ' ' || data_type
                 || CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END AS line
             FROM information_schema.columns
             WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%'
             ORDER BY table_name COLLATE \"C\", ordinal_position"
        }
    })
    .await
}

/// Each primary, unique and foreign key and each index of its own, sorted.
pub(crate) async fn keys(sql: &mut Sql) -> Vec<String> {
    let mut lines = Vec::new();
    for query in match Backend::current() {
        Backend::Sqlite => SQLITE_KEYS,
        Backend::Postgres => POSTGRES_KEYS,
    } {
        lines.extend(sql.lines(query).await);
    }
    lines.sort();
    lines
}

/// Everything a migration could have left: tables, indexes, functions.
pub(crate) async fn leftovers(sql: &mut Sql) -> Vec<String> {
    sql.lines(match Backend::current() {
        Backend::Sqlite => {
            "SELECT type || ' ' || name AS line FROM sqlite_master
             WHERE tbl_name <> '__diesel_schema_migrations' AND name <> 'sqlite_sequence'"
        }
        Backend::Postgres => {
            "SELECT 'relation ' || relname AS line FROM pg_class
             WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE '\\_\\_diesel%'
             UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
             UNION ALL SELECT 'type ' || typname FROM pg_type
             WHERE typnamespace = 'public'::regnamespace AND typname NOT LIKE '%\\_\\_diesel%'"
        }
    })
    .await
}

const SQLITE_KEYS: &[&str] = &[
    "SELECT m.name || ' primary key (' || (
         SELECT group_concat(name, ', ') FROM (SELECT name FROM pragma_table_info(m.name) WHERE pk > 0 ORDER BY pk)
     ) || ')' AS line
     FROM sqlite_master m WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\'",
    "SELECT m.name || CASE i.origin WHEN 'u' THEN ' unique (' ELSE ' index ' || i.name || ' (' END || (
         SELECT group_concat(name || CASE WHEN i.origin = 'c' AND \"desc\" THEN ' desc' ELSE '' END, ', ')
         FROM (SELECT name, \"desc\" FROM pragma_index_xinfo(i.name) WHERE \"key\" ORDER BY seqno)
     ) || ')' AS line
     FROM sqlite_master m, pragma_index_list(m.name) i
     WHERE m.type = 'table' AND i.origin <> 'pk' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\'",
    "SELECT m.name || ' (' || (
         SELECT group_concat(\"from\", ', ') FROM (SELECT \"from\" FROM pragma_foreign_key_list(m.name) WHERE id = f.id ORDER BY seq)
     ) || ') references ' || f.\"table\" || ' (' || (
         SELECT group_concat(\"to\", ', ') FROM (SELECT \"to\" FROM pragma_foreign_key_list(m.name) WHERE id = f.id ORDER BY seq)
     ) || ') on delete ' || lower(f.on_delete) AS line
     FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' AND f.seq = 0",
];

const POSTGRES_KEYS: &[&str] = &[
    "SELECT format('%s %s (%s)', r.relname, CASE c.contype WHEN 'p' THEN 'primary key' ELSE 'unique' END, (
         SELECT string_agg(a.attname, ', ' ORDER BY k.n)
         FROM unnest(c.conkey) WITH ORDINALITY k (num, n) JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = k.num
     )) AS line
     FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid
     WHERE c.contype IN ('p', 'u') AND r.relnamespace = 'public'::regnamespace AND r.relname NOT LIKE '\\_\\_%'",
    "SELECT format('%s index %s (%s)', r.relname, i.relname, (
         SELECT string_agg(a.attname || CASE WHEN x.indoption[k.n - 1] & 1 = 1 THEN ' desc' ELSE '' END, ', ' ORDER BY k.n)
         FROM unnest(x.indkey) WITH ORDINALITY k (num, n) JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = k.num
     )) AS line
     FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class r ON r.oid = x.indrelid
     WHERE r.relnamespace = 'public'::regnamespace AND NOT x.indisunique",
    "SELECT format('%s (%s) references %s (%s) on delete %s', r.relname, (
         SELECT string_agg(a.attname, ', ' ORDER BY k.n)
         FROM unnest(c.conkey) WITH ORDINALITY k (num, n) JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = k.num
     ), p.relname, (
         SELECT string_agg(a.attname, ', ' ORDER BY k.n)
         FROM unnest(c.confkey) WITH ORDINALITY k (num, n) JOIN pg_attribute a ON a.attrelid = p.oid AND a.attnum = k.num
     ), CASE c.confdeltype WHEN 'a' THEN 'no action' WHEN 'r' THEN 'restrict' WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set null' END
     ) AS line
     FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid JOIN pg_class p ON p.oid = c.confrelid
     WHERE c.contype = 'f' AND r.relnamespace = 'public'::regnamespace",
];
