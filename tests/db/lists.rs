//! Lists: every order walked in pages of every size from both ends, and what the filters let through.
//!
//! The expected order is worked out here, in Rust, from all rows.

use std::cmp::Ordering;

use inhouse::db::models::{
    DraftEventRow, EventOrder, EventsOfDraft, GameChanges, GameFilter, GameOrder, GameRow, LeagueFilter,
    LeagueOrder, LeagueOrganizationRow, LeagueRow, NewDraftEvent, NewUser, OrganizationFilter,
    OrganizationOrder, OrganizationRow, SiteStats, TournamentFilter, TournamentOrder, TournamentRow,
    UserChanges, UserFilter, UserOrder, UserRow,
};
use inhouse::db::{Anchor, Db, DbConn, DbError, DbResult, Direction, PageRequest, Slice, SortKey};
use inhouse::types::{DraftEventType, EntityId as _, TournamentState, UserId};
use serde_json::json;

use super::world::{self, World, write};
use crate::support::TestDb;
use crate::support::sql::Sql;

const DIRECTIONS: [Direction; 2] = [Direction::Ascending, Direction::Descending];

/// The order of two rows by what a list sorts by: nulls last in either direction, the key decides between equals.
fn compare(a: &Anchor, b: &Anchor, direction: Direction) -> Ordering {
    let turned = |ordering: Ordering| match direction {
        Direction::Ascending => ordering,
        Direction::Descending => ordering.reverse(),
    };
    let by_key = match (&a.key, &b.key) {
        (SortKey::Null, SortKey::Null) => Ordering::Equal,
        (SortKey::Null, _) => return Ordering::Greater,
        (_, SortKey::Null) => return Ordering::Less,
        (SortKey::Int(a), SortKey::Int(b)) => a.cmp(b),
        (SortKey::Text(a), SortKey::Text(b)) => a.as_bytes().cmp(b.as_bytes()),
        (SortKey::Instant(a), SortKey::Instant(b)) => a.cmp(b),
        other => panic!("two kinds of keys in one list: {other:?}"),
    };
    turned(by_key.then(a.pk.cmp(&b.pk)))
}

/// Walks a list from both ends in pages of every size and expects `rows`, each once and in order.
async fn check_walks<T>(
    db: &Db,
    mut rows: Vec<Anchor>,
    direction: Direction,
    list: impl AsyncFn(&mut DbConn, &PageRequest) -> DbResult<Slice<T>>,
    anchor: impl Fn(&T) -> Anchor,
) {
    rows.sort_by(|a, b| compare(a, b, direction));
    let n_rows = u32::try_from(rows.len()).unwrap();
    for (limit, is_backward) in (1..=n_rows + 1).flat_map(|limit| [(limit, false), (limit, true)]) {
        let mut walked: Vec<Anchor> = Vec::new();
        let mut page = PageRequest { limit, is_backward, from: None };
        loop {
            let slice = db.read(async |conn| list(conn, &page).await).await.unwrap();
            let mut found: Vec<Anchor> = slice.rows.iter().map(&anchor).collect();
            if is_backward {
                page.from = found.first().cloned();
                found.append(&mut walked);
                walked = found;
            } else {
                page.from = found.last().cloned();
                walked.append(&mut found);
            }
            assert!(walked.len() <= rows.len(), "pages of {limit} repeat rows: {walked:?}");
            if !slice.has_more {
                break;
            }
        }
        assert_eq!(walked, rows, "pages of {limit}, backward: {is_backward}, {direction:?}");
    }
}

fn by_id(pk: i64) -> Anchor {
    Anchor { key: SortKey::Int(pk), pk }
}

/// Names whose order by code point differs from that of any locale, one of them twice.
const NAMES: [&str; 7] = ["b", "B", "a", "Ä", "ä", "_", "a b"];

async fn write_users(db: &Db) -> Vec<UserRow> {
    let mmr = [Some(3_000), None, Some(0), Some(3_000), None, None, Some(12_000)];
    write(db, async |uow| {
        let mut rows = Vec::new();
        for (name, mmr) in NAMES.iter().zip(mmr) {
            rows.push(uow.insert::<UserRow>(NewUser { mmr, ..world::user(name) }).await?);
        }
        Ok(rows)
    })
    .await
}

