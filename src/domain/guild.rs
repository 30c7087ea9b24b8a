//! Finding somebody among the members of a guild: how well a name fits, and in which order they are shown (DOMAIN §7.3).
//!
//! Pure: who may look, and where members come from, is elsewhere.

use super::user::member_display_name;
use crate::types::GuildMember;

/// Fewest characters that are worth searching for (`DOMAIN §7.3`).
pub const MIN_SEARCH: usize = 2;

/// Most members of a page (`DOMAIN §7.3`).
pub const MAX_PAGE: i32 = 50;

/// How well a name fits; the better, the smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// It is the name.
    Exact,
    /// A name begins with it.
    Prefix,
    /// A name contains it.
    Contains,
}

/// The name to show for a member.
#[must_use]
pub fn display_name(member: &GuildMember) -> &str {
    member_display_name(member.nick.as_deref(), member.global_name.as_deref(), &member.username)
}

/// How well the best of a member's names fits a text in lower case; `None` if none contains it.
#[must_use]
pub fn fit(member: &GuildMember, text: &str) -> Option<Fit> {
    let names = [member.nick.as_deref(), member.global_name.as_deref(), Some(member.username.as_str())];
    let fits = names.into_iter().flatten().filter_map(|name| {
        let name = name.to_lowercase();
        if name == text {
            Some(Fit::Exact)
        } else if name.starts_with(text) {
            Some(Fit::Prefix)
        } else {
            name.contains(text).then_some(Fit::Contains)
        }
    });
    fits.min()
}

/// Where a member stands in a list of those who fit, as a text that sorts: best fit, then name whatever its case, then
/// id. `None` for one who does not fit; without a text everybody does.
#[must_use]
pub fn place(member: &GuildMember, text: Option<&str>) -> Option<String> {
    let rank = match text {
        Some(text) => match fit(member, text)? {
            Fit::Exact => '0',
            Fit::Prefix => '1',
            Fit::Contains => '2',
        },
        None => '0',
    };
    // No name holds a NUL, so a name sorts before one that begins with it. Ids are numbers.
    Some(format!("{rank}{}\0{:>20}", display_name(member).to_lowercase(), member.discord_id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(id: &str, username: &str, global_name: Option<&str>, nick: Option<&str>) -> GuildMember {
        GuildMember {
            discord_id: id.to_owned(),
            username: username.to_owned(),
            global_name: global_name.map(str::to_owned),
            nick: nick.map(str::to_owned),
            avatar: None,
            joined_at: None,
        }
    }

    #[test]
    fn the_best_of_all_names_counts_whatever_their_case() {
        let nelly = member("1", "nelly80", Some("Nelly"), Some("Captain Nell"));
        assert_eq!(fit(&nelly, "nelly"), Some(Fit::Exact));
        assert_eq!(fit(&nelly, "nell"), Some(Fit::Prefix));
        assert_eq!(fit(&nelly, "captain"), Some(Fit::Prefix));
        assert_eq!(fit(&nelly, "80"), Some(Fit::Contains));
        assert_eq!(fit(&nelly, "nellyx"), None);
        assert_eq!(fit(&member("1", "x", Some("ÄRGER"), None), "ärger"), Some(Fit::Exact));
    }

    #[test]
    fn members_stand_by_fit_then_name_then_number() {
        let mut members = [
            member("12", "xx-ann", None, None),
            member("11", "anna", None, None),
            member("10", "b", Some("Ann"), None),
            member("9", "ANN", None, None),
            member("8", "zed", None, Some("Annabel")),
            member("7", "bob", None, None),
        ];
        members.sort_by_key(|it| place(it, Some("ann")));
        let found: Vec<_> = members.iter().filter(|it| place(it, Some("ann")).is_some()).collect();
        let ids: Vec<&str> = found.iter().map(|it| it.discord_id.as_str()).collect();
        assert_eq!(ids, ["9", "10", "11", "8", "12"]);
        members.sort_by_key(|it| place(it, None));
        let ids: Vec<&str> = members.iter().map(|it| it.discord_id.as_str()).collect();
        assert_eq!(ids, ["9", "10", "11", "8", "7", "12"]);
    }
}
