//! The recurring lines of a contract, from what happened to it.
//!
//! The price is the one that was agreed, not the one that revenue is allocated by. A change ends a line and begins one that follows
//! it: what was left of the old price and the change of the price, over what is left of the term. A cancellation ends the line and
//! leaves the price of its months.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::line::{LineKey, Price, Recurrence, RecurringLine};
use super::value::term;
use crate::arithmetic::{Ratio, mul_div, split};
use crate::event::{Event, EventKind, Modified, ObligationTerms, Satisfied, Used};
use crate::ids::{ContractId, ObligationId};
use crate::money::{Rounding, minor_of};
use crate::{Contract, Money, Period, Refusal};

/// The lines of a contract. Obligations over time are subscriptions, units promised at a price commitments, metered ones usage by
/// month, all others one-offs; material rights are none. A line's obligation is that of the contract, with `@` and the day or month
/// where a change or use began it. Their basis is the contract; notices, trials, discounts by month and lines of invoices are the caller's.
///
/// # Errors
/// An amount beyond the range in which sums are exact. The events are those that made the contract.
///
/// ```
/// use tieout_accounting::{example, metrics};
/// let lines = metrics::lines(&example::annual_plan()?, &example::events()?)?;
/// assert_eq!(lines[0].key, metrics::LineKey::new("Acme", "C1", "plan"));
/// assert_eq!(lines[0].price.money().minor, 1_200_00);
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
pub fn lines(contract: &Contract, events: &[Event]) -> Result<Vec<RecurringLine>, Refusal> {
    let mut events: Vec<&Event> = events.iter().collect();
    events.sort_by_key(|event| (event.on, event.kind.rank_in_day()));
    let mut book = Lines {
        contract,
        lines: Vec::new(),
        current: BTreeMap::new(),
        terms: BTreeMap::new(),
    };
    for event in events {
        match &event.kind {
            EventKind::Signed(signed) => {
                for terms in &signed.obligations {
                    book.begin(terms, event.on)?;
                }
            }
            EventKind::Opened(opened) => {
                for terms in &opened.obligations {
                    book.begin(terms, event.on)?;
                }
            }
            EventKind::Modified(modified) => book.modified(modified, event.on)?,
            EventKind::Cancelled(cancelled) => {
                let all = || book.current.keys().cloned().collect();
                let ended: Vec<ObligationId> = cancelled.obligations.clone().unwrap_or_else(all);
                ended.iter().for_each(|id| book.end(id, event.on));
            }
            EventKind::Used(used) => book.used(used, event.on)?,
            _ => {}
        }
    }
    Ok(book.lines)
}

struct Lines<'a> {
    contract: &'a Contract,
    lines: Vec<RecurringLine>,
    /// The line that is in force of each obligation.
    current: BTreeMap<ObligationId, usize>,
    terms: BTreeMap<ObligationId, ObligationTerms>,
}

