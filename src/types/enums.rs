//! The closed sets of the domain, each with the text the database and the predecessor's JSON use for it.
//!
//! The text of a variant is written to disk: changing one needs a migration. No rule lives here.

use std::fmt;

/// An enum whose variants are stored and exchanged as lower-case text.
pub trait TextEnum: Copy + Eq + fmt::Debug + Send + Sync + 'static {
    /// What a value of this enum is called in an error message.
    const NAME: &'static str;

    /// Every variant, in order of declaration.
    const ALL: &'static [Self];

    /// The stored text.
    fn as_str(self) -> &'static str;

    /// The variant of a stored text.
    ///
    /// # Errors
    /// The text belongs to no variant.
    fn parse(text: &str) -> Result<Self, ParseEnumError> {
        Self::ALL
            .iter()
            .copied()
            .find(|it| it.as_str() == text)
            .ok_or_else(|| ParseEnumError { name: Self::NAME, text: text.to_owned() })
    }
}

/// A text that belongs to no variant of an enum.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {name} `{text}`")]
pub struct ParseEnumError {
    /// Name of the enum.
    pub name: &'static str,
    /// The text that was read.
    pub text: String,
}

macro_rules! text_enums {
    ($(
        $(#[$doc:meta])*
        $name:ident($label:literal) { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)+ }
    )+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant,)+
        }

        impl TextEnum for $name {
            const NAME: &'static str = $label;
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }
    )+};
}

text_enums! {
    /// Where a tournament stands.
    TournamentState("tournament state") {
        /// Announced, not begun.
        Future = "future",
        /// Being drafted or played.
        InProgress = "in_progress",
        /// Over.
        Past = "past",
    }

    /// How a tournament's games lead to a winner.
    TournamentType("tournament type") {
        /// A lost series ends a team's run.
        SingleElimination = "single_elimination",
        /// A first lost series drops a team to the losers bracket.
        DoubleElimination = "double_elimination",
        /// Teams of equal record meet.
        Swiss = "swiss",
    }

    /// Who picks when in a player draft.
    DraftStyle("draft style") {
        /// The order turns round after each phase: 1 2 3 4, 4 3 2 1.
        Snake = "snake",
        /// The same order in each phase.
        Normal = "normal",
        /// The team with the lowest total MMR picks next, ties by dice.
        Shuffle = "shuffle",
    }

    /// Where a player draft stands.
    DraftStatus("draft status") {
        /// No round exists yet.
        NotStarted = "not_started",
        /// Captains are picking.
        Running = "running",
        /// No further pick is possible.
        Completed = "completed",
    }

    /// What happened in a draft; the kind of one entry of its log.
    DraftEventType("draft event type") {
        /// The draft was started or started over.
        DraftStarted = "draft_started",
        /// A player joined a team.
        PlayerPicked = "player_picked",
        /// Tied teams rolled dice for the next pick.
        TieRoll = "tie_roll",
        /// A captain is on turn: the first of a draft, or one decided during it.
        CaptainAssigned = "captain_assigned",
        /// The last pick was taken back.
        PickUndone = "pick_undone",
        /// No further pick is possible.
        DraftCompleted = "draft_completed",
    }

    /// Which part of a bracket a game belongs to.
    BracketType("bracket type") {
        /// The winners bracket, or the only one.
        Winners = "winners",
        /// The losers bracket.
        Losers = "losers",
        /// The last games, between the winners of both brackets.
        GrandFinals = "grand_finals",
        /// A Swiss round.
        Swiss = "swiss",
    }

    /// What happens to the loser of a game.
    EliminationType("elimination type") {
        /// The loser is out.
        Single = "single",
        /// The loser goes on in the losers bracket.
        Double = "double",
        /// Records decide.
        Swiss = "swiss",
    }

    /// Where a game stands.
    GameStatus("game status") {
        /// Not begun.
        Pending = "pending",
        /// Being played.
        Live = "live",
        /// Decided.
        Completed = "completed",
    }

    /// One of the two seats of a game.
    Slot("slot") {
        /// The Radiant seat.
        Radiant = "radiant",
        /// The Dire seat.
        Dire = "dire",
    }

    /// How a user belongs to a team.
    TeamMembershipKind("team membership kind") {
        /// On the roster; counts for size and MMR.
        Member = "member",
        /// A substitute.
        Dropin = "dropin",
        /// Was on the roster and left.
        Left = "left",
    }

    /// A role given to a user in an organization or a league.
    RoleKind("role") {
        /// May change settings and give roles.
        Admin = "admin",
        /// May run events.
        Staff = "staff",
    }

    /// How the results of a league change ratings (DOMAIN §1.4).
    RatingSystem("rating system") {
        /// The more surprising a result, the more points.
        Elo = "elo",
        /// The same number of points for every game.
        FixedDelta = "fixed_delta",
    }

    /// What was done to an organization (DOMAIN §1.11).
    OrganizationLogAction("organization log action") {
        /// Somebody was made admin.
        AddAdmin = "add_admin",
        /// Somebody is admin no more.
        RemoveAdmin = "remove_admin",
        /// Somebody was made staff.
        AddStaff = "add_staff",
        /// Somebody is staff no more.
        RemoveStaff = "remove_staff",
        /// It was given to another owner.
        TransferOwnership = "transfer_ownership",
        /// It was made.
        Create = "create",
        /// Its settings were changed.
        Update = "update",
        /// It was deleted.
        Delete = "delete",
    }

    /// What was done to a league (DOMAIN §1.11).
    LeagueLogAction("league log action") {
        /// Somebody was made admin.
        AddAdmin = "add_admin",
        /// Somebody is admin no more.
        RemoveAdmin = "remove_admin",
        /// Somebody was made staff.
        AddStaff = "add_staff",
        /// Somebody is staff no more.
        RemoveStaff = "remove_staff",
        /// It was linked to an organization.
        LinkOrganization = "link_organization",
        /// It is linked to an organization no more.
        UnlinkOrganization = "unlink_organization",
        /// It was made.
        Create = "create",
        /// Its settings were changed.
        Update = "update",
        /// It was deleted.
        Delete = "delete",
    }

    /// What an API token is good for (`API.md`, "Who is asking").
    TokenScope("token scope") {
        /// To ask what its user may see; every token has it.
        Read = "read",
        /// To change what its user may change.
        Write = "write",
        /// To act as site staff or superuser, if its user is one.
        Staff = "staff",
    }

    /// One of the five roles of a Dota 2 team.
    Position("position") {
        /// Position 1.
        Carry = "carry",
        /// Position 2.
        Mid = "mid",
        /// Position 3.
        Offlane = "offlane",
        /// Position 4.
        SoftSupport = "soft_support",
        /// Position 5.
        HardSupport = "hard_support",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variant_is_read_back_from_its_text() {
        for state in TournamentState::ALL {
            assert_eq!(TournamentState::parse(state.as_str()), Ok(*state));
        }
    }

    #[test]
    fn an_unknown_text_names_the_enum_and_the_text() {
        let error = GameStatus::parse("scheduled").unwrap_err();
        assert_eq!(error.to_string(), "unknown game status `scheduled`");
    }
}
