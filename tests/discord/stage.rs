//! An organization whose guild is `7`, the people around it, and a Discord that its server asks.

use inhouse::db::DbError;
use inhouse::db::models::{OrganizationChanges, OrganizationRoleRow, OrganizationRow};
use inhouse::discord::Discord;
use inhouse::service::guild::Guilds;
use inhouse::service::{Commands, Dice, Services};
use inhouse::types::{EntityId as _, FixedClock, RoleKind, Viewer};
use serde_json::{Value, json};

use super::{FakeDiscord, FakeTime, process, settings};
use crate::commands::arena::{Arena, viewer};
use crate::support::TestApi;

pub(crate) struct Stage {
    pub(crate) fake: FakeDiscord,
    pub(crate) discord: Discord,
    pub(crate) arena: Arena,
}

impl Stage {
    pub(crate) async fn open() -> Self {
        Self::open_with(true).await
    }

    /// The same, perhaps without a bot.
    pub(crate) async fn open_with(has_bot: bool) -> Self {
        let fake = FakeDiscord::start().await;
        let discord = process(&settings(&fake), &FakeTime::start(), None);
        let Arena { api, it } = Arena::open(1, &[Some(1_000)]).await;
        let commands = Commands::new(api.test.db.clone(), Dice::fair());
        let guilds = Guilds::new(commands.clone(), has_bot.then(|| discord.clone()));
        let api = TestApi::serving(api.test, api.read_path, Services { commands, guilds });
        let stage = Self { fake, discord, arena: Arena { api, it } };
        stage.name_guild(Some("7")).await;
        stage
    }

    /// The organization names this guild.
    pub(crate) async fn name_guild(&self, guild: Option<&str>) {
        let changes = OrganizationChanges {
            discord_server_id: Some(guild.map(str::to_owned)),
            ..OrganizationChanges::default()
        };
        let id = self.arena.it.organization.id;
        let written =
            self.arena.api.test.db.write(async |uow| uow.update::<OrganizationRow>(id, changes).await);
        written.await.map_err(|error: DbError| error).unwrap();
    }

    /// The outsider becomes staff of the organization.
    pub(crate) async fn hire_outsider(&self) -> Viewer {
        let role = OrganizationRoleRow {
            organization_id: self.arena.it.organization.id,
            user_id: self.arena.it.outsider.id,
            role: RoleKind::Staff,
        };
        let written = self.arena.api.test.db.write(async |uow| uow.link(&role).await).await;
        written.map_err(|error: DbError| error).unwrap();
        self.arena.outsider()
    }

    pub(crate) fn owner(&self) -> Viewer {
        viewer(self.arena.it.owner.id)
    }

    pub(crate) fn organization(&self) -> String {
        self.arena.it.organization.id.to_global()
    }

    /// Guilds as another process has them, at this time.
    pub(crate) fn another_process(&self, now: &str) -> Guilds {
        let clock = FixedClock(now.parse().unwrap()).into();
        let settings = inhouse::db::DbSettings { url: self.arena.api.test.url.clone(), pool_size: 4 };
        let db = inhouse::db::Db::open(&settings, clock, self.arena.api.test.shared().0).unwrap();
        let discord = process(&super::settings(&self.fake), &FakeTime::start(), None);
        Guilds::new(Commands::new(db, Dice::fair()), Some(discord))
    }

    /// Asks for something of the organization; its value, and the code of the error if there is one.
    pub(crate) async fn ask(
        &self,
        viewer: &Viewer,
        field: &str,
        variables: Value,
    ) -> (Value, Option<String>) {
        let (value, error) = self.ask_whole(viewer, field, variables).await;
        (value, error["extensions"]["code"].as_str().map(str::to_owned))
    }

    /// The same with the whole error.
    pub(crate) async fn ask_whole(
        &self,
        viewer: &Viewer,
        field: &str,
        mut variables: Value,
    ) -> (Value, Value) {
        variables["id"] = self.organization().into();
        let known = [("$search", "String"), ("$first", "Int"), ("$after", "String")];
        let used = known.iter().filter(|(name, _)| field.contains(name));
        let declared: String = used.map(|(name, kind)| format!(", {name}: {kind}")).collect();
        let document = format!("query($id: ID!{declared}) {{ organization(id: $id) {{ name x: {field} }} }}");
        let (_, mut answer) = self.arena.api.run_as(viewer, &document, variables).await;
        assert_eq!(answer["data"]["organization"]["name"], "DTX", "nothing else suffers: {answer:#}");
        let error = answer["errors"].get_mut(0).map(Value::take).unwrap_or_default();
        (answer["data"]["organization"]["x"].take(), error)
    }

    /// A page of members: their display names, and the rest of the connection.
    pub(crate) async fn search(&self, variables: Value) -> (Vec<String>, Value) {
        let field = "discordMembers(search: $search, first: $first, after: $after) \
                     { totalCount pageInfo { hasNextPage endCursor } nodes { displayName } }";
        let (found, error) = self.ask(&self.owner(), field, variables).await;
        assert_eq!(error, None, "{found:#}");
        let nodes = found["nodes"].as_array().unwrap().iter();
        (nodes.map(|it| it["displayName"].as_str().unwrap().to_owned()).collect(), found)
    }

    pub(crate) async fn refresh(&self, viewer: &Viewer, key: Option<&str>) -> crate::commands::arena::Answer {
        let input = json!({ "organizationId": self.organization(), "idempotencyKey": key });
        self.arena.call(viewer, "discordMembersRefresh", input, "memberCount organization { name }").await
    }

    /// The log of the organization: who, what, about whom, and what changed.
    pub(crate) async fn log(&self) -> Value {
        let document = "query($id: ID!) { organization(id: $id) { logs { nodes { action actor { username } \
                        targetUser { username } changes { field from to } } } } }";
        let variables = json!({ "id": self.organization() });
        let (_, mut answer) = self.arena.api.run_as(&self.owner(), document, variables).await;
        answer["data"]["organization"]["logs"]["nodes"].take()
    }
}
