//! Texts people type: how long they may be, and what of a description may be shown to others.
//!
//! Lengths are those of the columns, in characters, so that a text too long is told before the database refuses it.

use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag};

use super::rejection::{CommandResult, Rejection};

/// Longest name of an organization, league, tournament or team (DOMAIN §1).
pub(in crate::service) const MAX_NAME: usize = 255;
/// Longest description (DOMAIN §1.3, §1.4).
pub(in crate::service) const MAX_DESCRIPTION: usize = 10_000;
/// Longest rules (DOMAIN §1.3, §1.4).
pub(in crate::service) const MAX_RULES: usize = 50_000;
/// Longest URL.
const MAX_URL: usize = 2_000;

/// A name: trimmed, not empty, of one line.
///
/// # Errors
/// It is empty, too long, or holds control characters.
pub(in crate::service) fn name(text: &str, field: &str, max: usize) -> CommandResult<String> {
    let name = text.trim();
    let problem = match name {
        "" => "must not be empty".to_owned(),
        _ if name.chars().count() > max => format!("must not be longer than {max} characters"),
        _ if name.chars().any(char::is_control) => "must be one line of text".to_owned(),
        _ => return Ok(name.to_owned()),
    };
    Err(Rejection::invalid(format!("`{field}` {problem}"), &[field]).into())
}

/// A Markdown text: what could run in a reader's browser is taken out (DOMAIN §1.3).
///
/// # Errors
/// It is too long.
pub(in crate::service) fn markdown(text: &str, field: &str, max: usize) -> CommandResult<String> {
    let too_long = |text: &str| text.chars().count() > max;
    // Looked at first: cleaning takes its time.
    let clean = if too_long(text) { None } else { Some(sanitized(&text.replace('\0', ""))) };
    let Some(clean) = clean.filter(|it| !too_long(it)) else {
        let message = format!("`{field}` must not be longer than {max} characters");
        return Err(Rejection::invalid(message, &[field]).into());
    };
    Ok(clean)
}

/// An address of the web, or nothing.
///
/// # Errors
/// It is something else.
pub(in crate::service) fn url(text: &str, field: &str) -> CommandResult<String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(String::new());
    }
    let is_web = !text.contains(char::is_control)
        && url::Url::parse(text).is_ok_and(|it| matches!(it.scheme(), "http" | "https") && it.has_host());
    if is_web && text.chars().count() <= MAX_URL {
        return Ok(text.to_owned());
    }
    let message = format!("`{field}` must be an http or https address, or empty");
    Err(Rejection::invalid(message, &[field]).into())
}

/// The name of a time zone.
///
/// # Errors
/// The zone is unknown.
pub(in crate::service) fn timezone(text: &str, field: &str) -> CommandResult<String> {
    let text = text.trim();
    match jiff::tz::TimeZone::get(text) {
        Ok(zone) => Ok(zone.iana_name().unwrap_or(text).to_owned()),
        Err(_unknown) => {
            let message = format!("`{field}` must be an IANA time zone, for example Europe/Berlin");
            Err(Rejection::invalid(message, &[field]).into())
        }
    }
}

/// A Discord snowflake; an empty text is none.
///
/// # Errors
/// It is no snowflake.
pub(in crate::service) fn snowflake(text: &str, field: &str) -> CommandResult<Option<String>> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let is_number =
        text.bytes().all(|it| it.is_ascii_digit()) && !text.starts_with('0') && text.parse::<u64>().is_ok();
    if is_number {
        return Ok(Some(text.to_owned()));
    }
    let message = format!("`{field}` must be a Discord id: digits only");
    Err(Rejection::invalid(message, &[field]).into())
}

/// Schemes a link may have; one without a scheme stays on the page's own site.
const LINKED: [&str; 3] = ["http", "https", "mailto"];

/// Rounds of cleaning after which a text is shown as it was typed.
const MAX_ROUNDS: usize = 8;

/// The text without scripts, event handlers and links that run something.
///
/// Markup is left to an HTML sanitizer only if there is any: it would write `a < b` and `> quoted` as entities. What is
/// left of a link may be markup, and what is left of markup a link, so both are looked for until neither is there. Each
/// round shortens the text or is the last.
fn sanitized(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..MAX_ROUNDS {
        let clean = if has_markup(&text) { quoted_again(&ammonia::clean(&text)) } else { text.clone() };
        match without_unsafe_links(&clean) {
            Some(shorter) => text = shorter,
            None => return clean,
        }
    }
    // Nobody writes links inside links by accident: as plain text, nothing of it runs.
    text.replace('&', "&amp;").replace('<', "&lt;").replace('[', "\\[")
}

