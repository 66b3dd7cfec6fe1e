//! Webhooks out: what is queued, what is on its way, and when it is tried again (`docs/vendors/xero.md`).
//!
//! A delivery holds several events, perhaps of several tenants. What is not answered rightly is sent again with
//! falling frequency for 24 hours; then the webhook is disabled and what waited is lost. Here only the state; `delivery` sends.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::world::{EventCategory, Org};

/// Events in one delivery.
const EVENTS_MAX: usize = 50;
/// Waits before the second, third, … attempt; the last one repeats.
const RETRY_WAITS_S: [i64; 8] = [5, 30, 60, 300, 900, 3_600, 7_200, 14_400];
/// After so long without the right answer the webhook is disabled.
pub(super) const GIVE_UP_S: i64 = 24 * 3_600;
/// Between two tries of the intent-to-receive dance.
const DANCE_WAIT_S: i64 = 5;

/// Where webhooks go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookTarget {
    /// The whole address.
    pub url: String,
    /// The signing key as the portal shows it; its UTF-8 bytes are the key.
    pub key: String,
}

/// How the webhook stands with its receiver.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum WebhookStatus {
    /// No target was ever set.
    #[default]
    None,
    /// Set, but the intent-to-receive dance has not been passed; events wait.
    IntentToReceive,
    /// Events are delivered.
    Ok,
    /// 24 hours without the right answer: events are lost until the target is set again.
    Disabled,
}

/// An event in Xero's shape, with its place in the sequence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Queued {
    sequence: u64,
    event: Value,
    /// Ordered to be delivered a second time.
    twice: bool,
}

/// Events that go out together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Delivery {
    pub(super) id: u64,
    events: Vec<Queued>,
    attempts: usize,
    first_attempt: Option<DateTime<Utc>>,
    pub(super) next_attempt: DateTime<Utc>,
}

/// The whole state of the webhook.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Webhooks {
    pub(super) target: Option<WebhookTarget>,
    pub(super) status: WebhookStatus,
    next_sequence: u64,
    next_delivery: u64,
    pending: Vec<Queued>,
    pub(super) deliveries: Vec<Delivery>,
    dance_due: Option<DateTime<Utc>>,
    pub(super) lose_next: usize,
    pub(super) double_next: usize,
    accepted: u64,
    lost: u64,
}

impl Webhooks {
    /// Sets the target. A new one must pass the dance first; what waits goes to it afterwards.
    pub(super) fn set_target(&mut self, target: WebhookTarget) {
        let changed = self.target.as_ref() != Some(&target);
        if changed || self.status == WebhookStatus::Disabled {
            self.status = WebhookStatus::IntentToReceive;
            self.dance_due = None;
        }
        self.target = Some(target);
    }

    /// This state with a change's events queued; none when there is nothing to queue.
    pub(super) fn with_events(&self, org: &Org) -> Option<Self> {
        let asleep = matches!(self.status, WebhookStatus::None | WebhookStatus::Disabled);
        if asleep || org.events.is_empty() {
            return None;
        }
        let mut next = self.clone();
        for event in &org.events {
            next.next_sequence += 1;
            if next.lose_next > 0 {
                next.lose_next -= 1;
                next.lost += 1;
                continue;
            }
            let twice = next.double_next > 0;
            next.double_next = next.double_next.saturating_sub(1);
            next.pending.push(Queued {
                sequence: next.next_sequence,
                event: event_json(org, event.category, &event.resource_id, event.created),
                twice,
            });
        }
        Some(next)
    }

    /// True when the dance is to be danced now.
    pub(super) fn owes_dance(&self, now: DateTime<Utc>) -> bool {
        self.status == WebhookStatus::IntentToReceive && self.dance_due.is_none_or(|due| due <= now)
    }

    /// Notes how the dance went.
    pub(super) fn danced(&mut self, passed: bool, now: DateTime<Utc>) {
        if passed {
            self.status = WebhookStatus::Ok;
        }
        self.dance_due = Some(now + TimeDelta::seconds(DANCE_WAIT_S));
    }

    /// Puts what waits into deliveries and gives those that are due, oldest first.
    pub(super) fn due(&mut self, now: DateTime<Utc>) -> Vec<Delivery> {
        if self.status != WebhookStatus::Ok {
            return Vec::new();
        }
        let pending = std::mem::take(&mut self.pending);
        for events in pending.chunks(EVENTS_MAX) {
            self.add(events.to_vec(), now);
            let again: Vec<Queued> = events.iter().filter(|event| event.twice).cloned().collect();
            if !again.is_empty() {
                self.add(again, now);
            }
        }
        let mut due: Vec<Delivery> = self
            .deliveries
            .iter()
            .filter(|delivery| delivery.next_attempt <= now)
            .cloned()
            .collect();
        due.sort_by_key(|delivery| (delivery.next_attempt, delivery.id));
        due
    }

