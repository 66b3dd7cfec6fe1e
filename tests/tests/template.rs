//! The deployment, compared with the code: variables, roles, queues, table, schedules, alarms.

mod calls;
mod document;
mod functions;
mod monitoring;
mod roles;
mod storage;
