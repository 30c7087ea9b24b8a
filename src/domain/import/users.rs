//! Gathers the people of all files into one list without repetitions (DOMAIN §9.3 rule 2).
//!
//! People are told apart by the predecessor's primary key alone; matching them to accounts here is not done here.

use std::collections::{BTreeMap, BTreeSet};

use super::error::{At, ImportError};
use super::model::{PositionRanks, UserPlan};
use super::notes::Notes;
use super::wire::{Bracket, Positions, SourcePk, Team, Tournament, User};

/// The people read so far. The first record of a person counts, so feeds must be read before tournaments.
#[derive(Debug, Default)]
pub(crate) struct People {
    by_pk: BTreeMap<SourcePk, UserPlan>,
    by_discord_id: BTreeMap<String, SourcePk>,
    by_steam_id: BTreeMap<i64, SourcePk>,
    reported: BTreeSet<SourcePk>,
}

impl People {
    /// Reads a users feed.
    pub(crate) fn read_feed(&mut self, users: &[User], notes: &mut Notes<'_>) -> Result<(), ImportError> {
        for (i, user) in users.iter().enumerate() {
            self.read(user, format!("[{i}]"), true, notes)?;
        }
        Ok(())
    }

    /// Reads everybody a tournament mentions.
    pub(crate) fn read_tournament(
        &mut self,
        it: &Tournament,
        notes: &mut Notes<'_>,
    ) -> Result<(), ImportError> {
        self.read_list(&it.users, "users", notes)?;
        self.read_list(&it.captains, "captains", notes)?;
        for (i, team) in it.teams.iter().enumerate() {
            self.read_team(team, &format!("teams[{i}]"), notes)?;
        }
        for (i, game) in it.games.iter().enumerate() {
            let seats = [&game.radiant_team, &game.dire_team, &game.winning_team];
            self.read_seats(seats, &format!("games[{i}]"), notes)?;
        }
        let Some(draft) = &it.draft else { return Ok(()) };
        self.read_list(&draft.users_remaining, "draft.users_remaining", notes)?;
        for (i, round) in draft.draft_rounds.iter().enumerate() {
            let path = format!("draft.draft_rounds[{i}]");
            self.read_one(round.captain.as_ref(), format!("{path}.captain"), notes)?;
            self.read_one(round.choice.as_ref(), format!("{path}.choice"), notes)?;
            if let Some(team) = &round.team {
                self.read_team(team, &format!("{path}.team"), notes)?;
            }
        }
        Ok(())
    }

    /// Reads everybody a bracket mentions.
    pub(crate) fn read_bracket(&mut self, it: &Bracket, notes: &mut Notes<'_>) -> Result<(), ImportError> {
        for (i, game) in it.matches.iter().enumerate() {
            let seats = [&game.radiant_team, &game.dire_team, &game.winning_team];
            self.read_seats(seats, &format!("matches[{i}]"), notes)?;
        }
        Ok(())
    }

    /// Everybody, by primary key.
    pub(crate) fn into_plans(self) -> Vec<UserPlan> {
        self.by_pk.into_values().collect()
    }

    fn read_seats(
        &mut self,
        seats: [&Option<Team>; 3],
        path: &str,
        notes: &mut Notes<'_>,
    ) -> Result<(), ImportError> {
        for (team, field) in seats.into_iter().zip(["radiant_team", "dire_team", "winning_team"]) {
            if let Some(team) = team {
                self.read_team(team, &format!("{path}.{field}"), notes)?;
            }
        }
        Ok(())
    }

    fn read_team(&mut self, team: &Team, path: &str, notes: &mut Notes<'_>) -> Result<(), ImportError> {
        self.read_one(team.captain.as_ref(), format!("{path}.captain"), notes)?;
        self.read_one(team.deputy_captain.as_ref(), format!("{path}.deputy_captain"), notes)?;
        self.read_list(&team.members, &format!("{path}.members"), notes)?;
        self.read_list(&team.dropin_members, &format!("{path}.dropin_members"), notes)?;
        self.read_list(&team.left_members, &format!("{path}.left_members"), notes)
    }

    fn read_list(&mut self, users: &[User], path: &str, notes: &mut Notes<'_>) -> Result<(), ImportError> {
        for (i, user) in users.iter().enumerate() {
            self.read(user, format!("{path}[{i}]"), false, notes)?;
        }
        Ok(())
    }

    fn read_one(
        &mut self,
        user: Option<&User>,
        path: String,
        notes: &mut Notes<'_>,
    ) -> Result<(), ImportError> {
        user.map_or(Ok(()), |user| self.read(user, path, false, notes))
    }

