//! What happened, event by event, in a line each.

use chrono::NaiveDate;

use crate::event::{
    Change, CreditReason, Credited, Delivered, DocumentLine, Estimated, Event, EventKind, Invoiced, Modified, ObligationTerms, Satisfied,
    Signed, Ssp, Treatment,
};
use crate::ids::ObligationId;

/// Which products of an event are listed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listed<'s> {
    /// Only this one.
    pub(super) only: Option<&'s str>,
    /// Where there are more, their number stands in their place.
    pub(super) most: usize,
    /// The same of names and of lines of a document, which stand in one row.
    pub(super) most_in_row: usize,
}

impl Listed<'_> {
    /// One line for each product, or how many there are.
    fn lines<'t, T: 't>(self, of: impl Iterator<Item = &'t T>, id: impl Fn(&T) -> &ObligationId, words: impl Fn(&T) -> String) -> String {
        let listed: Vec<&T> = of.filter(|one| self.only.is_none_or(|only| id(one).as_str() == only)).collect();
        if listed.len() > self.most {
            return format!("\n            {} products; --obligation ID shows one", listed.len());
        }
        listed.into_iter().map(|one| format!("\n{}", words(one))).collect()
    }

    /// Names in a row, or how many there are.
    fn row<'t>(self, names: impl ExactSizeIterator<Item = &'t ObligationId>) -> String {
        match names.len() {
            count if count > self.most_in_row => format!("{count} products"),
            _ => names.map(ObligationId::as_str).collect::<Vec<_>>().join(", "),
        }
    }

    /// The lines of a document, or how many there are.
    fn document(self, lines: &[DocumentLine]) -> String {
        let sum: rust_decimal::Decimal = lines.iter().map(|line| line.amount).sum();
        let listed: Vec<&DocumentLine> = lines
            .iter()
            .filter(|line| self.only.is_none_or(|only| line.obligation.as_str() == only))
            .collect();
        let left_out = if listed.len() < lines.len() {
            format!(" (of {sum} in all)")
        } else {
            String::new()
        };
        if listed.len() > self.most_in_row {
            return format!("{} lines, {sum} in all", listed.len());
        }
        let one = |line: &&DocumentLine| format!("{} {}", line.obligation, line.amount);
        listed.iter().map(one).collect::<Vec<_>>().join(", ") + &left_out
    }
}

/// The event in words, with the day on which it became known where that is later.
pub(super) fn happened(event: &Event, listed: Listed<'_>) -> String {
    let late = event
        .known_on
        .filter(|known| *known > event.on)
        .map(|known| format!(" (entered on {known})"));
    let words = words(&event.kind, listed);
    let (first, rest) = words
        .split_once('\n')
        .map_or((words.as_str(), String::new()), |(first, rest)| (first, format!("\n{rest}")));
    format!("{}  {first}{}{rest}", event.on, late.unwrap_or_default())
}

/// The event in one line of at most [`super::MAX_LINE_CHARS`] characters; where it has more products than `most`, their number stands in
/// their place.
pub(super) fn in_one_line(kind: &EventKind, most: usize) -> String {
    let line = listed_in_one_line(kind, most);
    match line.char_indices().nth(super::MAX_LINE_CHARS) {
        None => line,
        // The sign of what is left out is one of them.
        Some(_) => line.chars().take(super::MAX_LINE_CHARS - 1).chain("…".chars()).collect(),
    }
}

fn listed_in_one_line(kind: &EventKind, most: usize) -> String {
    // Products have lines of their own and are counted below; of what stands in a row, one is as short as its number.
    let whole = Listed {
        only: None,
        most: usize::MAX,
        most_in_row: most.max(1),
    };
    let words = words(kind, whole);
    let mut lines = words.lines().map(str::trim);
    let first = lines.next().unwrap_or_default().to_owned();
    let products: Vec<&str> = lines.collect();
    match products.len() {
        0 => first,
        count if count > most => format!("{first}; {count} products"),
        _ => format!("{first}; {}", products.join("; ")),
    }
}

