//! Ids that nobody has used, as a dependency: the machine's randomness in production, a seed where a run has to be repeatable.

use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

/// A source of ids.
pub trait Ids: fmt::Debug + Send + Sync {
    /// A new id, version 4.
    fn new_uuid(&self) -> Uuid;
}

/// A source of ids that many share.
pub type SharedIds = Arc<dyn Ids>;

/// Ids from the machine's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomIds;

impl Ids for RandomIds {
    fn new_uuid(&self) -> Uuid {
        Uuid::new_v4()
    }
}
