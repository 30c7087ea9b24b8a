//! The fields of a profile: what they may hold, and that what tells people apart belongs to one of them.

use serde::Serialize;

use super::{differing, scope_of};
use crate::db::models::{UserChanges, UserKey, UserRow};
use crate::domain::policy::Action;
use crate::domain::positions::Positions;
use crate::domain::user::{MAX_NICKNAME, MAX_USERNAME, steam64_from_input};
use crate::service::command::Tx;
use crate::service::rejection::{CommandResult, Rejection};
use crate::service::text;
use crate::types::{TextEnum as _, UserId};

/// Longest e-mail address there can be.
const MAX_EMAIL: usize = 254;
/// Highest MMR (DOMAIN §1.1).
const MAX_MMR: i32 = 20_000;

/// New ranks of roles; what is `None` stays.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct PositionRanks {
    /// Rank of position 1.
    pub carry: Option<i32>,
    /// Rank of position 2.
    pub mid: Option<i32>,
    /// Rank of position 3.
    pub offlane: Option<i32>,
    /// Rank of position 4.
    pub soft_support: Option<i32>,
    /// Rank of position 5.
    pub hard_support: Option<i32>,
}

impl PositionRanks {
    /// All ranks, those that stay among them.
    ///
    /// # Errors
    /// One is not within 0–5 (DOMAIN §10.2 bug 27).
    pub(super) fn over(self, current: Positions) -> CommandResult<Positions> {
        let ranks = Positions {
            carry: self.carry.unwrap_or(current.carry),
            mid: self.mid.unwrap_or(current.mid),
            offlane: self.offlane.unwrap_or(current.offlane),
            soft_support: self.soft_support.unwrap_or(current.soft_support),
            hard_support: self.hard_support.unwrap_or(current.hard_support),
        };
        ranks.checked().map_err(|error| {
            let field = camel_case(error.position.as_str());
            Rejection::invalid(error.to_string(), &["positions", &field]).into()
        })
    }
}

/// What users may change of their own profile; what is `None` stays.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ProfileFields {
    /// Name to be shown by, or none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<Option<String>>,
    /// Steam id as text, Steam32 or Steam64, or none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steam_id: Option<Option<String>>,
    /// How much the user likes each role.
    pub positions: PositionRanks,
    /// The user plays ranked, so that their MMR is to be verified now and then.
    pub has_active_dota_mmr: Option<bool>,
}

impl ProfileFields {
    /// What changes of this profile.
    ///
    /// # Errors
    /// A field makes no sense, the Steam id is somebody else's, or the caller may not change it.
    pub(super) async fn changes(&self, tx: &mut Tx<'_>, row: &UserRow) -> CommandResult<UserChanges> {
        let steam_id = self.new_steam_id(tx, row).await?;
        let current = Positions {
            carry: row.carry,
            mid: row.mid,
            offlane: row.offlane,
            soft_support: row.soft_support,
            hard_support: row.hard_support,
        };
        let ranks = self.positions.over(current)?;
        let nickname = self.nickname.as_ref().map(|it| nickname(it.as_deref())).transpose()?;
        Ok(UserChanges {
            nickname: differing(&row.nickname, nickname),
            steam_id,
            carry: differing(&row.carry, Some(ranks.carry)),
            mid: differing(&row.mid, Some(ranks.mid)),
            offlane: differing(&row.offlane, Some(ranks.offlane)),
            soft_support: differing(&row.soft_support, Some(ranks.soft_support)),
            hard_support: differing(&row.hard_support, Some(ranks.hard_support)),
            has_active_dota_mmr: differing(&row.has_active_dota_mmr, self.has_active_dota_mmr),
            ..UserChanges::default()
        })
    }

    /// The Steam id to write. One that is there already may be said again by anybody; to change it takes a right of its
    /// own (DOMAIN §6), which is looked at before what is wrong with the new one.
    async fn new_steam_id(&self, tx: &mut Tx<'_>, row: &UserRow) -> CommandResult<Option<Option<i64>>> {
        let Some(given) = &self.steam_id else { return Ok(None) };
        let parsed = steam_id(given.as_deref());
        if parsed.as_ref().is_ok_and(|it| *it == row.steam_id) {
            return Ok(None);
        }
        tx.authorize(Action::SteamIdSet, &scope_of(row))?;
        let steam_id = parsed?;
        if let Some(steam_id) = steam_id {
            expect_free(tx, UserKey::SteamId(steam_id), Some(row.id)).await?;
        }
        Ok(Some(steam_id))
    }
}

