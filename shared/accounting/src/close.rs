//! The close is a difference: what the month-end journals of all contracts should have put into the ledger, minus what was
//! posted and is still there. Run again after posting, it is empty; after a journal was deleted in the ledger, it is that journal.
//!
//! For each contract, obligation, account role, economic and posting period, the entries that are ours (not documents)
//! through the period are compared with the posted lines. A difference in a closed posting period goes to the first open
//! one and keeps its economic period. A closed period itself never changes.

mod assemble;
mod closing;
mod difference;
mod posted;
mod proposal;

use serde::{Deserialize, Serialize};

pub use closing::Closing;
pub use posted::Posted;
pub use proposal::{Kind, Part, Proposal, ProposedJournal, SummaryLine};

use crate::book::Calendar;
use crate::contract::Contract;
use crate::ids::{ContractId, EntityId, JournalKey, ObligationId};
use crate::journal::Role;
use crate::{Currency, Period};

/// The legal entity whose books are closed.
///
/// ```
/// use tieout_accounting::{book::Calendar, close::{self, Entity, Level}, example, Period};
/// let plan = example::annual_plan()?;
/// let entity = Entity { id: "UK".into(), currency: plan.ledger_currency(), calendar: Calendar::default() };
/// let january = Period::parse("2026-01")?;
/// assert!(!entity.calendar.is_closed(january));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    /// Its id: part of keys and narrations.
    pub id: EntityId,
    /// Its functional currency.
    pub currency: Currency,
    /// Which of its periods are closed, by us or by the ledger's lock date, whichever is later.
    pub calendar: Calendar,
}

/// How far journal lines are summarised. Every line still knows its parts.
///
/// ```
/// use tieout_accounting::close::Level;
/// assert_eq!(Level::default(), Level::Tracking);
/// assert!(Level::Account < Level::Contract); // from coarse to fine
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// One line for each account.
    Account,
    /// And each set of tracking categories. The default.
    #[default]
    Tracking,
    /// And each customer.
    Customer,
    /// And each contract.
    Contract,
    /// And each obligation.
    Line,
}

/// A part of a journal that was posted and is still in the ledger.
///
/// ```
/// use tieout_accounting::{book::Calendar, close::{self, Entity, Level}, example, Period};
/// let plan = example::annual_plan()?;
/// let entity = Entity { id: "UK".into(), currency: plan.ledger_currency(), calendar: Calendar::default() };
/// let january = Period::parse("2026-01")?;
/// let proposal = close::propose(&entity, january, &[plan], &[], Level::Tracking)?;
/// let posted = proposal.postings();
/// assert_eq!((posted[0].role.name(), posted[0].amount_minor), ("contract_asset", 100_00));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PostedLine {
    /// Whose contract.
    pub contract: ContractId,
    /// Which obligation.
    pub obligation: Option<ObligationId>,
    /// Which account.
    pub role: Role,
    /// The period that it belongs to by its cause.
    pub economic_period: Period,
    /// The period in which it stands.
    pub posting_period: Period,
    /// Minor units of the ledger's currency; debit positive.
    pub amount_minor: i64,
    /// The journal that it is part of.
    pub journal_key: JournalKey,
}

