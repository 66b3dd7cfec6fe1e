//! Start-up of each release binary: exec to first poll (median of 20 processes), peak memory, size of the package; beside the bounds.
//!
//! Build the binaries first, as they are shipped or as `--release` makes them; the shipped ones are taken where there are both:
//!
//! ```text
//! cargo build --profile lambda --target x86_64-unknown-linux-gnu -p salesforce-webhook -p xero-webhook -p deal-worker -p invoice-worker -p sweep -p month-end
//! cargo bench -p tieout-tests --bench start_up
//! ```
//!
//! (With `--target`, because `cargo lambda` keeps its packages in `target/lambda`.) The embedded services answer on loopback, so reading a
//! secret and the stored configuration is part of the time, the network's way is not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]
#![allow(dead_code, reason = "the world is that of the tests, of which this needs a part")]

#[path = "../tests/binaries/world.rs"]
mod world;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tieout_local::runtime_api::RuntimeApi;
use tieout_platform::runtime::variables::Function;
use world::World;

const PROCESSES: usize = 20;
/// Bounds of the design.
const START_MAX_MS: f64 = 15.0;
const MEMORY_MAX_MB: f64 = 12.0;
const PACKAGE_MAX_MB: f64 = 5.0;
/// A process that takes longer than this does not start at all.
const GIVE_UP: Duration = Duration::from_secs(30);

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let Some(folder) = folder() else {
        println!(
            "skipped: no binaries in target/release; the head of tests/benches/start_up.rs says how to build them"
        );
        return;
    };
    println!("binaries of {}, median of {PROCESSES} processes", folder.display());
    println!(
        "{:<20} {:>14} {:>14} {:>14} {:>14}",
        "function", "to first poll", "slowest", "peak memory", "zipped"
    );
    let world = World::new().await;
    for function in Function::ALL {
        let binary = folder.join(function.name());
        let mut starts = Vec::new();
        let mut memory_mb: f64 = 0.0;
        // One more than counted: the first reads the file into the system's cache and publishes the configuration.
        for place in 0..=PROCESSES {
            let (start, peak_mb) = once(&world, function, &binary).await;
            if place > 0 {
                starts.push(start);
                memory_mb = memory_mb.max(peak_mb);
            }
        }
        starts.sort_unstable();
        let ms = |place: usize| starts[place].as_secs_f64() * 1_000.0;
        let package = package_mb(&binary).map_or("no zip here".to_owned(), |mb| format!("{mb:.2} MB"));
        let start = format!("{:.1} ms", ms(PROCESSES / 2));
        let slowest = format!("{:.1} ms", ms(PROCESSES - 1));
        println!(
            "{:<20} {start:>14} {slowest:>14} {:>14} {package:>14}",
            function.name(),
            format!("{memory_mb:.1} MB")
        );
    }
    println!(
        "{:<20} {:>14} {:>14} {:>14} {:>14}",
        "bound",
        format!("{START_MAX_MS} ms"),
        "",
        format!("{MEMORY_MAX_MB} MB"),
        format!("{PACKAGE_MAX_MB} MB")
    );
}

/// Where the binaries are: as shipped, else as released.
fn folder() -> Option<PathBuf> {
    let target = std::env::current_exe().unwrap().ancestors().nth(3).unwrap().to_owned();
    let triple = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let places = [target.join(triple).join("lambda"), target.join("release")];
    places.into_iter().find(|place| {
        Function::ALL
            .iter()
            .all(|function| place.join(function.name()).is_file())
    })
}

#[expect(clippy::disallowed_methods, reason = "a bench measures the machine's time")]
async fn once(world: &World, function: Function, binary: &Path) -> (Duration, f64) {
    let api = RuntimeApi::start().await.unwrap();
    let first_poll = api.first_poll();
    let mut command = Command::new(binary);
    command
        .env_clear()
        .envs(api.environment(function.name()))
        .envs(world.variables(function));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let begin = Instant::now();
    let mut child = command.spawn().unwrap();
    let polled = tokio::time::timeout(GIVE_UP, first_poll).await;
    let start = begin.elapsed();
    let peak_mb = peak_mb(child.id());
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(polled.is_ok(), "{} does not start", function.name());
    api.shutdown().await;
    (start, peak_mb)
}

/// `VmHWM` of a living process: the most that it had in memory.
fn peak_mb(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kb: f64 = line.trim().trim_end_matches(" kB").parse().unwrap();
    kb / 1_024.0
}

/// The package as Lambda gets it, by the system's `zip`; none where there is none.
fn package_mb(binary: &Path) -> Option<f64> {
    let zipped = Command::new("zip")
        .args(["-q", "-9", "-j", "-"])
        .arg(binary)
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let bytes = u32::try_from(zipped.stdout.len()).ok().filter(|bytes| *bytes > 0)?;
    Some(f64::from(bytes) / 1_048_576.0)
}
