//! What an import did or would do: counts per kind of entity and notes on everything that was not taken as it stood.
//!
//! The planning half writes the notes, the applying half the counts and further notes; both print it the same way.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::error::At;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EntityKind {
    /// Users, with their positions.
    User,
    /// Organizations.
    Organization,
    /// Leagues.
    League,
    /// Tournaments, with their registered players.
    Tournament,
    /// Teams, with their members.
    Team,
    /// Drafts.
    Draft,
    /// Rounds of drafts.
    DraftRound,
    /// Games.
    Game,
}

impl EntityKind {
    /// The word for the rows of the printed table.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::User => "users",
            Self::Organization => "organizations",
            Self::League => "leagues",
            Self::Tournament => "tournaments",
            Self::Team => "teams",
            Self::Draft => "drafts",
            Self::DraftRound => "draft rounds",
            Self::Game => "games",
        }
    }
}

/// What became of one entity (DOMAIN §9.3 rule 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new row.
    Created,
    /// Tied to a row that was here before, for the first time.
    Matched,
    /// Imported before; the row was brought up to date.
    Updated,
    /// Imported before; nothing differs.
    Unchanged,
    /// Left out; a note says why.
    Skipped,
}

/// How many entities of one kind met each fate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// New rows.
    pub created: usize,
    /// Tied to rows that were here before.
    pub matched: usize,
    /// Brought up to date.
    pub updated: usize,
    /// Nothing differs.
    pub unchanged: usize,
    /// Left out.
    pub skipped: usize,
}

/// Something the reader should know: a repair, a contradiction, a reason for leaving something out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// Where.
    #[serde(flatten)]
    pub at: At,
    /// What, in one sentence.
    pub message: String,
}

/// Counts and notes of one import.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Fates by kind of entity.
    pub counts: BTreeMap<EntityKind, Counts>,
    /// Notes in the order in which they were made.
    pub notes: Vec<Note>,
}

impl Report {
    /// Counts one entity.
    pub fn count(&mut self, kind: EntityKind, change: Change) {
        let counts = self.counts.entry(kind).or_default();
        let counter = match change {
            Change::Created => &mut counts.created,
            Change::Matched => &mut counts.matched,
            Change::Updated => &mut counts.updated,
            Change::Unchanged => &mut counts.unchanged,
            Change::Skipped => &mut counts.skipped,
        };
        *counter = counter.saturating_add(1);
    }

    /// Adds a note.
    pub fn note(&mut self, at: At, message: impl Into<String>) {
        self.notes.push(Note { at, message: message.into() });
    }

    /// Counts an entity that is left out, and says why.
    pub fn skip(&mut self, kind: EntityKind, at: At, reason: impl fmt::Display) {
        self.count(kind, Change::Skipped);
        self.note(at, format!("skipped: {reason}"));
    }

    /// Adds another report to this one: one per transaction, one for the whole run.
    pub fn merge(&mut self, other: Self) {
        for (kind, more) in other.counts {
            let counts = self.counts.entry(kind).or_default();
            counts.created = counts.created.saturating_add(more.created);
            counts.matched = counts.matched.saturating_add(more.matched);
            counts.updated = counts.updated.saturating_add(more.updated);
            counts.unchanged = counts.unchanged.saturating_add(more.unchanged);
            counts.skipped = counts.skipped.saturating_add(more.skipped);
        }
        self.notes.extend(other.notes);
    }

    /// Whether no row was created, matched or updated.
    #[must_use]
    pub fn changed_nothing(&self) -> bool {
        self.counts.values().all(|it| it.created == 0 && it.matched == 0 && it.updated == 0)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<14}  created  matched  updated  unchanged  skipped", "")?;
        for (kind, it) in &self.counts {
            writeln!(
                f,
                "{:<14}  {:>7}  {:>7}  {:>7}  {:>9}  {:>7}",
                kind.label(),
                it.created,
                it.matched,
                it.updated,
                it.unchanged,
                it.skipped
            )?;
        }
        for note in &self.notes {
            writeln!(f, "note: {}: {}", note.at, note.message)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Report {
        let mut report = Report::default();
        report.count(EntityKind::Team, Change::Created);
        report.count(EntityKind::Team, Change::Created);
        report.skip(EntityKind::Game, At::new("b.json", "matches[4]"), "not in the bracket");
        report
    }

    #[test]
    fn it_prints_as_a_table_followed_by_the_notes() {
        assert_eq!(
            sample().to_string(),
            "                created  matched  updated  unchanged  skipped\n\
             teams                 2        0        0          0        0\n\
             games                 0        0        0          0        1\n\
             note: b.json: matches[4]: skipped: not in the bracket\n"
        );
    }

    #[test]
    fn it_is_written_as_json_with_file_and_path_of_each_note() {
        let json = serde_json::to_value(sample()).unwrap();
        assert_eq!(json["counts"]["team"]["created"], 2);
        assert_eq!(json["notes"][0]["path"], "matches[4]");
    }

    #[test]
    fn merging_adds_counts_and_appends_notes() {
        let mut report = sample();
        report.merge(sample());
        assert_eq!(report.counts[&EntityKind::Team].created, 4);
        assert_eq!(report.notes.len(), 2);
    }

    #[test]
    fn a_run_of_unchanged_and_skipped_entities_changed_nothing() {
        let mut report = Report::default();
        report.count(EntityKind::User, Change::Unchanged);
        report.count(EntityKind::Game, Change::Skipped);
        assert!(report.changed_nothing());
        assert!(!sample().changed_nothing());
    }
}
