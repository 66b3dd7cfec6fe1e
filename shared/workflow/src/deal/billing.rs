//! The documents of an order: planned by how it is billed, and what a change of the contract leaves of those that are not made yet.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;
use tieout_accounting::billing::{Line, Planned, Schedule, Service, Terms, plan as plan_of};
use tieout_accounting::ids::{EntityId, ObligationId};
use tieout_accounting::{Money, Refusal};
use tieout_crm::deal::Deal;
use tieout_platform::config::{Entity, Frequency, Timing};
use tieout_store::{Document, DocumentKind, Due, OrderKey, Outline, PlannedLine, Stage};

use crate::finding::Finding;
use crate::ids::line_of;
use crate::ledger::decimal;
use crate::policy;

use super::check::Bookable;
use super::plan::Plan;

/// Documents of a contract that are planned and not made. An end drops all of them in one transaction, which holds a hundred items.
const UNMADE_MAX: usize = 80;

/// From what the invoices of an order are planned.
pub struct Planning<'a> {
    /// What says how it is billed.
    pub deal: &'a Deal,
    /// Its lines.
    pub bookable: &'a Bookable,
    /// Who bills, and whose defaults hold where the deal says nothing.
    pub entity: &'a Entity,
    pub order: &'a OrderKey,
    /// Nothing is due before this day.
    pub signed_on: NaiveDate,
}

impl Planning<'_> {
    /// The invoices over `billed`, numbered from `first` on, behind `unmade` others of the contract. One that is billed once, in advance, is made at
    /// once; each other one has its day.
    ///
    /// # Errors
    /// Where they make no plan, or too many documents.
    pub fn documents(&self, billed: Vec<PlannedLine>, first: u32, unmade: usize) -> Result<Vec<Document>, Finding> {
        let defaults = &self.entity.invoices;
        let frequency = self.deal.billing.frequency.unwrap_or(defaults.billing);
        let timing = self.deal.billing.timing.unwrap_or(defaults.billing_timing);
        if (frequency, timing) == (Frequency::Once, Timing::Advance) {
            return Ok(vec![Document::planned(first, DocumentKind::Invoice, billed)]);
        }
        let terms = Terms {
            signed_on: self.signed_on,
            deposit: None,
            schedule: Schedule::Recurring {
                frequency: policy::frequency(frequency),
                timing: policy::timing(timing),
                alignment: policy::alignment(defaults.billing_alignment),
            },
        };
        let lines: Vec<Line> = billed.iter().map(|planned| self.line(planned)).collect::<Result<_, _>>()?;
        let documents = plan_of(&terms, &lines)?;
        if documents.len() + unmade > UNMADE_MAX {
            return Err(too_many(documents.len() + unmade));
        }
        let of = |(ordinal, planned): (u32, Planned)| self.document(ordinal, &planned, &billed);
        Ok((first..).zip(documents).map(of).collect())
    }

    /// The same behind what the contract has, where a change adds anything that costs something.
    ///
    /// # Errors
    /// As [`Planning::documents`].
    pub fn added(&self, billed: Vec<PlannedLine>, outline: &Outline) -> Result<Vec<Document>, Finding> {
        match billed.iter().all(|line| line.amount.is_zero()) {
            true => Ok(Vec::new()),
            false => self.documents(billed, outline.last_ordinal() + 1, unmade(outline)),
        }
    }

    fn document(&self, ordinal: u32, planned: &Planned, billed: &[PlannedLine]) -> Document {
        let due = Due {
            on: planned.on,
            entity: EntityId::new(self.entity.id.as_str()),
        };
        let account = |obligation: &ObligationId| {
            let line = billed.iter().find(|line| line.obligation == obligation.as_str());
            line.map(|line| line.revenue_account.clone()).unwrap_or_default()
        };
        let lines = planned.slices.iter().map(|slice| PlannedLine {
            obligation: slice.obligation.to_string(),
            amount: decimal(slice.amount),
            service: slice.service,
            revenue_account: account(&slice.obligation),
        });
        let document = Document::planned(ordinal, DocumentKind::Invoice, lines.collect());
        document.following(self.order.clone()).due(due)
    }

    /// What is billed, as the accounting plans it: by the method and the day of the line that it came from.
    fn line(&self, planned: &PlannedLine) -> Result<Line, Finding> {
        let of_line = line_of(&planned.obligation);
        let line = self.bookable.lines.iter().find(|line| line.obligation == of_line);
        let line = line.ok_or_else(|| {
            Refusal::new(
                "billing plan",
                of_line,
                "is no line of the deal",
                "report this as a defect of Tieout",
            )
        })?;
        let currency = line.total.currency;
        Ok(Line {
            obligation: planned.obligation.as_str().into(),
            price: Money::parse_major(&planned.amount.normalize().to_string(), currency)?,
            service: match planned.service {
                None => Service::At(line.start),
                Some((first, last)) => Service::Over {
                    first,
                    last,
                    method: policy::method(line.method),
                },
            },
        })
    }
}

