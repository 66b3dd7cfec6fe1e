//! The general ledger: every approved document, settlement and posted journal as postings that balance.
//!
//! Amounts are in the base currency, debit positive. A document is converted at its own rate; what a settlement
//! at another rate leaves is a realised currency gain or loss, and cents that a conversion leaves go to Rounding.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::model::{Document, Journal, JournalStatus, LineAmountTypes};
use super::settings::SystemAccount;
use super::settlement;
use super::totals;
use super::wire::round;
use super::world::Org;

/// One side of an entry.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Posting {
    pub(super) date: NaiveDate,
    pub(super) account: String,
    pub(super) amount: Decimal,
}

/// Every posting of an organisation, in no order.
pub(super) fn all(org: &Org) -> Vec<Posting> {
    let mut postings = Vec::new();
    for document in org.documents.values().filter(|document| document.status.is_posted()) {
        document_postings(org, document, &mut postings);
        settlement_postings(org, document, &mut postings);
    }
    for journal in org.journals.values().filter(|journal| journal.status == JournalStatus::Posted) {
        journal_postings(org, journal, &mut postings);
    }
    postings.retain(|posting| !posting.amount.is_zero());
    postings
}

/// Plus one where the document debits its control account, minus one where it credits it.
fn sign(document: &Document) -> Decimal {
    if document.kind.is_sale() == document.kind.is_credit() {
        Decimal::NEGATIVE_ONE
    } else {
        Decimal::ONE
    }
}

fn control(org: &Org, document: &Document) -> String {
    let system = if document.kind.is_sale() {
        SystemAccount::Debtors
    } else {
        SystemAccount::Creditors
    };
    org.settings.system_account(system)
}

fn in_base(document: &Document, amount: Decimal) -> Decimal {
    if document.rate.is_zero() {
        amount
    } else {
        round(amount / document.rate, 2)
    }
}

fn document_postings(org: &Org, document: &Document, postings: &mut Vec<Posting>) {
    let sign = sign(document);
    let mut post = |account: String, amount: Decimal| {
        postings.push(Posting {
            date: document.date,
            account,
            amount,
        });
    };
    let total = in_base(document, document.total);
    let tax = in_base(document, document.total_tax);
    let mut left = total - tax;
    post(control(org, document), sign * total);
    post(org.settings.system_account(SystemAccount::Gst), -sign * tax);
    for line in &document.lines {
        let net = in_base(document, totals::line_net(document.line_amount_types, line));
        left -= net;
        if let Some(code) = &line.account_code {
            post(code.clone(), -sign * net);
        } else {
            left += net;
        }
    }
    post(org.settings.system_account(SystemAccount::Rounding), -sign * left);
}

/// Relief of the control account is the difference of rounded running totals, so a settled document leaves no cent.
fn settlement_postings(org: &Org, document: &Document, postings: &mut Vec<Posting>) {
    let sign = sign(document);
    let gain = org.settings.system_account(SystemAccount::RealisedCurrencyGain);
    let mut settled = Decimal::ZERO;
    for step in settlement::steps(org, document) {
        let before = in_base(document, settled);
        settled += step.amount;
        let relief = in_base(document, settled) - before;
        let mut post = |account: String, amount: Decimal| {
            postings.push(Posting {
                date: step.date,
                account,
                amount,
            });
        };
        post(control(org, document), -sign * relief);
        let mut received = Decimal::ZERO;
        if let Some(bank) = &step.bank_code {
            received = if step.other_rate.is_zero() {
                step.amount
            } else {
                round(step.amount / step.other_rate, 2)
            };
            post(bank.clone(), sign * received);
        }
        // Of an allocation the other document posts the other half here.
        post(gain.clone(), sign * (relief - received));
    }
}

fn journal_postings(org: &Org, journal: &Journal, postings: &mut Vec<Posting>) {
    for line in &journal.lines {
        let net = match journal.line_amount_types {
            LineAmountTypes::Inclusive => line.amount - line.tax_amount,
            LineAmountTypes::Exclusive | LineAmountTypes::NoTax => line.amount,
        };
        postings.push(Posting {
            date: journal.date,
            account: line.account_code.clone(),
            amount: net,
        });
        postings.push(Posting {
            date: journal.date,
            account: org.settings.system_account(SystemAccount::Gst),
            amount: line.tax_amount,
        });
    }
}
