//! `inhouse cache invalidate`: what was changed past this program is read anew by everybody.

use anyhow::{Context as _, bail};

use super::open;
use crate::app::Backend;
use crate::cache::{Dep, ParseDepError};
use crate::cli::output;
use crate::config::Settings;
use crate::service::cache::{InvalidateError, invalidate};

pub(super) async fn run(settings: &Settings, words: &[String]) -> anyhow::Result<()> {
    let deps = parse(words)?;
    let store = open(settings).await?;
    let shown: Vec<String> = deps.iter().map(Dep::to_string).collect();
    let done = invalidate(&store.db, deps).await;
    done.map_err(|error| match error {
        InvalidateError::Unknown(error) => anyhow::Error::from(error),
        error => anyhow::Error::from(error).context("nothing was invalidated"),
    })?;
    let mut text: String = shown.iter().map(|dep| format!("invalidated: {dep}\n")).collect();
    if store.backend() == Backend::PostgresAlone {
        text.push_str("the server hears of it within a second\n");
    } else {
        let waiting = store.db.outbox_state().await.context("whether it was told is not known")?.n_waiting;
        if waiting > 0 {
            text.push_str(
                "the change log has not taken every change yet: they wait in the database, and are told as soon as it is \
                 back; see `inhouse cache check`\n",
            );
        }
    }
    output::say(&text)
}

/// Reads deps one after the other; each begins with the word that says how many follow.
fn parse(words: &[String]) -> anyhow::Result<Vec<Dep>> {
    let mut words = words.iter().flat_map(|it| it.split_whitespace());
    let mut deps = Vec::new();
    while let Some(kind) = words.next() {
        let n_more = match kind {
            "everything" => 0,
            "model" | "rows" => 1,
            "object" | "related" => 2,
            _ => bail!("`{kind}` begins nothing that can be invalidated: {}", ParseDepError),
        };
        let text: Vec<&str> = std::iter::once(kind).chain(words.by_ref().take(n_more)).collect();
        let text = text.join(" ");
        deps.push(text.parse().with_context(|| format!("`{text}` cannot be read"))?);
    }
    if deps.is_empty() {
        bail!("nothing is named: {ParseDepError}");
    }
    Ok(deps)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Vec<String>, String> {
        let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        let deps = parse(&words).map_err(|error| format!("{error:#}"))?;
        Ok(deps.iter().map(Dep::to_string).collect())
    }

    #[test]
    fn several_deps_in_a_row_are_told_apart() {
        let all = ["everything", "model user", "object tournament 5", "related team.members 5", "rows user"];
        assert_eq!(parsed(&all.join(" ")).unwrap(), all);
        assert_eq!(parse(&["object user 5".to_owned(), "everything".to_owned()]).unwrap().len(), 2);
    }

    #[test]
    fn what_is_no_dep_is_repeated_with_what_could_be_written() {
        for text in ["tournament 5", "object tournament", "object tournament x", "model", ""] {
            assert!(parsed(text).unwrap_err().contains("`object user 5`"), "{text}");
        }
    }
}
