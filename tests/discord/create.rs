//! `userCreateFromDiscord`: a member becomes an account with what Discord tells of them, once.

use inhouse::db::models::{NewUser, UserRow};
use inhouse::service::user::UserDeactivate;
use inhouse::types::{EntityId as _, UserId};
use serde_json::{Value, json};

use super::stage::Stage;
use super::{Trouble, member};
use crate::commands::arena::Answer;
use crate::support::user;

const NELLY: &str = "80351110224678912";

async fn create(stage: &Stage, discord_id: &str, key: Option<&str>) -> Answer {
    let input =
        json!({ "organizationId": stage.organization(), "discordId": discord_id, "idempotencyKey": key });
    stage.arena.call(&stage.arena.staff(), "userCreateFromDiscord", input, "user { pk username }").await
}

async fn stored(stage: &Stage, id: &str) -> UserRow {
    let found = stage.arena.api.test.db.read(async |conn| UserRow::find_by_discord_id(conn, id).await).await;
    found.unwrap().unwrap()
}

/// A guild of nelly and three others.
async fn open() -> Stage {
    let stage = Stage::open().await;
    let mut nelly = member(NELLY.parse().unwrap(), "nelly");
    nelly["nick"] = json!("Captain Nell");
    nelly["user"]["global_name"] = json!("Nelly");
    nelly["user"]["avatar"] = json!("a_8342729096ea");
    let mut ann = member(2, "owner");
    ann["user"]["global_name"] = json!("Ann");
    stage.fake.set_members("7", vec![member(1, "plain"), ann, member(3, "\u{7} "), nelly]);
    stage
}

#[tokio::test]
async fn the_account_has_the_names_and_the_picture_of_the_member_and_no_role() {
    let stage = open().await;
    let told = create(&stage, &format!(" {NELLY} "), None).await;
    assert!(told.is_done(), "{:#}", told.0);
    let row = stored(&stage, NELLY).await;
    assert_eq!((row.username.as_str(), row.nickname.as_deref()), ("nelly", Some("Captain Nell")));
    assert_eq!(
        (row.discord_username.as_deref(), row.discord_nickname.as_deref(), row.guild_nickname.as_deref()),
        (Some("nelly"), Some("Nelly"), Some("Captain Nell"))
    );
    assert_eq!(row.avatar.as_deref(), Some("a_8342729096ea"));
    assert!(row.is_active && !row.is_staff && !row.is_superuser && row.email.is_empty());
    let change = json!([{ "field": "users", "from": null, "to": "made from Discord" }]);
    let entry = json!({
        "action": "UPDATE", "actor": { "username": "staff" }, "targetUser": { "username": "nelly" }, "changes": change,
    });
    assert_eq!(stage.log().await, json!([entry]));
    // The list says so at once.
    let field = "discordMembers(search: $search) { nodes { alreadyRegistered user { username } } }";
    let (found, _) = stage.ask(&stage.owner(), field, json!({ "search": "nelly" })).await;
    assert_eq!(found["nodes"], json!([{ "alreadyRegistered": true, "user": { "username": "nelly" } }]));
}

#[tokio::test]
async fn a_name_that_is_taken_gets_a_number_and_one_without_a_nick_is_called_as_everywhere() {
    let stage = open().await;
    assert_eq!(create(&stage, "2", None).await.0["user"]["username"], "owner-2");
    assert_eq!(stored(&stage, "2").await.nickname.as_deref(), Some("Ann"));
    assert_eq!(create(&stage, "1", None).await.0["user"]["username"], "plain");
    assert_eq!(stored(&stage, "1").await.nickname, None);
    let input = json!({ "organizationId": stage.organization(), "discordId": "3" });
    let told = stage.arena.refused(&stage.arena.staff(), "userCreateFromDiscord", input).await;
    assert_eq!(told, ("CONFLICT".to_owned(), json!(["discordId"])), "nothing is left of that name");
}

#[tokio::test]
async fn who_has_an_account_gets_no_second_one_not_even_after_it_was_deactivated() {
    let stage = open().await;
    let id = create(&stage, NELLY, None).await.0["user"]["pk"].as_i64().unwrap();
    let again = async || {
        let input = json!({ "organizationId": stage.organization(), "discordId": NELLY });
        stage.arena.refused(&stage.arena.staff(), "userCreateFromDiscord", input).await
    };
    assert_eq!(again().await, ("CONFLICT".to_owned(), json!(["discordId"])));
    let commands =
        inhouse::service::Commands::new(stage.arena.api.test.db.clone(), inhouse::service::Dice::fair());
    let deactivate = UserDeactivate { user_id: UserId(id), expected_version: None };
    commands.run(&stage.arena.staff(), None, deactivate).await.unwrap();
    assert_eq!(again().await, ("CONFLICT".to_owned(), json!(["discordId"])));
}

#[tokio::test]
async fn who_is_not_in_the_list_is_not_made_up() {
    let stage = open().await;
    let elsewhere = inhouse::types::OrganizationId(4_711).to_global();
    for (organization, discord_id, code, field) in [
        (stage.organization(), "4711", "NOT_FOUND", "discordId"),
        (stage.organization(), "", "INVALID_INPUT", "discordId"),
        (stage.organization(), "nelly", "INVALID_INPUT", "discordId"),
        (elsewhere, NELLY, "NOT_FOUND", "organizationId"),
    ] {
        let input = json!({ "organizationId": organization, "discordId": discord_id });
        let told = stage.arena.refused(&stage.arena.staff(), "userCreateFromDiscord", input).await;
        assert_eq!(told, (code.to_owned(), json!([field])), "{discord_id}");
    }
    stage.name_guild(None).await;
    let input = json!({ "organizationId": stage.organization(), "discordId": NELLY });
    let told = stage.arena.refused(&stage.arena.staff(), "userCreateFromDiscord", input).await;
    assert_eq!(told, ("CONFLICT".to_owned(), json!(["organizationId"])));
}

#[tokio::test]
async fn a_call_sent_again_makes_nobody_else_and_needs_no_discord() {
    let stage = open().await;
    let first = create(&stage, NELLY, Some("once")).await;
    stage.fake.lasting(Some(Trouble::Broken));
    stage.name_guild(Some("8")).await;
    let again = create(&stage, NELLY, Some("once")).await;
    assert_eq!((&again.0["user"], &again.0["replayed"]), (&first.0["user"], &json!(true)), "{:#}", again.0);
    assert_eq!(create(&stage, "1", Some("once")).await.code(), "IDEMPOTENCY_MISMATCH");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_eight_who_make_the_same_account_at_once_one_does() {
    let stage = open().await;
    let all = futures_util::future::join_all((0..8).map(|_| create(&stage, NELLY, None))).await;
    assert_eq!(all.iter().filter(|it| it.is_done()).count(), 1);
    assert!(all.iter().filter(|it| !it.is_done()).all(|it| it.code() == "CONFLICT"));
}

/// While Discord takes its time, everybody else writes.
#[tokio::test]
async fn no_transaction_waits_for_discord() {
    let stage = open().await;
    stage.fake.close();
    let creating = create(&stage, NELLY, None);
    let meanwhile = async {
        stage.fake.until_asked_at_once(1).await;
        let new: NewUser = user("somebody", None);
        let written = stage.arena.api.test.db.write(async |uow| uow.insert::<UserRow>(new).await).await;
        written.map_err(|error: inhouse::db::DbError| error).unwrap();
        stage.fake.open();
    };
    let (told, ()) = tokio::join!(creating, meanwhile);
    assert!(told.is_done(), "{:#}", told.0);
    let _: Value = told.0;
}
