//! Organizations, the roles in them, and their log.

use inhouse::db::models::{LeagueOrganizationRow, UserChanges, UserRow};
use inhouse::types::EntityId as _;
use serde_json::{Value, json};

use super::stage::{Stage, Who};
use crate::support::sql::Sql;

fn code_at(code: &str, field: &[&str]) -> (String, Value) {
    (code.to_owned(), json!(field))
}

/// The stage with this caller.
async fn stage(who: Who) -> Stage {
    let mut stage = Stage::set().await;
    stage.log_in(who);
    stage
}

fn role(stage: &Stage, who: Who) -> Value {
    json!({ "organizationId": stage.organization(), "userId": stage.id(who).to_global() })
}

fn names(people: &Value) -> Vec<&str> {
    people.as_array().unwrap().iter().map(|it| it["username"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn everybody_may_do_to_organizations_what_the_table_says_and_nothing_else() {
    let mut stage = Stage::set().await;
    let id = stage.organization();
    let (owner, player) = (role(&stage, Who::Owner), role(&stage, Who::Player));
    let stale = json!({ "id": id, "expectedVersion": 99 });
    stage.may_only("tS", "organizationCreate", json!({ "name": "" })).await;
    stage.may_only("OWS", "organizationUpdate", stale.clone()).await;
    stage.may_only("tS", "organizationDelete", stale).await;
    stage.may_only("OWS", "organizationAdminAdd", owner.clone()).await;
    stage.may_only("WS", "organizationAdminRemove", player.clone()).await;
    stage.may_only("OWS", "organizationStaffAdd", owner.clone()).await;
    stage.may_only("OWS", "organizationStaffRemove", player).await;
    stage.may_only("WS", "organizationTransferOwnership", owner).await;
}

#[tokio::test]
async fn what_does_not_exist_is_told_by_its_field_and_what_is_no_id_is_bad_input() {
    let stage = stage(Who::Superuser).await;
    let user = stage.it.cid.id.to_global();
    for mutation in ["organizationUpdate", "organizationDelete"] {
        let missing = stage.rejected(mutation, json!({ "id": "Organization:99" })).await;
        assert_eq!(missing, code_at("NOT_FOUND", &["id"]), "{mutation}");
    }
    for mutation in [
        "organizationAdminAdd",
        "organizationAdminRemove",
        "organizationStaffAdd",
        "organizationStaffRemove",
        "organizationTransferOwnership",
    ] {
        let input = json!({ "organizationId": "99", "userId": user });
        let missing = stage.rejected(mutation, input).await;
        assert_eq!(missing, code_at("NOT_FOUND", &["organizationId"]), "{mutation}");
        let input = json!({ "organizationId": stage.organization(), "userId": "User:99" });
        assert_eq!(stage.rejected(mutation, input).await, code_at("NOT_FOUND", &["userId"]), "{mutation}");
        // DOMAIN §10.5 bug 64
        let input = json!({ "organizationId": stage.organization(), "userId": "cid" });
        assert_eq!(stage.refused(mutation, input).await, "BAD_USER_INPUT", "{mutation}");
    }
}

#[tokio::test]
async fn staff_make_organizations_for_themselves_or_for_others() {
    let stage = stage(Who::SiteStaff).await;
    let input = json!({ "name": " Ancients ", "description": "**We** <script>alert(1)</script>play",
        "rulesTemplate": "[x](javascript:alert(1))", "logo": "https://a.example/l.png",
        "discordLink": "https://discord.gg/abc", "discordServerId": "42", "timezone": "europe/berlin",
        "ownerId": stage.it.cid.id.to_global() });
    let payload = stage.ok_once("organizationCreate", input).await;
    let made = &payload["organization"];
    let id = made["id"].clone();
    let expected = json!({ "id": id, "version": 1, "name": "Ancients", "description": "**We** play",
        "rulesTemplate": "x", "logo": "https://a.example/l.png", "discordLink": "https://discord.gg/abc",
        "discordServerId": "42", "timezone": "Europe/Berlin", "owner": { "username": "cid" }, "admins": [],
        "staff": [], "defaultLeague": null });
    assert_eq!(*made, expected);
    let payload = stage.ok("organizationCreate", json!({ "name": "Own" })).await;
    let own = &payload["organization"];
    assert_eq!((&own["owner"]["username"], &own["timezone"]), (&json!("eve"), &json!("America/New_York")));
    let query = "query($id: ID!) { organization(id: $id) {
        logs { nodes { action name actor { username } targetUser { username } } } } }";
    let mut stage = stage;
    stage.log_in(Who::Player);
    let data = stage.api.data_with(query, json!({ "id": id })).await;
    let entry = json!({ "action": "CREATE", "name": "Ancients", "actor": { "username": "eve" },
        "targetUser": { "username": "cid" } });
    assert_eq!(data["organization"]["logs"]["nodes"], json!([entry]));
}

#[tokio::test]
async fn an_organization_that_makes_no_sense_is_not_made() {
    let stage = stage(Who::SiteStaff).await;
    for (field, value) in [
        ("name", json!("  ")),
        ("name", json!("x".repeat(256))),
        ("description", json!("x".repeat(10_001))),
        ("rulesTemplate", json!("x".repeat(50_001))),
        ("logo", json!("javascript:alert(1)")),
        ("discordLink", json!("discord.gg/abc")),
        ("discordServerId", json!("my server")),
        ("timezone", json!("Mars/Olympus")),
    ] {
        let mut input = json!({ "name": "Ancients" });
        input[field] = value;
        let rejected = stage.rejected("organizationCreate", input).await;
        assert_eq!(rejected, code_at("INVALID_INPUT", &[field]), "{field}");
    }
    let input = json!({ "name": "Ancients", "ownerId": "User:99" });
    assert_eq!(stage.rejected("organizationCreate", input).await, code_at("NOT_FOUND", &["ownerId"]));
}

#[tokio::test]
async fn admins_change_settings_and_the_log_tells_from_what_to_what() {
    let mut stage = stage(Who::OrganizationAdmin).await;
    let id = stage.organization();
    let input = json!({ "id": id, "expectedVersion": 1, "name": "DTX 2", "description": "new",
        "discordServerId": "42", "defaultLeagueId": stage.league(), "timezone": "Europe/Berlin" });
    let payload = stage.ok_once("organizationUpdate", input).await;
    let changed = &payload["organization"];
    assert_eq!((&changed["version"], &changed["name"]), (&json!(2), &json!("DTX 2")));
    assert_eq!(changed["defaultLeague"], json!({ "name": "Winter League" }));
    let log = stage.organization_log().await;
    let change = |field: &str, from: Value, to: Value| json!({ "field": field, "from": from, "to": to });
    let expected = json!({ "action": "UPDATE", "name": "DTX", "actor": { "username": "oda" }, "targetUser": null,
        "previousOwner": null, "changes": [
            change("name", json!("DTX"), json!("DTX 2")),
            change("description", json!(""), json!("new")),
            change("discordServerId", json!(null), json!("42")),
            change("defaultLeagueId", json!(null), json!(stage.it.league.id.to_string())),
        ] });
    assert_eq!(log, [expected]);
    stage.idle("organizationUpdate", json!({ "id": id, "name": "DTX 2", "logo": null })).await;
    let stale =
        stage.rejected("organizationUpdate", json!({ "id": id, "name": "x", "expectedVersion": 1 })).await;
    assert_eq!(stale, code_at("STALE_VERSION", &["expectedVersion"]));
    let input = json!({ "id": id, "defaultLeagueId": null, "discordServerId": null });
    let payload = stage.ok("organizationUpdate", input).await;
    assert_eq!(payload["organization"]["defaultLeague"], Value::Null);
    assert_eq!(payload["organization"]["discordServerId"], Value::Null);
}

#[tokio::test]
async fn settings_that_make_no_sense_are_refused() {
    let stage = stage(Who::Owner).await;
    for (field, value, code) in [
        ("name", json!(""), "INVALID_INPUT"),
        ("logo", json!("ftp://a.example"), "INVALID_INPUT"),
        ("timezone", json!(""), "INVALID_INPUT"),
        ("discordServerId", json!("-1"), "INVALID_INPUT"),
        ("defaultLeagueId", json!("League:99"), "NOT_FOUND"),
        ("defaultLeagueId", json!(stage.other_league.id.to_global()), "CONFLICT"),
    ] {
        let input = json!({ "id": stage.organization(), field: value });
        let rejected = stage.rejected("organizationUpdate", input).await;
        assert_eq!(rejected, code_at(code, &[field]), "{field}");
    }
}

// DOMAIN §10.5 bug 57
#[tokio::test]
async fn an_update_of_an_organization_moves_neither_its_owner_nor_its_roles() {
    let stage = stage(Who::OrganizationAdmin).await;
    for field in ["ownerId", "owner", "adminIds", "staffIds"] {
        let input = json!({ "id": stage.organization(), field: stage.oda.to_global() });
        assert_eq!(stage.refused("organizationUpdate", input).await, "BAD_USER_INPUT", "{field}");
    }
    let input = role(&stage, Who::OrganizationAdmin);
    assert_eq!(stage.refused("organizationTransferOwnership", input).await, "FORBIDDEN");
}

#[tokio::test]
async fn admins_give_and_take_roles_and_everything_is_logged() {
    let mut stage = stage(Who::OrganizationAdmin).await;
    let payload = stage.ok_once("organizationStaffAdd", role(&stage, Who::Player)).await;
    assert_eq!(names(&payload["organization"]["staff"]), ["cid", "ole"]);
    let payload = stage.ok_once("organizationAdminAdd", role(&stage, Who::LeagueStaff)).await;
    assert_eq!(names(&payload["organization"]["admins"]), ["bob", "oda"]);
    let payload = stage.ok_once("organizationStaffRemove", role(&stage, Who::Player)).await;
    assert_eq!(names(&payload["organization"]["staff"]), ["ole"]);
    stage.log_in(Who::Owner);
    let payload = stage.ok_once("organizationAdminRemove", role(&stage, Who::LeagueStaff)).await;
    assert_eq!(names(&payload["organization"]["admins"]), ["oda"]);
    let log = stage.organization_log().await;
    let told: Vec<_> = log
        .iter()
        .map(|it| (&it["action"], &it["actor"]["username"], &it["targetUser"]["username"]))
        .collect();
    let expected = [
        (json!("REMOVE_ADMIN"), json!("ann"), json!("bob")),
        (json!("REMOVE_STAFF"), json!("oda"), json!("cid")),
        (json!("ADD_ADMIN"), json!("oda"), json!("bob")),
        (json!("ADD_STAFF"), json!("oda"), json!("cid")),
    ];
    assert_eq!(told, expected.each_ref().map(|(a, b, c)| (a, b, c)));
}

#[tokio::test]
async fn a_user_has_at_most_one_role_and_staff_made_admin_is_staff_no_more() {
    let mut stage = stage(Who::OrganizationAdmin).await;
    let payload = stage.ok("organizationAdminAdd", role(&stage, Who::OrganizationStaff)).await;
    let changed = &payload["organization"];
    assert_eq!((names(&changed["admins"]), names(&changed["staff"])), (vec!["oda", "ole"], vec![]));
    let log = stage.organization_log().await;
    assert_eq!(log.len(), 1);
    assert_eq!(log[0]["changes"], json!([{ "field": "role", "from": "staff", "to": "admin" }]));
    let demoted = stage.rejected("organizationStaffAdd", role(&stage, Who::OrganizationStaff)).await;
    assert_eq!(demoted, code_at("CONFLICT", &["userId"]), "who may make staff may not take the admin role");
}

// DOMAIN §10.5 bug 64
#[tokio::test]
async fn the_owner_is_made_neither_admin_nor_staff() {
    let stage = stage(Who::Owner).await;
    for mutation in ["organizationAdminAdd", "organizationStaffAdd"] {
        let owner = stage.rejected(mutation, role(&stage, Who::Owner)).await;
        assert_eq!(owner, code_at("CONFLICT", &["userId"]), "{mutation}");
    }
}

// DOMAIN §10.5 bug 64
#[tokio::test]
async fn a_role_given_or_taken_again_is_not_logged() {
    let stage = stage(Who::Owner).await;
    stage.idle("organizationAdminAdd", role(&stage, Who::OrganizationAdmin)).await;
    stage.idle("organizationStaffAdd", role(&stage, Who::OrganizationStaff)).await;
    stage.idle("organizationAdminRemove", role(&stage, Who::Player)).await;
    stage.idle("organizationStaffRemove", role(&stage, Who::Player)).await;
    // Staff is no admin, and an admin is no staff.
    stage.idle("organizationAdminRemove", role(&stage, Who::OrganizationStaff)).await;
    stage.idle("organizationStaffRemove", role(&stage, Who::OrganizationAdmin)).await;
}

#[tokio::test]
async fn an_owner_gives_the_organization_to_an_admin_and_becomes_one() {
    let mut stage = stage(Who::Owner).await;
    for who in [Who::OrganizationStaff, Who::Player] {
        let no_admin = stage.rejected("organizationTransferOwnership", role(&stage, who)).await;
        assert_eq!(no_admin, code_at("CONFLICT", &["userId"]), "{who:?}");
    }
    let mut input = role(&stage, Who::OrganizationAdmin);
    input["expectedVersion"] = json!(1);
    let payload = stage.ok_once("organizationTransferOwnership", input.clone()).await;
    let given = &payload["organization"];
    assert_eq!((&given["owner"]["username"], names(&given["admins"])), (&json!("oda"), vec!["ann"]));
    assert_eq!(given["version"], 2);
    let log = stage.organization_log().await;
    let expected = json!({ "action": "TRANSFER_OWNERSHIP", "name": "DTX", "actor": { "username": "ann" },
        "targetUser": { "username": "oda" }, "changes": [], "previousOwner": { "username": "ann" } });
    assert_eq!(log, [expected]);
    assert_eq!(stage.refused("organizationTransferOwnership", input).await, "FORBIDDEN", "ann is admin now");
    stage.log_in(Who::Superuser);
    let mut stale = role(&stage, Who::Owner);
    stale["expectedVersion"] = json!(1);
    assert_eq!(stage.rejected("organizationTransferOwnership", stale).await.0, "STALE_VERSION");
}

#[tokio::test]
async fn a_superuser_gives_an_organization_to_anybody() {
    let stage = stage(Who::Superuser).await;
    let payload = stage.ok("organizationTransferOwnership", role(&stage, Who::OrganizationStaff)).await;
    let given = &payload["organization"];
    assert_eq!(given["owner"]["username"], "ole");
    assert_eq!(
        (names(&given["admins"]), names(&given["staff"])),
        (vec!["ann", "oda"], vec![]),
        "in neither set"
    );
    let payload = stage.ok("organizationTransferOwnership", role(&stage, Who::Player)).await;
    assert_eq!(names(&payload["organization"]["admins"]), ["ann", "oda", "ole"]);
}

// DOMAIN §10.5 bug 64
#[tokio::test]
async fn an_organization_is_not_given_to_the_owner_it_has() {
    for who in [Who::Owner, Who::Superuser] {
        let stage = stage(who).await;
        let own = stage.rejected("organizationTransferOwnership", role(&stage, Who::Owner)).await;
        assert_eq!(own, code_at("CONFLICT", &["userId"]), "{who:?}");
    }
}

#[tokio::test]
async fn an_organization_is_not_deleted_while_a_league_belongs_to_no_other() {
    let stage = stage(Who::SiteStaff).await;
    let orphan = stage.rejected("organizationDelete", json!({ "id": stage.organization() })).await;
    assert_eq!(orphan, code_at("CONFLICT", &["id"]));
}

#[tokio::test]
async fn a_deleted_organization_leaves_its_leagues_people_and_log() {
    let mut stage = stage(Who::SiteStaff).await;
    let (id, league) = (stage.organization(), stage.league());
    let organization_id = stage.it.organization.id;
    stage
        .write(async |uow| {
            let league_id = stage.it.league.id;
            uow.link(&LeagueOrganizationRow { league_id, organization_id: stage.other.id }).await?;
            let changes =
                UserChanges { default_organization_id: Some(Some(organization_id)), ..Default::default() };
            uow.update::<UserRow>(stage.it.cid.id, changes).await
        })
        .await;
    let stale = json!({ "id": id, "expectedVersion": 7 });
    assert_eq!(stage.rejected("organizationDelete", stale).await.0, "STALE_VERSION");
    let payload = stage.ok_once("organizationDelete", json!({ "id": id, "expectedVersion": 1 })).await;
    assert_eq!(payload["deletedId"], json!(id));
    let query = "query($id: ID!, $league: ID!) { organization(id: $id) { id } league(id: $league) {
        tournamentCount organizations { name } } users { totalCount } }";
    let data = stage.api.data_with(query, json!({ "id": id, "league": league })).await;
    assert_eq!(data["organization"], Value::Null);
    assert_eq!(data["league"], json!({ "tournamentCount": 1, "organizations": [{ "name": "Other" }] }));
    assert_eq!(data["users"]["totalCount"], 9);
    stage.log_in(Who::Player);
    let data = stage.api.data("{ viewer { defaultOrganization { id } } }").await;
    assert_eq!(data["viewer"]["defaultOrganization"], Value::Null);
    let mut sql = Sql::connect(&stage.api.test.url).await;
    assert_eq!(sql.count("organization_logs WHERE action = 'delete'").await, 1, "the log outlives it");
    let gone = stage.rejected("organizationDelete", json!({ "id": id })).await;
    assert_eq!(gone, code_at("NOT_FOUND", &["id"]));
}

