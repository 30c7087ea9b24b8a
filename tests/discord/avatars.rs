//! The refresh of avatars: only what differs, in few statements, told to the cache once; and again from where it was.

use std::sync::{Arc, Mutex};

use inhouse::cache::{Dep, Position, Record};
use inhouse::db::models::{JobRow, NewUser, OrganizationRow, UserChanges, UserRow};
use inhouse::db::{Db, DbError, DbSettings};
use inhouse::discord::{AvatarRefresh, AvatarReport, Discord};
use inhouse::jobs::{AvatarJob, Looked, Runner};
use inhouse::types::{FixedClock, Jitter, UserId};
use serde_json::{Value, json};

use super::{FakeDiscord, FakeTime, Trouble, member, process, settings};
use crate::support::{TestDb, organization, user};

struct Stage {
    test: TestDb,
    fake: FakeDiscord,
    discord: Discord,
}

fn with_avatar(id: u64, avatar: Option<&str>) -> Value {
    let mut member = member(id, &format!("m{id}"));
    member["user"]["avatar"] = json!(avatar);
    member
}

impl Stage {
    /// An organization for each of these guilds.
    async fn open(guilds: &[&str]) -> Self {
        let (test, fake) = (TestDb::start().await, FakeDiscord::start().await);
        let discord = process(&settings(&fake), &FakeTime::start(), None);
        let written = test.db.write(async |uow| {
            let owner = uow.insert::<UserRow>(user("owner", None)).await?;
            for guild in guilds {
                let mut new = organization(guild, owner.id);
                new.discord_server_id = Some((*guild).to_owned());
                uow.insert::<OrganizationRow>(new).await?;
            }
            Ok::<_, DbError>(())
        });
        written.await.unwrap();
        Self { test, fake, discord }
    }

    /// Users of these Discord ids, whose avatar is `old`.
    async fn register(&self, ids: impl IntoIterator<Item = u64>) {
        let ids: Vec<u64> = ids.into_iter().collect();
        let written = self.test.db.write(async |uow| {
            for id in ids {
                let new = NewUser {
                    discord_id: Some(id.to_string()),
                    avatar: Some("old".to_owned()),
                    ..user(&format!("u{id}"), None)
                };
                uow.insert::<UserRow>(new).await?;
            }
            Ok::<_, DbError>(())
        });
        written.await.unwrap();
    }

    async fn user(&self, id: u64) -> UserRow {
        let id = id.to_string();
        self.test.db.read(async |conn| UserRow::find_by_discord_id(conn, &id).await).await.unwrap().unwrap()
    }

    async fn change(&self, id: UserId, changes: UserChanges) {
        let written = self.test.db.write(async |uow| uow.update::<UserRow>(id, changes).await).await;
        written.map_err(|error: DbError| error).unwrap();
    }

    /// Runs the job now; what came of it, and how many statements that took.
    async fn run(&self) -> (Looked, u64) {
        let before = self.test.db.n_statements();
        let looked = self.run_at(&self.test.db).await;
        (looked, self.test.db.n_statements() - before)
    }

    async fn run_at(&self, db: &Db) -> Looked {
        let job = AvatarJob::logging(db.clone(), self.discord.clone());
        Runner::new(db.clone(), Jitter::fixed(0.0)).run_now(&job).await.unwrap()
    }

    /// The database as a process has it at another time.
    fn at(&self, now: &str) -> Db {
        let clock = FixedClock(now.parse().unwrap()).into();
        let settings = DbSettings { url: self.test.url.clone(), pool_size: 2 };
        Db::open(&settings, clock, self.test.shared().0).unwrap()
    }

    async fn job(&self) -> JobRow {
        self.test.db.read(async |conn| JobRow::find(conn, "avatars").await).await.unwrap().unwrap()
    }

    /// Deps of what the change log was told since, transaction by transaction.
    async fn told_since(&self, position: Position) -> Vec<Vec<Dep>> {
        let tail = self.test.shared().0.read(position).await.unwrap();
        let records = tail.records.into_iter().map(|(_, record)| record);
        records.filter(|it| !matches!(it, Record::Begin { .. })).map(|it| it.deps().to_vec()).collect()
    }

    async fn position(&self) -> Position {
        self.test.shared().0.read(Position::ZERO).await.unwrap().position
    }
}

fn done(message: &str) -> Looked {
    Looked::Done { message: message.to_owned() }
}

