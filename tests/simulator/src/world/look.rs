//! The world as it is to be seen from outside.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use http::Request;
use serde_json::Value;
use tieout_local::stack::dead_letter_queue_name;
use tieout_platform::clock::Clock;
use tower::ServiceExt;

use super::{QUEUES, World};
use crate::auditor::seen::{Message, Organisation, Seen};
use crate::table::plain;

impl World {
    /// Everything at one instant.
    pub async fn seen(self: &Arc<Self>) -> Seen {
        let mut organisations = BTreeMap::new();
        for entity in &self.config.config.entities {
            let tenant = entity.xero_tenant.clone();
            let organisation = Organisation {
                documents: self.page(&tenant, "invoices").await,
                journals: self.page(&tenant, "journals").await,
                contacts: self.page(&tenant, "contacts").await,
            };
            organisations.insert(tenant, organisation);
        }
        let opportunities = self.salesforce.list("Opportunity").into_iter();
        let named = opportunities.filter_map(|fields| Some((fields.get("Id")?.as_str()?.to_owned(), fields)));
        Seen {
            at: self.clock.now(),
            organisations,
            opportunities: named.collect(),
            table: self.table().items().map(plain).collect(),
            queues: self.queues(),
        }
    }

    /// All messages of all queues.
    pub fn queues(&self) -> BTreeMap<String, Vec<Message>> {
        let names = QUEUES.iter().flat_map(|name| [(*name).to_owned(), dead_letter_queue_name(name)]);
        let messages = |name: &str| {
            let all = self.sqs.peek(name).unwrap_or_default();
            let own = all.into_iter().map(|message| Message {
                id: message.message_id,
                body: message.body,
                in_flight: message.in_flight,
            });
            own.collect::<Vec<_>>()
        };
        names.map(|name| (name.clone(), messages(&name))).collect()
    }

    async fn page(&self, tenant: &str, what: &str) -> Vec<Value> {
        let Ok(request) = Request::get(format!("/_sandbox/{tenant}/{what}")).body(Body::empty()) else {
            return Vec::new();
        };
        let Ok(answer) = self.routers.xero.clone().oneshot(request).await;
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap_or_default();
        serde_json::from_slice(&body).unwrap_or_default()
    }
}
