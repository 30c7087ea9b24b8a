//! Keeps the tree in the shape `docs/ARCHITECTURE.md` draws: who may import whom, which crate belongs to which module,
//! what each file opens with and how long it may grow.
//!
//! Reads the sources as text, so that it needs no compiler and no crate, and says for every breach what to do instead.
//! The rules as data are in `table`; change them there, on purpose and in review. Code under `#[cfg(test)]` may import
//! and call what it likes; the rules on whole files (`//!`, forbidden macros and attributes) hold for it too.

mod members;
mod rules;
mod source;
mod table;

use std::fs;
use std::path::{Path, PathBuf};

use rules::{Violation, without_exceptions};
use source::Source;
use table::{EXCEPTIONS, Exception};

#[test]
fn the_sources_keep_the_rules() {
    let sources: Vec<Source> = [rust_files("src"), rust_files("tests"), rust_files("benches")]
        .concat()
        .iter()
        .map(|it| read(it))
        .collect();
    assert!(
        sources.iter().any(|it| it.path == "src/lib.rs"),
        "no sources found: the checks would pass on nothing"
    );
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("Cargo.toml is readable");

    let mut violations: Vec<Violation> = sources.iter().flat_map(rules::check_source).collect();
    violations.extend(rules::check_modules_are_listed(&sources));
    violations.extend(rules::check_dependencies_have_owners(&manifest));
    violations.extend(rules::check_table());
    let violations = without_exceptions(violations, EXCEPTIONS);

    let report: Vec<String> = violations.iter().map(ToString::to_string).collect();
    assert!(report.is_empty(), "{} breaches of the architecture:\n\n{}\n", report.len(), report.join("\n"));
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> Source {
    let text = fs::read_to_string(path).expect("a source file is readable UTF-8");
    let relative = path.strip_prefix(root()).expect("the file lies in the package");
    let parts: Vec<_> = relative.iter().map(|it| it.to_string_lossy()).collect();
    Source::parse(&parts.join("/"), &text)
}

/// Every `.rs` file below a folder of the package, in a stable order; fetched packages are not ours.
fn rust_files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is readable") {
            let path = entry.expect("the folder entry is readable").path();
            if path.is_dir() {
                if path.file_name().is_some_and(|it| it != "node_modules") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|it| it == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

// ---- the checker itself, on sources of a few lines --------------------------------------------------------------

/// The breaches in a source of these lines, below a header, as `rule names`.
fn breaches(path: &str, text: &str) -> Vec<String> {
    let source = Source::parse(path, &format!("//! Header.\n{text}"));
    rules::check_source(&source).iter().map(|it| format!("{} {}", it.rule, it.names)).collect()
}

fn no_breach(path: &str, text: &str) {
    assert_eq!(breaches(path, text), Vec::<String>::new(), "{path}: {text}");
}

#[test]
fn a_nested_group_import_is_seen() {
    let text = "use crate::{types::UserId, service::{self, draft::{DraftService, Pick as P}}};";
    assert_eq!(
        breaches("src/db/models/user.rs", text),
        [
            "imports crate::service",
            "imports crate::service::draft::DraftService",
            "imports crate::service::draft::Pick"
        ]
    );
}

#[test]
fn a_group_over_several_lines_reports_the_line_of_the_name() {
    let source = Source::parse("src/types/id.rs", "//! Header.\nuse crate::{\n    types::A,\n    db::B,\n};");
    let lines: Vec<usize> = rules::check_source(&source).iter().map(|it| it.line).collect();
    assert_eq!(lines, [4]);
}

#[test]
fn an_inline_path_and_a_macro_path_are_seen() {
    let text = "fn f() { let x = crate::db::open::<u8>(1); }";
    assert_eq!(breaches("src/domain/team.rs", text), ["imports crate::db::open"]);
    let text = "macro_rules! m { () => { $crate::http::serve() }; }";
    assert_eq!(breaches("src/loader/mod.rs", text), ["imports crate::http::serve"]);
}

#[test]
fn super_that_leaves_the_module_is_seen() {
    assert_eq!(breaches("src/domain/team.rs", "use super::super::db::Db;"), ["imports crate::db::Db"]);
    assert_eq!(breaches("src/domain/mod.rs", "use super::db::Db;"), ["imports crate::db::Db"]);
    let nested = "mod inner { use super::super::super::db::Db; use super::super::Team; }";
    assert_eq!(breaches("src/domain/team.rs", nested), ["imports crate::db::Db"]);
    no_breach("src/domain/draft/order.rs", "use super::super::team::Team; use self::x::Y; use super::*;");
}

#[test]
fn the_own_module_and_what_the_table_allows_pass() {
    no_breach("src/service/draft.rs", "use crate::{domain::draft, db::Db, types::UserId, service::x};");
    no_breach(
        "src/graphql/types/draft.rs",
        "use crate::domain::policy::{self, can}; use crate::db::DraftRow;",
    );
    no_breach("src/db/change_log.rs", "use crate::cache::{ChangeLog, Changes, Dep};");
    no_breach("src/app.rs", "use crate::{http, db::{self, Db}, anything_new::X};");
    no_breach("src/http/auth.rs", "use crate::service::session::SessionService;");
}

#[test]
fn only_the_allowed_part_of_a_module_passes() {
    no_breach("src/graphql/x.rs", "use crate::db::{Slice, TeamRow};");
    assert_eq!(breaches("src/graphql/x.rs", "use crate::db::{Db, TeamRow};"), ["imports crate::db::Db"]);
    assert_eq!(breaches("src/db/x.rs", "use crate::cache::Cache;"), ["imports crate::cache::Cache"]);
    assert_eq!(breaches("src/http/ws.rs", "use crate::service::draft;"), ["imports crate::service::draft"]);
}

#[test]
fn a_root_that_hides_where_a_name_comes_from_is_refused() {
    assert_eq!(breaches("src/db/x.rs", "use crate as root;"), ["imports crate as root"]);
    assert_eq!(breaches("src/db/x.rs", "use crate::*;"), ["imports crate::*"]);
    assert_eq!(breaches("src/db/x.rs", "use crate::on_conn;"), ["imports crate::on_conn"]);
    no_breach("src/db/x.rs", "pub(crate) fn f() {} pub(in crate::db) fn g() {}");
}

#[test]
fn a_word_in_a_comment_or_a_string_is_not_seen() {
    no_breach(
        "src/domain/team.rs",
        r####"
        // use crate::db::Db; async
        /* crate::db::Db /* nested: diesel::x */ async */
        /// crate::http::serve(), .await
        fn f() -> [&'static str; 4] {
            let _quote = ('"', '\'', b'"', b"crate::db::x", c"crate::db::x", r"\");
            ["crate::db::x", "\" crate::db::x \\", r#"" crate::db::x "#, "todo!()"]
        }
        "####,
    );
    let after = "fn f<'a>(x: &'a str) -> char { '\\'' } fn g() { crate::db::x() }";
    assert_eq!(breaches("src/domain/team.rs", after), ["imports crate::db::x"]);
}

#[test]
fn test_code_may_import_what_it_likes_and_the_code_after_it_may_not() {
    let text = "
        #[cfg(test)]
        use crate::db::{A, B};
        #[cfg(all(test, unix))]
        #[derive(Debug)]
        struct S { x: crate::db::A }
        #[cfg(test)]
        mod tests { use crate::db::Db; fn f() -> [u8; 2] { async {}; diesel::x() } }
        fn f() { crate::http::late() }
        #[cfg(not(test))]
        fn g() { crate::live::real() }
    ";
    assert_eq!(
        breaches("src/domain/team.rs", text),
        ["imports crate::http::late", "imports crate::live::real"]
    );
    no_breach("src/domain/draft/tests.rs", "use crate::db::Db;");
}

#[test]
fn a_crate_is_named_by_its_owners_only() {
    assert_eq!(breaches("src/service/draft.rs", "use diesel::prelude::*;"), ["crates diesel"]);
    assert_eq!(breaches("src/service/draft.rs", "use diesel;"), ["crates diesel"]);
    assert_eq!(breaches("src/service/draft.rs", "fn f(x: ::diesel::X) {}"), ["crates diesel"]);
    assert_eq!(
        breaches("src/service/draft.rs", "#[derive(async_graphql::Enum)] enum E { A }"),
        ["crates async_graphql"]
    );
    assert_eq!(breaches("src/domain/x.rs", "fn f() { tokio::spawn(x) }"), ["crates tokio"]);
    no_breach("src/db/conn.rs", "use diesel::prelude::*; use diesel_async::AsyncConnection;");
    no_breach("src/cli/seed.rs", "use anyhow::Context; use clap::Parser;");
}

#[test]
fn a_local_name_is_not_taken_for_a_crate() {
    no_breach("src/http/mod.rs", "mod redis; pub use redis::routes; fn f(diesel: u8) { diesel.x() }");
    no_breach("src/live/mod.rs", "use crate::db::axum; fn f() { axum::g() }");
}

#[test]
fn pure_modules_stay_pure() {
    assert_eq!(
        breaches("src/domain/x.rs", "pub async fn f() { g().await }"),
        ["purity async", "purity await"]
    );
    assert_eq!(breaches("src/types/x.rs", "use std::{fmt, fs};"), ["purity std::fs"]);
    assert_eq!(breaches("src/domain/x.rs", "fn f() { Instant::now(); }"), ["purity Instant::now"]);
    assert_eq!(
        breaches("src/domain/x.rs", "fn f() { rand::rng().random() }"),
        ["crates rand", "purity rand::rng"]
    );
    no_breach("src/domain/x.rs", "fn f(now: Timestamp, dice: &mut impl FnMut(u32) -> u32) {}");
    no_breach("src/live/x.rs", "async fn f() { let t = Instant::now(); g().await }");
}

#[test]
fn time_and_environment_are_read_in_one_place() {
    assert_eq!(breaches("src/db/x.rs", "fn f() { jiff::Timestamp::now() }"), ["clock Timestamp::now"]);
    no_breach("src/types/clock.rs", "fn f() { Timestamp::now() }");
    assert_eq!(
        breaches("src/cli/x.rs", "use std::env; fn f() { env::var(\"X\") }"),
        ["environment env::var"]
    );
    no_breach("src/config.rs", "fn f() { std::env::var(\"X\") }");
    no_breach("src/cli/x.rs", "fn f() { std::env::args() }");
}

#[test]
fn the_cache_speaks_no_domain_word() {
    assert_eq!(breaches("src/cache/dep.rs", "struct DraftKey;"), ["vocabulary DraftKey"]);
    assert_eq!(breaches("src/cache/dep.rs", "fn team_of() {}"), ["vocabulary team_of"]);
    no_breach("src/cache/dep.rs", "struct Stream; fn steam() {} fn read_through() {}");
}

#[test]
fn forbidden_macros_and_attributes_are_seen_in_tests_too() {
    let text =
        "#[allow(dead_code)] fn f() { todo!() } #[cfg(test)] mod t { fn g() { dbg!(1); unimplemented!() } }";
    assert_eq!(
        breaches("src/db/x.rs", text),
        ["forbidden todo!", "forbidden dbg!", "forbidden unimplemented!", "forbidden #[allow]"]
    );
    no_breach("src/db/x.rs", "#[expect(dead_code, reason = \"why\")] fn allow(todo: bool) { allow(!todo) }");
}

#[test]
fn a_file_opens_with_its_reason_and_stays_short() {
    let headless = Source::parse("tests/x.rs", "use std::fmt;\n//! Late.");
    assert_eq!(rules::check_source(&headless).len(), 1);

    let long = "fn f() {}\n".repeat(500);
    assert_eq!(breaches("src/db/x.rs", &long), ["length 501 lines"]);
    no_breach("tests/x.rs", &long);
    let tested =
        format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", "fn f() {}\n".repeat(499), "fn f() {}\n".repeat(99));
    no_breach("src/db/x.rs", &tested);

    let code = "fn f() {}\n\n// A comment.\n".repeat(21);
    assert_eq!(breaches("src/lib.rs", &code), ["length 21 lines of code"]);
    no_breach("src/main.rs", &"fn f() {}\n\n// A comment.\n".repeat(20));
}

#[test]
fn an_exception_covers_its_breach_only() {
    let source = Source::parse("src/domain/x.rs", "//! Header.\nuse crate::db::Db;\nuse crate::http::X;");
    let exceptions = [Exception {
        at: 7,
        file: "src/domain/x.rs",
        rule: "imports",
        names: "crate::db::Db",
        reason: "why",
    }];
    let left = without_exceptions(rules::check_source(&source), &exceptions);
    assert_eq!(left.iter().map(|it| it.names.as_str()).collect::<Vec<_>>(), ["crate::http::X"]);
}

#[test]
fn an_exception_that_is_no_longer_needed_is_a_breach() {
    let exceptions = [Exception {
        at: 7,
        file: "src/domain/x.rs",
        rule: "imports",
        names: "crate::db::Db",
        reason: "why",
    }];
    let left = without_exceptions(Vec::new(), &exceptions);
    let report: Vec<String> = left.iter().map(ToString::to_string).collect();
    assert_eq!(
        report,
        [
            "tests/architecture/table.rs:7: [exceptions] nothing in src/domain/x.rs breaks `imports` by `crate::db::Db`: \
          remove this line"
        ]
    );
}

#[test]
fn a_new_module_and_a_new_dependency_need_a_line_in_the_table() {
    let sources =
        [Source::parse("src/shop/mod.rs", "//! Header."), Source::parse("src/shop/till.rs", "//! Header.")];
    let names: Vec<String> =
        rules::check_modules_are_listed(&sources).iter().map(|it| it.names.clone()).collect();
    assert_eq!(names, ["shop"]);

    let manifest = "[package]\nname = \"x\"\n[dependencies]\ndiesel = \"2\"\nnew-thing = \"1\" # why\n\
                    [dependencies.other_thing]\nversion = \"1\"\n[dev-dependencies]\ninsta = \"1\"\n";
    let found: Vec<String> = rules::check_dependencies_have_owners(manifest)
        .iter()
        .map(|it| format!("{}:{}", it.line, it.names))
        .collect();
    assert_eq!(found, ["5:new_thing", "6:other_thing"]);
}

#[test]
fn a_message_names_the_place_the_rule_and_the_way_out() {
    let source = Source::parse("src/http/ws.rs", "//! Header.\n\nuse crate::db::Db;");
    let report: Vec<String> = rules::check_source(&source).iter().map(ToString::to_string).collect();
    assert_eq!(
        report,
        [
            "src/http/ws.rs:3: [imports] `http` may not use `crate::db::Db`, only telemetry, types, graphql, auth: \
          go through `graphql`; what a probe needs is handed in by `app`"
        ]
    );
}
