//! What follows from a user's own columns: names, avatar address, Steam ids, gaps in the profile.
//!
//! Reads no clock and no network: `now` is passed in and an avatar address is only composed, never fetched.

use jiff::Timestamp;

use super::positions::{Positions, ROLES};

/// The Steam64 id of Steam account 0: Steam64 = this + Steam32 (`DOMAIN §1.1`).
pub const STEAM64_BASE: i64 = 76_561_197_960_265_728;

/// An MMR is verified again when more than this many whole days have passed (`DOMAIN §1.1`).
pub const MMR_VERIFICATION_DAYS: i64 = 30;

/// Most characters of a username (`DOMAIN §1.1`).
pub const MAX_USERNAME: usize = 150;

/// Most characters of a nickname (`DOMAIN §1.1`).
pub const MAX_NICKNAME: usize = 100;

const SECONDS_PER_DAY: i64 = 24 * 60 * 60;
const DISCORD_CDN: &str = "https://cdn.discordapp.com";

/// The username of an account by the name its person has at Discord, which is theirs to choose: no control characters,
/// no blanks around it, not too long. `None` if nothing is left (`DOMAIN §1.1`).
#[must_use]
pub fn username_from_discord(name: &str) -> Option<String> {
    let plain: String = name.chars().filter(|it| !it.is_control()).collect();
    let cut: String = plain.trim().chars().take(MAX_USERNAME).collect();
    Some(cut.trim_end().to_owned()).filter(|it| !it.is_empty())
}

/// The nickname of an account made for a member of a guild: the name they have there, else the one they have everywhere;
/// cut and cleaned like a username (`DOMAIN §7.2`).
#[must_use]
pub fn nickname_from_discord(nick: Option<&str>, global_name: Option<&str>) -> Option<String> {
    let plain = |name: &str| {
        let plain: String = name.chars().filter(|it| !it.is_control()).collect();
        let cut: String = plain.trim().chars().take(MAX_NICKNAME).collect();
        Some(cut.trim_end().to_owned()).filter(|it| !it.is_empty())
    };
    nick.and_then(plain).or_else(|| global_name.and_then(plain))
}

/// A username that somebody has, with a number behind it; never too long (`DOMAIN §6`, Login).
#[must_use]
pub fn numbered_username(wanted: &str, number: u32) -> String {
    let suffix = format!("-{number}");
    let stem: String = wanted.chars().take(MAX_USERNAME.saturating_sub(suffix.len())).collect();
    stem + &suffix
}

/// The name to show for a user: nickname, else username; a blank nickname counts as none (`DOMAIN §1.1`).
#[must_use]
pub fn display_name<'a>(nickname: Option<&'a str>, username: &'a str) -> &'a str {
    not_blank(nickname).unwrap_or(username)
}

/// The name to show for a guild member: `nick`, else `global_name`, else `username` (`DOMAIN §1.1`).
#[must_use]
pub fn member_display_name<'a>(
    nick: Option<&'a str>,
    global_name: Option<&'a str>,
    username: &'a str,
) -> &'a str {
    not_blank(nick).or(not_blank(global_name)).unwrap_or(username)
}

/// Where Discord serves a user's avatar, or the default picture of one without a hash (`DOMAIN §1.1`).
///
/// `None` without a Discord id, or with one that is not a snowflake (digits that fit 64 bits).
#[must_use]
pub fn avatar_url(discord_id: Option<&str>, avatar: Option<&str>) -> Option<String> {
    let discord_id = discord_id?;
    let snowflake = parse_snowflake(discord_id)?;
    let url = match not_blank(avatar) {
        Some(hash) => {
            let extension = if hash.starts_with("a_") { "gif" } else { "png" };
            format!("{DISCORD_CDN}/avatars/{discord_id}/{hash}.{extension}")
        }
        None => format!("{DISCORD_CDN}/embed/avatars/{}.png", (snowflake >> 22) % 6),
    };
    Some(url)
}

/// Whether a declared MMR was never verified or is due again: from day 31 on (`DOMAIN §1.1`).
#[must_use]
pub fn needs_mmr_verification(has_active: bool, last_verified: Option<Timestamp>, now: Timestamp) -> bool {
    match last_verified {
        _ if !has_active => false,
        None => true,
        Some(at) => now.duration_since(at).as_secs() / SECONDS_PER_DAY > MMR_VERIFICATION_DAYS,
    }
}

/// A text or number that is no Steam id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SteamIdError {
    /// Something other than digits.
    #[error("a Steam id consists of digits")]
    NotANumber,
    /// Neither a Steam32 account id nor the Steam64 id of a person.
    #[error("no Steam account can have this id")]
    OutOfRange,
}

