//! The table of refusals and their codes (`DOMAIN §2.10`), row by row.

use super::*;

fn code(result: Result<Applied, DraftError>) -> &'static str {
    result.unwrap_err().code()
}

// DOMAIN §10.1 bug 5
#[test]
fn every_refusal_of_the_table_has_its_code() {
    let state = after_picks(running(DraftStyle::Snake, &ladder(2), &all(8, 500)), [101]);
    let mut undecided = running(DraftStyle::Shuffle, &ladder(2), &all(8, 500));
    undecided.change_round(1, |it| (it.captain_id, it.team_id) = (None, None));
    let mut full = state.clone();
    (102..=105).for_each(|id| add_by_hand(&mut full, 20, id));
    let over = after_picks(running(DraftStyle::Snake, &ladder(2), &all(1, 500)), [101]);
    let fresh = running(DraftStyle::Snake, &ladder(2), &all(8, 500));
    let missing = DraftRoundId(2001);
    let table = [
        ("round missing", "NOT_FOUND", super::pick(&state, staff(), missing, UserId(102), &mut no_dice)),
        ("another captain", "NOT_YOUR_TURN", try_pick(&state, user(1), 2, 102)),
        ("a player", "FORBIDDEN", try_pick(&state, user(105), 2, 102)),
        ("an outsider", "FORBIDDEN", try_pick(&state, user(OUTSIDER.0), 2, 102)),
        ("a captain, round without captain", "NOT_YOUR_TURN", try_pick(&undecided, user(1), 1, 102)),
        ("an outsider, round without captain", "FORBIDDEN", try_pick(&undecided, user(OUTSIDER.0), 1, 102)),
        ("staff, round without captain", "CONFLICT", try_pick(&undecided, staff(), 1, 102)),
        ("round already picked", "CONFLICT", try_pick(&state, user(1), 1, 102)),
        ("player not in pool", "PLAYER_UNAVAILABLE", try_pick(&state, user(2), 2, 101)),
        ("later round of the same captain", "NOT_YOUR_TURN", try_pick(&state, user(2), 3, 102)),
        ("team full", "ROSTER_FULL", try_pick(&full, user(2), 2, 106)),
        ("draft over", "DRAFT_NOT_RUNNING", try_pick(&over, user(2), 2, 101)),
        ("nothing to undo", "CONFLICT", undo(&fresh)),
        ("style of a running draft", "CONFLICT", configure(&fresh, DraftStyle::Normal)),
        ("picks to discard", "CONFLICT", start(&state, None, false, &mut no_dice)),
    ];
    for (situation, expected, result) in table {
        assert_eq!(code(result), expected, "{situation}");
    }
}

#[test]
fn what_is_wrong_with_teams_or_players_is_invalid_input() {
    let broken = |change: fn(&mut DraftState)| {
        let mut state = draft(DraftStyle::Snake, &ladder(3), &all(1, 500));
        change(&mut state);
        code(start(&state, None, false, &mut no_dice))
    };
    assert_eq!(broken(|it| it.teams.truncate(1)), "INVALID_INPUT");
    assert_eq!(broken(|it| it.teams[0].captain_id = None), "INVALID_INPUT");
    assert_eq!(broken(|it| it.teams[0].captain_id = Some(UserId(2))), "INVALID_INPUT");
    assert_eq!(broken(|it| it.teams[0].draft_order = Some(2)), "INVALID_INPUT");
    assert_eq!(broken(|it| it.players.truncate(3)), "INVALID_INPUT");
}

#[test]
fn broken_dice_are_nobodys_input() {
    let state = draft(DraftStyle::Shuffle, &all(2, 500), &all(1, 500));
    let error = start(&state, None, false, &mut || 0).unwrap_err();
    assert_eq!((error.code(), &error), ("INTERNAL_SERVER_ERROR", &DraftError::Dice(TieError::NotADie(0))));
}

#[test]
fn a_refusal_tells_what_to_do() {
    let teams = vec![(TeamId(10), "Radiance".to_owned()), (TeamId(20), "Dagon".to_owned())];
    let error = DraftError::TeamsWithoutCaptain { teams };
    assert_eq!(error.to_string(), "every team needs a captain: name one for Radiance, Dagon");
    let reason = Unavailable::OnTeam { team_id: TeamId(10), team_name: "Radiance".to_owned() };
    let error = DraftError::PlayerUnavailable { player_id: UserId(1), reason };
    assert_eq!(error.to_string(), "this player cannot be picked: they are on Radiance already");
}
