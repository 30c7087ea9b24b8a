//! What a cached value can depend on, from one object to everything.
//!
//! Plain values; who depends on whom is declared beside the tables, in `db`.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

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
    /// The name begins with the parent's model and a dot.
    Related(Name, i64),
    /// Some row of a model was written; what filtered lists depend on.
    Rows(Name),
    /// All of a model: its objects, its filtered lists, and what is related to its objects.
    Model(Name),
    /// All there is.
    Everything,
}

/// Fingerprint of a [`Dep`], the same in every process and build. Two deps with one fingerprint, however unlikely,
/// would be invalidated together: a change too many, never one too few.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DepId(u64);

/// A text that names no dep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write `everything`, `model user`, `rows user`, `object user 5` or `related user.roles 5`")]
pub struct ParseDepError;

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

    /// The model it is about; none for everything.
    #[must_use]
    pub fn model_name(&self) -> Option<&str> {
        match self {
            Self::Object(model, _) | Self::Rows(model) | Self::Model(model) => Some(model),
            Self::Related(relation, _) => Some(parent_model(relation)),
            Self::Everything => None,
        }
    }

    /// Its fingerprint.
    #[must_use]
    pub fn id(&self) -> DepId {
        match self {
            Self::Object(model, pk) => DepId::new(b'o', model, Some(*pk)),
            Self::Related(relation, pk) => DepId::new(b'r', relation, Some(*pk)),
            Self::Rows(model) => DepId::new(b'l', model, None),
            Self::Model(model) => DepId::new(b'm', model, None),
            Self::Everything => DepId::new(b'e', "", None),
        }
    }

    /// The fingerprints of all whose change touches what depends on this: its own and those of the wider ones.
    pub(super) fn touched_by(&self) -> impl Iterator<Item = DepId> + use<> {
        let model = match self {
            Self::Model(_) | Self::Everything => None,
            _ => self.model_name().map(|model| DepId::new(b'm', model, None)),
        };
        let everything = (*self != Self::Everything).then(|| Self::Everything.id());
        [Some(self.id()), model, everything].into_iter().flatten()
    }
}

/// The model of the parents of a relation.
fn parent_model(relation: &str) -> &str {
    relation.split_once('.').map_or(relation, |(model, _)| model)
}

impl DepId {
    /// 64-bit FNV-1a over kind, name and key: short, and fixed for good, which the hashers of std are not.
    fn new(kind: u8, name: &str, pk: Option<i64>) -> Self {
        const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
        const PRIME: u64 = 0x0100_0000_01b3;

        let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(PRIME);
        let hash = name.bytes().fold(mix(OFFSET, kind), mix);
        // No name holds a zero byte, so no name and key run into each other.
        let hash = mix(hash, 0);
        Self(pk.unwrap_or_default().to_le_bytes().into_iter().fold(hash, mix))
    }
}

impl fmt::Display for Dep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object(model, pk) => write!(f, "object {model} {pk}"),
            Self::Related(relation, pk) => write!(f, "related {relation} {pk}"),
            Self::Rows(model) => write!(f, "rows {model}"),
            Self::Model(model) => write!(f, "model {model}"),
            Self::Everything => f.write_str("everything"),
        }
    }
}

impl FromStr for Dep {
    type Err = ParseDepError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let name = |text: &str| Name::Owned(text.to_owned());
        let pk = |text: &str| text.parse::<i64>().map_err(|_not_a_number| ParseDepError);
        match words.as_slice() {
            ["everything"] => Ok(Self::Everything),
            ["model", model] => Ok(Self::Model(name(model))),
            ["rows", model] => Ok(Self::Rows(name(model))),
            ["object", model, key] => Ok(Self::Object(name(model), pk(key)?)),
            ["related", relation, key] => Ok(Self::Related(name(relation), pk(key)?)),
            _ => Err(ParseDepError),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touches(changed: &Dep, dep: &Dep) -> bool {
        dep.touched_by().any(|id| id == changed.id())
    }

    #[test]
    fn a_change_touches_the_narrower_deps_it_implies_and_no_others() {
        let (user, other) = (Dep::object("user", 5), Dep::object("user", 6));
        assert!(touches(&user, &user) && !touches(&other, &user));
        assert!(touches(&Dep::model("user"), &user) && touches(&Dep::Everything, &user));
        assert!(touches(&Dep::model("user"), &Dep::rows("user")));
        assert!(touches(&Dep::Everything, &Dep::model("user")));
        assert!(!touches(&user, &Dep::rows("user")) && !touches(&Dep::rows("user"), &user));
        assert!(!touches(&Dep::model("account"), &user));
    }

    #[test]
    fn a_change_of_a_model_touches_what_is_related_to_its_objects() {
        assert!(touches(&Dep::model("user"), &Dep::related("user.items", 5)));
        assert!(!touches(&Dep::model("item"), &Dep::related("user.items", 5)));
    }

    #[test]
    fn the_fingerprint_of_a_dep_never_changes() {
        assert_eq!(Dep::object("user", 5).id(), DepId(2_628_549_483_696_116_582));
        assert_eq!(Dep::Everything.id(), Dep::Everything.id());
        assert_ne!(Dep::object("user", 5).id(), Dep::related("user", 5).id());
    }

    #[test]
    fn a_dep_is_read_back_from_its_text() {
        let deps = [
            Dep::Everything,
            Dep::model("user"),
            Dep::rows("user"),
            Dep::object("user", -5),
            Dep::related("a.b", 7),
        ];
        for dep in deps {
            assert_eq!(dep.to_string().parse(), Ok(dep));
        }
        for text in ["", "user 5", "object user", "object user x", "model user 5"] {
            assert_eq!(text.parse::<Dep>(), Err(ParseDepError), "{text}");
        }
    }
}
