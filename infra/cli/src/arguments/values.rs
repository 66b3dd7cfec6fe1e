//! Amounts, quantities and dates as a person types them. What is wrong is said with what to write.

use chrono::{Datelike as _, NaiveDate};
use rust_decimal::Decimal;

/// Decimals of an amount of money, a price and a quantity, as the sandbox's Salesforce and Xero keep them.
const PLACES_MAX: u32 = 2;
/// The largest number that is typed on purpose: a thousand million.
const NUMBER_MAX: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);
/// The years that a date may be in; the same as the clock's.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2099;
/// Letters of a currency's code.
const CURRENCY_LENGTH: usize = 3;
/// Letters of a country's code.
const COUNTRY_LENGTH: usize = 2;

/// More than zero, with two decimals at most.
pub fn amount(text: &str) -> Result<Decimal, String> {
    let amount = signed(text)?;
    if amount <= Decimal::ZERO {
        return Err(format!("{text} is not more than zero; give an amount such as 100.00"));
    }
    Ok(amount)
}

/// Zero or more, with two decimals at most.
pub fn price(text: &str) -> Result<Decimal, String> {
    let price = signed(text)?;
    if price < Decimal::ZERO {
        return Err(format!(
            "{text} is less than zero; give a price such as 1200.00 (what falls away has a negative quantity)"
        ));
    }
    Ok(price)
}

/// More than zero, with two decimals at most.
pub fn quantity(text: &str) -> Result<Decimal, String> {
    let quantity = signed(text)?;
    if quantity <= Decimal::ZERO {
        return Err(format!("{text} is not more than zero; give a quantity such as 10"));
    }
    Ok(quantity)
}

/// Anything but zero, with two decimals at most.
pub fn difference(text: &str) -> Result<Decimal, String> {
    let quantity = signed(text)?;
    if quantity.is_zero() {
        return Err("zero changes nothing; give what is added (2) or what falls away (-2)".to_owned());
    }
    Ok(quantity)
}

/// A number with two decimals at most.
pub fn signed(text: &str) -> Result<Decimal, String> {
    let number: Decimal = text
        .parse()
        .map_err(|_| format!("{text:?} is not a number; write it with digits and a point, such as 1200.00"))?;
    if number.normalize().scale() > PLACES_MAX {
        return Err(format!(
            "{text} has more than {PLACES_MAX} decimals; give at most {PLACES_MAX}, such as 10.05"
        ));
    }
    if number.abs() > NUMBER_MAX {
        return Err(format!("{text} is more than {NUMBER_MAX}; give a smaller number"));
    }
    Ok(number)
}

/// `2026-01-05`.
pub fn date(text: &str) -> Result<NaiveDate, String> {
    let date: NaiveDate = text
        .parse()
        .map_err(|_| format!("{text:?} is not a date; write year, month and day, such as 2026-01-05"))?;
    if YEARS.contains(&date.year()) {
        Ok(date)
    } else {
        Err(format!("the year has to be in {} to {}", YEARS.start(), YEARS.end()))
    }
}

/// `200=-100.00`.
pub fn account_and_amount(text: &str) -> Result<(String, Decimal), String> {
    let wrong = || format!("{text:?} is not ACCOUNT=AMOUNT; write 200=-100.00 (debit positive, credit negative)");
    let (account, amount) = text.split_once('=').filter(|(account, _)| !account.is_empty()).ok_or_else(wrong)?;
    Ok((account.to_owned(), difference(amount)?))
}

/// A further line of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FurtherLine {
    pub product: String,
    pub quantity: Decimal,
    /// Of one; where there is none, it follows from what was sold.
    pub price: Option<Decimal>,
}

/// `SEATS=2@300`, `SEATS=-2`.
pub fn further_line(text: &str) -> Result<FurtherLine, String> {
    let wrong = || format!("{text:?} is not PRODUCT=QUANTITY@PRICE; write SEATS=2@300.00");
    let (product, rest) = text.split_once('=').filter(|(product, _)| !product.is_empty()).ok_or_else(wrong)?;
    let (quantity, of_one) = match rest.split_once('@') {
        Some((quantity, of_one)) => (quantity, Some(price(of_one)?)),
        None => (rest, None),
    };
    Ok(FurtherLine {
        product: product.to_owned(),
        quantity: difference(quantity)?,
        price: of_one,
    })
}

/// `GBP`.
pub fn currency(text: &str) -> Result<String, String> {
    letters(text, CURRENCY_LENGTH, "GBP")
}

/// `GB`.
pub fn country(text: &str) -> Result<String, String> {
    letters(text, COUNTRY_LENGTH, "GB")
}

fn letters(text: &str, length: usize, example: &str) -> Result<String, String> {
    if text.len() == length && text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        Ok(text.to_ascii_uppercase())
    } else {
        Err(format!("{text:?} is not a code of {length} letters; write one such as {example}"))
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use super::*;

    fn check<T: Debug>(parse: fn(&str) -> Result<T, String>, text: &str, wanted: Result<&str, &str>) {
        match (parse(text), wanted) {
            (Ok(value), Ok(wanted)) => assert_eq!(format!("{value:?}"), wanted, "{text}"),
            (Err(error), Err(wanted)) => assert!(error.contains(wanted), "{text}: {error}"),
            (got, _) => panic!("{text}: {got:?}"),
        }
    }

    #[test]
    fn what_is_typed_is_understood_or_answered() {
        check(amount, "100.00", Ok("100.00"));
        check(amount, "10.050", Ok("10.050"));
        check(amount, "10.005", Err("more than 2 decimals"));
        check(amount, "-5", Err("not more than zero"));
        check(amount, "0", Err("not more than zero"));
        check(amount, "1,000", Err("is not a number"));
        check(amount, "£5", Err("is not a number"));
        check(amount, "", Err("is not a number"));
        check(amount, "1000000000.01", Err("is more than 1000000000"));
        check(price, "0", Ok("0"));
        check(price, "-0.01", Err("less than zero"));
        check(quantity, "0.5", Ok("0.5"));
        check(quantity, "-2", Err("not more than zero"));
        check(difference, "-2", Ok("-2"));
        check(difference, "0.00", Err("zero changes nothing"));
        check(signed, "-1.5", Ok("-1.5"));
        check(date, "2026-02-28", Ok("2026-02-28"));
        check(date, "2026-02-30", Err("is not a date"));
        check(date, "28/02/2026", Err("is not a date"));
        check(date, "1926-02-28", Err("the year has to be in 2000 to 2099"));
        check(account_and_amount, "200=-100.00", Ok("(\"200\", -100.00)"));
        check(account_and_amount, "=5", Err("is not ACCOUNT=AMOUNT"));
        check(account_and_amount, "200", Err("is not ACCOUNT=AMOUNT"));
        check(account_and_amount, "200=1.234", Err("more than 2 decimals"));
        check(account_and_amount, "200=0", Err("zero changes nothing"));
        check(
            further_line,
            "SEATS=2@300.00",
            Ok("FurtherLine { product: \"SEATS\", quantity: 2, price: Some(300.00) }"),
        );
        check(
            further_line,
            "SEATS=-2",
            Ok("FurtherLine { product: \"SEATS\", quantity: -2, price: None }"),
        );
        check(further_line, "SEATS", Err("is not PRODUCT=QUANTITY@PRICE"));
        check(further_line, "SEATS=2@-1", Err("less than zero"));
        check(currency, "gbp", Ok("\"GBP\""));
        check(currency, "pounds", Err("a code of 3 letters"));
        check(country, "G1", Err("a code of 2 letters"));
    }
}
