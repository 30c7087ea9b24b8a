//! Puts the schema together and prints it.
//!
//! `schema.graphql` is this module's output, under test; nothing is configured here that a request could see.

use std::sync::Arc;

use async_graphql::{ID, SDLExportOptions, Schema, SchemaBuilder};

use super::answers::Answers;
use super::feeds::Feeds;
use super::mutation::Mutation;
use super::node::Versioned;
use super::page::Paged;
use super::query::Query;
use super::subscription::Subscription;
use super::types::{
    AvailablePlayer, DiscordGuildMember, DraftEvent, Game, League, LeagueLogEntry, Organization,
    OrganizationLogEntry, Tournament, TournamentPlayers, User,
};
use super::{DocumentLimits, Executor, GraphqlService, Inject, RequestContext};
use crate::live::Live;
use crate::loader::ReadPath;
use crate::service::Services;
use crate::types::Clock;

/// The schema of the API.
pub type ApiSchema = Schema<Query, Mutation, Subscription>;

/// Root lists that an operator may let lag by a second.
pub const RELAXABLE_FIELDS: [&str; 5] = ["homeStats", "leagues", "organizations", "tournaments", "users"];

/// The schema without what its resolvers need: to be looked at.
#[must_use]
pub fn build() -> ApiSchema {
    builder().finish()
}

/// What a resolver needs of a request comes with the request, as a `RequestContext`.
fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    let builder = Schema::build(Query, Mutation::default(), Subscription).register_output_type::<Versioned>();
    // What the library names by itself it does not describe.
    builder
        .override_output_type_description::<ID>(
            "A global id, for example `Tournament:42`; opaque to clients.",
        )
        .override_output_type_description::<Paged<User>>("A page of users.")
        .override_output_type_description::<Paged<Organization>>("A page of organizations.")
        .override_output_type_description::<Paged<League>>("A page of leagues.")
        .override_output_type_description::<Paged<Tournament>>("A page of tournaments.")
        .override_output_type_description::<Paged<Game>>("A page of games.")
        .override_output_type_description::<Paged<DraftEvent>>("A page of a draft's log.")
        .override_output_type_description::<Paged<OrganizationLogEntry>>("A page of an organization's log.")
        .override_output_type_description::<Paged<LeagueLogEntry>>("A page of a league's log.")
        .override_output_type_description::<Paged<DiscordGuildMember>>("A page of the members of a guild.")
        .override_output_type_description::<Paged<AvailablePlayer>>(
            "A page of the players who can be picked.",
        )
        .override_output_type_description::<TournamentPlayers>("A page of a tournament's players.")
}

/// The schema as SDL, in a stable order.
#[must_use]
pub fn sdl() -> String {
    let options = SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items();
    build().sdl_with_options(options.use_space_ident().prefer_single_line_descriptions())
}

/// The API as a service: each request gets fresh loaders and one instant; answers are cached, and subscriptions are told
/// what `live` tells.
#[must_use]
pub fn service(
    read_path: ReadPath,
    live: Live,
    services: impl Into<Services>,
    clock: Clock,
    limits: DocumentLimits,
) -> Arc<dyn GraphqlService> {
    let Services { commands, guilds } = services.into();
    let reads = read_path.clone();
    let inject: Inject = Box::new(move |info, data| {
        let loaders = reads.loaders(info.as_of.clone());
        let context = RequestContext::new(info.viewer.clone(), loaders, clock.now());
        data.insert(context.of_document(info.document));
    });
    let schema = builder().data(commands).data(guilds).data(read_path.clone()).finish();
    let engine = Arc::new(Executor::new(schema, limits.clone(), inject));
    let one_answer: Arc<dyn GraphqlService> = engine.clone();
    let answers = Answers::new(one_answer, read_path.clone(), limits);
    Arc::new(Feeds::new(Arc::new(answers), (engine, read_path), live))
}
