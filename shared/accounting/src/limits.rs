//! Limits: what is larger is refused, so that no input exhausts time or memory.

/// Most bytes of a story.
pub(crate) const MAX_STORY_BYTES: usize = 4_000_000;
/// Most events of a story or contract.
pub(crate) const MAX_EVENTS: usize = 20_000;
/// Most obligations of a contract.
pub(crate) const MAX_OBLIGATIONS: usize = 1_000;
/// Most lines of an invoice or credit note.
pub(crate) const MAX_LINES_PER_DOCUMENT: usize = 2_000;
/// Longest time from the first to the last day that a contract touches, in months.
pub(crate) const MAX_TERM_MONTHS: i32 = 1_200;
/// Most closings and reopenings of periods: each may need the contract as it was known then.
pub(crate) const MAX_PERIOD_ACTS: usize = 1_500;
