//! Everything the commands of a draft decide from, as one value, and what a command makes of it.
//!
//! A service fills it from rows, calls one command and writes the difference. What the rows guarantee is not checked
//! again: captain and deputy are members, members are registered players of one team each (`DOMAIN §1.6`).

use std::collections::BTreeMap;

use super::error::Unavailable;
use super::event::DraftEventPayload;
use super::order::PlannedRound;
use super::pool::{PoolFacts, first_open, is_over, users_remaining};
use super::tie::TieRollData;
use crate::domain::mmr::PlayerMmr;
use crate::domain::team::{is_full, total_mmr};
use crate::types::{DraftId, DraftRoundId, DraftStatus, DraftStyle, TeamId, UserId};

/// A draft with the tournament around it, as far as its rules go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftState {
    /// The draft.
    pub id: DraftId,
    /// Its style.
    pub style: DraftStyle,
    /// Where it stands.
    pub status: DraftStatus,
    /// How often it was started (`DOMAIN §1.8`).
    pub epoch: i32,
    /// Every team of the tournament.
    pub teams: Vec<TeamSeat>,
    /// The registered players of the tournament.
    pub players: Vec<Player>,
    /// People a round names who are not registered any more; only the log needs them.
    pub former_players: Vec<Player>,
    /// The rounds of this epoch.
    pub rounds: Vec<Round>,
    /// The MMR that turns are decided by, whatever happens to a profile meanwhile (`DOMAIN §2.4`).
    ///
    /// Taken at the start. Whoever registers later joins it at the next command, with the MMR of that moment.
    pub snapshot: BTreeMap<UserId, Option<i32>>,
}

/// A team of the tournament.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamSeat {
    /// Key of the team.
    pub id: TeamId,
    /// Its name.
    pub name: String,
    /// Who picks for it.
    pub captain_id: Option<UserId>,
    /// First in the line of succession; leaves office with the roster, never takes over here (`DOMAIN §2.7`).
    pub deputy_captain_id: Option<UserId>,
    /// Lowest picks first; `None` counts as 0, unset (`DOMAIN §1.6`).
    pub draft_order: Option<i32>,
    /// Members, the captain among them, picked or added by hand. No substitutes, nobody who left.
    pub members: Vec<UserId>,
}

/// A person as the draft's log names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Player {
    /// The user.
    pub id: UserId,
    /// Shown name.
    pub name: String,
    /// Avatar, if any.
    pub avatar_url: Option<String>,
    /// Base MMR at this moment.
    pub mmr: Option<i32>,
}

/// One pick of the draft, made or to be made (`DOMAIN §1.8`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// Key of the round; `None` until it is stored.
    pub id: Option<DraftRoundId>,
    /// 1..4·n over the whole draft.
    pub pick_number: i32,
    /// Block of n picks it belongs to, from 1.
    pub pick_phase: i32,
    /// Whose turn it was when it was decided or picked; `None` while a shuffle draft has not decided.
    pub captain_id: Option<UserId>,
    /// That captain's team.
    pub team_id: Option<TeamId>,
    /// Who was picked.
    pub choice_id: Option<UserId>,
    /// Whether dice decided whose turn it is.
    pub was_tie: bool,
    /// These dice.
    pub tie: Option<TieRollData>,
}

/// What a command made of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The draft from now on.
    pub state: DraftState,
    /// What to log, in this order (`DOMAIN §2.10`).
    pub events: Vec<DraftEventPayload>,
    /// The dice rolled for the next turn, if any.
    pub tie: Option<TieRollData>,
}

impl Applied {
    /// A command that has changed nothing yet.
    pub(super) fn new(state: DraftState) -> Self {
        Self { state, events: Vec::new(), tie: None }
    }
}

impl Round {
    /// A round as a start plans it.
    pub(super) fn planned(plan: &PlannedRound) -> Self {
        Self {
            id: None,
            pick_number: plan.pick_number,
            pick_phase: plan.pick_phase,
            captain_id: plan.captain_id,
            team_id: plan.team_id,
            choice_id: None,
            was_tie: false,
            tie: None,
        }
    }
}

impl DraftState {
    /// The round to be picked in now: lowest `pick_number` without a choice (`DOMAIN §2.6` 4).
    #[must_use]
    pub fn current_round(&self) -> Option<&Round> {
        first_open(&self.rounds, |it| (it.pick_number, it.choice_id))
    }

    /// The team a round belongs to: the one it names, else the one its captain leads (`DOMAIN §1.8`).
    #[must_use]
    pub fn team_of(&self, round: &Round) -> Option<&TeamSeat> {
        let named = self.teams.iter().find(|it| Some(it.id) == round.team_id);
        let led =
            || self.teams.iter().find(|it| it.captain_id.is_some() && it.captain_id == round.captain_id);
        named.or_else(led)
    }

    /// Who may pick in a round besides staff: the present captain of its team.
    ///
    /// A round belongs to its team, so a captain who was replaced meanwhile hands the turn over (`DOMAIN §1.8`).
    #[must_use]
    pub fn captain_of(&self, round: &Round) -> Option<UserId> {
        self.team_of(round).and_then(|it| it.captain_id)
    }

