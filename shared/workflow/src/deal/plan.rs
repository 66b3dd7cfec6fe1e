//! What a further order does to a contract: the events, and the documents that bill what was added and credit what fell away.
//!
//! Pure: the order and the contract as it stands in, events and documents out. How the change is accounted for, the engine decides
//! (ASC 606-10-25-10 to 25-13).
//!
//! - Lines above zero are added on the day on which they were agreed, so that they can be billed before they begin; lines below zero lower the price of what the customer has of that product, the newest layer first.
//! - A cancellation ends what still runs on its day. What is not served is credited: of a service over time its price by the days that are
//!   left, or by months where its method counts months, rounded half away from zero.
//! - What is not to be billed any more comes from the newest service first: planned documents are lowered, and of those that are made it is
//!   credited. Where a price is lowered, each document to come is less by the same share.
//! - A renewal that begins before the old term has ended ends what still runs on its first day in the same way, and adds its own lines.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use rust_decimal::{Decimal, RoundingStrategy};
use tieout_accounting::Currency;
use tieout_accounting::event::{Cancelled, Change, Event, EventKind, Modified, ObligationTerms};
use tieout_accounting::ids::ObligationId;
use tieout_accounting::policy::Method;

use crate::facts::price_change;
use crate::finding::Finding;
use crate::ids::line_of;
use crate::ledger::share;

use super::terms::{Bill, Billed, Layer, Term};

/// Parts of a month: a multiple of the days of every month, so that sums of shares are exact.
const MONTH_PARTS: u32 = 28 * 29 * 30 * 31;

/// What an order takes away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reduction {
    /// How findings call the line.
    pub label: String,
    /// Of what.
    pub of: Whose,
    /// Above zero, in major units; `None` for all that is left.
    pub amount: Option<Decimal>,
}

/// What is taken from, or moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// All that the customer has of a product, by its code.
    Product(Option<String>),
    /// A line of an earlier order, with what was added to it later.
    Line(String),
}

impl Whose {
    fn has(&self, term: &Term) -> bool {
        match self {
            Self::Product(product) => term.product == *product,
            Self::Line(line) => line_of(term.obligation.as_str()) == line,
        }
    }
}

/// Other days of service of the same price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The line of an earlier order.
    pub line: String,
    /// First and last day.
    pub service: (NaiveDate, NaiveDate),
}

/// What is added, what falls away, and what is served on other days.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    pub added: Vec<ObligationTerms>,
    pub reductions: Vec<Reduction>,
    pub moved: Vec<Moved>,
}

/// What the order wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// The difference to what the contract sells.
    Difference(Difference),
    /// The rest of the term is replaced by these.
    Replacement(Vec<ObligationTerms>),
    /// All of it ends.
    End,
}

/// What is known of the contract.
#[derive(Debug, Clone)]
pub struct Standing {
    pub currency: Currency,
    pub signed_on: NaiveDate,
    /// What it sells.
    pub terms: Vec<Term>,
    /// What the customer still owes of each invoice, without tax, in major units, by the ordinal of its document.
    pub unpaid: BTreeMap<u32, Decimal>,
    /// What is billed and not credited, without tax, by obligation.
    pub billed: BTreeMap<ObligationId, Decimal>,
}

impl Wanted {
    /// What is added.
    pub fn added(&self) -> &[ObligationTerms] {
        match self {
            Self::Difference(difference) => &difference.added,
            Self::Replacement(added) => added,
            Self::End => &[],
        }
    }
}

/// When a change was agreed, and from when on it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct When {
    /// What is added is promised from this day on, and may be billed: not after `effective`, and not before the contract was signed.
    pub agreed: NaiveDate,
    /// The first day under the new terms.
    pub effective: NaiveDate,
}

/// Amounts by the ordinal of a document, and by obligation.
pub type ByDocument = BTreeMap<u32, BTreeMap<ObligationId, Decimal>>;

/// What follows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// In order; without the day on which they became known.
    pub events: Vec<Event>,
    /// What is to be credited, by the invoice that billed it and by obligation; above zero.
    pub credits: ByDocument,
    /// What is not to be billed any more, by the planned invoice and by obligation; above zero.
    pub lowered: ByDocument,
    /// Whether what is credited was cancelled; else its price was lowered.
    pub cancels: bool,
}

impl Plan {
    /// Takes an amount back from what bills it: a credit of what has a number, less of what is planned.
    fn take_back(&mut self, term: &Term, parts: &[Decimal]) {
        for (bill, part) in term.bills.iter().zip(parts).filter(|(_, part)| !part.is_zero()) {
            let of = match bill.state {
                Billed::Planned => &mut self.lowered,
                Billed::Made => &mut self.credits,
                Billed::Gone => continue,
            };
            *of.entry(bill.document).or_default().entry(term.obligation.clone()).or_default() += *part;
        }
    }

    /// What it adds to the price of the contract.
    pub fn price_change(&self) -> Decimal {
        self.events.iter().map(price_change).sum()
    }

