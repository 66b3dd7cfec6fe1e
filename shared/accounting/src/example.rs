//! The contract that the examples of this crate are about: a plan of twelve months for 1,200.00 from January 2026, in equal
//! parts, billed on 1 March with 20 % tax on top. Two months are earned before they are billed, ten are billed before they are earned.

use chrono::NaiveDate;

use crate::money::Currency;
use crate::{Book, Contract, Event, Refusal};

/// A day as the examples write it.
///
/// ```
/// use tieout_accounting::example::day;
/// assert_eq!(day("2026-03-01").to_string(), "2026-03-01");
/// ```
pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap_or_default()
}

/// What happened to the plan: signed on 1 January, invoiced on 1 March.
///
/// # Errors
/// None: the events are written here.
///
/// ```
/// use tieout_accounting::example;
/// assert_eq!(example::events()?.len(), 2);
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
pub fn events() -> Result<Vec<Event>, Refusal> {
    let events = [
        serde_json::json!({"type": "signed", "on": "2026-01-01", "customer": "Acme", "obligations":
            [{"id": "plan", "price": "1200.00", "start": "2026-01-01", "end": "2026-12-31", "method": "equal_touched",
              "tracking": {"Region": "North"}}]}),
        serde_json::json!({"type": "invoiced", "on": "2026-03-01", "invoice": "INV-1", "tax": "240.00",
            "lines": [{"obligation": "plan", "amount": "1200.00"}]}),
    ];
    events.into_iter().map(Event::from_value).collect()
}

/// The plan, kept in pounds.
///
/// # Errors
/// None: the events are written here.
///
/// ```
/// use tieout_accounting::example;
/// assert_eq!(example::annual_plan()?.price().to_major_string(), "1200.00");
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
pub fn annual_plan() -> Result<Contract, Refusal> {
    Contract::from_events(&"C1".into(), &events()?, &Book::new(Currency::parse("GBP")?))
}
