//! The deployment, held against the code: variables, roles, queues, table, schedules, alarms.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod calls;
mod document;
mod eyes;
mod functions;
mod memory;
mod roles;
