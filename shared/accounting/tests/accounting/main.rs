//! The engine's tests: stories to the cent, refusals, methods as tables, adversarial input, identities over generated histories,
//! agreement with a reference model.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod adversarial;
mod agreement;
mod documented;
mod figures;
mod history;
mod identities;
mod methods;
mod metrics;
mod products;
mod properties;
mod reference;
mod refusals;
mod rollforwards;
mod stories;
