//! Leagues, the roles in them, their organizations, how they rate, and their log.

use inhouse::db::models::{GameRow, LeagueOrganizationRow, NewGame};
use inhouse::types::{BracketType, EliminationType, EntityId as _, GameStatus, LeagueId};
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
    json!({ "leagueId": stage.league(), "userId": stage.id(who).to_global() })
}

/// `Winter League` and `DTX`, or `Other`.
fn link(stage: &Stage, is_other: bool) -> Value {
    let organization = if is_other { stage.other.id } else { stage.it.organization.id };
    json!({ "leagueId": stage.league(), "organizationId": organization.to_global() })
}

fn names(list: &Value, field: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|it| it[field].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn everybody_may_do_to_leagues_what_the_table_says_and_nothing_else() {
    let mut stage = Stage::set().await;
    let (id, organization) = (stage.league(), stage.organization());
    let stale = json!({ "id": id, "expectedVersion": 99 });
    let player = role(&stage, Who::Player);
    let create = json!({ "name": "", "steamLeagueId": 1, "organizationIds": [organization] });
    stage.may_only("OWS", "leagueCreate", create).await;
    stage.may_only("LOWS", "leagueUpdate", stale.clone()).await;
    stage.may_only("LOWS", "leagueDelete", stale).await;
    let stale = json!({ "leagueId": id, "expectedVersion": 99 });
    stage.may_only("LOWS", "leagueRatingSettingsUpdate", stale).await;
    stage.may_only("OWS", "leagueAdminRemove", player.clone()).await;
    stage.may_only("LOWS", "leagueStaffRemove", player).await;
    let (admin, staff) = (role(&stage, Who::LeagueAdmin), role(&stage, Who::LeagueStaff));
    stage.may_only("OWS", "leagueAdminAdd", admin).await;
    stage.may_only("LOWS", "leagueStaffAdd", staff).await;
    let (linked, unlinked) = (link(&stage, false), link(&stage, true));
    stage.may_only("OWS", "leagueOrganizationLink", linked).await;
    stage.may_only("LOWS", "leagueOrganizationUnlink", unlinked).await;
}

#[tokio::test]
async fn what_does_not_exist_is_told_by_its_field_and_what_is_no_id_is_bad_input() {
    let stage = stage(Who::Superuser).await;
    for mutation in ["leagueUpdate", "leagueDelete"] {
        let missing = stage.rejected(mutation, json!({ "id": "League:99" })).await;
        assert_eq!(missing, code_at("NOT_FOUND", &["id"]), "{mutation}");
    }
    let missing = stage.rejected("leagueRatingSettingsUpdate", json!({ "leagueId": "99" })).await;
    assert_eq!(missing, code_at("NOT_FOUND", &["leagueId"]));
    let (league, user) = (stage.league(), stage.it.cid.id.to_global());
    for mutation in ["leagueAdminAdd", "leagueAdminRemove", "leagueStaffAdd", "leagueStaffRemove"] {
        let missing = stage.rejected(mutation, json!({ "leagueId": "99", "userId": user })).await;
        assert_eq!(missing, code_at("NOT_FOUND", &["leagueId"]), "{mutation}");
        let missing = stage.rejected(mutation, json!({ "leagueId": league, "userId": "99" })).await;
        assert_eq!(missing, code_at("NOT_FOUND", &["userId"]), "{mutation}");
        // DOMAIN §10.5 bug 64
        let no_id = stage.refused(mutation, json!({ "leagueId": league, "userId": "cid" })).await;
        assert_eq!(no_id, "BAD_USER_INPUT", "{mutation}");
    }
    for mutation in ["leagueOrganizationLink", "leagueOrganizationUnlink"] {
        let missing = stage.rejected(mutation, json!({ "leagueId": league, "organizationId": "99" })).await;
        assert_eq!(missing, code_at("NOT_FOUND", &["organizationId"]), "{mutation}");
        let input = json!({ "leagueId": "99", "organizationId": stage.organization() });
        assert_eq!(stage.rejected(mutation, input).await, code_at("NOT_FOUND", &["leagueId"]), "{mutation}");
    }
    let input = json!({ "name": "New", "steamLeagueId": 5, "organizationIds": [stage.organization(), "99"] });
    assert_eq!(stage.rejected("leagueCreate", input).await, code_at("NOT_FOUND", &["organizationIds"]));
}

#[tokio::test]
async fn an_admin_of_an_organization_makes_a_league_with_its_rules_and_zone() {
    let mut stage = stage(Who::Owner).await;
    let organization = stage.organization();
    stage.ok("organizationUpdate", json!({ "id": organization, "rulesTemplate": "Be nice." })).await;
    let input = json!({ "name": " Spring ", "steamLeagueId": 300, "organizationIds": [organization, organization],
        "description": "<b onclick=\"x()\">bold</b>", "prizePool": " 100 € " });
    let payload = stage.ok_once("leagueCreate", input).await;
    let made = &payload["league"];
    assert_eq!(
        (&made["version"], &made["name"], &made["steamLeagueId"]),
        (&json!(1), &json!("Spring"), &json!(300))
    );
    assert_eq!((&made["rules"], &made["timezone"]), (&json!("Be nice."), &json!("Europe/Berlin")));
    assert_eq!((&made["description"], &made["prizePool"]), (&json!("<b>bold</b>"), &json!("100 €")));
    assert_eq!(names(&made["organizations"], "name"), ["DTX"]);
    let query = "query($id: ID!) { league(id: $id) { viewerRole logs { nodes { action name organizationName
        organization { name } } } } }";
    let data = stage.api.data_with(query, json!({ "id": made["id"] })).await;
    let expected = json!([
        { "action": "LINK_ORGANIZATION", "name": "Spring", "organizationName": "DTX", "organization": { "name": "DTX" } },
        { "action": "CREATE", "name": "Spring", "organizationName": null, "organization": null },
    ]);
    assert_eq!(data["league"], json!({ "viewerRole": "ADMIN", "logs": { "nodes": expected } }));
    let input = json!({ "name": "Own", "steamLeagueId": 301, "organizationIds": [organization], "rules": "Mine.",
        "timezone": "UTC" });
    let payload = stage.ok("leagueCreate", input).await;
    assert_eq!(
        (&payload["league"]["rules"], &payload["league"]["timezone"]),
        (&json!("Mine."), &json!("UTC"))
    );
    stage.log_in(Who::Player);
}

