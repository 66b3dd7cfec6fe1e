//! Work on two threads, and what it took over several runs.

use std::sync::Mutex;
use std::time::Instant;

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

/// How long a work took: the least time of its runs, and the mean of their CPU time, which work beside it hardly changes.
#[derive(Clone, Copy)]
pub struct Took {
    pub wall: f64,
    pub cpu: f64,
}

/// What several runs took, in seconds, and what the last gave. `TIEOUT_BENCH_RUNS` sets another number of them.
pub fn least<R>(runs: usize, mut work: impl FnMut() -> R) -> (Took, R) {
    let runs = std::env::var("TIEOUT_BENCH_RUNS")
        .ok()
        .and_then(|runs| runs.parse().ok())
        .unwrap_or(runs);
    let before = cpu_seconds();
    let mut run = || {
        let start = Instant::now();
        let result = work();
        (start.elapsed().as_secs_f64(), result)
    };
    let (mut wall, mut result) = run();
    for _ in 1..runs {
        // The last result is dropped within the CPU time: that is part of the work.
        let (took, again) = run();
        wall = wall.min(took);
        result = again;
    }
    let cpu = (cpu_seconds() - before) / runs as f64;
    (Took { wall, cpu }, result)
}

/// CPU time of this process so far, all threads, in seconds; Linux counts it in hundredths.
fn cpu_seconds() -> f64 {
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = after_name.split_whitespace().skip(11).take(2);
    ticks.map(|ticks| ticks.parse::<f64>().unwrap()).sum::<f64>() / TICKS_PER_SECOND
}
