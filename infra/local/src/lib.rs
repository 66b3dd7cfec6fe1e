//! The AWS services that Tieout uses, on one machine, in one process: all state in one folder, time from one clock.
//!
//! DynamoDB is a crate; the queues, the secrets, the gateway, the event source mapping and the scheduler are written here,
//! as small as they can be while doing what the real ones do. Everything binds 127.0.0.1 only.

pub mod data_folder;
pub mod dynamodb;
pub mod event_source;
pub mod function;
pub mod gateway;
pub mod http_server;
mod ids;
pub mod runtime_api;
pub mod scheduler;
pub mod secrets;
pub mod sqs;
pub mod stack;
