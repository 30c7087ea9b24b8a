//! The table of `DOMAIN §6`, column "Required": every action and the roles that unlock it.
//!
//! One row per action and nothing else; what a role means is said in `role`.

use super::Role;

/// How the roles of a row combine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// One of them is enough.
    AnyOf(&'static [Role]),
    /// All are needed.
    AllOf(&'static [Role]),
}

macro_rules! actions {
    ($($(#[$doc:meta])* $action:ident => $combine:ident[$($role:ident),+];)+) => {
        /// Something a caller may want to do (`DOMAIN §6`).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $($(#[$doc])* $action,)+
        }

        impl Action {
            /// Every action, in order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$action),+];

            /// The roles that unlock this action.
            #[must_use]
            pub fn requirement(self) -> Requirement {
                match self {
                    $(Self::$action => Requirement::$combine(&[$(Role::$role),+]),)+
                }
            }
        }
    };
}

actions! {
    /// Read users, teams, drafts with their events and feeds, brackets, organizations, leagues.
    PublicRead => AnyOf[Anyone];

    /// Read a user's e-mail address (`§1.1`).
    UserReadEmail => AnyOf[SiteStaff, Oneself];
    /// Create a user.
    UserCreate => AnyOf[SiteStaff];
    /// Change anybody's profile fields, MMR among them.
    UserUpdate => AnyOf[SiteStaff];
    /// Deactivate a user.
    UserDeactivate => AnyOf[SiteStaff];
    /// Make somebody site staff or superuser, or take it back.
    UserRolesSet => AnyOf[Superuser];

    /// Change one's own nickname, positions and default organization.
    ProfileUpdate => AnyOf[Oneself];
    /// Set a Steam id: oneself once, then staff.
    SteamIdSet => AnyOf[SiteStaff, OneselfWithoutSteamId];
    /// Set an MMR; being oneself grants nothing.
    MmrSet => AnyOf[SiteStaff];

    /// Create an organization.
    OrganizationCreate => AnyOf[SiteStaff];
    /// Delete an organization.
    OrganizationDelete => AnyOf[SiteStaff];
    /// Change the settings of an organization.
    OrganizationUpdate => AnyOf[OrganizationAdmin];
    /// Give the admin role of an organization.
    OrganizationAdminAdd => AnyOf[OrganizationAdmin];
    /// Take the admin role of an organization.
    OrganizationAdminRemove => AnyOf[OrganizationOwner, Superuser];
    /// Give the staff role of an organization.
    OrganizationStaffAdd => AnyOf[OrganizationAdmin];
    /// Take the staff role of an organization.
    OrganizationStaffRemove => AnyOf[OrganizationAdmin];
    /// Give an organization to another owner.
    OrganizationTransferOwnership => AnyOf[OrganizationOwner, Superuser];
    /// See what was done to an organization, and by whom.
    OrganizationLogsRead => AnyOf[OrganizationStaff];

    /// Create a league in the named organizations.
    LeagueCreate => AnyOf[AdminOfNamedOrganizations];
    /// Change a league.
    LeagueUpdate => AnyOf[LeagueAdmin];
    /// Delete a league.
    LeagueDelete => AnyOf[LeagueAdmin];
    /// Link the named organization to a league.
    LeagueOrganizationLink => AllOf[LeagueAdmin, AdminOfNamedOrganizations];
    /// Unlink an organization from a league.
    LeagueOrganizationUnlink => AnyOf[LeagueAdmin];
    /// Give the admin role of a league; a league admin may not.
    LeagueAdminAdd => AnyOf[LinkedOrganizationAdmin, Superuser];
    /// Take the admin role of a league; a league admin may not.
    LeagueAdminRemove => AnyOf[LinkedOrganizationAdmin, Superuser];
    /// Give the staff role of a league.
    LeagueStaffAdd => AnyOf[LeagueAdmin];
    /// Take the staff role of a league.
    LeagueStaffRemove => AnyOf[LeagueAdmin];
    /// See what was done to a league, and by whom.
    LeagueLogsRead => AnyOf[LeagueStaff];

    /// Create a tournament in a league.
    TournamentCreateInLeague => AnyOf[LeagueAdmin];
    /// Create a tournament without a league.
    TournamentCreateWithoutLeague => AnyOf[SiteStaff];
    /// Import tournaments of the predecessor, with people, leagues and organizations: whoever may, decides who people are.
    TournamentImport => AnyOf[Superuser];
    /// Change a tournament.
    TournamentUpdate => AnyOf[TournamentEditor];
    /// Move a tournament to another league or to none.
    TournamentMove => AllOf[TournamentEditor, TargetTournamentEditor];
    /// Delete a tournament.
    TournamentDelete => AnyOf[TournamentEditor];
    /// Add players to a tournament.
    TournamentPlayersAdd => AnyOf[TournamentEditor];
    /// Remove players from a tournament.
    TournamentPlayersRemove => AnyOf[TournamentEditor];
    /// Generate, reseed, assign, save or reset a bracket.
    BracketManage => AnyOf[TournamentEditor];
    /// Set a team's placement by hand.
    TeamPlacementSet => AnyOf[TournamentEditor];

    /// Create a team.
    TeamCreate => AnyOf[TournamentEditor];
    /// Change a team and its roster.
    TeamUpdate => AnyOf[TournamentEditor];
    /// Rename a team: its captain may, too.
    TeamRename => AnyOf[TournamentEditor, Captain];
    /// Delete a team.
    TeamDelete => AnyOf[TournamentEditor];
    /// Configure, start, rebuild a draft or undo a pick (`§2.10`).
    DraftModerate => AnyOf[TournamentEditor];
    /// Pick a player: the captain of the round, or who moderates (`§2.10`).
    DraftPick => AnyOf[TournamentEditor, Captain];

    /// Create a game in the target tournament or league.
    GameCreate => AnyOf[GameManager];
    /// Change a game.
    GameUpdate => AnyOf[GameManager];
    /// Delete a game.
    GameDelete => AnyOf[GameManager];
    /// Report a game's result or retract it.
    GameReport => AnyOf[GameManager];
    /// Link a Steam match to a game or unlink it.
    GameLinkMatch => AnyOf[GameManager];

    /// Assign Steam matches to a tournament's games.
    SteamAutoAssign => AnyOf[GameManager];
    /// Sync or relink Steam matches.
    SteamSync => AnyOf[SiteStaff];
    /// Confirm or dismiss a suggested match.
    SuggestionResolve => AnyOf[SiteStaff];

    /// List or search an organization's Discord members.
    GuildMembersRead => AnyOf[OrganizationStaff];
    /// Fetch an organization's Discord members anew (`§7.3`).
    GuildMembersRefresh => AnyOf[OrganizationStaff];
    /// See who sits in which voice channel.
    VoiceActivityRead => AnyOf[SiteStaff];

    /// Create a game's hero draft: its captains may, too (`§4.1`).
    HeroDraftCreate => AnyOf[GameManager, Captain];
    /// Get ready, roll, choose, pick or ban in a hero draft (`§4.1`).
    HeroDraftPlay => AnyOf[Captain];
    /// Pause or resume a hero draft (`§4.1`).
    HeroDraftPause => AnyOf[GameManager, Captain];
    /// Abandon a hero draft (`§4.1`).
    HeroDraftAbandon => AnyOf[SiteStaff, Captain];
    /// Reset a hero draft (`§4.1`).
    HeroDraftReset => AnyOf[SiteStaff];

    /// Say that something was changed behind the program's back, so that it is read anew.
    CacheInvalidate => AnyOf[Superuser];
}
