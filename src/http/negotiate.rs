//! Which media type a client sent and which it accepts, as the GraphQL-over-HTTP draft says.
//!
//! Looks at headers only.

use axum::http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};

use super::error::HttpError;

const JSON: &str = "application/json";
const GRAPHQL_RESPONSE: &str = "application/graphql-response+json";
const EVENT_STREAM: &str = "text/event-stream";

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MediaType {
    /// `application/graphql-response+json`: the status tells what became of the request.
    GraphqlResponse,
    /// `application/json`: 200 for whatever GraphQL answers.
    Json,
}

impl MediaType {
    /// The header to answer with.
    pub(super) fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        })
    }
}

/// The form to answer in: what the client likes best, `application/json` if it does not care.
///
/// # Errors
/// 406: the client accepts nothing that can be sent.
pub(super) fn answer_type(headers: &HeaderMap) -> Result<MediaType, HttpError> {
    let ranges = accepted(headers);
    if ranges.is_empty() && headers.get(ACCEPT).is_none_or(HeaderValue::is_empty) {
        return Ok(MediaType::Json);
    }
    let (json, graphql) = (quality(&ranges, JSON), quality(&ranges, GRAPHQL_RESPONSE));
    let (json_quality, graphql_quality) = (json.map_or(0, |it| it.1), graphql.map_or(0, |it| it.1));
    if json_quality == 0 && graphql_quality == 0 {
        let message =
            "only application/graphql-response+json, application/json and text/event-stream can be sent";
        return Err(HttpError::bad(StatusCode::NOT_ACCEPTABLE, message));
    }
    // Equally liked: the one named outright rather than by a wildcard, then the newer.
    let prefers_graphql = match graphql_quality.cmp(&json_quality) {
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => graphql.is_some_and(|it| it.0 == Precision::Exact),
    };
    Ok(if prefers_graphql { MediaType::GraphqlResponse } else { MediaType::Json })
}

/// What a client wants to be answered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// One answer.
    Single(MediaType),
    /// A stream of events.
    Events,
}

/// What to answer by.
///
/// # Errors
/// 406: the client accepts nothing that can be sent.
pub(super) fn form(headers: &HeaderMap) -> Result<Form, HttpError> {
    if wants_events(headers) { Ok(Form::Events) } else { answer_type(headers).map(Form::Single) }
}

/// The client would rather have a stream of events than a single answer, and names it outright.
fn wants_events(headers: &HeaderMap) -> bool {
    let ranges = accepted(headers);
    let Some((Precision::Exact, events)) = quality(&ranges, EVENT_STREAM) else { return false };
    let single = [JSON, GRAPHQL_RESPONSE]
        .map(|it| quality(&ranges, it).map_or((0, Precision::Any), |it| (it.1, it.0)));
    // Equally liked: a single answer only where that is named outright, too.
    events > 0 && single.into_iter().all(|it| (events, Precision::Exact) > it)
}

fn accepted(headers: &HeaderMap) -> Vec<MediaRange<'_>> {
    let values = headers.get_all(ACCEPT).iter();
    let texts = values.flat_map(|it| it.to_str().unwrap_or_default().split(','));
    texts.filter_map(MediaRange::parse).collect()
}

/// How much a type is liked, and by how close a range.
fn quality(ranges: &[MediaRange<'_>], name: &str) -> Option<(Precision, u32)> {
    ranges.iter().filter_map(|range| range.quality_of(name)).max_by_key(|it| it.0)
}

/// The body is JSON in UTF-8, plain.
///
/// # Errors
/// 415: it is not, or does not say so. A form or plain text would let other sites send it with a visitor's cookie.
pub(super) fn require_json(headers: &HeaderMap) -> Result<(), HttpError> {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let is_json = match (types.next().and_then(|it| it.to_str().ok()), types.next()) {
        (Some(only), None) => is_utf8_json(only),
        _ => false,
    };
    let is_plain =
        headers.get(CONTENT_ENCODING).is_none_or(|it| it.as_bytes().eq_ignore_ascii_case(b"identity"));
    if is_json && is_plain {
        return Ok(());
    }
    let message = "send the request as application/json in UTF-8, without a content encoding";
    Err(HttpError::bad(StatusCode::UNSUPPORTED_MEDIA_TYPE, message))
}

fn is_utf8_json(content_type: &str) -> bool {
    let (essence, parameters) = split_parameters(content_type);
    essence.eq_ignore_ascii_case("application/json") && parameters.into_iter().all(is_utf8_if_charset)
}

fn is_utf8_if_charset((name, value): (&str, &str)) -> bool {
    !name.eq_ignore_ascii_case("charset") || value.eq_ignore_ascii_case("utf-8")
}

/// The type before the first `;`, and what follows as names and values.
fn split_parameters(text: &str) -> (&str, Vec<(&str, &str)>) {
    let mut parts = text.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let pairs = parts.filter_map(|part| part.split_once('='));
    (essence, pairs.map(|(name, value)| (name.trim(), value.trim().trim_matches('"'))).collect())
}

/// How closely a range of an `Accept` header names a type; the closest decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Precision {
    Any,
    AnyOfGroup,
    Exact,
}

