//! A hash of all that booking depends on.
//!
//! The text is written by hand and not as JSON: it must be the same in ten years, whatever a library does to the order of keys.

use std::fmt::Write as _;

use rust_decimal::Decimal;
use sha2::{Digest, Sha256};
use tieout_platform::effect::hex;

use super::{Deal, DealLine};

/// Changes with the form of the text.
const VERSION: &str = "deal/1";
const ABSENT: &str = "-";
const NO_KIND: &str = "new";

pub(super) fn of(deal: &Deal) -> String {
    let mut text = Text(String::new());
    text.add("version", VERSION);
    text.add("deal", deal.id.as_str());
    text.add("won", if deal.is_won { "yes" } else { "no" });
    // The CRM's word and not what it means: that may be mapped anew without a change of the deal.
    text.add("kind", deal.kind_value.as_deref().unwrap_or(NO_KIND));
    if let Some(amends) = &deal.amends {
        text.add("amends", amends.as_str());
    }
    if let Some(day) = deal.effective {
        text.add("effective", &day.to_string());
    }
    if deal.restates {
        text.add("lines", "restated");
    }
    for (name, value) in [("frequency", &deal.billing.frequency_value), ("timing", &deal.billing.timing_value)] {
        if let Some(value) = value {
            text.add(name, value);
        }
    }
    text.add("account", deal.account.as_ref().map_or(ABSENT, |account| account.id.as_str()));
    text.add("currency", &deal.currency);
    text.add("closed", &deal.close_date.to_string());
    text.add("amount", &decimal(deal.amount));
    let mut lines: Vec<&DealLine> = deal.lines.iter().collect();
    lines.sort_by(|one, other| one.id.cmp(&other.id));
    for line in lines {
        text.add("line", line.id.as_str());
        text.add("product", line.product_code.as_deref().unwrap_or(ABSENT));
        text.add("quantity", &decimal(Some(line.quantity)));
        text.add("unit", &decimal(Some(line.unit_price)));
        text.add("total", &decimal(Some(line.total_price)));
        text.add("discount", &decimal(line.discount));
        text.add("start", &line.start.map_or(ABSENT.to_owned(), |day| day.to_string()));
        text.add("end", &line.end.map_or(ABSENT.to_owned(), |day| day.to_string()));
        text.add("months", &line.term_months.map_or(ABSENT.to_owned(), |months| months.to_string()));
    }
    hex(&Sha256::digest(text.0.as_bytes()))
}

/// `1.50` and `1.5` are one number.
fn decimal(number: Option<Decimal>) -> String {
    number.map_or(ABSENT.to_owned(), |number| number.normalize().to_string())
}

struct Text(String);

impl Text {
    /// With its length, so that no value can look like another field.
    fn add(&mut self, name: &str, value: &str) {
        let _ = writeln!(self.0, "{name} {} {value}", value.len());
    }
}
