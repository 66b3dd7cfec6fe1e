//! Placeholder until the schedules are measured.
fn main() {}
