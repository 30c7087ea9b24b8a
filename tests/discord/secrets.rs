//! No secret reaches a log, an error or `Debug`, whatever goes wrong and however much is logged.

use std::io::Write;
use std::sync::{Arc, Mutex};

use inhouse::telemetry::chain;
use inhouse::types::Secret;
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use super::stage::Stage;
use super::{FakeTime, TOKEN, Trouble, process, settings};

/// A log that is kept.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

const TROUBLES: [Trouble; 8] = [
    Trouble::Broken,
    Trouble::Throttled(0.0, false),
    Trouble::Garbage,
    Trouble::Endless,
    Trouble::Cut,
    Trouble::Unknown,
    Trouble::Forbidden,
    Trouble::FirstPage,
];

#[tokio::test]
async fn the_bots_token_is_in_no_log_error_or_debug() {
    let log = Log::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
    // Everything below runs on this thread.
    let _guard = tracing::subscriber::set_default(subscriber);
    let stage = Stage::open().await;
    stage.fake.fill("7", 1_500);
    let mut told = vec![format!("{:?} {:?}", settings(&stage.fake), stage.discord)];
    for trouble in TROUBLES {
        stage.fake.lasting(Some(trouble));
        let discord = process(&settings(&stage.fake), &FakeTime::start(), None);
        let error = discord.guild_members("7").await.unwrap_err();
        told.push(format!("{error:?} {}", chain(&error)));
        let answer = stage.refresh(&stage.owner(), None).await;
        told.push(answer.0.to_string());
    }
    stage.fake.lasting(None);
    let mut wrong = settings(&stage.fake);
    wrong.bot_token = Secret::new("hunter2-hunter2");
    let refused = process(&wrong, &FakeTime::start(), None).guild_members("7").await.unwrap_err();
    told.push(format!("{refused:?} {}", chain(&refused)));
    wrong.base_url = "http://127.0.0.1:1".parse().unwrap();
    let away = process(&wrong, &FakeTime::start(), None).guild_members("7").await.unwrap_err();
    told.push(format!("{away:?} {}", chain(&away)));
    stage.search(json!({})).await;
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("the members of a guild could not be fetched"), "something is logged");
    assert!(logged.contains("TRACE"), "and everything is");
    told.push(logged);
    for text in &told {
        assert!(!text.contains(TOKEN) && !text.contains("hunter2"), "{text}");
    }
}
