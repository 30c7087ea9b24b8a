//! Profiles, and what site staff do to people.

use inhouse::auth::hash_token;
use inhouse::db::models::{
    ApiTokenRow, LeagueRoleRow, NewApiToken, NewSession, NewUser, OrganizationRoleRow, SessionRow,
    UserChanges, UserRow,
};
use inhouse::service::user::UserRolesSet;
use inhouse::service::{Commands, Dice};
use inhouse::types::{EntityId as _, RoleKind, UserId, Viewer};
use serde_json::{Value, json};

use super::stage::{Stage, Who};
use crate::support::sql::Sql;
use crate::support::user;

fn code_at(code: &str, field: &[&str]) -> (String, Value) {
    (code.to_owned(), json!(field))
}

/// Global id of cid, and cid logged in.
async fn cid() -> (Stage, String) {
    let mut stage = Stage::set().await;
    stage.log_in(Who::Player);
    let id = stage.it.cid.id.to_global();
    (stage, id)
}

async fn staff() -> (Stage, String) {
    let (mut stage, id) = cid().await;
    stage.log_in(Who::SiteStaff);
    (stage, id)
}

#[tokio::test]
async fn users_change_their_own_profile() {
    let (stage, id) = cid().await;
    let input = json!({ "nickname": " Puck ", "steamId": "10007967", "hasActiveDotaMmr": true,
        "positions": { "carry": 1, "softSupport": 5 } });
    let payload = stage.ok_once("profileUpdate", input).await;
    let expected = json!({ "needsMmrVerification": true, "defaultOrganization": null, "user": {
        "id": id, "version": 2, "nickname": "Puck", "steamId": "76561197970273695", "steamAccountId": "10007967",
        "hasActiveDotaMmr": true,
        "positions": { "carry": 1, "mid": 0, "offlane": 0, "softSupport": 5, "hardSupport": 0 } } });
    assert_eq!(payload["viewer"], expected);
    let payload = stage.ok("profileUpdate", json!({ "nickname": null, "expectedVersion": 2 })).await;
    assert_eq!(payload["viewer"]["user"]["nickname"], Value::Null);
    assert_eq!(payload["viewer"]["user"]["positions"]["softSupport"], 5, "what is left out stays");
    let stale = stage.rejected("profileUpdate", json!({ "nickname": "Io", "expectedVersion": 2 })).await;
    assert_eq!(stale, code_at("STALE_VERSION", &["expectedVersion"]));
}

// DOMAIN §10.2 bug 27
#[tokio::test]
async fn a_profile_form_with_null_fields_is_accepted_from_users_without_a_steam_id() {
    let (stage, _) = cid().await;
    let input = json!({ "nickname": null, "steamId": null, "positions": null, "hasActiveDotaMmr": null });
    let payload = stage.idle("profileUpdate", input).await;
    assert_eq!(payload["viewer"]["user"]["version"], 1);
    stage.idle("profileUpdate", json!({ "positions": { "mid": null, "carry": 0 } })).await;
}

// DOMAIN §10.2 bug 27
#[tokio::test]
async fn a_steam_id_that_nobody_can_have_is_refused_and_one_that_is_taken_is_a_conflict() {
    let (mut stage, _) = cid().await;
    for steam_id in ["-5", "0", "x", "76561197960265728", "99999999999999999999"] {
        let rejected = stage.rejected("profileUpdate", json!({ "steamId": steam_id })).await;
        assert_eq!(rejected, code_at("INVALID_INPUT", &["steamId"]), "{steam_id}");
    }
    stage.log_in(Who::Owner);
    stage.ok("profileUpdate", json!({ "steamId": "7" })).await;
    stage.log_in(Who::Player);
    let taken = stage.rejected("profileUpdate", json!({ "steamId": "76561197960265735" })).await;
    assert_eq!(taken, code_at("CONFLICT", &["steamId"]));
}