#[tokio::test]
async fn users_are_walked_by_name_by_mmr_and_by_age() {
    let test = TestDb::start().await;
    write_users(&test.db).await;
    let later = "UPDATE users SET created_at = '2027-01-01T00:00:00.000001Z' WHERE id IN (2, 5)";
    Sql::connect(&test.url).await.execute(later).await.unwrap();
    let filter = UserFilter::default();
    for order in [UserOrder::Name, UserOrder::Mmr, UserOrder::CreatedAt] {
        let anchor = |row: &UserRow| Anchor {
            key: match order {
                UserOrder::Name => SortKey::Text(row.username.clone()),
                UserOrder::Mmr => row.mmr.map_or(SortKey::Null, |mmr| SortKey::Int(mmr.into())),
                UserOrder::CreatedAt => SortKey::Instant(row.created_at),
            },
            pk: row.id.pk(),
        };
        for direction in DIRECTIONS {
            let list = async |conn: &mut DbConn, page: &PageRequest| {
                UserRow::list(conn, &filter, (order, direction), page).await
            };
            let all = test.db.read(async |conn| list(conn, &PageRequest::first(100)).await).await.unwrap();
            assert_eq!(all.rows.len(), NAMES.len());
            check_walks(&test.db, all.rows.iter().map(anchor).collect(), direction, list, anchor).await;
        }
    }
}

#[tokio::test]
async fn organizations_and_leagues_are_walked_by_name_and_by_age() {
    let test = TestDb::start().await;
    let (organizations, leagues) = write(&test.db, async |uow| {
        let (mut organizations, mut leagues) = (Vec::new(), Vec::new());
        for (n, name) in (1..).zip(NAMES.iter().chain(&["a"])) {
            organizations.push(uow.insert::<OrganizationRow>(world::organization(name)).await?);
            leagues.push(uow.insert::<LeagueRow>(world::league(name, n)).await?);
        }
        Ok((organizations, leagues))
    })
    .await;
    for direction in DIRECTIONS {
        for order in [OrganizationOrder::Name, OrganizationOrder::CreatedAt] {
            let anchor = |row: &OrganizationRow| Anchor {
                key: match order {
                    OrganizationOrder::Name => SortKey::Text(row.name.clone()),
                    OrganizationOrder::CreatedAt => SortKey::Instant(row.created_at),
                },
                pk: row.id.pk(),
            };
            let list = async |conn: &mut DbConn, page: &PageRequest| {
                OrganizationRow::list(conn, &OrganizationFilter::default(), (order, direction), page).await
            };
            check_walks(&test.db, organizations.iter().map(anchor).collect(), direction, list, anchor).await;
        }
        for order in [LeagueOrder::Name, LeagueOrder::CreatedAt] {
            let anchor = |row: &LeagueRow| Anchor {
                key: match order {
                    LeagueOrder::Name => SortKey::Text(row.name.clone()),
                    LeagueOrder::CreatedAt => SortKey::Instant(row.created_at),
                },
                pk: row.id.pk(),
            };
            let list = async |conn: &mut DbConn, page: &PageRequest| {
                LeagueRow::list(conn, &LeagueFilter::default(), (order, direction), page).await
            };
            check_walks(&test.db, leagues.iter().map(anchor).collect(), direction, list, anchor).await;
        }
    }
}

#[tokio::test]
async fn tournaments_are_walked_by_start_by_name_and_by_age() {
    let test = TestDb::start().await;
    let starts = ["2026-11-23T19:00:00.000001Z", "2026-11-23T19:00:00Z", "1999-01-01T00:00:00Z"];
    let rows = write(&test.db, async |uow| {
        let mut rows = Vec::new();
        for (name, start) in NAMES.iter().zip(starts.iter().cycle()) {
            let mut new = world::tournament(name);
            new.starts_at = start.parse::<jiff::Timestamp>().unwrap().into();
            rows.push(uow.insert::<TournamentRow>(new).await?);
        }
        Ok(rows)
    })
    .await;
    for order in [TournamentOrder::StartsAt, TournamentOrder::Name, TournamentOrder::CreatedAt] {
        let anchor = |row: &TournamentRow| Anchor {
            key: match order {
                TournamentOrder::StartsAt => SortKey::Instant(row.starts_at),
                TournamentOrder::Name => SortKey::Text(row.name.clone()),
                TournamentOrder::CreatedAt => SortKey::Instant(row.created_at),
            },
            pk: row.id.pk(),
        };
        for direction in DIRECTIONS {
            let list = async |conn: &mut DbConn, page: &PageRequest| {
                TournamentRow::list(conn, &TournamentFilter::default(), (order, direction), page).await
            };
            check_walks(&test.db, rows.iter().map(anchor).collect(), direction, list, anchor).await;
        }
    }
}

