//! The simulator: Tieout's functions with their real handlers, in one process, on one thread, by one seed and one clock.
//!
//! [`run`] plays a company's history under the faults that the seed picks, lets faults stop, drains, and gives what the auditor found. The
//! same seed gives the same run, byte for byte. [`run_many`] runs many side by side.

pub mod auditor;
pub mod dice;
pub mod faults;
pub mod guards;
pub mod history;
mod many;
mod panics;
mod run;
pub mod table;
mod time;
mod trace;
pub mod wire;
mod witness;
pub mod world;

pub use many::run_many;
pub use run::{Options, Outcome, run};
