//! Who is registered for a tournament, and what becomes of teams when players are taken out: DOMAIN §1.6 rule 5.

use serde_json::{Value, json};

use super::arena::Arena;

/// Two teams: p1 (captain) with p3 (deputy) and p4; p2 alone. p5 to p7 are on no team.
async fn arena() -> Arena {
    let mmrs = [Some(5_000), Some(4_000), Some(3_000), None, Some(1_000), Some(900), Some(800)];
    let arena = Arena::open(2, &mmrs).await;
    let team = format!("Team:{}", arena.it.teams[0].id);
    let users = [0, 2, 3].map(|at| arena.player_id(at));
    arena.done(&arena.staff(), "teamMembersSet", json!({ "teamId": team, "userIds": users }), "").await;
    let deputy = json!({ "teamId": team, "deputyCaptainId": arena.player_id(2) });
    arena.done(&arena.staff(), "teamUpdate", deputy, "").await;
    arena
}

async fn teams(arena: &Arena) -> Value {
    let query = "query($id: ID!) { tournament(id: $id) { teams { captain { username }
        deputyCaptain { username } members { username } dropins { username } } } }";
    arena.read(query, json!({ "id": arena.tournament_id() })).await["tournament"]["teams"].clone()
}

fn remove(arena: &Arena, players: &[usize]) -> Value {
    let users: Vec<_> = players.iter().map(|at| arena.player_id(*at)).collect();
    json!({ "tournamentId": arena.tournament_id(), "userIds": users })
}

#[tokio::test]
async fn players_are_registered_once() {
    let arena = arena().await;
    let outsider = format!("User:{}", arena.it.outsider.id);
    let input = json!({ "tournamentId": arena.tournament_id(), "userIds": [outsider, arena.player_id(0)] });
    let select = "added { username } tournament { playerCount }";
    let added = arena.done(&arena.admin(), "tournamentPlayersAdd", input.clone(), select).await;
    assert_eq!(
        (&added["added"], &added["tournament"]["playerCount"]),
        (&json!([{ "username": "outsider" }]), &json!(8))
    );
    let again = arena.done(&arena.admin(), "tournamentPlayersAdd", input, select).await;
    assert_eq!((&again["added"], &again["tournament"]["playerCount"]), (&json!([]), &json!(8)));
}

#[tokio::test]
async fn whoever_does_not_exist_cannot_be_registered_and_the_others_are_not() {
    let arena = arena().await;
    let outsider = format!("User:{}", arena.it.outsider.id);
    let input = json!({ "tournamentId": arena.tournament_id(), "userIds": [outsider, "User:999"] });
    let refused = arena.refused(&arena.admin(), "tournamentPlayersAdd", input).await;
    assert_eq!(refused, ("NOT_FOUND".to_owned(), json!(["userIds", "1"])));
    let many: Vec<_> = (1..=101).map(|it| format!("User:{it}")).collect();
    let input = json!({ "tournamentId": arena.tournament_id(), "userIds": many });
    assert_eq!(arena.refused(&arena.admin(), "tournamentPlayersAdd", input).await.0, "BAD_USER_INPUT");
}

// DOMAIN §10.2 bug 22
#[tokio::test]
async fn the_deputy_leads_the_team_of_a_captain_who_is_taken_out() {
    let arena = arena().await;
    let removed = arena
        .done(&arena.admin(), "tournamentPlayersRemove", remove(&arena, &[0]), "removed { username }")
        .await;
    assert_eq!(removed["removed"], json!([{ "username": "p1" }]));
    let expected = json!({ "captain": { "username": "p3" }, "deputyCaptain": null,
        "members": [{ "username": "p3" }, { "username": "p4" }], "dropins": [] });
    assert_eq!(teams(&arena).await[0], expected);
}

// DOMAIN §10.2 bug 24
#[tokio::test]
async fn without_a_deputy_the_highest_mmr_leads_and_nobody_without_one_does() {
    let arena = arena().await;
    let team = format!("Team:{}", arena.it.teams[1].id);
    let users = [1, 3, 4, 5].map(|at| arena.player_id(at));
    let off = json!({ "teamId": format!("Team:{}", arena.it.teams[0].id), "userIds": [arena.player_id(0), arena.player_id(2)] });
    arena.done(&arena.staff(), "teamMembersSet", off, "").await;
    arena.done(&arena.staff(), "teamMembersSet", json!({ "teamId": team, "userIds": users }), "").await;
    arena.done(&arena.admin(), "tournamentPlayersRemove", remove(&arena, &[1]), "").await;
    assert_eq!(teams(&arena).await[1]["captain"]["username"], "p5", "p4 has no MMR");
}