// DOMAIN §10.5 bug 57
#[tokio::test]
async fn a_league_is_made_by_admins_of_all_its_organizations_only() {
    let mut stage = stage(Who::Player).await;
    let (own, other) = (stage.organization(), stage.other.id.to_global());
    let input = |ids: Value| json!({ "name": "New", "steamLeagueId": 300, "organizationIds": ids });
    assert_eq!(stage.refused("leagueCreate", input(json!([]))).await, "FORBIDDEN", "any user");
    stage.log_in(Who::Owner);
    assert_eq!(
        stage.refused("leagueCreate", input(json!([own, other]))).await,
        "FORBIDDEN",
        "one is not ann's"
    );
    assert_eq!(stage.refused("leagueCreate", input(json!([]))).await, "FORBIDDEN");
    stage.log_in(Who::Superuser);
    let none = stage.rejected("leagueCreate", input(json!([]))).await;
    assert_eq!(none, code_at("INVALID_INPUT", &["organizationIds"]));
    let payload = stage.ok("leagueCreate", input(json!([other, own]))).await;
    assert_eq!(names(&payload["league"]["organizations"], "name"), ["DTX", "Other"]);
}

#[tokio::test]
async fn a_league_that_makes_no_sense_is_not_made() {
    let stage = stage(Who::Owner).await;
    for (field, value, code) in [
        ("name", json!(""), "INVALID_INPUT"),
        ("steamLeagueId", json!(0), "INVALID_INPUT"),
        ("steamLeagueId", json!(17_929), "CONFLICT"),
        ("description", json!("x".repeat(10_001)), "INVALID_INPUT"),
        ("rules", json!("x".repeat(50_001)), "INVALID_INPUT"),
        ("prizePool", json!("x".repeat(101)), "INVALID_INPUT"),
        ("timezone", json!("Mars/Olympus"), "INVALID_INPUT"),
    ] {
        let mut input =
            json!({ "name": "New", "steamLeagueId": 300, "organizationIds": [stage.organization()] });
        input[field] = value.clone();
        assert_eq!(stage.rejected("leagueCreate", input).await, code_at(code, &[field]), "{field}");
        let input = json!({ "id": stage.league(), field: value });
        if field != "steamLeagueId" || code != "CONFLICT" {
            assert_eq!(stage.rejected("leagueUpdate", input).await, code_at(code, &[field]), "{field}");
        }
    }
    let input = json!({ "id": stage.league(), "steamLeagueId": 2 });
    assert_eq!(stage.rejected("leagueUpdate", input).await, code_at("CONFLICT", &["steamLeagueId"]));
}

