//! Start-up of a function: configuration, secrets, connector, clock, effects, telemetry.

pub mod aws;
pub mod clock;
pub mod config;
pub mod effect;
pub mod entropy;
pub mod events;
pub mod failure;
pub mod http;
pub mod rules;
pub mod runtime;
pub mod secret;
pub mod secrets;
pub mod telemetry;
pub mod vendor;
