//! A Rust source as a list of words: enough of a lexer to know a path from a comment, and no more.
//!
//! Knows nothing of the rules. Not a parser: macros are read like ordinary code, which is what the rules want.

use std::collections::BTreeSet;
use std::ops::Range;

/// A file of the package, read.
pub(crate) struct Source {
    /// Path from the root of the package, with `/`.
    pub(crate) path: String,
    /// Where its items live below the crate root: `src/http/auth.rs` is `["http", "auth"]`.
    pub(crate) module: Vec<String>,
    /// Everything that is neither comment nor space.
    pub(crate) tokens: Vec<Token>,
    /// The first line.
    pub(crate) head: String,
    /// Number of lines, code under `#[cfg(test)]` left out.
    pub(crate) n_lines: usize,
}

/// An identifier, a single character of punctuation, `::`, or a literal, whose text is dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    /// The text; empty for a literal.
    pub(crate) text: String,
    /// Line, from 1.
    pub(crate) line: usize,
    /// Whether it is an identifier or keyword.
    pub(crate) is_word: bool,
    /// Whether it stands under `#[cfg(test)]`.
    pub(crate) in_test: bool,
}

/// A path as it stands in the source, groups taken apart: `use a::{b, c}` is `a::b` and `a::c`.
#[derive(Debug)]
pub(crate) struct NamedPath {
    pub(crate) segments: Vec<String>,
    pub(crate) alias: Option<String>,
    pub(crate) line: usize,
    pub(crate) in_test: bool,
    /// Whether it is what a `use` or `extern crate` names.
    pub(crate) is_import: bool,
    /// Names of the inline modules around it.
    inline_modules: Vec<String>,
}

impl Source {
    pub(crate) fn parse(path: &str, text: &str) -> Self {
        let mut tokens = Lexer::new(text).tokens();
        let n_test_lines = mark_tests(&mut tokens);
        if path.ends_with("/tests.rs") || (path.starts_with("src/") && path.contains("/tests/")) {
            for token in &mut tokens {
                token.in_test = true;
            }
        }
        Self {
            path: path.to_owned(),
            module: module_of(path),
            tokens,
            head: text.lines().next().unwrap_or_default().to_owned(),
            n_lines: text.lines().count() - n_test_lines,
        }
    }

    /// Whether the file is part of the library or the program.
    pub(crate) fn is_ours_to_ship(&self) -> bool {
        self.path.starts_with("src/")
    }

    /// Number of lines that hold code.
    pub(crate) fn n_code_lines(&self) -> usize {
        self.tokens.iter().map(|it| it.line).collect::<BTreeSet<_>>().len()
    }

    /// Every path and single name, in order.
    pub(crate) fn paths(&self) -> Vec<NamedPath> {
        PathReader { tokens: &self.tokens, found: Vec::new(), inline_modules: Vec::new(), depth: 0 }.read()
    }

    /// Names that stand for something of our own in this file, though a crate may be called the same.
    pub(crate) fn local_names(&self) -> BTreeSet<String> {
        let declared = self.tokens.windows(2).filter_map(|pair| match pair {
            [keyword, name] if keyword.text == "mod" && name.is_word => Some(name.text.clone()),
            _ => None,
        });
        let imported = self.paths().into_iter().filter_map(|path| {
            let ours =
                path.segments.first().is_some_and(|it| ["crate", "self", "super"].contains(&it.as_str()));
            if ours { path.alias.or_else(|| path.segments.last().cloned()) } else { None }
        });
        declared.chain(imported).collect()
    }
}

impl NamedPath {
    /// Where the path leads from the crate root, if it starts with `crate`, `self` or `super`.
    pub(crate) fn target(&self, module: &[String]) -> Option<Vec<String>> {
        let mut here: Vec<String> = module.iter().chain(&self.inline_modules).cloned().collect();
        let mut rest = self.segments.iter().peekable();
        match rest.peek().map(|it| it.as_str()) {
            Some("crate") => {
                here.clear();
                rest.next();
            }
            Some("self" | "super") => {}
            _ => return None,
        }
        while let Some(step) = rest.next_if(|it| ["self", "super"].contains(&it.as_str())) {
            if step == "super" {
                here.pop();
            }
        }
        here.extend(rest.cloned());
        Some(here)
    }

    /// The segments, joined.
    pub(crate) fn text(&self) -> String {
        self.segments.join("::")
    }

    /// Whether these segments stand next to each other somewhere in the path.
    pub(crate) fn contains(&self, part: &str) -> bool {
        let part: Vec<&str> = part.split("::").collect();
        self.segments.windows(part.len()).any(|it| it.iter().zip(&part).all(|(a, b)| a == b))
    }
}

