//! Watches the table for steps of closes: what is stored is what has happened, whether its caller is alive to see it or not.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{World, lock};
use crate::auditor::facts::{Proposal, What};
use crate::table::plain;

/// What people look at while they decide: by entity, period and person.
pub type Considered = BTreeMap<(String, String, String), Proposal>;

/// Where periods are kept.
const PERIODS: &str = "PERIODS#";

impl World {
    /// A write of the table went through: reported, where it moved a period.
    pub(crate) fn watch(&self, request: &Value) {
        let writes = request["TransactItems"].as_array().into_iter().flatten();
        let items = writes.map(|write| &write["Put"]["Item"]).chain([&request["Item"]]);
        let keys = items.filter_map(|item| Some((item["pk"]["S"].as_str()?, item["sk"]["S"].as_str()?)));
        for (pk, sk) in keys.filter(|(pk, _)| pk.starts_with(PERIODS)) {
            let found = self.table().get(pk, sk).map(plain);
            if let Some(what) = found.and_then(|item| self.moved(&item)) {
                self.step("close", format_args!("{pk} {sk}: {}", short(&what)));
                self.report(what);
            }
        }
    }

    fn moved(&self, item: &Value) -> Option<What> {
        let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
        match item["state"].as_str()? {
            "proposed" => Some(What::Planned(self.proposal(item))),
            "approved" => {
                let key = (text("entity"), text("period"), text("by"));
                let seen = lock(&self.considered).get(&key).cloned();
                Some(What::Approved {
                    seen: seen.unwrap_or_else(|| self.proposal(item)),
                    by: text("by"),
                    accepted: true,
                })
            }
            "closed" => Some(What::Closed {
                entity: text("entity"),
                period: text("period"),
            }),
            _ => None,
        }
    }

    fn proposal(&self, item: &Value) -> Proposal {
        let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
        let whole = match item["proposal_sha256"].as_str() {
            Some(hash) => self.long(hash),
            None => text("proposal"),
        };
        Proposal {
            entity: text("entity"),
            period: text("period"),
            hash: text("hash"),
            by: text("by"),
            text: whole,
        }
    }

    /// A text that was too large for its item.
    fn long(&self, hash: &str) -> String {
        let table = self.table();
        let pk = format!("TEXT#{hash}");
        let parts = (1..).map_while(|part: u32| table.get(&pk, &format!("PART#{part:04}")).map(plain));
        parts.filter_map(|part| part["text"].as_str().map(str::to_owned)).collect()
    }

    /// The proposal of a period that waits for approval, as people see it.
    pub fn proposed(&self, entity: &str) -> Option<Proposal> {
        let found: Vec<Value> = {
            let table = self.table();
            let own = table.under(&format!("{PERIODS}{entity}"));
            own.map(plain).filter(|item| item["state"] == "proposed").collect()
        };
        found.first().map(|item| self.proposal(item))
    }

    /// The state of each period of an entity.
    pub fn periods(&self, entity: &str) -> Vec<(String, String)> {
        let table = self.table();
        let own = table.under(&format!("{PERIODS}{entity}")).map(plain);
        let text = |item: &Value, name: &str| item[name].as_str().unwrap_or_default().to_owned();
        own.map(|item| (text(&item, "period"), text(&item, "state"))).collect()
    }

    /// Somebody looks at a proposal, to decide later.
    pub fn considers(&self, by: &str, seen: &Proposal) {
        let key = (seen.entity.clone(), seen.period.clone(), by.to_owned());
        lock(&self.considered).insert(key, seen.clone());
    }
}

fn short(what: &What) -> String {
    match what {
        What::Planned(proposal) => format!("proposed by {} as {}", proposal.by, proposal.hash),
        What::Approved { by, .. } => format!("approved by {by}"),
        _ => "closed".to_owned(),
    }
}
