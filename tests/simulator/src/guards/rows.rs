//! The proof: for each guard, how it is disabled, which invariant sees its absence, and the first seed in which it does.

use super::{Edit, Guard, Seam};

/// How a guard is disabled.
#[derive(Debug, Clone, Copy)]
pub enum Disabled {
    /// At a seam, in the run itself.
    AtSeam(Seam),
    /// By these edits, in a copy of the workspace.
    InCopy(&'static [Edit]),
}

/// A guard, and how its absence shows.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The guard.
    pub guard: Guard,
    /// How it is disabled.
    pub disabled: Disabled,
    /// Invariants of which one has to break.
    pub expected: &'static [&'static str],
    /// The first seed, from 0, in which one does. `guards --search` looks for it anew.
    pub first_seed: u64,
}

impl Row {
    /// Whether one of the invariants that a run broke is expected to break.
    pub fn is_seen<'a>(&self, mut broken: impl Iterator<Item = &'a str>) -> bool {
        broken.any(|invariant| self.expected.contains(&invariant))
    }
}

/// The nine rows.
pub const ROWS: [Row; 9] = [
    Row {
        guard: Guard::Claim,
        disabled: Disabled::AtSeam(Seam::Claim),
        expected: &["I1", "I6"],
        first_seed: 7,
    },
    Row {
        guard: Guard::BodyHash,
        disabled: Disabled::AtSeam(Seam::BodyHash),
        expected: &["I6"],
        first_seed: 71,
    },
    Row {
        guard: Guard::ReadBack,
        disabled: Disabled::AtSeam(Seam::ReadBack),
        expected: &["I1", "I6"],
        first_seed: 14,
    },
    Row {
        guard: Guard::VersionCompare,
        disabled: Disabled::InCopy(&[
            Edit {
                file: "shared/store/src/contract/document.rs",
                search: r##"Expression::new("#revision = :revision")"##,
                replace: r##"Expression::new("attribute_exists(#pk) OR #revision = :revision")"##,
            },
            Edit {
                file: "shared/workflow/src/invoice/mod.rs",
                search: "found.followed_ms.is_some_and(|followed_ms| followed_ms > self.version_ms())",
                replace: "found.followed_ms.is_some_and(|followed_ms| followed_ms > self.version_ms()) && false",
            },
            Edit {
                file: "shared/workflow/src/write_back.rs",
                search: "    found.synced_ms.max(found.claimed_ms)",
                replace: "    found.synced_ms.max(found.claimed_ms).filter(|_| false)",
            },
        ]),
        expected: &["I5"],
        first_seed: 54,
    },
    Row {
        guard: Guard::ApprovalHash,
        disabled: Disabled::InCopy(&[
            Edit {
                file: "shared/workflow/src/close/lifecycle.rs",
                search: "if proposed != hash {",
                replace: "if proposed != hash && false {",
            },
            Edit {
                file: "shared/workflow/src/close/post.rs",
                search: "if *hash != short_hash(&proposal) =>",
                replace: "if *hash != short_hash(&proposal) && false =>",
            },
        ]),
        expected: &["I11"],
        first_seed: 46,
    },
    Row {
        guard: Guard::PeriodLock,
        disabled: Disabled::InCopy(&[
            Edit {
                file: "shared/workflow/src/close/plan.rs",
                search: "closed.iter().for_each(",
                replace: "closed.iter().filter(|_| false).for_each(",
            },
            Edit {
                file: "shared/workflow/src/close/plan.rs",
                search: "if let Some(lock_date) = organisation.lock_date() {",
                replace: "if let Some(lock_date) = organisation.lock_date().filter(|_| false) {",
            },
        ]),
        expected: &["I4"],
        first_seed: 0,
    },
    Row {
        guard: Guard::AcknowledgementOrder,
        disabled: Disabled::AtSeam(Seam::AcknowledgementOrder),
        expected: &["I2", "I12"],
        first_seed: 0,
    },
    Row {
        guard: Guard::SignatureCheck,
        disabled: Disabled::AtSeam(Seam::SignatureCheck),
        expected: &["I2"],
        first_seed: 0,
    },
    Row {
        guard: Guard::Quota,
        disabled: Disabled::AtSeam(Seam::Quota),
        expected: &["I8"],
        first_seed: 49,
    },
];
