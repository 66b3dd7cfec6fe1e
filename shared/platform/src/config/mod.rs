//! `tieout.toml`: who the group is, which rules it books by, and who may do what.

mod model;

pub use model::*;