#[tokio::test]
async fn games_and_draft_events_are_walked_by_id() {
    let test = TestDb::start().await;
    let w = World::seed(&test.db).await;
    let (games, events) = write(&test.db, async |uow| {
        let (mut games, mut events) = (vec![w.game.pk()], Vec::new());
        for n in 1..=5 {
            games.push(uow.insert::<GameRow>(world::game(w.tournament, n + 1)).await?.id.pk());
            let event = NewDraftEvent {
                draft_id: w.draft,
                seq: n,
                epoch: 1,
                event_type: DraftEventType::PlayerPicked,
                payload: json!({}),
                actor_id: None,
                created_at: uow.now(),
            };
            events.push(uow.insert::<DraftEventRow>(event).await?.id.pk());
        }
        Ok((games, events))
    })
    .await;
    for direction in DIRECTIONS {
        let list = async |conn: &mut DbConn, page: &PageRequest| {
            GameRow::list(conn, &GameFilter::default(), (GameOrder, direction), page).await
        };
        let expected = games.iter().copied().map(by_id).collect();
        check_walks(&test.db, expected, direction, list, |row: &GameRow| by_id(row.id.pk())).await;
        let list = async |conn: &mut DbConn, page: &PageRequest| {
            DraftEventRow::list(conn, &EventsOfDraft(w.draft), (EventOrder, direction), page).await
        };
        let expected = events.iter().copied().map(by_id).collect();
        check_walks(&test.db, expected, direction, list, |row: &DraftEventRow| by_id(row.id.pk())).await;
    }
}

#[tokio::test]
async fn an_anchor_that_no_row_can_have_is_invalid_and_no_failure_of_the_database() {
    let test = TestDb::start().await;
    let before_all: inhouse::types::Instant =
        "-000001-01-01T00:00:00Z".parse::<jiff::Timestamp>().unwrap().into();
    for (order, key) in [
        (UserOrder::Name, SortKey::Int(1)),
        (UserOrder::Name, SortKey::Text("a\0b".to_owned())),
        (UserOrder::Mmr, SortKey::Text("a".to_owned())),
        (UserOrder::CreatedAt, SortKey::Null),
        (UserOrder::CreatedAt, SortKey::Instant(before_all)),
    ] {
        let page = PageRequest { from: Some(Anchor { key, pk: 1 }), ..PageRequest::first(1) };
        let order = (order, Direction::Ascending);
        let read = async |conn: &mut DbConn| UserRow::list(conn, &UserFilter::default(), order, &page).await;
        let outcome = test.db.read(read).await;
        assert!(matches!(outcome, Err(DbError::Invalid(_))), "{page:?}: {outcome:?}");
    }
    // What only looks strange finds no row.
    for key in [i64::MAX, i64::MIN] {
        for direction in DIRECTIONS {
            let page = PageRequest {
                from: Some(Anchor { key: SortKey::Int(key), pk: key }),
                ..PageRequest::first(1)
            };
            let order = (UserOrder::Mmr, direction);
            let read =
                async |conn: &mut DbConn| UserRow::list(conn, &UserFilter::default(), order, &page).await;
            assert_eq!(test.db.read(read).await.unwrap().rows, []);
        }
    }
}

/// The names of the users a search finds, and what `count` says of them.
async fn search(db: &Db, text: &str) -> Vec<String> {
    let filter = UserFilter { search: Some(text.to_owned()), ..UserFilter::default() };
    find_users(db, filter).await
}

async fn find_users(db: &Db, filter: UserFilter) -> Vec<String> {
    let order = (UserOrder::Name, Direction::Ascending);
    let (rows, count) = db
        .read(async |conn| {
            let slice = UserRow::list(conn, &filter, order, &PageRequest::first(100)).await?;
            Ok((slice.rows, UserRow::count(conn, &filter).await?))
        })
        .await
        .unwrap();
    assert_eq!(i64::try_from(rows.len()).unwrap(), count, "{filter:?}");
    rows.into_iter().map(|it| it.username).collect()
}

#[tokio::test]
async fn a_search_ignores_case_in_any_script_and_takes_wildcards_literally() {
    let test = TestDb::start().await;
    let nicknames = [("Ärger", None), ("ЖУК", Some("Straße")), ("100%_a\\b", None), ("plain", Some("ÀÉÎ"))];
    write(&test.db, async |uow| {
        for (name, nickname) in nicknames {
            let nickname = nickname.map(str::to_owned);
            uow.insert::<UserRow>(NewUser { nickname, ..world::user(name) }).await?;
        }
        Ok(())
    })
    .await;
    for (text, expected) in [
        ("ärg", &["Ärger"][..]),
        ("ÄRG", &["Ärger"]),
        ("жук", &["ЖУК"]),
        ("STRASSE", &[]),
        ("straße", &["ЖУК"]),
        ("àéî", &["plain"]),
        ("  PLAIN ", &["plain"]),
        ("%", &["100%_a\\b"]),
        ("_", &["100%_a\\b"]),
        ("\\", &["100%_a\\b"]),
        ("a\\B", &["100%_a\\b"]),
        ("1%b", &[]),
        ("plai_", &[]),
        ("pl\0ain", &[]),
        ("", &["100%_a\\b", "plain", "Ärger", "ЖУК"]),
    ] {
        assert_eq!(search(&test.db, text).await, expected, "{text:?}");
    }
    assert_eq!(search(&test.db, &"a".repeat(1_000_000)).await, [""; 0], "too long for any name");
}