    fn read(
        &mut self,
        user: &User,
        path: String,
        is_feed: bool,
        notes: &mut Notes<'_>,
    ) -> Result<(), ImportError> {
        let plan = user_plan(user, notes.at(&path), is_feed);
        if let Some(known) = self.by_pk.get(&user.pk) {
            let differing = differing_fields(known, &plan);
            if !differing.is_empty() && self.reported.insert(user.pk) {
                let (who, fields) = (&known.at, differing.join(", "));
                notes.say(path, format!("user {}: {fields} differ from {who}, which counts", user.pk));
            }
            return Ok(());
        }
        self.claim_accounts(&plan, &path, notes)?;
        report_repairs(user, &plan, &path, notes);
        self.by_pk.insert(user.pk, plan);
        Ok(())
    }

    /// Two people with one Discord or Steam account would become one user here.
    fn claim_accounts(&mut self, plan: &UserPlan, path: &str, notes: &Notes<'_>) -> Result<(), ImportError> {
        let pk = plan.source_pk;
        if let Some(id) = &plan.discord_id
            && let Some(other) = self.by_discord_id.insert(id.clone(), pk)
        {
            let message = format!("users {other} and {pk} have the same Discord id {id}");
            return Err(notes.refuse(format!("{path}.discordId"), message));
        }
        if let Some(id) = plan.steam_id
            && let Some(other) = self.by_steam_id.insert(id, pk)
        {
            let message = format!("users {other} and {pk} have the same Steam id {id}");
            return Err(notes.refuse(format!("{path}.steamid"), message));
        }
        Ok(())
    }
}

fn user_plan(user: &User, at: At, is_in_feed: bool) -> UserPlan {
    UserPlan {
        at,
        source_pk: user.pk,
        username: user.username.0.clone(),
        nickname: filled(user.nickname.as_ref().map(|it| &it.0)),
        avatar: filled(user.avatar.as_ref().map(|it| &it.0)),
        discord_id: filled(user.discord_id.as_ref().map(|it| &it.0)),
        steam_id: user.steamid.map(|it| it.0),
        mmr: user.mmr.filter(|it| *it >= 0),
        positions: user.positions.as_ref().map(ranks),
        email: filled(user.email.as_ref().map(|it| &it.0)),
        date_joined: user.date_joined.map(|it| it.0),
        is_active: user.is_active,
        default_organization: user.default_organization,
        is_in_feed,
    }
}

/// An empty text says nothing.
fn filled(text: Option<&String>) -> Option<String> {
    text.filter(|it| !it.is_empty()).cloned()
}

/// Ranks as they are (DOMAIN §9.3 rule 7), pulled into 0–5, which the predecessor never checked (§1.2).
fn ranks(it: &Positions) -> PositionRanks {
    PositionRanks {
        carry: it.carry.clamp(0, 5),
        mid: it.mid.clamp(0, 5),
        offlane: it.offlane.clamp(0, 5),
        soft_support: it.soft_support.clamp(0, 5),
        hard_support: it.hard_support.clamp(0, 5),
    }
}

fn report_repairs(user: &User, plan: &UserPlan, path: &str, notes: &mut Notes<'_>) {
    if user.mmr != plan.mmr {
        notes.say(format!("{path}.mmr"), "a negative MMR is imported as none");
    }
    let Some(it) = &user.positions else { return };
    let roles = [
        ("carry", it.carry),
        ("mid", it.mid),
        ("offlane", it.offlane),
        ("soft_support", it.soft_support),
        ("hard_support", it.hard_support),
    ];
    for (role, rank) in roles.into_iter().filter(|(_, rank)| !(0..=5).contains(rank)) {
        let message = format!("rank {rank} is imported as {}", rank.clamp(0, 5));
        notes.say(format!("{path}.positions.{role}"), message);
    }
}

fn differing_fields(a: &UserPlan, b: &UserPlan) -> Vec<&'static str> {
    let fields = [
        ("username", a.username == b.username),
        ("nickname", a.nickname == b.nickname),
        ("avatar", a.avatar == b.avatar),
        ("discordId", a.discord_id == b.discord_id),
        ("steamid", a.steam_id == b.steam_id),
        ("mmr", a.mmr == b.mmr),
        ("positions", a.positions == b.positions),
    ];
    fields.into_iter().filter(|(_, is_same)| !is_same).map(|(name, _)| name).collect()
}