/// A username: one line (DOMAIN §1.1).
pub(super) fn username(text: &str) -> CommandResult<String> {
    text::name(text, "username", MAX_USERNAME)
}

/// A nickname; a blank one is none.
pub(super) fn nickname(text: Option<&str>) -> CommandResult<Option<String>> {
    match text.map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => text::name(text, "nickname", MAX_NICKNAME).map(Some),
    }
}

/// An e-mail address, or nothing.
pub(super) fn email(text: &str) -> CommandResult<String> {
    let text = text.trim();
    let is_plain = !text.contains(|it: char| it.is_whitespace() || it.is_control());
    let is_address = text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && !host.is_empty() && !host.contains('@') && text.chars().count() <= MAX_EMAIL
    });
    if text.is_empty() || (is_plain && is_address) {
        return Ok(text.to_owned());
    }
    Err(Rejection::invalid("`email` must be an e-mail address, or empty", &["email"]).into())
}

/// A Steam64 id, given as that or as Steam32; a blank one is none.
pub(super) fn steam_id(text: Option<&str>) -> CommandResult<Option<i64>> {
    match text.map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => match steam64_from_input(text) {
            Ok(id) => Ok(Some(id)),
            Err(error) => Err(Rejection::invalid(error.to_string(), &["steamId"]).into()),
        },
    }
}

/// An MMR within what the site knows (DOMAIN §1.1).
pub(super) fn mmr(mmr: i32) -> CommandResult<i32> {
    if (0..=MAX_MMR).contains(&mmr) {
        return Ok(mmr);
    }
    Err(Rejection::invalid(format!("`mmr` must be between 0 and {MAX_MMR}"), &["mmr"]).into())
}

/// Makes sure that what tells users apart is nobody's, or this user's.
///
/// # Errors
/// It is somebody else's (DOMAIN §10.2 bug 27).
pub(super) async fn expect_free(
    tx: &mut Tx<'_>,
    key: UserKey<'_>,
    owner: Option<UserId>,
) -> CommandResult<()> {
    let (message, field) = match key {
        UserKey::Username(_) => ("this username is taken", "username"),
        UserKey::DiscordId(_) => ("this Discord account belongs to another user", "discordId"),
        UserKey::SteamId(_) => ("this Steam id belongs to another user", "steamId"),
    };
    match tx.uow.find(key).await? {
        Some(row) if Some(row.id) != owner => Err(Rejection::conflict(message).at(&[field]).into()),
        Some(_) | None => Ok(()),
    }
}

/// `soft_support` as the API names it: `softSupport`.
fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |text, word| {
        let mut letters = word.chars();
        let initial = letters.next().map(|it| it.to_ascii_uppercase());
        text + &initial.into_iter().chain(letters).collect::<String>()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_nickname_is_none() {
        assert_eq!(nickname(Some("  ")).unwrap(), None);
        assert_eq!(nickname(None).unwrap(), None);
        assert_eq!(nickname(Some(" Puck ")).unwrap().as_deref(), Some("Puck"));
        assert!(nickname(Some(&"x".repeat(101))).is_err());
    }

    #[test]
    fn an_address_has_a_name_and_a_host() {
        for text in ["", " ann@example.com ", "a+b@localhost"] {
            assert!(email(text).is_ok(), "{text}");
        }
        for text in
            ["ann", "@example.com", "ann@", "a@b@c", "a b@c", "a@b\0", &format!("{}@b", "a".repeat(254))]
        {
            assert!(email(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_mmr_is_between_0_and_20000() {
        assert!([0, 20_000].into_iter().all(|it| mmr(it).is_ok()));
        assert!([-1, 20_001, i32::MIN, i32::MAX].into_iter().all(|it| mmr(it).is_err()));
    }

    // DOMAIN §10.2 bug 27
    #[test]
    fn a_rank_out_of_range_is_told_by_the_name_of_its_field() {
        let ranks = PositionRanks { soft_support: Some(999), ..PositionRanks::default() };
        let Err(crate::service::CommandError::Rejected(rejection)) = ranks.over(Positions::default()) else {
            panic!("refused");
        };
        assert_eq!(rejection.field, ["positions", "softSupport"]);
    }

    #[test]
    fn ranks_that_are_not_given_stay() {
        let current = Positions { carry: 1, mid: 2, ..Positions::default() };
        let ranks = PositionRanks { mid: Some(0), offlane: Some(5), ..PositionRanks::default() };
        let expected = Positions { carry: 1, mid: 0, offlane: 5, ..Positions::default() };
        assert_eq!(ranks.over(current).unwrap(), expected);
    }
}
