//! The totals of a document, as the ledger will compute them; compared with what it says after the document was made.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::document::NewLine;
use crate::organisation::TaxRate;

/// A document's totals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// The lines, without tax.
    pub sub_total: Decimal,
    /// The tax.
    pub total_tax: Decimal,
    /// Both.
    pub total: Decimal,
}

/// Why totals cannot be computed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TotalsError {
    /// The organisation does not have the tax type, or it is no longer in use.
    #[error("line {line}: tax type '{tax_type}' is not in use in the organisation; map the product to another one")]
    UnknownTaxType {
        /// Which line, from 1.
        line: usize,
        /// The tax type.
        tax_type: String,
    },
    /// A sum that no decimal holds.
    #[error("line {line}: the amount is out of range")]
    OutOfRange {
        /// Which line, from 1.
        line: usize,
    },
}

/// The totals of a ledger that rounds the tax of each line to `decimals`, ties away from zero, and then adds up.
///
/// # Errors
/// See [`TotalsError`].
pub fn totals_by_line(lines: &[NewLine], rates: &[TaxRate], decimals: u32) -> Result<Totals, TotalsError> {
    let mut sub_total = Decimal::ZERO;
    let mut total_tax = Decimal::ZERO;
    for (index, line) in lines.iter().enumerate() {
        let rate = rates
            .iter()
            .find(|rate| rate.is_active && rate.tax_type == line.tax_type)
            .ok_or_else(|| TotalsError::UnknownTaxType {
                line: index + 1,
                tax_type: line.tax_type.clone(),
            })?;
        let sums = add(sub_total, total_tax, line.amount, rate.effective_rate, decimals);
        (sub_total, total_tax) = sums.ok_or(TotalsError::OutOfRange { line: index + 1 })?;
    }
    let total = sub_total.checked_add(total_tax);
    Ok(Totals {
        sub_total,
        total_tax,
        total: total.ok_or(TotalsError::OutOfRange { line: lines.len() })?,
    })
}

fn add(sub_total: Decimal, total_tax: Decimal, amount: Decimal, percent: Decimal, decimals: u32) -> Option<(Decimal, Decimal)> {
    let tax = round(amount.checked_mul(percent)?.checked_div(Decimal::ONE_HUNDRED)?, decimals);
    Some((sub_total.checked_add(amount)?, total_tax.checked_add(tax)?))
}

/// Rounds an amount to the decimals that a ledger keeps, ties away from zero.
pub fn round(amount: Decimal, decimals: u32) -> Decimal {
    amount.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    fn totals(amounts: &[&str], percent: &str) -> (String, String, String) {
        let lines: Vec<NewLine> = amounts
            .iter()
            .map(|amount| NewLine {
                description: String::new(),
                quantity: Decimal::ONE,
                unit_price: amount.parse().unwrap(),
                amount: amount.parse().unwrap(),
                account_code: "200".to_owned(),
                tax_type: "OUTPUT".to_owned(),
                tracking: Vec::new(),
            })
            .collect();
        let rate = TaxRate {
            tax_type: "OUTPUT".to_owned(),
            name: String::new(),
            effective_rate: percent.parse().unwrap(),
            is_active: true,
            can_apply_to_revenue: true,
            can_apply_to_liabilities: true,
        };
        let totals = totals_by_line(&lines, &[rate], 2).unwrap();
        let text = |amount: Decimal| amount.normalize().to_string();
        (text(totals.sub_total), text(totals.total_tax), text(totals.total))
    }

    #[test]
    fn tax_is_rounded_by_line_and_ties_go_up() {
        for (amounts, percent, expected) in [
            (&["25.06", "25.61", "25.63"][..], "15", ("76.3", "11.44", "87.74")),
            (&["10.45"], "10", ("10.45", "1.05", "11.5")),
            (&["-10.45"], "10", ("-10.45", "-1.05", "-11.5")),
            (&["100"], "0", ("100", "0", "100")),
            (&[], "20", ("0", "0", "0")),
        ] {
            let (sub_total, tax, total) = totals(amounts, percent);
            assert_eq!((sub_total.as_str(), tax.as_str(), total.as_str()), expected);
        }
    }

    #[test]
    fn a_tax_type_that_is_not_in_use_is_named() {
        let line = NewLine {
            description: String::new(),
            quantity: Decimal::ONE,
            unit_price: Decimal::ONE,
            amount: Decimal::ONE,
            account_code: "200".to_owned(),
            tax_type: "GONE".to_owned(),
            tracking: Vec::new(),
        };
        let error = totals_by_line(&[line], &[], 2).unwrap_err().to_string();
        assert!(error.contains("line 1") && error.contains("GONE"), "{error}");
    }
}
