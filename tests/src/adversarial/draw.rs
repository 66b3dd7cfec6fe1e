//! Values drawn from bytes. The same bytes give the same values; after the last byte come zeros.

use chrono::{Days, NaiveDate};

/// Edge cases for amounts, in minor units.
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
/// The first drawn day, 15 December 2023, in days since 1970.
const EPOCH_DAYS: u64 = 19_706;

/// The bytes that are left.
pub struct Draw<'a>(pub &'a [u8]);

impl Draw<'_> {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// True once in `times` draws.
    pub fn once_in(&mut self, times: u8) -> bool {
        self.byte().is_multiple_of(times)
    }

    /// Eight bytes as one number.
    pub fn wide(&mut self) -> i64 {
        (0..8).fold(0, |value, _| (value << 8) | i64::from(self.byte()))
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        let drawn = usize::from(self.byte()) << 8 | usize::from(self.byte());
        drawn % bound.max(1)
    }

    /// One of `list`; `default` where it is empty.
    pub fn of<T: Copy>(&mut self, list: &[T], default: T) -> T {
        let index = self.below(list.len());
        list.get(index).copied().unwrap_or(default)
    }

    /// An amount in minor units: an edge case, a small one, or any.
    pub fn amount(&mut self) -> i64 {
        match self.byte() % 4 {
            0 => self.of(&EDGES, 0),
            1 => self.wide(),
            _ => self.below(2_000_000) as i64,
        }
    }

    /// A day within six years; rarely, one in another century.
    pub fn day(&mut self) -> NaiveDate {
        let offset = match self.byte() {
            0 => 40_000,
            1 => 350_000,
            _ => 0,
        };
        let days = self.below(2_200) as u64 + offset;
        NaiveDate::default()
            .checked_add_days(Days::new(EPOCH_DAYS + days))
            .unwrap_or_default()
    }
}
