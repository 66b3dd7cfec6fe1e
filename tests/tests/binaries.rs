//! Each shipped binary, started against a Lambda Runtime API and given the events that AWS would send.

mod http;
mod process;
mod refusals;
mod salesforce_webhook;
mod webhooks;
mod work;
mod world;
mod xero_webhook;
