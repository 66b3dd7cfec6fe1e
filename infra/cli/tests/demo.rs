//! The demo from its first line to its last: it ties out, and no kill loses or doubles anything.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use tieout::demo::{DemoOptions, run};
use tieout_platform::config::Config;

fn options(data: &std::path::Path) -> DemoOptions {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tieout.toml")).unwrap();
    DemoOptions {
        data: data.to_owned(),
        config: Config::check(&text).unwrap(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_quarter_ties_out() {
    if std::env::var_os("RUST_LOG").is_some() {
        tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::from_default_env()).init();
    }
    let folder = tempfile::tempdir().unwrap();
    let ties = run(options(folder.path()), &mut std::io::stdout()).await.unwrap();
    assert!(ties);
}
