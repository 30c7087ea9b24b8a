//! Every mutation of the schema, tried by nobody, by somebody it is not for, and by a token that may only read.
//!
//! A mutation that is missing here fails the first test; one that is here and lets a wrong caller in fails the others.

use std::collections::BTreeSet;

use inhouse::db::DbError;
use inhouse::db::models::{DraftOfTournament, GameRow, NewGame, RoundsOfDraft};
use inhouse::types::{BracketType, EliminationType, EntityId as _, GameStatus, Viewer};
use serde_json::{Value, json};

use super::arena::{Arena, viewer};

/// Who must be turned away, logged in as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    /// Somebody without any role.
    Outsider,
    /// Site staff: it takes a superuser, or a role in the organization or league.
    Staff,
    /// An admin of the league: it takes a role in its organization, or site staff.
    LeagueAdmin,
    /// The captain of another team than the one on turn: told so, not forbidden.
    OtherCaptain,
    /// Nobody who is logged in: it is about oneself.
    None,
}

/// A mutation, an input, and who must be turned away.
type Call = (&'static str, Value, &'static [Wrong]);

/// Ids to fill in.
struct Ids {
    arena: Arena,
    draft: String,
    round: String,
    game: String,
}

impl Ids {
    async fn open() -> Self {
        let arena = Arena::open(2, &[Some(4), Some(3), Some(2), Some(1), Some(1), Some(1)]).await;
        arena.start("SNAKE").await;
        let tournament = arena.it.tournament.id;
        let (radiant, dire) = (arena.it.teams[0].id, arena.it.teams[1].id);
        let new = NewGame {
            tournament_id: Some(tournament),
            league_id: None,
            round: 1,
            position: 0,
            bracket_type: BracketType::Winners,
            elimination_type: EliminationType::Single,
            swiss_record_wins: 0,
            swiss_record_losses: 0,
            status: GameStatus::Pending,
            is_bye: false,
            steam_match_id: None,
            radiant_team_id: Some(radiant),
            dire_team_id: Some(dire),
            winning_team_id: None,
        };
        let written: Result<_, DbError> = arena
            .api
            .test
            .db
            .write(async |uow| {
                let draft = uow.children::<DraftOfTournament>(tournament).await?.remove(0);
                let round = uow.children::<RoundsOfDraft>(draft.id).await?.remove(0);
                Ok((draft.id, round.id, uow.insert::<GameRow>(new).await?.id))
            })
            .await;
        let (draft, round, game) = written.unwrap().0;
        Self { arena, draft: draft.to_global(), round: round.to_global(), game: game.to_global() }
    }

    fn viewer(&self, wrong: Wrong) -> Option<Viewer> {
        match wrong {
            Wrong::Outsider => Some(self.arena.outsider()),
            Wrong::Staff => Some(self.arena.staff()),
            Wrong::LeagueAdmin => Some(self.arena.admin()),
            Wrong::OtherCaptain => Some(self.arena.captain(1)),
            Wrong::None => None,
        }
    }

    /// Each mutation with an input that its right caller could send, and who must be turned away.
    fn calls(&self) -> Vec<Call> {
        [self.on_people(), self.on_communities(), self.on_tournaments(), self.on_play()].concat()
    }

    fn on_people(&self) -> Vec<Call> {
        use Wrong::{LeagueAdmin, Outsider, Staff};

        let organization = self.arena.it.organization.id.to_global();
        let user = self.arena.player_id(4);
        vec![
            ("cacheInvalidate", json!({ "target": { "everything": true } }), &[Outsider, Staff]),
            ("profileUpdate", json!({ "nickname": "x" }), &[Wrong::None]),
            ("defaultOrganizationSet", json!({ "organizationId": organization }), &[Wrong::None]),
            ("userCreate", json!({ "username": "new" }), &[Outsider, LeagueAdmin]),
            (
                "userCreateFromDiscord",
                json!({ "organizationId": organization, "discordId": "80351110224678912" }),
                &[Outsider, LeagueAdmin],
            ),
            ("userUpdate", json!({ "id": user, "nickname": "x" }), &[Outsider, LeagueAdmin]),
            ("userDeactivate", json!({ "userId": user }), &[Outsider, LeagueAdmin]),
            ("userRolesSet", json!({ "userId": user, "isStaff": true }), &[Outsider, Staff]),
            ("userVerifyMmr", json!({ "userId": user, "mmr": 1 }), &[Outsider, LeagueAdmin]),
        ]
    }