fn words(kind: &EventKind, listed: Listed<'_>) -> String {
    match kind {
        EventKind::Signed(signed) => self::signed(signed, listed),
        EventKind::Invoiced(of) => invoiced(of, listed),
        EventKind::Paid(paid) => {
            let discount = paid
                .discount
                .map(|discount| format!(", a discount of {discount} taken"))
                .unwrap_or_default();
            format!("paid {} of {}{discount}", paid.amount, paid.invoice)
        }
        EventKind::Credited(of) => credited(of, listed),
        EventKind::Refunded(refunded) => format!("refunded {} in cash", refunded.amount),
        EventKind::Modified(of) => modified(of, listed),
        EventKind::Cancelled(cancelled) => {
            let what = cancelled
                .obligations
                .as_ref()
                .map_or_else(|| "everything".to_owned(), |ids| listed.row(ids.iter()));
            let refund = cancelled
                .refund
                .map(|refund| format!(", {refund} to be refunded"))
                .unwrap_or_default();
            format!("cancelled {what}{refund}; this is the first day without it")
        }
        EventKind::Delivered(of) => delivered(of),
        EventKind::Progressed(progressed) => format!("progress of {} measured at {}", progressed.obligation, progressed.to),
        EventKind::Used(used) => {
            let units = used.quantity.map(|quantity| format!(" {quantity} units")).unwrap_or_default();
            let amount = used.amount.map(|amount| format!(" for {amount}")).unwrap_or_default();
            format!("used{units} of {}{amount}", used.obligation)
        }
        EventKind::Estimated(of) => estimated(of),
        EventKind::Exercised(id) => format!("the right {id} was exercised"),
        EventKind::Expired(id) => format!("the right {id} expired"),
        EventKind::WrittenOff(of) => format!("written off {} of {}", of.amount, of.invoice),
        EventKind::Doubted(doubted) => format!("in doubt: {}", doubted.reason),
        EventKind::Settled(how) => format!("the doubt is settled: {}", how.name()),
        EventKind::Opened(opened) => {
            format!(
                "taken over with what remains of {}; contract liability {}, contract asset {}, receivable {}",
                listed.row(opened.obligations.iter().map(|terms| &terms.id)),
                opened.contract_liability,
                opened.contract_asset,
                opened.receivable
            )
        }
        EventKind::PeriodClosed(period) => format!("closed {period} and the periods before"),
        EventKind::PeriodReopened(period) => format!("reopened {period}"),
    }
}

fn signed(signed: &Signed, listed: Listed<'_>) -> String {
    let mut words = "signed".to_owned();
    if let Some(price) = signed.price {
        words += &format!(" for {price} in all");
    }
    if signed.cancellable {
        words += ", may be cancelled";
    }
    if let Some(rate) = signed.financing_rate {
        words += &format!(", advances finance at {rate} a year");
    }
    for bundle in &signed.bundles {
        words += &format!(", {} sold together for {}", listed.row(bundle.obligations.iter()), bundle.price);
    }
    words + &listed.lines(signed.obligations.iter(), |terms| &terms.id, promise)
}

/// A promise: how it is satisfied, when, at which price.
fn promise(terms: &ObligationTerms) -> String {
    let how = match terms.satisfied {
        Satisfied::OverTime => "is satisfied over time",
        Satisfied::AtPoint => "is satisfied at a point in time",
        Satisfied::ByProgress => "is satisfied by measured progress",
        Satisfied::ByUsage => "is satisfied as it is used",
        Satisfied::ByDelivery => "is satisfied unit by unit",
        Satisfied::MaterialRight => "is a material right, to be exercised or to expire",
    };
    let mut words = format!("            {} {how}", terms.id);
    let mut add = |text: String| words += &text;
    match (terms.start, terms.end, terms.start_at, terms.end_before) {
        (Some(start), Some(end), _, _) => add(format!(" from {start} through {end}")),
        (_, _, Some(start), Some(end)) => add(format!(" from {start} until {end}")),
        _ => {}
    }
    if let Some(method) = terms.method {
        add(format!(" by the method {}", method.name()));
    }
    if let Some(quantity) = terms.quantity {
        add(format!(", {quantity} units"));
    }
    if let Some(price) = terms.unit_price {
        add(format!(", {price} a unit"));
    }
    if let Some(price) = terms.price {
        add(format!(", priced at {price}"));
    }
    match (terms.ssp, &terms.item) {
        (Ssp::Amount(ssp), _) => add(format!(", sold alone for {ssp}")),
        (Ssp::Residual { .. }, _) => add(", its selling price is the residual".to_owned()),
        (Ssp::AsPriced, Some(item)) => add(format!(", sold alone at the list's price of {item}")),
        (Ssp::AsPriced, None) => {}
    }
    if let Some(share) = terms.supplier_share {
        add(format!(", of which {share} belongs to a supplier"));
    }
    words
}

