//! Money: printed amounts are read back, sums equal integer sums, overflow is refused.

use tieout_accounting::{Currency, Money};

use super::draw::Draw;

/// With no, two, three and four decimals.
pub const CURRENCIES: [&str; 6] = ["GBP", "USD", "EUR", "JPY", "KWD", "CLF"];

pub fn currency(draw: &mut Draw<'_>) -> Option<Currency> {
    let code = draw.of(&CURRENCIES, "GBP");
    Currency::parse(code).ok()
}

/// Text that may be an amount.
fn text(draw: &mut Draw<'_>) -> String {
    let length = draw.below(36);
    (0..length).map(|_| draw.of(b"0123456789.-+e,_ ", b'0') as char).collect()
}

/// Reads, prints and adds amounts.
pub fn money(draw: &mut Draw<'_>) {
    let Some(currency) = currency(draw) else { return };
    let written = text(draw);
    if let Ok(read) = Money::parse_major(&written, currency) {
        let again = Money::parse_major(&read.to_major_string(), currency);
        assert_eq!(again, Ok(read), "{written}");
    }
    let (one, other) = (Money::new(draw.amount(), currency), Money::new(draw.amount(), currency));
    let _ = one.to_major_string();
    let exact = i128::from(one.minor) + i128::from(other.minor);
    match one.checked_add(other) {
        Ok(sum) => assert_eq!(i128::from(sum.minor), exact),
        Err(_) => assert!(i64::try_from(exact).is_err(), "{exact} fits"),
    }
    let exact = i128::from(one.minor) - i128::from(other.minor);
    match one.checked_sub(other) {
        Ok(rest) => assert_eq!(i128::from(rest.minor), exact),
        Err(_) => assert!(i64::try_from(exact).is_err() || other.minor == i64::MIN, "{exact} fits"),
    }
}
