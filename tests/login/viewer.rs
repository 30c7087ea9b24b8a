//! What every page asks first: who is logged in, and what waits for them (DOMAIN §8.1).

use inhouse::db::models::UserChanges;
use serde_json::json;

use super::browser::{Browser, OWN_PAGE};
use super::site::Site;
use crate::support::Community;

const VIEWER: &str = "{ viewer {
    user { id username displayName mmr positions { carry } }
    email isStaff isSuperuser needsMmrVerification
    defaultOrganization { id name }
    activeDrafts { __typename ... on ActivePlayerDraft { isMyTurn tournament { id } } }
} }";

#[tokio::test]
async fn whoever_is_logged_in_is_told_who_they_are_and_which_drafts_wait_for_them() {
    let site = Site::open().await;
    let community = Community::found(&site.test.db).await;
    let changes = UserChanges {
        default_organization_id: Some(Some(community.organization.id)),
        is_staff: Some(true),
        ..UserChanges::default()
    };
    site.change(community.bob.id, changes).await;
    let mut browser = Browser::default();
    browser.post(&site.server, &format!("/auth/dev?user={}", community.bob.id), &[OWN_PAGE]).await;
    let answer = browser.ask(&site.server, VIEWER).await.json();
    let expected = json!({
        "user": {
            "id": format!("User:{}", community.bob.id), "username": "bob", "displayName": "bob", "mmr": 3_000,
            "positions": { "carry": 0 },
        },
        "email": "bob@example.com", "isStaff": true, "isSuperuser": false, "needsMmrVerification": false,
        "defaultOrganization": { "id": format!("Organization:{}", community.organization.id), "name": "DTX" },
        "activeDrafts": [{
            "__typename": "ActivePlayerDraft", "isMyTurn": true,
            "tournament": { "id": format!("Tournament:{}", community.tournament.id) },
        }],
    });
    assert_eq!(answer, json!({ "data": { "viewer": expected } }));
    let nobody = Browser::default().ask(&site.server, VIEWER).await.json();
    assert_eq!(nobody, json!({ "data": { "viewer": null } }));
}
