//! A connector that kills, and what has to be so whatever was killed.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures::future::BoxFuture;
use tieout::stack::clock::{AtRestart, StandingClock, saved};
use tieout::stack::{Options, Stack};
use tieout_local::data_folder::DataFolder;
use tieout_platform::config::Checked;
use tieout_platform::http::{Connector, Network, Request, Response, TransportError};
use tieout_store::StoredContract;
use tokio::sync::Notify;

/// The network, until the process dies at a request: of two, one takes effect and its answer is lost, the other never leaves.
#[derive(Debug)]
pub struct Deadly {
    network: Network,
    left: AtomicUsize,
    takes_effect: bool,
    struck: Notify,
}

impl Deadly {
    pub fn after(requests: usize) -> Self {
        Self {
            network: Network::new().unwrap(),
            left: AtomicUsize::new(requests),
            takes_effect: requests.is_multiple_of(2),
            struck: Notify::new(),
        }
    }

    pub async fn has_struck(&self) {
        self.struck.notified().await;
    }
}

impl Connector for Deadly {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            let before = self
                .left
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
            match before {
                Ok(left) if left > 1 => return self.network.send(request).await,
                Ok(_) if self.takes_effect => drop(self.network.send(request).await),
                _ => {}
            }
            self.struck.notify_one();
            std::future::pending().await
        })
    }
}

/// Starts the stack on what a killed demo left, lets it come to rest, and looks at everything that could be doubled or lost.
pub async fn check_what_is_left(data: &Path, config: Checked) {
    let clock = StandingClock::new(data, saved(data).unwrap().unwrap().at, AtRestart::Runs);
    let stack = Stack::start(Options {
        data: Some(DataFolder::open(data).unwrap()),
        config: config.clone(),
        clock: clock.clone(),
        time_limits: Some(clock.time_limits()),
        sweep: "rate(1 day)",
        salesforce_url: None,
        xero_url: None,
        xero_identity_url: None,
        connector: None,
    })
    .await
    .unwrap();
    stack.sandbox.xero.as_ref().unwrap().clear_faults().unwrap();
    stack.settle(&clock, |_| ()).await.unwrap();
    for entity in &config.config.entities {
        let xero = stack.sandbox.xero.as_ref().unwrap();
        let contracts = stack.deployment.store.contracts_of(&entity.id.as_str().into()).await.unwrap();
        let invoices = xero.list_invoices(&entity.xero_tenant);
        let numbers: Vec<&str> = invoices.iter().map(|invoice| invoice.number.as_str()).collect();
        let parked = stack.deployment.store.parked().await.unwrap();
        let wanted = contracts.iter().flat_map(|contract| &contract.outline.documents);
        let wanted = wanted.map(|document| document.in_ledger().map(|found| found.number.as_str()));
        let mut wanted: Vec<&str> = wanted
            .map(|number| number.unwrap_or_else(|| panic!("a booked deal has no invoice; {parked:?}")))
            .collect();
        wanted.sort_unstable();
        assert_eq!(numbers, wanted, "one invoice for each booked deal of {}", entity.id);
        for StoredContract { outline, events } in &contracts {
            let contract = &outline.head.contract;
            let facts = events.iter().filter_map(|event| event.fact.as_deref());
            once(&format!("facts of contract {contract}"), facts);
            let signings = events.iter().filter(|stored| stored.event.kind.name() == "signed");
            assert_eq!(signings.count(), 1, "contract {contract} is signed once");
        }
        let register = stack.deployment.store.register(&entity.id.as_str().into()).await.unwrap();
        once("numbers of the register", register.iter().map(|entry| entry.number.as_str()));
        assert_eq!(
            register.len(),
            numbers.len(),
            "a number for each invoice of {}, and no other",
            entity.id
        );
        once(
            "names of contacts",
            contacts(&stack, &entity.xero_tenant).await.iter().map(String::as_str),
        );
        let journals = xero.list_journals(&entity.xero_tenant);
        once("narrations of journals", journals.iter().map(|journal| journal.narration.as_str()));
    }
}

fn once<'a>(what: &str, all: impl Iterator<Item = &'a str>) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    all.for_each(|one| *counts.entry(one).or_default() += 1);
    counts.retain(|_, count| *count > 1);
    assert!(counts.is_empty(), "{what} are doubled: {counts:?}");
}

async fn contacts(stack: &Stack, tenant: &str) -> Vec<String> {
    let request = http::Request::get(format!("{}/_sandbox/{tenant}/contacts", stack.ready.xero))
        .body(Bytes::new())
        .unwrap();
    let answer = Network::new().unwrap().send(request).await.unwrap();
    let contacts: Vec<serde_json::Value> = serde_json::from_slice(answer.body()).unwrap();
    contacts
        .iter()
        .map(|contact| contact["Name"].as_str().unwrap().to_owned())
        .collect()
}
