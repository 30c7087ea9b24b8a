//! Which row here each object of the source became, held in memory for one run (DOMAIN §9.3 rule 1).
//!
//! Both directions: a row that one object of the source became is never tied to a second one.

use std::collections::BTreeMap;

use crate::db::models::{
    DraftRoundRow, DraftRow, GameRow, ImportMappingRow, LeagueRow, OrganizationRow, TeamRow, TournamentRow,
    UserRow,
};
use crate::db::{Db, DbResult, Writable};
use crate::domain::import::{EntityKind, SourcePk};
use crate::types::EntityId as _;

/// A table that imports write.
pub(crate) trait Imported: Writable<Changes: Default + PartialEq> {
    /// What the report calls its rows.
    const KIND: EntityKind;
}

macro_rules! imported {
    ($($row:ty => $kind:ident),+ $(,)?) => {$(
        impl Imported for $row {
            const KIND: EntityKind = EntityKind::$kind;
        }
    )+};
}

imported! {
    UserRow => User,
    OrganizationRow => Organization,
    LeagueRow => League,
    TournamentRow => Tournament,
    TeamRow => Team,
    DraftRow => Draft,
    DraftRoundRow => DraftRound,
    GameRow => Game,
}

/// The mappings of one source.
#[derive(Debug)]
pub(crate) struct Mappings {
    source: String,
    by_model: BTreeMap<String, Pairs>,
}

#[derive(Debug, Default)]
struct Pairs {
    ids: BTreeMap<SourcePk, i64>,
    pks: BTreeMap<i64, SourcePk>,
}

impl Mappings {
    /// Everything this source was imported as before.
    pub(super) async fn load(db: &Db, source: &str) -> DbResult<Self> {
        let rows = db.read(async |conn| ImportMappingRow::all(conn, source).await).await?;
        Ok(Self::of(source, rows))
    }

    /// Everything these rows say.
    pub(super) fn of(source: &str, rows: Vec<ImportMappingRow>) -> Self {
        let mut mappings = Self { source: source.to_owned(), by_model: BTreeMap::new() };
        for row in rows {
            mappings.insert(row.entity, SourcePk(row.source_pk), row.entity_id);
        }
        mappings
    }

    /// The row that this object became.
    pub(crate) fn id<E: Imported>(&self, pk: SourcePk) -> Option<E::Id> {
        self.by_model.get(E::MODEL)?.ids.get(&pk).copied().map(E::Id::from_pk)
    }

    /// The object that this row was.
    pub(crate) fn pk<E: Imported>(&self, id: E::Id) -> Option<SourcePk> {
        self.by_model.get(E::MODEL)?.pks.get(&id.pk()).copied()
    }

    pub(super) fn set<E: Imported>(&mut self, pk: SourcePk, id: E::Id) {
        self.insert(E::MODEL.to_owned(), pk, id.pk());
    }

    pub(super) fn remove<E: Imported>(&mut self, pk: SourcePk) {
        let Some(pairs) = self.by_model.get_mut(E::MODEL) else { return };
        if let Some(id) = pairs.ids.remove(&pk) {
            pairs.pks.remove(&id);
        }
    }

    /// The row of `import_mappings` that says so.
    pub(super) fn link<E: Imported>(&self, pk: SourcePk, id: E::Id) -> ImportMappingRow {
        ImportMappingRow {
            source: self.source.clone(),
            entity: E::MODEL.to_owned(),
            source_pk: pk.0,
            entity_id: id.pk(),
        }
    }

    fn insert(&mut self, model: String, pk: SourcePk, id: i64) {
        let pairs = self.by_model.entry(model).or_default();
        pairs.ids.insert(pk, id);
        pairs.pks.insert(id, pk);
    }
}