#[tokio::test]
async fn league_admins_change_settings_and_the_log_tells_from_what_to_what() {
    let mut stage = stage(Who::LeagueAdmin).await;
    let id = stage.league();
    let input = json!({ "id": id, "expectedVersion": 1, "name": "Winter", "steamLeagueId": 5, "rules": "**No** cheats",
        "prizePool": "", "timezone": "UTC" });
    let payload = stage.ok_once("leagueUpdate", input).await;
    let changed = &payload["league"];
    assert_eq!(
        (&changed["version"], &changed["name"], &changed["steamLeagueId"]),
        (&json!(2), &json!("Winter"), &json!(5))
    );
    let log = stage.league_log().await;
    let change = |field: &str, from: &str, to: &str| json!({ "field": field, "from": from, "to": to });
    let expected = json!({ "action": "UPDATE", "name": "Winter League", "actor": { "username": "lea" },
        "targetUser": null, "organizationName": null, "changes": [
            change("name", "Winter League", "Winter"),
            change("steamLeagueId", "17929", "5"),
            change("rules", "", "**No** cheats"),
            change("timezone", "America/New_York", "UTC"),
        ] });
    assert_eq!(log, [expected]);
    stage.idle("leagueUpdate", json!({ "id": id, "name": "Winter", "steamLeagueId": 5 })).await;
    let stale = stage.rejected("leagueUpdate", json!({ "id": id, "expectedVersion": 1 })).await;
    assert_eq!(stale, code_at("STALE_VERSION", &["expectedVersion"]));
}

#[tokio::test]
async fn rating_settings_are_changed_within_their_ranges() {
    let mut stage = stage(Who::LeagueAdmin).await;
    let id = stage.league();
    let input = json!({ "leagueId": id, "expectedVersion": 1, "ratingSystem": "FIXED_DELTA", "kFactorDefault": 0,
        "kFactorPlacement": 40.5, "placementGames": 0, "fixedDelta": 30, "ageDecayEnabled": true,
        "ageDecayHalfLifeDays": 1, "ageDecayMinimum": 1, "recalcMaxAgeDays": 0, "recalcMmrThreshold": 0 });
    let payload = stage.ok_once("leagueRatingSettingsUpdate", input).await;
    let expected = json!({ "ratingSystem": "FIXED_DELTA", "kFactorDefault": 0.0, "kFactorPlacement": 40.5,
        "placementGames": 0, "fixedDelta": 30.0, "ageDecayEnabled": true, "ageDecayHalfLifeDays": 1,
        "ageDecayMinimum": 1.0, "recalcMaxAgeDays": 0, "recalcMmrThreshold": 0 });
    assert_eq!(payload["league"]["ratingSettings"], expected);
    let log = stage.league_log().await;
    assert_eq!(log[0]["changes"].as_array().unwrap().len(), 10);
    assert_eq!(log[0]["changes"][0], json!({ "field": "ratingSystem", "from": "elo", "to": "fixed_delta" }));
    stage.idle("leagueRatingSettingsUpdate", json!({ "leagueId": id, "fixedDelta": 30 })).await;
    for (field, value) in [
        ("kFactorDefault", json!(-0.1)),
        ("kFactorPlacement", json!(-1)),
        ("placementGames", json!(-1)),
        ("fixedDelta", json!(-25)),
        ("ageDecayHalfLifeDays", json!(0)),
        ("ageDecayMinimum", json!(1.1)),
        ("ageDecayMinimum", json!(-0.1)),
        ("recalcMaxAgeDays", json!(-1)),
        ("recalcMmrThreshold", json!(-1)),
    ] {
        let input = json!({ "leagueId": id, field: value });
        let rejected = stage.rejected("leagueRatingSettingsUpdate", input).await;
        assert_eq!(rejected, code_at("INVALID_INPUT", &[field]), "{field}");
    }
}

