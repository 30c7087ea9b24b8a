//! How much one document may ask for, and the check that refuses more before the document is validated.
//!
//! The library has limits of its own, but finds out by walking every expansion of every fragment: 25 fragments that
//! each spread the next twice cost it seconds and gigabytes. Here each fragment is measured once.

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition};
use serde_json::{Map, Value};

use super::coding::Refusal;
use super::error::ErrorCode;
use super::measure::{MeasureError, Meter, Totals};
use super::request::AnswerKind;

/// The limits on one document. Counts are of the document with every fragment written out.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DocumentLimits {
    /// Names, punctuators and values of the text.
    pub max_tokens: usize,
    /// Brackets of any kind inside each other in the text. The parser recurses into each.
    pub max_brackets: usize,
    /// Fields inside each other, introspection aside.
    pub max_depth: u64,
    /// Selection sets inside each other, those of fragments and of introspection included.
    pub max_recursion: u64,
    /// Fields, inline fragments and spreads.
    pub max_selections: u64,
    /// Fields of the operation itself.
    pub max_root_fields: u64,
    /// Fields under another name.
    pub max_aliases: u64,
    /// Uses of directives.
    pub max_directives: u64,
    /// Values in arguments: elements of lists, fields of objects; a variable counts with each use.
    pub max_values: u64,
    /// Fields, those under a page as often as the page is long.
    pub max_complexity: u64,
    /// The same for introspection, with a usual length for each of its lists.
    pub max_introspection: u64,
    /// Length of a page that states none.
    pub default_page: u64,
    /// A page is counted as no longer than this: its resolver refuses a longer one.
    pub max_page: u64,
}

impl Default for DocumentLimits {
    fn default() -> Self {
        Self {
            max_tokens: 5_000,
            max_brackets: 48,
            max_depth: 15,
            max_recursion: 32,
            max_selections: 3_000,
            max_root_fields: 30,
            max_aliases: 100,
            max_directives: 100,
            max_values: 5_000,
            max_complexity: 25_000,
            max_introspection: 250_000,
            default_page: 25,
            max_page: 100,
        }
    }
}

impl DocumentLimits {
    /// Measures `document` and refuses it if it asks for too much, of which `operation` is to be run.
    pub(super) fn check(
        &self,
        document: &ExecutableDocument,
        operation: &OperationDefinition,
        variables: &Map<String, Value>,
    ) -> Result<(), Refusal> {
        let mut meter = Meter::new(self, document, operation, variables);
        let chosen = meter.selection_set(&operation.selection_set.node).map_err(refuse_unmeasured)?;
        // Validation walks the other operations and unused fragments too.
        let mut whole = Totals::default();
        for (_, other) in document.operations.iter() {
            let totals = meter.selection_set(&other.node.selection_set.node).map_err(refuse_unmeasured)?;
            whole = whole.and(totals);
        }
        let unused = meter.unused_fragments().map_err(refuse_unmeasured)?;
        self.check_run(&chosen).and_then(|()| self.check_whole(&whole.and(unused)))
    }

    /// What bears on running the chosen operation.
    fn check_run(&self, totals: &Totals) -> Result<(), Refusal> {
        within("root fields", totals.root_fields, self.max_root_fields)?;
        within("fields, counted by page length", totals.complexity, self.max_complexity)?;
        within("fields of introspection", totals.introspection, self.max_introspection)
    }

    /// What bears on validating the document.
    fn check_whole(&self, totals: &Totals) -> Result<(), Refusal> {
        if totals.depth > self.max_depth {
            let message =
                format!("fields are nested {} deep; at most {} levels", totals.depth, self.max_depth);
            return Err(too_deep(message));
        }
        if totals.recursion > self.max_recursion {
            return Err(too_recursive(self.max_recursion));
        }
        within("selections", totals.selections, self.max_selections)?;
        within("aliases", totals.aliases, self.max_aliases)?;
        within("directives", totals.directives, self.max_directives)?;
        within("argument values", totals.values, self.max_values)
    }
}

/// Text and code of a refusal by [`super::lexer::scan`].
pub(super) fn refuse_unscanned(error: super::lexer::ScanError, limits: &DocumentLimits) -> Refusal {
    use super::lexer::ScanError;

    match error {
        ScanError::TooLong => {
            too_complex(format!("the document is too long: at most {} tokens", limits.max_tokens))
        }
        ScanError::TooDeep => too_deep(format!("at most {} brackets inside each other", limits.max_brackets)),
        ScanError::OpenString => Refusal::new(
            AnswerKind::ParseFailed,
            ErrorCode::GraphqlParseFailed,
            "syntax error: a string has no end",
        ),
    }
}

fn refuse_unmeasured(error: MeasureError) -> Refusal {
    match error {
        MeasureError::TooRecursive { max } => too_recursive(max),
        MeasureError::Cycle { fragment } => Refusal::new(
            AnswerKind::ValidationFailed,
            ErrorCode::GraphqlValidationFailed,
            format!("the fragment \"{fragment}\" spreads itself"),
        ),
    }
}

fn within(what: &str, asked: u64, max: u64) -> Result<(), Refusal> {
    if asked <= max {
        return Ok(());
    }
    Err(too_complex(format!("the document asks for {asked} {what}; at most {max}")))
}

fn too_recursive(max: u64) -> Refusal {
    too_deep(format!("selections are nested too deeply; at most {max} levels"))
}

fn too_deep(message: String) -> Refusal {
    Refusal::new(AnswerKind::TooCostly, ErrorCode::QueryTooDeep, message)
}

fn too_complex(message: String) -> Refusal {
    Refusal::new(AnswerKind::TooCostly, ErrorCode::QueryTooComplex, message)
}

#[cfg(test)]
mod tests;
