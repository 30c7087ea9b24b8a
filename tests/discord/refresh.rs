//! `discordMembersRefresh`: once in five minutes for an organization, whoever asks and in whatever process; given back if
//! it comes to nothing; finished even if nobody waits for it.

use std::time::Duration;

use inhouse::service::guild::GuildError;
use inhouse::types::EntityId as _;
use serde_json::json;

use super::Trouble;
use super::stage::Stage;
use crate::support::sql::Sql;

/// So often somebody else's turn is waited for.
const PATIENCE: usize = 1_000_000;

#[tokio::test]
async fn the_list_is_fetched_anew_logged_and_then_left_alone_for_five_minutes() {
    let stage = Stage::open().await;
    stage.fake.fill("7", 2);
    stage.search(json!({})).await;
    stage.fake.fill("7", 3);
    let told = stage.refresh(&stage.owner(), None).await;
    assert_eq!(told.0["memberCount"], 3, "{:#}", told.0);
    assert_eq!(told.0["organization"]["name"], "DTX");
    assert_eq!(stage.search(json!({})).await.0, ["m1", "m2", "m3"]);
    let change = json!([{ "field": "discordMembers", "from": "2", "to": "3" }]);
    let entry = json!({ "action": "UPDATE", "actor": { "username": "owner" }, "targetUser": null, "changes": change });
    assert_eq!(stage.log().await, json!([entry]));

    let n_asked = stage.fake.n_asked();
    let again = stage.refresh(&stage.hire_outsider().await, None).await;
    assert_eq!(again.code(), "RATE_LIMITED");
    assert_eq!(again.0["errors"][0]["extensions"]["retryAfterMs"], 300_000, "whoever of its staff asks");
    assert_eq!(stage.fake.n_asked(), n_asked);
    let id = stage.arena.it.organization.id;
    for (now, left) in [("2026-11-23T12:04:59Z", Some(1)), ("2026-11-23T12:05:00Z", None)] {
        let guilds = stage.another_process(now);
        match (guilds.refresh(&stage.owner(), None, id).await, left) {
            (Ok(done), None) => assert_eq!(done.outcome.n_members, 3),
            (Err(GuildError::CoolingDown { retry_after }), Some(left)) => {
                assert_eq!(retry_after, Duration::from_secs(left));
            }
            (other, _) => panic!("{now}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn if_discord_fails_the_old_list_stays_and_the_next_try_need_not_wait() {
    let stage = Stage::open().await;
    stage.fake.fill("7", 1);
    stage.search(json!({})).await;
    stage.fake.fill("7", 2);
    stage.fake.lasting(Some(Trouble::Broken));
    let told = stage.refresh(&stage.owner(), None).await;
    assert_eq!(told.code(), "UNAVAILABLE");
    assert_eq!(stage.search(json!({})).await.0, ["m1"]);
    assert_eq!(stage.log().await, json!([]));
    let mut sql = Sql::connect(&stage.arena.api.test.url).await;
    assert_eq!(sql.count("leases").await, 0);
    stage.fake.lasting(None);
    assert_eq!(stage.refresh(&stage.owner(), None).await.0["memberCount"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixteen_at_once_in_two_processes_one_fetches() {
    let stage = Stage::open().await;
    stage.fake.fill("7", 1);
    let id = stage.arena.it.organization.id;
    let processes =
        [stage.another_process("2026-11-23T12:00:00Z"), stage.another_process("2026-11-23T12:00:00Z")];
    let tries = (0..16).map(|n| {
        let (guilds, viewer) = (processes[n % 2].clone(), stage.owner());
        inhouse::telemetry::spawn(async move { guilds.refresh(&viewer, None, id).await })
    });
    let mut n_done = 0;
    for tried in tries.collect::<Vec<_>>() {
        match tried.await.unwrap() {
            Ok(_) => n_done += 1,
            Err(GuildError::CoolingDown { .. }) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!((n_done, stage.fake.n_asked()), (1, 1));
    let mut sql = Sql::connect(&stage.arena.api.test.url).await;
    assert_eq!(sql.count("organization_logs").await, 1);
}

#[tokio::test]
async fn a_call_sent_again_answers_what_the_first_did_and_asks_nobody() {
    let stage = Stage::open().await;
    stage.fake.fill("7", 2);
    let first = stage.refresh(&stage.owner(), Some("once")).await;
    assert_eq!((&first.0["memberCount"], &first.0["replayed"]), (&json!(2), &json!(false)));
    stage.fake.lasting(Some(Trouble::Broken));
    let again = stage.refresh(&stage.owner(), Some("once")).await;
    assert_eq!((&again.0["memberCount"], &again.0["replayed"]), (&json!(2), &json!(true)), "{:#}", again.0);
    assert_eq!(stage.fake.n_asked(), 1);
    let input = json!({ "organizationId": stage.organization(), "idempotencyKey": "" });
    assert_eq!(
        stage.arena.call(&stage.owner(), "discordMembersRefresh", input, "").await.code(),
        "INVALID_INPUT"
    );
}

#[tokio::test]
async fn whoever_hangs_up_leaves_a_refresh_that_ends_as_it_should() {
    for (trouble, n_logs, n_leases) in [(None, 1, 1), (Some(Trouble::Forbidden), 0, 0)] {
        let stage = Stage::open().await;
        stage.fake.fill("7", 1);
        stage.fake.lasting(trouble);
        stage.fake.close();
        let guilds = stage.another_process("2026-11-23T12:00:00Z");
        let (owner, id) = (stage.owner(), stage.arena.it.organization.id);
        {
            let asking = std::pin::pin!(guilds.refresh(&owner, None, id));
            let hang_up = std::pin::pin!(stage.fake.until_asked_at_once(1));
            futures_util::future::select(asking, hang_up).await;
        }
        let mut sql = Sql::connect(&stage.arena.api.test.url).await;
        assert_eq!(
            (sql.count("organization_logs").await, sql.count("leases").await),
            (0, 1),
            "it is under way"
        );
        stage.fake.open();
        let mut left = PATIENCE;
        while (sql.count("organization_logs").await, sql.count("leases").await) != (n_logs, n_leases) {
            left = left.checked_sub(1).expect("it ends");
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn an_organization_without_a_guild_or_that_is_not_there_is_told_as_such() {
    let stage = Stage::open().await;
    stage.name_guild(None).await;
    let nowhere = inhouse::types::OrganizationId(4_711).to_global();
    for (organization, code) in [(stage.organization(), "CONFLICT"), (nowhere, "NOT_FOUND")] {
        let input = json!({ "organizationId": organization });
        let told = stage.arena.refused(&stage.owner(), "discordMembersRefresh", input).await;
        assert_eq!(told, (code.to_owned(), json!(["organizationId"])));
    }
}
