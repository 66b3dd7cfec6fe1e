//! The simulator: Tieout's functions with their real handlers, in one process, on one thread, by one seed and one clock.

pub mod auditor;
