//! Puts the schema together and prints it.
//!
//! `schema.graphql` is this module's output, under test; nothing is configured here that a request could see.

use async_graphql::{EmptyMutation, EmptySubscription, SDLExportOptions, Schema};

use super::node::Versioned;
use super::query::Query;

/// The schema of the API.
pub type ApiSchema = Schema<Query, EmptyMutation, EmptySubscription>;

/// Builds the schema. What a resolver needs of a request comes with the request, as a `RequestContext`.
#[must_use]
pub fn build() -> ApiSchema {
    Schema::build(Query, EmptyMutation, EmptySubscription).register_output_type::<Versioned>().finish()
}

/// The schema as SDL, in a stable order.
#[must_use]
pub fn sdl() -> String {
    build().sdl_with_options(SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items())
}
