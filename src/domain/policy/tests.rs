//! The permission matrix of `DOMAIN §6`, one cell per (action, persona), and the corners the matrix cannot show.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::types::{LeagueId, LeagueRights, OrganizationId, OrganizationRights, RoleKind, UserId, Viewer};

const OWNER: UserId = UserId(1);
const ORG_ADMIN: UserId = UserId(2);
const ORG_STAFF: UserId = UserId(3);
const LEAGUE_ADMIN: UserId = UserId(4);
const LEAGUE_STAFF: UserId = UserId(5);
const CAPTAIN: UserId = UserId(6);
const SUBJECT: UserId = UserId(7);
const STRANGER: UserId = UserId(8);
const SITE_STAFF: UserId = UserId(9);
const SUPERUSER: UserId = UserId(10);
const OTHER_CAPTAIN: UserId = UserId(11);

fn user(id: UserId) -> Viewer {
    Viewer {
        user_id: Some(id),
        is_staff: id == SITE_STAFF,
        is_superuser: id == SUPERUSER,
        is_read_only: false,
    }
}

fn organization() -> OrganizationRights {
    OrganizationRights {
        id: Some(OrganizationId(1)),
        owner_id: Some(OWNER),
        roles: BTreeMap::from([(ORG_ADMIN, RoleKind::Admin), (ORG_STAFF, RoleKind::Staff)]),
    }
}

/// Linked to [`organization`] and to one where nobody holds a role.
fn league() -> LeagueRights {
    LeagueRights {
        id: Some(LeagueId(1)),
        admins: BTreeSet::from([LEAGUE_ADMIN]),
        staff: BTreeSet::from([LEAGUE_STAFF]),
        organizations: vec![OrganizationRights::default(), organization()],
    }
}

/// The personas of the matrix, in the order of its columns.
fn personas() -> [(char, Viewer); 11] {
    [
        ('-', Viewer::anonymous()),
        ('u', user(STRANGER)),
        ('s', user(SUBJECT)),
        ('c', user(CAPTAIN)),
        ('l', user(LEAGUE_STAFF)),
        ('L', user(LEAGUE_ADMIN)),
        ('o', user(ORG_STAFF)),
        ('O', user(ORG_ADMIN)),
        ('W', user(OWNER)),
        ('t', user(SITE_STAFF)),
        ('S', user(SUPERUSER)),
    ]
}

/// Letters of the personas who may; the rest may not. Everything belongs to one organization and its league.
const MATRIX: &[(Action, &str)] = &[
    (Action::PublicRead, "-usclLoOWtS"),
    (Action::UserReadEmail, "stS"),
    (Action::UserCreate, "tS"),
    (Action::UserUpdate, "tS"),
    (Action::UserDeactivate, "tS"),
    (Action::UserRolesSet, "S"),
    (Action::ProfileUpdate, "s"),
    (Action::SteamIdSet, "stS"),
    (Action::MmrSet, "tS"),
    (Action::OrganizationCreate, "tS"),
    (Action::OrganizationDelete, "tS"),
    (Action::OrganizationUpdate, "OWS"),
    (Action::OrganizationAdminAdd, "OWS"),
    (Action::OrganizationAdminRemove, "WS"),
    (Action::OrganizationStaffAdd, "OWS"),
    (Action::OrganizationStaffRemove, "OWS"),
    (Action::OrganizationTransferOwnership, "WS"),
    (Action::OrganizationLogsRead, "oOWS"),
    (Action::LeagueCreate, "OWS"),
    (Action::LeagueUpdate, "LOWS"),
    (Action::LeagueDelete, "LOWS"),
    (Action::LeagueOrganizationLink, "OWS"),
    (Action::LeagueOrganizationUnlink, "LOWS"),
    (Action::LeagueAdminAdd, "OWS"),
    (Action::LeagueAdminRemove, "OWS"),
    (Action::LeagueStaffAdd, "LOWS"),
    (Action::LeagueStaffRemove, "LOWS"),
    (Action::LeagueLogsRead, "lLoOWS"),
    (Action::TournamentCreateInLeague, "LOWS"),
    (Action::TournamentCreateWithoutLeague, "tS"),
    (Action::TournamentImport, "S"),
    (Action::TournamentUpdate, "LOWtS"),
    (Action::TournamentMove, "LOWtS"),
    (Action::TournamentDelete, "LOWtS"),
    (Action::TournamentPlayersAdd, "LOWtS"),
    (Action::TournamentPlayersRemove, "LOWtS"),
    (Action::BracketManage, "LOWtS"),
    (Action::TeamPlacementSet, "LOWtS"),
    (Action::TeamCreate, "LOWtS"),
    (Action::TeamUpdate, "LOWtS"),
    (Action::TeamRename, "cLOWtS"),
    (Action::TeamDelete, "LOWtS"),
    (Action::DraftModerate, "LOWtS"),
    (Action::DraftPick, "cLOWtS"),
    (Action::GameCreate, "lLoOWtS"),
    (Action::GameUpdate, "lLoOWtS"),
    (Action::GameDelete, "lLoOWtS"),
    (Action::GameReport, "lLoOWtS"),
    (Action::GameLinkMatch, "lLoOWtS"),
    (Action::SteamAutoAssign, "lLoOWtS"),
    (Action::SteamSync, "tS"),
    (Action::SuggestionResolve, "tS"),
    (Action::GuildMembersRead, "oOWS"),
    (Action::GuildMembersRefresh, "oOWS"),
    (Action::VoiceActivityRead, "tS"),
    (Action::HeroDraftCreate, "clLoOWtS"),
    (Action::HeroDraftPlay, "c"),
    (Action::HeroDraftPause, "clLoOWtS"),
    (Action::HeroDraftAbandon, "ctS"),
    (Action::HeroDraftReset, "tS"),
    (Action::CacheInvalidate, "S"),
];

