//! Who a person of a file becomes here (DOMAIN §9.3 rule 2), and what a file may not do to an account.

use inhouse::db::models::{
    LeagueRow, NewLeague, NewOrganization, NewUser, OrganizationRow, UserChanges, UserRow,
};
use inhouse::domain::import::EntityKind;
use serde_json::{Value, json};

use super::samples::*;
use crate::support::TestDb;

async fn insert(test: &TestDb, new: NewUser) -> UserRow {
    by_hand(test, async |uow| uow.insert::<UserRow>(new).await).await
}

fn named_account(username: &str) -> NewUser {
    NewUser { username: username.to_owned(), ..NewUser::default() }
}

fn feed(people: &[Value]) -> Value {
    Value::from(people.to_vec())
}

#[tokio::test]
async fn the_owner_of_the_discord_id_is_the_person_even_if_another_has_the_steam_id() {
    let test = TestDb::start().await;
    let by_discord =
        insert(&test, NewUser { discord_id: Some("90001".to_owned()), mmr: Some(1), ..named_account("ann") })
            .await;
    let by_steam = insert(&test, NewUser { steam_id: Some(STEAM_BASE + 1), ..named_account("bob") }).await;
    let report = put(&test, &[&feed(&[user(1)])]).await;
    assert_eq!(counts(&report, EntityKind::User).matched, 1);
    assert_eq!(
        notes(&report),
        [format!(
            "users.json: [0].steamid: skipped: Steam id {} is user {}'s here",
            STEAM_BASE + 1,
            by_steam.id
        )]
    );
    let row = account(&test, "ann").await;
    assert_eq!((row.id, row.mmr, row.steam_id), (by_discord.id, Some(3000), None));
    assert!(put(&test, &[&feed(&[user(1)])]).await.changed_nothing());
}

#[tokio::test]
async fn the_owner_of_the_steam_id_is_the_person_and_gets_the_discord_id() {
    let test = TestDb::start().await;
    insert(&test, NewUser { steam_id: Some(STEAM_BASE + 1), ..named_account("bob") }).await;
    let report = put(&test, &[&feed(&[user(1)])]).await;
    assert_eq!(counts(&report, EntityKind::User).matched, 1);
    assert_eq!(account(&test, "bob").await.discord_id.as_deref(), Some("90001"));
}

#[tokio::test]
async fn no_file_replaces_the_discord_id_of_an_account() {
    let test = TestDb::start().await;
    let own = Some("777".to_owned());
    let new = NewUser { steam_id: Some(STEAM_BASE + 1), discord_id: own.clone(), ..named_account("bob") };
    insert(&test, new).await;
    for _ in 0..2 {
        let report = put(&test, &[&feed(&[user(1)])]).await;
        assert_eq!(
            notes(&report),
            ["users.json: [0].discordId: skipped: the account has another Discord id here, which stays"]
        );
        assert_eq!(account(&test, "bob").await.discord_id, own);
    }
}

#[tokio::test]
async fn a_username_alone_merges_nobody() {
    let test = TestDb::start().await;
    insert(&test, named_account("user_1")).await;
    insert(&test, named_account("user_1-2")).await;
    let report = put(&test, &[&feed(&[user(1)])]).await;
    assert_eq!(counts(&report, EntityKind::User).created, 1);
    assert_eq!(notes(&report), ["users.json: [0].username: user_1 is taken here, imported as user_1-3"]);
    assert_eq!(account(&test, "user_1-3").await.steam_id, Some(STEAM_BASE + 1));
    assert!(put(&test, &[&feed(&[user(1)])]).await.changed_nothing());
}

#[tokio::test]
async fn two_people_of_a_source_never_become_one_account() {
    let test = TestDb::start().await;
    let new = NewUser {
        discord_id: Some("90001".to_owned()),
        steam_id: Some(STEAM_BASE + 2),
        ..named_account("both")
    };
    insert(&test, new).await;
    let mut first = user(1);
    first["steamid"] = Value::Null;
    let report = put(&test, &[&feed(&[first, user(2)])]).await;
    let users = counts(&report, EntityKind::User);
    assert_eq!((users.matched, users.created), (1, 1));
    assert_eq!(account(&test, "user_2").await.steam_id, None);
}

