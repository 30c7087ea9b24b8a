//! `organization.voiceChannels`: who sits where, asked of those who have an account, remembered for a moment.

use inhouse::db::DbError;
use inhouse::db::models::{NewUser, UserRow};
use serde_json::{Value, json};

use super::stage::Stage;
use crate::support::user;

const VOICE: &str =
    "voiceChannels { discordId name members { displayName alreadyRegistered user { username } } }";

/// The members with these ids have accounts.
async fn register(stage: &Stage, ids: impl IntoIterator<Item = u64>) {
    let written = stage.arena.api.test.db.write(async |uow| {
        for id in ids {
            let new = NewUser { discord_id: Some(id.to_string()), ..user(&format!("u{id}"), None) };
            uow.insert::<UserRow>(new).await?;
        }
        Ok::<_, DbError>(())
    });
    written.await.unwrap();
}

#[tokio::test]
async fn whoever_has_an_account_is_seen_in_the_channel_they_sit_in() {
    let stage = Stage::open().await;
    stage.fake.fill("7", 1_500);
    stage.fake.set_channels(
        "7",
        &[("50", 0, "chat"), ("51", 2, "Radiant"), ("52", 2, "Dire"), ("53", 13, "Stage")],
    );
    register(&stage, [1_001, 1_002, 1_003, 99_999]).await;
    for (user, channel) in [("1001", "51"), ("1002", "51"), ("1003", "50"), ("1004", "52"), ("99999", "52")] {
        stage.fake.seat("7", user, channel);
    }
    let (channels, code) = stage.ask(&stage.arena.staff(), VOICE, json!({})).await;
    assert_eq!(code, None);
    let seen = |n: u64, id: u64| json!({ "displayName": format!("m{n}"), "alreadyRegistered": true, "user": { "username": format!("u{id}") } });
    let expected = json!([
        { "discordId": "51", "name": "Radiant", "members": [seen(1, 1_001), seen(2, 1_002)] },
        { "discordId": "52", "name": "Dire", "members": [] },
        { "discordId": "53", "name": "Stage", "members": [] },
    ]);
    assert_eq!(channels, expected);
    let n_asked = stage.fake.n_asked();
    assert_eq!(n_asked, 2 + 1 + 3, "two pages of members, the channels, and three who have an account");
    stage.fake.seat("7", "1003", "52");
    assert_eq!(
        stage.ask(&stage.arena.staff(), VOICE, json!({})).await.0,
        expected,
        "remembered for a moment"
    );
    stage.search(json!({})).await;
    assert_eq!(stage.fake.n_asked(), n_asked, "the members are those of the one list");
}

#[tokio::test]
async fn no_more_people_are_asked_about_than_discord_bears() {
    let stage = Stage::open().await;
    stage.fake.fill("7", 300);
    stage.fake.set_channels("7", &[("51", 2, "Radiant")]);
    register(&stage, 1_001..1_251).await;
    let (channels, code) = stage.ask(&stage.arena.staff(), VOICE, json!({})).await;
    assert_eq!((code, channels[0]["members"].clone()), (None, json!([])));
    assert_eq!(stage.fake.n_asked(), 1 + 1 + 200);
}

#[tokio::test]
async fn a_failure_is_told_and_not_remembered() {
    let stage = Stage::open().await;
    stage.fake.fill("7", 1);
    let told = stage.ask(&stage.arena.staff(), VOICE, json!({})).await;
    assert_eq!(told, (Value::Null, Some("UNAVAILABLE".to_owned())), "Discord knows no channels of it");
    stage.fake.set_channels("7", &[]);
    assert_eq!(stage.ask(&stage.arena.staff(), VOICE, json!({})).await, (json!([]), None));
}
