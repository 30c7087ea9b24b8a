//! What an entry of an audit log tells beside who did what: DOMAIN §1.11.
//!
//! People are told by id and never by name: an entry gives away nothing of somebody who was made anonymous.

use serde::{Deserialize, Serialize};

use crate::types::{OrganizationId, RatingSystem, TextEnum as _, UserId};

/// Characters of a text that an entry keeps; of a longer one it tells the beginning.
pub const MAX_VALUE: usize = 1_000;

/// What an entry tells beside actor, action and target. An entry may lack any of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LogDetails {
    /// Name of the organization or league at that moment.
    pub name: String,
    /// Who owned it before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_owner_id: Option<UserId>,
    /// The organization that a league was linked to or unlinked from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<OrganizationId>,
    /// Name of that organization at that moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_name: Option<String>,
    /// Which fields changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<FieldChange>,
}

/// One field before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Name of the field in the API.
    pub field: String,
    /// What it was; `None` for nothing.
    pub from: Option<String>,
    /// What it became; `None` for nothing.
    pub to: Option<String>,
}

impl LogDetails {
    /// Details of something that is named so, with nothing else to tell.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }
}

/// A value that a log can show.
pub trait LogValue {
    /// The value as text; `None` for nothing.
    fn shown(&self) -> Option<String>;
}

impl FieldChange {
    /// The change of a field from one value to another.
    #[must_use]
    pub fn new<T: LogValue>(field: &str, from: &T, to: &T) -> Self {
        Self {
            field: field.to_owned(),
            from: from.shown().map(|it| shortened(&it)),
            to: to.shown().map(|it| shortened(&it)),
        }
    }
}

/// Fields that change from one value to another, gathered while the changes are made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff(Vec<FieldChange>);

impl Diff {
    /// The value to write, if one is given and differs from what is there; it is noted then.
    pub fn note<T: LogValue + PartialEq>(&mut self, field: &str, current: &T, given: Option<T>) -> Option<T> {
        let new = given.filter(|it| it != current)?;
        self.0.push(FieldChange::new(field, current, &new));
        Some(new)
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The changes, in the order in which they were noted.
    #[must_use]
    pub fn into_changes(self) -> Vec<FieldChange> {
        self.0
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_VALUE) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

impl<T: LogValue> LogValue for Option<T> {
    fn shown(&self) -> Option<String> {
        self.as_ref().and_then(LogValue::shown)
    }
}

impl LogValue for RatingSystem {
    fn shown(&self) -> Option<String> {
        Some(self.as_str().to_owned())
    }
}

macro_rules! shown_as_text {
    ($($value:ty),+ $(,)?) => {$(
        impl LogValue for $value {
            fn shown(&self) -> Option<String> {
                Some(self.to_string())
            }
        }
    )+};
}

shown_as_text!(String, i32, f64, bool, crate::types::LeagueId);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_is_given_and_differs_is_noted() {
        let mut diff = Diff::default();
        assert_eq!(diff.note("name", &"a".to_owned(), None), None);
        assert_eq!(diff.note("name", &"a".to_owned(), Some("a".to_owned())), None);
        assert!(diff.is_empty());
        assert_eq!(diff.note("placementGames", &10, Some(12)), Some(12));
        assert_eq!(diff.note("discordServerId", &Some("7".to_owned()), Some(None)), Some(None));
        let change = |field: &str, from: &str, to: Option<&str>| FieldChange {
            field: field.to_owned(),
            from: Some(from.to_owned()),
            to: to.map(str::to_owned),
        };
        let expected = [change("placementGames", "10", Some("12")), change("discordServerId", "7", None)];
        assert_eq!(diff.into_changes(), expected);
    }

    #[test]
    fn of_a_long_text_the_beginning_is_kept() {
        let change = FieldChange::new("rules", &"é".repeat(MAX_VALUE), &"é".repeat(MAX_VALUE + 1));
        assert_eq!(change.from, Some("é".repeat(MAX_VALUE)));
        assert_eq!(change.to, Some("é".repeat(MAX_VALUE) + "…"));
    }

    #[test]
    fn details_are_stored_without_what_they_lack_and_read_whatever_they_lack() {
        let details = LogDetails { previous_owner_id: Some(UserId(7)), ..LogDetails::named("DTX") };
        let stored = json!({ "name": "DTX", "previous_owner_id": 7 });
        assert_eq!(serde_json::to_value(&details).unwrap(), stored);
        assert_eq!(serde_json::from_value::<LogDetails>(stored).unwrap(), details);
        assert_eq!(serde_json::from_value::<LogDetails>(json!({})).unwrap(), LogDetails::default());
    }
}
