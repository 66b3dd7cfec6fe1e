//! The proposal: journals with summarised lines that know their parts, the same for the same difference.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::PostedLine;
use crate::ids::{ContractId, EntityId, JournalKey, ObligationId};
use crate::journal::{Case, Role};
use crate::{Currency, Period};

/// What a journal is for.
///
/// ```
/// use tieout_accounting::{book::Calendar, close::{self, Kind, Entity, Level}, example, Period};
/// let plan = example::annual_plan()?;
/// let entity = Entity { id: "UK".into(), currency: plan.ledger_currency(), calendar: Calendar::default() };
/// let january = Period::parse("2026-01")?;
/// let proposal = close::propose(&entity, january, &[plan], &[], Level::Tracking)?;
/// assert_eq!(proposal.journals.iter().map(|journal| journal.kind).collect::<Vec<_>>(), [Kind::Accrual, Kind::Reversal]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Takes back the last month's accrual; dated on the first day of its period.
    Reversal,
    /// Releases and everything else that stays; dated on the last day.
    Release,
    /// Accruals and revaluations that are taken back on the next day; dated on the last day.
    Accrual,
}

/// Journals to post for an entity, through a period.
///
/// ```
/// use tieout_accounting::{book::Calendar, close::{self, Entity, Level}, example, Period};
/// let plan = example::annual_plan()?;
/// let entity = Entity { id: "UK".into(), currency: plan.ledger_currency(), calendar: Calendar::default() };
/// let january = Period::parse("2026-01")?;
/// let proposal = close::propose(&entity, january, &[plan], &[], Level::Tracking)?;
/// assert_eq!((proposal.entity.as_str(), proposal.journals.len()), ("UK", 2)); // the accrual of 31 January, taken back on 1 February
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Whose books.
    pub entity: EntityId,
    /// Through which period.
    pub period: Period,
    /// Currency of all amounts.
    pub currency: Currency,
    /// The journals, by date.
    pub journals: Vec<ProposedJournal>,
}

/// A journal to post.
///
/// ```
/// use tieout_accounting::{book::Calendar, close::{self, Entity, Level}, example, Period};
/// let plan = example::annual_plan()?;
/// let entity = Entity { id: "UK".into(), currency: plan.ledger_currency(), calendar: Calendar::default() };
/// let january = Period::parse("2026-01")?;
/// let proposal = close::propose(&entity, january, &[plan], &[], Level::Tracking)?;
/// assert_eq!(proposal.journals[0].key.as_str(), "UK/2026-01/accrual/1");
/// assert_eq!(proposal.journals[0].date, example::day("2026-01-31"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposedJournal {
    /// `entity/period/kind/number`: the same for the same difference, never that of a journal still posted.
    pub key: JournalKey,
    /// What it is for.
    pub kind: Kind,
    /// Its date.
    pub date: NaiveDate,
    /// The period in which it stands.
    pub posting_period: Period,
    /// What the ledger shows: entity, period and the economic periods that are caught up.
    pub narration: String,
    /// Its lines; they sum to zero. A line of zero is not sent to a ledger, its parts are still recorded as posted.
    pub lines: Vec<SummaryLine>,
    /// The accrual that it takes back.
    pub reverses: Option<JournalKey>,
}

/// A journal line with the parts that it sums up.
///
/// ```
/// use tieout_accounting::{book::Calendar, close::{self, Entity, Level}, example, Period};
/// let plan = example::annual_plan()?;
/// let entity = Entity { id: "UK".into(), currency: plan.ledger_currency(), calendar: Calendar::default() };
/// let january = Period::parse("2026-01")?;
/// let proposal = close::propose(&entity, january, &[plan], &[], Level::Tracking)?;
/// let lines: Vec<_> = proposal.journals[0].lines.iter().map(|line| (line.role.name(), line.amount_minor)).collect();
/// assert_eq!(lines, [("contract_asset", 100_00), ("revenue", -100_00)]);
/// assert_eq!(proposal.journals[0].lines[0].tracking["Region"], "North");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SummaryLine {
    /// The account.
    pub role: Role,
    /// Tracking categories, from [`Level::Tracking`](super::Level::Tracking) on.
    pub tracking: BTreeMap<String, String>,
    /// The customer, from [`Level::Customer`](super::Level::Customer) on.
    pub customer: Option<String>,
    /// The contract, from [`Level::Contract`](super::Level::Contract) on.
    pub contract: Option<ContractId>,
    /// The obligation, at [`Level::Line`](super::Level::Line).
    pub obligation: Option<ObligationId>,
    /// Minor units; debit positive.
    pub amount_minor: i64,
    /// What it sums up.
    pub parts: Vec<Part>,
}

/// A part of a journal line.
///
/// ```
/// use tieout_accounting::{book::Calendar, close::{self, Entity, Level}, example, Period};
/// let plan = example::annual_plan()?;
/// let entity = Entity { id: "UK".into(), currency: plan.ledger_currency(), calendar: Calendar::default() };
/// let january = Period::parse("2026-01")?;
/// let proposal = close::propose(&entity, january, &[plan], &[], Level::Tracking)?;
/// let part = &proposal.journals[0].lines[0].parts[0];
/// assert_eq!((part.contract.as_str(), part.economic_period, part.amount_minor), ("C1", january, 100_00));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Whose contract.
    pub contract: ContractId,
    /// Which obligation.
    pub obligation: Option<ObligationId>,
    /// The period that it belongs to by its cause.
    pub economic_period: Period,
    /// Minor units; debit positive.
    pub amount_minor: i64,
    /// Why.
    pub reason: Cow<'static, str>,
}

