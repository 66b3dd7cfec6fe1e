//! Start-up of each release binary: exec to first poll (median of 20 processes), peak memory, size of the package; beside the bounds.
//!
//! Build the binaries first, as they are shipped or as `--release` makes them; the shipped ones are taken where there are both:
//!
//! ```text
//! cargo build --profile lambda --target x86_64-unknown-linux-gnu -p salesforce-webhook -p xero-webhook -p deal-worker -p invoice-worker -p sweep -p billing -p month-end
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
/// After this a process counts as failed.
const START_TIMEOUT: Duration = Duration::from_secs(30);

#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("median of {PROCESSES} processes; the embedded services answer on loopback");
    println!(
        "{:<20} {:>10} {:>14} {:>12} {:>16} {:>12}",
        "function", "profile", "to first poll", "slowest", "peak (own) MB", "zipped"
    );
    let world = World::new().await;
    for function in Function::ALL {
        let Some((profile, binary)) = binary(function) else {
            println!("{:<20} not built: see the head of tests/benches/start_up.rs", function.name());
            continue;
        };
        let mut starts = Vec::new();
        let (mut peak, mut own): (f64, f64) = (0.0, 0.0);
        // One more than counted: the first reads the file into the system's cache and publishes the configuration.
        for index in 0..=PROCESSES {
            let (start, [peak_mb, own_mb]) = once(&world, function, &binary).await;
            if index > 0 {
                starts.push(start);
                peak = peak.max(peak_mb);
                own = own.max(own_mb);
            }
        }
        starts.sort_unstable();
        let ms = |index: usize| starts[index].as_secs_f64() * 1_000.0;
        let package = package_mb(&binary).map_or("no zip here".to_owned(), |mb| format!("{mb:.2} MB"));
        let start = format!("{:.1} ms", ms(PROCESSES / 2));
        let slowest = format!("{:.1} ms", ms(PROCESSES - 1));
        let memory = format!("{peak:.1} ({own:.1}) MB");
        println!(
            "{:<20} {profile:>10} {start:>14} {slowest:>12} {memory:>16} {package:>12}",
            function.name()
        );
    }
    let [start, memory, package] = [
        format!("{START_MAX_MS} ms"),
        format!("{MEMORY_MAX_MB} MB"),
        format!("{PACKAGE_MAX_MB} MB"),
    ];
    println!("{:<20} {:>10} {start:>14} {:>12} {memory:>16} {package:>12}", "bound", "lambda", "");
}

/// The binary as shipped, else as released, with the profile that made it.
fn binary(function: Function) -> Option<(&'static str, PathBuf)> {
    let target = std::env::current_exe().unwrap().ancestors().nth(3).unwrap().to_owned();
    let triple = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let places = [("lambda", target.join(triple).join("lambda")), ("release", target.join("release"))];
    let mut binaries = places.into_iter().map(|(profile, place)| (profile, place.join(function.name())));
    binaries.find(|(_, binary)| binary.is_file())
}

#[expect(clippy::disallowed_methods, reason = "a bench measures the machine's time")]
async fn once(world: &World, function: Function, binary: &Path) -> (Duration, [f64; 2]) {
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
    let polled = tokio::time::timeout(START_TIMEOUT, first_poll).await;
    let start = begin.elapsed();
    let memory_mb = memory_mb(child.id());
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(polled.is_ok(), "{} does not start", function.name());
    api.shutdown().await;
    (start, memory_mb)
}

/// Of a living process, the most that it had in memory, and what of the present is its own rather than pages of the binary.
fn memory_mb(process: u32) -> [f64; 2] {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    ["VmHWM:", "RssAnon:"].map(|name| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1_024.0
    })
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