    /// Whether money is to be given back.
    pub fn gives_back(&self) -> bool {
        let gives = |event: &Event| matches!(&event.kind, EventKind::Cancelled(cancelled) if cancelled.refund.is_some());
        self.events.iter().any(gives)
    }
}

/// Plans the change.
///
/// # Errors
/// Where the order takes away what the customer does not have, ends what has ended, or changes nothing: findings for a person.
pub fn plan(standing: &Standing, days: When, wanted: &Wanted) -> Result<Plan, Vec<Finding>> {
    match wanted {
        Wanted::Difference(difference) => differ(standing, days, difference),
        Wanted::Replacement(added) => {
            let mut plan = ended(standing, days.effective)?;
            plan.events.insert(0, modified(days.agreed, added, Vec::new(), Decimal::ZERO));
            Ok(plan)
        }
        Wanted::End => ended(standing, days.effective),
    }
}

fn differ(standing: &Standing, days: When, wanted: &Difference) -> Result<Plan, Vec<Finding>> {
    let (on, added) = (days.effective, &wanted.added);
    let mut plan = Plan::default();
    let (mut findings, mut changes, mut less) = (Vec::new(), BTreeMap::new(), Decimal::ZERO);
    let mut left: Vec<Term> = standing
        .terms
        .iter()
        .filter(|term| term.runs_on(on) && term.method.is_some())
        .cloned()
        .collect();
    for reduction in &wanted.reductions {
        let mut open = reduction.amount.unwrap_or(Decimal::MAX);
        for term in left.iter_mut().rev().filter(|term| reduction.of.has(term)) {
            let taken = open.min(rest(term, on, standing.currency));
            if taken.is_zero() {
                continue;
            }
            open -= taken;
            less += taken;
            term.reprice(on, term.price() - taken);
            let parts = by_what_is_left(term, on, taken, standing.currency);
            plan.take_back(term, &parts);
            term.bills.iter_mut().zip(&parts).for_each(|(bill, part)| bill.amount -= part);
            changes
                .entry(term.obligation.clone())
                .or_insert_with(|| unchanged(&term.obligation))
                .price = Some(term.price().normalize());
        }
        if reduction.amount.is_some() && !open.is_zero() {
            findings.push(too_much(reduction, open, on));
        }
    }
    for moved in &wanted.moved {
        for term in left.iter().filter(|term| line_of(term.obligation.as_str()) == moved.line) {
            let change = changes
                .entry(term.obligation.clone())
                .or_insert_with(|| unchanged(&term.obligation));
            let (start, end) = moved.service;
            // What was added to the line later has a first day of its own.
            change.start = (term.obligation.as_str() == moved.line && start != term.service.0).then_some(start);
            change.end = (end != term.service.1).then_some(end);
        }
    }
    if !findings.is_empty() {
        return Err(findings);
    }
    if added.is_empty() && changes.is_empty() {
        return Err(vec![Finding::new(
            "lines",
            "empty",
            "change nothing",
            "add the lines that change, or set the deal back",
        )]);
    }
    let changed: Vec<Change> = left.iter().filter_map(|term| changes.remove(&term.obligation)).collect();
    if days.agreed == on || added.is_empty() || changed.is_empty() {
        let on = if changed.is_empty() { days.agreed } else { on };
        plan.events.push(modified(on, added, changed, -less));
    } else {
        plan.events.push(modified(days.agreed, added, Vec::new(), Decimal::ZERO));
        plan.events.push(modified(on, &[], changed, -less));
    }
    Ok(plan)
}

/// Ends all that still runs.
fn ended(standing: &Standing, on: NaiveDate) -> Result<Plan, Vec<Finding>> {
    let mut plan = Plan {
        cancels: true,
        ..Plan::default()
    };
    let (mut ends, mut owed): (Vec<ObligationId>, BTreeMap<u32, Decimal>) = (Vec::new(), BTreeMap::new());
    for term in standing.terms.iter().filter(|term| term.runs_on(on)) {
        ends.push(term.obligation.clone());
        let amount = rest(term, on, standing.currency);
        plan.take_back(term, &newest_first(&term.bills, amount));
        // What is billed beyond what was served, also where a credit note of an earlier change is not approved yet. What finance has not
        // authorised is billed by nobody.
        let billed = standing.billed.get(&term.obligation).copied().unwrap_or_default();
        let beyond = (billed - (term.price() - amount)).max(Decimal::ZERO);
        let made: Vec<Bill> = term.bills.iter().filter(|bill| bill.state == Billed::Made).copied().collect();
        for (bill, part) in made.iter().zip(newest_first(&made, beyond)) {
            *owed.entry(bill.document).or_default() += part;
        }
    }
    if ends.is_empty() {
        let remedy = "correct the day of the change in the CRM; what has ended cannot end again";
        return Err(vec![Finding::new(
            "effective day",
            on,
            "is after the last day of the contract",
            remedy,
        )]);
    }
    // A credit note is set against its own invoice; what goes beyond what is unpaid there was paid, and is to be given back.
    let beyond = |(invoice, credit): (&u32, &Decimal)| {
        let unpaid = standing.unpaid.get(invoice).copied().unwrap_or_default();
        (*credit - unpaid.max(Decimal::ZERO)).max(Decimal::ZERO)
    };
    let refund: Decimal = owed.iter().map(beyond).sum();
    let cancelled = Cancelled {
        obligations: Some(ends),
        refund: (!refund.is_zero()).then(|| refund.normalize()),
        owed: false,
    };
    plan.events.push(Event::new(on, EventKind::Cancelled(cancelled)));
    Ok(plan)
}

