//! Puts the parts of one tournament together and settles who won it.
//!
//! Where documents contradict each other about the result, the games decide and the contradiction is reported.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZoneDatabase;

use crate::types::Instant;

use super::bracket::{self, Scope};
use super::draft::{self, Setting};
use super::error::ImportError;
use super::game::SteamMatches;
use super::model::{
    BracketPlan, BracketSource, DraftPlan, GamePlan, LeaguePlan, OrganizationPlan, TeamPlan, TournamentPlan,
};
use super::notes::Notes;
use super::outcome;
use super::plan::PlanOptions;
use super::report::Report;
use super::team;
use super::wire::{Bracket, League, Organization, Played, SourcePk, Tournament};

/// What is shared by all tournaments of one import.
pub(crate) struct Shared<'a> {
    pub(crate) options: PlanOptions,
    pub(crate) matches: SteamMatches,
    pub(crate) report: &'a mut Report,
}

/// The plan of one tournament, joined with its bracket file if there is one.
pub(crate) fn tournament(
    file: &str,
    wire: &Tournament,
    bracket: Option<(&str, &Bracket)>,
    shared: &mut Shared<'_>,
) -> Result<TournamentPlan, ImportError> {
    let mut notes = Notes::new(file, shared.report);
    let mut players = wire.users.iter().map(|it| it.pk).collect();
    let mut teams = team::teams(&wire.teams, &mut players, &mut notes)?;
    let winning_team = declared_winner(wire, &notes)?;
    let starts_at = starts_at(wire, &mut notes)?;
    let resume = shared.options.resume_drafts;
    let setting = Setting { state: wire.state.0, teams: &teams, players: &players, resume };
    let draft = wire.draft.as_ref().map(|it| draft::draft(it, &setting, &mut notes)).transpose()?;
    let league = wire.league.as_ref().map(|it| league_plan(it, &notes));
    let (games, source) = games(file, wire, bracket, &teams, shared)?;
    let mut notes = Notes::new(file, shared.report);
    let is_known = source == BracketSource::File;
    let winning_team =
        if is_known { settle(&games, winning_team, &mut teams, &mut notes) } else { winning_team };
    Ok(TournamentPlan {
        at: notes.at(""),
        source_pk: wire.pk,
        name: wire.name.0.clone(),
        starts_at,
        timezone: wire.timezone.0.clone(),
        state: wire.state.0,
        tournament_type: wire.tournament_type.0,
        league,
        people: people(&players, &teams, draft.as_ref()),
        players,
        teams,
        bracket: source,
        games,
        draft,
        winning_team,
    })
}

/// The plan of a bracket whose tournament is in none of the files.
pub(crate) fn bracket_alone(
    file: &str,
    wire: &Bracket,
    shared: &mut Shared<'_>,
) -> Result<BracketPlan, ImportError> {
    let mut notes = Notes::new(file, shared.report);
    let mut scope = Scope { teams: None, matches: &mut shared.matches };
    let games = bracket::from_file(wire, &mut scope, &mut notes)?;
    Ok(BracketPlan {
        at: notes.at(""),
        tournament: wire.tournament_id,
        champion: outcome::champion(&games),
        placements: outcome::placements(&games),
        games,
    })
}

fn games(
    file: &str,
    wire: &Tournament,
    bracket: Option<(&str, &Bracket)>,
    teams: &[TeamPlan],
    shared: &mut Shared<'_>,
) -> Result<(Vec<GamePlan>, BracketSource), ImportError> {
    let team_pks: BTreeSet<SourcePk> = teams.iter().map(|it| it.source_pk).collect();
    let mut scope = Scope { teams: Some(&team_pks), matches: &mut shared.matches };
    // An empty bracket file says nothing about games that the tournament has.
    let telling = bracket.filter(|(_, it)| !it.matches.is_empty() || wire.games.is_empty());
    if let Some((bracket_file, it)) = telling {
        let games = bracket::from_file(it, &mut scope, &mut Notes::new(bracket_file, shared.report))?;
        bracket::compare(file, &wire.games, &games, shared.report)?;
        return Ok((games, BracketSource::File));
    }
    let mut notes = Notes::new(file, shared.report);
    let games = bracket::guessed(&wire.games, wire.tournament_type.0, &mut scope, &mut notes)?;
    Ok((games, BracketSource::Guessed))
}