#[tokio::test]
async fn a_team_nobody_is_left_in_is_deleted() {
    let arena = arena().await;
    arena.done(&arena.admin(), "tournamentPlayersRemove", remove(&arena, &[1, 4]), "").await;
    let teams = teams(&arena).await;
    assert_eq!(teams.as_array().unwrap().len(), 1);
    assert_eq!(teams[0]["captain"]["username"], "p1");
}

#[tokio::test]
async fn a_captains_team_can_be_deleted_or_the_captain_kept() {
    let arena = arena().await;
    let mut input = remove(&arena, &[4, 0]);
    input["onCaptain"] = json!("REJECT");
    let refused = arena.refused(&arena.admin(), "tournamentPlayersRemove", input.clone()).await;
    assert_eq!(refused, ("CONFLICT".to_owned(), json!(["onCaptain"])));
    input["onCaptain"] = json!("DELETE_TEAM");
    arena.done(&arena.admin(), "tournamentPlayersRemove", input, "").await;
    let teams = teams(&arena).await;
    assert_eq!(teams.as_array().unwrap().len(), 1);
    assert_eq!(teams[0]["captain"]["username"], "p2");
}

#[tokio::test]
async fn who_is_not_registered_is_passed_over_and_substitutes_go_too() {
    let arena = arena().await;
    let team = format!("Team:{}", arena.it.teams[1].id);
    arena
        .done(&arena.staff(), "teamDropinAdd", json!({ "teamId": team, "userId": arena.player_id(4) }), "")
        .await;
    assert_eq!(teams(&arena).await[1]["dropins"], json!([{ "username": "p5" }]));
    let mut input = remove(&arena, &[4]);
    input["userIds"].as_array_mut().unwrap().push(json!(format!("User:{}", arena.it.outsider.id)));
    let removed = arena.done(&arena.admin(), "tournamentPlayersRemove", input, "removed { username }").await;
    assert_eq!(removed["removed"], json!([{ "username": "p5" }]));
    assert_eq!(teams(&arena).await[1]["dropins"], json!([]));
}

#[tokio::test]
async fn while_the_draft_runs_members_stay_unless_somebody_insists_and_the_pool_shrinks_freely() {
    let arena = Arena::open(2, &[Some(5), Some(4), Some(3), Some(2), Some(1), Some(1), Some(1)]).await;
    arena.start("SNAKE").await;
    arena.done(&arena.admin(), "tournamentPlayersRemove", remove(&arena, &[6]), "").await;
    let refused = arena.refused(&arena.admin(), "tournamentPlayersRemove", remove(&arena, &[0])).await;
    assert_eq!(refused, ("CONFLICT".to_owned(), json!(["force"])));
    let board = arena.board().await;
    assert_eq!(board["draft"]["available"]["nodes"].as_array().unwrap().len(), 4);
}

// DOMAIN §10.2 bug 26
#[tokio::test]
async fn the_short_steam_id_follows_the_long_one() {
    let arena = arena().await;
    let select = "user { steamId steamAccountId }";
    for (given, account) in [("76561197970273695", "10007967"), ("4294967295", "4294967295")] {
        let input = json!({ "id": arena.player_id(4), "steamId": given });
        let updated = arena.done(&arena.staff(), "userUpdate", input, select).await;
        assert_eq!(updated["user"]["steamAccountId"], account);
    }
}

// DOMAIN §10.2 bug 34
#[tokio::test]
async fn a_user_shows_their_teams_and_a_tournament_its_winner() {
    let arena = arena().await;
    let query =
        "query($user: ID!, $cup: ID!) { user(id: $user) { teams { name } tournaments { nodes { name } } }
        tournament(id: $cup) { winningTeam { id } } }";
    let ids = json!({ "user": arena.player_id(2), "cup": arena.tournament_id() });
    let data = arena.read(query, ids).await;
    assert_eq!(data["user"]["teams"], json!([{ "name": "Team of p1" }]));
    assert_eq!(data["user"]["tournaments"]["nodes"], json!([{ "name": "Winter Cup" }]));
    assert_eq!(data["tournament"], json!({ "winningTeam": null }));
}

// DOMAIN §10.2 bug 33
#[tokio::test]
async fn a_captain_sees_who_they_are_whatever_their_games_lack() {
    let arena = arena().await;
    let input = json!({ "leagueId": format!("League:{}", arena.it.league.id),
        "radiantTeamId": format!("Team:{}", arena.it.teams[0].id) });
    arena.done(&arena.admin(), "gameCreate", input, "game { id }").await;
    let document = "{ viewer { user { username } activeDrafts { __typename } } }";
    let (_, answer) = arena.api.run_as(&arena.captain(0), document, json!({})).await;
    assert_eq!(answer["data"]["viewer"], json!({ "user": { "username": "p1" }, "activeDrafts": [] }));
}