#[tokio::test]
async fn what_changed_in_the_feed_changes_here_and_silence_erases_nothing() {
    let test = TestDb::start().await;
    put(&test, &[&feed(&[user(1), user(2)])]).await;
    let mut silent = user(1);
    for field in ["steamid", "discordId", "mmr", "positions"] {
        silent[field] = Value::Null;
    }
    silent["nickname"] = json!("One");
    let report = put(&test, &[&feed(&[silent, user(2)])]).await;
    let users = counts(&report, EntityKind::User);
    assert_eq!((users.updated, users.unchanged), (1, 1));
    let row = account(&test, "user_1").await;
    assert_eq!((row.nickname.as_deref(), row.mmr, row.mid, row.version), (Some("One"), Some(3000), 2, 2));
    assert_eq!(row.steam_id, Some(STEAM_BASE + 1));
}

#[tokio::test]
async fn a_steam_id_that_became_somebody_elses_is_left_out() {
    let test = TestDb::start().await;
    put(&test, &[&feed(&[user(1), user(2)])]).await;
    let (mut first, mut second) = (user(1), user(2));
    (first["steamid"], second["steamid"]) = (json!(STEAM_BASE + 2), json!(STEAM_BASE + 1));
    let report = put(&test, &[&feed(&[first, second])]).await;
    assert_eq!(notes(&report).len(), 2);
    assert!(report.changed_nothing());
    assert_eq!(account(&test, "user_1").await.steam_id, Some(STEAM_BASE + 1));
}

#[tokio::test]
async fn roles_and_use_of_an_account_are_decided_here() {
    let test = TestDb::start().await;
    let mut person = user(1);
    for flag in ["is_staff", "is_superuser"] {
        person[flag] = json!(true);
    }
    person["is_active"] = json!(false);
    put(&test, &[&feed(&[person.clone()])]).await;
    let row = account(&test, "user_1").await;
    assert!(!row.is_staff && !row.is_superuser && !row.is_active);
    let changes = UserChanges { is_active: Some(true), ..UserChanges::default() };
    by_hand(&test, async |uow| uow.update::<UserRow>(row.id, changes).await).await;
    assert!(put(&test, &[&feed(&[person])]).await.changed_nothing());
    assert!(account(&test, "user_1").await.is_active);
}

#[tokio::test]
async fn people_of_a_bracket_alone_are_not_imported() {
    let test = TestDb::start().await;
    put(&test, &[&tournament()]).await;
    let mut node = game(21, 1, 0);
    node["radiant_team"]["members"] = json!([user(1), user(99)]);
    put(&test, &[&bracket(&[node])]).await;
    assert_eq!(test.dump().await["users"].len(), 6);
}

#[tokio::test]
async fn a_default_organization_is_made_before_it_is_referred_to() {
    let test = TestDb::start().await;
    let (mut first, mut second) = (user(1), user(2));
    (first["default_organization"], second["default_organization"]) = (json!(4), json!(5));
    let mut document = tournament();
    document["league"] = league();
    let people = feed(&[first, second]);
    let report = put(&test, &[&people, &document]).await;
    assert_eq!(
        notes(&report),
        [
            "users.json: [1].default_organization: skipped: organization 5 is in none of the files and was never imported"
        ]
    );
    assert_eq!(counts(&report, EntityKind::Organization).created, 1);
    let id = account(&test, "user_1").await.default_organization_id.unwrap();
    let row = by_hand(&test, async |uow| uow.get::<OrganizationRow>(id).await).await.unwrap();
    assert_eq!(
        (row.name.as_str(), row.created_at.to_string().as_str()),
        ("Org", "2026-01-02T03:04:05.000000Z")
    );
    assert!(put(&test, &[&people, &document]).await.changed_nothing());
    assert!(put(&test, &[&people]).await.changed_nothing(), "known from before");
}

#[tokio::test]
async fn a_league_is_known_by_its_steam_number_and_an_organization_not_by_its_name() {
    let test = TestDb::start().await;
    let (known, namesake) = by_hand(&test, async |uow| {
        let known = uow
            .insert::<LeagueRow>(NewLeague {
                name: "Old".to_owned(),
                steam_league_id: 77,
                ..NewLeague::default()
            })
            .await?;
        let new = NewOrganization {
            name: "Org".to_owned(),
            timezone: "UTC".to_owned(),
            ..NewOrganization::default()
        };
        Ok((known, uow.insert::<OrganizationRow>(new).await?))
    })
    .await;
    let mut document = tournament();
    document["league"] = league();
    let report = put(&test, &[&document]).await;
    assert_eq!(counts(&report, EntityKind::League).matched, 1);
    assert_eq!(counts(&report, EntityKind::Organization).created, 1);
    assert_eq!(tournament_row(&test, "Cup").await.league_id, Some(known.id));
    let row = by_hand(&test, async |uow| uow.get::<OrganizationRow>(namesake.id).await).await.unwrap();
    assert_eq!(row.version, 1, "untouched");
    assert!(put(&test, &[&document]).await.changed_nothing());
}
