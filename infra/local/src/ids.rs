//! Ids of messages, requests and invocations.

use uuid::{Builder, Uuid};

/// A new id, version 4, from this thread's generator: a test that seeds the generator has the same ids again.
pub(crate) fn new_uuid() -> Uuid {
    Builder::from_random_bytes(fastrand::u128(..).to_be_bytes()).into_uuid()
}