/// Why a close cannot be proposed.
///
/// ```
/// use tieout_accounting::{book::Calendar, close::{self, Entity, Level}, example, Period};
/// let plan = example::annual_plan()?;
/// let entity = Entity { id: "UK".into(), currency: plan.ledger_currency(), calendar: Calendar::default() };
/// let january = Period::parse("2026-01")?;
/// let entity = Entity { calendar: Calendar::closed_through(january), ..entity };
/// let error = close::propose(&entity, january, &[plan], &[], Level::Tracking).unwrap_err();
/// assert!(error.to_string().contains("close the first open period 2026-02"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CloseError {
    /// The period is closed already.
    #[error("{entity}: period {period} is closed; reopen it, or close the first open period {first_open}")]
    PeriodClosed {
        /// Whose books.
        entity: EntityId,
        /// Which period.
        period: Period,
        /// Where a late fact would go.
        first_open: Period,
    },
    /// A contract keeps its books in another currency than the entity.
    #[error("contract {contract} is kept in {found}, the entity {entity} in {expected}; compute it with the entity's book")]
    Currency {
        /// Which contract.
        contract: ContractId,
        /// Whose books.
        entity: EntityId,
        /// Currency of the contract's book.
        found: Currency,
        /// Currency of the entity.
        expected: Currency,
    },
    /// A contract was not computed far enough.
    #[error(
        "contract {contract} is computed through {through} and has open accruals; compute it with the book's `until` at {period} or later"
    )]
    NotComputed {
        /// Which contract.
        contract: ContractId,
        /// How far it is computed.
        through: Period,
        /// How far it is needed.
        period: Period,
    },
    /// The posted lines do not balance, so a part of a journal must be missing.
    #[error(
        "{entity}: the difference for {period} is off balance by {minor} minor units; a posted journal was read only in part: read it again"
    )]
    Unbalanced {
        /// Whose books.
        entity: EntityId,
        /// Posting period.
        period: Period,
        /// By how much.
        minor: i128,
    },
    /// A sum left 64 bits.
    #[error("{entity}: a sum for {period} is outside the range in which sums are exact; look for a mistaken amount")]
    TooLarge {
        /// Whose books.
        entity: EntityId,
        /// Posting period.
        period: Period,
    },
}

/// Proposes the journals that bring the ledger to what the contracts say, through a period.
///
/// ```
/// use tieout_accounting::{book::Calendar, close::{self, Entity, Level}, contract::Contract, Book, Currency, Event, Period};
/// let gbp = Currency::parse("GBP")?;
/// let signed = Event::from_value(serde_json::json!({"type": "signed", "on": "2026-01-01", "obligations":
///     [{"id": "plan", "price": "1200.00", "satisfied": "over_time", "start": "2026-01-01", "end": "2026-12-31", "method": "equal_touched"}]}))?;
/// let contract = Contract::from_events(&"C1".into(), &[signed], &Book::new(gbp))?;
/// let entity = Entity { id: "UK".into(), currency: gbp, calendar: Calendar::default() };
/// let january = Period::parse("2026-01")?;
/// let proposal = close::propose(&entity, january, &[contract.clone()], &[], Level::Tracking)?;
/// assert_eq!(proposal.journals.len(), 2); // the accrual, and its reversal on 1 February
/// let posted = proposal.postings();
/// assert!(close::propose(&entity, january, &[contract], &posted, Level::Tracking)?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// See [`CloseError`].
pub fn propose(
    entity: &Entity,
    period: Period,
    contracts: &[Contract],
    posted: &[PostedLine],
    summarise: Level,
) -> Result<Proposal, CloseError> {
    propose_avoiding(entity, period, contracts, posted, summarise, &[])
}

/// As [`propose`], never giving a key that was used before: pass the keys of all journals that ever were, deleted ones too.
///
/// # Errors
/// See [`CloseError`].
///
/// ```
/// use tieout_accounting::{book::Calendar, close::{self, Entity, Level}, example, Period};
/// let plan = example::annual_plan()?;
/// let entity = Entity { id: "UK".into(), currency: plan.ledger_currency(), calendar: Calendar::default() };
/// let january = Period::parse("2026-01")?;
/// let used = ["UK/2026-01/accrual/1".into()]; // deleted in the ledger: its key is not given again
/// let proposal = close::propose_avoiding(&entity, january, &[plan], &[], Level::Tracking, &used)?;
/// assert_eq!(proposal.journals[0].key.as_str(), "UK/2026-01/accrual/2");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn propose_avoiding(
    entity: &Entity,
    period: Period,
    contracts: &[Contract],
    posted: &[PostedLine],
    summarise: Level,
    used: &[JournalKey],
) -> Result<Proposal, CloseError> {
    let mut closing = Closing::new(entity, period, summarise)?;
    used.iter().for_each(|key| closing.used(key));
    let posted = Posted::of(contracts.iter().map(Contract::id), posted, |line| {
        closing.posted(&line.journal_key, line.posting_period)
    });
    for (contract, there) in contracts.iter().zip(posted.by_contract()) {
        closing.compare(contract, there.iter().copied())?;
    }
    for (id, there) in &posted.strangers {
        closing.stranger(id, there.iter().copied())?;
    }
    closing.propose()
}
