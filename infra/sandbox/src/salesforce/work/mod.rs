//! One transaction over the records: what is changed becomes visible, and is kept, all at once or not at all.

mod derive;
mod fields;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::error::ApiError;
use super::ids::{mint, to_18};
use super::record::Record;
use super::schema::{SObject, Schema};
use super::soql::Source;
use super::state::State;
use super::values::instant_text;

/// Who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Actor {
    /// A caller of the REST interface: access rules and row locks hold.
    Caller,
    /// The sandbox's own hand: it may also set what only Salesforce sets.
    Hand,
}

/// Changes that are not yet committed.
pub(super) struct Work<'a> {
    state: &'a State,
    schema: &'a Schema,
    actor: Actor,
    now: DateTime<Utc>,
    user: String,
    /// Accounts whose locks this call holds.
    mine: &'a BTreeSet<String>,
    counter: u64,
    staged: Vec<Record>,
    met_locks: Vec<Option<String>>,
}

/// What a transaction leaves behind.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) records: Vec<Record>,
    pub(super) counter: u64,
    pub(super) met_locks: Vec<Option<String>>,
}

impl<'a> Work<'a> {
    pub(super) fn new(state: &'a State, schema: &'a Schema, actor: Actor, now: DateTime<Utc>, mine: &'a BTreeSet<String>) -> Self {
        let user = state.records_of("User").next().map(|user| user.id.clone());
        Self {
            state,
            schema,
            actor,
            now,
            user: user.unwrap_or_default(),
            mine,
            counter: state.counter,
            staged: Vec::new(),
            met_locks: Vec::new(),
        }
    }

    /// The last version of each changed record.
    pub(super) fn finish(self) -> Outcome {
        let mut seen = BTreeSet::new();
        let mut records: Vec<Record> = self
            .staged
            .into_iter()
            .rev()
            .filter(|record| seen.insert(record.id.clone()))
            .collect();
        records.reverse();
        Outcome {
            records,
            counter: self.counter,
            met_locks: self.met_locks,
        }
    }

    /// A point to which [`Work::roll_back`] returns.
    pub(super) fn mark(&self) -> usize {
        self.staged.len()
    }

    /// Forgets what was changed after `mark`.
    pub(super) fn roll_back(&mut self, mark: usize) {
        self.staged.truncate(mark);
    }

    /// The record as this transaction sees it, deleted ones too.
    pub(super) fn record(&self, id: &str) -> Option<&Record> {
        let staged = self.staged.iter().rev().find(|record| record.id == id);
        staged.or_else(|| self.state.record(id))
    }

    /// The id of a live record of this object, in its 18 characters.
    pub(super) fn live(&self, object: &SObject, id: &str) -> Result<String, ApiError> {
        let wrong = || {
            let message = format!("{} ID: id value of incorrect type: {id}", object.name);
            ApiError::record("MALFORMED_ID", message, &["Id"])
        };
        let id = to_18(id).ok_or_else(wrong)?;
        if !id.starts_with(object.prefix) {
            return Err(wrong());
        }
        match self.record(&id) {
            Some(record) if record.deleted => Err(ApiError::deleted()),
            Some(_) => Ok(id),
            None => Err(ApiError::not_found()),
        }
    }