fn unchanged(obligation: &ObligationId) -> Change {
    Change {
        obligation: obligation.clone(),
        price: None,
        start: None,
        end: None,
        quantity: None,
        progress: None,
        ssp: None,
    }
}

fn modified(on: NaiveDate, added: &[ObligationTerms], change: Vec<Change>, less: Decimal) -> Event {
    let more: Decimal = added.iter().filter_map(|added| added.price).sum();
    let modified = Modified {
        treatment: None,
        decided: None,
        price_change: (more + less).normalize(),
        add: added.to_vec(),
        change,
        remove: Vec::new(),
    };
    Event::new(on, EventKind::Modified(modified))
}

fn too_much(reduction: &Reduction, open: Decimal, on: NaiveDate) -> Finding {
    let of = match &reduction.of {
        Whose::Product(product) => product.as_deref().unwrap_or("no product code"),
        Whose::Line(_) => "the line",
    };
    Finding::new(
        reduction.label.clone(),
        reduction.amount.unwrap_or_default(),
        format!("is {} more than what is left of {of} in the contract from {on}", open.normalize()),
        "correct the line, the product or the day of the change in the CRM",
    )
}

/// `amount` over what bills it, the newest service first, as far as each goes; what goes beyond all of them is with the newest.
fn newest_first(bills: &[Bill], amount: Decimal) -> Vec<Decimal> {
    let mut open = amount;
    let mut parts: Vec<Decimal> = bills
        .iter()
        .rev()
        .map(|bill| {
            let part = open.min(bill.amount).max(Decimal::ZERO);
            open -= part;
            part
        })
        .collect();
    if let Some(newest) = parts.first_mut() {
        *newest += open;
    }
    parts.reverse();
    parts
}

/// `amount` over what bills it, by what each still bills from `on`, so that each document to come is less by the same share; rounded half away
/// from zero to date. Where that is less than the amount, the newest first.
fn by_what_is_left(term: &Term, on: NaiveDate, amount: Decimal, currency: Currency) -> Vec<Decimal> {
    let left = |bill: &Bill| {
        let (start, end) = bill.service;
        match term.method {
            _ if on <= start => bill.amount,
            Some(method) => share(
                bill.amount,
                weight(on, end, method),
                weight(start, end, method),
                currency.exponent(),
            ),
            None => Decimal::ZERO,
        }
    };
    let left: Vec<Decimal> = term.bills.iter().map(left).collect();
    let whole: Decimal = left.iter().sum();
    if whole < amount || whole.is_zero() {
        return newest_first(&term.bills, amount);
    }
    let (mut to_date, mut given) = (Decimal::ZERO, Decimal::ZERO);
    let part = |left: Decimal| {
        to_date += left;
        let until_here = share(amount, to_date, whole, currency.exponent());
        let part = until_here - given;
        given = until_here;
        part
    };
    left.into_iter().map(part).collect()
}

/// What is not served of it before `on`: all of what begins later or is delivered later, in the currency's minor units.
pub(super) fn rest(term: &Term, on: NaiveDate, currency: Currency) -> Decimal {
    let (start, end) = term.service;
    if on <= start {
        return term.price();
    }
    let Some(method) = term.method else {
        return Decimal::ZERO;
    };
    let of_layer = |layer: &Layer| {
        let left = weight(layer.from.max(on), end, method);
        let product = layer.amount.checked_mul(left);
        product
            .and_then(|product| product.checked_div(weight(layer.from, end, method)))
            .unwrap_or(layer.amount)
    };
    let exact: Decimal = term.layers.iter().map(of_layer).sum();
    exact.round_dp_with_strategy(currency.exponent(), RoundingStrategy::MidpointAwayFromZero)
}

/// Days from `start` to `end`, both included, or months with the share of days of those that are not whole.
fn weight(start: NaiveDate, end: NaiveDate, method: Method) -> Decimal {
    if end < start {
        return Decimal::ZERO;
    }
    if method == Method::Daily {
        return Decimal::from((end - start).num_days() + 1);
    }
    let (mut months, mut day) = (Decimal::ZERO, start);
    while day <= end {
        let days = days_of_month(day);
        let last = day.with_day(days).unwrap_or(day).min(end);
        months += Decimal::from((last - day).num_days() + 1) * Decimal::from(MONTH_PARTS / days);
        match last.succ_opt() {
            Some(next) => day = next,
            None => break,
        }
    }
    months
}

fn days_of_month(day: NaiveDate) -> u32 {
    (28..=31).rev().find(|days| day.with_day(*days).is_some()).unwrap_or(28)
}

#[cfg(test)]
mod tests;
