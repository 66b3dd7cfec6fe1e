//! Short histories of contracts drawn from bytes: allocation, credit, payment, currency, modification. What is accepted has to add up.

use serde_json::{Value, json};
use tieout_accounting::rates::{RateLine, Rates};
use tieout_accounting::{Book, Contract, Currency, Event, Money, rollforward};

use super::draw::Draw;
use super::money::currency;

/// Most obligations of a drawn contract.
const OBLIGATIONS_MAX: usize = 5;
/// Most events after the signing.
const EVENTS_MAX: usize = 10;
const KINDS: [&str; 9] = [
    "invoiced",
    "paid",
    "credited",
    "modified",
    "cancelled",
    "delivered",
    "refunded",
    "estimated",
    "written_off",
];

fn text(draw: &mut Draw<'_>, currency: Currency) -> Value {
    Money::new(draw.amount(), currency).to_major_string().into()
}

fn obligation(draw: &mut Draw<'_>, index: usize, currency: Currency) -> Value {
    let (one, other) = (draw.day(), draw.day());
    let mut obligation = json!({
        "id": format!("o{index}"),
        "price": text(draw, currency),
        "start": one.min(other),
        "end": one.max(other),
        "satisfied": draw.of(&["over_time", "at_point", "by_delivery", "by_progress"], "over_time"),
    });
    if draw.once_in(2) {
        obligation["ssp"] = if draw.once_in(6) { "residual".into() } else { text(draw, currency) };
    }
    if draw.once_in(3) {
        obligation["method"] = draw
            .of(
                &["equal_touched", "prorata_month", "thirty_360", "fiscal_445", "mid_month"],
                "daily",
            )
            .into();
    }
    obligation
}

fn lines(draw: &mut Draw<'_>, obligations: usize, currency: Currency) -> Value {
    let count = 1 + draw.below(3);
    let line = |_| json!({"obligation": format!("o{}", draw.below(obligations)), "amount": text(draw, currency)});
    (0..count).map(line).collect()
}

fn event(draw: &mut Draw<'_>, obligations: usize, currency: Currency) -> Value {
    let kind = draw.of(&KINDS, "invoiced");
    let invoice = format!("I{}", draw.below(3));
    let obligation = format!("o{}", draw.below(obligations));
    let mut event = match kind {
        "invoiced" => json!({"invoice": invoice, "lines": lines(draw, obligations, currency)}),
        "paid" => json!({"invoice": invoice, "amount": text(draw, currency)}),
        "credited" => json!({"credit_note": format!("N{}", draw.byte()), "invoice": invoice, "lines": lines(draw, obligations, currency),
            "reason": draw.of(&["price", "billing", "cancellation"], "price")}),
        "modified" => json!({"price_change": text(draw, currency),
            "change": [{"obligation": obligation, "price": text(draw, currency)}]}),
        "cancelled" => json!({"obligations": [obligation]}),
        "delivered" => json!({"obligation": obligation}),
        "refunded" => json!({"amount": text(draw, currency)}),
        "estimated" => json!({"obligation": obligation, "variable": text(draw, currency), "included": text(draw, currency)}),
        _ => json!({"invoice": invoice, "amount": text(draw, currency)}),
    };
    event["type"] = kind.into();
    event["on"] = json!(draw.day());
    event
}

fn book(draw: &mut Draw<'_>, currency: Currency) -> Option<Book> {
    let mut book = Book::new(super::money::currency(draw)?);
    let rates = (0..draw.below(4)).map(|_| RateLine {
        on: draw.day(),
        currency,
        rate: rust_decimal::Decimal::new(draw.amount().saturating_abs(), draw.below(13) as u32),
    });
    book.rates = Rates::new(rates.collect::<Vec<_>>()).ok()?;
    Some(book)
}

/// Computes one history.
pub fn history(draw: &mut Draw<'_>) {
    let Some(currency) = currency(draw) else { return };
    let Some(mut book) = book(draw, currency) else { return };
    if draw.once_in(2) {
        book.ledger_currency = currency;
    }
    let obligations = 1 + draw.below(OBLIGATIONS_MAX);
    let promised: Vec<Value> = (0..obligations).map(|index| obligation(draw, index, currency)).collect();
    let mut signed = json!({"type": "signed", "on": draw.day(), "currency": currency.code(), "obligations": promised});
    if draw.once_in(4) {
        signed["price"] = text(draw, currency);
    }
    let mut events = vec![signed];
    for _ in 0..draw.below(EVENTS_MAX) {
        events.push(event(draw, obligations, currency));
    }
    let read: Result<Vec<Event>, _> = events.iter().cloned().map(Event::from_value).collect();
    let Ok(read) = read else { return };
    for (event, value) in read.iter().zip(&events) {
        let again = Event::from_value(event.to_value());
        assert_eq!(again.as_ref(), Ok(event), "written and read again: {value}");
    }
    if let Ok(contract) = Contract::from_events(&"C1".into(), &read, &book) {
        check(&contract, &events);
    }
}

/// Holds for each contract that the engine accepts.
fn check(contract: &Contract, events: &[Value]) {
    entries_balance(contract);
    let earned: i128 = contract.recognised_by_period().values().map(|amount| i128::from(*amount)).sum();
    let by_obligation: i128 = contract
        .recognised_by_obligation()
        .values()
        .flat_map(|amounts| amounts.values())
        .map(|amount| i128::from(*amount))
        .sum();
    assert_eq!(earned, by_obligation, "{events:?}");
    if let [signed] = events {
        let allocated: i128 = contract.allocation().values().map(|amount| i128::from(*amount)).sum();
        assert_eq!(
            allocated,
            i128::from(contract.price().minor),
            "the allocation is the price: {signed}"
        );
    }
    let through = contract.through();
    for rolled in [
        rollforward::contract_liability(std::slice::from_ref(contract), through),
        rollforward::contract_asset(std::slice::from_ref(contract), through),
    ] {
        if let Err(refusal) = rolled {
            assert!(!refusal.remedy.contains("defect"), "{refusal} {events:?}");
        }
    }
}

/// The lines of each entry sum to zero.
pub fn entries_balance(contract: &Contract) {
    for entry in contract.entries() {
        let sum: i128 = entry.lines.iter().map(|line| i128::from(line.amount)).sum();
        assert_eq!(sum, 0, "{} {} does not balance", contract.id(), entry.on);
    }
}
