//! What a person sees of a contract. Amounts are in major units, with the decimals of their currency.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::Serialize;
use tieout_accounting::explain::in_words;
use tieout_accounting::ids::{ContractId, EntityId};
use tieout_accounting::{Currency, Period};
use tieout_platform::config::Entity;
use tieout_store::{Document, DocumentKind, Order, OrderKind, Outline, Parked, PlannedLine, Stage, StoredEvent};

use crate::deployment::Deployment;
use crate::documents;
use crate::error::WorkflowError;
use crate::ledger::with_decimals;

/// Products of an event that its words list one by one.
const PRODUCTS_MAX: usize = 4;

/// A contract in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListedContract {
    pub contract: ContractId,
    pub entity: EntityId,
    /// The CRM's id.
    pub customer: String,
    /// ISO 4217.
    pub currency: String,
    /// The day on which its first event takes effect.
    pub begun_on: Option<NaiveDate>,
    /// Its deals, by the CRM's ids.
    pub orders: Vec<String>,
    /// The numbers of its invoices.
    pub invoices: Vec<String>,
    /// The numbers of its credit notes.
    pub credit_notes: Vec<String>,
    pub in_doubt: Option<DoubtView>,
}

/// A contract, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContractView {
    pub contract: ContractId,
    pub entity: EntityId,
    /// The CRM's id.
    pub customer: String,
    /// As the CRM has it now; `None` where the CRM does not say.
    pub customer_name: Option<String>,
    /// ISO 4217; of its orders and documents.
    pub currency: String,
    pub in_doubt: Option<DoubtView>,
    pub orders: Vec<OrderView>,
    /// In the order in which they became known.
    pub events: Vec<EventView>,
    /// Those that have a number.
    pub documents: Vec<DocumentView>,
    /// Those that are still to be made.
    pub planned: Vec<DocumentView>,
    pub schedule: Schedule,
    /// The engine's first, then the open cases.
    pub questions: Vec<QuestionView>,
}

/// A doubt that nobody has settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DoubtView {
    pub since: NaiveDate,
    pub reason: String,
}

/// An order, as it was booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrderView {
    pub kind: OrderKind,
    /// The CRM's id of the deal.
    pub deal: String,
    /// Its address in the CRM.
    pub link: Option<String>,
    /// The CRM's word for its kind.
    pub said: Option<String>,
    /// The rule that chose the entity.
    pub rule: String,
    /// The day of the signature.
    pub signed_on: NaiveDate,
    /// The first day under the new terms, where the deal names one.
    pub effective: Option<NaiveDate>,
    /// The sum of its lines.
    pub amount: Decimal,
    /// The sums of earlier versions that a person has replaced by accepting an edit, the oldest first.
    pub superseded: Vec<Decimal>,
    /// ISO 4217.
    pub currency: String,
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventView {
    /// The day on which it takes effect.
    pub on: NaiveDate,
    /// The instant at which it became known.
    pub known_at: DateTime<Utc>,
    /// Its name in stories.
    pub kind: &'static str,
    pub words: String,
    /// Who or what caused it.
    pub cause: String,
}

/// An invoice or a credit note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DocumentView {
    /// Counts the documents of the contract, from 1.
    pub ordinal: u32,
    pub kind: DocumentKind,
    /// Under which it was made.
    pub number: Option<String>,
    /// The one that people gave it in the ledger instead.
    pub ledger_number: Option<String>,
    /// How far it came, in words.
    pub status: &'static str,
    /// What was planned, without tax; that of a credit note is taken back.
    pub amount: Decimal,
    /// What was planned, line by line.
    pub lines: Vec<LineView>,
    /// Of a billing plan: the day on which it is due to be billed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<NaiveDate>,
    /// The deal that it follows from.
    pub deal: String,
    /// Of a credit note: the invoice that it corrects.
    pub answers: Option<Answered>,
    /// The version that the CRM was sent last: the ledger's instant of the change.
    pub synced_version: Option<DateTime<Utc>>,
    /// Its address in the ledger.
    pub link: Option<String>,
}

/// A line of a planned document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LineView {
    pub obligation: String,
    pub amount: Decimal,
    pub service_from: Option<NaiveDate>,
    pub service_to: Option<NaiveDate>,
}

/// What a credit note answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answered {
    /// The ordinal of the invoice.
    pub ordinal: u32,
    /// Its number, once it has one.
    pub number: Option<String>,
    /// Whether the service was cancelled; else its price was lowered.
    pub cancelled: bool,
}

/// The engine's figures, in the currency of the entity's books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Schedule {
    Computed {
        /// ISO 4217.
        currency: String,
        months: Vec<MonthView>,
        position: PositionView,
    },
    NotComputed {
        why: String,
    },
}

