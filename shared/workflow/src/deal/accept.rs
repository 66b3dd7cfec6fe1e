//! What an edit did to a deal that was booked: the difference between the two versions, line by line, as a change of its contract.
//!
//! | line | what follows |
//! |---|---|
//! | only in the new version | added |
//! | only in the booked one | all that is left of it from the day of the change falls away |
//! | with a higher total | the difference is added, for the service from that day on |
//! | with a lower total | the difference falls away |
//! | with other days of service | the same price for these days |
//!
//! Whatever else was edited is another contract, or another order: it is refused, with what to do.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use tieout_accounting::event::ObligationTerms;
use tieout_crm::DealFields;
use tieout_crm::deal::Deal;
use tieout_platform::config::Satisfied;
use tieout_store::{OrderLine, OrderVersion};

use crate::finding::Finding;
use crate::ids::{line_of, part_of};
use crate::ledger::decimal;

use super::check::{Bookable, BookedLine};
use super::contract::obligation;
use super::plan::{Difference, Moved, Reduction, Whose};
use super::terms::Term;

/// Both versions of a deal, and what its contract sells.
pub struct Edited<'a> {
    /// As it was booked.
    pub booked: &'a OrderVersion,
    /// Whether its lines stated the whole when it was booked, or do so now.
    pub is_whole: bool,
    /// As the CRM has it now.
    pub deal: &'a Deal,
    /// Its lines above zero, checked.
    pub bookable: &'a Bookable,
    pub terms: &'a [Term],
    pub fields: &'a DealFields,
    /// The first day under the new terms.
    pub on: NaiveDate,
}

