//! All chance of a run comes from its seed, through these.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tieout_platform::entropy::Ids;
use uuid::{Builder, Uuid};

/// A generator with a seed. Streams of one run are drawn apart, so that a new kind of fault does not change the company's history.
#[derive(Debug, Clone)]
pub struct Dice(fastrand::Rng);

/// Parts of a thousand.
pub type Permille = u32;

impl Dice {
    /// The stream `name` of a seed.
    pub fn new(seed: u64, name: &str) -> Self {
        let mixed = name.bytes().fold(seed ^ 0x9E37_79B9_7F4A_7C15, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3).rotate_left(23)
        });
        Self(fastrand::Rng::with_seed(mixed))
    }

    /// Whether something that happens `permille` times in a thousand happens now.
    pub fn chance(&mut self, permille: Permille) -> bool {
        permille > 0 && self.0.u32(0..1_000) < permille
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        self.0.u64(low..=high.max(low))
    }

    /// One of them; none of nothing.
    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        if all.is_empty() {
            None
        } else {
            all.get(self.0.usize(0..all.len()))
        }
    }

    /// One of them, by weight.
    pub fn weighed<T: Copy>(&mut self, all: &[(u32, T)]) -> Option<T> {
        let total: u32 = all.iter().map(|(weight, _)| weight).sum();
        let mut left = self.0.u32(0..total.max(1));
        all.iter().find_map(|(weight, one)| {
            let mine = left < *weight;
            left = left.saturating_sub(*weight);
            mine.then_some(*one)
        })
    }

    /// A time up to `max_ms` milliseconds, short ones more often.
    pub fn wait(&mut self, max_ms: u64) -> Duration {
        let cap = self.between(0, max_ms);
        Duration::from_millis(self.between(0, cap))
    }

    /// A rate for this seed: none as often as not, else up to `max`.
    pub fn rate(&mut self, max: Permille) -> Permille {
        if self.chance(500) { 0 } else { self.0.u32(1..=max) }
    }
}

/// The ids of a run.
#[derive(Debug)]
pub struct SeededIds(Mutex<fastrand::Rng>);

impl SeededIds {
    /// The ids of a seed.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(fastrand::Rng::with_seed(seed)))
    }
}

impl Ids for SeededIds {
    fn new_uuid(&self) -> Uuid {
        let mut generator = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Builder::from_random_bytes(generator.u128(..).to_be_bytes()).into_uuid()
    }
}
