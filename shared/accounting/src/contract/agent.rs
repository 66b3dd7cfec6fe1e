//! Principal or agent (606-10-55-36..40; IFRS 15.B34-B38): who only arranges for a supplier to provide something earns the
//! commission; the supplier's part is money collected for somebody else, like a tax (606-10-32-2A).
//!
//! Example: a course of 1,000.00 of which 800.00 belong to the trainer. The principal's revenue is 1,000.00, the agent's
//! 200.00; the invoice of 1,000.00 is Dr receivable 1,000.00 / Cr contract liability 200.00 / Cr clearing 800.00.

use rust_decimal::Decimal;

use super::state::State;
use crate::Refusal;
use crate::arithmetic::Ratio;
use crate::event::{Change, DocumentLine, ObligationTerms, Satisfied};
use crate::journal::Rule;
use crate::money::{MAX_AMOUNT_MINOR, Rounding, major};

/// What is ours of an amount: all of it, less the supplier's share, rounded once.
pub(super) fn own_part(terms: &ObligationTerms, gross: i128, rounding: Rounding) -> Result<i128, Refusal> {
    let Some(share) = terms.supplier_share else {
        return Ok(gross);
    };
    let suppliers = Ratio::of(share).of_amount(gross, rounding);
    suppliers
        .map(|suppliers| gross - suppliers)
        .ok_or_else(|| Refusal::too_large("supplier_share", gross))
}

/// The same of a decimal amount, exact.
pub(super) fn own_decimal(terms: &ObligationTerms, gross: Decimal) -> Option<Decimal> {
    match terms.supplier_share {
        Some(share) => gross.checked_mul(Decimal::ONE - share),
        None => Some(gross),
    }
}

/// Units promised at a price each are a price, for what is delivered: 120 at 100.00 are 12,000.00. Of what is used, they are a rate.
fn priced_by_unit(terms: &ObligationTerms) -> Option<Decimal> {
    let delivered = matches!(terms.satisfied, Satisfied::ByDelivery | Satisfied::AtPoint);
    let (quantity, unit_price) = terms.quantity.zip(terms.unit_price).filter(|_| delivered)?;
    quantity.checked_mul(unit_price)
}

/// The lines of a document in the order of their obligations' ids, ours alone, and what of it is the suppliers'.
pub(super) struct OwnLines {
    pub(super) lines: Vec<(usize, i128)>,
    pub(super) suppliers: i128,
}

impl State<'_> {
    /// Reads the lines of a document; `sign` is 1 where it adds to the billing, -1 where it takes from it.
    pub(super) fn document_lines(&mut self, lines: &[DocumentLine], document: &str, sign: i128) -> Result<OwnLines, Refusal> {
        let mut own = OwnLines {
            lines: Vec::with_capacity(lines.len()),
            suppliers: 0,
        };
        let rounding = self.world.rounding;
        for line in lines {
            let place = self.place_of(&line.obligation).map_err(|refusal| refusal.within(document))?;
            let amount = self
                .minor(line.amount, "lines: amount")
                .map_err(|refusal| refusal.within(document))?;
            let obligation = self.obligation(place)?;
            if obligation.terms.supplier_share.is_none() {
                own.lines.push((place, amount));
                continue;
            }
            let before = own_part(&obligation.terms, obligation.gross_billed, rounding)?;
            obligation.gross_billed += sign * amount;
            let after = own_part(&obligation.terms, obligation.gross_billed, rounding)?;
            let ours = sign * (after - before);
            own.lines.push((place, ours));
            own.suppliers += amount - ours;
        }
        self.sort_by_id(&mut own.lines, |(place, _)| *place);
        Ok(own)
    }

    /// The stated price of an obligation: our part of it, where a supplier has another.
    pub(super) fn stated_price(&self, terms: &ObligationTerms) -> Result<Option<i128>, Refusal> {
        let gross = match (terms.price, priced_by_unit(terms)) {
            (Some(price), _) => self.minor(price, format_args!("obligation {}: price", terms.id))?,
            (None, Some(product)) => {
                let unit = 10i128.pow(self.world.currency.exponent());
                let gross = Ratio::of(product).of_amount(unit, self.world.rounding);
                let gross = gross.filter(|gross| gross.abs() <= MAX_AMOUNT_MINOR);
                gross.ok_or_else(|| Refusal::too_large(format!("obligation {}: unit_price", terms.id), product))?
            }
            (None, None) => return Ok(None),
        };
        own_part(terms, gross, self.world.rounding).map(Some)
    }

    /// The new stated price of a change, likewise.
    pub(super) fn changed_price(&self, place: usize, change: &Change) -> Result<Option<i128>, Refusal> {
        let Some(price) = change.price else { return Ok(None) };
        let obligation = self.obligation_at(place)?;
        let gross = self.minor(price, "change: price")?;
        own_part(&obligation.terms, gross, self.world.rounding).map(Some)
    }

    /// Records why revenue is the commission alone.
    pub(super) fn note_agent(&mut self, terms: &ObligationTerms, ours: Option<i128>) -> Result<(), Refusal> {
        let (Some(share), Some(price), Some(ours)) = (terms.supplier_share, terms.price, ours) else {
            return Ok(());
        };
        let gross = self.minor(price, "price")?;
        let currency = self.world.currency;
        let words = format!(
            "{}: a supplier provides it and we arrange for that, so revenue is the commission: {} less the supplier's {} ({share} of it) is {}",
            terms.id,
            major(gross, currency),
            major(gross - ours, currency),
            major(ours, currency)
        );
        self.note(words, Rule::Agent);
        Ok(())
    }
}