    /// The live records whose external id has this value.
    pub(super) fn by_external_id(&self, object: &SObject, field: &str, value: &str) -> Vec<String> {
        let ids = self.state.records_of(object.name).map(|record| record.id.clone());
        let mut ids: BTreeSet<String> = ids.collect();
        ids.extend(
            self.staged
                .iter()
                .filter(|record| record.object == object.name)
                .map(|record| record.id.clone()),
        );
        ids.retain(|id| {
            self.record(id).is_some_and(|record| {
                let kept = match record.get(field) {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                !record.deleted && kept.eq_ignore_ascii_case(value)
            })
        });
        ids.into_iter().collect()
    }

    /// The first live record of an object for which this holds.
    pub(super) fn find(&self, object: &str, wanted: impl Fn(&Record) -> bool) -> Option<String> {
        let kept = self.state.records_of(object);
        let staged = self.staged.iter().filter(|record| record.object == object);
        let found = kept.chain(staged).find(|record| !record.deleted && wanted(record));
        found.map(|record| record.id.clone())
    }

    /// Makes a record.
    pub(super) fn create(&mut self, object: &SObject, given: &Map<String, Value>) -> Result<String, ApiError> {
        self.counter += 1;
        let id = mint(object.prefix, self.counter);
        self.create_as(object, &id, given)?;
        Ok(id)
    }

    /// Makes a record with an id that is known beforehand, as the organisation's own is.
    pub(super) fn create_as(&mut self, object: &SObject, id: &str, given: &Map<String, Value>) -> Result<(), ApiError> {
        let mut record = Record {
            id: id.to_owned(),
            object: object.name.to_owned(),
            fields: Map::new(),
            deleted: false,
        };
        record.set("Id", id);
        record.set("IsDeleted", false);
        record.set("CreatedDate", instant_text(self.now));
        record.set("CreatedById", self.user.clone());
        fields::default_all(object, &mut record, &self.user);
        fields::write(self, object, &mut record, given, true)?;
        self.lock(&record)?;
        derive::complete(self, &mut record, given, true)?;
        self.stage(record);
        Ok(())
    }

    /// Changes a live record.
    pub(super) fn update(&mut self, object: &SObject, id: &str, given: &Map<String, Value>) -> Result<(), ApiError> {
        let mut record = self.record(id).cloned().ok_or_else(ApiError::not_found)?;
        self.lock(&record)?;
        fields::write(self, object, &mut record, given, false)?;
        derive::complete(self, &mut record, given, false)?;
        self.stage(record);
        Ok(())
    }

    /// Deletes a live record and what hangs on it.
    pub(super) fn delete(&mut self, id: &str) -> Result<(), ApiError> {
        let mut record = self.record(id).cloned().ok_or_else(ApiError::not_found)?;
        self.lock(&record)?;
        derive::delete_dependants(self, &record)?;
        record.deleted = true;
        record.set("IsDeleted", true);
        self.stage(record);
        Ok(())
    }

    /// Keeps the new version, stamped, and brings its opportunity up to date.
    fn stage(&mut self, mut record: Record) {
        record.set("LastModifiedDate", instant_text(self.now));
        record.set("LastModifiedById", self.user.clone());
        record.set("SystemModstamp", instant_text(self.now));
        let opportunity = match record.object.as_str() {
            "OpportunityLineItem" => record.text("OpportunityId").map(str::to_owned),
            _ => None,
        };
        self.staged.push(record);
        if let Some(opportunity) = opportunity {
            derive::roll_up(self, &opportunity);
        }
    }

    /// A write locks the row's account: refused while somebody else has it.
    fn lock(&mut self, record: &Record) -> Result<(), ApiError> {
        if self.actor == Actor::Hand {
            return Ok(());
        }
        let account = account_of(record, |id| self.record(id));
        let held = account
            .as_ref()
            .is_some_and(|account| self.state.held.contains(account) && !self.mine.contains(account));
        if held || self.state.faults.locks(account.as_deref()) {
            let rows = account.clone().unwrap_or_else(|| record.id.clone());
            self.met_locks.push(account);
            let message = format!("unable to obtain exclusive access to this record or 1 records: {rows}");
            return Err(ApiError::record("UNABLE_TO_LOCK_ROW", message, &[]));
        }
        Ok(())
    }
}

/// The account that a write to this record locks.
pub(super) fn account_of<'a>(record: &Record, find: impl Fn(&str) -> Option<&'a Record>) -> Option<String> {
    match record.object.as_str() {
        "Account" => Some(record.id.clone()),
        "Opportunity" => record.text("AccountId").map(str::to_owned),
        "OpportunityLineItem" => find(record.text("OpportunityId")?)?.text("AccountId").map(str::to_owned),
        _ => None,
    }
}