    fn on_communities(&self) -> Vec<Call> {
        use Wrong::{LeagueAdmin, Outsider, Staff};

        let it = &self.arena.it;
        let (organization, league) = (it.organization.id.to_global(), it.league.id.to_global());
        let user = self.arena.player_id(4);
        let in_organization = json!({ "organizationId": organization, "userId": user });
        let in_league = json!({ "leagueId": league, "userId": user });
        let linked = json!({ "leagueId": league, "organizationId": organization });
        vec![
            ("organizationCreate", json!({ "name": "New" }), &[Outsider, LeagueAdmin]),
            (
                "organizationUpdate",
                json!({ "id": organization, "name": "x" }),
                &[Outsider, Staff, LeagueAdmin],
            ),
            (
                "discordMembersRefresh",
                json!({ "organizationId": organization }),
                &[Outsider, Staff, LeagueAdmin],
            ),
            ("organizationDelete", json!({ "id": organization }), &[Outsider, LeagueAdmin]),
            ("organizationAdminAdd", in_organization.clone(), &[Outsider, Staff, LeagueAdmin]),
            ("organizationAdminRemove", in_organization.clone(), &[Outsider, Staff, LeagueAdmin]),
            ("organizationStaffAdd", in_organization.clone(), &[Outsider, Staff, LeagueAdmin]),
            ("organizationStaffRemove", in_organization.clone(), &[Outsider, Staff, LeagueAdmin]),
            ("organizationTransferOwnership", in_organization, &[Outsider, Staff, LeagueAdmin]),
            (
                "leagueCreate",
                json!({ "name": "New", "steamLeagueId": 5, "organizationIds": [organization] }),
                &[Outsider, Staff, LeagueAdmin],
            ),
            ("leagueUpdate", json!({ "id": league, "name": "x" }), &[Outsider, Staff]),
            ("leagueDelete", json!({ "id": league }), &[Outsider, Staff]),
            ("leagueAdminAdd", in_league.clone(), &[Outsider, Staff, LeagueAdmin]),
            ("leagueAdminRemove", in_league.clone(), &[Outsider, Staff, LeagueAdmin]),
            ("leagueStaffAdd", in_league.clone(), &[Outsider, Staff]),
            ("leagueStaffRemove", in_league, &[Outsider, Staff]),
            ("leagueOrganizationLink", linked.clone(), &[Outsider, Staff, LeagueAdmin]),
            ("leagueOrganizationUnlink", linked, &[Outsider, Staff]),
            (
                "leagueRatingSettingsUpdate",
                json!({ "leagueId": league, "placementGames": 3 }),
                &[Outsider, Staff],
            ),
        ]
    }

    fn on_tournaments(&self) -> Vec<Call> {
        use Wrong::{LeagueAdmin, Outsider, Staff};

        let (tournament, team) = (self.arena.tournament_id(), self.arena.it.teams[0].id.to_global());
        let user = self.arena.player_id(4);
        let on_team = json!({ "teamId": team, "userId": user });
        let of_tournament = json!({ "tournamentId": tournament });
        let players = json!({ "tournamentId": tournament, "userIds": [user] });
        vec![
            (
                "tournamentCreate",
                json!({ "name": "New", "startsAt": "2027-01-01T00:00:00Z" }),
                &[Outsider, LeagueAdmin],
            ),
            ("tournamentUpdate", json!({ "id": tournament, "name": "x" }), &[Outsider]),
            ("tournamentDelete", json!({ "id": tournament }), &[Outsider]),
            (
                "tournamentImport",
                json!({ "documents": [{ "name": "a", "json": "{}" }] }),
                &[Outsider, LeagueAdmin, Staff],
            ),
            ("tournamentPlayersAdd", players.clone(), &[Outsider]),
            ("tournamentPlayersRemove", players, &[Outsider]),
            ("teamCreateFromCaptain", json!({ "tournamentId": tournament, "userId": user }), &[Outsider]),
            ("teamUpdate", json!({ "teamId": team, "name": "x" }), &[Outsider]),
            ("teamMembersSet", json!({ "teamId": team, "userIds": [] }), &[Outsider]),
            ("teamDropinAdd", on_team.clone(), &[Outsider]),
            ("teamDropinRemove", on_team.clone(), &[Outsider]),
            ("teamMemberLeave", on_team, &[Outsider]),
            ("teamDelete", json!({ "teamId": team }), &[Outsider]),
            ("teamsAutoBalance", of_tournament, &[Outsider]),
            ("teamPlacementSet", json!({ "teamId": team, "placement": 1 }), &[Outsider]),
        ]
    }

