//! Stand-alone selling prices with dates of validity: what an item costs when it is sold alone (606-10-32-31..35).
//!
//! The list is read on the day of the signing, and on the day of a prospective modification for what remains then. A price
//! list that changes later changes no contract (606-10-32-43). Example: support is 300.00 until June and 360.00 from July; a
//! contract signed on 30 June allocates with 300.00, one of 1 July with 360.00.
//!
//! Where the list gives a range and the contract's stated price lies within it, the stated price is the selling price.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::{Currency, Refusal};

/// One line of the list.
///
/// ```
/// use tieout_accounting::{example::day, selling_prices::SellingPrice, Currency};
/// let gbp = Currency::parse("GBP")?;
/// let support = SellingPrice { item: "support".into(), currency: gbp, from: day("2026-01-01"), until: None, price: 300.into(), range: None };
/// assert!(support.until.is_none()); // until the next one
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SellingPrice {
    /// What is sold.
    pub item: String,
    /// Currency of the price.
    pub currency: Currency,
    /// First day of validity.
    pub from: NaiveDate,
    /// Last day of validity; open when left out.
    pub until: Option<NaiveDate>,
    /// Price of one unit, in major units.
    pub price: Decimal,
    /// Lowest and highest price at which most are sold.
    pub range: Option<(Decimal, Decimal)>,
}

/// The list.
///
/// ```
/// use tieout_accounting::selling_prices::{SellingPrice, SellingPrices};
/// use tieout_accounting::Currency;
/// let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap_or_default();
/// let gbp = Currency::parse("GBP")?;
/// let line = |from, until, price: i64| SellingPrice { item: "support".into(), currency: gbp, from, until, price: price.into(), range: None };
/// let list = SellingPrices::new([line(day("2026-01-01"), Some(day("2026-06-30")), 300), line(day("2026-07-01"), None, 360)])?;
/// assert_eq!(list.in_force("support", gbp, day("2026-06-30"))?.price, 300.into());
/// assert_eq!(list.in_force("support", gbp, day("2026-07-01"))?.price, 360.into());
/// assert!(list.in_force("support", gbp, day("2025-12-31")).is_err());
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SellingPrices {
    by_item: BTreeMap<(String, Currency), Vec<SellingPrice>>,
}

impl SellingPrices {
    /// Builds the list.
    ///
    /// # Errors
    /// Two prices of an item that are valid on the same day, a validity that ends before it starts, a price outside its range.
    ///
    /// ```
    /// use tieout_accounting::{example::day, selling_prices::{SellingPrice, SellingPrices}, Currency};
    /// let gbp = Currency::parse("GBP")?;
    /// let support = SellingPrice { item: "support".into(), currency: gbp, from: day("2026-01-01"), until: None, price: 300.into(), range: None };
    /// assert!(SellingPrices::new([support.clone(), support]).is_err()); // two prices for the same days
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(lines: impl IntoIterator<Item = SellingPrice>) -> Result<Self, Refusal> {
        let mut by_item: BTreeMap<(String, Currency), Vec<SellingPrice>> = BTreeMap::new();
        for line in lines {
            by_item.entry((line.item.clone(), line.currency)).or_default().push(line);
        }
        for ((item, _), lines) in &mut by_item {
            lines.sort_by_key(|line| line.from);
            let at = || format!("selling_prices: {item}");
            for line in lines.iter() {
                if let Some(until) = line.until.filter(|until| *until < line.from) {
                    let problem = format!("is before its first day {}", line.from);
                    return Err(Refusal::new(at(), until, problem, "correct one of the days"));
                }
                if let Some((low, high)) = line.range.filter(|(low, high)| line.price < *low || line.price > *high) {
                    let problem = format!("is outside its range of {low} to {high}");
                    return Err(Refusal::new(at(), line.price, problem, "correct the range"));
                }
            }
            for (line, next) in lines.iter().zip(lines.iter().skip(1)) {
                if line.until.is_none_or(|until| until >= next.from) {
                    let problem = format!("begins while the price of {} is still valid", line.from);
                    return Err(Refusal::new(at(), next.from, problem, "end the earlier price on the day before"));
                }
            }
        }
        Ok(Self { by_item })
    }

    /// The price of an item on a day.
    ///
    /// # Errors
    /// No price is valid then; item and day are named.
    ///
    /// ```
    /// use tieout_accounting::{example::day, selling_prices::{SellingPrice, SellingPrices}, Currency};
    /// let gbp = Currency::parse("GBP")?;
    /// let support = SellingPrice { item: "support".into(), currency: gbp, from: day("2026-01-01"), until: None, price: 300.into(), range: None };
    /// assert_eq!(SellingPrices::new([support])?.in_force("support", gbp, day("2026-07-01"))?.price, 300.into());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn in_force(&self, item: &str, currency: Currency, on: NaiveDate) -> Result<&SellingPrice, Refusal> {
        let lines = self.by_item.get(&(item.to_owned(), currency));
        let valid = |line: &&SellingPrice| line.from <= on && line.until.is_none_or(|until| on <= until);
        lines.and_then(|lines| lines.iter().find(valid)).ok_or_else(|| {
            let problem = format!("has no selling price in {currency} on {on}");
            Refusal::new(
                "selling_prices",
                item,
                problem,
                "add one that is valid on that day, or write the ssp",
            )
        })
    }
}
