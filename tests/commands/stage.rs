//! A community with somebody of every role, and an API whose every mutation is watched: what was read before must be
//! read anew after it wherever it changed, and a mutation that is refused must write nothing.

use std::sync::Arc;
use std::time::Duration;

use inhouse::cache::Cache;
use inhouse::db::models::{
    LeagueOrganizationRow, LeagueRoleRow, LeagueRow, NewLeague, NewUser, OrganizationRoleRow,
    OrganizationRow, UserRow,
};
use inhouse::db::{DbError, DbResult, UnitOfWork};
use inhouse::graphql::{DocumentLimits, GraphqlRequest, GraphqlService, RequestId, RequestInfo};
use inhouse::live::{Live, LiveSettings};
use inhouse::loader::ReadPath;
use inhouse::service::{Commands, Dice};
use inhouse::types::{EntityId, RoleKind, UserId, Viewer};
use serde_json::{Value, json};

use crate::support::{Community, Dump, TestApi, TestDb, organization, user};

/// Somebody with a role. `DTX` and its `Winter League` are what roles are held in, unless they are of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Nobody,
    /// cid, a player.
    Player,
    /// bob.
    LeagueStaff,
    /// lea.
    LeagueAdmin,
    /// ole.
    OrganizationStaff,
    /// oda.
    OrganizationAdmin,
    /// ann.
    Owner,
    /// dan, who owns the other organization.
    OwnerOfOther,
    /// eve.
    SiteStaff,
    /// sue.
    Superuser,
}

impl Who {
    /// Everybody, with the letter by which expectations name them.
    pub(crate) const ALL: [(char, Self); 10] = [
        ('-', Self::Nobody),
        ('p', Self::Player),
        ('l', Self::LeagueStaff),
        ('L', Self::LeagueAdmin),
        ('o', Self::OrganizationStaff),
        ('O', Self::OrganizationAdmin),
        ('W', Self::Owner),
        ('x', Self::OwnerOfOther),
        ('t', Self::SiteStaff),
        ('S', Self::Superuser),
    ];
}

/// The community, and beside it: people with roles; the organization `Other` of dan with its `Other League`.
pub(crate) struct Stage {
    pub(crate) api: TestApi,
    pub(crate) it: Community,
    pub(crate) eve: UserId,
    pub(crate) sue: UserId,
    pub(crate) oda: UserId,
    pub(crate) ole: UserId,
    pub(crate) lea: UserId,
    pub(crate) other: OrganizationRow,
    pub(crate) other_league: LeagueRow,
    /// The same API without a cache.
    truth: Arc<dyn GraphqlService>,
    viewer: Viewer,
}

impl Stage {
    pub(crate) async fn set() -> Self {
        let test = TestDb::start().await;
        let it = Community::found(&test.db).await;
        let added: Result<_, DbError> = test.db.write(async |uow| add(uow, &it).await).await;
        let ([eve, sue, oda, ole, lea], other, other_league) = added.unwrap().0;
        let truth = truth(&test);
        let viewer = Viewer::anonymous();
        let api = TestApi::over(test);
        Self { api, it, eve, sue, oda, ole, lea, other, other_league, truth, viewer }
    }

    /// The global id of a row.
    pub(crate) fn organization(&self) -> String {
        self.it.organization.id.to_global()
    }

    pub(crate) fn league(&self) -> String {
        self.it.league.id.to_global()
    }

    pub(crate) fn id(&self, who: Who) -> UserId {
        match who {
            Who::Nobody | Who::Player => self.it.cid.id,
            Who::LeagueStaff => self.it.bob.id,
            Who::LeagueAdmin => self.lea,
            Who::OrganizationStaff => self.ole,
            Who::OrganizationAdmin => self.oda,
            Who::Owner => self.it.ann.id,
            Who::OwnerOfOther => self.it.dan.id,
            Who::SiteStaff => self.eve,
            Who::Superuser => self.sue,
        }
    }

    /// From now on this is who asks.
    pub(crate) fn log_in(&mut self, who: Who) {
        let id = self.id(who);
        match who {
            Who::Nobody => self.api.log_out(),
            Who::Superuser => self.api.log_in_as_superuser(id),
            _ => self.api.log_in(id, who == Who::SiteStaff),
        }
        self.viewer = Viewer {
            user_id: (who != Who::Nobody).then_some(id),
            is_staff: who == Who::SiteStaff,
            is_superuser: who == Who::Superuser,
            ..Viewer::anonymous()
        };
    }