    fn on_play(&self) -> Vec<Call> {
        use Wrong::{OtherCaptain, Outsider};

        let (tournament, user) = (self.arena.tournament_id(), self.arena.player_id(4));
        let league = self.arena.it.league.id.to_global();
        let (draft, round, game) = (&self.draft, &self.round, &self.game);
        let of_tournament = json!({ "tournamentId": tournament });
        let version = |input: Value| with(input, "expectedVersion", 1);
        vec![
            (
                "draftConfigure",
                json!({ "tournamentId": tournament, "style": "NORMAL" }),
                &[Outsider, OtherCaptain],
            ),
            ("draftStart", of_tournament.clone(), &[Outsider, OtherCaptain]),
            (
                "draftPick",
                version(json!({ "draftId": draft, "roundId": round, "userId": user })),
                &[Outsider],
            ),
            ("draftUndoPick", version(json!({ "draftId": draft })), &[Outsider, OtherCaptain]),
            ("draftRebuildTeams", json!({ "draftId": draft }), &[Outsider, OtherCaptain]),
            ("bracketGenerate", of_tournament.clone(), &[Outsider]),
            ("bracketReseed", of_tournament.clone(), &[Outsider]),
            ("bracketReset", of_tournament, &[Outsider]),
            ("bracketAssignTeam", json!({ "gameId": game, "slot": "RADIANT", "teamId": null }), &[Outsider]),
            ("gameReport", version(json!({ "gameId": game, "winner": "DIRE" })), &[Outsider, OtherCaptain]),
            ("gameReportRetract", version(json!({ "gameId": game })), &[Outsider, OtherCaptain]),
            ("gameStatusSet", json!({ "gameId": game, "status": "LIVE" }), &[Outsider]),
            ("gameCreate", json!({ "leagueId": league }), &[Outsider]),
            ("gameUpdate", json!({ "gameId": game }), &[Outsider]),
            ("gameDelete", json!({ "gameId": game }), &[Outsider]),
        ]
    }
}

fn with(mut input: Value, key: &str, value: impl Into<Value>) -> Value {
    input[key] = value.into();
    input
}

/// The names of the mutations, as the schema tells them.
async fn mutations(arena: &Arena) -> BTreeSet<String> {
    let data = arena.read("{ __schema { mutationType { fields { name } } } }", json!({})).await;
    let fields = data["__schema"]["mutationType"]["fields"].as_array().unwrap();
    fields.iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn every_mutation_is_tried_by_somebody_it_is_not_for() {
    let ids = Ids::open().await;
    let tried: BTreeSet<_> = ids.calls().iter().map(|(name, _, _)| (*name).to_owned()).collect();
    assert_eq!(mutations(&ids.arena).await, tried);
    assert!(ids.calls().iter().all(|(_, _, wrong)| !wrong.is_empty()));
}

#[tokio::test]
async fn nobody_changes_anything_without_logging_in() {
    let ids = Ids::open().await;
    for (mutation, input, _) in ids.calls() {
        let (code, _) = ids.arena.refused(&Viewer::anonymous(), mutation, input).await;
        assert_eq!(code, "UNAUTHENTICATED", "{mutation}");
    }
}

#[tokio::test]
async fn nobody_changes_what_is_not_theirs() {
    let ids = Ids::open().await;
    for (mutation, input, wrong) in ids.calls() {
        for who in wrong {
            let Some(caller) = ids.viewer(*who) else { continue };
            let (code, _) = ids.arena.refused(&caller, mutation, input.clone()).await;
            assert_eq!(code, "FORBIDDEN", "{mutation} by {who:?}");
        }
    }
}

#[tokio::test]
async fn a_token_that_may_only_read_changes_nothing_whoever_it_is_of() {
    let ids = Ids::open().await;
    for (mutation, input, _) in ids.calls() {
        let own = viewer(ids.arena.it.owner.id);
        let caller = Viewer { is_superuser: true, is_read_only: true, ..own };
        let (code, _) = ids.arena.refused(&caller, mutation, input).await;
        assert_eq!(code, "FORBIDDEN", "{mutation}");
    }
}
