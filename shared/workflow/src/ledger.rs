//! Between the ledger's types and the configuration's.

use rust_decimal::Decimal;
use tieout_accounting::{Currency, Money};
use tieout_ledger::{InvoiceId, Ledger, round};

use crate::error::WorkflowError;

/// The kind of link from an invoice in a ledger to its contract; its id is of [`invoice_key`].
pub const INVOICE_LINK: &str = "invoice";

/// The kind of link from a credit note in a ledger to its contract; its id is of [`document_link`].
pub const CREDIT_NOTE_LINK: &str = "credit-note";

/// What an invoice is called among those of all ledgers: an id alone is one organisation's.
pub fn invoice_key(ledger: &dyn Ledger, invoice: &InvoiceId) -> String {
    document_link(ledger, invoice.as_str())
}

/// What a document is called among those of all ledgers.
pub fn document_link(ledger: &dyn Ledger, id: &str) -> String {
    format!("{}/{id}", ledger.organisation_id())
}

/// `amount · part / whole`, rounded half away from zero to the ledger's decimals.
pub fn share(amount: Decimal, part: Decimal, whole: Decimal, decimals: u32) -> Decimal {
    let exact = amount.checked_mul(part).and_then(|product| product.checked_div(whole));
    round(exact.unwrap_or(amount), decimals)
}

/// An amount as a decimal in major units.
pub fn decimal(money: Money) -> Decimal {
    Decimal::new(money.minor, money.currency.exponent())
}

/// The same amount with at least the decimals of its currency.
pub fn with_decimals(amount: Decimal, currency: Currency) -> Decimal {
    let mut amount = amount.normalize();
    amount.rescale(amount.scale().max(currency.exponent()));
    amount
}

/// Minor units of a currency as a decimal in major units.
///
/// # Errors
/// Where the currency is none; the doctor would have refused it.
pub fn minor_to_decimal(minor: i64, currency: &str) -> Result<Decimal, WorkflowError> {
    Ok(decimal(Money::new(minor, Currency::parse(currency)?)))
}
