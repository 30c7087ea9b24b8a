//! `cacheInvalidate`: who may, what it makes the next reader do, and what it says of names that are none.

use inhouse::types::UserId;
use serde_json::{Value, json};

use crate::support::{Community, TestApi, keeps_entries};

const INVALIDATE: &str = "mutation($target: CacheTargetInput!) {
    cacheInvalidate(input: { clientMutationId: \"mine\", target: $target }) {
        clientMutationId invalidated userErrors { __typename code message field }
    }
}";

const PAGE: &str = "{ tournaments { nodes { name teams { name } } } users { nodes { username } } }";

const SUPERUSER: UserId = UserId(99);

/// The queries that reading the page takes.
async fn page(api: &TestApi) -> u64 {
    let (_, answer) = api.run(PAGE, json!({})).await;
    answer["extensions"]["cache"]["queries"].as_u64().unwrap()
}

async fn start() -> TestApi {
    let mut api = TestApi::start().await;
    api.wants_report = true;
    api
}

async fn invalidate(api: &TestApi, target: Value) -> Value {
    api.data_with(INVALIDATE, json!({ "target": target })).await["cacheInvalidate"].clone()
}

#[tokio::test]
async fn only_superusers_may() {
    let mut api = TestApi::start().await;
    let code = async |api: &TestApi, target: Value| {
        let (_, answer) = api.run(INVALIDATE, json!({ "target": target })).await;
        assert_eq!(answer["data"], Value::Null);
        answer["errors"][0]["extensions"]["code"].clone()
    };
    for target in [json!({ "everything": true }), json!({ "model": "unheard_of" })] {
        assert_eq!(code(&TestApi::start().await, target).await, "UNAUTHENTICATED");
    }
    for is_staff in [false, true] {
        api.log_in(UserId(1), is_staff);
        assert_eq!(code(&api, json!({ "everything": true })).await, "FORBIDDEN", "staff: {is_staff}");
        assert_eq!(code(&api, json!({ "model": "unheard_of" })).await, "FORBIDDEN", "staff: {is_staff}");
    }
}

#[tokio::test]
async fn what_was_cached_of_the_target_is_read_anew() {
    let mut api = start().await;
    let it = Community::found(&api.test.db).await;
    api.log_in_as_superuser(SUPERUSER);
    let all = page(&api).await;
    let targets = [
        (json!({ "everything": true }), "everything".to_owned()),
        (json!({ "model": "tournament" }), "model tournament".to_owned()),
        (json!({ "rows": "user" }), "rows user".to_owned()),
        (
            json!({ "object": { "model": "tournament", "pk": it.tournament.id.0 } }),
            format!("object tournament {}", it.tournament.id),
        ),
        (
            json!({ "related": { "relation": "tournament.teams", "pk": it.tournament.id.0 } }),
            format!("related tournament.teams {}", it.tournament.id),
        ),
    ];
    for (target, shown) in targets {
        if keeps_entries() {
            assert_eq!(page(&api).await, 0, "before {shown}");
        }
        let told = invalidate(&api, target).await;
        let expected = json!({ "clientMutationId": "mine", "invalidated": shown, "userErrors": [] });
        assert_eq!(told, expected);
        let again = page(&api).await;
        assert!(again > 0 && again <= all, "{shown}: {again} of {all}");
    }
}

#[tokio::test]
async fn another_object_of_the_model_stays_cached() {
    let mut api = start().await;
    Community::found(&api.test.db).await;
    api.log_in_as_superuser(SUPERUSER);
    page(&api).await;
    invalidate(&api, json!({ "object": { "model": "tournament", "pk": 1_000 } })).await;
    let n_queries = page(&api).await;
    assert!(n_queries == 0 || !keeps_entries(), "{n_queries} queries");
}

#[tokio::test]
async fn a_name_that_is_none_is_a_user_error_that_lists_those_there_are() {
    let mut api = TestApi::start().await;
    api.log_in_as_superuser(SUPERUSER);
    let cases = [
        (json!({ "model": "usr" }), json!(["target", "model"])),
        (json!({ "rows": "usr" }), json!(["target", "rows"])),
        (json!({ "object": { "model": "usr", "pk": 1 } }), json!(["target", "object", "model"])),
        (json!({ "related": { "relation": "usr", "pk": 1 } }), json!(["target", "related", "relation"])),
    ];
    for (target, field) in cases {
        let told = invalidate(&api, target).await;
        assert_eq!(told["invalidated"], Value::Null);
        let error = &told["userErrors"][0];
        assert_eq!(error["__typename"], "GenericError");
        assert_eq!((&error["code"], &error["field"]), (&json!("INVALID_INPUT"), &field));
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("`usr`") && message.contains("tournament"), "{message}");
    }
}

#[tokio::test]
async fn everything_or_nothing() {
    let mut api = TestApi::start().await;
    api.log_in_as_superuser(SUPERUSER);
    for target in [json!({ "everything": false }), json!({}), json!({ "model": "user", "rows": "user" })] {
        let (_, answer) = api.run(INVALIDATE, json!({ "target": target.clone() })).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{target}: {answer}");
    }
}
