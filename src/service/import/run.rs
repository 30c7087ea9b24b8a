//! What one run carries from transaction to transaction: mappings, what is done already, how far it is.
//!
//! A run ends with its first failure, so nothing in here has to be taken back.

use std::collections::{BTreeMap, BTreeSet};

use super::mapping::Mappings;
use crate::domain::import::{
    At, BracketPlan, EntityKind, ImportPlan, LeaguePlan, OrganizationPlan, SourcePk, TournamentPlan, UserPlan,
};

/// How far a run is, for a progress bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress<'a> {
    /// Objects dealt with.
    pub n_done: usize,
    /// Objects there are.
    pub n_total: usize,
    /// The file being imported.
    pub file: &'a str,
}

/// Who is told how far a run is.
pub(super) type Listener<'p> = &'p (dyn Fn(Progress<'_>) + Send + Sync);

/// What goes into one transaction.
#[derive(Clone, Copy, Debug)]
pub(super) enum Unit<'p> {
    /// The people of the users feeds.
    Feed(&'p At),
    /// A tournament and everything it needs.
    Tournament(&'p TournamentPlan),
    /// The bracket of a tournament that was imported before.
    Bracket(&'p BracketPlan),
}

impl<'p> Unit<'p> {
    pub(super) fn at(self) -> &'p At {
        match self {
            Self::Feed(at) => at,
            Self::Tournament(it) => &it.at,
            Self::Bracket(it) => &it.at,
        }
    }
}

/// The state of one run.
pub(super) struct Run<'p> {
    pub(super) mappings: Mappings,
    pub(super) users: BTreeMap<SourcePk, &'p UserPlan>,
    pub(super) organizations: BTreeMap<SourcePk, &'p OrganizationPlan>,
    /// Of several descriptions of a league the first counts, and its organizations are those of all of them: the
    /// same files must say the same thing every time.
    pub(super) leagues: BTreeMap<SourcePk, (&'p LeaguePlan, BTreeSet<SourcePk>)>,
    /// What an earlier part of this run has dealt with.
    done: BTreeSet<(EntityKind, SourcePk)>,
    n_done: usize,
    n_total: usize,
    listener: Listener<'p>,
}

impl<'p> Run<'p> {
    pub(super) fn new(plan: &'p ImportPlan, mappings: Mappings, listener: Listener<'p>) -> Self {
        let mut run = Self {
            mappings,
            users: plan.users.iter().map(|it| (it.source_pk, it)).collect(),
            organizations: BTreeMap::new(),
            leagues: BTreeMap::new(),
            done: BTreeSet::new(),
            n_done: 0,
            n_total: n_objects(plan),
            listener,
        };
        for league in plan.tournaments.iter().filter_map(|it| it.league.as_ref()) {
            let (_, organizations) =
                run.leagues.entry(league.source_pk).or_insert_with(|| (league, BTreeSet::new()));
            for organization in &league.organizations {
                organizations.insert(organization.source_pk);
                run.organizations.entry(organization.source_pk).or_insert(organization);
            }
        }
        run
    }

    /// Whether this object is dealt with for the first time in this run.
    pub(super) fn begin(&mut self, kind: EntityKind, pk: SourcePk) -> bool {
        self.done.insert((kind, pk))
    }

    /// Tells the listener that `n` more objects are dealt with.
    pub(super) fn step(&mut self, n: usize, file: &str) {
        self.n_done = self.n_done.saturating_add(n).min(self.n_total);
        (self.listener)(Progress { n_done: self.n_done, n_total: self.n_total, file });
    }
}

/// The transactions of a plan, in order.
pub(super) fn units(plan: &ImportPlan) -> Vec<Unit<'_>> {
    let feed = plan.users.iter().find(|it| it.is_in_feed).map(|it| Unit::Feed(&it.at));
    let tournaments = plan.tournaments.iter().map(Unit::Tournament);
    feed.into_iter().chain(tournaments).chain(plan.brackets_alone.iter().map(Unit::Bracket)).collect()
}

fn n_objects(plan: &ImportPlan) -> usize {
    let feed = plan.users.iter().filter(|it| it.is_in_feed).map(|it| it.source_pk);
    let mut people: BTreeSet<SourcePk> = feed.collect();
    people.extend(plan.tournaments.iter().flat_map(|it| &it.people));
    let parts = plan.tournaments.iter().map(|it| {
        let n_rounds = it.draft.as_ref().map_or(0, |draft| draft.rounds.len());
        [1, it.teams.len(), n_rounds, it.games.len()].iter().sum::<usize>()
    });
    let brackets = plan.brackets_alone.iter().map(|it| it.games.len());
    parts.chain(brackets).fold(people.len(), usize::saturating_add)
}
