//! From a deal as the CRM has it to lines that can be booked, or all the reasons why not.

use std::collections::BTreeMap;

use chrono::{Days, Months, NaiveDate};
use rust_decimal::Decimal;
use tieout_accounting::{Currency, Money};
use tieout_crm::DealFields;
use tieout_crm::deal::{Customer, Deal, DealKind, DealLine};
use tieout_platform::config::{Config, Entity, Method, Product, Satisfied};

use crate::finding::Finding;
use crate::ledger::decimal;

use super::plan::{Reduction, Whose};

/// Lines of one deal: what a contract begins with is stored in one transaction of at most 100 items.
pub const LINES_MAX: usize = 90;
/// The longest service, in years: longer ones are typing mistakes.
pub const SERVICE_YEARS_MAX: u32 = 15;
/// The term that is proposed where the CRM names none, in months.
const PROPOSED_TERM_MONTHS: u32 = 12;

/// A deal that can be booked.
#[derive(Debug, Clone)]
pub struct Bookable {
    /// Who buys.
    pub customer: Customer,
    /// What.
    pub lines: Vec<BookedLine>,
    /// What falls away; of a change only.
    pub reductions: Vec<Reduction>,
}

/// A line that can be booked.
#[derive(Debug, Clone)]
pub struct BookedLine {
    /// The obligation's id: the CRM's line id.
    pub obligation: String,
    /// What it is called.
    pub name: String,
    /// How many.
    pub quantity: Decimal,
    /// The price of one, after discount where the CRM gives one.
    pub unit_price: Decimal,
    /// The price of all.
    pub total: Money,
    /// First day of service, or the day of delivery.
    pub start: NaiveDate,
    /// Last day of service.
    pub end: NaiveDate,
    /// When it is satisfied.
    pub satisfied: Satisfied,
    /// How it is spread.
    pub method: Method,
    /// The revenue account in the entity's ledger.
    pub revenue_account: String,
    /// The tax type in the entity's ledger.
    pub tax_type: String,
    /// Tracking category and option.
    pub tracking: BTreeMap<String, String>,
}

impl BookedLine {
    /// What an invoice says that bills it for `service`, or at a point.
    pub fn description(&self, service: Option<(NaiveDate, NaiveDate)>) -> String {
        match service {
            Some((start, end)) => format!("{}, {start} to {end}", self.name),
            None => format!("{}, {}", self.name, self.start),
        }
    }

    /// First and last day of its service; `None` where it is satisfied at a point.
    pub fn service(&self) -> Option<(NaiveDate, NaiveDate)> {
        (self.satisfied == Satisfied::OverTime).then_some((self.start, self.end))
    }
}

/// Checks every line; all findings at once, so that a person corrects them in one go.
///
/// # Errors
/// The findings, each with field, value and remedy; where dates are missing, with the dates that we would propose.
pub fn check(deal: &Deal, entity: &Entity, config: &Config, fields: &DealFields) -> Result<Bookable, Vec<Finding>> {
    let mut findings = Vec::new();
    let currency = match Currency::parse(&deal.currency) {
        Ok(currency) => currency,
        Err(_) => {
            return Err(vec![Finding::new(
                &fields.currency,
                &deal.currency,
                "is not a currency of ISO 4217",
                "correct the currency of the deal in the CRM",
            )]);
        }
    };
    check_header(deal, fields, &mut findings);
    check_billing(deal, fields, &mut findings);
    let mut lines = Vec::with_capacity(deal.lines.len());
    let mut reductions = Vec::new();
    for (index, line) in deal.lines.iter().enumerate() {
        let checker = LineCheck {
            deal,
            line,
            label: format!("line {} ({})", index + 1, line.product_name),
            currency,
            entity,
            config,
            fields,
        };
        if deal.kind.is_change() && !deal.restates && line.total_price <= Decimal::ZERO {
            match checker.reduction() {
                Ok(reduction) => reductions.extend(reduction),
                Err(found) => findings.extend(found),
            }
            continue;
        }
        match checker.run() {
            Ok(booked) => lines.push(booked),
            Err(found) => findings.extend(found),
        }
    }
    if findings.is_empty() {
        check_sum(deal, fields, &mut findings);
    }
    match &deal.account {
        Some(customer) if findings.is_empty() => Ok(Bookable {
            customer: customer.clone(),
            lines,
            reductions,
        }),
        _ => Err(findings),
    }
}