    /// Writes past the commands.
    pub(crate) async fn write<T>(&self, work: impl AsyncFnOnce(&mut UnitOfWork) -> DbResult<T>) -> T {
        let written: Result<_, DbError> = self.api.test.db.write(work).await;
        written.unwrap().0
    }

    pub(crate) async fn dump(&self) -> Dump {
        self.api.test.dump().await
    }

    /// What a mutation that does something answers.
    pub(crate) async fn ok(&self, mutation: &str, input: Value) -> Value {
        let answer = self.send(mutation, input).await;
        let payload = answer["data"][mutation].clone();
        assert_eq!(payload["userErrors"], json!([]), "{mutation}: {answer:#}");
        payload
    }

    /// The same, for a mutation that has nothing to do: nothing is written.
    pub(crate) async fn idle(&self, mutation: &str, input: Value) -> Value {
        let before = self.dump().await;
        let payload = self.ok(mutation, input).await;
        assert_eq!(self.dump().await, before, "{mutation} had nothing to do");
        payload
    }

    /// Code and field of the only reason why a mutation does nothing.
    pub(crate) async fn rejected(&self, mutation: &str, input: Value) -> (String, Value) {
        let answer = self.send(mutation, input).await;
        let errors = answer["data"][mutation]["userErrors"].as_array().cloned().unwrap_or_default();
        assert_eq!(errors.len(), 1, "{mutation}: {answer:#}");
        assert!(!errors[0]["message"].as_str().unwrap().is_empty());
        (errors[0]["code"].as_str().unwrap().to_owned(), errors[0]["field"].clone())
    }

    /// The code of the error with which a mutation fails.
    pub(crate) async fn refused(&self, mutation: &str, input: Value) -> String {
        let answer = self.send(mutation, input).await;
        let code = answer["errors"][0]["extensions"]["code"].as_str();
        code.unwrap_or_else(|| panic!("{mutation} is not refused: {answer:#}")).to_owned()
    }

    /// Makes sure that only these may: everybody else is told so. The input is one that changes nothing.
    pub(crate) async fn may_only(&mut self, allowed: &str, mutation: &str, input: Value) {
        let before = self.dump().await;
        let mut found = String::new();
        for (letter, who) in Who::ALL {
            self.log_in(who);
            let answer = self.send(mutation, input.clone()).await;
            let refusal = if who == Who::Nobody { "UNAUTHENTICATED" } else { "FORBIDDEN" };
            match answer["errors"][0]["extensions"]["code"].as_str() {
                None => found.push(letter),
                code => assert_eq!(code, Some(refusal), "{mutation} by {who:?}: {answer:#}"),
            }
        }
        assert_eq!(found, allowed, "{mutation}");
        assert_eq!(self.dump().await, before, "{mutation} changes nothing here");
    }

    /// Makes sure that a call sent again with its key has no second effect and the same answer.
    pub(crate) async fn ok_once(&self, mutation: &str, mut input: Value) -> Value {
        input["idempotencyKey"] = json!(format!("key of {mutation}"));
        input["clientMutationId"] = json!("mine");
        let mut payload = self.ok(mutation, input.clone()).await;
        assert_eq!((&payload["replayed"], &payload["clientMutationId"]), (&json!(false), &json!("mine")));
        let before = self.dump().await;
        let again = self.ok(mutation, input.clone()).await;
        assert_eq!(self.dump().await, before, "{mutation} is done once");
        payload["replayed"] = json!(true);
        assert_eq!(again, payload, "{mutation}");
        payload
    }

    /// Sends a mutation, watched.
    async fn send(&self, mutation: &str, input: Value) -> Value {
        let (document, before) = (document(mutation), self.dump().await);
        self.pages().await;
        let (_, answer) = self.api.run(&document, json!({ "input": input })).await;
        let is_done = answer["data"][mutation]["userErrors"] == json!([]);
        if !is_done {
            assert_eq!(self.dump().await, before, "{mutation} was not done: {answer:#}");
        }
        for (page, answered) in self.pages().await {
            assert_eq!(answered, self.true_answer(&page).await, "after {mutation}: {page}");
        }
        answer
    }

