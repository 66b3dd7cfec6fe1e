//! Writing a contract: begun by an order, then events appended with all that changes beside them; all or none.

use tieout_accounting::ids::EntityId;

use crate::Store;
use crate::error::StoreError;
use crate::expression::Expression;
use crate::item::{Item, part};
use crate::record::Hash;
use crate::table::{Transacted, Write};

use super::document::written_over;
use super::{Document, Head, NewEvent, Order, OrderKey, Outline, StoredContract};

/// What a contract begins with.
#[derive(Debug, Clone)]
pub struct NewContract {
    /// The legal entity that bills it.
    pub entity: EntityId,
    /// The customer, by the CRM's id.
    pub customer: String,
    /// ISO 4217.
    pub currency: String,
    /// The order that begins it, from whose key its id is derived.
    pub order: Order,
    /// The documents to be made.
    pub documents: Vec<Document>,
    /// What happened.
    pub events: Vec<NewEvent>,
}

/// What became of a beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// Stored.
    Done(Box<Outline>),
    /// There was one already, of the same order.
    Before(Box<Outline>),
}

/// What is written beside the head: events under the next numbers, documents over the revisions that were read.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// In order.
    pub events: Vec<NewEvent>,
    /// As they are to be.
    pub documents: Vec<Document>,
    /// Further orders of the contract, each linked to it.
    pub orders: Vec<Order>,
    /// Later versions of orders of the contract, beside those that they replace.
    pub accepted: Vec<Order>,
}

/// What became of an append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Appended {
    /// Stored; the head and the documents that were given, as they are now.
    Done(Box<Head>, Vec<Document>),
    /// The contract is not as it was when it was read: read it again.
    Conflict,
}

impl Store {
    /// Begins the contract of `new.order`, in one transaction, where there is none.
    ///
    /// # Errors
    /// [`StoreError::IdentityTaken`] where another order has the same contract id; [`StoreError::TooMany`] where head, order, documents and
    /// events are more than 100 items; those of the store. After [`StoreError::Unavailable`] the same call may be made again.
    pub async fn create(&self, new: NewContract) -> Result<Created, StoreError> {
        let contract = new.order.key.contract();
        let mut head = Head {
            contract: contract.clone(),
            origin: new.order.key.clone(),
            entity: new.entity,
            customer: new.customer,
            currency: new.currency,
            version: 0,
            revision: 0,
            last_event: Hash::NONE,
            hash: Hash::NONE,
        };
        let events = self.next_events(&mut head, &new.events)?;
        let (head_item, head) = self.head_item(&head)?;
        let mut writes = vec![
            Write::Put(head_item, Expression::absent()),
            Write::Put(self.order_item(&contract, &new.order)?, Expression::absent()),
            Write::Put(self.of_customer(&head)?, Expression::absent()),
        ];
        let mut documents = Vec::with_capacity(new.documents.len());
        for document in &new.documents {
            let (item, written) = self.document_item(&contract, document)?;
            writes.push(Write::Put(item, written_over(document)));
            documents.push(written);
        }
        writes.extend(events);
        if let Transacted::Done = self.table.transact(writes).await? {
            return Ok(Created::Done(Box::new(Outline {
                head,
                orders: vec![new.order],
                superseded: Vec::new(),
                documents,
            })));
        }
        let there = self.outline_of(&new.order.key).await?;
        let there = there.ok_or_else(|| StoreError::Contended { key: contract.to_string() })?;
        Ok(Created::Before(Box::new(there)))
    }

    /// Appends to `contract` as it was read, in one transaction that also writes the head: where head and documents still are at the
    /// revisions that were read. As `contract` holds all facts of that version, the same fact cannot be stored twice.
    ///
    /// # Errors
    /// [`StoreError::SameFactTwice`] for a fact that is stored already or stands twice in `change`; [`StoreError::TooMany`] where all are more
    /// than 100 items; those of the store. After [`StoreError::Unavailable`] the same call may be made again.
    pub async fn append(&self, contract: &StoredContract, change: &Change) -> Result<Appended, StoreError> {
        let head = &contract.outline.head;
        refuse_known_facts(contract, &change.events)?;
        let mut next = head.clone();
        let events = self.next_events(&mut next, &change.events)?;
        let (head_item, written_head) = self.head_item(&next)?;
        let condition = Expression::new("#revision = :revision").number(":revision", head.revision);
        let mut writes = vec![Write::Put(head_item, condition)];
        let mut documents = Vec::with_capacity(change.documents.len());
        for document in &change.documents {
            let (item, written) = self.document_item(&head.contract, document)?;
            writes.push(Write::Put(item, written_over(document)));
            documents.push(written);
        }
        for order in &change.orders {
            writes.push(Write::Put(self.order_item(&head.contract, order)?, Expression::absent()));
            writes.push(Write::Put(self.order_link(&head.contract, &order.key)?, Expression::absent()));
        }
        for order in &change.accepted {
            let is_earlier = |before: &&Order| before.key == order.key;
            let earlier = contract.outline.superseded.iter().filter(is_earlier).count();
            writes.push(Write::Put(
                self.order_version_item(&head.contract, order, earlier + 2)?,
                Expression::absent(),
            ));
        }
        writes.extend(events);
        Ok(match self.table.transact(writes).await? {
            Transacted::Done => Appended::Done(Box::new(written_head), documents),
            Transacted::Refused(_) => Appended::Conflict,
        })
    }

    /// The writes of `events` behind those that `head` counts; moves the head on.
    fn next_events(&self, head: &mut Head, events: &[NewEvent]) -> Result<Vec<Write>, StoreError> {
        let mut writes = Vec::with_capacity(events.len());
        for event in events {
            if let Some(fact) = &event.fact {
                part("fact", fact)?;
            }
            head.version = head.version.saturating_add(1);
            let item: Item = self.event_item(&head.contract, head.version, event, head.last_event)?;
            head.last_event = item.seal_hash()?;
            writes.push(Write::Put(item, Expression::absent()));
        }
        Ok(writes)
    }
}

fn refuse_known_facts(contract: &StoredContract, events: &[NewEvent]) -> Result<(), StoreError> {
    for (index, event) in events.iter().enumerate() {
        let Some(fact) = event.fact.as_deref() else { continue };
        let stands_before = events.iter().take(index).any(|before| before.fact.as_deref() == Some(fact));
        if stands_before || contract.has_fact(fact) {
            return Err(StoreError::SameFactTwice {
                key: format!("{} / {fact}", contract.outline.head.contract),
            });
        }
    }
    Ok(())
}

pub(super) fn identity_taken(head: &Head, order: &OrderKey) -> StoreError {
    StoreError::IdentityTaken {
        contract: head.contract.to_string(),
        origin: head.origin.to_string(),
        order: order.to_string(),
    }
}
