//! The checks: a source and the table in, breaches out. Reads no file and decides no rule.

use std::collections::BTreeSet;
use std::fmt;

use super::source::{NamedPath, Source, attributes};
use super::table::{
    BANS, CRATES, DOMAIN_WORDS, Exception, FORBIDDEN_MACROS, MAX_LINES, MAX_ROOT_LINES, MODULES, May, Module,
    Owners, PURE,
};

/// A breach of a rule.
#[derive(Debug)]
pub(crate) struct Violation {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) rule: &'static str,
    /// What breaks it, as an exception would name it.
    pub(crate) names: String,
    message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: [{}] {}", self.file, self.line, self.rule, self.message)
    }
}

/// Everything one file can break on its own, in order of lines.
pub(crate) fn check_source(source: &Source) -> Vec<Violation> {
    let mut found = check_head(source);
    if source.is_ours_to_ship() {
        found.extend(check_length(source));
        found.extend(check_forbidden(source));
        found.extend(check_imports(source));
        found.extend(check_crates(source));
        found.extend(check_bans(source));
        found.extend(check_pure_words(source));
        found.extend(check_vocabulary(source));
    }
    found.sort_by_key(|it| it.line);
    found
}

/// What is left when known breaches are taken out, and the exceptions that cover nothing.
pub(crate) fn without_exceptions(mut violations: Vec<Violation>, exceptions: &[Exception]) -> Vec<Violation> {
    for exception in exceptions {
        let n_before = violations.len();
        violations.retain(|it| {
            it.file != exception.file || it.rule != exception.rule || it.names != exception.names
        });
        if violations.len() == n_before {
            let Exception { at, file, rule, names, .. } = exception;
            violations.push(Violation {
                file: "tests/architecture/table.rs".to_owned(),
                line: usize::try_from(*at).unwrap_or_default(),
                rule: "exceptions",
                names: file.to_string(),
                message: format!("nothing in {file} breaks `{rule}` by `{names}`: remove this line"),
            });
        }
    }
    violations
}

/// A module of the crate without a line in the table would be free of all rules.
pub(crate) fn check_modules_are_listed(sources: &[Source]) -> Vec<Violation> {
    let mut seen = BTreeSet::new();
    let shipped = sources.iter().filter(|it| it.is_ours_to_ship());
    shipped
        .filter_map(|source| source.module.first().map(|module| (source, module)))
        .filter(|(_, module)| !is_listed(module) && seen.insert((*module).clone()))
        .map(|(source, module)| {
            let message = format!(
                "`{module}` has no line in MODULES of tests/architecture/table.rs: decide what it may use"
            );
            violation(source, 1, "modules", module, message)
        })
        .collect()
}

/// A dependency without a line in the table could be named by everyone.
pub(crate) fn check_dependencies_have_owners(manifest: &str) -> Vec<Violation> {
    let mut section = "";
    let mut found = Vec::new();
    for (i, line) in manifest.lines().enumerate() {
        let name = match line.trim().strip_prefix('[') {
            Some(header) => {
                section = header.trim_end_matches(']');
                section.strip_prefix("dependencies.").unwrap_or_default()
            }
            None if is_dependency_section(section) => line.split(['=', '#', '.']).next().unwrap_or_default(),
            None => "",
        };
        let name = name.trim().replace('-', "_");
        if !name.is_empty() && !CRATES.iter().any(|(it, _)| *it == name) {
            found.push(Violation {
                file: "Cargo.toml".to_owned(),
                line: i + 1,
                rule: "crates",
                message: format!(
                    "`{name}` has no line in CRATES of tests/architecture/table.rs: decide who may name it"
                ),
                names: name,
            });
        }
    }
    found
}

fn is_dependency_section(section: &str) -> bool {
    section == "dependencies" || (section.starts_with("target.") && section.ends_with(".dependencies"))
}

