//! One file per table: its row, what may be inserted and changed, its relations and its list queries.
//!
//! Rows are plain values. Rules that need more than one row live in `domain`.

mod catalog;
mod draft;
mod draft_people;
mod feed;
mod game;
mod idempotency;
mod import_mapping;
mod job;
mod league;
mod lease;
mod log;
mod login_attempt;
mod organization;
mod rights;
mod session;
mod stats;
mod team;
mod tournament;
mod user;
mod user_avatars;
mod user_discord;

pub use catalog::{MODELS, ModelVisitor, RELATIONS, UnknownName, check_model, check_names, visit_model};
pub use draft::{
    DraftChanges, DraftEventChanges, DraftEventRow, DraftOfTournament, DraftRoundChanges, DraftRoundRow,
    DraftRow, EventOrder, EventsOfDraft, NewDraft, NewDraftEvent, NewDraftRound, NextRoundOfCaptain,
    RoundsOfDraft,
};
pub use draft_people::{DraftPerson, DraftSeat, LockedDraft, RoundsOfPastEpochs, Seating, SeatingOf};
pub use feed::{FeedTail, TournamentChange, TournamentEventRow};
pub use game::{
    GameChanges, GameFilter, GameOrder, GameRow, GamesOfTeam, GamesOfTournament, LeagueGameOfTournament,
    NewGame, SteamMatchKey,
};
pub(super) use idempotency::forget_expired;
pub use idempotency::{IdempotencyClaim, SettledCall};
pub use import_mapping::{ImportMappingRow, MappingsOf};
pub use job::{JobEnd, JobRow};
pub use league::{
    DecidedGamesOfLeague, LeagueChanges, LeagueFilter, LeagueOrder, LeagueOrganizationRow, LeagueRoleRow,
    LeagueRolesOfUser, LeagueRow, LeaguesOfOrganization, NewLeague, OrganizationsOfLeague, RolesOfLeague,
    SteamLeagueKey,
};
pub(super) use lease::forget_expired as forget_expired_leases;
pub use lease::{LeaseClaim, LeaseRow, Taken};
pub use log::{
    LeagueLogChanges, LeagueLogRow, LogOfLeague, LogOfOrganization, LogOrder, NewLeagueLog,
    NewOrganizationLog, OrganizationLogChanges, OrganizationLogRow,
};
pub use login_attempt::LoginAttemptRow;
pub use organization::{
    NewOrganization, OrganizationChanges, OrganizationFilter, OrganizationOrder, OrganizationRoleRow,
    OrganizationRolesOfUser, OrganizationRow, OrganizationsOwnedBy, RolesOfOrganization,
};
pub use rights::{RightsInLeague, RightsInOrganization};
pub use session::{
    ApiTokenChanges, ApiTokenRow, ExpiredSessions, NewApiToken, NewSession, RevokeApiTokens, RevokeSessions,
    SessionChanges, SessionKey, SessionRow,
};
pub use stats::{CountSite, SiteStats};
pub use team::{
    MembersOfTeam, NewTeam, TeamChanges, TeamMemberRow, TeamRow, TeamsNamed, TeamsOfTournament, TeamsOfUser,
};
pub use tournament::{
    NewTournament, PlayersOfTournament, TournamentChanges, TournamentCountOfLeague, TournamentFilter,
    TournamentOrder, TournamentPlayerRow, TournamentRow,
};
pub use user::{ActiveSuperusers, NewUser, UserChanges, UserFilter, UserKey, UserOrder, UserRow};
pub use user_avatars::AvatarHashes;
pub use user_discord::{AvatarOf, UserOfDiscord, UsersOfDiscord};

/// A `LIKE` pattern that finds `text` anywhere, its own wildcards taken literally. Goes with `escape('\\')`.
///
/// SQLite refuses patterns above 50 000 bytes, and no name is as long as what is kept here. No name holds a NUL, which
/// Postgres refuses in any text.
fn contains_pattern(text: &str) -> String {
    let text: String = text.trim().chars().take(MAX_SEARCH).collect();
    let escaped = text
        .to_lowercase()
        .replace('\0', "\u{fffd}")
        .replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_");
    format!("%{escaped}%")
}

/// Most characters of a search that are looked for.
const MAX_SEARCH: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::contains_pattern;

    #[test]
    fn wildcards_in_a_search_are_taken_literally() {
        assert_eq!(contains_pattern(" 100%_A\\ "), "%100\\%\\_a\\\\%");
    }
}