#[tokio::test]
async fn users_are_found_by_tournament_and_mmr_and_only_while_active() {
    let test = TestDb::start().await;
    let w = World::seed(&test.db).await;
    let set = async |id: UserId, mmr: i32, is_active: bool| {
        let changes =
            UserChanges { mmr: Some(Some(mmr)), is_active: Some(is_active), ..UserChanges::default() };
        write(&test.db, async |uow| uow.update::<UserRow>(id, changes).await).await;
    };
    set(w.cap, 1_000, true).await;
    set(w.mate, 2_000, true).await;
    set(w.rival, 3_000, false).await;
    assert!(!find_users(&test.db, UserFilter::default()).await.contains(&"rival".to_owned()), "not active");
    let strong = UserFilter { mmr_at_least: Some(1_001), ..UserFilter::default() };
    assert_eq!(find_users(&test.db, strong).await, ["mate"]);
    let weak = UserFilter { mmr_at_most: Some(1_000), ..UserFilter::default() };
    assert_eq!(find_users(&test.db, weak).await, ["cap"], "without an MMR is not below any");
}

#[tokio::test]
async fn tournaments_leagues_and_games_are_found_by_what_they_hang_on() {
    let test = TestDb::start().await;
    let w = World::seed(&test.db).await;
    write(&test.db, async |uow| {
        uow.link(&LeagueOrganizationRow { league_id: w.league, organization_id: w.organization }).await?;
        let past =
            inhouse::db::models::NewTournament { state: TournamentState::Past, ..world::tournament("ÉTÉ") };
        uow.insert::<TournamentRow>(past).await?;
        let linked = GameChanges { steam_match_id: Some(Some(8_400_000_000)), ..GameChanges::default() };
        uow.update::<GameRow>(w.game, linked).await?;
        let mut of_league = world::game(w.tournament, 1);
        (of_league.tournament_id, of_league.league_id) = (None, Some(w.league));
        uow.insert::<GameRow>(of_league).await?;
        uow.insert::<LeagueRow>(world::league("Ωmega", 2)).await
    })
    .await;
    let noon = test.db.clock().now();
    let hour = |n: i64| Some(noon.saturating_add(jiff::SignedDuration::from_hours(n)));
    let base = TournamentFilter::default;
    for (filter, expected) in [
        (base(), 2),
        (TournamentFilter { search: Some("été".to_owned()), ..base() }, 1),
        (TournamentFilter { states: vec![TournamentState::Past, TournamentState::InProgress], ..base() }, 1),
        (TournamentFilter { league_id: Some(w.league), ..base() }, 1),
        (TournamentFilter { organization_id: Some(w.organization), ..base() }, 1),
        (TournamentFilter { player_id: Some(w.free), ..base() }, 1),
        (TournamentFilter { player_id: Some(w.sub), ..base() }, 0),
        (TournamentFilter { starts_from: hour(7), ..base() }, 2),
        (TournamentFilter { starts_from: hour(8), ..base() }, 0),
        (TournamentFilter { starts_before: hour(7), ..base() }, 0),
        (TournamentFilter { starts_before: hour(8), ..base() }, 2),
    ] {
        let found = test.db.read(async |conn| TournamentRow::count(conn, &filter).await).await;
        assert_eq!(found.unwrap(), expected, "{filter:?}");
    }
    let base = LeagueFilter::default;
    for (filter, expected) in [
        (LeagueFilter { search: Some("ωMEGA".to_owned()), ..base() }, 1),
        (LeagueFilter { organization_id: Some(w.organization), ..base() }, 1),
    ] {
        let found = test.db.read(async |conn| LeagueRow::count(conn, &filter).await).await;
        assert_eq!(found.unwrap(), expected, "{filter:?}");
    }
    let base = GameFilter::default;
    for (filter, expected) in [
        (GameFilter { league_id: Some(w.league), ..base() }, 2),
        (GameFilter { tournament_id: Some(w.tournament), ..base() }, 1),
        (GameFilter { player_id: Some(w.mate), ..base() }, 1),
        (GameFilter { player_id: Some(w.sub), ..base() }, 0),
        (GameFilter { is_linked: true, ..base() }, 1),
    ] {
        let found = test.db.read(async |conn| GameRow::count(conn, &filter).await).await;
        assert_eq!(found.unwrap(), expected, "{filter:?}");
    }
    let stats = test.db.read(SiteStats::count).await.unwrap();
    assert_eq!((stats.n_tournaments, stats.n_games, stats.n_organizations, stats.n_leagues), (2, 2, 1, 2));
}