/// A name in the table that means nothing would allow or forbid nothing.
pub(crate) fn check_table() -> Vec<Violation> {
    let allowed = MODULES.iter().flat_map(|module| match module.may {
        May::Everything => [].iter(),
        May::Only(paths) => paths.iter(),
    });
    let owners = CRATES.iter().flat_map(|(_, owners)| match owners {
        Owners::Only(modules) => modules.iter(),
        Owners::Everyone | Owners::Impure => [].iter(),
    });
    let banned = BANS.iter().flat_map(|it| it.modules.iter().chain(it.except));
    let names = allowed.chain(owners).chain(banned).chain(PURE);
    names
        .filter(|name| !first_segment(name).starts_with('*') && !is_listed(first_segment(name)))
        .map(|name| Violation {
            file: "tests/architecture/table.rs".to_owned(),
            line: 1,
            rule: "table",
            names: (*name).to_owned(),
            message: format!("`{name}` is no module of MODULES: correct the spelling"),
        })
        .collect()
}

fn first_segment(path: &str) -> &str {
    path.split("::").next().unwrap_or(path)
}

fn is_listed(module: &str) -> bool {
    MODULES.iter().any(|it| it.path == module)
}

fn violation(source: &Source, line: usize, rule: &'static str, names: &str, message: String) -> Violation {
    Violation { file: source.path.clone(), line, rule, names: names.to_owned(), message }
}

fn check_head(source: &Source) -> Vec<Violation> {
    if source.head.starts_with("//!") {
        return Vec::new();
    }
    let message =
        "the file does not open with `//!`: say first why it exists and what it must not do".to_owned();
    vec![violation(source, 1, "head", "no //!", message)]
}

fn check_length(source: &Source) -> Vec<Violation> {
    let mut found = Vec::new();
    if source.n_lines > MAX_LINES {
        let names = format!("{} lines", source.n_lines);
        let message = format!("{names}, at most {MAX_LINES}: split it by what changes together");
        found.push(violation(source, MAX_LINES + 1, "length", &names, message));
    }
    if source.module.is_empty() && source.n_code_lines() > MAX_ROOT_LINES {
        let names = format!("{} lines of code", source.n_code_lines());
        let message = format!("{names}, at most {MAX_ROOT_LINES}: move it to `app` or `cli`");
        found.push(violation(source, 1, "length", &names, message));
    }
    found
}

/// Macros and attributes that are not shipped, test code included.
fn check_forbidden(source: &Source) -> Vec<Violation> {
    let mut found = Vec::new();
    for pair in source.tokens.windows(2) {
        let [name, bang] = pair else { continue };
        if let Some((_, instead)) =
            FORBIDDEN_MACROS.iter().find(|(it, _)| *it == name.text && bang.text == "!")
        {
            let names = format!("{}!", name.text);
            found.push(violation(source, name.line, "forbidden", &names, format!("`{names}`: {instead}")));
        }
    }
    for range in attributes(&source.tokens) {
        let attribute = source.tokens.get(range).unwrap_or_default();
        let allow = attribute.windows(2).find(|it| it.iter().map(|it| it.text.as_str()).eq(["allow", "("]));
        if let Some(token) = allow.and_then(|it| it.first()) {
            let message =
                "`allow`: use `#[expect(…, reason = \"…\")]`, which tells when it is no longer needed"
                    .to_owned();
            found.push(violation(source, token.line, "forbidden", "#[allow]", message));
        }
    }
    found
}

/// The table "who may import whom".
fn check_imports(source: &Source) -> Vec<Violation> {
    let Some(module) = row_of(source) else { return Vec::new() };
    let May::Only(allowed) = module.may else { return Vec::new() };
    let mut found = Vec::new();
    for path in shipped_paths(source) {
        let Some(target) = path.target(&source.module) else { continue };
        if target.first() == source.module.first() || allowed.iter().any(|it| covers(it, &target)) {
            continue;
        }
        if target.is_empty() && !path.is_import {
            // `pub(in super::super)`.
            continue;
        }
        let alias =
            path.alias.filter(|_| target.is_empty()).map(|it| format!(" as {it}")).unwrap_or_default();
        let names = ["crate".to_owned()].into_iter().chain(target).collect::<Vec<_>>().join("::") + &alias;
        let only = if allowed.is_empty() { "itself".to_owned() } else { allowed.join(", ") };
        let message = format!("`{}` may not use `{names}`, only {only}: {}", module.path, module.instead);
        found.push(violation(source, path.line, "imports", &names, message));
    }
    found
}

