//! What a cached value can depend on, from one object to everything.
//!
//! Plain values; who depends on whom is declared beside the tables, in `db`.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// Name of a model or of a relation.
pub type Name = Cow<'static, str>;

/// One thing a cached value was computed from. Each implies the wider ones: a change of `Model(user)` touches
/// whatever depends on `Object(user, 5)`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Dep {
    /// One row, or its absence: model and primary key.
    Object(Name, i64),
    /// The list of children of one parent: relation and the parent's primary key. Changes when a child joins or leaves.
    Related(Name, i64),
    /// Some row of a model was written; what filtered lists depend on.
    Rows(Name),
    /// All of a model.
    Model(Name),
    /// All there is.
    Everything,
}

impl Dep {
    /// The dep of one row.
    #[must_use]
    pub fn object(model: &'static str, pk: i64) -> Self {
        Self::Object(Name::Borrowed(model), pk)
    }

    /// The dep of one parent's list of children.
    #[must_use]
    pub fn related(relation: &'static str, parent: i64) -> Self {
        Self::Related(Name::Borrowed(relation), parent)
    }

    /// The dep of a filtered list.
    #[must_use]
    pub fn rows(model: &'static str) -> Self {
        Self::Rows(Name::Borrowed(model))
    }

    /// The dep of a whole model.
    #[must_use]
    pub fn model(model: &'static str) -> Self {
        Self::Model(Name::Borrowed(model))
    }
}