fn allowed(action: Action, scope: &Scope<'_>) -> String {
    personas().iter().filter(|(_, viewer)| can(viewer, action, scope)).map(|(letter, _)| letter).collect()
}

#[test]
fn the_matrix_has_a_row_for_every_action() {
    let rows: Vec<_> = MATRIX.iter().map(|(action, _)| *action).collect();
    assert_eq!(rows, Action::ALL);
}

#[test]
fn every_persona_may_do_exactly_what_the_matrix_says() {
    let (organization, league) = (organization(), league());
    let named = [organization.clone()];
    let scope = Scope {
        organization: Some(&organization),
        league: Some(&league),
        target_league: Some(&league),
        named_organizations: &named,
        subject: Some(SUBJECT),
        subject_has_steam_id: false,
        captains: &[OTHER_CAPTAIN, CAPTAIN],
    };
    for (action, expected) in MATRIX {
        assert_eq!(allowed(*action, &scope), *expected, "{action:?}");
    }
}

#[test]
fn without_facts_only_site_roles_count() {
    for (action, expected) in MATRIX {
        let site_only = match action {
            // Ownerless, leagueless scopes: a superuser is no admin of nothing.
            Action::OrganizationUpdate
            | Action::OrganizationAdminAdd
            | Action::OrganizationStaffAdd
            | Action::OrganizationStaffRemove
            | Action::OrganizationLogsRead
            | Action::LeagueUpdate
            | Action::LeagueDelete
            | Action::LeagueOrganizationLink
            | Action::LeagueOrganizationUnlink
            | Action::LeagueStaffAdd
            | Action::LeagueStaffRemove
            | Action::LeagueLogsRead
            | Action::TournamentCreateInLeague
            | Action::GuildMembersRead
            | Action::GuildMembersRefresh => String::new(),
            Action::PublicRead => (*expected).to_owned(),
            _ => expected.chars().filter(|it| "tS".contains(*it)).collect(),
        };
        assert_eq!(allowed(*action, &Scope::site()), site_only, "{action:?}");
    }
}

#[test]
fn a_tournament_without_a_league_belongs_to_site_staff() {
    assert_eq!(allowed(Action::TournamentUpdate, &Scope::tournament(None)), "tS");
    assert_eq!(allowed(Action::DraftModerate, &Scope::tournament(None)), "tS");
    assert_eq!(allowed(Action::GameReport, &Scope::game(None, None)), "tS");
    assert_eq!(allowed(Action::SteamAutoAssign, &Scope::game(None, None)), "tS");
}

#[test]
fn a_games_own_league_counts_before_its_tournaments() {
    let (league, other) = (league(), LeagueRights::default());
    assert_eq!(allowed(Action::GameReport, &Scope::game(Some(&league), Some(&other))), "lLoOWtS");
    assert_eq!(allowed(Action::GameReport, &Scope::game(Some(&other), Some(&league))), "tS");
    assert_eq!(allowed(Action::GameReport, &Scope::game(None, Some(&league))), "lLoOWtS");
}

#[test]
fn a_move_needs_rights_on_both_leagues() {
    let (league, foreign) = (league(), LeagueRights::default());
    let moved = |from, to| allowed(Action::TournamentMove, &Scope::tournament(from).with_target_league(to));
    assert_eq!(moved(Some(&league), Some(&league)), "LOWtS");
    assert_eq!(moved(Some(&league), Some(&foreign)), "tS");
    assert_eq!(moved(Some(&foreign), Some(&league)), "tS");
    assert_eq!(moved(Some(&league), None), "tS");
    assert_eq!(moved(None, Some(&league)), "tS");
}

