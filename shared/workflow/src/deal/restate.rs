//! An order that states all that the customer has from a day on, and not the difference: what it says, less what the contract sells, product
//! by product.
//!
//! | product | what follows |
//! |---|---|
//! | with the last day that it has | the difference of the amounts is added, or falls away |
//! | with another last day | what is left of it falls away, and the line is added whole |
//! | that the order leaves out | what is left of it falls away |
//!
//! A line is for the service from the day of the change on. Where all of a product begin when it began, they are for its whole term, and are
//! compared with its whole price.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use tieout_accounting::Currency;
use tieout_accounting::event::ObligationTerms;
use tieout_platform::config::Satisfied;

use crate::finding::Finding;
use crate::ledger::decimal;

use super::check::BookedLine;
use super::contract::obligation;
use super::plan::{Difference, Reduction, Whose, rest};
use super::terms::Term;

/// The difference between `lines`, each with its product's code, and what `terms` sell from `on`.
///
/// # Errors
/// Lines that begin on neither day: findings for a person.
pub fn difference(
    lines: &[(Option<String>, BookedLine)],
    terms: &[Term],
    on: NaiveDate,
    currency: Currency,
) -> Result<Difference, Vec<Finding>> {
    let running: Vec<&Term> = terms.iter().filter(|term| term.method.is_some() && term.runs_on(on)).collect();
    let of_lines = lines.iter().map(|(product, _)| product);
    let products: BTreeSet<&Option<String>> = of_lines.chain(running.iter().map(|term| &term.product)).collect();
    let (mut difference, mut findings) = (Difference::default(), Vec::new());
    for product in products {
        let stated = lines.iter().filter(|(of, _)| of == product).map(|(_, line)| line);
        let restating = Restating {
            product,
            stated: stated.collect(),
            sold: running.iter().copied().filter(|term| term.product == *product).collect(),
            on,
            currency,
        };
        findings.extend(restating.compare(&mut difference).err());
    }
    match findings.is_empty() {
        true => Ok(difference),
        false => Err(findings),
    }
}

/// One product, as the order states it and as the contract sells it.
struct Restating<'a> {
    product: &'a Option<String>,
    stated: Vec<&'a BookedLine>,
    sold: Vec<&'a Term>,
    on: NaiveDate,
    currency: Currency,
}

impl Restating<'_> {
    fn compare(&self, difference: &mut Difference) -> Result<(), Finding> {
        // What is delivered on a day is sold by each order anew.
        let (over_time, at_point): (Vec<&BookedLine>, Vec<&BookedLine>) =
            self.stated.iter().partition(|line| line.satisfied == Satisfied::OverTime);
        difference.added.extend(at_point.into_iter().map(obligation));
        if self.sold.is_empty() {
            difference.added.extend(over_time.into_iter().map(obligation));
            return Ok(());
        }
        let ends = over_time
            .iter()
            .map(|line| line.end)
            .chain(self.sold.iter().map(|term| term.service.1));
        let has_one_end = ends.collect::<BTreeSet<NaiveDate>>().len() == 1;
        let (earlier, from_then): (Vec<&BookedLine>, Vec<&BookedLine>) = over_time.iter().partition(|line| line.start < self.on);
        let is_whole_term = |line: &BookedLine| self.sold.iter().all(|term| term.service.0 == line.start);
        let unclear = earlier
            .iter()
            .find(|line| !has_one_end || !from_then.is_empty() || !is_whole_term(line));
        if let Some(line) = unclear {
            let problem = format!(
                "is before the day of the change, {}, so nobody knows what of the price is for what is left",
                self.on
            );
            let remedy = "enter the day of the change as the first day, and the price from then on";
            return Err(Finding::new(line.description(line.service()), line.start, problem, remedy));
        }
        let Some(line) = over_time.first().filter(|_| has_one_end) else {
            difference.reductions.push(self.less(None));
            difference.added.extend(from_then.into_iter().map(obligation));
            return Ok(());
        };
        let now: Decimal = over_time.iter().map(|line| decimal(line.total)).sum();
        let before: Decimal = match earlier.is_empty() {
            true => self.sold.iter().map(|term| rest(term, self.on, self.currency)).sum(),
            false => self.sold.iter().map(|term| term.price()).sum(),
        };
        if now > before {
            difference.added.push(ObligationTerms {
                price: Some((now - before).normalize()),
                start: Some(line.start.max(self.on)),
                ..obligation(line)
            });
        } else if now < before {
            difference.reductions.push(self.less(Some(before - now)));
        }
        Ok(())
    }

    fn less(&self, amount: Option<Decimal>) -> Reduction {
        Reduction {
            label: self.product.clone().unwrap_or_else(|| "no product code".to_owned()),
            of: Whose::Product(self.product.clone()),
            amount,
        }
    }
}

#[cfg(test)]
mod tests;
