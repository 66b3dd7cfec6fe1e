//! One file for each command.

pub mod close;
pub mod connect;
pub mod contract;
pub mod demo;
pub mod doctor;
pub mod explain;
pub mod failures;
pub mod numbers;
pub mod sandbox;
pub mod tie_out;
pub mod up;
pub mod worklist;