/// A month of the schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MonthView {
    pub month: Period,
    /// Earned in it.
    pub revenue: Decimal,
    /// As the books show it: what became known after a close stands in a later month.
    pub posted: Decimal,
    /// At its end, as posted.
    #[serde(flatten)]
    pub balances: BalancesView,
}

/// Balances, each as a positive amount of its natural side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BalancesView {
    pub contract_liability: Decimal,
    pub contract_asset: Decimal,
    pub receivable: Decimal,
    pub refund_liability: Decimal,
    pub accrued_receivable: Decimal,
}

/// Where the contract stands on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PositionView {
    pub on: NaiveDate,
    /// The transaction price after all changes, in the contract's currency.
    pub price: Decimal,
    /// All that was billed, less what was given back, in the contract's currency and without tax.
    pub billed: Decimal,
    /// What remains to be recognised, in the ledger's currency.
    pub to_recognise: Decimal,
    #[serde(flatten)]
    pub balances: BalancesView,
    /// Contract asset and accrued receivable less contract liability.
    pub net: Decimal,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AskedBy {
    /// The engine: what rules cannot decide.
    Accounting,
    /// An open case.
    WorkList,
}

/// What a person has to decide or correct.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuestionView {
    pub asked_by: AskedBy,
    pub since: NaiveDate,
    pub what: String,
    pub remedy: Option<String>,
    /// Of the standard.
    pub paragraph: Option<String>,
    /// The key of the case.
    pub case: Option<String>,
}

pub(super) fn question(case: &Parked) -> QuestionView {
    let message = &case.message;
    QuestionView {
        asked_by: AskedBy::WorkList,
        since: case.since.date_naive(),
        what: format!("{} {}: {}", message.field, message.value, message.what),
        remedy: Some(message.remedy.clone()),
        paragraph: None,
        case: Some(case.key.clone()),
    }
}

pub(super) fn event(stored: &StoredEvent) -> EventView {
    EventView {
        on: stored.event.on,
        known_at: stored.known_at,
        kind: stored.event.kind.name(),
        words: in_words(&stored.event, PRODUCTS_MAX),
        cause: stored.cause.clone(),
    }
}

/// Makes views of the parts of a contract.
pub(super) struct Maker<'a> {
    pub(super) deployment: &'a Deployment,
    pub(super) entity: &'a Entity,
    pub(super) outline: &'a Outline,
}

impl Maker<'_> {
    pub(super) fn order(&self, order: &Order) -> Result<OrderView, WorkflowError> {
        let booked = &order.booked;
        let currency = Currency::parse(&booked.currency)?;
        let record = self.deployment.crm.record_id(order.key.id()).ok();
        let sum = |order: &Order| with_decimals(order.booked.total(), currency);
        let earlier = self.outline.superseded.iter().filter(|earlier| earlier.key == order.key);
        Ok(OrderView {
            kind: order.kind,
            deal: order.key.id().to_owned(),
            link: record.map(|record| self.deployment.crm.deal_url(&record)),
            said: booked.kind.clone(),
            rule: order.rule.clone(),
            signed_on: booked.close_date,
            effective: booked.effective,
            amount: sum(order),
            superseded: earlier.map(sum).collect(),
            currency: booked.currency.clone(),
        })
    }

    pub(super) fn document(&self, document: &Document) -> Result<DocumentView, WorkflowError> {
        let currency = Currency::parse(&self.outline.head.currency)?;
        let amount = |amount| with_decimals(amount, currency);
        let line = |line: &PlannedLine| LineView {
            obligation: line.obligation.clone(),
            amount: amount(line.amount),
            service_from: line.service.map(|(from, _)| from),
            service_to: line.service.map(|(_, to)| to),
        };
        let found = document.in_ledger();
        Ok(DocumentView {
            ordinal: document.ordinal,
            kind: document.kind,
            number: document.number().map(str::to_owned),
            ledger_number: found.and_then(|found| found.renumbered.clone()),
            status: match &document.stage {
                Stage::Planned => "planned",
                Stage::Dropped => "dropped: nothing is left to bill",
                Stage::Numbered { .. } => "numbered, not yet in the ledger",
                Stage::InLedger(found) => found.status.name(),
            },
            amount: amount(document.plan.iter().map(|line| line.amount).sum()),
            lines: document.plan.iter().map(line).collect(),
            due: document.due.as_ref().map(|due| due.on),
            deal: self.outline.order_of(document).id().to_owned(),
            answers: document.answers.map(|answers| Answered {
                ordinal: answers.invoice,
                number: self.outline.document(answers.invoice).and_then(Document::number).map(str::to_owned),
                cancelled: answers.cancelled,
            }),
            synced_version: found.and_then(|found| found.synced_ms).and_then(DateTime::from_timestamp_millis),
            link: documents::url(self.deployment.ledger(self.entity)?.as_ref(), document),
        })
    }
}
