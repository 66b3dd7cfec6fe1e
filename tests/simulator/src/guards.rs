//! The guards on which "nothing twice, nothing lost" rests, and how each is disabled to prove that the auditor sees its absence.
//!
//! Production code has no switch. A guard that can be seen at a seam is disabled there ([`Seam`]); one that is a condition inside a
//! function is disabled by a change of the source in a copy of the workspace ([`Edit`]).

mod copy;
mod edit;
mod rows;
mod seam;

pub use copy::Copy;
pub use edit::{Edit, EditError};
pub use rows::{Disabled, ROWS, Row};
pub use seam::Seam;

/// A guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Guard {
    /// Whoever works on an effect holds it, and nobody else sends meanwhile.
    Claim,
    /// An effect that is done is not done again with other content, and a body never changes under its idempotency key.
    BodyHash,
    /// An unknown outcome is resolved by reading back before anything is sent.
    ReadBack,
    /// An older version of a record changes nothing after a newer one.
    VersionCompare,
    /// What is approved is the proposal that the approver saw, and what is posted is what was approved.
    ApprovalHash,
    /// A closed month takes no journal.
    PeriodLock,
    /// A message is acknowledged after its work is durable, never before.
    AcknowledgementOrder,
    /// A webhook listens only to a sender that proves who it is.
    SignatureCheck,
    /// No call leaves before the organisation's quota grants it.
    Quota,
}

impl Guard {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Claim,
        Self::BodyHash,
        Self::ReadBack,
        Self::VersionCompare,
        Self::ApprovalHash,
        Self::PeriodLock,
        Self::AcknowledgementOrder,
        Self::SignatureCheck,
        Self::Quota,
    ];
}
