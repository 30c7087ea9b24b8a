//! Objects whose whole selection is cached: what was resolved below one of them before, and is still true, is not resolved
//! again.
//!
//! They nest: after a change of one of a page's objects, only that one and those around it are resolved anew. Nothing with an
//! error below it is kept. What lies below depends on, and whose it is, is observed as everywhere.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{ContextSelectionSet, OutputType, Positioned, ServerResult, Value};

use super::context::RequestContext;
use super::types::{Draft, DraftRound, Team, Tournament};
use crate::cache::{Dep, Kind, ScopedKey};
use crate::db::Entity;
use crate::db::models::{DraftRoundRow, DraftRow, TeamRow, TournamentRow};
use crate::types::EntityId as _;

/// An object that is resolved as a whole.
#[derive(Clone, Debug)]
pub(crate) struct Whole<T>(pub(crate) T);

/// An object that shows one row, and beside it only what it loads while it is resolved.
pub(crate) trait OfRow: OutputType {
    /// The row it was given.
    type Row: Entity;

    /// Its key.
    fn id(&self) -> <Self::Row as Entity>::Id;
}

macro_rules! of_row {
    ($($object:ty: $row:ty),+ $(,)?) => {$(
        impl OfRow for $object {
            type Row = $row;

            fn id(&self) -> <$row as Entity>::Id {
                self.row_id()
            }
        }
    )+};
}

of_row! { Tournament: TournamentRow, Team: TeamRow, Draft: DraftRow, DraftRound: DraftRoundRow }

impl<T: OfRow> OutputType for Whole<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn introspection_type_name(&self) -> Cow<'static, str> {
        self.0.introspection_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        // Boxed: objects nest deeply, and each level holds the one below.
        let resolve = Box::pin(self.0.resolve(ctx, field));
        let Some(context) = ctx.data_opt::<RequestContext>() else { return resolve.await };
        let Some(document) = context.document() else { return resolve.await };
        // A place in a document, with the variables of the operation, says what is selected there.
        let place = ctx.item.pos;
        let pk = self.0.id().pk();
        let parts: [&[u8]; 4] = [
            &document.to_le_bytes(),
            &place.line.to_le_bytes(),
            &place.column.to_le_bytes(),
            &pk.to_le_bytes(),
        ];
        let key = ScopedKey::new(Kind::Field, T::Row::MODEL, &parts, context.caller());
        let owner = Dep::object(T::Row::MODEL, pk);
        let n_before = n_errors(ctx);
        // Errors of other parts of the operation count, too: then something is not kept that could be.
        let is_whole = || n_errors(ctx) == n_before;
        let value = context.loaders().whole(&key, &owner, resolve, is_whole).await?;
        Ok(Arc::unwrap_or_clone(value))
    }
}

fn n_errors(ctx: &ContextSelectionSet<'_>) -> usize {
    ctx.query_env.errors.lock().map_or(usize::MAX, |errors| errors.len())
}