/// The winner the document names, who must be one of its teams (DOMAIN §1.5).
fn declared_winner(wire: &Tournament, notes: &Notes<'_>) -> Result<Option<SourcePk>, ImportError> {
    let Some(winner) = wire.winning_team else { return Ok(None) };
    if wire.teams.iter().any(|it| it.pk == winner) {
        return Ok(Some(winner));
    }
    Err(notes.refuse("winning_team", format!("team {winner} is no team of this tournament")))
}

/// A day without a time becomes noon in the tournament's zone (DOMAIN §9.3 rule 7).
fn starts_at(wire: &Tournament, notes: &mut Notes<'_>) -> Result<Timestamp, ImportError> {
    let date = match wire.date_played {
        Played::At(instant) => return Ok(instant),
        Played::On(date) => date,
    };
    let zone = &wire.timezone.0;
    let noon = TimeZoneDatabase::bundled().get(zone).and_then(|it| date.at(12, 0, 0, 0).to_zoned(it));
    match noon {
        Ok(noon) => {
            notes.say("date_played", format!("{date} has no time, imported as noon in {zone}"));
            Ok(Instant::from(noon.timestamp()).timestamp())
        }
        Err(_) => Err(notes.refuse("date_played", format!("{date} has no noon in {zone}"))),
    }
}

/// Takes champion and places from a decided bracket: the predecessor never sets the winner from results, and its
/// places are wrong for eight and more teams (DOMAIN §3.6, §3.7). What it says instead is reported.
fn settle(
    games: &[GamePlan],
    declared: Option<SourcePk>,
    teams: &mut [TeamPlan],
    notes: &mut Notes<'_>,
) -> Option<SourcePk> {
    let Some(champion) = outcome::champion(games) else { return declared };
    match declared {
        Some(it) if it == champion => {}
        Some(it) => {
            notes.say(
                "winning_team",
                format!("team {it} is named, but team {champion} won the final and counts"),
            );
        }
        None => notes.say("winning_team", format!("no team is named, team {champion} won the final")),
    }
    let places: BTreeMap<SourcePk, i32> = outcome::placements(games);
    for team in teams {
        let Some(place) = places.get(&team.source_pk).copied() else { continue };
        if let Some(given) = team.placement.filter(|it| *it != place) {
            let message = format!("placement {given} contradicts the games, imported as {place}");
            notes.say(format!("{}.placement", team.at.path), message);
        }
        team.placement = Some(place);
    }
    Some(champion)
}

fn league_plan(wire: &League, notes: &Notes<'_>) -> LeaguePlan {
    let organizations = wire.organizations.iter().enumerate();
    LeaguePlan {
        at: notes.at("league"),
        source_pk: wire.pk,
        name: wire.name.0.clone(),
        steam_league_id: wire.steam_league_id.0,
        organizations: organizations.map(|(i, it)| organization_plan(i, it, notes)).collect(),
    }
}

fn organization_plan(i: usize, wire: &Organization, notes: &Notes<'_>) -> OrganizationPlan {
    OrganizationPlan {
        at: notes.at(format!("league.organizations[{i}]")),
        source_pk: wire.pk,
        name: wire.name.0.clone(),
        logo: wire.logo.as_ref().map(|it| it.0.clone()).unwrap_or_default(),
        created_at: wire.created_at.map(|it| it.0),
    }
}

/// Everybody in any role.
fn people(players: &BTreeSet<SourcePk>, teams: &[TeamPlan], draft: Option<&DraftPlan>) -> BTreeSet<SourcePk> {
    let mut people = players.clone();
    for team in teams {
        people.extend(team.members.iter().chain(&team.dropins).chain(&team.left));
    }
    for round in draft.iter().flat_map(|it| &it.rounds) {
        people.extend(round.captain.into_iter().chain(round.choice));
    }
    people
}
