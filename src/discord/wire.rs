//! The JSON that Discord sends, read into values of ours.
//!
//! Nothing of it is trusted to be short or of the right form, and no error repeats any of it.

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::DiscordError;
use crate::types::{DiscordProfile, GuildMember};

/// Digits of the largest snowflake.
const MAX_SNOWFLAKE: usize = 20;

/// Longest name that is kept; Discord itself allows 32 characters.
const MAX_NAME: usize = 200;

/// The type of a channel where people talk, and of one where some talk to the rest.
const VOICE_CHANNELS: [u64; 2] = [2, 13];

/// A user object.
#[derive(Deserialize)]
struct WireUser {
    id: String,
    username: String,
    global_name: Option<String>,
    avatar: Option<String>,
}

/// A guild member object.
#[derive(Deserialize)]
struct WireMember {
    user: WireUser,
    nick: Option<String>,
    joined_at: Option<String>,
}

/// A channel object.
#[derive(Deserialize)]
struct WireChannel {
    id: String,
    #[serde(rename = "type")]
    kind: u64,
    name: Option<String>,
}

/// A voice state object.
#[derive(Deserialize)]
struct WireVoiceState {
    channel_id: Option<String>,
}

/// What comes with a 429.
#[derive(Deserialize)]
pub(super) struct WireThrottle {
    /// Seconds.
    pub(super) retry_after: f64,
    #[serde(default)]
    pub(super) global: bool,
}

/// What comes with a refusal; of its texts nothing is used.
#[derive(Deserialize)]
pub(super) struct WireRefusal {
    pub(super) code: u64,
}

pub(super) fn parse<T: DeserializeOwned>(body: &[u8], what: &str) -> Result<T, DiscordError> {
    serde_json::from_slice(body).map_err(|_error| DiscordError::garbled(format!("not {what}")))
}

/// The person of a user object.
///
/// # Errors
/// It is none.
pub(crate) fn profile_of(body: &[u8]) -> Result<DiscordProfile, DiscordError> {
    profile(parse(body, "a user")?)
}

/// The members of a page.
pub(super) fn members_of(body: &[u8]) -> Result<Vec<GuildMember>, DiscordError> {
    let page: Vec<WireMember> = parse(body, "a page of members")?;
    page.into_iter().map(member).collect()
}

/// Id and name of each voice channel, in the order told.
pub(super) fn voice_channels_of(body: &[u8]) -> Result<Vec<(String, String)>, DiscordError> {
    let channels: Vec<WireChannel> = parse(body, "a list of channels")?;
    let voice = channels.into_iter().filter(|it| VOICE_CHANNELS.contains(&it.kind));
    Ok(voice.map(|it| (it.id, plain(it.name.unwrap_or_default()))).collect())
}

/// The channel of a voice state.
pub(super) fn channel_of(body: &[u8]) -> Result<Option<String>, DiscordError> {
    Ok(parse::<WireVoiceState>(body, "a voice state")?.channel_id)
}

/// Whether a text can be a snowflake, and so be part of a path.
pub(super) fn is_snowflake(text: &str) -> bool {
    (1..=MAX_SNOWFLAKE).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_digit())
}

fn profile(user: WireUser) -> Result<DiscordProfile, DiscordError> {
    if !is_snowflake(&user.id) || user.username.trim().is_empty() {
        return Err(DiscordError::garbled("a user without id or name"));
    }
    Ok(DiscordProfile {
        id: user.id,
        username: plain(user.username),
        global_name: user.global_name.map(plain),
        avatar: user.avatar.map(plain),
    })
}

fn member(member: WireMember) -> Result<GuildMember, DiscordError> {
    let DiscordProfile { id, username, global_name, avatar } = profile(member.user)?;
    let joined_at = member.joined_at.and_then(|it| it.parse::<Timestamp>().ok()).map(Into::into);
    Ok(GuildMember { discord_id: id, username, global_name, nick: member.nick.map(plain), avatar, joined_at })
}

/// No text with a NUL can be stored, and none needs to be longer than a name.
fn plain(text: String) -> String {
    if text.len() <= MAX_NAME && !text.contains('\0') {
        return text;
    }
    text.chars().filter(|it| *it != '\0').take(MAX_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_needs_a_snowflake_and_a_name() {
        let told = |id: &str, name: &str| {
            profile_of(serde_json::json!({ "id": id, "username": name }).to_string().as_bytes())
        };
        assert!(told("80351110224678912", "nelly").is_ok());
        for (id, name) in [("", "nelly"), ("12a", "nelly"), ("1".repeat(21).as_str(), "nelly"), ("1", " ")] {
            assert!(matches!(told(id, name), Err(DiscordError::Garbled { .. })), "{id} {name}");
        }
    }

    #[test]
    fn a_member_is_read_with_what_is_missing_as_nothing() {
        let page =
            br#"[{"user": {"id": "7", "username": "ann", "global_name": null, "avatar": "a_1"}, "nick": "A",
            "joined_at": "2015-04-26T06:26:56.936000+00:00", "roles": ["1"]},
            {"user": {"id": "8", "username": "bob\u0000"}}]"#;
        let members = members_of(page).unwrap();
        let told: Vec<_> = members
            .iter()
            .map(|it| (it.username.as_str(), it.nick.as_deref(), it.avatar.as_deref()))
            .collect();
        assert_eq!(told, [("ann", Some("A"), Some("a_1")), ("bob", None, None)]);
        assert_eq!(members[0].joined_at.unwrap().to_string(), "2015-04-26T06:26:56.936000Z");
        assert_eq!(members[1].joined_at, None);
    }

    #[test]
    fn one_entry_of_another_form_spoils_the_page_and_is_not_repeated() {
        let error = members_of(br#"[{"user": {"id": "hunter2", "username": "ann"}}]"#).unwrap_err();
        assert!(!format!("{error:?} {error}").contains("hunter2"));
        assert!(members_of(b"{}").is_err() && members_of(b"[{}]").is_err() && members_of(b"[").is_err());
    }

    #[test]
    fn only_channels_to_talk_in_are_voice_channels() {
        let body = br#"[{"id": "1", "type": 0, "name": "text"}, {"id": "2", "type": 2, "name": "Radiant"},
            {"id": "3", "type": 13, "name": "Stage"}, {"id": "4", "type": 4, "name": null}]"#;
        let names: Vec<String> = voice_channels_of(body).unwrap().into_iter().map(|it| it.1).collect();
        assert_eq!(names, ["Radiant", "Stage"]);
    }
}
