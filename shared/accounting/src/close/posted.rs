//! What was posted, put in the order of the contracts: journals name many contracts, a comparison needs one.

use std::collections::BTreeMap;

use super::PostedLine;
use super::difference::There;
use super::proposal::Kind;
use crate::ids::ContractId;

/// The posted lines of each contract, for a [`Closing`](super::Closing) that takes contracts one at a time.
///
/// ```
/// use tieout_accounting::close::{Posted, PostedLine};
/// use tieout_accounting::{journal::Role, Period};
/// let january = Period::parse("2026-01")?;
/// let line = |contract: &str, amount_minor: i64| PostedLine {
///     contract: contract.into(), obligation: None, role: Role::Revenue, economic_period: january,
///     posting_period: january, amount_minor, journal_key: "UK/2026-01/release/1".into(),
/// };
/// let lines = [line("C2", 1), line("C1", 2), line("C2", 3)];
/// let posted = Posted::of(["C1".into(), "C2".into()].iter(), &lines, |_| ());
/// let of_second: Vec<i64> = posted.lines(1).map(|line| line.amount_minor).collect();
/// assert_eq!(of_second, [1, 3]);
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
pub struct Posted<'p> {
    /// Those of the first contract, of the second, and so on.
    lines: Vec<There<'p>>,
    /// Where the lines of each contract end.
    ends: Vec<usize>,
    /// Those of contracts that are not among them.
    pub(super) strangers: BTreeMap<&'p ContractId, Vec<There<'p>>>,
}

impl<'p> Posted<'p> {
    /// Two passes over the lines: count those of each contract, then put each where it belongs. `journal` is called with the first
    /// line of each run of lines of one journal.
    ///
    /// ```
    /// use tieout_accounting::{close::{Posted, PostedLine}, journal::Role, Period};
    /// let january = Period::parse("2026-01")?;
    /// let lines = [PostedLine {
    ///     contract: "C1".into(), obligation: None, role: Role::Revenue, economic_period: january,
    ///     posting_period: january, amount_minor: -100_00, journal_key: "UK/2026-01/release/1".into(),
    /// }];
    /// let mut journals = Vec::new();
    /// Posted::of(["C1".into()].iter(), &lines, |first| journals.push(first.journal_key.as_str()));
    /// assert_eq!(journals, ["UK/2026-01/release/1"]); // each journal is looked at once
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn of<'c>(
        contracts: impl Iterator<Item = &'c ContractId>,
        posted: &'p [PostedLine],
        mut journal: impl FnMut(&'p PostedLine),
    ) -> Self {
        let mut places = Places::of(contracts);
        let mut strangers: BTreeMap<&ContractId, Vec<There<'p>>> = BTreeMap::new();
        let mut found: Vec<(usize, There<'p>)> = Vec::with_capacity(posted.len());
        let mut ends = vec![0usize; places.sorted.len()];
        let mut kind = Kind::Release;
        let mut before: Option<&PostedLine> = None;
        for line in posted {
            if before.is_none_or(|before| before.journal_key != line.journal_key) {
                kind = Kind::of_key(&line.journal_key);
                journal(line);
            }
            before = Some(line);
            let there = There { kind, line };
            match places.find(&line.contract) {
                Some(place) => {
                    if let Some(count) = ends.get_mut(place) {
                        *count += 1;
                    }
                    found.push((place, there));
                }
                None => strangers.entry(&line.contract).or_default().push(there),
            }
        }
        let mut start = 0;
        for end in &mut ends {
            // For now where its lines start: each line that is put in place moves it on.
            start += std::mem::replace(end, start);
        }
        let mut lines: Vec<There<'p>> = found.iter().map(|(_, there)| *there).collect();
        for (place, there) in found {
            if let Some(next) = ends.get_mut(place) {
                if let Some(slot) = lines.get_mut(*next) {
                    *slot = there;
                }
                *next += 1;
            }
        }
        Self { lines, ends, strangers }
    }

    /// The lines of the contract at a place.
    ///
    /// ```
    /// use tieout_accounting::{close::{Posted, PostedLine}, journal::Role, Period};
    /// let january = Period::parse("2026-01")?;
    /// let lines = [PostedLine {
    ///     contract: "C1".into(), obligation: None, role: Role::Revenue, economic_period: january,
    ///     posting_period: january, amount_minor: -100_00, journal_key: "UK/2026-01/release/1".into(),
    /// }];
    /// let posted = Posted::of(["C0".into(), "C1".into()].iter(), &lines, |_| ());
    /// assert_eq!((posted.lines(0).count(), posted.lines(1).count()), (0, 1));
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn lines(&self, place: usize) -> impl Iterator<Item = &'p PostedLine> {
        let start = place.checked_sub(1).map_or(Some(&0), |before| self.ends.get(before));
        let range = start.zip(self.ends.get(place)).map(|(start, end)| *start..*end);
        let lines = range.and_then(|range| self.lines.get(range)).unwrap_or_default();
        lines.iter().map(|there| there.line)
    }

    /// The lines of each contract, in the order in which the contracts were given.
    pub(super) fn by_contract(&self) -> impl Iterator<Item = &[There<'p>]> {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts
            .zip(&self.ends)
            .map(|(start, end)| self.lines.get(*start..*end).unwrap_or_default())
    }
}

/// Finds contracts by id. The lines of a journal come in the order of their contracts, so the next is looked for near the last.
struct Places<'c> {
    sorted: Vec<(&'c ContractId, usize)>,
    last: usize,
}

impl<'c> Places<'c> {
    fn of(contracts: impl Iterator<Item = &'c ContractId>) -> Self {
        let mut sorted: Vec<_> = contracts.enumerate().map(|(place, contract)| (contract, place)).collect();
        sorted.sort_unstable();
        Self { sorted, last: 0 }
    }

    fn find(&mut self, id: &ContractId) -> Option<usize> {
        let ahead = self.sorted.get(self.last..).unwrap_or_default();
        let (mut from, mut step) = (0, 1);
        if ahead.first().is_none_or(|(first, _)| *first > id) {
            self.last = 0;
            return self.search(0, self.sorted.len(), id);
        }
        while ahead.get(from + step).is_some_and(|(at, _)| *at <= id) {
            from += step;
            step *= 2;
        }
        self.search(self.last + from, (self.last + from + step).min(self.sorted.len()), id)
    }

    fn search(&mut self, from: usize, to: usize, id: &ContractId) -> Option<usize> {
        let among = self.sorted.get(from..to).unwrap_or_default();
        let at = among.binary_search_by(|(at, _)| (*at).cmp(id)).ok()?;
        self.last = from + at;
        among.get(at).map(|(_, place)| *place)
    }
}
