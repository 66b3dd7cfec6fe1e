//! Values drawn from bytes: the same bytes, the same values; after the last byte, zeros.

use chrono::{Days, NaiveDate};

/// Edges that amounts are drawn from, minor units.
const EDGES: [i64; 14] = [
    0,
    1,
    -1,
    2,
    99,
    100,
    120_000,
    999_999_999_999_999,
    1_000_000_000_000_000,
    1_000_000_000_000_001,
    -1_000_000_000_000_000,
    i64::MAX,
    i64::MIN,
    i64::MIN + 1,
];
/// Day 0 of drawn dates: 15 December 2023, in days since 1970.
const EPOCH_DAYS: u64 = 19_706;

/// What is left of the bytes.
pub struct Draw<'a>(pub &'a [u8]);

impl Draw<'_> {
    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One byte.
    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// True once in so many times.
    pub fn once_in(&mut self, times: u8) -> bool {
        self.byte().is_multiple_of(times)
    }

    /// Eight bytes.
    pub fn wide(&mut self) -> i64 {
        (0..8).fold(0, |value, _| (value << 8) | i64::from(self.byte()))
    }

    /// Below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        let drawn = usize::from(self.byte()) << 8 | usize::from(self.byte());
        drawn % bound.max(1)
    }

    /// One of a list.
    pub fn of<T: Copy>(&mut self, list: &[T], default: T) -> T {
        let place = self.below(list.len());
        list.get(place).copied().unwrap_or(default)
    }

    /// An amount: an edge, a small one, or anything.
    pub fn amount(&mut self) -> i64 {
        match self.byte() % 4 {
            0 => self.of(&EDGES, 0),
            1 => self.wide(),
            _ => self.below(2_000_000) as i64,
        }
    }

    /// A day within six years, seldom one of a far century.
    pub fn day(&mut self) -> NaiveDate {
        let far = match self.byte() {
            0 => 40_000,
            1 => 350_000,
            _ => 0,
        };
        let days = self.below(2_200) as u64 + far;
        NaiveDate::default()
            .checked_add_days(Days::new(EPOCH_DAYS + days))
            .unwrap_or_default()
    }
}