#[tokio::test]
async fn the_log_is_shown_to_staff_of_the_organization_newest_first_and_in_pages() {
    let mut stage = stage(Who::Owner).await;
    let id = stage.organization();
    for name in ["a", "b", "c"] {
        stage.ok("organizationUpdate", json!({ "id": id, "name": name })).await;
    }
    let query = "query($id: ID!, $after: String) { organization(id: $id) { logs(first: 2, after: $after) {
        totalCount pageInfo { hasNextPage endCursor } nodes { id name } } } }";
    let data = stage.api.data_with(query, json!({ "id": id })).await;
    let page = &data["organization"]["logs"];
    assert_eq!((&page["totalCount"], &page["pageInfo"]["hasNextPage"]), (&json!(3), &json!(true)));
    let shown = |page: &Value| {
        page["nodes"].as_array().unwrap().iter().map(|it| it["name"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(shown(page), ["b", "a"], "the name before the change");
    let after = &page["pageInfo"]["endCursor"];
    let rest = stage.api.data_with(query, json!({ "id": id, "after": after })).await;
    assert_eq!(shown(&rest["organization"]["logs"]), ["DTX"]);
    let entry = page["nodes"][0]["id"].clone();
    let node = "query($id: ID!, $entry: ID!) { organization(id: $id) { logs { totalCount } }
        node(id: $entry) { ... on OrganizationLogEntry { name } } }";
    let mut seen_by = String::new();
    for (letter, who) in Who::ALL {
        stage.log_in(who);
        let data = stage.api.data_with(node, json!({ "id": id, "entry": entry })).await;
        assert_eq!(data["node"].is_null(), data["organization"]["logs"].is_null(), "{who:?}");
        if !data["node"].is_null() {
            seen_by.push(letter);
        }
    }
    assert_eq!(seen_by, "oOWS");
}
