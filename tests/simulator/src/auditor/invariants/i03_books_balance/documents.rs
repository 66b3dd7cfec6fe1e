//! When all has drained: the contract's events say what the ledger's documents say, unless a person was asked to look.

use rust_decimal::Decimal;

use crate::auditor::books::{Books, Contract, Document};
use crate::auditor::facts::FinanceAct;
use crate::auditor::history::History;
use crate::auditor::json::{cents, decimal, text, to_cents};

/// Contracts whose events are not what the ledger says.
pub fn wrong(books: &Books, history: &History) -> Vec<String> {
    let contracts = books.contracts.values();
    contracts.filter_map(|contract| judge(contract, books, history)).collect()
}

fn judge(contract: &Contract, books: &Books, history: &History) -> Option<String> {
    let tenant = &history.entity(&contract.entity)?.tenant;
    let documents = books.documents.get(tenant)?;
    let invoice = documents.get(contract.invoice.as_ref()?)?;
    if books.document_waits("invoice-differs", &contract.id) {
        return None;
    }
    let said = Said::of(contract);
    let number = &invoice.number;
    let billed = if invoice.is_booked() { invoice.net_cents } else { 0 };
    if said.billed != billed {
        return Some(format!(
            "invoice {number} is {} over {billed} cents, and the contract says {}",
            invoice.status, said.billed
        ));
    }
    let tax = if invoice.is_booked() { invoice.tax_cents } else { 0 };
    if said.tax != tax {
        return Some(format!(
            "invoice {number} has {tax} cents of tax, and the contract says {}",
            said.tax
        ));
    }
    if !invoice.is_booked() {
        return None;
    }
    let credited: i64 = invoice
        .credits
        .iter()
        .filter_map(|(id, applied)| net(documents.get(id)?, *applied))
        .sum();
    if said.credited != credited {
        return Some(format!(
            "credit notes on invoice {number} are {credited} cents, and the contract says {}",
            said.credited
        ));
    }
    let paid: i64 = invoice.payments.iter().map(|(_, cents)| cents).sum();
    if said.paid != paid && !history.did(&invoice.id, FinanceAct::Unpaid) {
        return Some(format!(
            "payments on invoice {number} are {paid} cents, and the contract says {}",
            said.paid
        ));
    }
    None
}

/// The applied part of a credit note without tax, by the note's own proportion.
fn net(note: &Document, applied: i64) -> Option<i64> {
    let exact = Decimal::from(applied)
        .checked_mul(Decimal::from(note.net_cents))?
        .checked_div(Decimal::from(note.total_cents))?;
    Some(to_cents(exact.checked_div(Decimal::ONE_HUNDRED)?))
}

/// What a contract's events say of its invoice, in cents.
#[derive(Debug, Default)]
struct Said {
    billed: i64,
    tax: i64,
    credited: i64,
    paid: i64,
}

impl Said {
    fn of(contract: &Contract) -> Self {
        let mut said = Self::default();
        for event in &contract.events {
            let net: i64 = event.amounts().map(|(_, cents)| cents).sum();
            let tax = decimal(&event.body, "tax").map_or(0, to_cents);
            match (event.kind(), text(&event.body, "reason")) {
                ("invoiced", _) => {
                    said.billed += net;
                    said.tax += tax;
                }
                ("credited", "billing") => {
                    said.billed -= net;
                    said.tax -= tax;
                }
                ("credited", _) => said.credited += net,
                ("paid", _) => said.paid += cents(&event.body, "amount"),
                _ => {}
            }
        }
        said
    }
}