#[tokio::test]
async fn roles_in_a_league_are_given_and_taken_and_everything_is_logged() {
    let mut stage = stage(Who::OrganizationAdmin).await;
    let payload = stage.ok_once("leagueAdminAdd", role(&stage, Who::Player)).await;
    assert_eq!(names(&payload["league"]["admins"], "username"), ["cid", "lea"]);
    let payload = stage.ok_once("leagueAdminRemove", role(&stage, Who::Player)).await;
    assert_eq!(names(&payload["league"]["admins"], "username"), ["lea"]);
    stage.log_in(Who::LeagueAdmin);
    let payload = stage.ok_once("leagueStaffAdd", role(&stage, Who::Player)).await;
    assert_eq!(names(&payload["league"]["staff"], "username"), ["bob", "cid"]);
    let payload = stage.ok_once("leagueStaffRemove", role(&stage, Who::LeagueStaff)).await;
    assert_eq!(names(&payload["league"]["staff"], "username"), ["cid"]);
    let told: Vec<String> = stage
        .league_log()
        .await
        .iter()
        .map(|it| format!("{} {} {}", it["actor"]["username"], it["action"], it["targetUser"]["username"]))
        .map(|it| it.replace('"', ""))
        .collect();
    let expected = ["lea REMOVE_STAFF bob", "lea ADD_STAFF cid", "oda REMOVE_ADMIN cid", "oda ADD_ADMIN cid"];
    assert_eq!(told, expected);
}

// DOMAIN §10.5 bug 64
#[tokio::test]
async fn a_role_in_a_league_given_or_taken_again_is_not_logged() {
    let stage = stage(Who::Owner).await;
    stage.idle("leagueAdminAdd", role(&stage, Who::LeagueAdmin)).await;
    stage.idle("leagueStaffAdd", role(&stage, Who::LeagueStaff)).await;
    stage.idle("leagueAdminRemove", role(&stage, Who::LeagueStaff)).await;
    stage.idle("leagueStaffRemove", role(&stage, Who::LeagueAdmin)).await;
    stage.idle("leagueStaffRemove", role(&stage, Who::Player)).await;
}

#[tokio::test]
async fn a_user_has_at_most_one_role_in_a_league() {
    let mut stage = stage(Who::Owner).await;
    let payload = stage.ok("leagueAdminAdd", role(&stage, Who::LeagueStaff)).await;
    assert_eq!(names(&payload["league"]["admins"], "username"), ["bob", "lea"]);
    assert_eq!(payload["league"]["staff"], json!([]));
    let log = stage.league_log().await;
    assert_eq!(log[0]["changes"], json!([{ "field": "role", "from": "staff", "to": "admin" }]));
    let demoted = stage.rejected("leagueStaffAdd", role(&stage, Who::LeagueStaff)).await;
    assert_eq!(demoted, code_at("CONFLICT", &["userId"]));
}

// DOMAIN §10.5 bug 57
#[tokio::test]
async fn an_organization_is_linked_by_who_administers_it_and_the_league() {
    let mut stage = stage(Who::LeagueAdmin).await;
    let input = link(&stage, true);
    for who in [Who::LeagueAdmin, Who::Owner, Who::OwnerOfOther, Who::SiteStaff] {
        stage.log_in(who);
        assert_eq!(stage.refused("leagueOrganizationLink", input.clone()).await, "FORBIDDEN", "{who:?}");
    }
    stage.log_in(Who::Superuser);
    let payload = stage.ok_once("leagueOrganizationLink", input.clone()).await;
    assert_eq!(names(&payload["league"]["organizations"], "name"), ["DTX", "Other"]);
    stage.idle("leagueOrganizationLink", input).await;
    let log = stage.league_log().await;
    assert_eq!(
        (&log[0]["action"], &log[0]["organizationName"]),
        (&json!("LINK_ORGANIZATION"), &json!("Other"))
    );
    assert_eq!(log.len(), 1);
}

#[tokio::test]
async fn an_organization_is_unlinked_unless_it_is_the_last_and_forgets_its_default_league() {
    let mut stage = stage(Who::Owner).await;
    let input = link(&stage, false);
    let last = stage.rejected("leagueOrganizationUnlink", input.clone()).await;
    assert_eq!(last, code_at("CONFLICT", &["organizationId"]));
    let default = json!({ "id": stage.organization(), "defaultLeagueId": stage.league() });
    stage.ok("organizationUpdate", default).await;
    let (league_id, organization_id) = (stage.it.league.id, stage.other.id);
    stage.write(async |uow| uow.link(&LeagueOrganizationRow { league_id, organization_id }).await).await;
    stage.log_in(Who::LeagueAdmin);
    let payload = stage.ok_once("leagueOrganizationUnlink", input.clone()).await;
    assert_eq!(names(&payload["league"]["organizations"], "name"), ["Other"]);
    stage.idle("leagueOrganizationUnlink", input).await;
    let log = stage.league_log().await;
    assert_eq!(
        (&log[0]["action"], &log[0]["organizationName"]),
        (&json!("UNLINK_ORGANIZATION"), &json!("DTX"))
    );
    let log = stage.organization_log().await;
    let change = json!([{ "field": "defaultLeagueId", "from": league_id.to_string(), "to": null }]);
    assert_eq!(log[0]["changes"], change);
    let query = "query($id: ID!) { organization(id: $id) { defaultLeague { id } leagues { id } } }";
    let data = stage.api.data_with(query, json!({ "id": stage.organization() })).await;
    assert_eq!(data["organization"], json!({ "defaultLeague": null, "leagues": [] }));
}

