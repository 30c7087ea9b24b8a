//! How the crate's own types travel to and from SQL, the same on both backends.
//!
//! Typed ids are BIGINT, enums are TEXT, instants are `timestamptz` on Postgres and fixed-width UTC text on SQLite
//! (fixed width, so that text order is time order). No query lives here.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, Queryable};
use diesel::expression::AsExpression;
use diesel::internal::derives::as_expression::Bound;
use diesel::pg::Pg;
use diesel::pg::data_types::PgTimestamp;
use diesel::query_builder::QueryId;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{BigInt, Nullable, SqlType, Text, Timestamptz};
use diesel::sqlite::Sqlite;
use jiff::Timestamp;

use crate::types::{
    ApiTokenId, BracketType, DraftEventId, DraftEventType, DraftId, DraftRoundId, DraftStatus, DraftStyle,
    EliminationType, GameId, GameStatus, Instant, LeagueId, LeagueLogAction, LeagueLogId, OrganizationId,
    OrganizationLogAction, OrganizationLogId, RatingSystem, RoleKind, SessionId, Slot, TeamId,
    TeamMembershipKind, TextEnum, TournamentId, TournamentState, TournamentType, UserId,
};

/// SQL type of an instant: UTC, microseconds.
#[derive(Clone, Copy, Debug, SqlType, QueryId)]
#[diesel(postgres_type(oid = 1184, array_oid = 1185))]
#[diesel(sqlite_type(name = "Text"))]
pub struct UtcMicros;

/// Microseconds from 1970 to 2000, where Postgres starts to count.
const POSTGRES_EPOCH_MICROS: i64 = 946_684_800_000_000;

/// Refuses on both backends what the text of one could neither sort nor read back.
fn check_storable(instant: Instant) -> Result<(), &'static str> {
    if instant.is_storable() { Ok(()) } else { Err("an instant before the year 0 cannot be stored") }
}

impl ToSql<UtcMicros, Pg> for Instant {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        check_storable(*self)?;
        let instant = PgTimestamp(self.timestamp().as_microsecond().saturating_sub(POSTGRES_EPOCH_MICROS));
        ToSql::<Timestamptz, Pg>::to_sql(&instant, &mut out.reborrow())
    }
}

impl FromSql<UtcMicros, Pg> for Instant {
    fn from_sql(bytes: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let PgTimestamp(micros) = FromSql::<Timestamptz, Pg>::from_sql(bytes)?;
        Ok(Timestamp::from_microsecond(micros.saturating_add(POSTGRES_EPOCH_MICROS))?.into())
    }
}

impl ToSql<UtcMicros, Sqlite> for Instant {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        check_storable(*self)?;
        out.set_value(self.to_string());
        Ok(IsNull::No)
    }
}

impl FromSql<UtcMicros, Sqlite> for Instant {
    fn from_sql(bytes: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let text = <String as FromSql<Text, Sqlite>>::from_sql(bytes)?;
        Ok(text.parse::<Timestamp>()?.into())
    }
}

/// What diesel's derives would generate, written here so that `types` need not know diesel.
macro_rules! sql_value {
    ($($rust:ty => $sql:ty),+ $(,)?) => {$(
        impl<DB> Queryable<$sql, DB> for $rust
        where
            DB: Backend,
            $rust: FromSql<$sql, DB>,
        {
            type Row = Self;

            fn build(row: Self) -> deserialize::Result<Self> {
                Ok(row)
            }
        }

        impl AsExpression<$sql> for $rust {
            type Expression = Bound<$sql, Self>;

            fn as_expression(self) -> Self::Expression {
                Bound::new(self)
            }
        }

        impl<'a> AsExpression<$sql> for &'a $rust {
            type Expression = Bound<$sql, Self>;

            fn as_expression(self) -> Self::Expression {
                Bound::new(self)
            }
        }
    )+};
}

/// The nullable half of [`sql_value!`].
macro_rules! nullable_sql_value {
    ($($rust:ty => $sql:ty),+ $(,)?) => {$(
        impl AsExpression<Nullable<$sql>> for $rust {
            type Expression = Bound<Nullable<$sql>, Self>;

            fn as_expression(self) -> Self::Expression {
                Bound::new(self)
            }
        }

        impl<'a> AsExpression<Nullable<$sql>> for &'a $rust {
            type Expression = Bound<Nullable<$sql>, Self>;

            fn as_expression(self) -> Self::Expression {
                Bound::new(self)
            }
        }

        impl<DB> ToSql<Nullable<$sql>, DB> for $rust
        where
            DB: Backend,
            $rust: ToSql<$sql, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                ToSql::<$sql, DB>::to_sql(self, out)
            }
        }
    )+};
}

macro_rules! sql_ids {
    ($($id:ty),+ $(,)?) => {$(
        sql_value!($id => BigInt);
        nullable_sql_value!($id => BigInt);

        impl<DB> ToSql<BigInt, DB> for $id
        where
            DB: Backend,
            i64: ToSql<BigInt, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                self.0.to_sql(out)
            }
        }

        impl<DB> FromSql<BigInt, DB> for $id
        where
            DB: Backend,
            i64: FromSql<BigInt, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
                Ok(Self(i64::from_sql(bytes)?))
            }
        }
    )+};
}

macro_rules! sql_enums {
    ($($name:ty),+ $(,)?) => {$(
        sql_value!($name => Text);
        nullable_sql_value!($name => Text);

        impl<DB> ToSql<Text, DB> for $name
        where
            DB: Backend,
            str: ToSql<Text, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                self.as_str().to_sql(out)
            }
        }

        impl<DB> FromSql<Text, DB> for $name
        where
            DB: Backend,
            String: FromSql<Text, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
                Ok(<Self as TextEnum>::parse(&String::from_sql(bytes)?)?)
            }
        }
    )+};
}

sql_value!(Instant => UtcMicros);
nullable_sql_value!(Instant => UtcMicros);

sql_ids!(
    UserId,
    OrganizationId,
    LeagueId,
    TournamentId,
    TeamId,
    DraftId,
    DraftRoundId,
    DraftEventId,
    GameId,
    OrganizationLogId,
    LeagueLogId,
    SessionId,
    ApiTokenId,
);

sql_enums!(
    TournamentState,
    TournamentType,
    DraftStyle,
    DraftStatus,
    DraftEventType,
    BracketType,
    EliminationType,
    GameStatus,
    Slot,
    TeamMembershipKind,
    RoleKind,
    RatingSystem,
    OrganizationLogAction,
    LeagueLogAction,
);
