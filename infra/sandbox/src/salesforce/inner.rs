//! What all handles and the server share.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jsonwebtoken::DecodingKey;
use serde_json::{Map, Value};
use tieout_platform::clock::SharedClock;

use super::error::ApiError;
use super::ids::mint;
use super::outbound::{Notification, OutboundRule, Pump, Trigger};
use super::record::Record;
use super::schema::Schema;
use super::soql::{Bound, Source, matches};
use super::state::{NOTIFICATION, RECORD, State};
use super::work::{Actor, Outcome, Work, account_of};
use crate::docs::{Change, Docs, DocsError};

/// An outbound rule whose condition was understood.
pub(super) struct Rule {
    pub(super) rule: OutboundRule,
    pub(super) condition: Bound,
    pub(super) action_id: String,
}

/// Who may come in, and for how long.
pub(super) struct Access {
    pub(super) client_id: String,
    pub(super) client_secret: String,
    pub(super) jwt_key: Option<DecodingKey>,
    pub(super) audiences: Vec<String>,
    pub(super) username: String,
    pub(super) session: Duration,
    pub(super) daily_limit: u64,
}

/// The organisation.
pub(super) struct Inner {
    pub(super) docs: Docs,
    pub(super) clock: SharedClock,
    pub(super) url: String,
    pub(super) organisation_id: String,
    pub(super) access: Access,
    pub(super) schema: Schema,
    pub(super) rules: Vec<Rule>,
    pub(super) pump: Pump,
    pub(super) page_size: usize,
    pub(super) write_time: Duration,
    pub(super) lock_status: u16,
    pub(super) endpoint: Mutex<Option<String>>,
    pub(super) state: Mutex<State>,
    /// Rung when a notification begins to wait.
    pub(super) bell: tokio::sync::Notify,
}

/// The accounts whose locks a running write holds; given back when it is dropped.
pub(super) struct Held<'a> {
    inner: &'a Inner,
    mine: BTreeSet<String>,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mine = std::mem::take(&mut self.mine);
        self.inner.with_state(|state| state.held.retain(|account| !mine.contains(account)));
    }
}

impl Inner {
    pub(super) fn with_state<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn endpoint(&self) -> Option<String> {
        self.endpoint.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes the locks of these records' accounts and holds them for the time that a write takes.
    /// What somebody else holds is left to be refused.
    pub(super) async fn hold(&self, ids: &[String]) -> Held<'_> {
        let mine = match self.write_time.is_zero() {
            true => BTreeSet::new(),
            false => self.with_state(|state| {
                let wanted = ids.iter().filter_map(|id| {
                    let record = state.record(id)?;
                    account_of(record, |id| state.record(id))
                });
                let free: BTreeSet<String> = wanted.filter(|account| !state.held.contains(account)).collect();
                state.held.extend(free.iter().cloned());
                free
            }),
        };
        let held = Held { inner: self, mine };
        if !held.mine.is_empty() {
            self.clock.sleep(self.write_time).await;
        }
        held
    }

    /// Runs a caller's write; what it changed is kept before this returns.
    pub(super) fn write<T>(&self, held: &Held<'_>, act: impl FnOnce(&mut Work<'_>) -> Result<T, ApiError>) -> Result<T, ApiError> {
        self.transact(Actor::Caller, &held.mine, act)
    }

    /// Runs a write of the sandbox's own hand.
    pub(super) fn by_hand<T>(&self, act: impl FnOnce(&mut Work<'_>) -> Result<T, ApiError>) -> Result<T, ApiError> {
        self.transact(Actor::Hand, &BTreeSet::new(), act)
    }

    fn transact<T>(
        &self,
        actor: Actor,
        mine: &BTreeSet<String>,
        act: impl FnOnce(&mut Work<'_>) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        self.with_state(|state| {
            let mut work = Work::new(state, &self.schema, actor, self.clock.now(), mine);
            let done = act(&mut work);
            let outcome = work.finish();
            if !outcome.met_locks.is_empty() {
                state.faults.met(&outcome.met_locks);
                state.save_faults(&self.docs)?;
            }
            let done = done?;
            self.commit(state, outcome)?;
            Ok(done)
        })
    }

    fn commit(&self, state: &mut State, outcome: Outcome) -> Result<(), DocsError> {
        let mut counter = outcome.counter;
        let waiting = self.notifications(state, &outcome.records, &mut counter);
        let mut changes = vec![State::counter_change(counter)?];
        for record in &outcome.records {
            changes.push(Change::put(RECORD, &record.id, record)?);
        }
        for notification in &waiting {
            changes.push(Change::put(NOTIFICATION, &notification.id, notification)?);
        }
        self.docs.save(&changes)?;
        state.counter = counter;
        for record in outcome.records {
            state.put(record);
        }
        if !waiting.is_empty() {
            self.bell.notify_one();
        }
        for notification in waiting {
            state.notifications.insert(notification.id.clone(), notification);
        }
        Ok(())
    }

    /// The notifications that these saves make. A deletion makes none.
    fn notifications(&self, state: &State, saved: &[Record], counter: &mut u64) -> Vec<Notification> {
        let now = self.clock.now();
        let mut waiting = Vec::new();
        for record in saved.iter().filter(|record| !record.deleted) {
            for (place, rule) in self.rules.iter().enumerate() {
                let meets = |record: &Record| record.object == rule.rule.object && matches(state, &rule.condition, record);
                let before = state.record(&record.id).is_some_and(meets);
                let wanted = match rule.rule.trigger {
                    Trigger::EverySave => meets(record),
                    Trigger::WhenMet => meets(record) && !before,
                };
                if wanted {
                    *counter += 1;
                    waiting.push(Notification {
                        id: mint("04l", *counter),
                        rule: place,
                        record: record.id.clone(),
                        queued_at: now,
                        next_attempt: now,
                        attempts: 0,
                        message: None,
                    });
                }
            }
        }
        waiting
    }
}

/// The members of a JSON object, none for anything else.
pub(super) fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
