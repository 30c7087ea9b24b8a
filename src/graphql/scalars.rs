//! The scalars of the API that GraphQL does not have.
//!
//! Numbers that exceed 32 bits (Steam ids, match ids, snowflakes) have no scalar: they are strings.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};

use crate::types::Instant;

/// An RFC 3339 instant, always UTC with a `Z` suffix and six digits, for example `2026-11-23T19:00:00.000000Z`.
/// Any offset is accepted on input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DateTime(pub(crate) Instant);

/// An RFC 3339 instant, always UTC with a `Z` suffix and six digits, for example `2026-11-23T19:00:00.000000Z`.
/// Any offset is accepted on input.
#[Scalar(specified_by_url = "https://scalars.graphql.org/andimarek/date-time")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        let timestamp: jiff::Timestamp = text.parse().map_err(|_not_rfc3339: jiff::Error| {
            InputValueError::custom("an instant looks like `2026-11-23T19:00:00Z`")
        })?;
        let instant = Instant::from(timestamp);
        if instant.is_storable() {
            Ok(Self(instant))
        } else {
            Err(InputValueError::custom("a year is from 0 to 9999"))
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

impl From<DateTime> for Instant {
    fn from(instant: DateTime) -> Self {
        instant.0
    }
}

impl From<Instant> for DateTime {
    fn from(instant: Instant) -> Self {
        Self(instant)
    }
}