#[tokio::test]
async fn of_10_000_users_300_changed_is_one_update_and_one_invalidation() {
    let stage = Stage::open(&["7"]).await;
    stage.register(1_001..=11_000).await;
    let stranger = with_avatar(99_999, Some("stranger"));
    let same = (1_001..=11_000).map(|id| with_avatar(id, Some("old")));
    stage.fake.set_members("7", same.chain([stranger.clone()]).collect());
    let (looked, n_idle) = stage.run().await;
    assert_eq!(looked, done("0 of 10000 avatars changed; 10001 members of 1 guilds"));
    assert_eq!(stage.fake.n_asked(), 11);

    let changed = (1_001..=11_000).map(|id| with_avatar(id, Some(if id % 33 == 0 { "new" } else { "old" })));
    // The ids that 33 divides: 303.
    stage.fake.set_members("7", changed.chain([stranger]).collect());
    stage.discord.guild_members_anew("7").await.unwrap();
    let read_path = stage.test.read_path();
    let loaded = async |id: u64| {
        let loaders = read_path.loaders(read_path.cache().check().await);
        loaders.one::<UserRow>(stage.user(id).await.id).await.unwrap().unwrap().avatar.clone()
    };
    assert_eq!((loaded(1_023).await.as_deref(), loaded(1_001).await.as_deref()), (Some("old"), Some("old")));
    let (position, n_asked) = (stage.position().await, stage.fake.n_asked());
    let (looked, n_statements) = stage.run().await;
    assert_eq!(looked, done("303 of 10000 avatars changed; 10001 members of 1 guilds"));
    assert_eq!(stage.fake.n_asked(), n_asked, "the list is the one that everybody reads");
    // What it takes more than a run that finds nothing: the UPDATE, its row in the outbox, and that row's end.
    assert!(n_statements <= n_idle + 3, "{n_statements} after {n_idle}");
    assert_eq!(stage.told_since(position).await, [vec![Dep::model("user")]]);
    assert_eq!((loaded(1_023).await.as_deref(), loaded(1_001).await.as_deref()), (Some("new"), Some("old")));
    // And nothing is left to do.
    let (looked, n_again) = stage.run().await;
    assert_eq!((looked, n_again), (done("0 of 10000 avatars changed; 10001 members of 1 guilds"), n_idle));
}

#[tokio::test]
async fn many_changes_are_batches_of_500_in_one_transaction() {
    let stage = Stage::open(&["7"]).await;
    stage.register(1_001..=2_300).await;
    stage.fake.set_members("7", (1_001..=2_300).map(|id| with_avatar(id, Some("old"))).collect());
    let (_, n_idle) = stage.run().await;
    stage.fake.set_members("7", (1_001..=2_300).map(|id| with_avatar(id, None)).collect());
    stage.discord.guild_members_anew("7").await.unwrap();
    let position = stage.position().await;
    let (looked, n_statements) = stage.run().await;
    assert_eq!(looked, done("1300 of 1300 avatars changed; 1300 members of 1 guilds"));
    assert!(n_statements > n_idle + 2 && n_statements <= n_idle + 3 + 2, "{n_statements} after {n_idle}");
    assert_eq!(stage.told_since(position).await, [vec![Dep::model("user")]]);
    assert_eq!(stage.user(1_500).await.avatar, None);
}

#[tokio::test]
async fn whoever_was_deactivated_gets_no_face_back() {
    let stage = Stage::open(&["7"]).await;
    stage.register([1_001]).await;
    let gone = UserChanges { is_active: Some(false), avatar: Some(None), ..UserChanges::default() };
    stage.change(stage.user(1_001).await.id, gone).await;
    stage.fake.set_members("7", vec![with_avatar(1_001, Some("new"))]);
    assert_eq!(stage.run().await.0, done("0 of 0 avatars changed; 1 members of 1 guilds"));
    assert_eq!(stage.user(1_001).await.avatar, None);
}

