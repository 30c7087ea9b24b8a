//! The query vocabulary of this module: diesel's traits with the async way to run them.
//!
//! Imported only inside `db`: `RunQueryDsl` is implemented for every type and would take over any `.load()` elsewhere,
//! and diesel's own prelude brings a blocking one of the same name.

pub(super) use diesel::{
    BoolExpressionMethods, EscapeExpressionMethods, ExpressionMethods, NullableExpressionMethods,
    OptionalEmptyChangesetExtension, OptionalExtension, QueryDsl, SelectableHelper, TextExpressionMethods,
};
pub(super) use diesel_async::RunQueryDsl;
