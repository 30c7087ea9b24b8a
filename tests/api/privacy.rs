//! E-mail addresses answer the user and site staff only (DOMAIN §6).

use inhouse::types::EntityId as _;
use serde_json::json;

use crate::support::{Community, TestApi};

#[tokio::test]
async fn an_address_is_shown_to_oneself_and_to_site_staff_only() {
    let mut api = TestApi::start().await;
    let it = Community::found(&api.test.db).await;
    let query = "query($id: ID!) { user(id: $id) { email } }";
    let id = json!({ "id": it.ann.id.to_global() });
    assert_eq!(api.data_with(query, id.clone()).await["user"]["email"], json!(null), "anonymous");
    api.log_in(it.bob.id, false);
    assert_eq!(api.data_with(query, id.clone()).await["user"]["email"], json!(null), "somebody else");
    api.log_in(it.ann.id, false);
    assert_eq!(api.data_with(query, id.clone()).await["user"]["email"], "ann@example.com", "oneself");
    api.log_in(it.bob.id, true);
    assert_eq!(api.data_with(query, id).await["user"]["email"], "ann@example.com", "site staff");
}

#[tokio::test]
async fn no_list_gives_addresses_away() {
    let api = TestApi::start().await;
    Community::found(&api.test.db).await;
    let data = api
        .data("{ users { nodes { email } } tournaments { nodes { players { nodes { email } } teams { members { email } } } } }")
        .await;
    assert!(!data.to_string().contains("@example.com"), "{data:#}");
}