    /// Who can be picked (`DOMAIN §1.8`).
    #[must_use]
    pub fn pool(&self) -> Vec<UserId> {
        let players: Vec<_> = self.players.iter().map(|it| it.id).collect();
        let choices: Vec<_> = self.rounds.iter().filter_map(|it| it.choice_id).collect();
        let captains: Vec<_> = self.teams.iter().filter_map(|it| it.captain_id).collect();
        let members: Vec<_> = self.teams.iter().flat_map(|it| it.members.iter().copied()).collect();
        let facts =
            PoolFacts { players: &players, choices: &choices, captains: &captains, members: &members };
        users_remaining(&facts)
    }

    /// Why somebody cannot be picked; `None` for everyone in the pool (`DOMAIN §2.6` 6).
    #[must_use]
    pub fn unavailable(&self, player: UserId) -> Option<Unavailable> {
        let name = |it: &TeamSeat| (it.id, it.name.clone());
        if !self.players.iter().any(|it| it.id == player) {
            return Some(Unavailable::NotRegistered);
        }
        if let Some((team_id, team_name)) =
            self.teams.iter().find(|it| it.captain_id == Some(player)).map(name)
        {
            return Some(Unavailable::IsCaptain { team_id, team_name });
        }
        if let Some((team_id, team_name)) =
            self.teams.iter().find(|it| it.members.contains(&player)).map(name)
        {
            return Some(Unavailable::OnTeam { team_id, team_name });
        }
        let picked = self.rounds.iter().find(|it| it.choice_id == Some(player));
        picked.map(|it| Unavailable::PickedBefore { pick_number: it.pick_number })
    }

    /// A team's total by the snapshot, captain once, null as 0 (`DOMAIN §1.6`, `§2.4`).
    #[must_use]
    pub fn total_mmr(&self, team: &TeamSeat) -> i64 {
        let members: Vec<_> = team.members.iter().map(|it| self.mmr(*it)).collect();
        total_mmr(team.captain_id.map(|it| self.mmr(it)), &members)
    }

    /// The MMR that counts in this draft: that of the snapshot, else today's.
    fn mmr(&self, id: UserId) -> PlayerMmr {
        let today = || self.person(id).and_then(|it| it.mmr);
        PlayerMmr { id, mmr: self.snapshot.get(&id).copied().unwrap_or_else(today) }
    }

    /// A registered or former player.
    pub(super) fn person(&self, id: UserId) -> Option<&Player> {
        self.players.iter().chain(&self.former_players).find(|it| it.id == id)
    }

    /// Teams that can be on turn.
    pub(super) fn led_teams(&self) -> impl Iterator<Item = (&TeamSeat, UserId)> {
        self.teams.iter().filter_map(|it| Some((it, it.captain_id?)))
    }

    /// Whether no further pick is possible (`DOMAIN §2.9`). A team without a captain never picks, so it does not count.
    pub(super) fn is_over(&self) -> bool {
        let sizes: Vec<_> = self.led_teams().map(|(it, _)| it.members.len()).collect();
        is_over(self.style, self.current_round().is_some(), self.pool().len(), &sizes)
    }

    /// Whether somebody can pick in a round: its team has a captain and a free seat.
    pub(super) fn is_open(&self, round: &Round) -> bool {
        self.team_of(round).is_some_and(|it| it.captain_id.is_some() && !is_full(it.members.len()))
    }

    /// Adds everyone who registered since to the snapshot; nobody in it changes.
    pub(super) fn complete_snapshot(&mut self) {
        for player in &self.players {
            self.snapshot.entry(player.id).or_insert(player.mmr);
        }
    }

    /// Gives the rounds to be picked to whoever leads their teams by now: a round belongs to its team (`DOMAIN §1.8`).
    pub(super) fn hand_over(&mut self) {
        let captains: BTreeMap<_, _> = self.led_teams().map(|(team, captain)| (team.id, captain)).collect();
        for round in self.rounds.iter_mut().filter(|it| it.choice_id.is_none()) {
            if let Some(captain) = round.team_id.and_then(|it| captains.get(&it)) {
                round.captain_id = Some(*captain);
            }
        }
    }

    /// Leaves each team its captain alone, without succession (`DOMAIN §2.2` 2, `§1.6` rule 6).
    pub(super) fn reset_rosters(&mut self) {
        for team in &mut self.teams {
            team.members = team.captain_id.into_iter().collect();
        }
    }

    /// Ends the office of deputies who are no members any more (`DOMAIN §1.6`).
    pub(super) fn dismiss_absent_deputies(&mut self) {
        for team in &mut self.teams {
            let members = &team.members;
            team.deputy_captain_id = team.deputy_captain_id.filter(|it| members.contains(it));
        }
    }

    /// Changes the round of that number, if there is one.
    pub(super) fn change_round(&mut self, pick_number: i32, change: impl FnOnce(&mut Round)) {
        if let Some(round) = self.rounds.iter_mut().find(|it| it.pick_number == pick_number) {
            change(round);
        }
    }

    /// Changes a team, if there is one.
    pub(super) fn change_team(&mut self, id: TeamId, change: impl FnOnce(&mut TeamSeat)) {
        if let Some(team) = self.teams.iter_mut().find(|it| it.id == id) {
            change(team);
        }
    }
}
