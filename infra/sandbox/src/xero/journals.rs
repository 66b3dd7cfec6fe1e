//! `/ManualJournals`: balanced, in the base currency, debit positive; a draft unless told otherwise (`docs/vendors/xero.md`).

use std::sync::Arc;

use http::Method;
use rust_decimal::Decimal;
use serde_json::Value;

use super::model::{Journal, JournalLine, JournalStatus, LineAmountTypes, bumped};
use super::reply::Reply;
use super::server::Call;
use super::validation::{self, LineOf};
use super::wire::{Fields, round};
use super::world::{Org, new_id};
use super::{batch, render, totals};

const LINES_MIN: usize = 2;

/// Answers `/ManualJournals` and `/ManualJournals/{id}`.
pub(super) fn answer(org: &mut Org, call: &Call<'_>) -> Reply {
    let key = call.path.get(1).map(|key| key.to_lowercase());
    let show = |org: &Org, id: &str| {
        org.journals
            .get(id)
            .map_or(Value::Null, |journal| render::journal(org, journal, true))
    };
    if *call.method == Method::GET {
        return match key {
            Some(key) if org.journals.contains_key(&key) => Reply::records("ManualJournals", vec![show(org, &key)], org.now),
            Some(_) => Reply::not_found(),
            None => list(org, call),
        };
    }
    if key.as_ref().is_some_and(|key| !org.journals.contains_key(key)) {
        return Reply::not_found();
    }
    let create_only = *call.method == Method::PUT;
    batch::write_each(
        org,
        call,
        "ManualJournals",
        |org, item| write(org, item, key.as_deref(), create_only),
        show,
    )
}

/// Only pages carry lines.
fn list(org: &Org, call: &Call<'_>) -> Reply {
    let with_lines = call.query.is_paged();
    let mut chosen: Vec<&Arc<Journal>> = org.journals.values().collect();
    chosen.sort_by_key(|journal| (journal.updated, journal.id.clone()));
    let records = chosen
        .into_iter()
        .map(|journal| (journal.updated, render::journal(org, journal, with_lines)));
    call.query.answer("ManualJournals", records.collect(), org.now)
}

/// Creates or updates a journal and gives its id.
pub(super) fn write(org: &mut Org, item: &Value, key: Option<&str>, create_only: bool) -> Result<String, Vec<String>> {
    let fields = Fields::of(item).ok_or_else(|| vec!["A manual journal must be an object".to_owned()])?;
    let named = fields
        .text("ManualJournalID")
        .map(str::to_lowercase)
        .or_else(|| key.map(str::to_owned));
    let existing = match named {
        Some(_) if create_only => {
            return Err(vec!["Manual Journal not of valid status for creation".to_owned()]);
        }
        Some(id) => Some(
            org.journals
                .get(&id)
                .cloned()
                .ok_or_else(|| vec!["The specified ManualJournalID could not be found".to_owned()])?,
        ),
        None => None,
    };
    let mut errors = Vec::new();
    let mut journal = existing.as_ref().map_or_else(|| blank(org), |journal| (**journal).clone());
    let types_before = journal.line_amount_types;
    head(&mut journal, &fields, &mut errors);
    if let Some(sent) = fields.list("JournalLines") {
        journal.lines = sent
            .iter()
            .filter_map(|line| read(org, line, journal.line_amount_types, &mut errors))
            .collect();
    } else if types_before != journal.line_amount_types {
        errors.push("JournalLines must be specified when LineAmountTypes changes".to_owned());
    }
    balanced(&journal, &mut errors);
    step(org, existing.as_deref(), &journal, &mut errors);
    if !errors.is_empty() {
        errors.dedup();
        return Err(errors);
    }
    journal.updated = bumped(existing.map(|before| before.updated), org.now);
    let id = journal.id.clone();
    org.journals.insert(id.clone(), Arc::new(journal));
    Ok(id)
}

fn blank(org: &Org) -> Journal {
    Journal {
        id: new_id(),
        narration: String::new(),
        date: org.now.date_naive(),
        status: JournalStatus::Draft,
        line_amount_types: LineAmountTypes::NoTax,
        url: None,
        show_on_cash_basis: true,
        lines: Vec::new(),
        updated: org.now,
    }
}

