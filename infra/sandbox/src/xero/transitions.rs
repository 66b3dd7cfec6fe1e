//! From which status a document may go to which, and what each step asks for.

use rust_decimal::Decimal;

use super::documents::Family;
use super::model::{Document, Status};
use super::settings::Organisation;
use super::validation;

const ALLOCATED: &str = "This document cannot be edited as it has a payment or credit note allocated to it.";

/// Moves `document` from where `before` stands to `wanted`, or notes what forbids it.
pub(super) fn step(
    settings: &Organisation,
    before: Option<&Document>,
    document: &mut Document,
    wanted: Status,
    family: Family,
    errors: &mut Vec<String>,
) {
    match before {
        None if !matches!(wanted, Status::Draft | Status::Submitted | Status::Authorised) => {
            errors.push(format!("{} not of valid status for creation", family.noun));
        }
        Some(before) => permitted(before, document, wanted, family, errors),
        None => {}
    }
    document.status = wanted;
    if wanted == Status::Authorised {
        complete(document, errors);
    }
    let was_posted = before.is_some_and(|before| before.status.is_posted());
    let days = before.filter(|_| was_posted).map(|before| before.date).into_iter();
    let days = days.chain(wanted.is_posted().then_some(document.date));
    errors.extend(days.filter_map(|day| validation::locked(settings, day)));
}

fn permitted(before: &Document, document: &Document, wanted: Status, family: Family, errors: &mut Vec<String>) {
    use Status::{Authorised, Deleted, Draft, Submitted, Voided};
    let allowed = match before.status {
        Draft | Submitted => matches!(wanted, Draft | Submitted | Authorised | Deleted),
        Authorised => matches!(wanted, Authorised | Voided),
        Status::Paid | Voided | Deleted => wanted == before.status && before.status == Status::Paid && is_same_books(before, document),
    };
    let settled = before.is_settled_in_part() || !before.allocations.is_empty();
    let changes_books = wanted == Voided || !is_same_books(before, document);
    if !allowed {
        errors.push(format!("{} not of valid status for modification", family.noun));
    }
    if settled && changes_books {
        errors.push(ALLOCATED.to_owned());
    }
}

/// True when nothing that the general ledger holds has changed: reference, due date and the like may.
fn is_same_books(before: &Document, after: &Document) -> bool {
    before.lines == after.lines
        && before.date == after.date
        && before.contact_id == after.contact_id
        && before.currency == after.currency
        && before.rate == after.rate
        && before.line_amount_types == after.line_amount_types
}

/// What an approved document must have and a draft may lack.
fn complete(document: &Document, errors: &mut Vec<String>) {
    if document.due_date.is_none() && !document.kind.is_credit() {
        errors.push("Due Date cannot be empty".to_owned());
    }
    for line in &document.lines {
        if line.description.is_none() {
            errors.push("Description cannot be empty".to_owned());
        }
        if line.account_code.is_none() {
            errors.push("Account code must be specified".to_owned());
        }
        if line.tax_type.is_none() {
            errors.push("The TaxType field is mandatory".to_owned());
        }
    }
    if document.total < Decimal::ZERO {
        errors.push("The document total cannot be less than zero.".to_owned());
    }
}