    fn add(&mut self, events: Vec<Queued>, now: DateTime<Utc>) {
        self.next_delivery += 1;
        self.deliveries.push(Delivery {
            id: self.next_delivery,
            events,
            attempts: 0,
            first_attempt: None,
            next_attempt: now,
        });
    }

    /// Notes the answer to a delivery.
    pub(super) fn answered(&mut self, id: u64, accepted: bool, now: DateTime<Utc>) {
        if accepted {
            self.deliveries.retain(|delivery| delivery.id != id);
            self.accepted += 1;
            return;
        }
        let Some(delivery) = self.deliveries.iter_mut().find(|delivery| delivery.id == id) else {
            return;
        };
        let first = *delivery.first_attempt.get_or_insert(now);
        if now - first >= TimeDelta::seconds(GIVE_UP_S) {
            self.status = WebhookStatus::Disabled;
            let waiting = self.deliveries.iter().map(|delivery| delivery.events.len()).sum::<usize>() + self.pending.len();
            self.lost += u64::try_from(waiting).unwrap_or(u64::MAX);
            self.deliveries.clear();
            self.pending.clear();
            return;
        }
        let wait = RETRY_WAITS_S
            .get(delivery.attempts)
            .or(RETRY_WAITS_S.last())
            .copied()
            .unwrap_or(GIVE_UP_S);
        // The last attempt is made when the 24 hours end, not after.
        let last = first + TimeDelta::seconds(GIVE_UP_S);
        delivery.attempts += 1;
        delivery.next_attempt = (now + TimeDelta::seconds(wait)).min(last);
    }

    /// Events and deliveries that have not been accepted yet.
    pub(super) fn waiting(&self) -> usize {
        self.pending.len() + self.deliveries.len()
    }

    /// When something of it is to be sent next; none while nothing waits.
    pub(super) fn next_due(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self.status {
            WebhookStatus::None | WebhookStatus::Disabled => None,
            WebhookStatus::IntentToReceive => Some(self.dance_due.unwrap_or(now)),
            WebhookStatus::Ok if !self.pending.is_empty() => Some(now),
            WebhookStatus::Ok => self.deliveries.iter().map(|delivery| delivery.next_attempt).min(),
        }
    }

    pub(super) fn summary(&self) -> Value {
        json!({
            "url": self.target.as_ref().map(|target| target.url.clone()),
            "status": format!("{:?}", self.status),
            "events_pending": self.pending.len(),
            "deliveries_under_way": self.deliveries.len(),
            "deliveries_accepted": self.accepted,
            "events_lost": self.lost,
            "last_sequence": self.next_sequence,
        })
    }
}

impl Delivery {
    /// The body of the POST.
    pub(super) fn body(&self, entropy: &str) -> String {
        let events: Vec<&Value> = self.events.iter().map(|queued| &queued.event).collect();
        let first = self.events.first().map_or(0, |queued| queued.sequence);
        let last = self.events.last().map_or(0, |queued| queued.sequence);
        json!({"events": events, "firstEventSequence": first, "lastEventSequence": last, "entropy": entropy}).to_string()
    }
}

fn event_json(org: &Org, category: EventCategory, id: &str, created: bool) -> Value {
    let updated = match category {
        EventCategory::Contact => org.contacts.get(id).map(|contact| contact.updated),
        EventCategory::Invoice | EventCategory::CreditNote => org.documents.get(id).map(|document| document.updated),
    };
    let (folder, name) = match category {
        EventCategory::Contact => ("Contacts", "CONTACT"),
        EventCategory::Invoice => ("Invoices", "INVOICE"),
        EventCategory::CreditNote => ("CreditNotes", "CREDITNOTE"),
    };
    let mut event = json!({
        "resourceUrl": format!("https://api.xero.com/api.xro/2.0/{folder}/{id}"),
        "resourceId": id,
        "tenantId": org.settings.tenant_id,
        "tenantType": "ORGANISATION",
        "eventCategory": name,
        "eventType": if created { "CREATE" } else { "UPDATE" },
        // Without Z, as the real one writes it. Two changes of a record are never at the same instant, though the clock stands still.
        "eventDateUtc": updated.unwrap_or(org.now).format("%Y-%m-%dT%H:%M:%S%.3f").to_string(),
    });
    if let (EventCategory::CreditNote, Some(document)) = (category, org.documents.get(id)) {
        let data = json!({"data": {"Type": document.kind.code(), "Status": document.status.code()}});
        super::query::extend(&mut event, data);
    }
    event
}
