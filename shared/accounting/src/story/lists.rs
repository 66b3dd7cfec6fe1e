//! The lists of a story that hold from a day on: exchange rates and stand-alone selling prices.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::event::{Reader, read_range};
use crate::rates::{RateLine, Rates, check_rate};
use crate::selling_prices::{SellingPrice, SellingPrices};
use crate::{Currency, Refusal};

/// Most lines of a list.
const MAX_LINES: usize = 20_000;

pub(super) fn rates(reader: &mut Reader<'_>, ledger: Currency) -> Result<Rates, Refusal> {
    let mut lines = Vec::new();
    for (place, value) in reader.list("rates", MAX_LINES)? {
        let mut line = Reader::new(value, &place)?;
        let at = |refusal: Refusal, key: &str| Refusal {
            place: format!("{place}.{key}"),
            ..refusal
        };
        let currency = Currency::parse(line.need_text("currency")?).map_err(|refusal| at(refusal, "currency"))?;
        let rate = check_rate(line.need_decimal("rate")?).map_err(|refusal| at(refusal, "rate"))?;
        lines.push(RateLine {
            on: line.need_date("on")?,
            currency,
            rate,
        });
        line.finish()?;
    }
    contradictions(&lines, ledger)?;
    Rates::new(lines)
}

/// Two rates of one day, or another rate than 1 for the ledger's own currency.
fn contradictions(lines: &[RateLine], ledger: Currency) -> Result<(), Refusal> {
    let mut seen = BTreeMap::new();
    for line in lines {
        let at = format!("rates: {} of {}", line.currency, line.on);
        if line.currency == ledger && line.rate != Decimal::ONE {
            let problem = format!("is a rate of {ledger}, the ledger's own currency");
            return Err(Refusal::new(at, line.rate, problem, "remove it"));
        }
        if let Some(other) = seen.insert((line.currency, line.on), line.rate).filter(|other| *other != line.rate) {
            let problem = format!("stands beside {other} for the same day");
            return Err(Refusal::new(at, line.rate, problem, "keep one of them"));
        }
    }
    Ok(())
}

pub(super) fn selling_prices(reader: &mut Reader<'_>, ledger: Currency) -> Result<SellingPrices, Refusal> {
    let mut lines = Vec::new();
    for (place, value) in reader.list("selling_prices", MAX_LINES)? {
        let mut line = Reader::new(value, &place)?;
        let at = |refusal: Refusal| Refusal {
            place: format!("{place}.currency"),
            ..refusal
        };
        let currency = line.text("currency")?.map(Currency::parse).transpose().map_err(at)?;
        lines.push(SellingPrice {
            item: line.need_id("item")?,
            currency: currency.unwrap_or(ledger),
            from: line.need_date("from")?,
            until: line.date("until")?,
            price: line.need_positive("price")?,
            range: read_range(&mut line, "range")?,
        });
        line.finish()?;
    }
    SellingPrices::new(lines)
}
