//! Documents: invoices and credit notes of a contract, from the plan to what the ledger has and what the CRM was last sent of it.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use tieout_accounting::ids::{ContractId, EntityId};

use crate::Store;
use crate::error::StoreError;
use crate::expression::Expression;
use crate::item::Item;
use crate::record::Hash;

use super::{OrderKey, due, form};

/// The newest form of a document that this code reads and writes.
const DOCUMENT_FORM: u64 = 4;

/// Overtaken versions that are remembered of a document; each was one of a worker that died in between.
const OVERTAKEN_MAX: usize = 20;

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// Bills something.
    Invoice,
    /// Takes something back.
    CreditNote,
}

impl DocumentKind {
    /// Its word in keys and on the screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::CreditNote => "credit_note",
        }
    }
}

/// How far a document came in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentStatus {
    /// Waits for finance.
    Drafted,
    /// Owed, and nothing is settled.
    Authorised,
    /// Settled in part.
    PartPaid,
    /// Settled by money, or by money and credit.
    Paid,
    /// Settled by credit notes alone.
    Credited,
    /// Taken back after it was authorised.
    Voided,
    /// Taken back as a draft.
    Deleted,
}

impl DocumentStatus {
    /// Whether finance has not decided about it yet.
    pub fn is_draft(self) -> bool {
        self == Self::Drafted
    }

    /// Whether it was taken back in the ledger, so that it bills nothing.
    pub fn is_dead(self) -> bool {
        matches!(self, Self::Voided | Self::Deleted)
    }

    /// Its words on the screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Drafted => "draft",
            Self::Authorised => "authorised",
            Self::PartPaid => "part paid",
            Self::Paid => "paid",
            Self::Credited => "credited",
            Self::Voided => "voided",
            Self::Deleted => "draft deleted",
        }
    }
}

/// What a planned line bills.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedLine {
    /// The performance obligation.
    pub obligation: String,
    /// In major units of the contract's currency, without tax.
    pub amount: Decimal,
    /// First and last day of the service that it bills; `None` for what is satisfied at a point.
    pub service: Option<(NaiveDate, NaiveDate)>,
    /// The revenue account when it was planned.
    pub revenue_account: String,
}

/// Which line of the ledger's document bills which obligation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineMap {
    /// The ledger's id of the line, which stays when the line is edited; `None` where nobody could tell which one it is.
    pub line: Option<String>,
    /// The performance obligation.
    pub obligation: String,
    /// What the line said when it was drafted.
    pub description: String,
}

/// What one unit of the document's currency is worth in the entity's, as the ledger booked it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// The document's date.
    pub on: NaiveDate,
    /// The rate.
    pub rate: Decimal,
}

/// A document as the ledger has it. Versions are the ledger's stamp of the last change, in milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InLedger {
    /// The number under which it was made; the contract's events know the document by it.
    pub number: String,
    /// The number that people gave it in the ledger instead; `None` where it has the one under which it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renumbered: Option<String>,
    /// The ledger's id.
    pub ledger_id: String,
    /// How far it came.
    pub status: DocumentStatus,
    /// Which line bills what.
    pub lines: Vec<LineMap>,
    /// Of a document in a foreign currency.
    pub rate: Option<Rate>,
    /// The newest version whose facts are events.
    pub followed_ms: Option<i64>,
    /// The newest version that somebody is about to send to the CRM, or has sent.
    pub claimed_ms: Option<i64>,
    /// The newest version that the CRM was sent.
    pub synced_ms: Option<i64>,
    /// Versions that were about to be sent when a newer one was claimed, the newest few: they may reach the CRM after it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overtaken_ms: Vec<i64>,
}

impl InLedger {
    /// Whether its facts are events up to `version_ms`, and the CRM was sent that version or a newer one.
    pub fn is_settled(&self, version_ms: i64) -> bool {
        self.followed_ms.is_some_and(|followed_ms| followed_ms >= version_ms)
            && self.synced_ms.is_some_and(|synced_ms| synced_ms >= version_ms)
    }

    /// The same, with `version_ms` about to be sent to the CRM.
    #[must_use]
    pub fn claimed(&self, version_ms: i64) -> Self {
        let mut claimed = self.clone();
        if self.claimed_ms.is_some_and(|before_ms| before_ms >= version_ms) {
            return claimed;
        }
        let pending = self
            .claimed_ms
            .filter(|before_ms| self.synced_ms.is_none_or(|synced_ms| synced_ms < *before_ms));
        claimed.overtaken_ms.extend(pending);
        let too_many = claimed.overtaken_ms.len().saturating_sub(OVERTAKEN_MAX);
        claimed.overtaken_ms.drain(..too_many);
        claimed.claimed_ms = Some(version_ms);
        claimed
    }
}

/// Where a document stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// To be made.
    Planned,
    /// Its number is allotted and the intent is stored; it may be in the ledger.
    Numbered {
        /// The number.
        number: String,
    },
    /// It is in the ledger.
    InLedger(InLedger),
    /// It was planned, and a change of the contract left nothing of it to bill: it is never made and has no number.
    Dropped,
}

/// When a planned document is to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Due {
    /// The day on which it is due to be billed, and which it bears.
    pub on: NaiveDate,
    /// Who bills it: what is due is found by entity and day.
    pub entity: EntityId,
}

/// What a credit note answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    /// The invoice that it corrects: the ordinal of its document.
    pub invoice: u32,
    /// Its date: that of the change.
    pub on: NaiveDate,
    /// Whether the service that it takes back was cancelled; else its price was lowered.
    pub cancelled: bool,
}

