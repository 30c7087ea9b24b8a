//! Which row each imported object became: what makes an import repeatable (DOMAIN §9.3).

use super::super::conn::{DbConn, on_conn};
use super::super::dsl::*;
use super::super::entity::UniqueKey;
use super::super::error::DbResult;
use super::super::schema::import_mappings;
use super::super::writable::linkable;

/// A row of `import_mappings`.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    diesel::Queryable,
    diesel::Selectable,
    diesel::Insertable,
    serde::Serialize,
    serde::Deserialize,
)]
#[diesel(table_name = import_mappings)]
pub struct ImportMappingRow {
    /// Where the object came from.
    pub source: String,
    /// What it is: the name of a model.
    pub entity: String,
    /// Its key there.
    pub source_pk: i64,
    /// Its key here.
    pub entity_id: i64,
}

// Nothing that is read depends on a mapping.
linkable!(ImportMappingRow, import_mappings(source, entity, source_pk), |_it| []);

/// Every mapping of a source.
#[derive(Clone, Copy, Debug)]
pub struct MappingsOf<'a>(pub &'a str);

impl UniqueKey for MappingsOf<'_> {
    type Row = Vec<ImportMappingRow>;

    async fn find(self, conn: &mut DbConn) -> DbResult<Option<Vec<ImportMappingRow>>> {
        Ok(Some(ImportMappingRow::all(conn, self.0).await?))
    }
}

impl ImportMappingRow {
    /// Every mapping of a source.
    ///
    /// # Errors
    /// The database failed.
    pub async fn all(conn: &mut DbConn, source: &str) -> DbResult<Vec<Self>> {
        Ok(on_conn!(conn, c => {
            import_mappings::table
                .filter(import_mappings::source.eq(source))
                .order((import_mappings::entity, import_mappings::source_pk))
                .select(Self::as_select())
                .load(c)
                .await
        })?)
    }
}
