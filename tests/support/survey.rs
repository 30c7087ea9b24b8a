//! Everything there is to read of the small community, each thing by an operation of its own: what a process sees, and
//! which layer it sees it in.
//!
//! Reads through the loaders, as resolvers do; what it expects to see is read without a cache.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::ops::RangeInclusive;
use std::sync::Arc;

use inhouse::cache::reads::observe;
use inhouse::cache::{Cache, CacheSettings, Kind, Layer, Report};
use inhouse::db::models::{
    CountSite, DraftEventRow, DraftOfTournament, DraftRoundRow, DraftRow, EventOrder, EventsOfDraft,
    GameFilter, GameOrder, GameRow, GamesOfTournament, LeagueFilter, LeagueOrder, LeagueRow,
    LeaguesOfOrganization, MembersOfTeam, NextRoundOfCaptain, OrganizationFilter, OrganizationOrder,
    OrganizationRow, OrganizationsOfLeague, PlayersOfTournament, RolesOfLeague, RolesOfOrganization,
    RoundsOfDraft, TeamRow, TeamsOfTournament, TeamsOfUser, TournamentCountOfLeague, TournamentFilter,
    TournamentOrder, TournamentRow, UserFilter, UserOrder, UserRow,
};
use inhouse::db::{CountOf, Db, Direction, Entity, Filter, Listing, PageRequest, Relation};
use inhouse::loader::{LoadResult, Loaders, ReadPath};
use inhouse::types::{DraftId, EntityId as _, LeagueId, OrganizationId, UserId};

use super::TestDb;

/// A process that reads.
#[derive(Debug)]
pub(crate) struct Reader {
    /// Its own handle: only what it reads is counted there.
    pub(crate) db: Db,
    pub(crate) read_path: ReadPath,
}

/// What was seen, by name.
pub(crate) type Survey = BTreeMap<String, Sight>;

/// One thing that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sight {
    pub(crate) value: String,
    /// The lowest layer that was asked.
    pub(crate) layer: Layer,
}

impl Reader {
    pub(crate) fn start(test: &TestDb) -> Self {
        Self::with(test, CacheSettings::default())
    }

    pub(crate) fn with(test: &TestDb, settings: CacheSettings) -> Self {
        let db = test.reopen();
        let read_path = ReadPath::new(db.clone(), test.cache(settings));
        Self { db, read_path }
    }

    pub(crate) fn cache(&self) -> &Cache {
        self.read_path.cache()
    }

    /// The loaders of one operation.
    pub(crate) async fn loaders(&self) -> Loaders {
        let as_of = self.cache().check().await;
        assert!(as_of.is_some(), "the change log is there");
        self.read_path.loaders(as_of)
    }

    /// Reads everything through the cache.
    pub(crate) async fn survey(&self) -> Survey {
        let mut surveyor = Surveyor { reader: self, is_cached: true, seen: Survey::new() };
        Box::pin(surveyor.see_all()).await;
        surveyor.seen
    }

    /// What everything is, by the database alone.
    pub(crate) async fn truth(&self) -> BTreeMap<String, String> {
        let mut surveyor = Surveyor { reader: self, is_cached: false, seen: Survey::new() };
        Box::pin(surveyor.see_all()).await;
        values(&surveyor.seen)
    }

    /// The statements that `work` sends.
    pub(crate) async fn counted<T>(&self, work: impl Future<Output = T>) -> (T, u64) {
        let before = self.db.n_statements();
        let value = work.await;
        (value, self.db.n_statements() - before)
    }
}

/// What was seen, wherever it came from.
pub(crate) fn values(survey: &Survey) -> BTreeMap<String, String> {
    survey.iter().map(|(name, sight)| (name.clone(), sight.value.clone())).collect()
}

/// What was not in the upper layers.
pub(crate) fn below(survey: &Survey, layer: Layer) -> BTreeSet<String> {
    survey.iter().filter(|(_, sight)| sight.layer > layer).map(|(name, _)| name.clone()).collect()
}

struct Surveyor<'a> {
    reader: &'a Reader,
    is_cached: bool,
    seen: Survey,
}

