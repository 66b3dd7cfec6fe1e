//! A close in the making: it takes one contract after the other and keeps only what differs.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::difference::{Amount, Difference, Names, There, differences, less, target};
use super::proposal::{Kind, Part, Proposal};
use super::{CloseError, Entity, Level, PostedLine, assemble};
use crate::Period;
use crate::contract::Contract;
use crate::ids::{ContractId, JournalKey, ObligationId};
use crate::journal::{Reason, Role};

/// A close that is given its contracts one at a time, each with what was posted for it, so that an entity of any size is closed in
/// the memory that its differences need. Parts of it can be made side by side and merged.
///
/// ```
/// use tieout_accounting::{book::Calendar, close::{Closing, Entity, Level}, contract::Contract, Book, Currency, Event, Period};
/// let gbp = Currency::parse("GBP")?;
/// let entity = Entity { id: "UK".into(), currency: gbp, calendar: Calendar::default() };
/// let mut closing = Closing::new(&entity, Period::parse("2026-01")?, Level::Tracking)?;
/// for id in ["C1", "C2"] {
///     let signed = Event::from_value(serde_json::json!({"type": "signed", "on": "2026-01-01", "obligations":
///         [{"id": "plan", "price": "1200.00", "satisfied": "over_time", "start": "2026-01-01", "end": "2026-12-31", "method": "equal_touched"}]}))?;
///     closing.contract(&Contract::from_events(&id.into(), &[signed], &Book::new(gbp))?, [])?;
/// }
/// let accrual = closing.propose()?.journals.remove(0);
/// assert_eq!((accrual.lines[0].amount_minor, accrual.lines[0].parts.len()), (200_00, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Closing<'e> {
    pub(super) entity: &'e Entity,
    pub(super) period: Period,
    level: Level,
    pub(super) journals: Journals,
    /// Keys of all journals that ever were: none is given again.
    pub(super) keys: BTreeSet<JournalKey>,
    /// The accrual of each posting period that is still there.
    pub(super) accruals: BTreeMap<Period, JournalKey>,
    /// Emptied after each contract and used again.
    amounts: Vec<Amount>,
}

/// Parts of each line of each journal.
pub(super) type Journals = BTreeMap<(Period, Kind), BTreeMap<Place, Vec<Part>>>;

/// Place of a summary line: account, then as many dimensions as the level keeps.
pub(super) type Place = (
    Role,
    BTreeMap<String, String>,
    Option<String>,
    Option<ContractId>,
    Option<ObligationId>,
);

impl<'e> Closing<'e> {
    /// A close of an entity through a period that still has to be told of its contracts.
    ///
    /// # Errors
    /// The period is closed already.
    ///
    /// ```
    /// use tieout_accounting::{book::Calendar, close::{Closing, Entity, Level}, example, Period};
    /// let plan = example::annual_plan()?;
    /// let entity = Entity { id: "UK".into(), currency: plan.ledger_currency(), calendar: Calendar::default() };
    /// let january = Period::parse("2026-01")?;
    /// assert!(Closing::new(&entity, january, Level::Account)?.propose()?.is_empty()); // no contracts, nothing to post
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(entity: &'e Entity, period: Period, level: Level) -> Result<Self, CloseError> {
        if entity.calendar.is_closed(period) {
            return Err(CloseError::PeriodClosed {
                entity: entity.id.clone(),
                period,
                first_open: entity.calendar.first_open(period),
            });
        }
        Ok(Self {
            entity,
            period,
            level,
            journals: BTreeMap::new(),
            keys: BTreeSet::new(),
            accruals: BTreeMap::new(),
            amounts: Vec::new(),
        })
    }

