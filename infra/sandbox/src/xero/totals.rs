//! The amounts of lines and documents, to Xero's rules (`docs/vendors/xero.md`).
//!
//! A line is `round2(quantity x unit x (1 - discount))`, its tax is rounded by itself, and the document's figures
//! are sums of those; ties go up.

use rust_decimal::Decimal;

use super::model::{Document, Line, LineAmountTypes};
use super::wire::round;

/// The line's amount from its parts; a discount amount counts where no rate is given.
pub(super) fn line_amount(line: &Line) -> Decimal {
    let gross = line.quantity * line.unit_amount;
    let hundred = Decimal::ONE_HUNDRED;
    let discounted = match (line.discount_rate, line.discount_amount) {
        (Some(rate), _) => gross * (hundred - rate) / hundred,
        (None, Some(amount)) => gross - amount,
        (None, None) => gross,
    };
    round(discounted, 2)
}

/// The tax on (or, when inclusive, within) an amount, by a rate in per cent.
pub(super) fn tax(types: LineAmountTypes, amount: Decimal, rate: Decimal) -> Decimal {
    let hundred = Decimal::ONE_HUNDRED;
    let exact = match types {
        LineAmountTypes::NoTax => Decimal::ZERO,
        LineAmountTypes::Exclusive => amount * rate / hundred,
        LineAmountTypes::Inclusive => amount * rate / (hundred + rate),
    };
    round(exact, 2)
}

/// The line without its tax.
pub(super) fn line_net(types: LineAmountTypes, line: &Line) -> Decimal {
    match types {
        LineAmountTypes::Inclusive => line.line_amount - line.tax_amount,
        LineAmountTypes::Exclusive | LineAmountTypes::NoTax => line.line_amount,
    }
}

/// Sets the document's three totals from its lines.
pub(super) fn total(document: &mut Document) {
    let types = document.line_amount_types;
    document.sub_total = document.lines.iter().map(|line| line_net(types, line)).sum();
    document.total_tax = document.lines.iter().map(|line| line.tax_amount).sum();
    document.total = document.sub_total + document.total_tax;
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn tax_is_rounded_by_the_line_and_ties_go_up() {
        use LineAmountTypes::{Exclusive, Inclusive, NoTax};
        for (types, amount, rate, wanted) in [
            // The three lines of Xero's own page on rounding, and the real capture with a tie.
            (Exclusive, "25.06", "15", "3.76"),
            (Exclusive, "25.61", "15", "3.84"),
            (Exclusive, "25.63", "15", "3.84"),
            (Exclusive, "10.45", "10", "1.05"),
            (Exclusive, "-10.45", "10", "-1.05"),
            (Inclusive, "120.00", "20", "20.00"),
            (Inclusive, "100.00", "20", "16.67"),
            (NoTax, "100.00", "20", "0"),
        ] {
            let got = tax(types, amount.parse().unwrap(), rate.parse().unwrap());
            assert_eq!(got, wanted.parse().unwrap(), "{amount} at {rate}");
        }
    }
}
