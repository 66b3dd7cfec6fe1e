//! The guards on which "nothing twice, nothing lost" stands, by name, so that the simulator can take one out and show that it sees.
//!
//! In what is shipped every guard stands: [`Guard::stands`] is a constant `true`. Only with the feature `guard-switch`, which the simulator
//! alone asks for, can a guard be taken out, and only for the thread that asks for it.

/// One guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Guard {
    /// Who works on an effect holds it, and nobody else sends meanwhile.
    Claim,
    /// An effect that is done is not done again with another content, and a body is never changed under its idempotency key.
    BodyHash,
    /// An unknown outcome is resolved by reading back before anything is sent.
    ReadBack,
    /// What an older version of a record said changes nothing after a newer one.
    VersionCompare,
    /// What is approved is the proposal that the approver saw, and what is posted is what was approved.
    ApprovalHash,
    /// A closed month takes no journal.
    PeriodLock,
    /// A message is acknowledged after its work is durable, never before.
    AcknowledgementOrder,
    /// A door listens only to who proves that it may speak.
    SignatureCheck,
    /// No call leaves without a place in the organisation's quota.
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

    /// Whether the guard stands.
    #[cfg(not(feature = "guard-switch"))]
    #[inline]
    #[must_use]
    pub const fn stands(self) -> bool {
        true
    }

    /// Whether the guard stands on this thread.
    #[cfg(feature = "guard-switch")]
    #[must_use]
    pub fn stands(self) -> bool {
        switch::stands(self)
    }
}

#[cfg(feature = "guard-switch")]
pub use switch::{TakenOut, take_out};

#[cfg(feature = "guard-switch")]
mod switch {
    use std::cell::Cell;
    use std::marker::PhantomData;

    use super::Guard;

    thread_local! {
        static OUT: Cell<Option<Guard>> = const { Cell::new(None) };
    }

    pub(super) fn stands(guard: Guard) -> bool {
        OUT.get() != Some(guard)
    }

    /// As long as it lives, one guard is out on this thread; at its end all stand again.
    #[derive(Debug)]
    pub struct TakenOut(PhantomData<*const ()>);

    /// Takes `guard` out on this thread; one at a time, the last one counts.
    #[must_use]
    pub fn take_out(guard: Guard) -> TakenOut {
        OUT.set(Some(guard));
        TakenOut(PhantomData)
    }

    impl Drop for TakenOut {
        fn drop(&mut self) {
            OUT.set(None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_guard_stands_unless_it_is_taken_out() {
        assert!(Guard::ALL.into_iter().all(Guard::stands));
        #[cfg(feature = "guard-switch")]
        for guard in Guard::ALL {
            let out = take_out(guard);
            assert_eq!(Guard::ALL.into_iter().filter(|other| !other.stands()).collect::<Vec<_>>(), [guard]);
            drop(out);
            assert!(guard.stands());
        }
    }
}