fn check_header(deal: &Deal, fields: &DealFields, findings: &mut Vec<Finding>) {
    if deal.account.is_none() {
        findings.push(Finding::new(
            &fields.customer,
            "empty",
            "a deal without a customer cannot be invoiced",
            "give the deal its customer",
        ));
    }
    if deal.lines.is_empty() && deal.kind != DealKind::Cancellation {
        findings.push(Finding::new(
            &fields.lines,
            "empty",
            "the deal has no products, so there is nothing to invoice",
            "add the products that were sold to the deal in the CRM",
        ));
    }
    if deal.lines.len() > LINES_MAX {
        findings.push(Finding::new(
            &fields.lines,
            deal.lines.len(),
            format!("has more than {LINES_MAX} lines"),
            "split the deal",
        ));
    }
}

/// A word that says how it is billed and means nothing is no word for once.
fn check_billing(deal: &Deal, fields: &DealFields, findings: &mut Vec<Finding>) {
    let billing = &deal.billing;
    let rows = [
        (
            &fields.frequency,
            &billing.frequency_value,
            billing.frequency.is_some(),
            &fields.frequencies,
        ),
        (&fields.timing, &billing.timing_value, billing.timing.is_some(), &fields.timings),
    ];
    for (field, value, is_known, known) in rows {
        if let Some(value) = value.as_ref().filter(|_| !is_known) {
            let problem = "is not among the values of tieout.toml, so nobody knows how the order is billed";
            let remedy = format!(
                "correct it to one of {}; or add it under {} in tieout.toml",
                known.join(", "),
                fields.billing
            );
            findings.push(Finding::new(field, value, problem, remedy));
        }
    }
}

fn check_sum(deal: &Deal, fields: &DealFields, findings: &mut Vec<Finding>) {
    let sum: Decimal = deal.lines.iter().map(|line| line.total_price).sum();
    if let Some(amount) = deal.amount
        && amount.normalize() != sum.normalize()
    {
        findings.push(Finding::new(
            &fields.amount,
            amount,
            format!("is not the sum of the lines, {sum}"),
            "save the products of the deal again, so that the CRM adds them up",
        ));
    }
}

struct LineCheck<'a> {
    deal: &'a Deal,
    line: &'a DealLine,
    label: String,
    currency: Currency,
    entity: &'a Entity,
    config: &'a Config,
    fields: &'a DealFields,
}

