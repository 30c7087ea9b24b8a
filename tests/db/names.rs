//! The names that deps can have are all in the lists that people who type them are shown.

use std::collections::BTreeSet;

use inhouse::cache::Dep;
use inhouse::db::Entity;
use inhouse::db::models::{MODELS, ModelVisitor, RELATIONS, check_names, visit_model};

/// Names of queries, on which nothing depends.
const QUERIES: &[&str] = &["captain.next_round", "site.stats"];

/// Every quoted text in the sources of the tables.
fn texts() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/db/models");
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with("catalog.rs") {
            continue;
        }
        let source = std::fs::read_to_string(path).unwrap();
        for line in source.lines().filter(|it| !it.trim_start().starts_with("//")) {
            let quoted = line.split('"').skip(1).step_by(2);
            texts.extend(quoted.map(|text| (line.trim().to_owned(), text.to_owned())));
        }
    }
    texts
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|it| it.is_ascii_lowercase() || it == '_')
}

#[test]
fn every_model_is_listed() {
    let texts = texts();
    // Logs are declared by a macro of their own.
    let is_declaration = |line: &str| line.starts_with("entity!(") || line.starts_with("model ");
    let declared = texts.iter().filter(|(line, _)| is_declaration(line)).map(|(_, text)| text.as_str());
    let declared: BTreeSet<&str> = declared.collect();
    assert!(declared.len() > 5, "no table found: {declared:?}");
    assert_eq!(declared.into_iter().collect::<Vec<_>>(), MODELS, "add it in src/db/models/catalog.rs");
}

#[test]
fn every_relation_is_listed() {
    let is_relation = |text: &str| {
        text.split_once('.').is_some_and(|(model, list)| is_name(model) && is_name(list))
            && !QUERIES.contains(&text)
    };
    let declared: BTreeSet<String> =
        texts().into_iter().map(|it| it.1).filter(|it| is_relation(it)).collect();
    assert_eq!(declared.into_iter().collect::<Vec<_>>(), RELATIONS, "add it in src/db/models/catalog.rs");
}

#[test]
fn a_model_is_found_by_its_name() {
    struct Name;
    impl ModelVisitor for Name {
        type Output = &'static str;
        fn visit<E: Entity>(self) -> &'static str {
            E::MODEL
        }
    }
    for name in MODELS {
        assert_eq!(visit_model(name, Name), Some(*name));
    }
    assert_eq!(visit_model("usr", Name), None);
}

#[test]
fn a_dep_that_names_nothing_is_refused_with_the_names_there_are() {
    for dep in ["everything", "model user", "rows draft_round", "object team 5", "related team.members 5"] {
        assert_eq!(check_names(&dep.parse().unwrap()), Ok(()), "{dep}");
    }
    let text = |dep: &str| check_names(&dep.parse::<Dep>().unwrap()).unwrap_err().to_string();
    assert!(text("model users").starts_with("there is no model `users`; there are api_token, draft, "));
    assert!(text("object team.members 5").starts_with("there is no model `team.members`; "));
    assert!(text("related team 5").starts_with("there is no relation `team`; there are draft.events, "));
}
