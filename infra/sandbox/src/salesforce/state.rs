//! Everything that the organisation knows, in memory and in the sandbox's file.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::faults::Faults;
use super::outbound::{Notification, Stats};
use super::record::Record;
use super::schema::Children;
use super::soql::Source;
use crate::docs::{Change, Docs, DocsError};

/// The span over which calls are counted.
const USAGE_SPAN_HOURS: i64 = 24;
pub(super) const RECORD: &str = "sf_record";
pub(super) const NOTIFICATION: &str = "sf_notification";
pub(super) const TOKEN: &str = "sf_token";
pub(super) const CURSOR: &str = "sf_cursor";
const META: &str = "sf_meta";

/// The lookups by which records are found from the one: `(object, field)`.
const LOOKUPS: [(&str, &str); 2] = [("OpportunityLineItem", "OpportunityId"), ("Opportunity", "AccountId")];

/// The calls of each hour, by hours since 1970.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub(super) struct Usage {
    hours: BTreeMap<i64, u64>,
}

impl Usage {
    /// Calls in the 24 hours before `now`.
    pub(super) fn used(&self, now: DateTime<Utc>) -> u64 {
        let first = now.timestamp().div_euclid(3_600) - USAGE_SPAN_HOURS + 1;
        self.hours.range(first..).map(|(_, calls)| calls).sum()
    }

    pub(super) fn count(&mut self, now: DateTime<Utc>) {
        let hour = now.timestamp().div_euclid(3_600);
        *self.hours.entry(hour).or_default() += 1;
        self.hours.retain(|kept, _| *kept > hour - USAGE_SPAN_HOURS);
    }
}

/// A session.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Session {
    pub(super) ends_at: DateTime<Utc>,
}

/// What is kept beside records, in one document each.
#[derive(Debug, Default)]
pub(super) struct State {
    records: BTreeMap<String, Record>,
    by_object: BTreeMap<String, BTreeSet<String>>,
    by_lookup: BTreeMap<(String, String), BTreeSet<String>>,
    pub(super) notifications: BTreeMap<String, Notification>,
    pub(super) sessions: BTreeMap<String, Session>,
    /// The number of the last id that was given.
    pub(super) counter: u64,
    pub(super) usage: Usage,
    pub(super) faults: Faults,
    pub(super) stats: Stats,
    /// Accounts whose rows a running write holds; not kept, a dead process holds nothing.
    pub(super) held: BTreeSet<String>,
}

impl State {
    pub(super) fn load(docs: &Docs) -> Result<Self, DocsError> {
        let mut state = Self {
            notifications: docs.all(NOTIFICATION)?.into_iter().collect(),
            sessions: docs.all(TOKEN)?.into_iter().collect(),
            counter: docs.get(META, "counter")?.unwrap_or_default(),
            usage: docs.get(META, "usage")?.unwrap_or_default(),
            faults: docs.get(META, "faults")?.unwrap_or_default(),
            stats: docs.get(META, "stats")?.unwrap_or_default(),
            ..Self::default()
        };
        for (_, record) in docs.all::<Record>(RECORD)? {
            state.put(record);
        }
        Ok(state)
    }

    /// What keeps the counters; goes into the same save as what they counted.
    pub(super) fn counter_change(counter: u64) -> Result<Change, DocsError> {
        Change::put(META, "counter", &counter)
    }

    pub(super) fn save_usage(&self, docs: &Docs) -> Result<(), DocsError> {
        docs.save(&[Change::put(META, "usage", &self.usage)?])
    }

    pub(super) fn save_faults(&self, docs: &Docs) -> Result<(), DocsError> {
        docs.save(&[Change::put(META, "faults", &self.faults)?])
    }

    pub(super) fn stats_change(&self) -> Result<Change, DocsError> {
        Change::put(META, "stats", &self.stats)
    }

    /// Takes a record in, in the place of its earlier version.
    pub(super) fn put(&mut self, record: Record) {
        for (object, field) in LOOKUPS {
            if record.object != object {
                continue;
            }
            let key = |record: &Record| Some((field.to_owned(), record.text(field)?.to_owned()));
            if let Some(old) = self.records.get(&record.id).and_then(key)
                && let Some(ids) = self.by_lookup.get_mut(&old)
            {
                ids.remove(&record.id);
            }
            if let Some(new) = key(&record) {
                self.by_lookup.entry(new).or_default().insert(record.id.clone());
            }
        }
        let ids = self.by_object.entry(record.object.clone()).or_default();
        ids.insert(record.id.clone());
        self.records.insert(record.id.clone(), record);
    }

    /// When the first waiting notification is due.
    pub(super) fn next_due(&self) -> Option<DateTime<Utc>> {
        self.notifications.values().map(|waiting| waiting.next_attempt).min()
    }

    /// Forgets sessions that ended a while ago.
    pub(super) fn ended_sessions(&self, now: DateTime<Utc>) -> Vec<String> {
        let kept_after = now - TimeDelta::days(1);
        self.sessions
            .iter()
            .filter(|(_, session)| session.ends_at < kept_after)
            .map(|(token, _)| token.clone())
            .collect()
    }
}

impl Source for State {
    fn record(&self, id: &str) -> Option<&Record> {
        self.records.get(id)
    }

    fn records_of<'a>(&'a self, object: &str) -> Box<dyn Iterator<Item = &'a Record> + 'a> {
        let ids = self.by_object.get(object).into_iter().flatten();
        Box::new(ids.filter_map(|id| self.records.get(id)))
    }

    fn children_of<'a>(&'a self, children: &Children, parent: &'a str) -> Box<dyn Iterator<Item = &'a Record> + 'a> {
        let key = (children.field.to_owned(), parent.to_owned());
        let ids = self.by_lookup.get(&key).into_iter().flatten();
        Box::new(ids.filter_map(|id| self.records.get(id)))
    }
}
