//! From files to one plan: reads them all, joins brackets to tournaments, whatever the order of the files.
//!
//! All or nothing: the first fault of any file is the answer, so that a run never imports half of what was given.

use std::collections::BTreeMap;

use super::error::{At, ImportError};
use super::game::SteamMatches;
use super::model::{BracketPlan, ImportPlan, TournamentPlan};
use super::notes::Notes;
use super::report::Report;
use super::tournament::{self, Shared};
use super::users::People;
use super::wire::{self, Bracket, Document, SourcePk, Tournament, User};

/// What the caller may ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlanOptions {
    /// Let unfinished drafts go on here; otherwise they are imported as completed (DOMAIN §9.3 rule 5).
    pub resume_drafts: bool,
}

/// Makes the plan of `files`, given as name and content.
///
/// # Errors
/// The first fault found, with file and JSON path: broken JSON, a document of no known kind, a wrong value or a
/// contradiction that has no sensible repair.
pub fn plan(files: &[(String, Vec<u8>)], options: PlanOptions) -> Result<ImportPlan, ImportError> {
    let inbox = Inbox::read(files)?;
    let mut report = Report::default();
    let people = inbox.people(&mut report)?;

    let mut shared = Shared { options, matches: SteamMatches::default(), report: &mut report };
    let mut tournaments = Vec::new();
    for (pk, (file, wire)) in &inbox.tournaments {
        let bracket = inbox.brackets.get(pk).map(|(file, it)| (*file, it));
        tournaments.push(tournament::tournament(file, wire, bracket, &mut shared)?);
    }
    let mut brackets_alone = Vec::new();
    for (pk, (file, wire)) in &inbox.brackets {
        if !inbox.tournaments.contains_key(pk) {
            brackets_alone.push(tournament::bracket_alone(file, wire, &mut shared)?);
        }
    }
    refuse_repeated_keys(&tournaments, &brackets_alone)?;
    refuse_mixed_leagues(&tournaments)?;
    Ok(ImportPlan { users: people.into_plans(), tournaments, brackets_alone, report })
}

/// The files, sorted by kind and key.
#[derive(Default)]
struct Inbox<'a> {
    feeds: Vec<(&'a str, Vec<User>)>,
    tournaments: BTreeMap<SourcePk, (&'a str, Box<Tournament>)>,
    brackets: BTreeMap<SourcePk, (&'a str, Bracket)>,
}

impl<'a> Inbox<'a> {
    fn read(files: &'a [(String, Vec<u8>)]) -> Result<Self, ImportError> {
        let mut inbox = Self::default();
        for (file, bytes) in files {
            match wire::parse(file, bytes)? {
                Document::Users(users) => inbox.feeds.push((file, users)),
                Document::Tournament(it) => {
                    if let Some((first, _)) = inbox.tournaments.get(&it.pk) {
                        let message = format!("tournament {} is already in {first}", it.pk);
                        return Err(ImportError::Rule { at: At::new(file, "pk"), message });
                    }
                    inbox.tournaments.insert(it.pk, (file, it));
                }
                Document::Bracket(it) => {
                    if let Some((first, _)) = inbox.brackets.get(&it.tournament_id) {
                        let message =
                            format!("the bracket of tournament {} is already in {first}", it.tournament_id);
                        return Err(ImportError::Rule { at: At::new(file, "tournamentId"), message });
                    }
                    inbox.brackets.insert(it.tournament_id, (file, it));
                }
            }
        }
        Ok(inbox)
    }

    /// Everybody; the feeds know most about a person and are read first.
    fn people(&self, report: &mut Report) -> Result<People, ImportError> {
        let mut people = People::default();
        for (file, users) in &self.feeds {
            people.read_feed(users, &mut Notes::new(file, report))?;
        }
        for (file, it) in self.tournaments.values() {
            people.read_tournament(it, &mut Notes::new(file, report))?;
        }
        for (file, it) in self.brackets.values() {
            people.read_bracket(it, &mut Notes::new(file, report))?;
        }
        Ok(people)
    }
}

/// Keys are the predecessor's primary keys, so each names one thing in all files together.
fn refuse_repeated_keys(
    tournaments: &[TournamentPlan],
    brackets_alone: &[BracketPlan],
) -> Result<(), ImportError> {
    let mut seen = Seen::default();
    for team in tournaments.iter().flat_map(|it| &it.teams) {
        seen.add("team", team.source_pk, &team.at)?;
    }
    let games = tournaments.iter().flat_map(|it| &it.games);
    for game in games.chain(brackets_alone.iter().flat_map(|it| &it.games)) {
        seen.add("game", game.source_pk, &game.at)?;
    }
    for draft in tournaments.iter().filter_map(|it| it.draft.as_ref()) {
        seen.add("draft", draft.source_pk, &draft.at)?;
        for round in &draft.rounds {
            seen.add("draft round", round.source_pk, &round.at)?;
        }
    }
    Ok(())
}

/// A league's Steam number belongs to it alone (DOMAIN §1.4).
fn refuse_mixed_leagues(tournaments: &[TournamentPlan]) -> Result<(), ImportError> {
    let mut steam_numbers = BTreeMap::new();
    let mut leagues = BTreeMap::new();
    for league in tournaments.iter().filter_map(|it| it.league.as_ref()) {
        let (pk, steam) = (league.source_pk, league.steam_league_id);
        if *steam_numbers.entry(pk).or_insert(steam) != steam || *leagues.entry(steam).or_insert(pk) != pk {
            let at = At::new(&league.at.file, "league.steam_league_id");
            let message =
                format!("league {pk} and Steam league {steam} are paired otherwise in another file");
            return Err(ImportError::Rule { at, message });
        }
    }
    Ok(())
}

/// Where each key of each kind was seen first.
#[derive(Default)]
struct Seen<'a>(BTreeMap<(&'static str, SourcePk), &'a At>);

impl<'a> Seen<'a> {
    fn add(&mut self, kind: &'static str, pk: SourcePk, at: &'a At) -> Result<(), ImportError> {
        match self.0.insert((kind, pk), at) {
            None => Ok(()),
            Some(first) => {
                let message = format!("{kind} {pk} is already at {first}");
                let at = At::new(&at.file, format!("{}.pk", at.path));
                Err(ImportError::Rule { at, message })
            }
        }
    }
}
