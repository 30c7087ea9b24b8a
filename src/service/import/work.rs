//! The desk at which one transaction of an import works: the unit of work, the run's state, the pen for the report.
//!
//! Knows how rows are tied to what they were at the source; knows no kind of object.

use super::failure::Fault;
use super::mapping::Imported;
use super::run::Run;
use crate::db::UnitOfWork;
use crate::domain::import::{At, Change, Report, SourcePk};

/// One transaction of a run.
pub(super) struct Work<'a, 'p> {
    pub(super) uow: &'a mut UnitOfWork,
    pub(super) run: &'a mut Run<'p>,
    pub(super) report: Report,
    /// The object being worked on, which a fault is reported with.
    pub(super) at: At,
}

impl<'a, 'p> Work<'a, 'p> {
    pub(super) fn new(uow: &'a mut UnitOfWork, run: &'a mut Run<'p>, at: &At) -> Self {
        Self { uow, run, report: Report::default(), at: at.clone() }
    }

    /// Turns to the next object; false if this run has dealt with it.
    pub(super) fn begin<E: Imported>(&mut self, pk: SourcePk, at: &At) -> bool {
        self.at = at.clone();
        self.run.begin(E::KIND, pk)
    }

    /// Counts the fate of an object.
    pub(super) fn count<E: Imported>(&mut self, change: Change) {
        self.report.count(E::KIND, change);
    }

    /// Says something about a field of the object being worked on.
    pub(super) fn say(&mut self, field: &str, message: impl Into<String>) {
        let path = match (self.at.path.as_str(), field) {
            (path, "") => path.to_owned(),
            ("", field) => field.to_owned(),
            (path, field) => format!("{path}.{field}"),
        };
        self.report.note(At::new(&self.at.file, path), message);
    }

    /// The fault that the object being worked on, or a field of it, cannot be imported.
    pub(super) fn refuse(&mut self, field: &str, message: impl Into<String>) -> Fault {
        if !field.is_empty() {
            let dot = if self.at.path.is_empty() { "" } else { "." };
            self.at.path = format!("{}{dot}{field}", self.at.path);
        }
        Fault::Refused(message.into())
    }

    /// The row that an object became, unless it was deleted here since.
    pub(super) async fn mapped<E: Imported>(&mut self, pk: SourcePk) -> Result<Option<E>, Fault> {
        match self.run.mappings.id::<E>(pk) {
            Some(id) => Ok(self.uow.get::<E>(id).await?),
            None => Ok(None),
        }
    }

    /// The row that an object became; everything an object refers to is imported before it.
    pub(super) fn expect_id<E: Imported>(&mut self, pk: SourcePk, field: &str) -> Result<E::Id, Fault> {
        match self.run.mappings.id::<E>(pk) {
            Some(id) => Ok(id),
            None => Err(self.refuse(field, format!("{} {pk} was never imported", E::MODEL))),
        }
    }

    /// [`Work::expect_id`] for a reference that may be absent.
    pub(super) fn expect_some<E: Imported>(
        &mut self,
        pk: Option<SourcePk>,
        field: &str,
    ) -> Result<Option<E::Id>, Fault> {
        pk.map(|it| self.expect_id::<E>(it, field)).transpose()
    }

    /// Remembers that an object became this row, and nothing else became it or is it.
    pub(super) async fn tie<E: Imported>(&mut self, pk: SourcePk, id: E::Id) -> Result<(), Fault> {
        if self.run.mappings.id::<E>(pk) == Some(id) {
            return Ok(());
        }
        self.untie::<E>(pk).await?;
        if let Some(former) = self.run.mappings.pk::<E>(id) {
            self.untie::<E>(former).await?;
        }
        let link = self.run.mappings.link::<E>(pk, id);
        if !self.uow.link(&link).await? {
            return Err(self.refuse("", "somebody else is importing it at this moment"));
        }
        self.run.mappings.set::<E>(pk, id);
        Ok(())
    }

    /// Forgets what an object became.
    pub(super) async fn untie<E: Imported>(&mut self, pk: SourcePk) -> Result<(), Fault> {
        if let Some(id) = self.run.mappings.id::<E>(pk) {
            let link = self.run.mappings.link::<E>(pk, id);
            self.uow.unlink(&link).await?;
            self.run.mappings.remove::<E>(pk);
        }
        Ok(())
    }

    /// Inserts the row of an object.
    pub(super) async fn create<E: Imported>(&mut self, pk: SourcePk, new: E::New) -> Result<E, Fault> {
        let row = self.uow.insert::<E>(new).await?;
        self.tie::<E>(pk, row.id()).await?;
        Ok(row)
    }

    /// Writes the columns that differ; the row after it, or `None` if none did.
    pub(super) async fn amend<E: Imported>(
        &mut self,
        id: E::Id,
        changes: E::Changes,
    ) -> Result<Option<E>, Fault> {
        if changes == E::Changes::default() {
            return Ok(None);
        }
        match self.uow.update::<E>(id, changes).await? {
            Some(row) => Ok(Some(row)),
            None => Err(self.refuse("", format!("{} {id} was deleted at this moment", E::MODEL))),
        }
    }
}

/// The fate of a row that was imported before.
pub(super) fn fate(is_changed: bool) -> Change {
    if is_changed { Change::Updated } else { Change::Unchanged }
}
