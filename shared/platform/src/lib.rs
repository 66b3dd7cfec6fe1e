//! Start-up of a function: configuration, secrets, connector, clock, effects, telemetry.

pub mod clock;
