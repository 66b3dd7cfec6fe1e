//! Appending: events, the facts behind them and the head, all or none.

use crate::Store;
use crate::error::StoreError;
use crate::expression::Expression;
use crate::item::{Item, part};
use crate::table::{Transacted, Write};

use super::form::{event_key, head_key, read_head, write_event, write_head};
use super::{Appended, Head, StoredEvent, facts_key};

impl Store {
    /// Appends `events` to `contract` and writes `head`, in one transaction, where the contract still has `expected_version` events
    /// (0: it is new) and its head still has `head.revision`. Without events only the head is written.
    ///
    /// # Errors
    /// [`StoreError::TooMany`] where head, events and their dedupe keys are more than 100 items; those of the store. After
    /// [`StoreError::Unavailable`] the same call may be made again.
    pub async fn append(
        &self,
        contract: &str,
        expected_version: u64,
        mut head: Head,
        events: Vec<StoredEvent>,
    ) -> Result<Appended, StoreError> {
        let key = head_key(contract)?;
        part("entity", &head.entity)?;
        let condition = if expected_version == 0 && head.revision == 0 {
            Expression::absent()
        } else {
            Expression::new("#version = :version AND #revision = :revision")
                .number(":version", expected_version)
                .number(":revision", head.revision)
        };
        let version = expected_version.saturating_add(events.len() as u64);
        contract.clone_into(&mut head.contract);
        head.version = version;
        head.revision = head.revision.saturating_add(1);
        let mut writes = vec![Write::Put(write_head(key, &head), condition)];
        for (number, event) in (expected_version.saturating_add(1)..).zip(&events) {
            let item = write_event(event_key(contract, number), event);
            writes.push(Write::Put(item, Expression::absent()));
        }
        let facts: Vec<&str> = events.iter().filter_map(|event| event.dedupe_key.as_deref()).collect();
        for (place, fact) in facts.iter().enumerate() {
            if facts.iter().take(place).any(|before| before == fact) {
                return Err(StoreError::SameFactTwice {
                    key: format!("{contract} / {fact}"),
                });
            }
            let item = Item::at(facts_key(contract, fact)?).with_number("version", version);
            writes.push(Write::Put(item, Expression::absent()));
        }
        match self.table.transact(writes).await? {
            Transacted::Done => Ok(Appended::Done(version)),
            Transacted::Refused(failed) => self.refusal(contract, failed, events.len(), &facts).await,
        }
    }

    async fn refusal(
        &self,
        contract: &str,
        failed: Vec<(usize, Option<Item>)>,
        events: usize,
        facts: &[&str],
    ) -> Result<Appended, StoreError> {
        let known: Vec<String> = failed
            .iter()
            .filter_map(|(place, _)| facts.get(place.checked_sub(1 + events)?))
            .map(|fact| (*fact).to_owned())
            .collect();
        if !known.is_empty() {
            return Ok(Appended::AlreadyThere { dedupe_keys: known });
        }
        let there = match failed.into_iter().find(|(place, _)| *place == 0) {
            Some((_, Some(item))) => Some(read_head(&item)?),
            Some((_, None)) => None,
            None => self.head(contract).await?,
        };
        Ok(Appended::Conflict(there.map(Box::new)))
    }
}