impl Lines<'_> {
    fn key(&self, obligation: &ObligationId, since: Option<&dyn std::fmt::Display>) -> LineKey {
        let contract: &ContractId = self.contract.id();
        LineKey {
            customer: self.contract.customer().unwrap_or(contract.as_str()).into(),
            contract: contract.clone(),
            obligation: since.map_or_else(|| obligation.clone(), |since| ObligationId::new(format!("{obligation}@{since}"))),
        }
    }

    fn minor(&self, amount: Decimal) -> Result<i128, Refusal> {
        minor_of(amount, self.contract.currency())
    }

    fn money(&self, minor: i128) -> Result<Money, Refusal> {
        let minor = i64::try_from(minor).map_err(|_| self.too_large(minor))?;
        Ok(Money::new(minor, self.contract.currency()))
    }

    fn too_large(&self, minor: i128) -> Refusal {
        Refusal::too_large(self.contract.id().as_str(), minor)
    }

    /// The agreed price; where only the whole contract has one, what of it was allocated.
    fn agreed(&self, terms: &ObligationTerms) -> Result<i128, Refusal> {
        match terms.price {
            Some(price) => self.minor(price),
            None => Ok(self.contract.allocation().get(&terms.id).copied().map_or(0, i128::from)),
        }
    }

    fn begin(&mut self, terms: &ObligationTerms, signed: NaiveDate) -> Result<(), Refusal> {
        self.terms.insert(terms.id.clone(), terms.clone());
        let metered = terms.satisfied == Satisfied::ByUsage && terms.price.is_none();
        if metered || terms.satisfied == Satisfied::MaterialRight {
            return Ok(());
        }
        let days = terms.start.zip(terms.end);
        let recurrence = match (terms.satisfied, days) {
            (Satisfied::OverTime, _) => Recurrence::Subscription,
            (Satisfied::ByUsage, Some(_)) => Recurrence::Commitment,
            _ => Recurrence::OneOff,
        };
        let (start, end) = days.or_else(|| instants(terms)).unwrap_or((signed, signed));
        let price = Price::Term(self.money(self.agreed(terms)?)?);
        let mut line = RecurringLine::new(self.key(&terms.id, None), price, start, Some(end));
        (line.recurrence, line.signed) = (recurrence, signed);
        self.current.insert(terms.id.clone(), self.lines.len());
        self.lines.push(line);
        Ok(())
    }

    fn end(&mut self, id: &ObligationId, on: NaiveDate) {
        let line = self.current.remove(id).and_then(|index| self.lines.get_mut(index));
        if let Some(line) = line.filter(|line| line.end.is_none_or(|end| on <= end)) {
            line.cancelled = Some(on);
        }
    }

    fn modified(&mut self, modified: &Modified, on: NaiveDate) -> Result<(), Refusal> {
        let mut open = self.minor(modified.price_change)?;
        for id in &modified.remove {
            open += self
                .current
                .get(id)
                .and_then(|index| self.lines.get(*index))
                .map_or(Ok(0), |line| self.left(line, on))?;
            self.end(id, on);
        }
        for terms in &modified.add {
            open -= self.agreed(terms)?;
            self.begin(terms, on)?;
        }
        let mut changes = Vec::new();
        for change in &modified.change {
            let Some(line) = self.current.get(&change.obligation).and_then(|index| self.lines.get(*index)) else {
                continue;
            };
            let terms = self.terms.get(&change.obligation);
            let before = terms.map_or(Ok(0), |terms| self.agreed(terms))?;
            let stated = change.price.map(|price| self.minor(price)).transpose()?.map(|price| price - before);
            open -= stated.unwrap_or(0);
            changes.push((change, stated, self.left(line, on)?, i128::from(line.price.money().minor)));
        }
        let weights: Vec<i128> = changes
            .iter()
            .map(|(_, stated, _, worth)| if stated.is_some() { 0 } else { *worth })
            .collect();
        let shares = match weights.iter().any(|weight| *weight != 0) {
            true => split(open, &weights).ok_or_else(|| self.too_large(open))?,
            false => vec![0; weights.len()],
        };
        for ((change, stated, left, _), share) in changes.into_iter().zip(shares) {
            let by = stated.unwrap_or(share);
            self.change(&change.obligation, (change.start, change.end), left, by, on)?;
        }
        Ok(())
    }

    /// What of a line's price is for its days from a day on.
    fn left(&self, line: &RecurringLine, on: NaiveDate) -> Result<i128, Refusal> {
        let amount = i128::from(line.price.money().minor);
        let (Some(end), Some(before)) = (line.end, on.pred_opt()) else {
            return Ok(amount);
        };
        if on <= line.start {
            return Ok(amount);
        }
        if end < on {
            return Ok(0);
        }
        let served = mul_div(amount, term(line.start, before), term(line.start, end), Rounding::HalfAway);
        served.map(|served| amount - served).ok_or_else(|| self.too_large(amount))
    }

    /// The old line ends; the rest of its price and the change are one that follows it.
    fn change(
        &mut self,
        id: &ObligationId,
        (start, end): (Option<NaiveDate>, Option<NaiveDate>),
        left: i128,
        by: i128,
        on: NaiveDate,
    ) -> Result<(), Refusal> {
        let Some(old) = self.current.get(id).and_then(|index| self.lines.get(*index)).cloned() else {
            return Ok(());
        };
        if let Some(terms) = self.terms.get_mut(id)
            && let Some(price) = &mut terms.price
        {
            *price += Decimal::from_i128_with_scale(by, self.contract.currency().exponent());
        }
        let from = start.unwrap_or_else(|| {
            old.end
                .and_then(|old_end| old_end.succ_opt())
                .map_or(on, |after| on.min(after))
                .max(old.start)
        });
        let mut line = old.clone();
        line.price = Price::Term(self.money(left + by)?);
        (line.start, line.end, line.signed) = (from, end.or(old.end), on);
        if from <= old.start {
            // Nothing was served under the old terms.
            if let Some(index) = self.current.get(id) {
                line.signed = old.signed;
                self.lines.get_mut(*index).into_iter().for_each(|slot| *slot = line.clone());
            }
            return Ok(());
        }
        line.key = self.key(id, Some(&on));
        line.follows = Some(old.key.clone());
        self.end(id, from);
        self.current.insert(id.clone(), self.lines.len());
        self.lines.push(line);
        Ok(())
    }

    /// Use above any minimum, by month.
    fn used(&mut self, used: &Used, on: NaiveDate) -> Result<(), Refusal> {
        let Some(terms) = self.terms.get(&used.obligation).filter(|terms| terms.price.is_none()) else {
            return Ok(());
        };
        let amount = match (used.amount, used.quantity, terms.unit_price) {
            (Some(amount), _, _) => self.minor(amount)?,
            (None, Some(quantity), Some(price)) => {
                let unit = 10i128.pow(self.contract.currency().exponent());
                let worth = quantity.checked_mul(price).map(Ratio::of);
                worth
                    .and_then(|worth| worth.of_amount(unit, Rounding::HalfAway))
                    .ok_or_else(|| self.too_large(unit))?
            }
            _ => return Ok(()),
        };
        let month = Period::of(on);
        let key = self.key(&used.obligation, Some(&month));
        if let Some(line) = self.lines.iter_mut().find(|line| line.key == key) {
            line.price = Price::Term(line.price.money().checked_add(Money::new(
                i64::try_from(amount).map_err(|_| Refusal::too_large("used", amount))?,
                self.contract.currency(),
            ))?);
            return Ok(());
        }
        let mut line = RecurringLine::new(key, Price::Term(self.money(amount)?), month.first_day(), Some(month.last_day()));
        line.recurrence = Recurrence::Usage;
        self.lines.push(line);
        Ok(())
    }
}

/// Days of a service that is written as instants.
fn instants(terms: &ObligationTerms) -> Option<(NaiveDate, NaiveDate)> {
    let (start, before) = terms.start_at.zip(terms.end_before)?;
    let last = before - chrono::TimeDelta::seconds(1);
    Some((start.date_naive(), last.date_naive()))
}