/// A document of a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Counts the documents of the contract, from 1.
    pub ordinal: u32,
    /// What it is.
    pub kind: DocumentKind,
    /// The order that it follows from; `None` for the one that began the contract.
    pub order: Option<OrderKey>,
    /// Of a credit note: what it answers.
    pub answers: Option<Answers>,
    /// Of an invoice of a billing plan: when it is to be made; `None` where that is at once.
    pub due: Option<Due>,
    /// What it is to bill or to take back.
    pub plan: Vec<PlannedLine>,
    /// Where it stands.
    pub stage: Stage,
    /// How often it was written: it is written only over the revision that was read.
    pub revision: u64,
    /// The hash of this record, which the one written over it bears.
    pub(crate) hash: Hash,
}

impl Document {
    /// A document to be made.
    pub fn planned(ordinal: u32, kind: DocumentKind, plan: Vec<PlannedLine>) -> Self {
        Self {
            ordinal,
            kind,
            order: None,
            answers: None,
            due: None,
            plan,
            stage: Stage::Planned,
            revision: 0,
            hash: Hash::NONE,
        }
    }

    /// The same document as one that follows from a further order.
    #[must_use]
    pub fn following(self, order: OrderKey) -> Self {
        Self {
            order: Some(order),
            ..self
        }
    }

    /// The same credit note with what it answers.
    #[must_use]
    pub fn answering(self, answers: Answers) -> Self {
        Self {
            answers: Some(answers),
            ..self
        }
    }

    /// The same invoice as one that is due on a day.
    #[must_use]
    pub fn due(self, due: Due) -> Self {
        Self { due: Some(due), ..self }
    }

    /// Whether it is planned for a day after `today`, or was dropped: there is nothing to be made.
    pub fn is_for_later(&self, today: NaiveDate) -> bool {
        match self.stage {
            Stage::Dropped => true,
            Stage::Planned => self.due.as_ref().is_some_and(|due| due.on > today),
            Stage::Numbered { .. } | Stage::InLedger(_) => false,
        }
    }

    /// Whether it is of a billing plan and nobody has begun to make it: it may still be lowered or dropped.
    pub fn is_to_come(&self) -> bool {
        self.stage == Stage::Planned && self.due.is_some()
    }

    /// Its number, once there is one.
    pub fn number(&self) -> Option<&str> {
        match &self.stage {
            Stage::Planned | Stage::Dropped => None,
            Stage::Numbered { number } | Stage::InLedger(InLedger { number, .. }) => Some(number),
        }
    }

    /// As the ledger has it, once it does.
    pub fn in_ledger(&self) -> Option<&InLedger> {
        match &self.stage {
            Stage::InLedger(found) => Some(found),
            Stage::Planned | Stage::Numbered { .. } | Stage::Dropped => None,
        }
    }

    /// The same document at another stage.
    #[must_use]
    pub fn at(&self, stage: Stage) -> Self {
        Self { stage, ..self.clone() }
    }
}

impl Store {
    /// The document `ordinal` of `contract`, strongly consistent.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn document(&self, contract: &ContractId, ordinal: u32) -> Result<Option<Document>, StoreError> {
        let item = self.table.get(&form::document_key(contract, ordinal)?).await?;
        item.as_ref().map(read).transpose()
    }

    /// Writes `document` over the revision that was read; gives it as it is stored now, `None` where somebody was faster.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn write_document(&self, contract: &ContractId, document: &Document) -> Result<Option<Document>, StoreError> {
        let (item, written) = self.document_item(contract, document)?;
        let outcome = self.table.put(item, &written_over(document)).await?;
        Ok(outcome.is_done().then_some(written))
    }

    /// The item of `document`, and the document as it is once that is stored.
    pub(crate) fn document_item(&self, contract: &ContractId, document: &Document) -> Result<(Item, Document), StoreError> {
        let revision = document.revision.saturating_add(1);
        let item = Item::at(form::document_key(contract, document.ordinal)?)
            .with_number("ordinal", u64::from(document.ordinal))
            .with_form("kind", &document.kind)?
            .with_maybe("order", document.order.as_ref().map(OrderKey::as_str))
            .with_form("plan", &document.plan)?
            .with_form("stage", &document.stage)?
            .with_number("revision", revision);
        let item = match &document.answers {
            Some(answers) => item.with_form("answers", answers)?,
            None => item,
        };
        let item = match &document.due {
            Some(due) => due::indexed(item.with_form("due", due)?, contract, document, due)?,
            None => item,
        };
        let item = self.seal(item, DOCUMENT_FORM, document.hash);
        let written = Document {
            revision,
            hash: item.seal_hash()?,
            ..document.clone()
        };
        Ok((item, written))
    }
}

/// The condition under which `document` may be written.
pub(crate) fn written_over(document: &Document) -> Expression {
    match document.revision {
        0 => Expression::absent(),
        revision => Expression::new("#revision = :revision").number(":revision", revision),
    }
}

pub(super) fn read(item: &Item) -> Result<Document, StoreError> {
    Ok(Document {
        hash: item.sealed(DOCUMENT_FORM)?,
        ordinal: u32::try_from(item.number("ordinal")?).map_err(|_| item.broken("ordinal", "a small number"))?,
        kind: item.form("kind", "a kind of document")?,
        order: item.maybe_owned("order")?.map(OrderKey::stored),
        // Form 1 had invoices of the first order only.
        answers: match item.maybe_text("answers")? {
            Some(_) => Some(item.form("answers", "what a credit note answers")?),
            None => None,
        },
        // Form 3 and those before it had only what is made at once.
        due: match item.maybe_text("due")? {
            Some(_) => Some(item.form("due", "when a document is due")?),
            None => None,
        },
        plan: item.form("plan", "what a document bills")?,
        stage: item.form("stage", "a stage of a document")?,
        revision: item.number("revision")?,
    })
}
