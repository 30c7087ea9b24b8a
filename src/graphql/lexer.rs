//! Counts tokens and brackets of a document before it is parsed.
//!
//! The parser recurses into each bracket, so a text of brackets overflows its stack: what passes here cannot.
//! Wherever this reads a string differently than the parser would, it must refuse rather than skip text.

use super::limits::DocumentLimits;

/// Longest name: suggestions for misspelt names cost its length times that of every known name.
const MAX_NAME: usize = 100;

/// Why a document is not handed to the parser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScanError {
    /// More tokens than allowed, or a name longer than any real one.
    TooLong,
    /// More brackets inside each other than allowed.
    TooDeep,
    /// A string without an end.
    OpenString,
}

/// Refuses documents that would cost too much to parse.
pub(super) fn scan(document: &str, limits: &DocumentLimits) -> Result<(), ScanError> {
    let mut rest = document.as_bytes();
    let (mut tokens, mut open) = (0_usize, 0_usize);
    while let Some((&first, tail)) = rest.split_first() {
        rest = match first {
            b' ' | b'\t' | b'\r' | b'\n' | b',' | 0xEF | 0xBB | 0xBF => {
                rest = tail;
                continue;
            }
            b'#' => {
                rest = skip_while(tail, |b| !matches!(b, b'\r' | b'\n'));
                continue;
            }
            b'"' => after_string(rest).ok_or(ScanError::OpenString)?,
            b'_' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => {
                let after = skip_while(tail, |b| b == b'_' || b.is_ascii_alphanumeric());
                if rest.len() - after.len() > MAX_NAME {
                    return Err(ScanError::TooLong);
                }
                after
            }
            _ => tail,
        };
        match first {
            b'{' | b'[' | b'(' => open += 1,
            b'}' | b']' | b')' => open = open.saturating_sub(1),
            _ => {}
        }
        tokens += 1;
        if tokens > limits.max_tokens {
            return Err(ScanError::TooLong);
        }
        if open > limits.max_brackets {
            return Err(ScanError::TooDeep);
        }
    }
    Ok(())
}

fn skip_while(bytes: &[u8], keep: impl Fn(u8) -> bool) -> &[u8] {
    let end = bytes.iter().position(|b| !keep(*b)).unwrap_or(bytes.len());
    bytes.get(end..).unwrap_or_default()
}

/// What follows the string that `bytes` begins with.
fn after_string(bytes: &[u8]) -> Option<&[u8]> {
    if let Some(mut rest) = bytes.strip_prefix(br#"""""#) {
        loop {
            if let Some(after) = rest.strip_prefix(br#"""""#) {
                return Some(after);
            }
            rest = rest.strip_prefix(br#"\""""#).or_else(|| rest.get(1..))?;
        }
    }
    let mut rest = bytes.get(1..)?;
    loop {
        match rest.split_first()? {
            (b'"', after) => return Some(after),
            (b'\\', after) => rest = after.get(1..)?,
            (b'\r' | b'\n', _) => return None,
            (_, after) => rest = after,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scanned(document: &str) -> Result<(), ScanError> {
        scan(document, &DocumentLimits { max_tokens: 12, max_brackets: 4, ..DocumentLimits::default() })
    }

    #[test]
    fn tokens_are_counted_without_blanks_and_comments() {
        assert_eq!(scanned("{ a, b, c, d, e, f, g, h, i, j } # k l m n o p"), Ok(()));
        assert_eq!(scanned("{ a b c d e f g h i j k }"), Err(ScanError::TooLong));
    }

    #[test]
    fn brackets_of_every_kind_count_as_nesting() {
        assert_eq!(scanned("{a(b:[{"), Ok(()));
        assert_eq!(scanned("{a(b:[{c:["), Err(ScanError::TooDeep));
    }

    #[test]
    fn closing_brackets_without_an_opening_one_do_not_buy_depth() {
        assert_eq!(scanned("}}}}}{{{{{"), Err(ScanError::TooDeep));
    }

    #[test]
    fn brackets_inside_strings_do_not_count() {
        for text in [r#"{a(b:"{{{{{{")}"#, r#"{a(b:"\"{{{{{{")}"#, r#"{a(b:"""{{ \""" {{{{ " "")}""")}"#] {
            assert_eq!(scanned(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn brackets_after_a_string_count() {
        for text in [r#""\\"{{{{{"#, r#""""x\""""""{{{{{"#, r#"""{{{{{"#] {
            assert_eq!(scanned(text), Err(ScanError::TooDeep), "{text}");
        }
    }

    #[test]
    fn a_string_without_an_end_hides_nothing() {
        for text in [r#"""" {{{{{"#, "\"\n{{{{{", r#""{{{{{"#, r#""\"#] {
            assert_eq!(scanned(text), Err(ScanError::OpenString), "{text}");
        }
    }

    #[test]
    fn a_name_longer_than_any_real_one_is_refused() {
        assert_eq!(scanned(&"x".repeat(101)), Err(ScanError::TooLong));
    }
}