impl Surveyor<'_> {
    /// Rows first: lists bring rows along, which would be there then.
    async fn see_all(&mut self) {
        self.see_rows().await;
        self.see_relations().await;
        self.see_lists().await;
    }

    /// One more of each than there are: absent rows are seen, too.
    async fn see_rows(&mut self) {
        self.rows::<UserRow>(1..=6).await;
        self.rows::<OrganizationRow>(1..=3).await;
        self.rows::<LeagueRow>(1..=3).await;
        self.rows::<TournamentRow>(1..=3).await;
        self.rows::<TeamRow>(1..=4).await;
        self.rows::<DraftRow>(1..=2).await;
        self.rows::<DraftRoundRow>(1..=3).await;
        self.rows::<DraftEventRow>(1..=2).await;
        self.rows::<GameRow>(1..=2).await;
    }

    async fn see_relations(&mut self) {
        self.related::<RolesOfOrganization>(1..=2).await;
        self.children::<LeaguesOfOrganization>(1..=2).await;
        self.related::<RolesOfLeague>(1..=2).await;
        self.children::<OrganizationsOfLeague>(1..=2).await;
        self.related::<TournamentCountOfLeague>(1..=2).await;
        self.related::<PlayersOfTournament>(1..=2).await;
        self.children::<TeamsOfTournament>(1..=2).await;
        self.children::<GamesOfTournament>(1..=2).await;
        self.children::<DraftOfTournament>(1..=2).await;
        self.related::<MembersOfTeam>(1..=3).await;
        self.related::<TeamsOfUser>(1..=5).await;
        self.children::<RoundsOfDraft>(1..=1).await;
    }

    async fn see_lists(&mut self) {
        let (user, league, organization) = (Some(UserId(4)), Some(LeagueId(1)), Some(OrganizationId(1)));
        self.list("users", UserFilter::default(), UserOrder::Name).await;
        self.list("organizations", OrganizationFilter::default(), OrganizationOrder::Name).await;
        self.list("leagues", LeagueFilter::default(), LeagueOrder::Name).await;
        let filter = LeagueFilter { organization_id: organization, ..Default::default() };
        self.list("leagues of organization 1", filter, LeagueOrder::Name).await;
        let by = TournamentOrder::Name;
        self.list("tournaments", TournamentFilter::default(), by).await;
        let filter = TournamentFilter { league_id: league, ..Default::default() };
        self.list("tournaments of league 1", filter, by).await;
        let filter = TournamentFilter { organization_id: organization, ..Default::default() };
        self.list("tournaments of organization 1", filter, by).await;
        let filter = TournamentFilter { player_id: user, ..Default::default() };
        self.list("tournaments of user 4", filter, by).await;
        self.list("games", GameFilter::default(), GameOrder).await;
        let filter = GameFilter { league_id: league, ..Default::default() };
        self.list("games of league 1", filter, GameOrder).await;
        let filter = GameFilter { player_id: user, ..Default::default() };
        self.list("games of user 4", filter, GameOrder).await;
        self.list("events of draft 1", EventsOfDraft(DraftId(1)), EventOrder).await;
        self.look("site".to_owned(), Kind::List, async |it: &Loaders| it.query(CountSite).await).await;
        let next = async |it: &Loaders| it.query(NextRoundOfCaptain(UserId(2))).await;
        self.look("next round of user 2".to_owned(), Kind::List, next).await;
    }

    async fn rows<E: Entity>(&mut self, pks: RangeInclusive<i64>) {
        for pk in pks {
            let read = async |it: &Loaders| it.one::<E>(E::Id::from_pk(pk)).await;
            self.look(format!("{} {pk}", E::MODEL), Kind::Row, read).await;
        }
    }

    async fn children<R: Relation<Item: Entity>>(&mut self, pks: RangeInclusive<i64>) {
        for pk in pks {
            let read = async |it: &Loaders| {
                let rows = it.children::<R>(R::Parent::from_pk(pk)).await?;
                Ok(rows.iter().map(|row| row.id()).collect::<Vec<_>>())
            };
            self.look(format!("{} {pk}", R::NAME), Kind::Ids, read).await;
        }
    }

    async fn related<R: Relation>(&mut self, pks: RangeInclusive<i64>) {
        for pk in pks {
            let read = async |it: &Loaders| it.related::<R>(R::Parent::from_pk(pk)).await;
            self.look(format!("{} {pk}", R::NAME), Kind::Related, read).await;
        }
    }

    /// A list with its total.
    async fn list<F: Filter>(&mut self, name: &str, filter: F, by: F::Order) {
        let read = async |it: &Loaders| {
            let (order, page) = ((by, Direction::Ascending), PageRequest::first(10));
            let slice = it.list(Listing { filter: filter.clone(), order, page }).await?;
            let ids: Vec<_> = slice.rows.iter().map(|row| row.id()).collect();
            Ok((ids, slice.has_more, it.query(CountOf(filter.clone())).await?))
        };
        self.look(name.to_owned(), Kind::List, read).await;
    }

    async fn look<T: Debug>(
        &mut self,
        name: String,
        kind: Kind,
        read: impl AsyncFnOnce(&Loaders) -> LoadResult<T>,
    ) {
        let loaders =
            if self.is_cached { self.reader.loaders().await } else { self.reader.read_path.loaders(None) };
        let report = Arc::new(Report::default());
        let (value, _) = Box::pin(observe(Arc::clone(&report), read(&loaders))).await;
        let value = format!("{:?}", value.unwrap());
        let lookups = report.lookups().into_iter().filter(|((of, _), _)| *of == kind);
        let layer = lookups.map(|(_, it)| match (it.n_miss, it.n_far) {
            (0, 0) => Layer::Near,
            (0, _) => Layer::Far,
            _ => Layer::Miss,
        });
        let layer = layer.max().unwrap_or(Layer::Miss);
        let seen_before = self.seen.insert(name, Sight { value, layer });
        assert!(seen_before.is_none(), "two things have one name");
    }
}
