//! Revenue accounting: events in, positions out.
//!
//! Pure: no input or output, no clock, no randomness, no floats. Rules and their paragraphs: `docs/accounting.md`.

mod arithmetic;
pub mod billing;
pub mod book;
pub mod close;
pub mod commission;
pub mod contract;
pub mod cost;
mod currency;
pub mod disclosure;
pub mod event;
pub mod example;
pub mod explain;
pub mod fiscal;
pub mod ids;
pub mod intercompany;
pub mod journal;
mod limits;
pub mod metrics;
pub mod money;
pub mod period;
pub mod policy;
pub mod rates;
mod refusal;
pub mod rollforward;
pub mod schedule;
pub mod selling_prices;
pub mod story;
pub mod translation;

pub use book::Book;
pub use contract::Contract;
pub use event::Event;
pub use money::{Currency, Money};
pub use period::Period;
pub use policy::Policy;
pub use refusal::Refusal;
