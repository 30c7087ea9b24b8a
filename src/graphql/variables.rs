//! Variables before validation: those that are required or of a built-in type are checked, and each is weighed.
//!
//! Knows no schema, so a variable of an enum, input object or own scalar is left to validation.

use std::collections::HashMap;

use async_graphql::parser::types::{BaseType, OperationDefinition, Type};
use async_graphql::{Name, Value as Constant};
use async_graphql_value::Value as InputValue;
use serde_json::{Map, Number, Value};

use super::coding::Refusal;
use super::error::ErrorCode;
use super::request::AnswerKind;

/// So many bytes of a string weigh as much as one value.
const BYTES_PER_VALUE: usize = 64;

/// Refuses values that the type of their variable does not allow.
///
/// This comes before validation, as far as it can: a client that sent a bad value shall hear of that.
pub(super) fn check(operation: &OperationDefinition, variables: &Map<String, Value>) -> Result<(), Refusal> {
    for definition in &operation.variable_definitions {
        let name = definition.node.name.node.as_str();
        let kind = &definition.node.var_type.node;
        let problem = match variables.get(name) {
            None if kind.nullable || definition.node.default_value.is_some() => None,
            None => Some(format!("the variable \"${name}\" of type \"{kind}\" is required")),
            Some(value) if fits(kind, value) => None,
            Some(_) => Some(format!("the value of the variable \"${name}\" is not of type \"{kind}\"")),
        };
        if let Some(message) = problem {
            return Err(Refusal::new(AnswerKind::BadInput, ErrorCode::BadUserInput, message));
        }
    }
    Ok(())
}

fn fits(kind: &Type, value: &Value) -> bool {
    if value.is_null() {
        return kind.nullable;
    }
    match (&kind.base, value) {
        (BaseType::List(element), Value::Array(items)) => items.iter().all(|item| fits(element, item)),
        (BaseType::List(element), single) => fits(element, single),
        (BaseType::Named(name), value) => match name.as_str() {
            "Int" => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
            "Float" => value.is_number(),
            "String" => value.is_string(),
            "Boolean" => value.is_boolean(),
            "ID" => value.is_string() || value.is_i64() || value.is_u64(),
            _ => true,
        },
    }
}

/// How many values each argument holds, given the variables of the operation to run.
pub(super) struct Weights<'a> {
    operation: &'a OperationDefinition,
    variables: &'a Map<String, Value>,
    by_variable: HashMap<&'a str, u64>,
}

impl<'a> Weights<'a> {
    pub(super) fn new(operation: &'a OperationDefinition, variables: &'a Map<String, Value>) -> Self {
        let mut by_variable = HashMap::new();
        for definition in &operation.variable_definitions {
            let weight = definition.node.default_value.as_ref().map_or(1, |it| weight_of_constant(&it.node));
            by_variable.insert(definition.node.name.node.as_str(), weight);
        }
        by_variable.extend(variables.iter().map(|(name, value)| (name.as_str(), weight_of_json(value))));
        Self { operation, variables, by_variable }
    }

    /// The number of values in `value`.
    pub(super) fn of(&self, value: &InputValue) -> u64 {
        match value {
            InputValue::Variable(name) => self.by_variable.get(name.as_str()).copied().unwrap_or(1),
            InputValue::List(items) => sum(items.iter().map(|item| self.of(item))),
            InputValue::Object(fields) => sum(fields.values().map(|field| self.of(field))),
            InputValue::String(text) => weight_of_text(text),
            InputValue::Null
            | InputValue::Number(_)
            | InputValue::Boolean(_)
            | InputValue::Binary(_)
            | InputValue::Enum(_) => 1,
        }
    }

    /// The value of a variable, if it is a whole number.
    pub(super) fn number(&self, name: &Name) -> Option<u64> {
        match self.variables.get(name.as_str()) {
            Some(Value::Number(number)) => whole_number(number),
            Some(_) => None,
            None => match self.default_of(name)? {
                Constant::Number(number) => whole_number(number),
                _ => None,
            },
        }
    }

    fn default_of(&self, name: &Name) -> Option<&'a Constant> {
        let mut definitions = self.operation.variable_definitions.iter();
        let found = definitions.find(|it| it.node.name.node == *name)?;
        found.node.default_value.as_ref().map(|default| &default.node)
    }
}

/// A number as a length; a negative one is no length.
pub(super) fn whole_number(number: &Number) -> Option<u64> {
    number.as_u64()
}

fn weight_of_constant(value: &Constant) -> u64 {
    match value {
        Constant::List(items) => sum(items.iter().map(weight_of_constant)),
        Constant::Object(fields) => sum(fields.values().map(weight_of_constant)),
        Constant::String(text) => weight_of_text(text),
        Constant::Null
        | Constant::Number(_)
        | Constant::Boolean(_)
        | Constant::Binary(_)
        | Constant::Enum(_) => 1,
    }
}

fn weight_of_json(value: &Value) -> u64 {
    match value {
        Value::Array(items) => sum(items.iter().map(weight_of_json)),
        Value::Object(fields) => sum(fields.values().map(weight_of_json)),
        Value::String(text) => weight_of_text(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => 1,
    }
}

fn weight_of_text(text: &str) -> u64 {
    u64::try_from(text.len() / BYTES_PER_VALUE).unwrap_or(u64::MAX).saturating_add(1)
}

fn sum(weights: impl Iterator<Item = u64>) -> u64 {
    weights.fold(1, u64::saturating_add)
}
