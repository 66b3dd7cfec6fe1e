//! Work on two threads, and its least time over several runs.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Does the work for each item on this many threads; what comes out stands in the order of the items.
pub fn each<T: Sync, R: Send>(threads: usize, items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let queue = Mutex::new(items.iter().enumerate());
    let done = Mutex::new(Vec::with_capacity(items.len()));
    let worker = || {
        loop {
            let Some((place, item)) = queue.lock().unwrap().next() else {
                return;
            };
            let result = work(item);
            done.lock().unwrap().push((place, result));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(worker);
        }
        worker();
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, result)| result).collect()
}

/// The least time of several runs, and what the last gave. `TIEOUT_BENCH_RUNS` sets another number of them.
pub fn least<R>(runs: usize, mut work: impl FnMut() -> R) -> (Duration, R) {
    let runs = std::env::var("TIEOUT_BENCH_RUNS")
        .ok()
        .and_then(|runs| runs.parse().ok())
        .unwrap_or(runs);
    let mut run = || {
        let start = Instant::now();
        let result = work();
        (start.elapsed(), result)
    };
    let (mut least, mut result) = run();
    for _ in 1..runs {
        let (took, again) = run();
        least = least.min(took);
        result = again;
    }
    (least, result)
}
