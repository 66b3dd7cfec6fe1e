//! How the quarter is written down: deals with their lines, and what is to go wrong with which.

use chrono::NaiveDate;

/// Sold for a time.
pub const PLATFORM: Product = ("PLATFORM", "Northwind Platform");
/// Sold for a time, recognised by months.
pub const SUPPORT: Product = ("SUPPORT", "Premium Support");
/// Sold for a time, in equal parts.
pub const SEATS: Product = ("SEATS", "Additional seats");
/// Delivered on a day.
pub const ONBOARDING: Product = ("ONBOARDING", "Onboarding package");
/// Delivered on a day.
pub const TRAINING: Product = ("TRAINING", "Administrator training, day");

/// Code and name.
pub type Product = (&'static str, &'static str);
/// Month and day of 2026.
pub type Day = (u32, u32);

/// The year of the demo.
pub const YEAR: i32 = 2026;

/// A deal of the quarter.
#[derive(Debug, Clone, Copy)]
pub struct DealScript {
    /// The customer; one that buys twice is one account.
    pub customer: &'static str,
    /// Where it is billed, ISO 3166.
    pub country: &'static str,
    /// ISO 4217; it decides the entity.
    pub currency: &'static str,
    /// What is sold, in the seller's words.
    pub what: &'static str,
    /// When it is closed-won.
    pub won: Day,
    /// Its lines.
    pub lines: &'static [LineScript],
    /// What happens to it beside the usual.
    pub twist: Twist,
}

impl DealScript {
    /// Its name in Salesforce, which is the only one of this name.
    pub fn name(&self) -> String {
        format!("{}: {}", self.customer, self.what)
    }
}

/// A line of a deal.
#[derive(Debug, Clone, Copy)]
pub struct LineScript {
    /// What.
    pub product: Product,
    /// How many.
    pub quantity: &'static str,
    /// The price of one.
    pub price: &'static str,
    /// Percent.
    pub discount: Option<&'static str>,
    /// The first day of service, or the day of delivery.
    pub start: (i32, u32, u32),
    /// Months of service; none where it is delivered on a day.
    pub months: Option<u32>,
}

/// A line over some months.
pub const fn over(product: Product, quantity: &'static str, price: &'static str, start: (i32, u32, u32), months: u32) -> LineScript {
    LineScript {
        product,
        quantity,
        price,
        discount: None,
        start,
        months: Some(months),
    }
}

/// A line that is delivered on a day.
pub const fn on(product: Product, quantity: &'static str, price: &'static str, start: (i32, u32, u32)) -> LineScript {
    LineScript {
        months: None,
        ..over(product, quantity, price, start, 0)
    }
}

impl LineScript {
    /// The same with a discount in percent.
    pub const fn less(self, percent: &'static str) -> Self {
        Self {
            discount: Some(percent),
            ..self
        }
    }
}

/// What happens beside the usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Twist {
    /// Nothing.
    None,
    /// Salesforce sends its message twice.
    Doubled,
    /// Salesforce loses the day's message: the sweep finds the deal.
    Lost,
    /// Somebody holds the customer's row when we write back.
    Locked,
    /// Closed early in Xero's outage: five receptions do not outlast it, so it becomes a dead letter and is replayed.
    EarlyInOutage,
    /// Closed minutes before the outage ends: its retries outlast it.
    LateInOutage,
    /// The seller forgets the dates of its first line, and enters them days later.
    NoDates,
    /// Closed in a currency that no rule knows, and corrected days later.
    NoRule,
    /// The seller changes a quantity after it was booked, and sets it back days later.
    Edited,
    /// Finance leaves its draft over the month-end.
    HeldDraft,
    /// Finance credits a part of it in the second month.
    Credited,
    /// The webhook of the approval is lost: the sweep finds it.
    WebhookLost,
    /// The webhook of the approval comes twice.
    WebhookDoubled,
}

/// A day of 2026.
pub fn day((month, day): Day) -> NaiveDate {
    date((YEAR, month, day))
}

/// A day; the test of the deals sees to it that all are days.
pub fn date((year, month, day): (i32, u32, u32)) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}
