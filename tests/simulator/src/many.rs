//! Many runs, side by side.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::{Options, Outcome, run};

/// Runs seeds on so many threads, at least one, and shows each outcome as it comes; no new run begins once `see` breaks.
///
/// # Panics
/// Where the simulator itself is broken.
pub fn run_many(
    seeds: impl Iterator<Item = u64> + Send,
    threads: usize,
    options: &Options,
    see: impl FnMut(Outcome) -> ControlFlow<()> + Send,
) {
    let (seeds, see, is_over) = (Mutex::new(seeds), Mutex::new(see), AtomicBool::new(false));
    let next = || {
        let mut seeds = seeds.lock().unwrap_or_else(PoisonError::into_inner);
        seeds.next().filter(|_| !is_over.load(Ordering::Relaxed))
    };
    thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                while let Some(seed) = next() {
                    let outcome = run(seed, options);
                    let mut see = see.lock().unwrap_or_else(PoisonError::into_inner);
                    if see(outcome).is_break() {
                        is_over.store(true, Ordering::Relaxed);
                    }
                }
            });
        }
    });
}