// DOMAIN §10.2 bug 27
#[tokio::test]
async fn a_rank_out_of_range_is_refused() {
    let (stage, _) = cid().await;
    for rank in [-4, 6, 999] {
        let input = json!({ "nickname": "Puck", "positions": { "mid": 1, "softSupport": rank } });
        let rejected = stage.rejected("profileUpdate", input).await;
        assert_eq!(rejected, code_at("INVALID_INPUT", &["positions", "softSupport"]), "{rank}");
    }
    let long = stage.rejected("profileUpdate", json!({ "nickname": "x".repeat(101) })).await;
    assert_eq!(long, code_at("INVALID_INPUT", &["nickname"]));
}

// DOMAIN §10.2 bug 28
#[tokio::test]
async fn a_steam_id_comes_back_with_every_digit() {
    let (stage, _) = cid().await;
    let id = "76561198012345679";
    let payload = stage.ok("profileUpdate", json!({ "steamId": id })).await;
    assert_eq!(payload["viewer"]["user"]["steamId"], id);
    stage.idle("profileUpdate", json!({ "steamId": id })).await;
    assert_eq!(
        stage.refused("profileUpdate", json!({ "steamId": 76_561_198_012_345_679_i64 })).await,
        "BAD_USER_INPUT"
    );
}

#[tokio::test]
async fn a_steam_id_is_chosen_once_then_it_is_for_staff_to_change() {
    let (mut stage, id) = cid().await;
    stage.ok("profileUpdate", json!({ "steamId": "7" })).await;
    for other in [json!("8"), json!(null), json!("nonsense")] {
        assert_eq!(stage.refused("profileUpdate", json!({ "steamId": other })).await, "FORBIDDEN");
    }
    stage.idle("profileUpdate", json!({ "steamId": "76561197960265735" })).await;
    stage.log_in(Who::SiteStaff);
    let payload = stage.ok("userUpdate", json!({ "id": id, "steamId": "8" })).await;
    assert_eq!(payload["user"]["steamId"], "76561197960265736");
    let payload = stage.ok("userUpdate", json!({ "id": id, "steamId": null })).await;
    assert_eq!(payload["user"]["steamId"], Value::Null);
}

#[tokio::test]
async fn nobody_sets_their_own_mmr() {
    let (stage, id) = cid().await;
    assert_eq!(stage.refused("profileUpdate", json!({ "mmr": 9_000 })).await, "BAD_USER_INPUT");
    assert_eq!(stage.refused("userUpdate", json!({ "id": id, "mmr": 9_000 })).await, "FORBIDDEN");
    assert_eq!(stage.refused("userVerifyMmr", json!({ "userId": id, "mmr": 9_000 })).await, "FORBIDDEN");
}

#[tokio::test]
async fn pages_open_with_the_organization_that_was_chosen() {
    let (stage, _) = cid().await;
    let organization = stage.organization();
    let payload = stage.ok_once("defaultOrganizationSet", json!({ "organizationId": organization })).await;
    assert_eq!(payload["viewer"]["defaultOrganization"], json!({ "id": organization }));
    let unknown =
        stage.rejected("defaultOrganizationSet", json!({ "organizationId": "Organization:99" })).await;
    assert_eq!(unknown, code_at("NOT_FOUND", &["organizationId"]));
    stage.idle("defaultOrganizationSet", json!({ "organizationId": organization })).await;
    let payload = stage.ok("defaultOrganizationSet", json!({ "organizationId": null })).await;
    assert_eq!(payload["viewer"]["defaultOrganization"], Value::Null);
}

#[tokio::test]
async fn everybody_may_do_to_people_what_the_table_says_and_nothing_else() {
    let mut stage = Stage::set().await;
    let user = stage.it.cid.id.to_global();
    let stale = json!({ "userId": user, "expectedVersion": 99 });
    stage.may_only("plLoOWxtS", "profileUpdate", json!({})).await;
    stage.may_only("plLoOWxtS", "defaultOrganizationSet", json!({ "organizationId": null })).await;
    stage.may_only("tS", "userCreate", json!({ "username": "" })).await;
    stage.may_only("tS", "userUpdate", json!({ "id": user })).await;
    stage.may_only("tS", "userDeactivate", stale.clone()).await;
    stage.may_only("S", "userRolesSet", stale.clone()).await;
    stage.may_only("tS", "userVerifyMmr", json!({ "userId": user, "expectedVersion": 99, "mmr": 1 })).await;
    let staff = json!({ "userId": stage.eve.to_global(), "expectedVersion": 99 });
    stage.may_only("S", "userDeactivate", staff).await;
}

