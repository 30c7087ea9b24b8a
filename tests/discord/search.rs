//! `organization.discordMembers`: who may look, what is found, in which order, and what it costs.

use inhouse::types::Viewer;
use serde_json::{Value, json};

use super::stage::Stage;
use super::{Trouble, member};
use crate::support::user;

const MEMBERS: &str =
    "discordMembers(search: $search, first: $first, after: $after) { totalCount nodes { discordId } }";

fn called(id: u64, username: &str, global_name: Option<&str>, nick: Option<&str>) -> Value {
    let mut member = member(id, username);
    member["user"]["global_name"] = json!(global_name);
    member["nick"] = json!(nick);
    member
}

#[tokio::test]
async fn members_are_for_staff_of_the_organization_and_voice_channels_for_site_staff() {
    let stage = Stage::open().await;
    stage.fake.fill("7", 2);
    stage.fake.set_channels("7", &[]);
    let arena = &stage.arena;
    let voice = "voiceChannels { name }";
    let (nobody, league_admin, site_staff) = (Viewer::anonymous(), arena.admin(), arena.staff());
    for (who, field, code) in [
        (&nobody, MEMBERS, "UNAUTHENTICATED"),
        (&arena.outsider(), MEMBERS, "FORBIDDEN"),
        (&league_admin, MEMBERS, "FORBIDDEN"),
        (&site_staff, MEMBERS, "FORBIDDEN"),
        (&nobody, voice, "UNAUTHENTICATED"),
        (&arena.outsider(), voice, "FORBIDDEN"),
        (&stage.owner(), voice, "FORBIDDEN"),
    ] {
        let told = stage.ask(who, field, json!({})).await;
        assert_eq!(told, (Value::Null, Some(code.to_owned())), "{who:?} {field}");
    }
    assert_eq!(stage.fake.n_asked(), 0, "Discord hears of nobody who may not");
    let hired = stage.hire_outsider().await;
    for (who, field) in [
        (&stage.owner(), MEMBERS),
        (&hired, MEMBERS),
        (&arena.superuser(), MEMBERS),
        (&site_staff, voice),
        (&arena.superuser(), voice),
    ] {
        let (value, code) = stage.ask(who, field, json!({})).await;
        assert!(code.is_none() && !value.is_null(), "{who:?} {field}: {code:?}");
    }
    let flag = "viewerCanSeeDiscordMembers";
    for (who, expected) in [(&hired, true), (&stage.owner(), true), (&site_staff, false), (&nobody, false)] {
        assert_eq!(stage.ask(who, flag, json!({})).await.0, json!(expected), "{who:?}");
    }
}

#[tokio::test]
async fn without_a_bot_every_feature_says_so_and_nothing_else_suffers() {
    let stage = Stage::open_with(false).await;
    let before = stage.arena.api.test.dump().await;
    for guild in [Some("7"), None] {
        stage.name_guild(guild).await;
        let (owner, staff) = (stage.owner(), stage.arena.staff());
        for (who, field) in [(&owner, MEMBERS), (&staff, "voiceChannels { name }")] {
            let told = stage.ask(who, field, json!({})).await;
            assert_eq!(told, (Value::Null, Some("DISCORD_NOT_CONFIGURED".to_owned())), "{field} {guild:?}");
        }
    }
    stage.name_guild(Some("7")).await;
    assert_eq!(stage.refresh(&stage.owner(), None).await.code(), "DISCORD_NOT_CONFIGURED");
    let input = json!({ "organizationId": stage.organization(), "discordId": "1001" });
    let told = stage.arena.call(&stage.arena.staff(), "userCreateFromDiscord", input, "").await;
    assert_eq!(told.code(), "DISCORD_NOT_CONFIGURED");
    let after = stage.arena.api.test.dump().await;
    assert_eq!((&before["users"], &before["leases"]), (&after["users"], &after["leases"]));
}