#[tokio::test]
async fn a_refresh_that_failed_goes_on_behind_what_is_done_and_not_for_ever() {
    let stage = Stage::open(&["7", "8"]).await;
    stage.register([1_001, 1_002]).await;
    stage.fake.set_members("7", vec![with_avatar(1_001, Some("new"))]);
    stage.fake.set_members("8", vec![with_avatar(1_002, Some("new"))]);
    stage.fake.script(&[None]);
    stage.fake.lasting(Some(Trouble::Broken));
    let (looked, _) = stage.run().await;
    assert!(
        matches!(&looked, Looked::Failed { message } if message.starts_with("the members of 1 of 2 guilds could not be had")),
        "{looked:?}"
    );
    assert_eq!(stage.user(1_001).await.avatar.as_deref(), Some("new"));
    let noted = stage.job().await;
    assert_eq!(
        (noted.n_failures, noted.next_run_at.to_string().as_str()),
        (1, "2026-11-23T12:01:00.000000Z")
    );
    assert_eq!(noted.progress.unwrap()["done"], json!(["7"]));

    // Whatever happens to a guild that is done is for the next day.
    let by_hand = UserChanges { avatar: Some(Some("by hand".to_owned())), ..UserChanges::default() };
    stage.change(stage.user(1_001).await.id, by_hand).await;
    stage.fake.lasting(None);
    let db = stage.at("2026-11-23T12:01:00Z");
    let job = AvatarJob::logging(db.clone(), stage.discord.clone());
    let looked = Runner::new(db, Jitter::fixed(0.0)).run_if_due(&job).await.unwrap();
    assert_eq!(looked, done("2 of 2 avatars changed; 2 members of 2 guilds"), "both runs together");
    assert_eq!(stage.user(1_002).await.avatar.as_deref(), Some("new"));
    assert_eq!(stage.user(1_001).await.avatar.as_deref(), Some("by hand"));
    let ended = stage.job().await;
    assert_eq!((ended.n_failures, ended.progress), (0, None));
    assert_eq!(ended.next_run_at.to_string(), "2026-11-24T04:00:00.000000Z");

    stage.fake.lasting(Some(Trouble::Broken));
    stage.discord.guild_members_anew("8").await.unwrap_err();
    let late = process(&settings(&stage.fake), &FakeTime::start(), None);
    let fails = Stage { discord: late, ..stage };
    fails.fake.script(&[None]);
    assert!(matches!(fails.run_at(&fails.at("2026-11-24T04:00:00Z")).await, Looked::Failed { .. }));
    assert_eq!(fails.user(1_001).await.avatar.as_deref(), Some("new"));
    let by_hand = UserChanges { avatar: Some(Some("by hand".to_owned())), ..UserChanges::default() };
    fails.change(fails.user(1_001).await.id, by_hand).await;
    // Half a day later what is done is done again.
    assert!(matches!(fails.run_at(&fails.at("2026-11-24T16:00:00Z")).await, Looked::Failed { .. }));
    assert_eq!(fails.user(1_001).await.avatar.as_deref(), Some("new"));
}

#[tokio::test]
async fn a_guild_that_lets_nobody_see_its_members_keeps_nobody_from_the_others() {
    let stage = Stage::open(&["5", "7", "not-a-guild"]).await;
    stage.register([1_001]).await;
    stage.fake.set_members("7", vec![with_avatar(1_001, Some("new"))]);
    let expected = "1 of 1 avatars changed; 1 members of 3 guilds; 2 do not let the bot see their members";
    assert_eq!(stage.run().await.0, done(expected));
}

#[tokio::test]
async fn whoever_lost_the_lease_writes_nothing() {
    let stage = Stage::open(&["7"]).await;
    stage.register([1_001]).await;
    stage.fake.set_members("7", vec![with_avatar(1_001, Some("new"))]);
    let claim = inhouse::db::models::LeaseClaim::new("job:avatars", jiff::SignedDuration::from_mins(2));
    let refresh = AvatarRefresh {
        db: &stage.test.db,
        claim: &claim,
        job: "avatars",
        done_before: AvatarReport::default(),
    };
    let refused = stage.discord.refresh_avatars(refresh, &|_| {}).await.unwrap_err();
    assert_eq!(refused.to_string(), "another process does it now");
    assert_eq!(stage.user(1_001).await.avatar.as_deref(), Some("old"));
}

#[tokio::test]
async fn how_far_it_is_is_told_after_each_guild() {
    let stage = Stage::open(&["7", "8"]).await;
    stage.register([1_001]).await;
    stage.fake.set_members("7", vec![with_avatar(1_001, Some("new"))]);
    stage.fake.set_members("8", Vec::new());
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let tell =
        move |it: &AvatarReport| heard.lock().unwrap().push((it.done.len(), it.n_guilds, it.n_changed));
    let job = AvatarJob::new(stage.test.db.clone(), stage.discord.clone(), Box::new(tell));
    Runner::new(stage.test.db.clone(), Jitter::fixed(0.0)).run_now(&job).await.unwrap();
    assert_eq!(*told.lock().unwrap(), [(0, 2, 0), (1, 2, 1), (2, 2, 1)]);
}
