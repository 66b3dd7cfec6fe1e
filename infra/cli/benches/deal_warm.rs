//! A deal, warm, from the outbound message to the stored draft, without the vendors' time; beside the bound of the design.
//!
//! `cargo bench -p tieout --bench deal_warm`
#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a bench stops where it cannot measure")]

mod common;

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use tieout_platform::clock::ManualClock;
use tieout_platform::http::{Connector, Network, Request, Response, TransportError};
use tieout_sandbox::salesforce::NewAccount;
use tieout_store::OrderKey;

use common::{date, opportunity, start};

const DEALS: usize = 200;
const WARM_UP: usize = 20;
/// The bound of the design for the 99th percentile.
const BOUND_MS: u128 = 300;
/// Between two deals, so that nobody waits for Xero's minute.
const PAUSE_S: u64 = 61;

/// Sums the time that requests to the sandbox's vendors take.
#[derive(Debug)]
struct Timed {
    network: Network,
    vendors_ns: Arc<AtomicU64>,
}

impl Connector for Timed {
    #[expect(clippy::disallowed_methods, reason = "a bench measures")]
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            let path = request.uri().path();
            let is_vendor = ["/services/", "/api.xro/", "/connect/"]
                .iter()
                .any(|prefix| path.starts_with(prefix));
            let started = Instant::now();
            let answer = self.network.send(request).await;
            if is_vendor {
                let spent_ns = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
                self.vendors_ns.fetch_add(spent_ns, Ordering::Relaxed);
            }
            answer
        })
    }
}

#[tokio::main]
#[expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a bench measures and prints")]
async fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let vendors_ns = Arc::new(AtomicU64::new(0));
    let connector = Timed {
        network: Network::new().expect("a network client"),
        vendors_ns: vendors_ns.clone(),
    };
    let clock = ManualClock::new(date(2026, 1, 15).and_hms_opt(9, 0, 0).expect("a time").and_utc());
    let stack = start(folder.path().to_owned(), clock.clone(), Arc::new(connector)).await;
    let salesforce = stack.sandbox.salesforce.clone().expect("the sandbox's Salesforce");
    let mut own = Vec::new();
    for number in 0..DEALS + WARM_UP {
        clock.advance(Duration::from_secs(PAUSE_S));
        let account = NewAccount {
            name: format!("Customer {number}"),
            ..NewAccount::default()
        };
        let account = salesforce.add_account(account).expect("an account");
        let deal = salesforce.add_opportunity(opportunity(number, account)).expect("an opportunity");
        while stack.step().await.expect("a step") > 0 {}
        salesforce.close_won(&deal.id).expect("won");
        let vendors_before_ns = vendors_ns.load(Ordering::Relaxed);
        let started = Instant::now();
        while stack.step().await.expect("a step") > 0 {}
        let all = started.elapsed();
        let vendors = Duration::from_nanos(vendors_ns.load(Ordering::Relaxed) - vendors_before_ns);
        let contract = OrderKey::new("crm", &deal.id).expect("a key").contract();
        let outline = stack
            .deployment
            .store
            .outline(&contract)
            .await
            .expect("an outline")
            .expect("a booked deal");
        assert!(outline.documents[0].in_ledger().is_some(), "a stored draft");
        if number >= WARM_UP {
            own.push(all.saturating_sub(vendors));
        }
    }
    own.sort_unstable();
    let at = |percent: usize| own[(own.len() - 1) * percent / 100].as_micros();
    println!("a deal, warm, from the message to the stored draft and the write-back, without the vendors' time, {DEALS} deals");
    println!("  p50 {:>8} us\n  p99 {:>8} us   bound {} us", at(50), at(99), BOUND_MS * 1_000);
}