#[test]
fn a_new_league_needs_admin_rights_in_each_named_organization() {
    let create = |named: &[OrganizationRights]| {
        allowed(Action::LeagueCreate, &Scope::site().with_organizations(named))
    };
    let foreign = OrganizationRights { owner_id: Some(STRANGER), ..OrganizationRights::default() };
    assert_eq!(create(&[organization()]), "OWS");
    assert_eq!(create(&[organization(), foreign.clone()]), "S");
    assert_eq!(create(&[foreign]), "uS");
    assert_eq!(create(&[]), "S");
}

#[test]
fn linking_needs_the_league_and_the_organization() {
    let league = league();
    let foreign = [OrganizationRights { owner_id: Some(LEAGUE_ADMIN), ..OrganizationRights::default() }];
    let scope = Scope::league(&league).with_organizations(&foreign);
    assert_eq!(allowed(Action::LeagueOrganizationLink, &scope), "LS");
    let nobodys = [OrganizationRights::default()];
    let scope = Scope::league(&league).with_organizations(&nobodys);
    assert_eq!(allowed(Action::LeagueOrganizationLink, &scope), "S");
}

#[test]
fn a_league_that_no_organization_links_is_given_away_by_superusers_only() {
    let orphan = LeagueRights { organizations: Vec::new(), ..league() };
    assert_eq!(allowed(Action::LeagueAdminAdd, &Scope::league(&orphan)), "S");
    assert_eq!(allowed(Action::LeagueUpdate, &Scope::league(&orphan)), "LS");
    assert_eq!(allowed(Action::GameReport, &Scope::league(&orphan)), "lLtS");
}

#[test]
fn a_steam_id_is_set_once_by_oneself_then_by_staff() {
    assert_eq!(allowed(Action::SteamIdSet, &Scope::user(SUBJECT, false)), "stS");
    assert_eq!(allowed(Action::SteamIdSet, &Scope::user(SUBJECT, true)), "tS");
}

#[test]
fn a_captain_picks_only_where_they_are_on_turn() {
    let league = league();
    let scope = Scope::tournament(Some(&league));
    assert_eq!(allowed(Action::DraftPick, &scope.with_captains(&[CAPTAIN])), "cLOWtS");
    assert_eq!(allowed(Action::DraftPick, &scope.with_captains(&[STRANGER])), "uLOWtS");
    assert_eq!(allowed(Action::DraftPick, &scope), "LOWtS");
}

#[test]
fn an_anonymous_caller_does_not_own_what_has_no_owner() {
    let ownerless = OrganizationRights::default();
    assert_eq!(allowed(Action::OrganizationUpdate, &Scope::organization(&ownerless)), "S");
    assert_eq!(allowed(Action::OrganizationTransferOwnership, &Scope::organization(&ownerless)), "S");
    assert_eq!(organization_role(&Viewer::anonymous(), &ownerless), None);
}

#[test]
fn a_refusal_tells_log_in_from_not_allowed() {
    let check = |viewer: &Viewer| authorize(viewer, Action::UserCreate, &Scope::site());
    assert_eq!(check(&Viewer::anonymous()), Err(Refusal::Unauthenticated));
    assert_eq!(check(&user(STRANGER)), Err(Refusal::Forbidden));
    assert_eq!(check(&user(SITE_STAFF)), Ok(()));
}

#[test]
fn the_role_shown_in_an_organization_is_the_highest_one() {
    use ViewerRole::{Admin, Owner, Staff};
    let role = |id| organization_role(&user(id), &organization());
    assert_eq!([OWNER, ORG_ADMIN, ORG_STAFF, SUPERUSER].map(role), [Owner, Admin, Staff, Admin].map(Some));
    assert_eq!([STRANGER, SITE_STAFF, LEAGUE_ADMIN].map(role), [None; 3]);
    let promoted = OrganizationRights { roles: BTreeMap::from([(OWNER, RoleKind::Staff)]), ..organization() };
    assert_eq!(organization_role(&user(OWNER), &promoted), Some(Owner));
}

#[test]
fn the_role_shown_in_a_league_counts_linked_organizations() {
    use ViewerRole::{Admin, Staff};
    let role = |id| league_role(&user(id), &league());
    assert_eq!([OWNER, ORG_ADMIN, LEAGUE_ADMIN, SUPERUSER].map(role), [Some(Admin); 4]);
    assert_eq!([ORG_STAFF, LEAGUE_STAFF].map(role), [Some(Staff); 2]);
    assert_eq!([STRANGER, SITE_STAFF, CAPTAIN].map(role), [None; 3]);
}