#[tokio::test]
async fn what_does_not_exist_is_told_by_its_field() {
    let (stage, _) = staff().await;
    for (mutation, field) in [
        ("userUpdate", "id"),
        ("userDeactivate", "userId"),
        ("userRolesSet", "userId"),
        ("userVerifyMmr", "userId"),
    ] {
        let mut input = json!({ field: "User:999" });
        if mutation == "userVerifyMmr" {
            input["mmr"] = json!(1);
        }
        assert_eq!(stage.rejected(mutation, input).await, code_at("NOT_FOUND", &[field]), "{mutation}");
        assert_eq!(
            stage.refused(mutation, json!({ field: "x", "mmr": 1 })).await,
            "BAD_USER_INPUT",
            "{mutation}"
        );
    }
}

#[tokio::test]
async fn staff_make_users_who_never_signed_in() {
    let (mut stage, _) = staff().await;
    let input = json!({ "username": " gil ", "nickname": "Gil", "email": "gil@example.com", "mmr": 20_000,
        "discordId": "100000000000251089", "steamId": "11", "positions": { "mid": 1 } });
    let payload = stage.ok_once("userCreate", input).await;
    let user = &payload["user"];
    assert_eq!((&user["username"], &user["email"]), (&json!("gil"), &json!("gil@example.com")));
    assert_eq!((&user["mmr"], &user["discordId"]), (&json!(20_000), &json!("100000000000251089")));
    assert_eq!((&user["steamId"], &user["positions"]["mid"]), (&json!("76561197960265739"), &json!(1)));
    assert_eq!((&user["isStaff"], &user["isActive"]), (&json!(false), &json!(true)));
    for (input, field) in [
        (json!({ "username": "gil" }), "username"),
        (json!({ "username": "hal", "steamId": "11" }), "steamId"),
        (json!({ "username": "hal", "discordId": "100000000000251089" }), "discordId"),
    ] {
        assert_eq!(stage.rejected("userCreate", input).await, code_at("CONFLICT", &[field]));
    }
    for (input, field) in [
        (json!({ "username": "" }), "username"),
        (json!({ "username": "x".repeat(151) }), "username"),
        (json!({ "username": "hal", "mmr": 20_001 }), "mmr"),
        (json!({ "username": "hal", "mmr": -1 }), "mmr"),
        (json!({ "username": "hal", "email": "hal" }), "email"),
        (json!({ "username": "hal", "discordId": "12a" }), "discordId"),
        (json!({ "username": "hal", "steamId": "-5" }), "steamId"),
    ] {
        assert_eq!(stage.rejected("userCreate", input).await, code_at("INVALID_INPUT", &[field]));
    }
    stage.log_in(Who::Player);
    let data = stage.api.data("{ users(filter: { search: \"gil\" }) { nodes { email } } }").await;
    assert_eq!(data["users"]["nodes"], json!([{ "email": null }]), "addresses stay private");
}

#[tokio::test]
async fn staff_change_profiles() {
    let (stage, id) = staff().await;
    let input = json!({ "id": id, "expectedVersion": 1, "username": "cid_2", "nickname": "Cid", "email": "",
        "mmr": 5_100, "positions": { "carry": 2 }, "hasActiveDotaMmr": true });
    let payload = stage.ok_once("userUpdate", input.clone()).await;
    let user = &payload["user"];
    assert_eq!(
        (&user["version"], &user["username"], &user["email"]),
        (&json!(2), &json!("cid_2"), &json!(""))
    );
    assert_eq!((&user["mmr"], &user["nickname"]), (&json!(5_100), &json!("Cid")));
    let stale = stage.rejected("userUpdate", input).await;
    assert_eq!(stale, code_at("STALE_VERSION", &["expectedVersion"]));
    stage.idle("userUpdate", json!({ "id": id, "username": "cid_2", "mmr": 5_100 })).await;
    let taken = stage.rejected("userUpdate", json!({ "id": id, "username": "ann" })).await;
    assert_eq!(taken, code_at("CONFLICT", &["username"]));
    let high = stage.rejected("userUpdate", json!({ "id": id, "mmr": 20_001 })).await;
    assert_eq!(high, code_at("INVALID_INPUT", &["mmr"]));
    let payload = stage.ok("userUpdate", json!({ "id": id, "mmr": null })).await;
    assert_eq!(payload["user"]["mmr"], Value::Null);
}