fn invoiced(of: &Invoiced, listed: Listed<'_>) -> String {
    let tax = of.tax.map(|tax| format!(" and tax of {tax}")).unwrap_or_default();
    let conditional = if of.unconditional { "" } else { ", not yet an unconditional right" };
    format!("invoiced {}: {}{tax}{conditional}", of.invoice, listed.document(&of.lines))
}

fn credited(of: &Credited, listed: Listed<'_>) -> String {
    let why = match of.reason {
        CreditReason::Price => "it lowers the price",
        CreditReason::Billing => "it takes back what was billed and leaves the price as it is: the price follows the modifications",
        CreditReason::Cancellation => "it takes back what was billed for what a cancellation ended: the cancellation lowered the price",
    };
    let tax = of.tax.map(|tax| format!(" and tax of {tax}")).unwrap_or_default();
    format!(
        "credit note {} on {}: {}{tax}; {why}",
        of.credit_note,
        of.invoice,
        listed.document(&of.lines)
    )
}

fn modified(of: &Modified, listed: Listed<'_>) -> String {
    let mut words = format!("modified, the whole price by {}", of.price_change);
    if let Some(treatment) = of.treatment {
        let decided = of.decided.as_ref().map(|who| format!(", decided by {who}")).unwrap_or_default();
        words += &format!(", treatment {}{decided}", Treatment::name(treatment));
    }
    words += &listed.lines(
        of.change.iter(),
        |change| &change.obligation,
        |change| format!("            {}", changed(change)),
    );
    if !of.remove.is_empty() {
        words += &format!("\n            {} removed", listed.row(of.remove.iter()));
    }
    let added = |terms: &ObligationTerms| format!("            added: {}", promise(terms).trim_start().get(0..).unwrap_or_default());
    words + &listed.lines(of.add.iter(), |terms| &terms.id, added)
}

fn changed(change: &Change) -> String {
    let day = |name: &str, day: Option<NaiveDate>| day.map(|day| format!("{name} {day}"));
    let parts = [
        change.price.map(|price| format!("price {price}")),
        day("start", change.start),
        day("end", change.end),
        change.quantity.map(|quantity| format!("quantity {quantity}")),
        change.progress.map(|progress| format!("progress {progress}")),
        change.ssp.map(|ssp| format!("selling price of the rest {ssp}")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    match parts.as_slice() {
        [] => format!("{} changed", change.obligation),
        parts => format!("{} changed: {}", change.obligation, parts.join(", ")),
    }
}

fn delivered(of: &Delivered) -> String {
    match (of.quantity, of.share) {
        (Some(quantity), _) => format!("delivered {quantity} units of {}", of.obligation),
        (None, Some(share)) => format!("delivered a share of {share} of {}", of.obligation),
        (None, None) => format!("delivered {}", of.obligation),
    }
}

fn estimated(of: &Estimated) -> String {
    let whom = of
        .obligation
        .as_ref()
        .map_or_else(|| "the whole contract".to_owned(), ToString::to_string);
    let variable = of
        .variable
        .map(|variable| format!("variable consideration of {variable} expected, "))
        .unwrap_or_default();
    format!("estimated for {whom}: {variable}{} included", of.included)
}
