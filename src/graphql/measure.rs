//! Measures selections with every fragment written out, in time proportional to the document.
//!
//! Knows no schema: a page is told by `first` or `last`, or by its `nodes` or `edges`. Each fragment is measured once
//! and its totals are added wherever it is spread; all sums saturate.

use std::collections::HashMap;

use async_graphql::parser::types::{
    Directive, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned};
use async_graphql_value::Value as InputValue;
use serde_json::{Map, Value};

use super::limits::DocumentLimits;
use super::variables::{Weights, whole_number};

/// What a selection set amounts to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) selections: u64,
    pub(super) root_fields: u64,
    pub(super) aliases: u64,
    pub(super) directives: u64,
    pub(super) values: u64,
    pub(super) depth: u64,
    pub(super) recursion: u64,
    pub(super) complexity: u64,
    pub(super) introspection: u64,
    has_page_fields: bool,
}

impl Totals {
    /// Both side by side.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            selections: self.selections.saturating_add(other.selections),
            root_fields: self.root_fields.saturating_add(other.root_fields),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
            values: self.values.saturating_add(other.values),
            depth: self.depth.max(other.depth),
            recursion: self.recursion.max(other.recursion),
            complexity: self.complexity.saturating_add(other.complexity),
            introspection: self.introspection.saturating_add(other.introspection),
            has_page_fields: self.has_page_fields || other.has_page_fields,
        }
    }
}

/// Why something cannot be measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum MeasureError {
    /// Selection sets are too deep inside each other.
    TooRecursive { max: u64 },
    /// A fragment leads to itself.
    Cycle { fragment: String },
}

/// Measures parts of one document.
pub(super) struct Meter<'a> {
    limits: &'a DocumentLimits,
    document: &'a ExecutableDocument,
    weights: Weights<'a>,
    /// `None` while a fragment is being measured: meeting it again is a cycle.
    fragments: HashMap<&'a str, Option<Totals>>,
    level: u64,
}

impl<'a> Meter<'a> {
    pub(super) fn new(
        limits: &'a DocumentLimits,
        document: &'a ExecutableDocument,
        operation: &'a OperationDefinition,
        variables: &'a Map<String, Value>,
    ) -> Self {
        let weights = Weights::new(operation, variables);
        Self { limits, document, weights, fragments: HashMap::new(), level: 0 }
    }

    /// The totals of an operation's selections.
    pub(super) fn selection_set(&mut self, set: &'a SelectionSet) -> Result<Totals, MeasureError> {
        self.nested(set, false)
    }

    /// The totals of the fragments that nothing measured so far spreads.
    pub(super) fn unused_fragments(&mut self) -> Result<Totals, MeasureError> {
        let document = self.document;
        let mut totals = Totals::default();
        for name in document.fragments.keys() {
            if !self.fragments.contains_key(name.as_str()) {
                totals = totals.and(self.fragment(name)?);
            }
        }
        Ok(totals)
    }

    fn nested(&mut self, set: &'a SelectionSet, introspecting: bool) -> Result<Totals, MeasureError> {
        let max = self.limits.max_recursion;
        if self.level > max {
            return Err(MeasureError::TooRecursive { max });
        }
        self.level += 1;
        let mut totals = Totals::default();
        for selection in &set.items {
            totals = totals.and(self.selection(&selection.node, introspecting)?);
        }
        self.level -= 1;
        Ok(totals)
    }

    fn selection(&mut self, selection: &'a Selection, introspecting: bool) -> Result<Totals, MeasureError> {
        let mut totals = match selection {
            Selection::Field(field) => self.field(&field.node, introspecting)?,
            Selection::InlineFragment(inline) => {
                one_deeper(self.nested(&inline.node.selection_set.node, introspecting)?)
            }
            Selection::FragmentSpread(spread) => one_deeper(self.fragment(&spread.node.fragment_name.node)?),
        };
        totals.selections = totals.selections.saturating_add(1);
        self.add_directives(&mut totals, selection.directives());
        Ok(totals)
    }

    fn field(&mut self, field: &'a Field, introspecting: bool) -> Result<Totals, MeasureError> {
        let name = field.name.node.as_str();
        let introspecting = introspecting || matches!(name, "__schema" | "__type");
        let set = &field.selection_set.node;
        let mut totals = if set.items.is_empty() {
            Totals::default()
        } else {
            one_deeper(self.nested(set, introspecting)?)
        };
        let length = if introspecting { usual_length(name) } else { self.page_length(field, &totals) };
        totals.complexity = totals.complexity.saturating_mul(length);
        totals.introspection = totals.introspection.saturating_mul(length);
        if introspecting {
            totals.introspection = totals.introspection.saturating_add(1);
        } else {
            totals.complexity = totals.complexity.saturating_add(1);
            totals.depth = totals.depth.saturating_add(1);
        }
        totals.root_fields = 1;
        totals.aliases = totals.aliases.saturating_add(u64::from(field.alias.is_some()));
        totals.has_page_fields = matches!(name, "nodes" | "edges");
        for (_, value) in &field.arguments {
            totals.values = totals.values.saturating_add(self.weights.of(&value.node));
        }
        Ok(totals)
    }

    /// The totals of a fragment; nothing for an unknown one, which validation will report.
    fn fragment(&mut self, name: &'a Name) -> Result<Totals, MeasureError> {
        match self.fragments.get(name.as_str()) {
            Some(Some(known)) => return Ok(*known),
            Some(None) => return Err(MeasureError::Cycle { fragment: name.to_string() }),
            None => {}
        }
        let Some(definition) = self.document.fragments.get(name) else { return Ok(Totals::default()) };
        self.fragments.insert(name.as_str(), None);
        let introspecting = definition.node.type_condition.node.on.node.starts_with("__");
        let mut totals = self.nested(&definition.node.selection_set.node, introspecting)?;
        self.add_directives(&mut totals, &definition.node.directives);
        self.fragments.insert(name.as_str(), Some(totals));
        Ok(totals)
    }

    fn add_directives(&self, totals: &mut Totals, directives: &'a [Positioned<Directive>]) {
        for directive in directives {
            totals.directives = totals.directives.saturating_add(1);
            for (_, value) in &directive.node.arguments {
                totals.values = totals.values.saturating_add(self.weights.of(&value.node));
            }
        }
    }

    /// How many objects a field may answer with; 1 for a field that is no page.
    fn page_length(&self, field: &'a Field, below: &Totals) -> u64 {
        let stated = |name| field.get_argument(name).map(|value| self.stated_length(&value.node));
        match (stated("first"), stated("last")) {
            (None, None) if below.has_page_fields => self.limits.default_page,
            (None, None) => 1,
            (first, last) => first.max(last).unwrap_or(1).clamp(1, self.limits.max_page),
        }
    }

    fn stated_length(&self, value: &InputValue) -> u64 {
        let stated = match value {
            InputValue::Number(number) => whole_number(number),
            InputValue::Variable(name) => self.weights.number(name),
            _ => None,
        };
        stated.unwrap_or(self.limits.default_page)
    }
}

fn one_deeper(totals: Totals) -> Totals {
    Totals { recursion: totals.recursion.saturating_add(1), ..totals }
}

/// How long the lists of introspection usually are: together they make what asking for all of a schema costs.
fn usual_length(field: &str) -> u64 {
    match field {
        "types" => 50,
        "fields" | "inputFields" | "enumValues" => 10,
        "possibleTypes" | "directives" => 5,
        "args" => 3,
        "interfaces" => 2,
        _ => 1,
    }
}
