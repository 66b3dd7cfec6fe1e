//! The demo from its first line to its last: it ties out, and no kill loses or doubles anything.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod killing;

use std::path::Path;
use std::sync::Arc;

use tieout::demo::{DemoOptions, run, run_over};
use tieout_platform::config::{Checked, Config};

use killing::{Deadly, check_what_is_left};

fn config() -> Checked {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tieout.toml")).unwrap();
    Config::check(&text).unwrap()
}

fn options(data: &Path) -> DemoOptions {
    DemoOptions {
        data: data.to_owned(),
        config: config(),
    }
}

/// Text that was printed, for the message of a failure.
fn printed(out: Vec<u8>) -> String {
    String::from_utf8(out).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_quarter_ties_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut out = Vec::new();
    let ties = run(options(folder.path()), &mut out).await.unwrap();
    let out = printed(out);
    assert!(ties && out.ends_with("\ntied out\n"), "{out}");
    for wanted in [
        "work list:",
        "replays a dead letter",
        "posted and closed",
        "Reversal of accrued revenue",
    ] {
        assert!(out.contains(wanted), "{wanted:?} is missing in\n{out}");
    }
}

/// Killed at a request, before or after it took effect, again and again until it comes to its end.
#[tokio::test(flavor = "multi_thread")]
async fn no_kill_loses_or_doubles_anything() {
    let folder = tempfile::tempdir().unwrap();
    let mut out = Vec::new();
    for kill in 0_usize.. {
        assert!(kill < 200, "the demo does not come to its end\n{}", printed(out));
        let deadly = Arc::new(Deadly::after(FIRST_LIFE_REQUESTS + kill * LONGER_REQUESTS));
        let playing = run_over(options(folder.path()), Some(deadly.clone()), &mut out);
        let ended = tokio::select! {
            ended = playing => Some(ended),
            () = deadly.has_struck() => None,
        };
        if let Some(ended) = ended {
            let ties = ended.unwrap();
            let out = printed(out);
            assert!(ties && kill > KILLS_MIN, "{kill} kills\n{out}");
            break;
        }
        if kill % LOOKS_EACH == 0 {
            check_what_is_left(folder.path(), config()).await;
        }
    }
    check_what_is_left(folder.path(), config()).await;
}

/// The first process lives for so many requests, each later one longer, so that kills fall on all kinds of places.
const FIRST_LIFE_REQUESTS: usize = 61;
const LONGER_REQUESTS: usize = 17;
/// A demo that needs fewer requests would not be tried enough.
const KILLS_MIN: usize = 20;
/// Each so many kills the stack alone is started on what is left.
const LOOKS_EACH: usize = 4;