/// The Steam64 id a person typed, as Steam32 or Steam64 (`DOMAIN §1.1`).
///
/// # Errors
/// The text is not a number, or no account can have it as id.
pub fn steam64_from_input(text: &str) -> Result<i64, SteamIdError> {
    let digits = text.trim();
    if digits.is_empty() || !digits.bytes().all(|it| it.is_ascii_digit()) {
        return Err(SteamIdError::NotANumber);
    }
    // Digits that do not fit 64 bits are a number still, only no account's.
    digits.parse().map_or(Err(SteamIdError::OutOfRange), steam64_from_number)
}

/// The Steam64 id of a number: below [`STEAM64_BASE`] it is a Steam32 id and gets that base added (`DOMAIN §1.1`).
///
/// # Errors
/// The account id would be 0, negative (`DOMAIN §10.2` 27) or wider than 32 bits.
pub fn steam64_from_number(number: i64) -> Result<i64, SteamIdError> {
    let account_id = if number < STEAM64_BASE { number } else { number - STEAM64_BASE };
    match u32::try_from(account_id) {
        Ok(1..) => Ok(STEAM64_BASE + account_id),
        Ok(0) | Err(_) => Err(SteamIdError::OutOfRange),
    }
}

/// The Steam32 id of a Steam64 id (`DOMAIN §1.1`).
#[must_use]
pub fn steam_account_id(steam64: i64) -> i64 {
    steam64.saturating_sub(STEAM64_BASE)
}

/// Something a player's profile lacks (`DOMAIN §8.1`, players tab).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProfileIssue {
    /// No base MMR, or 0.
    NoMmr,
    /// No Steam id.
    NoSteamId,
    /// No role is played.
    NoPositions,
}

/// What a profile lacks, in order of declaration; an MMR of 0 is none (`DOMAIN §8.1`, `§1.1` `league_mmr`).
#[must_use]
pub fn profile_issues(mmr: Option<i32>, steam64: Option<i64>, positions: &Positions) -> Vec<ProfileIssue> {
    let plays_nothing = !ROLES.into_iter().any(|it| positions.plays(it));
    [
        (mmr.unwrap_or(0) == 0, ProfileIssue::NoMmr),
        (steam64.is_none(), ProfileIssue::NoSteamId),
        (plays_nothing, ProfileIssue::NoPositions),
    ]
    .into_iter()
    .filter_map(|(is_missing, issue)| is_missing.then_some(issue))
    .collect()
}

fn not_blank(text: Option<&str>) -> Option<&str> {
    text.filter(|it| !it.trim().is_empty())
}

