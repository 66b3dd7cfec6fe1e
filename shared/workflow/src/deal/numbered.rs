//! Making a document under a number of our own: allotted once, and given up for the next one where somebody else's document has it.

use std::sync::{Mutex, PoisonError};

use tieout_accounting::ids::{ContractId, EntityId};
use tieout_ledger::{Ledger, Tracking};
use tieout_platform::config::{Coding, Entity};
use tieout_platform::effect::{EffectError, Intent, Performer};
use tieout_store::{Document, DocumentKind, Series};

use crate::deployment::Deployment;
use crate::effects::{perform, perform_issued};
use crate::error::WorkflowError;
use crate::finding::Finding;
use crate::ids::{document_effect, document_key};

/// Numbers that are tried where documents that are none of ours have them.
const NUMBERS_MAX: u32 = 5;

/// Where a document is made.
pub struct Numbered<'a> {
    pub deployment: &'a Deployment,
    pub entity: &'a Entity,
    pub contract: &'a ContractId,
    pub kind: DocumentKind,
}

/// A document that is in the ledger.
pub struct Made<T> {
    pub document: Document,
    /// The ledger's id.
    pub reference: String,
    /// The record, where the ledger gave it.
    pub record: Option<Box<T>>,
}

/// The effect that makes a document under one number.
pub trait Creation: Performer {
    /// What the ledger keeps.
    type Record;

    /// What it saw in the ledger.
    fn slot(&self) -> &Slot<Self::Record>;
}

/// What a creation saw under its number, whosever it is.
pub struct Slot<T>(Mutex<Seen<T>>);

enum Seen<T> {
    Nothing,
    Ours(Box<T>),
    Anothers,
}

impl<T> Slot<T> {
    pub fn new() -> Self {
        Self(Mutex::new(Seen::Nothing))
    }

    /// The document is ours.
    pub fn keep(&self, record: T) {
        self.set(Seen::Ours(Box::new(record)));
    }

    /// The number belongs to somebody else's document.
    pub fn is_anothers(&self) {
        self.set(Seen::Anothers);
    }

    fn set(&self, seen: Seen<T>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = seen;
    }

    fn take(&self) -> Seen<T> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *seen, Seen::Nothing)
    }
}

enum Attempt<T> {
    There(Made<T>),
    NumberTaken(Document),
    Refused(Finding),
}

impl Numbered<'_> {
    /// Gives the document its number, unless it has one, and sends what `body` makes of number and key, until the ledger has it. A finding
    /// says what a person has to do first.
    ///
    /// # Errors
    /// Those of the ledger, the store and the effect, other than a refusal.
    pub async fn make<C: Creation>(
        &self,
        document: Document,
        body: impl Fn(&str, &str) -> String,
        creation: impl Fn(String, String) -> C,
    ) -> Result<Result<Made<C::Record>, Finding>, WorkflowError> {
        let (mut document, mut last) = (document, String::new());
        for _ in 0..NUMBERS_MAX {
            let taken = match self.attempt(document, &body, &creation).await? {
                Attempt::There(made) => return Ok(Ok(made)),
                Attempt::Refused(finding) => return Ok(Err(finding)),
                Attempt::NumberTaken(document) => document,
            };
            last = taken.number().unwrap_or_default().to_owned();
            let renumbered = self.deployment.store.renumber(self.contract, &taken, &self.series()).await?;
            document = renumbered.ok_or_else(|| self.contended())?;
        }
        let (key, _) = self.prefix();
        Ok(Err(Finding::new(
            self.what(),
            last,
            format!(
                "this number and the {} before it belong to other documents in the ledger",
                NUMBERS_MAX - 1
            ),
            format!("give the entity another {key} in tieout.toml"),
        )))
    }

    async fn attempt<C: Creation>(
        &self,
        document: Document,
        body: impl Fn(&str, &str) -> String,
        creation: impl Fn(String, String) -> C,
    ) -> Result<Attempt<C::Record>, WorkflowError> {
        let ledger = self.deployment.ledger(self.entity)?.as_ref();
        let key = document_key(self.contract, document.ordinal);
        let intent = |number: &str| Intent {
            key: document_effect(self.contract, document.ordinal),
            target: ledger.target(),
            body: body(number, &key),
        };
        let (document, intent, issued) = match document.number() {
            Some(number) => {
                let intent = intent(number);
                (document, intent, None)
            }
            None => {
                let store = &self.deployment.store;
                let issued = store.issue(self.contract, &document, &self.series(), intent).await?;
                let issued = issued.ok_or_else(|| self.contended())?;
                (issued.document, issued.intent, Some(issued.record))
            }
        };
        let number = document.number().unwrap_or_default().to_owned();
        let creation = creation(number.clone(), key);
        let settled = match issued {
            Some(record) => perform_issued(self.deployment, record, &intent, &creation).await,
            None => perform(self.deployment, &intent, &creation).await,
        };
        let seen = creation.slot().take();
        let reference = match (settled, &seen) {
            (Ok(settled), _) => settled.reference().to_owned(),
            // It was made before from another configuration; it is the contract's document all the same.
            (Err(EffectError::DoneDifferently { reference, .. }), _) => reference,
            (Err(EffectError::Refused { .. }), Seen::Anothers) => return Ok(Attempt::NumberTaken(document)),
            (Err(EffectError::Refused { reason, .. }), _) => {
                return Ok(Attempt::Refused(refused(ledger, self.what(), &number, &reason)));
            }
            (Err(error), _) => return Err(error.into()),
        };
        let record = match seen {
            Seen::Ours(record) => Some(record),
            Seen::Nothing | Seen::Anothers => None,
        };
        Ok(Attempt::There(Made {
            document,
            reference,
            record,
        }))
    }

    /// Somebody else wrote the document at the same time.
    pub fn contended(&self) -> WorkflowError {
        WorkflowError::contended(self.contract)
    }

    fn series(&self) -> Series {
        Series {
            entity: EntityId::new(self.entity.id.as_str()),
            kind: self.kind,
            prefix: self.prefix().1.to_owned(),
        }
    }

    /// The key in the configuration, and its value.
    fn prefix(&self) -> (&'static str, &str) {
        let invoices = &self.entity.invoices;
        match self.kind {
            DocumentKind::Invoice => ("number_prefix", &invoices.number_prefix),
            DocumentKind::CreditNote => ("credit_note_prefix", &invoices.credit_note_prefix),
        }
    }

    fn what(&self) -> &'static str {
        match self.kind {
            DocumentKind::Invoice => "Invoice",
            DocumentKind::CreditNote => "Credit note",
        }
    }
}

/// What a person has to know where the ledger refuses something.
pub fn refused(ledger: &dyn Ledger, what: &str, number: &str, reason: &str) -> Finding {
    let action = format!(
        "correct it in {} or in tieout.toml; the sweep tries again within the hour",
        ledger.name()
    );
    Finding::new(what, number, format!("is refused by the ledger: {reason}"), action)
}

/// The account of a line, by how the entity codes what it bills.
pub fn account(entity: &Entity, revenue_account: &str) -> String {
    match entity.invoices.coding {
        Coding::Liability => entity.accounts.contract_liability.clone(),
        Coding::Revenue => revenue_account.to_owned(),
    }
}

/// Tracking as the ledger takes it.
pub fn tracking<'a>(options: impl IntoIterator<Item = (&'a String, &'a String)>) -> Vec<Tracking> {
    let option = |(category, option): (&String, &String)| Tracking {
        category: category.clone(),
        option: option.clone(),
    };
    options.into_iter().map(option).collect()
}