impl Edited<'_> {
    /// The difference as a change of the contract.
    ///
    /// # Errors
    /// What cannot be a change of it: findings for a person.
    pub fn difference(&self) -> Result<Difference, Vec<Finding>> {
        let mut findings = self.another_contract();
        let mut difference = Difference::default();
        for line in &self.bookable.lines {
            let compared = match self.booked_line(&line.obligation) {
                None => {
                    difference.added.push(obligation(line));
                    Ok(())
                }
                Some(before) => self.compare(before, line, &mut difference),
            };
            findings.extend(compared.err());
        }
        for before in &self.booked.lines {
            let is_booked = self.bookable.lines.iter().any(|line| line.obligation == before.id);
            if is_booked {
                continue;
            }
            match before.total_price > Decimal::ZERO {
                true => difference.reductions.push(Reduction {
                    label: label(before),
                    of: Whose::Line(before.id.clone()),
                    amount: None,
                }),
                false => findings.extend(self.edited_reduction(before)),
            }
        }
        let is_new = |id: &str| self.booked_line(id).is_none();
        let further = self.deal.lines.iter().filter(|line| line.total_price < Decimal::ZERO);
        for line in further.filter(|line| is_new(line.id.as_str())) {
            findings.push(Finding::new(
                format!("line {} › {}", line.product_name, self.fields.total_price),
                line.total_price,
                "takes something away, and the deal was booked without it",
                "lower the line that it belongs to, or win a further order",
            ));
        }
        match findings.is_empty() {
            true => Ok(difference),
            false => Err(findings),
        }
    }

    fn booked_line(&self, id: &str) -> Option<&OrderLine> {
        self.booked.lines.iter().find(|line| line.id == id)
    }

    /// What makes it another contract rather than a change of this one.
    fn another_contract(&self) -> Vec<Finding> {
        let (booked, deal, fields) = (self.booked, self.deal, self.fields);
        let customer = deal.account.as_ref().map(|account| account.id.to_string());
        let rows = [
            (&fields.customer, &booked.customer, &customer),
            (&fields.currency, &Some(booked.currency.clone()), &Some(deal.currency.clone())),
            (&fields.kind, &booked.kind, &deal.kind_value),
        ];
        let differs = rows.into_iter().filter(|(_, before, now)| before != now);
        let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "empty".to_owned());
        let finding = |(field, before, now): (&String, &Option<String>, &Option<String>)| {
            let problem = format!("was {:?} when the deal was booked, and makes another contract of it", shown(before));
            let remedy = "set it back; or end the contract with `--end DAY`, and win a deal of its own";
            Finding::new(field, shown(now), problem, remedy)
        };
        let mut findings: Vec<Finding> = differs.map(finding).collect();
        if self.is_whole {
            findings.push(Finding::new(
                &fields.lines,
                deal.lines.len(),
                "state all that the customer has, so that an edit of them is no difference to what the deal sold",
                "set the deal back, and win a further order that states the whole",
            ));
        }
        if !deal.is_won {
            findings.push(Finding::new(
                "stage",
                &deal.stage,
                "is not closed-won, so there is nothing to accept",
                "win the deal again; or end the contract with `--end DAY`",
            ));
        }
        findings
    }

    fn compare(&self, before: &OrderLine, line: &BookedLine, difference: &mut Difference) -> Result<(), Finding> {
        let now = self.deal.lines.iter().find(|now| now.id.as_str() == before.id);
        let product = now.and_then(|now| now.product_code.clone());
        if product != before.product {
            let product = product.unwrap_or_default();
            let problem = format!(
                "is another product than was booked, {}",
                before.product.as_deref().unwrap_or("none")
            );
            return Err(Finding::new(
                label(before),
                product,
                problem,
                "take the line out and add one of the other product",
            ));
        }
        self.move_service(before, line, difference)?;
        let more = decimal(line.total) - before.total_price;
        if more > Decimal::ZERO {
            difference.added.push(self.part(line, more)?);
        } else if more < Decimal::ZERO {
            difference.reductions.push(Reduction {
                label: label(before),
                of: Whose::Line(before.id.clone()),
                amount: Some(-more),
            });
        }
        Ok(())
    }

    /// What is added to a line is promised by itself, for the service from the day of the change on.
    fn part(&self, line: &BookedLine, more: Decimal) -> Result<ObligationTerms, Finding> {
        if line.satisfied == Satisfied::AtPoint || line.end < self.on {
            let problem = format!("is {more} more than was booked, for what is delivered by {}", self.on);
            return Err(Finding::new(
                line.description(line.service()),
                decimal(line.total),
                problem,
                "win a further order for it",
            ));
        }
        let parts = self
            .terms
            .iter()
            .filter(|term| line_of(term.obligation.as_str()) == line.obligation);
        let count = parts.count() + 1;
        Ok(ObligationTerms {
            id: part_of(&line.obligation, count.max(2)).as_str().into(),
            price: Some(more.normalize()),
            start: Some(line.start.max(self.on)),
            ..obligation(line)
        })
    }

    /// Other days of service, as far as they lie ahead.
    fn move_service(&self, before: &OrderLine, line: &BookedLine, difference: &mut Difference) -> Result<(), Finding> {
        let term = self.terms.iter().find(|term| term.obligation.as_str() == before.id);
        let Some(term) = term.filter(|term| term.service != (line.start, line.end)) else {
            return Ok(());
        };
        let (start, end) = term.service;
        if term.method.is_none() {
            let problem = format!("is another day than was booked, {start}, of what is delivered on a day");
            return Err(Finding::new(label(before), line.start, problem, "set the day back"));
        }
        if start != line.start && start.min(line.start) < self.on {
            let problem = format!(
                "is another first day than was booked, {start}, and one of the two is before {}",
                self.on
            );
            return Err(Finding::new(
                label(before),
                line.start,
                problem,
                "set the first day back, or accept from an earlier day",
            ));
        }
        if end != line.end && end.min(line.end) < self.on {
            let problem = format!(
                "is another last day than was booked, {end}, and one of the two is before {}",
                self.on
            );
            return Err(Finding::new(
                label(before),
                line.end,
                problem,
                "set the last day back, or accept from an earlier day",
            ));
        }
        difference.moved.push(Moved {
            line: before.id.clone(),
            service: (line.start, line.end),
        });
        Ok(())
    }

    /// A line that takes something away has done so: it is not taken back by an edit.
    fn edited_reduction(&self, before: &OrderLine) -> Option<Finding> {
        let now = self.deal.lines.iter().find(|line| line.id.as_str() == before.id);
        let now = now.map(|line| line.total_price).unwrap_or_default();
        (now != before.total_price).then(|| {
            let problem = format!(
                "was {} when the deal was booked: what fell away has fallen away",
                before.total_price
            );
            Finding::new(label(before), now, problem, "set it back, and win a further order for what changes")
        })
    }
}

fn label(line: &OrderLine) -> String {
    format!("line {} ({})", line.id, line.product.as_deref().unwrap_or("no product code"))
}