/// Digits only: `u64::from_str` alone would take a leading `+`.
fn parse_snowflake(text: &str) -> Option<u64> {
    if text.bytes().all(|it| it.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_username_from_discord_has_no_control_characters_no_blanks_around_it_and_an_end() {
        assert_eq!(username_from_discord("ann"), Some("ann".to_owned()));
        assert_eq!(username_from_discord(" a\0n\nn\u{7f} "), Some("ann".to_owned()));
        assert_eq!(username_from_discord(" \t\n"), None);
        let long = username_from_discord(&"ü".repeat(MAX_USERNAME + 1)).unwrap();
        assert_eq!(long.chars().count(), MAX_USERNAME);
    }

    #[test]
    fn the_nickname_of_a_member_is_the_one_of_the_guild_if_anything_is_left_of_it() {
        assert_eq!(nickname_from_discord(Some(" Nell "), Some("Nelly")).as_deref(), Some("Nell"));
        assert_eq!(nickname_from_discord(Some("\u{7} "), Some("Nelly")).as_deref(), Some("Nelly"));
        assert_eq!(nickname_from_discord(None, None), None);
        let long = nickname_from_discord(Some(&"ü".repeat(300)), None).unwrap();
        assert_eq!(long.chars().count(), MAX_NICKNAME);
    }

    #[test]
    fn a_numbered_username_is_never_too_long() {
        assert_eq!(numbered_username("ann", 2), "ann-2");
        assert_eq!(numbered_username(&"ü".repeat(MAX_USERNAME), 12).chars().count(), MAX_USERNAME);
    }

    #[test]
    fn a_user_is_shown_by_nickname_else_username() {
        assert_eq!(display_name(Some("Puck"), "puck_01"), "Puck");
        assert_eq!(display_name(None, "puck_01"), "puck_01");
        assert_eq!(display_name(Some("  "), "puck_01"), "puck_01");
    }

    #[test]
    fn a_guild_member_is_shown_by_nick_else_global_name_else_username() {
        assert_eq!(member_display_name(Some("nick"), Some("global"), "user"), "nick");
        assert_eq!(member_display_name(None, Some("global"), "user"), "global");
        assert_eq!(member_display_name(Some(""), None, "user"), "user");
    }

    #[test]
    fn an_avatar_with_a_hash_is_a_png_or_an_animated_gif() {
        let id = Some("100000000000251089");
        let still = avatar_url(id, Some("d964"));
        assert_eq!(still.as_deref(), Some("https://cdn.discordapp.com/avatars/100000000000251089/d964.png"));
        let animated = avatar_url(id, Some("a_d964"));
        assert_eq!(
            animated.as_deref(),
            Some("https://cdn.discordapp.com/avatars/100000000000251089/a_d964.gif")
        );
    }

    #[test]
    fn a_user_without_a_hash_gets_one_of_six_default_pictures() {
        for avatar in [None, Some("")] {
            let url = avatar_url(Some("100000000000251089"), avatar);
            let expected = (100_000_000_000_251_089_u64 >> 22) % 6;
            assert_eq!(url, Some(format!("https://cdn.discordapp.com/embed/avatars/{expected}.png")));
        }
        let first = avatar_url(Some("0"), None);
        assert_eq!(first.as_deref(), Some("https://cdn.discordapp.com/embed/avatars/0.png"));
        let sixth = avatar_url(Some("20971520"), None);
        assert_eq!(sixth.as_deref(), Some("https://cdn.discordapp.com/embed/avatars/5.png"));
    }

    #[test]
    fn a_discord_id_that_is_no_snowflake_has_no_avatar() {
        for id in
            [None, Some(""), Some("abc"), Some("+5"), Some("-5"), Some("1.5"), Some("99999999999999999999")]
        {
            assert_eq!(avatar_url(id, None), None, "{id:?}");
            assert_eq!(avatar_url(id, Some("hash")), None, "{id:?}");
        }
    }

    #[test]
    fn an_mmr_is_due_for_verification_from_day_31_on() {
        let now: Timestamp = "2025-06-30T12:00:00Z".parse().unwrap();
        let ago = |hours| Some(now - SignedDuration::from_hours(hours));
        let second = SignedDuration::from_secs(1);
        assert!(!needs_mmr_verification(true, ago(30 * 24), now));
        assert!(!needs_mmr_verification(true, ago(31 * 24).map(|it| it + second), now));
        assert!(needs_mmr_verification(true, ago(31 * 24), now));
        assert!(!needs_mmr_verification(true, ago(-24), now));
    }

    #[test]
    fn only_a_declared_mmr_is_ever_due_and_an_unverified_one_at_once() {
        assert!(needs_mmr_verification(true, None, Timestamp::UNIX_EPOCH));
        assert!(!needs_mmr_verification(false, None, Timestamp::UNIX_EPOCH));
        assert!(!needs_mmr_verification(false, Some(Timestamp::MIN), Timestamp::UNIX_EPOCH));
    }

    #[test]
    fn both_forms_of_a_steam_id_become_steam64() {
        assert_eq!(steam64_from_input("10007967"), Ok(76_561_197_970_273_695));
        assert_eq!(steam64_from_input(" 76561197970273695 "), Ok(76_561_197_970_273_695));
        assert_eq!(steam64_from_input("1"), Ok(STEAM64_BASE + 1));
        assert_eq!(steam64_from_input("4294967295"), Ok(STEAM64_BASE + 4_294_967_295));
        assert_eq!(steam_account_id(76_561_197_970_273_695), 10_007_967);
    }

    #[test]
    fn what_no_steam_account_can_have_is_refused() {
        for text in ["", "-5", "+5", "7.5", "STEAM_0:1:5", "７"] {
            assert_eq!(steam64_from_input(text), Err(SteamIdError::NotANumber), "{text}");
        }
        for text in ["0", "76561197960265728", "4294967296", "76561202255233024", "99999999999999999999"] {
            assert_eq!(steam64_from_input(text), Err(SteamIdError::OutOfRange), "{text}");
        }
        for number in [-5, i64::MIN, i64::MAX] {
            assert_eq!(steam64_from_number(number), Err(SteamIdError::OutOfRange), "{number}");
        }
    }

    #[test]
    fn a_profile_lists_everything_it_lacks() {
        use ProfileIssue::{NoMmr, NoPositions, NoSteamId};
        let mid = Positions { mid: 5, ..Positions::default() };
        assert_eq!(profile_issues(Some(3000), Some(STEAM64_BASE + 1), &mid), []);
        assert_eq!(profile_issues(None, None, &Positions::default()), [NoMmr, NoSteamId, NoPositions]);
        assert_eq!(profile_issues(Some(0), Some(1), &mid), [NoMmr]);
        assert_eq!(profile_issues(Some(1), None, &mid), [NoSteamId]);
        assert_eq!(profile_issues(Some(1), Some(1), &Positions::default()), [NoPositions]);
    }
}
