//! The one list of a guild's members: fetched once for all who want it, shared, kept for an hour, filled anew.

use std::time::Duration;

use inhouse::cache::{OutsideCache, Position};
use inhouse::discord::{Discord, DiscordError, MemberList};

use super::{FakeDiscord, FakeTime, Trouble, member, process, settings};
use crate::support::TestDb;

/// Names of the members in order of id.
fn names(list: &MemberList) -> Vec<&str> {
    list.members().iter().map(|it| it.username.as_str()).collect()
}

async fn one() -> (FakeDiscord, Discord) {
    let fake = FakeDiscord::start().await;
    let discord = process(&settings(&fake), &FakeTime::start(), None);
    (fake, discord)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_all_who_ask_at_once_one_fetches() {
    let (fake, discord) = one().await;
    fake.fill("7", 2_500);
    fake.fill("8", 1);
    let asking = (0..32).map(|n| {
        let discord = discord.clone();
        let guild = if n % 4 == 0 { "8" } else { "7" };
        inhouse::telemetry::spawn(async move { discord.guild_members(guild).await.unwrap().members().len() })
    });
    for (n, asked) in asking.collect::<Vec<_>>().into_iter().enumerate() {
        assert_eq!(asked.await.unwrap(), if n % 4 == 0 { 1 } else { 2_500 });
    }
    assert_eq!(fake.n_asked(), 3 + 1);
}

#[tokio::test]
async fn an_empty_list_is_remembered_like_any_other_and_a_failure_is_not() {
    let (fake, discord) = one().await;
    fake.fill("7", 0);
    for _ in 0..3 {
        assert!(discord.guild_members("7").await.unwrap().members().is_empty());
    }
    assert_eq!(fake.n_asked(), 1);
    for n in 2..4 {
        assert!(matches!(discord.guild_members("8").await, Err(DiscordError::Missing)));
        assert_eq!(fake.n_asked(), n);
    }
}

#[tokio::test]
async fn a_member_is_found_by_number_and_told_with_every_name() {
    let (fake, discord) = one().await;
    let mut nelly = member(80_351_110_224_678_912, "nelly");
    nelly["nick"] = "Nell".into();
    nelly["user"]["global_name"] = "Nelly".into();
    nelly["user"]["avatar"] = "a_123".into();
    fake.set_members("7", vec![member(9, "small"), member(10, "larger"), nelly]);
    let list = discord.guild_members("7").await.unwrap();
    assert_eq!(names(&list), ["small", "larger", "nelly"]);
    let found = list.find("80351110224678912").unwrap();
    assert_eq!(
        (found.nick.as_deref(), found.global_name.as_deref(), found.avatar.as_deref()),
        (Some("Nell"), Some("Nelly"), Some("a_123"))
    );
    assert_eq!(found.joined_at.unwrap().to_string(), "2024-05-01T12:00:00.000000Z");
    assert!(list.find("11").is_none() && list.find("").is_none());
}

#[tokio::test]
async fn a_list_that_is_filled_anew_takes_the_place_of_the_old_one_and_a_failure_does_not() {
    let (fake, discord) = one().await;
    fake.fill("7", 1);
    assert_eq!(names(&discord.guild_members("7").await.unwrap()), ["m1"]);
    fake.fill("7", 2);
    assert_eq!(names(&discord.guild_members("7").await.unwrap()), ["m1"], "remembered");
    fake.lasting(Some(Trouble::Forbidden));
    assert!(discord.guild_members_anew("7").await.is_err());
    assert_eq!(names(&discord.guild_members("7").await.unwrap()), ["m1"], "the old one stays");
    fake.lasting(None);
    assert_eq!(names(&discord.guild_members_anew("7").await.unwrap()), ["m1", "m2"]);
    let n_asked = fake.n_asked();
    assert_eq!(names(&discord.guild_members("7").await.unwrap()), ["m1", "m2"]);
    assert_eq!(fake.n_asked(), n_asked);
}

#[tokio::test]
async fn filling_a_list_is_counted() {
    inhouse::telemetry::metrics::install();
    let (fake, discord) = one().await;
    fake.fill("7", 1_500);
    discord.guild_members("7").await.unwrap();
    discord.guild_members("8").await.unwrap_err();
    let page = inhouse::telemetry::metrics::render().unwrap();
    for line in [
        "inhouse_discord_member_fills_total{outcome=\"succeeded\"} ",
        "inhouse_discord_member_fills_total{outcome=\"failed\"} ",
        "inhouse_discord_member_fill_pages_total ",
        "inhouse_discord_member_fill_seconds_count ",
        "inhouse_discord_member_reads_total ",
        "inhouse_discord_requests_total{route=\"guild_members\",outcome=\"answered\"} ",
        "inhouse_discord_requests_total{route=\"guild_members\",outcome=\"missing\"} ",
    ] {
        assert!(page.contains(line), "{line}\n{page}");
    }
}

#[tokio::test]
async fn whoever_hangs_up_does_not_cut_the_fetch_short() {
    let (fake, discord) = one().await;
    fake.fill("7", 1_500);
    fake.close();
    {
        let asking = std::pin::pin!(discord.guild_members("7"));
        let hang_up = fake.until_asked_at_once(1);
        futures_util::future::select(asking, std::pin::pin!(hang_up)).await;
    }
    fake.open();
    assert_eq!(discord.guild_members("7").await.unwrap().members().len(), 1_500);
    assert_eq!(fake.n_asked(), 2);
}

/// With Redis all processes have one list under its own name; without, each has its own.
#[tokio::test]
async fn processes_share_the_list_where_they_share_a_store() {
    let (test, fake) = (TestDb::start().await, FakeDiscord::start().await);
    fake.fill("7", 1_500);
    let (log, shared) = test.shared();
    log.read(Position::ZERO).await.unwrap();
    let (other_log, other_shared) = test.shared();
    other_log.read(Position::ZERO).await.unwrap();
    let has_store = shared.is_some();
    let one = process(&settings(&fake), &FakeTime::start(), shared.clone());
    let two = process(&settings(&fake), &FakeTime::start(), other_shared);
    for discord in [&one, &two, &one, &two] {
        assert_eq!(discord.guild_members("7").await.unwrap().members().len(), 1_500);
    }
    assert_eq!(fake.n_asked(), if has_store { 2 } else { 4 });
    let Some(shared) = shared else { return };
    let copy = shared.look("discord_members_7".to_owned()).await.unwrap().unwrap();
    let left = copy.left.unwrap();
    assert!(left > Duration::from_secs(50 * 60) && left <= Duration::from_secs(66 * 60), "{left:?}");
    // What one fills anew, the other sees at once.
    fake.fill("7", 3);
    assert_eq!(one.guild_members_anew("7").await.unwrap().members().len(), 3);
    assert_eq!(two.guild_members("7").await.unwrap().members().len(), 3);
}

/// The test above would pass without a store that is asked: this shows that a value of one process is not the other's.
#[tokio::test]
async fn a_cache_without_a_store_is_one_processs_own() {
    let fetch = async |cache: &OutsideCache<Vec<u64>, DiscordError>, value: u64| {
        cache.get_or_fetch("x", async move { Ok(vec![value]) }).await.unwrap().to_vec()
    };
    let cache =
        || OutsideCache::new(None, inhouse::cache::TtlClass::DiscordMembers, inhouse::cache::Ttls::default());
    let (one, two) = (cache(), cache());
    assert_eq!(
        (fetch(&one, 1).await, fetch(&two, 2).await, fetch(&one, 3).await),
        (vec![1], vec![2], vec![1])
    );
}
