//! Where a browser goes once its user is logged in: a path of this site, and never another site.
//!
//! A link that logs in and then leads elsewhere would lend our name to whoever made it.

/// Longest path; browsers and servers take at least as much.
const MAX_BYTES: usize = 2_000;

/// The path to go to: the site's own page unless another one was asked for; `None` if that leads elsewhere or cannot be
/// sent.
pub(super) fn checked(asked: Option<String>) -> Option<String> {
    let path = asked.unwrap_or_else(|| "/".to_owned());
    // A browser reads `//host` and `/\host` as another site, and drops tabs and line ends before it looks.
    let is_local = path.starts_with('/') && !path.starts_with("//");
    let is_plain = path.bytes().all(|it| it.is_ascii_graphic() && it != b'\\');
    (is_local && is_plain && path.len() <= MAX_BYTES).then_some(path)
}

/// A path as the value of a parameter.
pub(super) fn encoded(path: &str) -> String {
    let mut text = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                text.push(char::from(byte));
            }
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_of_this_site_is_gone_to() {
        assert_eq!(checked(None).as_deref(), Some("/"));
        for path in ["/", "/tournaments/5?tab=bracket#final", "/a//b", "/%5C"] {
            assert_eq!(checked(Some(path.to_owned())).as_deref(), Some(path));
        }
        for elsewhere in [
            "",
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/a\r\nSet-Cookie: x=y",
            "javascript:alert(1)",
            "evil.example",
            "/ü",
        ] {
            assert_eq!(checked(Some(elsewhere.to_owned())), None, "{elsewhere:?}");
        }
        assert_eq!(checked(Some(format!("/{}", "a".repeat(MAX_BYTES)))), None);
    }

    #[test]
    fn a_path_with_parameters_is_one_value() {
        assert_eq!(encoded("/a?b=c&d"), "/a%3Fb%3Dc%26d");
    }
}