/// Documents of the contract that are planned for a day and not made.
fn unmade(outline: &Outline) -> usize {
    outline.documents.iter().filter(|document| document.is_to_come()).count()
}

/// What a change from `on` leaves of documents that are not made yet.
pub fn lowered(outline: &Outline, plan: &Plan, on: NaiveDate) -> Vec<Document> {
    let ends_on = plan.cancels.then_some(on);
    let lowered = plan.lowered.iter();
    lowered
        .filter_map(|(ordinal, less)| Some(lower(outline.document(*ordinal)?, less, ends_on)))
        .collect()
}

/// The document with so much less of each obligation; dropped where nothing is left. Where their service ends, `ends_on` is the first day without it:
/// what is left is for the days before it, and due once they are over.
fn lower(document: &Document, less: &BTreeMap<ObligationId, Decimal>, ends_on: Option<NaiveDate>) -> Document {
    let mut lines = document.plan.clone();
    for (obligation, amount) in less {
        take(&mut lines, obligation, *amount);
    }
    if lines.iter().all(|line| line.amount.is_zero()) {
        return document.at(Stage::Dropped);
    }
    let was_free = |line: &PlannedLine| document.plan.iter().any(|before| same(before, line) && before.amount.is_zero());
    lines.retain(|line| !line.amount.is_zero() || was_free(line));
    let mut lowered = document.clone();
    if let Some(on) = ends_on {
        let is_less = |line: &&mut PlannedLine| less.contains_key(&ObligationId::new(line.obligation.as_str()));
        lines.iter_mut().filter(is_less).for_each(|line| cut(line, on));
        lowered.due = document.due.clone().map(|due| Due { on: due.on.min(on), ..due });
    }
    lowered.plan = lines;
    lowered
}

/// Takes `amount` from the lines of an obligation, the newest service first.
fn take(lines: &mut [PlannedLine], obligation: &ObligationId, amount: Decimal) {
    let mut open = amount;
    let mut of_obligation: Vec<&mut PlannedLine> = lines.iter_mut().filter(|line| line.obligation == obligation.as_str()).collect();
    of_obligation.sort_by_key(|line| std::cmp::Reverse(line.service));
    for line in of_obligation {
        let taken = open.min(line.amount);
        line.amount = (line.amount - taken).normalize();
        open -= taken;
    }
}

/// The service of the line ends on the day before `on`.
fn cut(line: &mut PlannedLine, on: NaiveDate) {
    let last = on.checked_sub_days(Days::new(1)).unwrap_or(on);
    if let Some((first, end)) = line.service
        && first <= last
    {
        line.service = Some((first, end.min(last)));
    }
}

fn same(one: &PlannedLine, other: &PlannedLine) -> bool {
    one.obligation == other.obligation && one.service == other.service
}

fn too_many(count: usize) -> Finding {
    let problem = format!("documents would be planned in the contract, more than the {UNMADE_MAX} that it can end with one order");
    Refusal::new("billing plan", count, problem, "bill it less often, or split the deal").into()
}

#[cfg(test)]
mod tests;
