//! The `tieout` command of finance and operations, and the whole stack on one machine beneath it.

pub mod stack;