    /// A journal that was posted once, whether it is still there or not: its key is not given again.
    ///
    /// ```
    /// use tieout_accounting::{book::Calendar, close::{Closing, Entity, Level}, example, Period};
    /// let plan = example::annual_plan()?;
    /// let entity = Entity { id: "UK".into(), currency: plan.ledger_currency(), calendar: Calendar::default() };
    /// let january = Period::parse("2026-01")?;
    /// let mut closing = Closing::new(&entity, january, Level::Account)?;
    /// closing.used(&"UK/2026-01/accrual/1".into());
    /// closing.contract(&plan, [])?;
    /// assert_eq!(closing.propose()?.journals[0].key.as_str(), "UK/2026-01/accrual/2");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn used(&mut self, key: &JournalKey) {
        self.keys.insert(key.clone());
    }

    /// A journal that is still there: its key is not given again, and what takes it back names it.
    ///
    /// ```
    /// use tieout_accounting::{book::Calendar, close::{Closing, Entity, Level}, example, Period};
    /// let plan = example::annual_plan()?;
    /// let entity = Entity { id: "UK".into(), currency: plan.ledger_currency(), calendar: Calendar::default() };
    /// let january = Period::parse("2026-01")?;
    /// let mut closing = Closing::new(&entity, january.next(), Level::Account)?;
    /// closing.posted(&"UK/2026-02/accrual/1".into(), january.next());
    /// closing.contract(&plan, [])?;
    /// assert!(closing.propose()?.journals.iter().all(|journal| journal.key.as_str() != "UK/2026-02/accrual/1"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn posted(&mut self, key: &JournalKey, posting_period: Period) {
        if Kind::of_key(key) == Kind::Accrual {
            self.accruals.insert(posting_period, key.clone());
        }
        self.used(key);
    }

    /// Compares a contract, which may be given once, with all that is posted for it and still there.
    ///
    /// # Errors
    /// See [`CloseError`]; the contract is named.
    ///
    /// ```
    /// use tieout_accounting::{book::Calendar, close::{Closing, Entity, Level}, example, Period};
    /// let plan = example::annual_plan()?;
    /// let entity = Entity { id: "UK".into(), currency: plan.ledger_currency(), calendar: Calendar::default() };
    /// let january = Period::parse("2026-01")?;
    /// let mut closing = Closing::new(&entity, january, Level::Account)?;
    /// closing.contract(&plan, [])?;
    /// assert_eq!(closing.propose()?.journals.len(), 2); // the accrual and its reversal
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn contract<'p>(&mut self, contract: &Contract, posted: impl IntoIterator<Item = &'p PostedLine>) -> Result<(), CloseError> {
        let there = |line: &'p PostedLine| There {
            kind: Kind::of_key(&line.journal_key),
            line,
        };
        self.compare(contract, posted.into_iter().map(there))
    }

    /// Adds what another part of the same close has found.
    ///
    /// ```
    /// use tieout_accounting::{book::Calendar, close::{Closing, Entity, Level}, example, Period};
    /// let plan = example::annual_plan()?;
    /// let entity = Entity { id: "UK".into(), currency: plan.ledger_currency(), calendar: Calendar::default() };
    /// let january = Period::parse("2026-01")?;
    /// let mut whole = Closing::new(&entity, january, Level::Account)?;
    /// let mut half = whole.clone();
    /// half.contract(&plan, [])?;
    /// whole.merge(half);
    /// assert_eq!(whole.propose()?.journals.len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn merge(&mut self, other: Self) {
        for (journal, lines) in other.journals {
            let all = self.journals.entry(journal).or_default();
            for (place, mut parts) in lines {
                all.entry(place).or_default().append(&mut parts);
            }
        }
        self.keys.extend(other.keys);
        self.accruals.extend(other.accruals);
    }

    /// The journals, the same in whatever order the contracts came.
    ///
    /// # Errors
    /// The differences do not balance, or a sum is too large.
    ///
    /// ```
    /// use tieout_accounting::{book::Calendar, close::{Closing, Entity, Level}, example, Period};
    /// let plan = example::annual_plan()?;
    /// let entity = Entity { id: "UK".into(), currency: plan.ledger_currency(), calendar: Calendar::default() };
    /// let january = Period::parse("2026-01")?;
    /// let mut closing = Closing::new(&entity, january, Level::Account)?;
    /// closing.contract(&plan, [])?;
    /// let accrual = closing.propose()?.journals.remove(0);
    /// assert_eq!(accrual.lines.iter().map(|line| line.amount_minor).sum::<i64>(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn propose(self) -> Result<Proposal, CloseError> {
        assemble::assemble(self)
    }

    pub(super) fn compare<'p>(&mut self, contract: &Contract, there: impl Iterator<Item = There<'p>>) -> Result<(), CloseError> {
        self.check(contract)?;
        let mut names = Names::of(Some(contract));
        let mut amounts = std::mem::take(&mut self.amounts);
        target(self.entity, self.period, contract, &mut names, &mut amounts);
        there.for_each(|there| less(self.entity, self.period, there, &mut names, &mut amounts));
        self.keep(contract.id(), Some(contract), &names, amounts)
    }

    /// What was posted for a contract that is no longer known is no longer due.
    pub(super) fn stranger<'p>(&mut self, id: &ContractId, there: impl Iterator<Item = There<'p>>) -> Result<(), CloseError> {
        let mut names = Names::of(None);
        let mut amounts = std::mem::take(&mut self.amounts);
        there.for_each(|there| less(self.entity, self.period, there, &mut names, &mut amounts));
        self.keep(id, None, &names, amounts)
    }

    /// The contract is kept in the entity's currency and computed as far as it matters.
    fn check(&self, contract: &Contract) -> Result<(), CloseError> {
        if contract.ledger_currency() != self.entity.currency {
            return Err(CloseError::Currency {
                contract: contract.id().clone(),
                entity: self.entity.id.clone(),
                found: contract.ledger_currency(),
                expected: self.entity.currency,
            });
        }
        let through = contract.through();
        let after = through.next().first_day();
        let open = |entry: &crate::journal::Entry| entry.reversed_on == Some(after) && !entry.case.is_document();
        if through < self.period && contract.entries().iter().any(open) {
            return Err(CloseError::NotComputed {
                contract: contract.id().clone(),
                through,
                period: self.period,
            });
        }
        Ok(())
    }

    fn keep(
        &mut self,
        id: &ContractId,
        contract: Option<&Contract>,
        names: &Names<'_>,
        mut amounts: Vec<Amount>,
    ) -> Result<(), CloseError> {
        let mut too_large = None;
        differences(&mut amounts, |difference| {
            let obligation = difference.key.obligation.and_then(|place| names.get(place));
            let place = self.place(id, contract, obligation, difference.key.role);
            match part(id, obligation, &difference) {
                Some(part) => {
                    let journal = (difference.key.posting, difference.key.kind);
                    self.journals.entry(journal).or_default().entry(place).or_default().push(part);
                }
                None => too_large = Some(difference.key.posting),
            }
        });
        self.amounts = amounts;
        too_large.map_or(Ok(()), |period| {
            Err(CloseError::TooLarge {
                entity: self.entity.id.clone(),
                period,
            })
        })
    }

    fn place(&self, id: &ContractId, contract: Option<&Contract>, obligation: Option<&ObligationId>, role: Role) -> Place {
        let tracking = || Some(contract?.dimensions().get(obligation?)?.tracking.clone());
        let customer = || contract?.customer().map(str::to_owned);
        (
            role,
            if self.level >= Level::Tracking {
                tracking().unwrap_or_default()
            } else {
                BTreeMap::new()
            },
            if self.level >= Level::Customer { customer() } else { None },
            (self.level >= Level::Contract).then(|| id.clone()),
            obligation.filter(|_| self.level >= Level::Line).cloned(),
        )
    }
}

fn part(contract: &ContractId, obligation: Option<&ObligationId>, difference: &Difference) -> Option<Part> {
    let (key, kind) = (&difference.key, difference.key.kind);
    let reason = match difference.case {
        Some(case) => Reason::of(case).words,
        None => Cow::Owned(format!("the {} of {} was posted and is no longer due", kind.name(), key.economic)),
    };
    Some(Part {
        contract: contract.clone(),
        obligation: obligation.cloned(),
        economic_period: key.economic,
        amount_minor: i64::try_from(difference.minor).ok()?,
        reason,
    })
}