    /// What the caller reads of everything, by the cache.
    async fn pages(&self) -> Vec<(String, Value)> {
        let mut answers = Vec::new();
        for page in PAGES {
            let (_, answer) = self.api.run(page, json!({})).await;
            assert!(answer.get("errors").is_none(), "{page}: {answer:#}");
            answers.push(((*page).to_owned(), answer["data"].clone()));
        }
        answers
    }

    async fn true_answer(&self, query: &str) -> Value {
        let request = GraphqlRequest { query: query.to_owned(), ..GraphqlRequest::default() };
        let info = RequestInfo {
            viewer: self.viewer.clone(),
            request_id: RequestId::generate(),
            only_query: false,
            as_of: None,
            wants_report: false,
            document: None,
            resume_after: None,
            deadline: tokio::time::Instant::now() + Duration::from_secs(30),
        };
        let answer = self.truth.execute(request, info).await;
        let answer: Value = serde_json::from_slice(&answer.body).unwrap();
        answer["data"].clone()
    }

    /// The log of `DTX` as its owner sees it: action, who, to whom, and changed fields.
    pub(crate) async fn organization_log(&mut self) -> Vec<Value> {
        let id = self.organization();
        self.log(Who::Owner, "organization", &id, "previousOwner { username }").await
    }

    /// The log of `Winter League` as the owner of its organization sees it.
    pub(crate) async fn league_log(&mut self) -> Vec<Value> {
        let id = self.league();
        self.log(Who::Superuser, "league", &id, "organizationName").await
    }

    async fn log(&mut self, who: Who, root: &str, id: &str, own: &str) -> Vec<Value> {
        let before = self.viewer.clone();
        self.log_in(who);
        let query = format!(
            "query($id: ID!) {{ {root}(id: $id) {{ logs(first: 100) {{ nodes {{
                action name actor {{ username }} targetUser {{ username }} changes {{ field from to }} {own} }} }} }} }}"
        );
        let data = self.api.data_with(&query, json!({ "id": id })).await;
        match before.user_id {
            None => self.api.log_out(),
            Some(id) if before.is_superuser => self.api.log_in_as_superuser(id),
            Some(id) => self.api.log_in(id, before.is_staff),
        }
        self.viewer = before;
        data[root]["logs"]["nodes"].as_array().unwrap().clone()
    }
}

/// Everything that people, organizations and leagues show.
const PAGES: &[&str] = &[
    "{ viewer { email isStaff isSuperuser needsMmrVerification user { id version } defaultOrganization { id name } }
       homeStats { organizationCount leagueCount } }",
    "{ users(first: 50) { totalCount nodes { id version username nickname displayName email steamId steamAccountId
         discordId mmr hasActiveDotaMmr mmrVerifiedAt isActive isStaff isSuperuser profileIssues avatarUrl
         positions { carry mid offlane softSupport hardSupport } teams { name totalMmr } } } }",
    "{ organizations(first: 50) { totalCount nodes { id version updatedAt name description rulesTemplate logo
         discordLink discordServerId timezone owner { username } admins { username } staff { username }
         defaultLeague { name } leagues { name } leagueCount tournamentCount viewerRole viewerCanEdit
         viewerCanTransferOwnership viewerCanDelete
         logs { totalCount nodes { action name actor { username } targetUser { username } } } } } }",
    "{ leagues(first: 50) { totalCount nodes { id version updatedAt name steamLeagueId description rules prizePool
         timezone admins { username } staff { username } organizations { name } tournamentCount viewerRole
         viewerCanEdit viewerCanGiveAdmin ratingSettings { ratingSystem kFactorDefault ageDecayMinimum }
         logs { totalCount nodes { action organizationName } } } } }",
    "{ tournaments { nodes { name viewerCanEdit viewerCanManageGames league { name } teams { name totalMmr
         members { username } captain { displayName } } draft { rounds { choice { username } } } } } }",
    "{ nodes(ids: [\"User:3\", \"Organization:1\", \"League:1\", \"OrganizationLogEntry:1\", \"LeagueLogEntry:1\"]) {
         id ... on User { username } ... on Organization { name } ... on League { name }
         ... on OrganizationLogEntry { action } ... on LeagueLogEntry { action } } }",
];

