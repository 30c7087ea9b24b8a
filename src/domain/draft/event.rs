//! The typed payload of each entry of a draft's log, in the predecessor's field names.
//!
//! Its JSON is stored: renaming a field needs a migration. Names in it are what people were called at that moment.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::tie::TieRollData;
use crate::types::{DraftEventType, DraftId, DraftStyle, TeamId, UserId};

/// Payload of `draft_started` and `draft_completed` (`DOMAIN §2.10`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftStage {
    /// The draft.
    pub draft_id: DraftId,
    /// Its style.
    pub draft_style: DraftStyle,
    /// Teams that take part.
    pub team_count: i32,
}

/// Payload of `player_picked` (`DOMAIN §2.10`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlayerPicked {
    /// Round of the pick.
    pub pick_number: i32,
    /// Captain whose turn it was.
    pub captain_id: UserId,
    /// Shown name of the captain.
    pub captain_name: String,
    /// Avatar of the captain.
    pub captain_avatar_url: Option<String>,
    /// The picked player.
    pub picked_id: UserId,
    /// Shown name of the player.
    pub picked_name: String,
    /// Avatar of the player.
    pub picked_avatar_url: Option<String>,
    /// Team the player joined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_id: Option<TeamId>,
    /// Name of that team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_name: Option<String>,
}

/// Payload of `captain_assigned` (`DOMAIN §2.10`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptainAssigned {
    /// Round that was assigned.
    pub pick_number: i32,
    /// Captain on turn.
    pub captain_id: UserId,
    /// Shown name of the captain.
    pub captain_name: String,
    /// Avatar of the captain.
    pub captain_avatar_url: Option<String>,
    /// The captain's team.
    pub team_id: TeamId,
    /// Name of that team.
    pub team_name: String,
    /// Its total MMR at that moment.
    pub team_mmr: i64,
}

/// Payload of `tie_roll` (`DOMAIN §2.10`): the stored roll plus round and the winner's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TieRolled {
    /// Round the roll was for.
    pub pick_number: i32,
    /// Fields `tied_teams`, `roll_rounds`, `winner_id` (a team).
    #[serde(flatten)]
    pub data: TieRollData,
    /// Shown name of the winning team's captain.
    pub winner_name: String,
}

/// Payload of `pick_undone` (`DOMAIN §2.10`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PickUndone {
    /// Round that is open again.
    pub pick_number: i32,
    /// The player back in the pool.
    pub undone_player_id: UserId,
    /// Shown name of the player.
    pub undone_player_name: String,
    /// Team the player left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_id: Option<TeamId>,
    /// Name of that team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_name: Option<String>,
}

/// What an entry of a draft's log says (`DOMAIN §2.10`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftEventPayload {
    /// The draft was started or started over.
    DraftStarted(DraftStage),
    /// A player joined a team.
    PlayerPicked(PlayerPicked),
    /// Tied teams rolled for the next pick.
    TieRoll(TieRolled),
    /// A captain is on turn: the first of a draft, or one decided during it.
    CaptainAssigned(CaptainAssigned),
    /// The last pick was taken back.
    PickUndone(PickUndone),
    /// No further pick is possible.
    DraftCompleted(DraftStage),
}

/// A payload that does not have the shape of its event type.
#[derive(Debug, thiserror::Error)]
#[error("payload of a `{event_type:?}` event has the wrong shape")]
pub struct PayloadError {
    /// Type of the event.
    pub event_type: DraftEventType,
    /// What is wrong with it.
    #[source]
    pub source: serde_json::Error,
}

impl DraftEventPayload {
    /// The type under which this payload is stored.
    #[must_use]
    pub fn event_type(&self) -> DraftEventType {
        match self {
            Self::DraftStarted(_) => DraftEventType::DraftStarted,
            Self::PlayerPicked(_) => DraftEventType::PlayerPicked,
            Self::TieRoll(_) => DraftEventType::TieRoll,
            Self::CaptainAssigned(_) => DraftEventType::CaptainAssigned,
            Self::PickUndone(_) => DraftEventType::PickUndone,
            Self::DraftCompleted(_) => DraftEventType::DraftCompleted,
        }
    }

