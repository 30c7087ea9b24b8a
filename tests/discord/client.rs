//! The client with a Discord in every kind of trouble: how often it asks, how long it waits, and what it makes of it.

use std::time::Duration;

use inhouse::discord::{Discord, DiscordError, DiscordSettings};
use rstest::rstest;

use super::{FakeDiscord, FakeTime, Trouble, process, settings};

struct Stage {
    fake: FakeDiscord,
    time: FakeTime,
    discord: Discord,
}

impl Stage {
    /// A guild `7` of so many members.
    async fn open(n_members: u64) -> Self {
        Self::open_with(n_members, |_| {}).await
    }

    async fn open_with(n_members: u64, change: impl FnOnce(&mut DiscordSettings)) -> Self {
        let (fake, time) = (FakeDiscord::start().await, FakeTime::start());
        fake.fill("7", n_members);
        let mut settings = settings(&fake);
        change(&mut settings);
        let discord = process(&settings, &time, None);
        Self { fake, time, discord }
    }

    async fn n_members(&self) -> Result<usize, DiscordError> {
        Ok(self.discord.guild_members("7").await?.members().len())
    }
}

#[tokio::test]
async fn a_guild_of_25_000_costs_26_requests_and_then_nothing() {
    let stage = Stage::open(25_000).await;
    assert_eq!(stage.n_members().await.unwrap(), 25_000);
    let asked = stage.fake.asked();
    assert_eq!(asked.len(), 26);
    assert_eq!(asked[0], "/guilds/7/members?limit=1000");
    assert_eq!(asked[1], "/guilds/7/members?limit=1000&after=2000");
    assert_eq!(asked[25], "/guilds/7/members?limit=1000&after=26000");
    for _ in 0..10 {
        assert_eq!(stage.n_members().await.unwrap(), 25_000);
    }
    assert_eq!(stage.fake.n_asked(), 26);
    assert_eq!(stage.time.waited_ms(), Vec::<u128>::new());
}

#[tokio::test]
async fn a_page_that_is_not_full_is_the_last() {
    for (n_members, n_asked) in [(0, 1), (1, 1), (999, 1), (1_000, 2), (1_001, 2)] {
        let stage = Stage::open(n_members).await;
        assert_eq!(stage.n_members().await.unwrap(), usize::try_from(n_members).unwrap());
        assert_eq!(stage.fake.n_asked(), n_asked, "{n_members}");
    }
}

#[rstest]
#[case::a_route(false)]
#[case::everything(true)]
#[tokio::test]
async fn a_429_is_waited_out_as_its_body_says(#[case] is_global: bool) {
    let stage = Stage::open(1_500).await;
    stage.fake.script(&[
        None,
        Some(Trouble::Throttled(1.5, is_global)),
        Some(Trouble::Throttled(0.25, is_global)),
    ]);
    assert_eq!(stage.n_members().await.unwrap(), 1_500);
    assert_eq!(stage.fake.n_asked(), 4);
    assert_eq!(stage.time.waited_ms(), [1_500, 250]);
}

#[tokio::test]
async fn who_has_to_wait_for_too_long_or_too_often_is_told_for_how_long() {
    let stage = Stage::open(1).await;
    stage.fake.lasting(Some(Trouble::Throttled(300.0, false)));
    let error = stage.n_members().await.unwrap_err();
    assert!(matches!(error, DiscordError::Busy { retry_after: Some(it) } if it == Duration::from_secs(300)));
    assert_eq!((stage.fake.n_asked(), stage.time.waited_ms().len()), (1, 0));
    // The next one does not even ask.
    assert!(matches!(stage.n_members().await, Err(DiscordError::Busy { .. })));
    assert_eq!(stage.fake.n_asked(), 1);

    let stage = Stage::open(1).await;
    stage.fake.lasting(Some(Trouble::Throttled(1.0, false)));
    assert!(matches!(stage.n_members().await, Err(DiscordError::Busy { .. })));
    assert_eq!((stage.fake.n_asked(), stage.time.waited_ms()), (5, vec![1_000; 4]));
}

#[tokio::test]
async fn a_bucket_that_is_empty_is_not_drawn_from() {
    let stage = Stage::open(4_500).await;
    stage.fake.limit(2, 3.0);
    assert_eq!(stage.n_members().await.unwrap(), 4_500);
    assert_eq!(stage.fake.n_asked(), 5);
    assert_eq!(stage.time.waited_ms(), [3_000, 3_000], "after the second and the fourth page");
}

#[tokio::test]
async fn a_broken_server_is_asked_again_with_growing_pauses() {
    let stage = Stage::open(1_500).await;
    let broken = Some(Trouble::Broken);
    stage.fake.script(&[broken, broken, None, Some(Trouble::Cut), None]);
    assert_eq!(stage.n_members().await.unwrap(), 1_500);
    assert_eq!(stage.fake.n_asked(), 5);
    assert_eq!(stage.time.waited_ms(), [375, 750, 375], "half of the pause is by chance");
}