/// The row with the longest path that leads to the file; the crate root has none and may use everything.
fn row_of(source: &Source) -> Option<&'static Module> {
    let leads_here = |it: &&Module| is_below(&source.module, it.path);
    MODULES.iter().filter(leads_here).max_by_key(|it| it.path.len())
}

fn is_below(module: &[String], path: &str) -> bool {
    let mut module = module.iter();
    path.split("::").all(|it| module.next().is_some_and(|segment| segment == it))
}

fn covers(allowed: &str, target: &[String]) -> bool {
    let mut target = target.iter();
    allowed.split("::").all(|pattern| {
        target.next().is_some_and(|segment| match pattern.strip_prefix('*') {
            Some(end) => segment.ends_with(end) && !segment.contains('*'),
            None => segment == pattern,
        })
    })
}

fn shipped_paths(source: &Source) -> impl Iterator<Item = NamedPath> {
    source.paths().into_iter().filter(|it| !it.in_test)
}

fn is_in(source: &Source, modules: &[&str]) -> bool {
    modules.iter().any(|it| is_below(&source.module, it))
}

/// Crates have owners.
fn check_crates(source: &Source) -> Vec<Violation> {
    if source.module.is_empty() || is_in(source, &["app", "cli"]) {
        return Vec::new();
    }
    let local = source.local_names();
    let mut found = Vec::new();
    for path in shipped_paths(source) {
        let Some(name) = path.segments.first().filter(|it| !local.contains(*it)) else { continue };
        let Some((_, owners)) = CRATES.iter().find(|(it, _)| it == name) else { continue };
        let belongs_to = match owners {
            Owners::Everyone => continue,
            Owners::Impure if is_in(source, PURE) => "every module but types, domain".to_owned(),
            Owners::Only(modules) if !is_in(source, modules) => modules.join(", "),
            Owners::Impure | Owners::Only(_) => continue,
        };
        let module = source.module.join("::");
        let message = format!(
            "`{module}` may not name the crate `{name}`, which belongs to {belongs_to}: call the owner, or move the code there"
        );
        found.push(violation(source, path.line, "crates", name, message));
    }
    found
}

/// What is named in few places: the system clock, the environment, IO and dice in pure modules.
fn check_bans(source: &Source) -> Vec<Violation> {
    let mut found = Vec::new();
    for ban in BANS {
        if (!ban.modules.is_empty() && !is_in(source, ban.modules)) || is_in(source, ban.except) {
            continue;
        }
        for path in shipped_paths(source) {
            if let Some(name) = ban.names.iter().find(|it| path.contains(it)) {
                let message = format!("`{}`: {}", path.text(), ban.instead);
                found.push(violation(source, path.line, ban.rule, name, message));
            }
        }
    }
    found
}

fn check_pure_words(source: &Source) -> Vec<Violation> {
    if !is_in(source, PURE) {
        return Vec::new();
    }
    let waits = source
        .tokens
        .iter()
        .filter(|it| !it.in_test && it.is_word && ["async", "await"].contains(&it.text.as_str()));
    waits
        .map(|it| {
            let message =
                format!("`{}`: pure modules never wait; let `service` wait and hand the facts in", it.text);
            violation(source, it.line, "purity", &it.text, message)
        })
        .collect()
}

/// The cache is an engine: no name in it may speak of the domain.
fn check_vocabulary(source: &Source) -> Vec<Violation> {
    if !is_in(source, &["cache"]) {
        return Vec::new();
    }
    let names = source.tokens.iter().filter(|it| !it.in_test && it.is_word);
    names
        .filter(|it| words_of(&it.text).iter().any(|word| DOMAIN_WORDS.contains(&word.as_str())))
        .map(|it| {
            let message = format!("`{}`: the cache engine knows no entity; say dep, entry or key", it.text);
            violation(source, it.line, "vocabulary", &it.text, message)
        })
        .collect()
}

/// The words of an identifier in lower case: `DraftKey` and `draft_key` are draft and key.
fn words_of(identifier: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for c in identifier.chars() {
        if c.is_uppercase() || c == '_' {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c != '_') {
            word.extend(c.to_lowercase());
        }
    }
    words
}
