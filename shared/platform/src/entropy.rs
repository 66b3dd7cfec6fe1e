//! Ids that nobody has used: everything of ours that draws one asks here, and the machine's generator answers.
//!
//! With the feature `seeded`, which the simulator alone asks for, a thread can have a generator of its own that begins at a seed, so that a run can be
//! repeated. It belongs to the thread because a run is one thread, and because the AWS SDK's own generator does too.

use uuid::Uuid;

/// A new random id, version 4.
#[must_use]
pub fn new_uuid() -> Uuid {
    #[cfg(feature = "seeded")]
    if let Some(uuid) = seeded::next() {
        return uuid;
    }
    Uuid::new_v4()
}

#[cfg(feature = "seeded")]
pub use seeded::{Seeded, seed};

#[cfg(feature = "seeded")]
mod seeded {
    use std::cell::RefCell;
    use std::marker::PhantomData;

    use uuid::{Builder, Uuid};

    thread_local! {
        static GENERATOR: RefCell<Option<fastrand::Rng>> = const { RefCell::new(None) };
    }

    pub(super) fn next() -> Option<Uuid> {
        GENERATOR.with_borrow_mut(|generator| {
            let generator = generator.as_mut()?;
            Some(Builder::from_random_bytes(generator.u128(..).to_be_bytes()).into_uuid())
        })
    }

    /// As long as it lives, ids on this thread come from its seed.
    #[derive(Debug)]
    pub struct Seeded(PhantomData<*const ()>);

    /// Begins the ids of this thread, and the AWS SDK's jitter, at `seed`.
    #[must_use]
    pub fn seed(seed: u64) -> Seeded {
        fastrand::seed(seed);
        GENERATOR.set(Some(fastrand::Rng::with_seed(seed)));
        Seeded(PhantomData)
    }

    impl Drop for Seeded {
        fn drop(&mut self) {
            GENERATOR.set(None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_unless_a_seed_says_otherwise() {
        assert_ne!(new_uuid(), new_uuid());
        #[cfg(feature = "seeded")]
        {
            let draw = |from| {
                let _seeded = seed(from);
                [new_uuid(), new_uuid()]
            };
            assert_eq!(draw(7), draw(7));
            assert_ne!(draw(7), draw(8));
            assert_eq!(new_uuid().get_version_num(), 4);
        }
    }
}