/// Whether something begins like a tag, other than an address in angle brackets.
fn has_markup(text: &str) -> bool {
    text.match_indices('<').any(|(at, _)| {
        let rest = text.get(at + 1..).unwrap_or_default();
        let is_tag = rest.starts_with(|it: char| it.is_ascii_alphabetic() || matches!(it, '/' | '!' | '?'));
        is_tag && !is_address(rest)
    })
}

/// `https://…>` without anything that could end a tag before.
fn is_address(rest: &str) -> bool {
    let Some((address, _)) = rest.split_once('>') else { return false };
    let is_web = address.starts_with("https://") || address.starts_with("http://");
    is_web && !address.contains(|it: char| it.is_whitespace() || matches!(it, '<' | '"' | '\''))
}

/// Quotation marks at the beginning of lines, which the sanitizer wrote as entities. A lone `>` in text opens nothing.
fn quoted_again(html: &str) -> String {
    let mut lines = Vec::new();
    for line in html.split('\n') {
        let mut marks = String::new();
        let mut rest = line;
        loop {
            let trimmed = rest.trim_start_matches(' ');
            let Some(after) = trimmed.strip_prefix("&gt;") else { break };
            let indent = rest.len().saturating_sub(trimmed.len());
            marks.extend(std::iter::repeat_n(' ', indent).chain(['>']));
            rest = after;
        }
        lines.push(marks + rest);
    }
    lines.join("\n")
}

/// The text without its links that run something, if there are any; their labels stay.
fn without_unsafe_links(text: &str) -> Option<String> {
    let parser = Parser::new(text);
    let defined = parser.reference_definitions().iter();
    let definitions = defined.filter(|(_, it)| !is_safe(&it.dest)).map(|(_, it)| (it.span.clone(), None));
    let mut cuts: Vec<(Range<usize>, Option<Range<usize>>)> = definitions.collect();
    for (event, span) in parser.into_offset_iter() {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) if !is_safe(&dest_url) => {
                cuts.push((span, None));
            }
            // What a link to be cut shows: from the first to the last thing inside it.
            _ => {
                let inside =
                    |(cut, _): &&mut (Range<usize>, _)| cut.start <= span.start && span.end <= cut.end;
                if let Some((_, label)) = cuts.iter_mut().rev().find(inside).filter(|(cut, _)| *cut != span) {
                    let start = label.as_ref().map_or(span.start, |it| it.start.min(span.start));
                    let end = label.as_ref().map_or(span.end, |it| it.end.max(span.end));
                    *label = Some(start..end);
                }
            }
        }
    }
    if cuts.is_empty() {
        return None;
    }
    // From the back, so that what is cut moves nothing that is still to be cut; a cut inside another waits its turn.
    cuts.sort_by_key(|(cut, _)| std::cmp::Reverse(cut.start));
    let mut clean = text.to_owned();
    let mut cut_from = text.len();
    for (cut, label) in cuts {
        if cut.end <= cut_from {
            cut_from = cut.start;
            let label = label.and_then(|it| text.get(it)).unwrap_or_default();
            clean = replaced(&clean, &cut, label);
        }
    }
    Some(clean)
}

fn replaced(text: &str, span: &Range<usize>, by: &str) -> String {
    let (before, after) = (text.get(..span.start), text.get(span.end..));
    format!("{}{by}{}", before.unwrap_or_default(), after.unwrap_or_default())
}