#[tokio::test]
async fn whoever_fits_best_comes_first_then_by_name() {
    let stage = Stage::open().await;
    stage.fake.set_members(
        "7",
        vec![
            called(1, "xx_ann", None, None),
            called(2, "anna", None, None),
            called(3, "zz", Some("Ann"), None),
            called(4, "ann", None, Some("Aaa")),
            called(5, "bob", None, Some("The Annihilator")),
            called(6, "carl", None, None),
            called(7, "annabel", None, None),
        ],
    );
    let (names, found) = stage.search(json!({ "search": "  aNN " })).await;
    assert_eq!(names, ["Aaa", "Ann", "anna", "annabel", "The Annihilator", "xx_ann"]);
    assert_eq!(found["totalCount"], 6);
    assert_eq!(stage.search(json!({ "search": "%" .repeat(2) })).await.0, Vec::<String>::new());
    let (names, _) = stage.search(json!({})).await;
    assert_eq!(names, ["Aaa", "Ann", "anna", "annabel", "carl", "The Annihilator", "xx_ann"]);
    assert_eq!(stage.search(json!({ "search": " " })).await.0, names, "a blank text is none");
}

#[tokio::test]
async fn a_list_is_walked_page_by_page_without_a_gap() {
    let stage = Stage::open().await;
    stage.fake.fill("7", 1_234);
    let mut seen = std::collections::BTreeSet::new();
    let (mut after, mut n_pages) = (Value::Null, 0);
    loop {
        let (names, found) = stage.search(json!({ "first": 50, "after": after })).await;
        assert_eq!(found["totalCount"], 1_234);
        n_pages += 1;
        for name in names {
            assert!(seen.insert(name));
        }
        if found["pageInfo"]["hasNextPage"] == json!(false) {
            break;
        }
        after = found["pageInfo"]["endCursor"].clone();
    }
    assert_eq!((seen.len(), n_pages), (1_234, 25));
    assert_eq!(stage.fake.n_asked(), 2, "every page is of one list");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_before_anybody_is_asked() {
    let stage = Stage::open().await;
    stage.fake.fill("7", 60);
    for variables in [
        json!({ "search": "a" }),
        json!({ "search": " ä " }),
        json!({ "search": "x".repeat(101) }),
        json!({ "first": 51 }),
        json!({ "first": 0 }),
        json!({ "first": -1 }),
        json!({ "first": i32::MAX }),
    ] {
        let told = stage.ask(&stage.owner(), MEMBERS, variables.clone()).await;
        assert_eq!(told, (Value::Null, Some("BAD_USER_INPUT".to_owned())), "{variables}");
    }
    assert_eq!(stage.fake.n_asked(), 0);
    let (_, found) = stage.search(json!({ "first": 2 })).await;
    let cursor = found["pageInfo"]["endCursor"].clone();
    for variables in [json!({ "search": "m1", "after": cursor }), json!({ "after": "AAAA" })] {
        let told = stage.ask(&stage.owner(), MEMBERS, variables).await;
        assert_eq!(told.1.as_deref(), Some("INVALID_CURSOR"));
    }
}

#[tokio::test]
async fn who_has_an_account_is_looked_up_for_the_whole_page_and_a_deactivated_one_is_not_shown() {
    let stage = Stage::open().await;
    stage.fake.fill("7", 50);
    let test = &stage.arena.api.test;
    let with_discord = |name: &str, id: u64, is_active| inhouse::db::models::NewUser {
        discord_id: Some(id.to_string()),
        is_active: Some(is_active),
        ..user(name, None)
    };
    let written = test.db.write(async |uow| {
        for n in 1..=20_u64 {
            uow.insert::<inhouse::db::models::UserRow>(with_discord(&format!("u{n}"), 1_000 + n, n != 20))
                .await?;
        }
        Ok::<_, inhouse::db::DbError>(())
    });
    written.await.unwrap();
    let field = "discordMembers(first: $first) { nodes { discordId alreadyRegistered avatarUrl joinedAt user { username } } }";
    // Rights and the list of members are known from here on.
    stage.ask(&stage.owner(), MEMBERS, json!({ "first": 1 })).await;
    let before = test.db.n_statements();
    let (found, code) = stage.ask(&stage.owner(), field, json!({ "first": 50 })).await;
    assert_eq!(code, None);
    let n_statements = test.db.n_statements() - before;
    assert!(
        n_statements <= 8 || !crate::support::keeps_entries(),
        "{n_statements} statements for a page of 50"
    );
    let by_id = |id: u64| {
        let nodes = found["nodes"].as_array().unwrap();
        nodes.iter().find(|it| it["discordId"] == json!(id.to_string())).unwrap().clone()
    };
    assert_eq!(
        (by_id(1_001)["alreadyRegistered"].clone(), by_id(1_001)["user"]["username"].clone()),
        (json!(true), json!("u1"))
    );
    assert_eq!(
        (by_id(1_020)["alreadyRegistered"].clone(), by_id(1_020)["user"].clone()),
        (json!(true), Value::Null)
    );
    assert_eq!(
        (by_id(1_021)["alreadyRegistered"].clone(), by_id(1_021)["user"].clone()),
        (json!(false), Value::Null)
    );
    assert_eq!(by_id(1_021)["joinedAt"], "2024-05-01T12:00:00.000000Z");
    assert!(
        by_id(1_021)["avatarUrl"].as_str().unwrap().starts_with("https://cdn.discordapp.com/embed/avatars/")
    );
}

#[tokio::test]
async fn an_answer_with_members_in_it_is_never_taken_from_the_cache_of_answers() {
    let stage = Stage::open().await;
    stage.fake.fill("7", 1);
    assert_eq!(stage.search(json!({})).await.0, ["m1"]);
    stage.fake.fill("7", 2);
    assert_eq!(stage.search(json!({})).await.0, ["m1"], "the list is kept");
    // Behind the API's back: no change of the database tells of it.
    stage.discord.guild_members_anew("7").await.unwrap();
    assert_eq!(stage.search(json!({})).await.0, ["m1", "m2"]);
}

#[tokio::test]
async fn a_discord_in_trouble_is_told_in_words_and_with_when_to_come_back() {
    let stage = Stage::open().await;
    stage.fake.fill("7", 1);
    for (trouble, retry_after_ms) in [
        (Trouble::Broken, json!(5_000)),
        (Trouble::Garbage, Value::Null),
        (Trouble::Unknown, Value::Null),
        (Trouble::Forbidden, Value::Null),
        // The last: from then on nothing is asked for two minutes.
        (Trouble::Throttled(120.0, false), json!(120_000)),
    ] {
        stage.fake.lasting(Some(trouble));
        let (value, error) = stage.ask_whole(&stage.owner(), MEMBERS, json!({})).await;
        let extensions = &error["extensions"];
        assert_eq!((value, &extensions["code"]), (Value::Null, &json!("UNAVAILABLE")), "{trouble:?}");
        assert_eq!(extensions["retryAfterMs"], retry_after_ms, "{trouble:?}");
        let message = error["message"].as_str().unwrap();
        assert!(
            message.contains("Discord") && !message.contains("5000") && !message.contains("oops"),
            "{message}"
        );
    }
}

#[tokio::test]
async fn an_organization_that_names_no_guild_has_no_list() {
    let stage = Stage::open().await;
    stage.name_guild(None).await;
    assert_eq!(stage.ask(&stage.owner(), MEMBERS, json!({})).await, (Value::Null, None));
    let voice = "voiceChannels { name }";
    assert_eq!(stage.ask(&stage.arena.staff(), voice, json!({})).await, (Value::Null, None));
    assert_eq!(stage.fake.n_asked(), 0);
}
