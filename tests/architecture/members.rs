//! Guild members are cached in one place (DOMAIN §7.3): whatever looks like a second one fails here.
//!
//! Reads the sources as text, line by line, without comments and tests. What it cannot see is a cache that goes by
//! another name; what it sees is the ways in which one comes about: another key, another reader of Discord's pages,
//! another holder of members.

use std::fs;

use super::{root, rust_files};

/// The one place.
const HOME: &str = "src/discord/members.rs";

/// What may be named in few files: the text, where, and what to do instead.
const NAMED: &[(&str, &[&str], &str)] = &[
    ("\"discord_members_", &[HOME], "there is one key: ask `Discord::guild_members`"),
    ("guild_member_page", &[HOME, "src/discord/client.rs"], "pages are turned in one place"),
    ("/members?", &["src/discord/client.rs"], "pages are asked for in one place"),
    ("TtlClass::DiscordMembers", &[HOME, "src/cache/policy.rs"], "one cache has this time to live"),
    (
        "OutsideCache",
        &[HOME, "src/cache/mod.rs", "src/cache/outside.rs"],
        "one place remembers what Discord told",
    ),
];

/// What holds values for longer than a call.
const HOLDERS: [&str; 10] = [
    "static ",
    "Mutex<",
    "RwLock<",
    "OnceLock<",
    "OnceCell<",
    "LazyLock<",
    "Cache<",
    "Loader<",
    "HashMap<",
    "BTreeMap<",
];

/// What is not to be held.
const HELD: [&str; 2] = ["GuildMember", "MemberList"];

/// A line of code, with its place.
struct Line<'a> {
    file: &'a str,
    number: usize,
    text: &'a str,
}

/// The lines of code of a file: without comments, and without the tests at its end.
fn code<'a>(file: &'a str, text: &'a str) -> Vec<Line<'a>> {
    let lines = text.lines().enumerate().map(|(at, text)| Line { file, number: at + 1, text: text.trim() });
    lines.take_while(|it| it.text != "#[cfg(test)]").filter(|it| !it.text.starts_with("//")).collect()
}

/// What looks like a second cache of guild members.
fn second_caches(lines: &[Line<'_>]) -> Vec<String> {
    let mut found = Vec::new();
    for Line { file, number, text } in lines {
        for (name, files, instead) in NAMED {
            if text.contains(name) && !files.contains(file) {
                found.push(format!("{file}:{number}: `{name}` belongs to {}: {instead}", files.join(", ")));
            }
        }
        let is_held = HELD.iter().any(|it| text.contains(it)) && HOLDERS.iter().any(|it| text.contains(it));
        if is_held && *file != HOME {
            found.push(format!(
                "{file}:{number}: members are held here: ask `Discord::guild_members` each time"
            ));
        }
    }
    found
}

fn sources() -> Vec<(String, String)> {
    let read = |path: &std::path::PathBuf| {
        let relative = path.strip_prefix(root()).expect("the file lies in the package");
        let text = fs::read_to_string(path).expect("a source file is readable UTF-8");
        (relative.to_string_lossy().into_owned(), text)
    };
    rust_files("src").iter().map(read).collect()
}

#[test]
fn there_is_one_cache_of_guild_members() {
    let sources = sources();
    let lines: Vec<Line<'_>> = sources.iter().flat_map(|(file, text)| code(file, text)).collect();
    let found = second_caches(&lines);
    assert!(found.is_empty(), "{}", found.join("\n"));
    // The one that there is must be seen, or the rules look for something that is called otherwise by now.
    for (name, files, _) in NAMED {
        for file in *files {
            assert!(
                lines.iter().any(|it| it.file == *file && it.text.contains(name)),
                "{name} is not in {file}"
            );
        }
    }
    let holds = |it: &&Line<'_>| it.file == HOME && it.text.contains("OutsideCache<MemberList");
    assert_eq!(lines.iter().filter(holds).count(), 1);
}

#[test]
fn a_second_cache_is_seen_in_whatever_form() {
    for (file, text) in [
        ("src/loader/guild.rs", "let key = format!(\"discord_members_{guild}\");"),
        ("src/discord/voice.rs", "let page = self.client.guild_member_page(guild, None).await?;"),
        ("src/service/guild.rs", "let path = format!(\"/guilds/{guild}/members?limit=1000\");"),
        ("src/graphql/types/guild.rs", "static KNOWN: OnceLock<Vec<GuildMember>> = OnceLock::new();"),
        ("src/service/guild.rs", "    known: Arc<Mutex<Option<Arc<MemberList>>>>,"),
        ("src/jobs/avatars.rs", "by_id: HashMap<String, GuildMember>,"),
        ("src/service/guild.rs", "names: OutsideCache<Vec<String>, DiscordError>,"),
        ("src/db/models/member.rs", "TtlClass::DiscordMembers"),
    ] {
        assert_eq!(second_caches(&code(file, text)).len(), 1, "{text}");
    }
    for (file, text) in [
        ("src/service/guild.rs", "pub members: Vec<GuildMember>,"),
        ("src/service/guild.rs", "// static KNOWN: Mutex<MemberList>"),
        (
            "src/domain/guild.rs",
            "#[cfg(test)]\nmod tests { use std::collections::HashMap<u8, GuildMember>; }",
        ),
        (HOME, "members: OutsideCache<MemberList, DiscordError>,"),
    ] {
        assert_eq!(second_caches(&code(file, text)), Vec::<String>::new(), "{text}");
    }
}
