//! Steam ids keep every digit or are refused (DOMAIN §0, §1.1, §9.3 rule 2).

use proptest::prelude::*;

use super::super::{PlanOptions, plan};

const BASE: i64 = 76_561_197_960_265_728;

/// The Steam id that a users feed with the raw JSON text `number` is planned with.
fn planned_id(number: &str) -> Result<Option<i64>, String> {
    let feed = format!(r#"[{{"pk": 1, "username": "ann", "steamid": {number}}}]"#);
    let plan = plan(&[("users.json".to_owned(), feed.into_bytes())], PlanOptions::default());
    plan.map(|it| it.users[0].steam_id).map_err(|it| it.to_string())
}

proptest! {
    #[test]
    fn every_digit_of_a_seventeen_digit_id_is_kept(id in BASE..100_000_000_000_000_000) {
        prop_assert_eq!(planned_id(&id.to_string()), Ok(Some(id)));
        prop_assert_eq!(planned_id(&format!("\"{id}\"")), Ok(Some(id)));
    }

    #[test]
    fn a_steam32_number_has_the_base_added(account in 1..=u32::MAX) {
        prop_assert_eq!(planned_id(&account.to_string()), Ok(Some(BASE + i64::from(account))));
    }

    #[test]
    fn a_fraction_is_refused(id in BASE..100_000_000_000_000_000) {
        let fraction = format!("{id}.0");
        prop_assert!(planned_id(&fraction).is_err());
        let text = format!("\"{id}.0\"");
        prop_assert!(planned_id(&text).is_err());
    }
}

#[test]
fn the_id_that_javascript_gets_wrong_is_right_here() {
    assert_eq!(planned_id("76561198012345678"), Ok(Some(76_561_198_012_345_678)));
}

#[test]
fn no_steam_id_is_no_error() {
    assert_eq!(planned_id("null"), Ok(None));
}

#[test]
fn what_is_no_whole_number_is_refused_at_its_path() {
    for (number, message) in [
        ("7.6e16", "users.json: [0].steamid: invalid type: floating point `7.6e+16`, expected a Steam id"),
        ("76561198012345678.0", "users.json: [0].steamid: invalid type: floating point"),
        ("99999999999999999999", "users.json: [0].steamid: invalid type: floating point"),
        ("18446744073709551615", "users.json: [0].steamid: invalid value: integer `18446744073709551615`"),
        ("\"ann\"", "users.json: [0].steamid: invalid value: string \"ann\", expected a Steam id"),
        ("\"\"", "users.json: [0].steamid: invalid value: string \"\", expected a Steam id"),
        ("\"+5\"", "users.json: [0].steamid: invalid value: string \"+5\", expected a Steam id"),
        ("true", "users.json: [0].steamid: invalid type: boolean `true`, expected a Steam id"),
        ("[1]", "users.json: [0].steamid: invalid type: sequence, expected a Steam id"),
        ("-5", "users.json: [0].steamid: expected a Steam id above zero, got -5"),
        ("0", "users.json: [0].steamid: expected a Steam id above zero, got 0"),
        (
            "7656119796026572",
            "users.json: [0].steamid: 7656119796026572 is neither a Steam32 nor a Steam64 id",
        ),
    ] {
        let refusal = planned_id(number).unwrap_err();
        assert!(refusal.starts_with(message), "{number}: {refusal}");
    }
}
