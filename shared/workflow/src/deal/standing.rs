//! A contract as it stands before an order or a person changes it: what it sells, what is billed, what is open of each invoice.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use tieout_accounting::Currency;
use tieout_accounting::event::EventKind;
use tieout_accounting::ids::ObligationId;
use tieout_store::{Document, DocumentKind, StoredContract};

use crate::error::WorkflowError;
use crate::ids::credited_fact;
use crate::ledger::share;

use super::plan::Standing;
use super::terms::terms;

/// What the contract sells, what of it is billed, and what of each invoice is unpaid.
pub fn standing(contract: &StoredContract) -> Result<Standing, WorkflowError> {
    let currency = Currency::parse(&contract.outline.head.currency)?;
    let mut standing = Standing {
        currency,
        signed_on: contract.signed_on().unwrap_or_default(),
        terms: terms(contract),
        unpaid: BTreeMap::new(),
        billed: BTreeMap::new(),
    };
    for document in &contract.outline.documents {
        let Some(number) = document.number() else { continue };
        let open = Open::of(contract, number, &mut standing.billed);
        standing.unpaid.insert(document.ordinal, open.without_tax(currency));
    }
    Ok(standing)
}

/// A credit note of an earlier change that is no event yet.
pub fn unapproved(contract: &StoredContract) -> Option<&Document> {
    contract.outline.documents.iter().find(|document| {
        let waits = document
            .in_ledger()
            .is_none_or(|found| !found.status.is_dead() && !contract.has_fact(&credited_fact(&found.ledger_id)));
        document.kind == DocumentKind::CreditNote && waits
    })
}

/// What is open of one invoice, in major units.
#[derive(Default)]
struct Open {
    net: Decimal,
    tax: Decimal,
    paid: Decimal,
}

impl Open {
    /// From the events of the invoice `number`; what it bills is added to `billed`.
    fn of(contract: &StoredContract, number: &str, billed: &mut BTreeMap<ObligationId, Decimal>) -> Self {
        // A correction bears the number, a slash and its own name.
        let is_own = |invoice: &str| invoice == number || invoice.strip_prefix(number).is_some_and(|rest| rest.starts_with('/'));
        let mut open = Self::default();
        for stored in &contract.events {
            let (lines, tax, sign) = match &stored.event.kind {
                EventKind::Invoiced(invoiced) if is_own(invoiced.invoice.as_str()) => (&invoiced.lines, invoiced.tax, Decimal::ONE),
                EventKind::Credited(credited) if is_own(credited.invoice.as_str()) => {
                    (&credited.lines, credited.tax, Decimal::NEGATIVE_ONE)
                }
                EventKind::Paid(payment) if is_own(payment.invoice.as_str()) => {
                    open.paid += payment.amount + payment.discount.unwrap_or_default();
                    continue;
                }
                EventKind::Refunded(refunded) if refunded.invoice.as_ref().is_some_and(|invoice| is_own(invoice.as_str())) => {
                    open.paid -= refunded.amount;
                    continue;
                }
                _ => continue,
            };
            open.tax += sign * tax.unwrap_or_default();
            for line in lines {
                open.net += sign * line.amount;
                *billed.entry(line.obligation.clone()).or_default() += sign * line.amount;
            }
        }
        open
    }

    /// By the invoice's own share of tax, rounded half away from zero.
    fn without_tax(&self, currency: Currency) -> Decimal {
        let gross = self.net + self.tax;
        share(gross - self.paid, self.net, gross, currency.exponent())
    }
}