/// Whether following a link only goes somewhere. Browsers skip white space and control characters in a scheme.
fn is_safe(address: &str) -> bool {
    let address: String = address
        .chars()
        .filter(|it| !it.is_whitespace() && !it.is_control())
        .collect::<String>()
        .to_lowercase();
    let Some((scheme, _)) = address.split_once(':') else { return true };
    let is_scheme = scheme.starts_with(|it: char| it.is_ascii_alphabetic())
        && scheme.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '+' | '-' | '.'));
    !is_scheme || LINKED.contains(&scheme)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_without_markup_is_kept_as_it_is() {
        for text in [
            "# Rules\n> be *nice* & quick\n1 < 2 > 0",
            "[site](https://example.org) <https://a.example/?b=1&c=2>",
            "",
            "[to](rules#bans)",
        ] {
            assert_eq!(sanitized(text), text);
        }
    }

    #[test]
    fn scripts_handlers_and_frames_are_taken_out_and_harmless_markup_stays() {
        for (given, kept) in [
            ("a<script>alert(1)</script>b", "ab"),
            ("<b onclick=\"x()\">bold</b>", "<b>bold</b>"),
            ("<img src=x onerror=alert(1)>", "<img src=\"x\">"),
            ("<iframe src=\"https://a.example\"></iframe>ok", "ok"),
            ("<a href=\"javascript:alert(1)\">x</a>", "<a rel=\"noopener noreferrer\">x</a>"),
            ("> quoted\n> > twice <b>x</b>", "> quoted\n> > twice <b>x</b>"),
            ("<scr<script>ipt>alert(1)</script>", "ipt&gt;alert(1)"),
            ("<javascript:alert(1)>", ""),
        ] {
            assert_eq!(sanitized(given), kept);
        }
    }

    #[test]
    fn links_that_run_something_keep_their_label_only() {
        for (given, kept) in [
            ("[x](javascript:alert(1))", "x"),
            ("[*x* y](JaVaScRiPt:alert%281%29) z", "*x* y z"),
            ("![x](data:text/html;base64,AAAA)", "x"),
            ("[x](&#106;avascript:alert(1))", "x"),
            ("[x](java<script></script>script:alert(1))", "x"),
            ("[x][1] y\n\n[1]: vbscript:x", "x y\n\n"),
        ] {
            let clean = sanitized(given);
            assert_eq!(clean.trim_end(), kept.trim_end(), "{given}");
        }
    }

    #[test]
    fn what_is_left_of_a_link_is_looked_at_again() {
        for given in [
            "<[i](javascript:1)mg src=x onerror=alert(1)>",
            "[<](x:)img src=x onerror=alert(1)>",
            "[[a](javascript:1)](javascript:2)<[s](x:)cript>alert(1)</script>",
            "[![x](javascript:1)](javascript:alert(2))",
            &"<[i](x:)".repeat(40),
        ] {
            let clean = sanitized(given);
            assert!(!clean.contains("onerror") && !clean.contains("script>"), "{given} became {clean}");
            assert_eq!(without_unsafe_links(&clean), None, "{given} became {clean}");
        }
    }

    #[test]
    fn many_links_are_cut_at_once() {
        assert_eq!(sanitized(&"[a](b:c) ".repeat(1_000)), "a ".repeat(1_000));
        assert!(markdown(&"x".repeat(11), "rules", 10).is_err());
    }

    #[test]
    fn what_is_clean_stays_as_it_is_when_it_is_cleaned_again() {
        for text in ["<b>x</b> & <i>y</i>", "> a <b>c</b>", "[x](https://e.example) <script>1</script>"] {
            let once = sanitized(text);
            assert_eq!(sanitized(&once), once);
        }
    }

    #[test]
    fn a_name_is_one_trimmed_line() {
        assert_eq!(name("  Winter Cup ", "name", 255).unwrap(), "Winter Cup");
        for text in ["", "   ", "a\nb", "a\0b", &"x".repeat(256)] {
            assert!(name(text, "name", 255).is_err(), "{text:?}");
        }
        assert!(name(&"é".repeat(255), "name", 255).is_ok());
    }

    #[test]
    fn only_addresses_of_the_web_are_urls() {
        for text in ["", " https://discord.gg/abc ", "http://localhost:3000/logo.png"] {
            assert!(url(text, "logo").is_ok(), "{text}");
        }
        for text in [
            "javascript:alert(1)",
            "discord.gg/abc",
            "ftp://a.example",
            "https://",
            "data:image/png,x",
            "https://a.example/\0b",
        ] {
            assert!(url(text, "logo").is_err(), "{text}");
        }
    }

    #[test]
    fn a_zone_is_one_the_world_knows() {
        assert_eq!(timezone("europe/berlin", "timezone").unwrap(), "Europe/Berlin");
        for text in ["", "Mars/Olympus", "+02:00"] {
            assert!(timezone(text, "timezone").is_err(), "{text}");
        }
    }

    #[test]
    fn a_snowflake_is_digits_and_nothing_is_none() {
        assert_eq!(snowflake("", "discordServerId").unwrap(), None);
        assert_eq!(snowflake("123", "discordServerId").unwrap().as_deref(), Some("123"));
        for text in ["12a", "-1", "0", "99999999999999999999999", "080351110224678912"] {
            assert!(snowflake(text, "discordServerId").is_err(), "{text}");
        }
    }
}
