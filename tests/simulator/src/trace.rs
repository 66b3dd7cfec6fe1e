//! What happened, one line a step, hashed: two runs of one seed are the same if their hashes are.

use std::collections::VecDeque;
use std::fmt;

use chrono::{DateTime, Utc};

/// Lines that are kept for who looks at a failure.
const TAIL_LINES: usize = 400;

/// A run's steps.
#[derive(Debug, Default)]
pub struct Trace {
    hash: u64,
    /// How many there were.
    pub steps: u64,
    tail: VecDeque<String>,
    whole: bool,
}

impl Trace {
    /// A trace that keeps all its lines, or the last ones.
    pub fn new(whole: bool) -> Self {
        Self {
            hash: 0xCBF2_9CE4_8422_2325,
            whole,
            ..Self::default()
        }
    }

    /// One step.
    pub fn step(&mut self, at: DateTime<Utc>, who: &str, what: fmt::Arguments<'_>) {
        let line = format!("{} {who}: {what}", at.format("%m-%d %H:%M:%S%.3f"));
        for byte in line.bytes() {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
        }
        self.steps += 1;
        self.tail.push_back(line);
        if !self.whole && self.tail.len() > TAIL_LINES {
            self.tail.pop_front();
        }
    }

    /// The hash of all lines so far.
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// The lines that are kept.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.tail.iter().map(String::as_str)
    }
}