#[tokio::test]
async fn a_key_that_was_used_for_another_input_is_refused_even_if_only_a_null_differs() {
    let (stage, id) = staff().await;
    stage.ok("userUpdate", json!({ "id": id, "nickname": null, "idempotencyKey": "k" })).await;
    let other = stage.rejected("userUpdate", json!({ "id": id, "idempotencyKey": "k" })).await;
    assert_eq!(other, code_at("IDEMPOTENCY_MISMATCH", &["idempotencyKey"]));
}

// DOMAIN §10.5 bug 56
#[tokio::test]
async fn staff_can_make_nobody_superuser_not_even_themselves() {
    let (stage, _) = staff().await;
    let own = stage.eve.to_global();
    assert_eq!(
        stage.refused("userUpdate", json!({ "id": own, "isSuperuser": true })).await,
        "BAD_USER_INPUT"
    );
    assert_eq!(
        stage.refused("userCreate", json!({ "username": "gil", "isStaff": true })).await,
        "BAD_USER_INPUT"
    );
    assert_eq!(
        stage.refused("userRolesSet", json!({ "userId": own, "isSuperuser": true })).await,
        "FORBIDDEN"
    );
}

#[tokio::test]
async fn superusers_give_and_take_site_roles_and_the_last_one_stays_one() {
    let (mut stage, id) = cid().await;
    stage.log_in(Who::Superuser);
    let sue = stage.sue.to_global();
    let last = stage.rejected("userRolesSet", json!({ "userId": sue, "isSuperuser": false })).await;
    assert_eq!(last, code_at("CONFLICT", &["isSuperuser"]));
    let last = stage.rejected("userDeactivate", json!({ "userId": sue })).await;
    assert_eq!(last, code_at("CONFLICT", &["userId"]));
    let input = json!({ "userId": id, "isStaff": true, "isSuperuser": true, "expectedVersion": 1 });
    let payload = stage.ok_once("userRolesSet", input).await;
    assert_eq!((&payload["user"]["isStaff"], &payload["user"]["isSuperuser"]), (&json!(true), &json!(true)));
    stage.idle("userRolesSet", json!({ "userId": id, "isStaff": true })).await;
    let payload = stage.ok("userRolesSet", json!({ "userId": sue, "isSuperuser": false })).await;
    assert_eq!(payload["user"]["isSuperuser"], false, "there is another one now");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_superusers_who_take_the_right_from_each_other_do_not_both_succeed() {
    let stage = Stage::set().await;
    let changes = UserChanges { is_superuser: Some(true), ..UserChanges::default() };
    stage.write(async |uow| uow.update::<UserRow>(stage.eve, changes).await).await;
    let commands = Commands::new(stage.api.test.db.clone(), Dice::fair());
    let drop_other = async |actor: UserId, user_id: UserId| {
        let viewer = Viewer { user_id: Some(actor), is_superuser: true, ..Viewer::anonymous() };
        let command =
            UserRolesSet { user_id, expected_version: None, is_staff: None, is_superuser: Some(false) };
        commands.run(&viewer, None, command).await.is_ok()
    };
    let (first, second) = tokio::join!(drop_other(stage.eve, stage.sue), drop_other(stage.sue, stage.eve));
    assert_eq!(usize::from(first) + usize::from(second), 1, "whoever is second finds nobody else left");
}

#[tokio::test]
async fn an_mmr_that_was_seen_is_verified_now() {
    let (mut stage, id) = cid().await;
    stage.ok("profileUpdate", json!({ "hasActiveDotaMmr": true })).await;
    let due = "{ viewer { needsMmrVerification } }";
    assert_eq!(stage.api.data(due).await["viewer"]["needsMmrVerification"], true);
    stage.log_in(Who::SiteStaff);
    let payload = stage.ok_once("userVerifyMmr", json!({ "userId": id, "mmr": 5_000 })).await;
    let now = "2026-11-23T12:00:00.000000Z";
    assert_eq!((&payload["user"]["mmr"], &payload["user"]["mmrVerifiedAt"]), (&json!(5_000), &json!(now)));
    for mmr in [-1, 20_001] {
        let rejected = stage.rejected("userVerifyMmr", json!({ "userId": id, "mmr": mmr })).await;
        assert_eq!(rejected, code_at("INVALID_INPUT", &["mmr"]), "{mmr}");
    }
    let stale = json!({ "userId": id, "mmr": 5_000, "expectedVersion": 1 });
    assert_eq!(stage.rejected("userVerifyMmr", stale).await.0, "STALE_VERSION");
    stage.log_in(Who::Player);
    assert_eq!(stage.api.data(due).await["viewer"]["needsMmrVerification"], false);
}

// DOMAIN §10.2 bug 31
#[tokio::test]
async fn the_owner_of_an_organization_is_not_deactivated() {
    let (mut stage, _) = staff().await;
    let ann = stage.it.ann.id.to_global();
    let owner = stage.rejected("userDeactivate", json!({ "userId": ann })).await;
    assert_eq!(owner, code_at("CONFLICT", &["userId"]));
    stage.log_in(Who::Owner);
    let give = json!({ "organizationId": stage.organization(), "userId": stage.oda.to_global() });
    stage.ok("organizationTransferOwnership", give).await;
    stage.log_in(Who::SiteStaff);
    stage.ok("userDeactivate", json!({ "userId": ann })).await;
}

/// Everything there is to know of cid: a session, a token, roles, accounts elsewhere.
async fn furnish(stage: &Stage) {
    let (id, organization_id, league_id) = (stage.it.cid.id, stage.it.organization.id, stage.it.league.id);
    stage
        .write(async |uow| {
            let now = uow.now();
            let session = NewSession {
                token_hash: hash_token("session"),
                user_id: id,
                created_at: now,
                expires_at: now.saturating_add(jiff::SignedDuration::from_hours(1)),
            };
            uow.insert::<SessionRow>(session).await?;
            let token = NewApiToken {
                name: "token".to_owned(),
                token_hash: hash_token("token"),
                user_id: id,
                scopes: json!([]),
                created_at: now,
                expires_at: None,
            };
            uow.insert::<ApiTokenRow>(token).await?;
            uow.link(&OrganizationRoleRow { organization_id, user_id: id, role: RoleKind::Staff }).await?;
            uow.link(&LeagueRoleRow { league_id, user_id: id, role: RoleKind::Admin }).await?;
            let some = |text: &str| Some(Some(text.to_owned()));
            let changes = UserChanges {
                nickname: some("Secret nickname"),
                steam_id: Some(Some(76_561_197_960_265_735)),
                discord_id: some("100000000000251089"),
                discord_username: some("secret_username"),
                discord_nickname: some("Secret global name"),
                guild_nickname: some("Secret nick"),
                avatar: some("secret_avatar"),
                default_organization_id: Some(Some(organization_id)),
                has_active_dota_mmr: Some(true),
                ..UserChanges::default()
            };
            uow.update::<UserRow>(id, changes).await
        })
        .await;
}

#[tokio::test]
async fn a_deactivated_user_cannot_come_back_holds_no_role_and_cannot_be_recognised() {
    let (mut stage, id) = staff().await;
    furnish(&stage).await;
    let payload = stage.ok_once("userDeactivate", json!({ "userId": id, "expectedVersion": 2 })).await;
    let user = &payload["user"];
    assert_eq!(
        (&user["isActive"], &user["username"]),
        (&json!(false), &json!(format!("deactivated-{}", stage.it.cid.id)))
    );
    let row = stage.write(async |uow| uow.get::<UserRow>(stage.it.cid.id).await).await.unwrap();
    let shown = format!("{row:?}").to_lowercase();
    assert!(!shown.contains("secret") && !shown.contains("example.com") && !shown.contains("cid"), "{shown}");
    assert_eq!((row.steam_id, row.default_organization_id), (None, None));
    assert!(row.discord_id.is_some(), "kept to keep them out, and shown to nobody");
    let mut sql = Sql::connect(&stage.api.test.url).await;
    for table in ["sessions", "api_tokens"] {
        assert_eq!(sql.count(&format!("{table} WHERE revoked_at IS NOT NULL")).await, 1, "{table}");
    }
    let (organization, league) = (stage.organization_log().await, stage.league_log().await);
    assert_eq!(
        (&organization[0]["action"], &league[0]["action"]),
        (&json!("REMOVE_STAFF"), &json!("REMOVE_ADMIN"))
    );
    assert_eq!(organization[0]["actor"], json!({ "username": "eve" }));
    stage.idle("userDeactivate", json!({ "userId": id })).await;
}

#[tokio::test]
async fn what_a_deactivated_user_played_stays() {
    let (stage, id) = staff().await;
    let history = "{ tournaments { nodes { playerCount teams { name totalMmr size } draft { rounds { choice { id } } } } } }";
    let before = stage.api.data(history).await;
    stage.ok("userDeactivate", json!({ "userId": id })).await;
    assert_eq!(stage.api.data(history).await, before);
    let query = "query($id: ID!) { user(id: $id) { isActive teams { name } } users { nodes { id } } }";
    let data = stage.api.data_with(query, json!({ "id": id })).await;
    assert_eq!(data["user"], json!({ "isActive": false, "teams": [{ "name": "Radiance" }] }));
    let listed = data["users"]["nodes"].as_array().unwrap();
    assert!(!listed.iter().any(|it| it["id"] == json!(id)), "lists hold who is active");
}

#[tokio::test]
async fn a_deactivated_user_is_changed_by_nothing_and_given_nothing() {
    let (mut stage, id) = staff().await;
    let name = NewUser { ..user(&format!("deactivated-{}", stage.it.cid.id), None) };
    stage.write(async |uow| uow.insert::<UserRow>(name).await).await;
    let payload = stage.ok("userDeactivate", json!({ "userId": id })).await;
    let username = format!("deactivated-{}-2", stage.it.cid.id);
    assert_eq!(payload["user"]["username"], json!(username), "the name was taken");
    for (mutation, input, field) in [
        ("userUpdate", json!({ "id": id, "nickname": "Puck" }), "id"),
        ("userVerifyMmr", json!({ "userId": id, "mmr": 1 }), "userId"),
        ("organizationCreate", json!({ "name": "New", "ownerId": id }), "ownerId"),
    ] {
        assert_eq!(stage.rejected(mutation, input).await, code_at("CONFLICT", &[field]), "{mutation}");
    }
    stage.log_in(Who::Superuser);
    let (organization, league) = (stage.organization(), stage.league());
    for mutation in ["organizationAdminAdd", "organizationStaffAdd", "organizationTransferOwnership"] {
        let input = json!({ "organizationId": organization, "userId": id });
        assert_eq!(stage.rejected(mutation, input).await, code_at("CONFLICT", &["userId"]), "{mutation}");
    }
    for mutation in ["leagueAdminAdd", "leagueStaffAdd"] {
        let input = json!({ "leagueId": league, "userId": id });
        assert_eq!(stage.rejected(mutation, input).await, code_at("CONFLICT", &["userId"]), "{mutation}");
    }
    let roles = stage.rejected("userRolesSet", json!({ "userId": id, "isStaff": true })).await;
    assert_eq!(roles, code_at("CONFLICT", &["userId"]));
    stage.log_in(Who::Player);
    assert_eq!(stage.refused("profileUpdate", json!({ "nickname": "Puck" })).await, "UNAUTHENTICATED");
}