impl Kind {
    pub(super) fn of(case: Case) -> Self {
        match case {
            Case::Accrual | Case::Revaluation | Case::Presentation => Self::Accrual,
            Case::Reversal => Self::Reversal,
            _ => Self::Release,
        }
    }

    /// The kind that a key names; a key from elsewhere counts as a release.
    pub(super) fn of_key(key: &JournalKey) -> Self {
        match key.as_str().rsplit('/').nth(1) {
            Some("accrual") => Self::Accrual,
            Some("reversal") => Self::Reversal,
            _ => Self::Release,
        }
    }

    /// The last posting period that counts: an accrual's reversal stands in the period after.
    pub(super) fn last(self, period: Period) -> Period {
        if self == Self::Reversal { period.next() } else { period }
    }

    /// The name in keys.
    ///
    /// ```
    /// assert_eq!(tieout_accounting::close::Kind::Accrual.name(), "accrual");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::Reversal => "reversal",
            Self::Release => "release",
            Self::Accrual => "accrual",
        }
    }
}

impl Proposal {
    /// Whether the ledger already holds what it should.
    ///
    /// ```
    /// use tieout_accounting::{book::Calendar, close::{self, Entity, Level}, example, Period};
    /// let plan = example::annual_plan()?;
    /// let entity = Entity { id: "UK".into(), currency: plan.ledger_currency(), calendar: Calendar::default() };
    /// let january = Period::parse("2026-01")?;
    /// let proposal = close::propose(&entity, january, &[plan], &[], Level::Tracking)?;
    /// assert!(!proposal.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.journals.is_empty()
    }

    /// The proposal as JSON, byte for byte the same for the same content.
    ///
    /// ```
    /// use tieout_accounting::{book::Calendar, close::{self, Entity, Level}, example, Period};
    /// let plan = example::annual_plan()?;
    /// let entity = Entity { id: "UK".into(), currency: plan.ledger_currency(), calendar: Calendar::default() };
    /// let january = Period::parse("2026-01")?;
    /// let proposal = close::propose(&entity, january, &[plan], &[], Level::Tracking)?;
    /// assert!(proposal.canonical_json().starts_with(r#"{"entity":"UK","period":"2026-01""#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn canonical_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// SHA-256 of [`Proposal::canonical_json`], in hexadecimal: what an approval signs.
    ///
    /// ```
    /// use tieout_accounting::{book::Calendar, close::{self, Entity, Level}, example, Period};
    /// let plan = example::annual_plan()?;
    /// let entity = Entity { id: "UK".into(), currency: plan.ledger_currency(), calendar: Calendar::default() };
    /// let january = Period::parse("2026-01")?;
    /// let proposal = close::propose(&entity, january, &[plan], &[], Level::Tracking)?;
    /// let mut changed = proposal.clone();
    /// changed.journals.pop();
    /// assert_eq!(proposal.hash().len(), 64);
    /// assert_ne!(proposal.hash(), changed.hash()); // an approval of the one is none of the other
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn hash(&self) -> String {
        Sha256::digest(self.canonical_json())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// What is to be recorded once all journals are posted.
    ///
    /// ```
    /// use tieout_accounting::{book::Calendar, close::{self, Entity, Level}, example, Period};
    /// let plan = example::annual_plan()?;
    /// let entity = Entity { id: "UK".into(), currency: plan.ledger_currency(), calendar: Calendar::default() };
    /// let january = Period::parse("2026-01")?;
    /// let proposal = close::propose(&entity, january, &[plan], &[], Level::Tracking)?;
    /// assert_eq!(proposal.postings().len(), 4); // two journals of two lines
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn postings(&self) -> Vec<PostedLine> {
        self.journals.iter().flat_map(ProposedJournal::postings).collect()
    }
}

impl ProposedJournal {
    /// What is to be recorded once it is posted.
    ///
    /// ```
    /// use tieout_accounting::{book::Calendar, close::{self, Entity, Level}, example, Period};
    /// let plan = example::annual_plan()?;
    /// let entity = Entity { id: "UK".into(), currency: plan.ledger_currency(), calendar: Calendar::default() };
    /// let january = Period::parse("2026-01")?;
    /// let proposal = close::propose(&entity, january, &[plan], &[], Level::Tracking)?;
    /// assert_eq!(proposal.journals[0].postings()[0].amount_minor, 100_00);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn postings(&self) -> Vec<PostedLine> {
        let parts = self
            .lines
            .iter()
            .flat_map(|line| line.parts.iter().map(move |part| (line.role, part)));
        let posted = |(role, part): (Role, &Part)| PostedLine {
            contract: part.contract.clone(),
            obligation: part.obligation.clone(),
            role,
            economic_period: part.economic_period,
            posting_period: self.posting_period,
            amount_minor: part.amount_minor,
            journal_key: self.key.clone(),
        };
        parts.map(posted).collect()
    }

    /// The lines that a ledger wants: those that are not zero.
    ///
    /// ```
    /// use tieout_accounting::{book::Calendar, close::{self, Entity, Level}, example, Period};
    /// let plan = example::annual_plan()?;
    /// let entity = Entity { id: "UK".into(), currency: plan.ledger_currency(), calendar: Calendar::default() };
    /// let january = Period::parse("2026-01")?;
    /// let proposal = close::propose(&entity, january, &[plan], &[], Level::Tracking)?;
    /// assert_eq!(proposal.journals[0].lines_to_post().count(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn lines_to_post(&self) -> impl Iterator<Item = &SummaryLine> {
        self.lines.iter().filter(|line| line.amount_minor != 0)
    }
}
