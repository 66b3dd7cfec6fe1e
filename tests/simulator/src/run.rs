//! One run: a history under faults, then calm, then the last look.

mod drain;
mod state;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tieout_platform::clock::Clock;

use crate::auditor::{Auditor, Violation};
use crate::dice::Dice;
use crate::faults::Mix;
use crate::guards::Seam;
use crate::history::{Act, Actors, Calendar, first_instant, play};
use crate::world::{CrashPoint, World, company};
use crate::{panics, witness};

/// Between two full looks while the history goes on.
const LOOK_EVERY_S: u64 = 6 * 3_600;

/// When scripts begin: 1 March 2026, five in the morning.
const SCRIPTS_BEGIN: DateTime<Utc> = DateTime::from_timestamp(1_772_341_200, 0).unwrap();

/// Between two questions whether something was found.
const BROKEN_EVERY_S: u64 = 600;

/// How to run.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Keep the whole trace, not its tail alone.
    pub whole_trace: bool,
    /// Disable a guard at this seam, to see whether its absence is seen.
    pub disabled: Option<Seam>,
    /// End soon after something was found: what comes after the first violation says little.
    pub until_broken: bool,
    /// No faults at all, whatever the seed says.
    pub calm: bool,
    /// These acts, each at so many days and minutes after the first of March 2026, instead of the seed's history.
    pub script: Option<&'static [(u64, u64, Act)]>,
    /// A process that dies there.
    pub crash: Option<CrashPoint>,
}

/// What a run came to.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// What must be true and was not.
    pub violations: Vec<Violation>,
    /// Acts of people and timers, deliveries to webhooks, invocations of functions.
    pub events: u64,
    /// Requests to vendors.
    pub requests: u64,
    /// Lines of the trace.
    pub steps: u64,
    /// The hash of the trace: the same for the same seed.
    pub hash: u64,
    /// The trace, or its tail.
    pub trace: Vec<String>,
    /// Whether the process died that was to die.
    pub crashed: bool,
    /// What is to be seen in the end, without ids and instants.
    pub state: Vec<String>,
}

/// Runs a seed on this thread.
///
/// # Panics
/// Where the simulator itself is broken.
#[expect(
    clippy::panic,
    reason = "a simulator that cannot begin must not look like a run that found nothing"
)]
pub fn run(seed: u64, options: &Options) -> Outcome {
    panics::note();
    // The ids of the local stack and of the sandbox, and the AWS SDK's jitter.
    fastrand::seed(seed);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(life_of(seed, options)),
        Err(error) => panic!("no runtime: {error}"),
    }
}

#[expect(clippy::panic, reason = "as in run")]
async fn life_of(seed: u64, options: &Options) -> Outcome {
    let mut dice = Dice::new(seed, "plan");
    let mix = if options.calm { Mix::calm() } else { Mix::draw(&mut dice) };
    let base = match options.script {
        Some(_) => SCRIPTS_BEGIN,
        None => first_instant(&mut dice),
    };
    let months = u32::try_from(dice.between(1, 3)).unwrap_or(1);
    let acts = dice.between(40, 90);
    let clocks_apart_s = 2 * mix.skew_max_ms / 1_000;
    let world = match World::begin(seed, mix, base, options).await {
        Ok(world) => world,
        Err(error) => panic!("seed {seed}: {error}"),
    };
    let _caught = world.logs.catch();
    let canaries = vec![
        "tieout-local-secret".to_owned(),
        "tieout-local-xero-secret".to_owned(),
        "tieout-local-refresh-token".to_owned(),
        crate::history::CANARY_MAIL.to_owned(),
    ];
    witness::begin(Auditor::new(company(&world.config.config, canaries)));
    witness::with(|auditor| auditor.clocks_apart(clocks_apart_s));
    let calendar = match options.script {
        Some(acts) => Calendar::of(base, acts),
        None => Calendar::draw(&mut dice, base, months, acts),
    };
    if let Some(point) = options.crash {
        world.dies_at(point);
    }
    world.step(
        "world",
        format_args!("seed {seed}: {} planned until {}", calendar.all.len(), calendar.end),
    );
    let mut actors = Actors::new(seed, &world);
    let all = async {
        play(&world, &mut actors, calendar).await;
        drain::drain(&world, &mut actors).await;
        world.stop();
    };
    tokio::select! {
        biased;
        () = all => {}
        () = world.poll() => {}
        () = world.pump() => {}
        () = look_on(&world) => {}
        () = broken(&world), if options.until_broken => {}
    }
    let state = if options.script.is_some() {
        state::state(&world)
    } else {
        Vec::new()
    };
    Outcome {
        state,
        ..finish(seed, &world)
    }
}

/// Until the auditor has found something.
async fn broken(world: &Arc<World>) {
    while witness::with(|auditor| auditor.violations().is_empty()).unwrap_or(true) {
        world.clock.sleep(Duration::from_secs(BROKEN_EVERY_S)).await;
    }
}

/// Looks at everything now and then, where something has happened since.
async fn look_on(world: &Arc<World>) {
    let mut seen = world.events();
    loop {
        world.clock.sleep(Duration::from_secs(LOOK_EVERY_S)).await;
        if world.events() != seen {
            seen = world.events();
            let look = world.seen().await;
            witness::with(|auditor| auditor.look(&look));
        }
    }
}

fn finish(seed: u64, world: &Arc<World>) -> Outcome {
    for panic in panics::taken() {
        witness::with(|auditor| auditor.measured("panic", panic));
    }
    world.fleet.replace();
    let violations = witness::end().map(|auditor| auditor.violations().to_vec()).unwrap_or_default();
    let trace = world.trace();
    Outcome {
        seed,
        violations,
        events: world.events(),
        requests: world.requests(),
        steps: trace.steps,
        hash: trace.hash(),
        trace: trace.lines().map(str::to_owned).collect(),
        crashed: world.has_crashed(),
        state: Vec::new(),
    }
}
