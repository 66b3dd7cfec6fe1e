//! One request as the auditor and the trace see it: that it left, and when it was over for its sender, whatever became of it.

use std::sync::{Arc, Weak};

use tieout_platform::clock::Clock;
use tieout_platform::http::{Request, Response, TransportError};

use super::Lifetime;
use super::arrive::Host;
use crate::auditor::seen::{self, Vendor};
use crate::faults::Trouble;
use crate::witness;
use crate::world::World;

/// The name of the header that keeps a write from being done twice.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// A request that has left.
pub(super) struct Outgoing {
    world: Weak<World>,
    process: String,
    what: String,
    /// None where it is nobody's of the vendors.
    number: Option<u64>,
    arrived: bool,
    vendor: Option<(u16, String)>,
    over: bool,
}

impl Outgoing {
    pub(super) fn leaves(world: &Arc<World>, lifetime: &Lifetime, host: &Host, request: &Request) -> Self {
        let vendor = match host {
            Host::Aws { .. } | Host::Elsewhere { .. } => None,
            Host::Salesforce { .. } => Some(Vendor::Salesforce),
            Host::Xero { login: true } => Some(Vendor::XeroIdentity),
            Host::Xero { login: false } => Some(Vendor::Xero(header(request, "xero-tenant-id").unwrap_or_default())),
        };
        let path = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
        let what = match host {
            Host::Aws { operation, .. } => format!("{} {operation}", host.name()),
            _ => format!("{} {} {path}", host.name(), request.method()),
        };
        let number = vendor.map(|vendor| {
            let number = world.next_request();
            let bearer = header(request, "authorization").and_then(|text| text.strip_prefix("Bearer ").map(str::to_owned));
            let request = seen::Request {
                number,
                at: world.clock.now(),
                function: lifetime.function.to_owned(),
                vendor,
                method: request.method().to_string(),
                path,
                idempotency_key: header(request, IDEMPOTENCY_KEY),
                bearer,
                body: String::from_utf8_lossy(request.body()).into_owned(),
            };
            witness::with(|auditor| auditor.leaves(request, &*world.table()));
            number
        });
        Self {
            world: Arc::downgrade(world),
            process: lifetime.name.clone(),
            what,
            number,
            arrived: false,
            vendor: None,
            over: false,
        }
    }

    /// The vendor has it, or will.
    pub(super) fn arrived(&mut self) {
        self.arrived = true;
    }

    /// What the vendor answered.
    pub(super) fn vendor(&mut self, answer: &Result<Response, TransportError>) {
        if let (Ok(answer), Some(_)) = (answer, self.number) {
            let body = String::from_utf8_lossy(answer.body()).into_owned();
            self.vendor = Some((answer.status().as_u16(), body));
        }
    }

    /// What its sender sees.
    pub(super) fn comes_back(&mut self, answer: &Result<Response, TransportError>, trouble: Option<Trouble>) {
        self.over = true;
        let status = answer.as_ref().ok().map(|answer| answer.status().as_u16());
        let retry_after_s = answer.as_ref().ok().and_then(|answer| {
            let text = answer.headers().get("retry-after")?.to_str().ok()?;
            text.parse().ok()
        });
        self.end(status, retry_after_s, trouble);
    }

    fn end(&mut self, status: Option<u16>, retry_after_s: Option<u64>, trouble: Option<Trouble>) {
        let Some(world) = self.world.upgrade() else { return };
        match (status, trouble) {
            (Some(status), None) => world.step(&self.process, format_args!("{} -> {status}", self.what)),
            (status, trouble) => world.step(&self.process, format_args!("{} -> {status:?} {trouble:?}", self.what)),
        }
        let Some(number) = self.number else { return };
        let (vendor_status, vendor_body) = match self.vendor.take() {
            Some((status, body)) => (Some(status), body),
            None => (None, String::new()),
        };
        let answer = seen::Answer {
            number,
            at: world.clock.now(),
            arrived: self.arrived,
            vendor_status,
            vendor_body,
            status,
            retry_after_s,
        };
        witness::with(|auditor| auditor.answered(&answer));
    }
}

impl Drop for Outgoing {
    /// Its sender crashed, or gave up.
    fn drop(&mut self) {
        if !self.over {
            self.end(None, None, None);
        }
    }
}

fn header(request: &Request, name: &str) -> Option<String> {
    Some(request.headers().get(name)?.to_str().ok()?.to_owned())
}