fn module_of(path: &str) -> Vec<String> {
    let inner = path.strip_prefix("src/").unwrap_or(path).trim_end_matches(".rs");
    let mut module: Vec<String> = inner.split('/').map(str::to_owned).collect();
    if module.last().is_some_and(|it| ["mod", "lib", "main"].contains(&it.as_str())) {
        module.pop();
    }
    module
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
    line: usize,
    tokens: Vec<Token>,
}

impl Lexer {
    fn new(text: &str) -> Self {
        Self { chars: text.chars().collect(), at: 0, line: 1, tokens: Vec::new() }
    }

    fn tokens(mut self) -> Vec<Token> {
        while let Some(c) = self.peek(0) {
            let line = self.line;
            match c {
                _ if c.is_whitespace() => self.skip(1),
                '/' if self.peek(1) == Some('/') => self.skip_while(|it| it != '\n'),
                '/' if self.peek(1) == Some('*') => self.skip_block_comment(),
                '"' => self.quoted(line),
                '\'' => self.char_or_lifetime(line),
                ':' if self.peek(1) == Some(':') => {
                    self.skip(2);
                    self.push("::", line, false);
                }
                _ if c.is_alphabetic() || c == '_' => self.word_or_prefixed_literal(line),
                _ if c.is_numeric() => {
                    self.skip_while(|it| it.is_alphanumeric() || it == '_');
                    self.push("", line, false);
                }
                _ => {
                    self.skip(1);
                    self.push(&c.to_string(), line, false);
                }
            }
        }
        self.tokens
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn skip(&mut self, n: usize) {
        for _ in 0..n {
            if self.peek(0) == Some('\n') {
                self.line += 1;
            }
            self.at += 1;
        }
    }

    fn skip_while(&mut self, wanted: impl Fn(char) -> bool) {
        while self.peek(0).is_some_and(&wanted) {
            self.skip(1);
        }
    }

    fn push(&mut self, text: &str, line: usize, is_word: bool) {
        self.tokens.push(Token { text: text.to_owned(), line, is_word, in_test: false });
    }

    fn skip_block_comment(&mut self) {
        let mut depth = 0;
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => {
                    depth += 1;
                    self.skip(2);
                }
                (Some('*'), Some('/')) => {
                    depth -= 1;
                    self.skip(2);
                    if depth == 0 {
                        return;
                    }
                }
                (Some(_), _) => self.skip(1),
                (None, _) => return,
            }
        }
    }

    /// A string or character with escapes, from its opening quote on.
    fn quoted(&mut self, line: usize) {
        let quote = self.peek(0);
        self.skip(1);
        while let Some(c) = self.peek(0) {
            self.skip(if c == '\\' { 2 } else { 1 });
            if Some(c) == quote {
                break;
            }
        }
        self.push("", line, false);
    }

    fn char_or_lifetime(&mut self, line: usize) {
        if self.peek(1) == Some('\\') || self.peek(2) == Some('\'') {
            self.quoted(line);
        } else {
            self.skip(1);
            self.skip_while(|it| it.is_alphanumeric() || it == '_');
        }
    }

    fn word_or_prefixed_literal(&mut self, line: usize) {
        let start = self.at;
        self.skip_while(|it| it.is_alphanumeric() || it == '_');
        let word: String = self.chars.iter().take(self.at).skip(start).collect();
        let n_hashes = (0..).take_while(|it| self.peek(*it) == Some('#')).count();
        let raw = ["r", "br", "cr"].contains(&word.as_str()) && self.peek(n_hashes) == Some('"');
        match (word.as_str(), self.peek(0)) {
            _ if raw => self.raw_string(n_hashes, line),
            ("b" | "c", Some('"')) | ("b", Some('\'')) => self.quoted(line),
            ("r", Some('#')) => {
                // A raw identifier: the word follows.
                self.skip(1);
                self.word_or_prefixed_literal(line);
            }
            _ => self.push(&word, line, true),
        }
    }

    fn raw_string(&mut self, n_hashes: usize, line: usize) {
        self.skip(n_hashes + 1);
        while let Some(c) = self.peek(0) {
            self.skip(1);
            if c == '"' && (0..n_hashes).all(|it| self.peek(it) == Some('#')) {
                self.skip(n_hashes);
                break;
            }
        }
        self.push("", line, false);
    }
}

/// The attributes in order, each from its `#` to just past its `]`.
pub(crate) fn attributes(tokens: &[Token]) -> Vec<Range<usize>> {
    let is = |at: usize, text: &str| tokens.get(at).is_some_and(|it| it.text == text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let bracket = if is(at + 1, "!") { at + 2 } else { at + 1 };
        let end = if is(at, "#") && is(bracket, "[") { item_end(tokens, bracket, "]") } else { at + 1 };
        if end > at + 1 {
            found.push(at..end);
        }
        at = end;
    }
    found
}