/// One entry of an `Accept` header.
struct MediaRange<'a> {
    essence: &'a str,
    /// In thousandths.
    quality: u32,
}

impl<'a> MediaRange<'a> {
    /// `None` for an entry that nothing sent by this server can meet.
    fn parse(text: &'a str) -> Option<Self> {
        let (essence, parameters) = split_parameters(text);
        let mut quality = 1000;
        for (name, value) in parameters {
            if name.eq_ignore_ascii_case("q") {
                quality = thousandths(value)?;
            } else if !is_utf8_if_charset((name, value)) {
                return None;
            }
        }
        (!essence.is_empty()).then_some(Self { essence, quality })
    }

    fn quality_of(&self, name: &str) -> Option<(Precision, u32)> {
        let group = name.split('/').next().unwrap_or_default();
        let is_of_group = |essence: &str| {
            essence.split_once('/').is_some_and(|(it, any)| any == "*" && it.eq_ignore_ascii_case(group))
        };
        let precision = match self.essence {
            "*/*" => Precision::Any,
            essence if is_of_group(essence) => Precision::AnyOfGroup,
            essence if essence.eq_ignore_ascii_case(name) => Precision::Exact,
            _ => return None,
        };
        Some((precision, self.quality))
    }
}

/// A quality between 0 and 1 with at most three decimals.
fn thousandths(text: &str) -> Option<u32> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let is_short = decimals.len() <= 3 && decimals.bytes().all(|b| b.is_ascii_digit());
    let value = whole.parse::<u32>().ok()?.checked_mul(1000)?;
    let value = value.checked_add(format!("{decimals:0<3}").parse().ok()?)?;
    (is_short && value <= 1000).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(accept: &str) -> Option<MediaType> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_str(accept).unwrap());
        answer_type(&headers).ok()
    }

    fn is_sendable(content_type: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_str(content_type).unwrap());
        require_json(&headers).is_ok()
    }

    #[test]
    fn whoever_does_not_care_gets_json() {
        for accept in ["*/*", "application/*", "", "*/*;q=0.1", "application/json", "text/html, */*"] {
            assert_eq!(accepted(accept), Some(MediaType::Json), "{accept}");
        }
        assert_eq!(answer_type(&HeaderMap::new()).ok(), Some(MediaType::Json));
    }

    #[test]
    fn the_preferred_type_is_sent() {
        let graphql = "application/graphql-response+json";
        for accept in [
            graphql.to_owned(),
            format!("{graphql}; charset=utf-8"),
            format!("{graphql}, application/json;q=0.9"),
            format!("application/json, {graphql}"),
            format!("{graphql}, */*"),
            format!("application/json;q=0.5, {graphql};q=0.51"),
            "Application/GraphQL-Response+JSON".to_owned(),
        ] {
            assert_eq!(accepted(&accept), Some(MediaType::GraphqlResponse), "{accept}");
        }
        let accept = format!("{graphql};q=0.5, application/json");
        assert_eq!(accepted(&accept), Some(MediaType::Json));
        assert_eq!(accepted("application/json;q=0, */*"), Some(MediaType::GraphqlResponse));
    }

    #[test]
    fn whoever_takes_neither_type_gets_nothing() {
        for accept in [
            "text/html",
            "application/json;q=0",
            "application/json;charset=utf-16",
            "application/xml, image/*",
            "*/*;q=0",
            "application/json;q=2",
            "nonsense",
        ] {
            assert_eq!(accepted(accept), None, "{accept}");
        }
    }

    #[test]
    fn events_are_for_whoever_names_them_and_likes_nothing_better() {
        let wants = |accept: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_str(accept).unwrap());
            wants_events(&headers)
        };
        for accept in [
            "text/event-stream",
            "Text/Event-Stream; charset=utf-8",
            "text/event-stream, */*",
            "text/event-stream, multipart/mixed",
            "text/event-stream, application/json;q=0.9",
        ] {
            assert!(wants(accept), "{accept}");
        }
        for accept in [
            "",
            "*/*",
            "text/*",
            "text/event-stream;q=0",
            "application/json, text/event-stream",
            "application/graphql-response+json, application/json, text/event-stream, multipart/mixed",
            "text/event-stream;q=0.5, */*",
        ] {
            assert!(!wants(accept), "{accept}");
        }
        assert!(!wants_events(&HeaderMap::new()));
    }

    #[test]
    fn json_in_utf_8_may_be_sent_and_nothing_else() {
        for content_type in
            ["application/json", "application/json;charset=utf-8", "Application/JSON; charset=\"UTF-8\""]
        {
            assert!(is_sendable(content_type), "{content_type}");
        }
        for content_type in [
            "",
            "text/plain",
            "application/graphql",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/json; charset=latin1",
            "application/jsonp",
            "text/plain; application/json",
        ] {
            assert!(!is_sendable(content_type), "{content_type}");
        }
        assert!(require_json(&HeaderMap::new()).is_err());
    }
}