#[tokio::test]
async fn a_list_that_breaks_off_is_no_list_and_the_next_one_begins_anew() {
    let stage = Stage::open(2_500).await;
    stage.fake.script(&[None, None]);
    stage.fake.lasting(Some(Trouble::Broken));
    assert!(matches!(stage.n_members().await, Err(DiscordError::Away(_))));
    assert_eq!(stage.fake.n_asked(), 2 + 4, "the third page was asked for four times");
    stage.fake.lasting(None);
    assert_eq!(stage.n_members().await.unwrap(), 2_500);
    assert_eq!(stage.fake.n_asked(), 6 + 3);
}

#[rstest]
#[case::garbage(Trouble::Garbage, "Discord answered something unexpected: not a page of members")]
#[case::endless(Trouble::Endless, "Discord answered something unexpected: an answer without end")]
#[case::unknown(Trouble::Unknown, "Discord knows no such thing")]
#[case::forbidden(Trouble::Forbidden, "Discord refused: status 403, code 50001")]
#[tokio::test]
async fn what_asking_again_would_not_help_is_asked_once_and_not_remembered(
    #[case] trouble: Trouble,
    #[case] expected: &str,
) {
    let stage = Stage::open(3).await;
    stage.fake.script(&[Some(trouble)]);
    assert_eq!(stage.n_members().await.unwrap_err().to_string(), expected);
    assert_eq!((stage.fake.n_asked(), stage.time.waited_ms().len()), (1, 0));
    assert_eq!(stage.n_members().await.unwrap(), 3);
}

#[tokio::test]
async fn a_discord_that_hangs_is_given_up_on() {
    let stage = Stage::open_with(3, |it| it.timeout = Duration::from_millis(30)).await;
    stage.fake.lasting(Some(Trouble::Silent));
    assert!(matches!(stage.n_members().await, Err(DiscordError::Away(_))));
    assert_eq!(stage.fake.n_asked(), 4);
    stage.fake.lasting(None);
    let patient = process(&settings(&stage.fake), &stage.time, None);
    assert_eq!(patient.guild_members("7").await.unwrap().members().len(), 3);
}

#[tokio::test]
async fn a_discord_that_is_not_there_or_does_not_know_the_token_is_told_as_such() {
    let stage = Stage::open_with(3, |it| it.base_url = "http://127.0.0.1:1".parse().unwrap()).await;
    assert!(matches!(stage.n_members().await, Err(DiscordError::Away(_))));
    let stage = Stage::open_with(3, |it| it.bot_token = inhouse::types::Secret::new("another")).await;
    assert_eq!(stage.n_members().await.unwrap_err().to_string(), "Discord refused: status 401, code 0");
    assert_eq!(stage.fake.n_asked(), 1);
}

#[tokio::test]
async fn pages_that_never_advance_are_not_turned_for_ever() {
    let stage = Stage::open(3_000).await;
    stage.fake.lasting(Some(Trouble::FirstPage));
    let error = stage.n_members().await.unwrap_err();
    assert!(matches!(error, DiscordError::Garbled { .. }), "{error}");
    assert_eq!(stage.fake.n_asked(), 2);
}

#[tokio::test]
async fn what_is_no_snowflake_never_becomes_part_of_a_path() {
    let stage = Stage::open(3).await;
    for guild in ["", "7/../8", "7?limit=1", "seven", &"7".repeat(21)] {
        assert!(matches!(stage.discord.guild_members(guild).await, Err(DiscordError::Missing)), "{guild}");
    }
    assert_eq!(stage.fake.n_asked(), 0);
}

#[tokio::test]
async fn few_questions_are_under_way_at_once() {
    let stage = Stage::open(1).await;
    let guilds: Vec<String> = (10..20).map(|it| it.to_string()).collect();
    guilds.iter().for_each(|it| stage.fake.fill(it, 1));
    stage.fake.close();
    let lists = futures_util::future::try_join_all(guilds.iter().map(|it| stage.discord.guild_members(it)));
    let open = async {
        stage.fake.until_asked_at_once(4).await;
        // A fifth would have come by now.
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        stage.fake.open();
    };
    let (lists, ()) = tokio::join!(lists, open);
    assert_eq!(lists.unwrap().len(), 10);
    assert_eq!((stage.fake.n_asked(), stage.fake.most_at_once()), (10, 4));
}

#[tokio::test]
async fn a_token_that_fits_no_header_is_refused_and_not_told() {
    let settings =
        DiscordSettings { bot_token: inhouse::types::Secret::new("hunter2\n"), ..DiscordSettings::default() };
    let made = inhouse::discord::DiscordClient::new(
        &settings,
        FakeTime::start().waits(),
        inhouse::types::Jitter::fixed(0.0),
    );
    let told = format!("{:?}", made.unwrap_err());
    assert!(!told.contains("hunter2"), "{told}");
}