    /// The payload of a stored event; fields it does not know are ignored.
    ///
    /// # Errors
    /// A field of that event type is missing or of the wrong type.
    pub fn parse(event_type: DraftEventType, json: &Value) -> Result<Self, PayloadError> {
        let payload = match event_type {
            DraftEventType::DraftStarted => read(json).map(Self::DraftStarted),
            DraftEventType::PlayerPicked => read(json).map(Self::PlayerPicked),
            DraftEventType::TieRoll => read(json).map(Self::TieRoll),
            DraftEventType::CaptainAssigned => read(json).map(Self::CaptainAssigned),
            DraftEventType::PickUndone => read(json).map(Self::PickUndone),
            DraftEventType::DraftCompleted => read(json).map(Self::DraftCompleted),
        };
        payload.map_err(|source| PayloadError { event_type, source })
    }

    /// The JSON to store.
    ///
    /// # Errors
    /// Never for the payloads above; kept so that a future one cannot be stored half.
    pub fn to_json(&self) -> Result<Value, PayloadError> {
        let json = match self {
            Self::DraftStarted(it) | Self::DraftCompleted(it) => serde_json::to_value(it),
            Self::PlayerPicked(it) => serde_json::to_value(it),
            Self::TieRoll(it) => serde_json::to_value(it),
            Self::CaptainAssigned(it) => serde_json::to_value(it),
            Self::PickUndone(it) => serde_json::to_value(it),
        };
        json.map_err(|source| PayloadError { event_type: self.event_type(), source })
    }
}

fn read<T: DeserializeOwned>(json: &Value) -> serde_json::Result<T> {
    T::deserialize(json)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::types::TextEnum;

    fn samples() -> Vec<(DraftEventType, Value)> {
        let stage = json!({"draft_id": 3, "draft_style": "shuffle", "team_count": 4});
        vec![
            (DraftEventType::DraftStarted, stage.clone()),
            (
                DraftEventType::PlayerPicked,
                json!({
                    "pick_number": 1, "captain_id": 5, "captain_name": "Ann", "captain_avatar_url": null,
                    "picked_id": 6, "picked_name": "Bob", "picked_avatar_url": "https://x/y.png",
                    "team_id": 7, "team_name": "Radiance",
                }),
            ),
            (
                DraftEventType::TieRoll,
                json!({
                    "pick_number": 2,
                    "tied_teams": [{"id": 7, "name": "Radiance", "mmr": 10}, {"id": 8, "name": "Dagon", "mmr": 10}],
                    "roll_rounds": [[{"team_id": 7, "roll": 2}, {"team_id": 8, "roll": 5}]],
                    "winner_id": 8, "winner_name": "Cat",
                }),
            ),
            (
                DraftEventType::CaptainAssigned,
                json!({
                    "pick_number": 2, "captain_id": 9, "captain_name": "Cat", "captain_avatar_url": null,
                    "team_id": 8, "team_name": "Dagon", "team_mmr": 10,
                }),
            ),
            (
                DraftEventType::PickUndone,
                json!({
                    "pick_number": 1, "undone_player_id": 6, "undone_player_name": "Bob",
                    "team_id": 7, "team_name": "Radiance",
                }),
            ),
            (DraftEventType::DraftCompleted, stage),
        ]
    }

    #[test]
    fn every_event_type_keeps_the_predecessors_field_names() {
        assert_eq!(samples().len(), DraftEventType::ALL.len());
        for (event_type, json) in samples() {
            let payload = DraftEventPayload::parse(event_type, &json).unwrap();
            assert_eq!(payload.event_type(), event_type);
            assert_eq!(payload.to_json().unwrap(), json, "{event_type:?}");
        }
    }

    #[test]
    fn the_team_of_a_pick_may_be_absent() {
        for (event_type, mut json) in samples() {
            if matches!(event_type, DraftEventType::PlayerPicked | DraftEventType::PickUndone) {
                let fields = json.as_object_mut().unwrap();
                fields.remove("team_id");
                fields.remove("team_name");
                let payload = DraftEventPayload::parse(event_type, &json).unwrap();
                assert_eq!(payload.to_json().unwrap(), json);
            }
        }
    }

    #[test]
    fn an_unknown_field_is_ignored() {
        let json = json!({"draft_id": 3, "draft_style": "snake", "team_count": 4, "extra": true});
        assert!(DraftEventPayload::parse(DraftEventType::DraftStarted, &json).is_ok());
    }

    #[test]
    fn a_payload_of_another_type_is_refused_and_says_which() {
        let json = json!({"draft_id": 3, "draft_style": "snake", "team_count": 4});
        let error = DraftEventPayload::parse(DraftEventType::TieRoll, &json).unwrap_err();
        assert_eq!(error.to_string(), "payload of a `TieRoll` event has the wrong shape");
        assert!(DraftEventPayload::parse(DraftEventType::DraftStarted, &json!({})).is_err());
    }
}