/// The document of a mutation: everything it answers.
fn document(mutation: &str) -> String {
    let (input, selection) = match mutation {
        "profileUpdate" | "defaultOrganizationSet" => (
            pascal_case(mutation),
            "viewer { needsMmrVerification defaultOrganization { id } user { id version nickname steamId
                steamAccountId hasActiveDotaMmr positions { carry mid offlane softSupport hardSupport } } }",
        ),
        "organizationDelete" | "leagueDelete" => (pascal_case(mutation), "deletedId"),
        _ if mutation.starts_with("user") => (
            pascal_case(mutation),
            "user { id version username nickname email discordId steamId mmr mmrVerifiedAt isActive isStaff
                isSuperuser hasActiveDotaMmr positions { carry mid } }",
        ),
        _ if mutation.starts_with("organization") => {
            let is_role = mutation.ends_with("Add") || mutation.ends_with("Remove");
            let input = if is_role { "OrganizationRole".to_owned() } else { pascal_case(mutation) };
            let selection = "organization { id version name description rulesTemplate logo discordLink
                discordServerId timezone owner { username } admins { username } staff { username }
                defaultLeague { name } }";
            (input, selection)
        }
        _ => {
            let is_role = mutation.ends_with("Add") || mutation.ends_with("Remove");
            let is_link = mutation.starts_with("leagueOrganization");
            let input = match (is_role, is_link) {
                (true, _) => "LeagueRole".to_owned(),
                (false, true) => "LeagueOrganization".to_owned(),
                (false, false) => pascal_case(mutation),
            };
            let selection = "league { id version name steamLeagueId description rules prizePool timezone
                organizations { name } admins { username } staff { username }
                ratingSettings { ratingSystem kFactorDefault kFactorPlacement placementGames fixedDelta
                    ageDecayEnabled ageDecayHalfLifeDays ageDecayMinimum recalcMaxAgeDays recalcMmrThreshold } }";
            (input, selection)
        }
    };
    format!(
        "mutation($input: {input}Input!) {{ {mutation}(input: $input) {{ {selection} clientMutationId replayed
            userErrors {{ __typename code message field ... on StaleVersionError {{ currentVersion }} }} }} }}"
    )
}

fn pascal_case(mutation: &str) -> String {
    mutation[..1].to_uppercase() + &mutation[1..]
}

fn truth(test: &TestDb) -> Arc<dyn GraphqlService> {
    let db = test.reopen();
    let cache = Cache::disabled();
    let live = Live::new(db.clone(), cache.clone(), LiveSettings::default());
    let commands = Commands::new(db.clone(), Dice::fair());
    let (clock, limits) = (db.clock().clone(), DocumentLimits::default());
    inhouse::graphql::service(ReadPath::new(db, cache), live, commands, clock, limits)
}

async fn add(uow: &mut UnitOfWork, it: &Community) -> DbResult<([UserId; 5], OrganizationRow, LeagueRow)> {
    let mut people = Vec::new();
    for name in ["eve", "sue", "oda", "ole", "lea"] {
        let new = NewUser { is_staff: name == "eve", is_superuser: name == "sue", ..user(name, None) };
        people.push(uow.insert::<UserRow>(new).await?.id);
    }
    let [eve, sue, oda, ole, lea] = people.try_into().expect("five people");
    for (user_id, role) in [(oda, RoleKind::Admin), (ole, RoleKind::Staff)] {
        uow.link(&OrganizationRoleRow { organization_id: it.organization.id, user_id, role }).await?;
    }
    uow.link(&LeagueRoleRow { league_id: it.league.id, user_id: lea, role: RoleKind::Admin }).await?;
    let other = uow.insert::<OrganizationRow>(organization("Other", it.dan.id)).await?;
    let league = NewLeague { name: "Other League".to_owned(), steam_league_id: 2, ..NewLeague::default() };
    let league = uow.insert::<LeagueRow>(league).await?;
    uow.link(&LeagueOrganizationRow { league_id: league.id, organization_id: other.id }).await?;
    Ok(([eve, sue, oda, ole, lea], other, league))
}