impl LineCheck<'_> {
    fn run(&self) -> Result<BookedLine, Vec<Finding>> {
        let mut findings = Vec::new();
        if self.line.quantity <= Decimal::ZERO {
            findings.push(self.finding(
                &self.fields.quantity,
                self.line.quantity,
                "is not above zero",
                "enter what was sold; a return is a credit note",
            ));
        }
        let total = self.total(&mut findings);
        let product = self.product();
        let satisfied = product.map_or(Satisfied::OverTime, |product| product.satisfied);
        let dates = self.dates(satisfied, &mut findings);
        match (total, dates) {
            (Some(total), Some((start, end))) if findings.is_empty() => Ok(self.booked(total, start, end, satisfied, product)),
            _ => Err(findings),
        }
    }

    /// What a line below zero takes away; `None` where the line says that nothing changes.
    fn reduction(&self) -> Result<Option<Reduction>, Vec<Finding>> {
        let mut findings = Vec::new();
        let amount = self.major(-self.line.total_price, &mut findings);
        match amount {
            Some(amount) if amount.minor == 0 => Ok(None),
            Some(amount) => Ok(Some(Reduction {
                label: format!("{} › {}", self.label, self.fields.total_price),
                of: Whose::Product(self.line.product_code.clone()),
                amount: Some(decimal(amount)),
            })),
            None => Err(findings),
        }
    }

    fn booked(&self, total: Money, start: NaiveDate, end: NaiveDate, satisfied: Satisfied, product: Option<&Product>) -> BookedLine {
        let mut tracking = self.entity.invoices.tracking.clone();
        if let Some(product) = product {
            tracking.extend(product.tracking.clone());
        }
        let of_entity = |by_entity: &BTreeMap<String, String>| by_entity.get(&self.entity.id).cloned();
        BookedLine {
            obligation: self.line.id.to_string(),
            name: self.name(),
            quantity: self.line.quantity,
            unit_price: self.line.unit_price,
            total,
            start,
            end,
            satisfied,
            method: product.and_then(|product| product.method).unwrap_or(self.entity.close.method),
            revenue_account: product
                .and_then(|product| of_entity(&product.revenue_accounts))
                .unwrap_or_else(|| self.entity.accounts.revenue.clone()),
            tax_type: product
                .and_then(|product| of_entity(&product.tax_types))
                .unwrap_or_else(|| self.entity.invoices.tax_type.clone()),
            tracking,
        }
    }

    fn name(&self) -> String {
        let name = self.line.description.as_deref().filter(|text| !text.trim().is_empty());
        name.unwrap_or(&self.line.product_name).to_owned()
    }

    fn product(&self) -> Option<&Product> {
        let code = self.line.product_code.as_deref()?;
        self.config.products.iter().find(|product| product.code == code)
    }

    fn total(&self, findings: &mut Vec<Finding>) -> Option<Money> {
        let price = self.line.total_price;
        if price < Decimal::ZERO {
            findings.push(self.finding(
                &self.fields.total_price,
                price,
                "is below zero",
                "give the discount on the line that it belongs to",
            ));
            return None;
        }
        self.major(price, findings)
    }

    fn major(&self, price: Decimal, findings: &mut Vec<Finding>) -> Option<Money> {
        match Money::parse_major(&price.normalize().to_string(), self.currency) {
            Ok(total) => Some(total),
            Err(_) => {
                findings.push(self.finding(
                    &self.fields.total_price,
                    price,
                    format!("has more decimals than {} has, or is too large", self.deal.currency),
                    "round the price of the line in the CRM",
                ));
                None
            }
        }
    }

    fn dates(&self, satisfied: Satisfied, findings: &mut Vec<Finding>) -> Option<(NaiveDate, NaiveDate)> {
        let (fields, end_field) = (self.fields, &self.fields.end);
        let (proposed_start, proposed_end) = self.proposal();
        let Some(start) = self.line.start else {
            findings.push(self.finding(
                &fields.start,
                "empty",
                "a line needs its service dates",
                match satisfied {
                    Satisfied::OverTime => format!("enter them; we would propose {proposed_start} to {proposed_end}"),
                    Satisfied::AtPoint => format!("enter the day of delivery; we would propose {proposed_start}"),
                },
            ));
            return None;
        };
        if satisfied == Satisfied::AtPoint {
            return Some((start, start));
        }
        let Some(end) = self.line.end.or_else(|| self.end_of_term(start)) else {
            findings.push(self.finding(
                end_field,
                "empty",
                "a service needs its last day",
                format!("enter it; we would propose {proposed_end}"),
            ));
            return None;
        };
        if end < start {
            findings.push(self.finding(
                end_field,
                end,
                format!("is before the first day, {start}"),
                "correct one of the two dates",
            ));
            return None;
        }
        let latest = start.checked_add_months(Months::new(SERVICE_YEARS_MAX * 12));
        if latest.is_none_or(|latest| end > latest) {
            findings.push(self.finding(
                end_field,
                end,
                format!("is more than {SERVICE_YEARS_MAX} years after {start}"),
                "correct the last day of service",
            ));
            return None;
        }
        Some((start, end))
    }

    fn end_of_term(&self, start: NaiveDate) -> Option<NaiveDate> {
        let months = self.line.term_months.filter(|months| *months > 0)?;
        last_day_of_term(start, months)
    }

    /// From a line of the same deal that has dates, else a year from the close.
    fn proposal(&self) -> (NaiveDate, NaiveDate) {
        let sibling = self.deal.lines.iter().find_map(|line| Some((line.start?, line.end?)));
        let start = self.line.start.or(sibling.map(|(start, _)| start)).unwrap_or(self.deal.close_date);
        let end = sibling
            .map(|(_, end)| end)
            .filter(|end| *end >= start)
            .or_else(|| last_day_of_term(start, self.line.term_months.unwrap_or(PROPOSED_TERM_MONTHS)))
            .unwrap_or(start);
        (start, end)
    }

    fn finding(&self, field: &str, value: impl std::fmt::Display, problem: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding::new(format!("{} › {field}", self.label), value, problem, remedy)
    }
}

/// The day before the anniversary of `start` after `months`.
fn last_day_of_term(start: NaiveDate, months: u32) -> Option<NaiveDate> {
    start.checked_add_months(Months::new(months))?.checked_sub_days(Days::new(1))
}