#[tokio::test]
async fn a_deleted_league_leaves_its_tournaments_and_its_log() {
    let mut stage = stage(Who::LeagueAdmin).await;
    let id = stage.league();
    stage.log_in(Who::Owner);
    stage.ok("organizationUpdate", json!({ "id": stage.organization(), "defaultLeagueId": id })).await;
    stage.log_in(Who::LeagueAdmin);
    let stale = json!({ "id": id, "expectedVersion": 7 });
    assert_eq!(stage.rejected("leagueDelete", stale).await.0, "STALE_VERSION");
    let payload = stage.ok_once("leagueDelete", json!({ "id": id, "expectedVersion": 1 })).await;
    assert_eq!(payload["deletedId"], json!(id));
    let query = "query($id: ID!) { league(id: $id) { id } tournaments { nodes { name league { id } } }
        organizations { nodes { name defaultLeague { id } leagueCount } } }";
    let data = stage.api.data_with(query, json!({ "id": id })).await;
    assert_eq!(data["league"], Value::Null);
    assert_eq!(data["tournaments"]["nodes"], json!([{ "name": "Winter Cup", "league": null }]));
    let dtx = json!({ "name": "DTX", "defaultLeague": null, "leagueCount": 0 });
    assert_eq!(data["organizations"]["nodes"][0], dtx);
    let mut sql = Sql::connect(&stage.api.test.url).await;
    assert_eq!(sql.count("league_logs WHERE action = 'delete'").await, 1, "the log outlives it");
}

#[tokio::test]
async fn results_of_games_that_belong_to_no_tournament_are_lost_on_purpose_only() {
    let stage = stage(Who::OwnerOfOther).await;
    stage.write(async |uow| uow.insert::<GameRow>(decided(&stage, stage.other_league.id)).await).await;
    let id = stage.other_league.id.to_global();
    let lost = stage.rejected("leagueDelete", json!({ "id": id })).await;
    assert_eq!(lost, code_at("CONFLICT", &["confirmDiscardResults"]));
    stage.ok("leagueDelete", json!({ "id": id, "confirmDiscardResults": true })).await;
}

fn decided(stage: &Stage, league_id: LeagueId) -> NewGame {
    NewGame {
        tournament_id: None,
        league_id: Some(league_id),
        round: 1,
        position: 0,
        bracket_type: BracketType::Winners,
        elimination_type: EliminationType::Single,
        swiss_record_wins: 0,
        swiss_record_losses: 0,
        status: GameStatus::Completed,
        is_bye: false,
        steam_match_id: None,
        radiant_team_id: Some(stage.it.team_of_ann.id),
        dire_team_id: Some(stage.it.team_of_bob.id),
        winning_team_id: Some(stage.it.team_of_ann.id),
    }
}

#[tokio::test]
async fn the_log_is_shown_to_staff_of_the_league_only() {
    let mut stage = stage(Who::Owner).await;
    let id = stage.league();
    stage.ok("leagueUpdate", json!({ "id": id, "name": "a" })).await;
    let query = "query($id: ID!) { league(id: $id) { logs { totalCount nodes { id } } } }";
    let data = stage.api.data_with(query, json!({ "id": id })).await;
    let entry = data["league"]["logs"]["nodes"][0]["id"].clone();
    let query = "query($id: ID!, $entry: ID!) { league(id: $id) { logs { totalCount } }
        node(id: $entry) { ... on LeagueLogEntry { name } } }";
    let mut seen_by = String::new();
    for (letter, who) in Who::ALL {
        stage.log_in(who);
        let data = stage.api.data_with(query, json!({ "id": id, "entry": entry })).await;
        assert_eq!(data["node"].is_null(), data["league"]["logs"].is_null(), "{who:?}");
        if !data["node"].is_null() {
            seen_by.push(letter);
        }
    }
    assert_eq!(seen_by, "lLoOWS");
}