/// Marks what stands under `#[cfg(test)]` and returns how many lines that is.
fn mark_tests(tokens: &mut [Token]) -> usize {
    let mut n_lines = 0;
    let mut marked_to = 0;
    for range in attributes(tokens) {
        let attribute = tokens.get(range.clone()).unwrap_or_default();
        let has = |word: &str| attribute.iter().any(|it| it.text == word);
        if range.start < marked_to || !has("cfg") || !has("test") || has("not") {
            continue;
        }
        let is_inner = attribute.get(1).is_some_and(|it| it.text == "!");
        marked_to = if is_inner { tokens.len() } else { item_end(tokens, range.end, "}") };
        let item = tokens.get_mut(range.start..marked_to).unwrap_or_default();
        if let (Some(first), Some(last)) = (item.first(), item.last()) {
            n_lines += last.line - first.line + 1;
        }
        for token in item {
            token.in_test = true;
        }
    }
    n_lines
}

/// Just past the item that starts at `at`: the first `closing` bracket or `;` that leaves no bracket open.
fn item_end(tokens: &[Token], at: usize, closing: &str) -> usize {
    let mut depth = 0_i32;
    for (i, token) in tokens.iter().enumerate().skip(at) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return i;
        }
        if depth == 0 && (token.text == closing || token.text == ";") {
            return i + 1;
        }
    }
    tokens.len()
}

/// Walks over the tokens, collecting paths and keeping count of the inline modules it is in.
struct PathReader<'a> {
    tokens: &'a [Token],
    found: Vec<NamedPath>,
    /// Each with the brace depth of its body.
    inline_modules: Vec<(usize, String)>,
    depth: usize,
}

impl PathReader<'_> {
    fn read(mut self) -> Vec<NamedPath> {
        let mut at = 0;
        while let Some(token) = self.tokens.get(at) {
            match token.text.as_str() {
                "{" => self.depth += 1,
                "}" => {
                    self.depth = self.depth.saturating_sub(1);
                    self.inline_modules.retain(|(depth, _)| *depth <= self.depth);
                }
                "mod" if self.is(at + 2, "{") => {
                    self.inline_modules.push((self.depth + 1, self.text(at + 1)))
                }
                _ if token.is_word => {
                    at = self.read_path(at);
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
        self.found
    }

    fn is(&self, at: usize, text: &str) -> bool {
        self.tokens.get(at).is_some_and(|it| it.text == text)
    }

    fn is_word(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|it| it.is_word)
    }

    fn text(&self, at: usize) -> String {
        self.tokens.get(at).map(|it| it.text.clone()).unwrap_or_default()
    }

    /// Reads the path that starts at a word; returns where to go on.
    fn read_path(&mut self, at: usize) -> usize {
        let before = |n: usize| at.checked_sub(n).map(|it| self.text(it)).unwrap_or_default();
        let n_colons = usize::from(before(1) == "::");
        let is_import = before(1 + n_colons) == "use" || (before(1) == "crate" && before(2) == "extern");
        // `Vec::<u8>::new` and `<T as X>::y`: the rest of a path that began earlier.
        let is_rest = n_colons == 1 && before(2) == ">";
        let n_found = self.found.len();
        let next = self.read_tree(at, Vec::new(), is_import);
        if is_rest {
            self.found.truncate(n_found);
        }
        next
    }

    fn read_tree(&mut self, start: usize, mut segments: Vec<String>, is_import: bool) -> usize {
        let mut at = start;
        segments.push(self.text(at));
        while self.is(at + 1, "::") {
            if self.is(at + 2, "{") {
                return self.read_group(at + 3, &segments);
            }
            if !self.is_word(at + 2) && !self.is(at + 2, "*") {
                break;
            }
            at += 2;
            segments.push(self.text(at));
        }
        let has_alias = is_import && self.is(at + 1, "as");
        let alias = has_alias.then(|| self.text(at + 2));
        self.add(at, segments, alias, is_import);
        if has_alias { at + 3 } else { at + 1 }
    }

    fn read_group(&mut self, start: usize, prefix: &[String]) -> usize {
        let mut at = start;
        while at < self.tokens.len() && !self.is(at, "}") {
            at = if self.is_word(at) || self.is(at, "*") {
                self.read_tree(at, prefix.to_vec(), true)
            } else {
                at + 1
            };
        }
        at + 1
    }

    fn add(&mut self, at: usize, mut segments: Vec<String>, alias: Option<String>, is_import: bool) {
        if segments.len() > 1 && segments.last().is_some_and(|it| it == "self") {
            segments.pop();
        }
        // A single word elsewhere is a keyword, a variable or a name from an import: no path.
        let (Some(token), true) = (self.tokens.get(at), segments.len() > 1 || is_import) else { return };
        self.found.push(NamedPath {
            segments,
            alias,
            line: token.line,
            in_test: token.in_test,
            is_import,
            inline_modules: self.inline_modules.iter().map(|(_, name)| name.clone()).collect(),
        });
    }
}