fn head(journal: &mut Journal, fields: &Fields<'_>, errors: &mut Vec<String>) {
    if let Some(narration) = fields.text("Narration") {
        narration.clone_into(&mut journal.narration);
    }
    if journal.narration.trim().is_empty() {
        errors.push("Narration cannot be empty".to_owned());
    }
    journal.date = fields.date("Date", errors).unwrap_or(journal.date);
    if let Some(url) = fields.text("Url") {
        journal.url = Some(url.to_owned());
    }
    journal.show_on_cash_basis = fields.flag("ShowOnCashBasisReports").unwrap_or(journal.show_on_cash_basis);
    if let Some(text) = fields.text("LineAmountTypes") {
        match LineAmountTypes::parse(text) {
            Some(types) => journal.line_amount_types = types,
            None => errors.push(format!("LineAmountTypes '{text}' is not valid")),
        }
    }
    if let Some(text) = fields.text("Status") {
        match JournalStatus::parse(text) {
            Some(status) => journal.status = status,
            None => errors.push(format!("Status '{text}' is not valid")),
        }
    }
}

fn read(org: &Org, line: &Value, types: LineAmountTypes, errors: &mut Vec<String>) -> Option<JournalLine> {
    let fields = Fields::of(line)?;
    let account = validation::account(&org.settings, &fields, LineOf::Journal, errors);
    if account.is_none() && !fields.has("AccountCode") && !fields.has("AccountID") {
        errors.push("Account code must be specified".to_owned());
    }
    let amount = fields.decimal("LineAmount", errors).map(|amount| round(amount, 2));
    if amount.is_none() {
        errors.push("LineAmount must be specified".to_owned());
    }
    let named = fields.text("TaxType");
    let default = account.map_or("NONE", |account| account.tax_type.as_str());
    let tax_type = if types == LineAmountTypes::NoTax {
        "NONE"
    } else {
        named.unwrap_or(default)
    };
    validation::tax_type(&org.settings, named.unwrap_or(tax_type), account, errors);
    let rate = org.settings.tax_rate(tax_type).map_or(Decimal::ZERO, |rate| rate.rate);
    let (account, amount) = (account?, amount?);
    Some(JournalLine {
        amount,
        account_code: account.code.clone(),
        description: fields.text("Description").map(str::to_owned),
        tax_type: tax_type.to_owned(),
        tax_amount: totals::tax(types, amount, rate),
        tracking: validation::tracking(&org.settings, &fields, errors),
    })
}

fn balanced(journal: &Journal, errors: &mut Vec<String>) {
    if journal.lines.len() < LINES_MIN {
        errors.push("A manual journal must have at least two journal lines".to_owned());
    }
    let gross = |line: &JournalLine| match journal.line_amount_types {
        LineAmountTypes::Exclusive => line.amount + line.tax_amount,
        LineAmountTypes::Inclusive | LineAmountTypes::NoTax => line.amount,
    };
    let amounts = || journal.lines.iter().map(gross);
    let debits: Decimal = amounts().filter(|amount| amount.is_sign_positive()).sum();
    let credits: Decimal = amounts().filter(|amount| amount.is_sign_negative()).sum();
    if !(debits + credits).is_zero() {
        errors.push(format!("The total debits ({debits:.2}) must equal total credits ({credits:.2})"));
    }
}

/// A draft is posted or deleted, a posted journal is voided; both lock dates hold for what is or was posted.
fn step(org: &Org, before: Option<&Journal>, journal: &Journal, errors: &mut Vec<String>) {
    use JournalStatus::{Draft, Posted, Voided};
    match before.map(|before| before.status) {
        None if !matches!(journal.status, Draft | Posted) => errors.push("Manual Journal not of valid status for creation".to_owned()),
        Some(status) => {
            let allowed = match status {
                Draft => journal.status != Voided,
                Posted => matches!(journal.status, Posted | Voided),
                Voided | JournalStatus::Deleted => false,
            };
            if !allowed {
                errors.push("Manual Journal not of valid status for modification".to_owned());
            }
        }
        None => {}
    }
    let was = before.filter(|before| before.status == Posted).map(|before| before.date);
    let becomes = (journal.status == Posted).then_some(journal.date);
    errors.extend(
        was.into_iter()
            .chain(becomes)
            .filter_map(|day| validation::locked(&org.settings, day)),
    );
}
