//! `inhouse schema`: the GraphQL schema as a text, without a database.

use super::output;
use crate::graphql;

/// What to do with the schema.
#[derive(Clone, Copy, Debug, clap::Subcommand)]
pub(super) enum Schema {
    /// Print the schema definition language, as it is committed in schema.graphql
    Print,
}

impl Schema {
    pub(super) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Print => output::say(&graphql::sdl()),
        }
    }
}
