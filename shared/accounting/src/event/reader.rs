//! Reading JSON objects strictly: every key is known, every value is of its kind, every refusal names its place.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::ids::MAX_ID_LENGTH_BYTES;
use crate::money::parse_decimal;
use crate::{Period, Refusal};

/// First year in which anything may happen.
const MIN_DATE_YEAR: i32 = 1900;
/// Last year in which anything may happen.
const MAX_DATE_YEAR: i32 = 2999;
/// Most decimals of an amount, quantity or share.
const MAX_DECIMALS: u32 = 15;

/// A JSON object being read. `finish` refuses keys that nobody asked for.
pub(crate) struct Reader<'a> {
    object: &'a Map<String, Value>,
    place: String,
    asked: BTreeSet<&'static str>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(value: &'a Value, place: &str) -> Result<Self, Refusal> {
        let object = value
            .as_object()
            .ok_or_else(|| refuse(or_whole(place), value, "is not an object", "write { … }"))?;
        Ok(Self {
            object,
            place: place.to_owned(),
            asked: BTreeSet::new(),
        })
    }

    pub(crate) fn at(&self, key: &str) -> String {
        if self.place.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.place)
        }
    }

    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// The value of a key; null counts as left out.
    pub(crate) fn get(&mut self, key: &'static str) -> Option<&'a Value> {
        self.asked.insert(key);
        self.object.get(key).filter(|value| !value.is_null())
    }

    pub(crate) fn need(&mut self, key: &'static str) -> Result<&'a Value, Refusal> {
        let place = self.at(key);
        let found = self.get(key);
        found.ok_or_else(|| {
            let there = self.object.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            Refusal::new(place, key, "is missing", format!("add \"{key}\"; there are: {there}"))
        })
    }

    pub(crate) fn text(&mut self, key: &'static str) -> Result<Option<&'a str>, Refusal> {
        let place = self.at(key);
        self.get(key)
            .map(|value| {
                value
                    .as_str()
                    .ok_or_else(|| refuse(&place, value, "is not text", "write it in quotes"))
            })
            .transpose()
    }

    pub(crate) fn need_text(&mut self, key: &'static str) -> Result<&'a str, Refusal> {
        self.need(key)?;
        Ok(self.text(key)?.unwrap_or_default())
    }

    pub(crate) fn id<T: From<&'a str>>(&mut self, key: &'static str) -> Result<Option<T>, Refusal> {
        let place = self.at(key);
        self.text(key)?.map(|text| read_id(text, &place)).transpose()
    }

    pub(crate) fn need_id<T: From<&'a str>>(&mut self, key: &'static str) -> Result<T, Refusal> {
        let place = self.at(key);
        read_id(self.need_text(key)?, &place)
    }

    pub(crate) fn flag(&mut self, key: &'static str, default: bool) -> Result<bool, Refusal> {
        Ok(self.maybe_flag(key)?.unwrap_or(default))
    }

    pub(crate) fn maybe_flag(&mut self, key: &'static str) -> Result<Option<bool>, Refusal> {
        let place = self.at(key);
        self.get(key)
            .map(|value| {
                value
                    .as_bool()
                    .ok_or_else(|| refuse(&place, value, "is not true or false", "write true or false"))
            })
            .transpose()
    }

    pub(crate) fn date(&mut self, key: &'static str) -> Result<Option<NaiveDate>, Refusal> {
        let place = self.at(key);
        self.text(key)?.map(|text| read_date(text, &place)).transpose()
    }

    pub(crate) fn need_date(&mut self, key: &'static str) -> Result<NaiveDate, Refusal> {
        let place = self.at(key);
        read_date(self.need_text(key)?, &place)
    }

    pub(crate) fn period(&mut self, key: &'static str) -> Result<Option<Period>, Refusal> {
        let place = self.at(key);
        self.text(key)?
            .map(|text| {
                Period::parse(text).map_err(|refusal| Refusal {
                    place: place.clone(),
                    ..refusal
                })
            })
            .transpose()
    }

    pub(crate) fn decimal(&mut self, key: &'static str) -> Result<Option<Decimal>, Refusal> {
        let place = self.at(key);
        self.get(key).map(|value| read_decimal(value, &place)).transpose()
    }

    pub(crate) fn need_decimal(&mut self, key: &'static str) -> Result<Decimal, Refusal> {
        let place = self.at(key);
        read_decimal(self.need(key)?, &place)
    }

    /// A decimal that may not be below zero.
    pub(crate) fn positive(&mut self, key: &'static str) -> Result<Option<Decimal>, Refusal> {
        let place = self.at(key);
        match self.decimal(key)? {
            Some(value) if value.is_sign_negative() && !value.is_zero() => Err(Refusal::new(
                place,
                value,
                "is below zero",
                "write a positive number; a correction is an event of its own",
            )),
            value => Ok(value),
        }
    }

    pub(crate) fn need_positive(&mut self, key: &'static str) -> Result<Decimal, Refusal> {
        self.need(key)?;
        Ok(self.positive(key)?.unwrap_or_default())
    }

    pub(crate) fn list(&mut self, key: &'static str, limit: usize) -> Result<Vec<(String, &'a Value)>, Refusal> {
        let place = self.at(key);
        let Some(value) = self.get(key) else {
            return Ok(Vec::new());
        };
        let list = value
            .as_array()
            .ok_or_else(|| refuse(&place, value, "is not a list", "write [ … ]"))?;
        if list.len() > limit {
            return Err(Refusal::new(
                place,
                list.len(),
                format!("has more than {limit} entries"),
                "split it",
            ));
        }
        Ok(list
            .iter()
            .enumerate()
            .map(|(index, value)| (format!("{place}[{index}]"), value))
            .collect())
    }

    /// Refuses keys that nobody asked for.
    pub(crate) fn finish(self) -> Result<(), Refusal> {
        match self.object.keys().find(|key| !self.asked.contains(key.as_str())) {
            None => Ok(()),
            Some(key) => {
                let known = self.asked.iter().copied().collect::<Vec<_>>().join(", ");
                Err(Refusal::new(
                    or_whole(&self.at(key)),
                    key,
                    "is not a known key here",
                    format!("remove it or write one of: {known}"),
                ))
            }
        }
    }
}

pub(crate) fn read_date(text: &str, place: &str) -> Result<NaiveDate, Refusal> {
    use chrono::Datelike;
    let shaped = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let date = text
        .parse::<NaiveDate>()
        .ok()
        .filter(|date| shaped && (MIN_DATE_YEAR..=MAX_DATE_YEAR).contains(&date.year()));
    date.ok_or_else(|| Refusal::new(place, text, "is not a date", "write a day that exists as YYYY-MM-DD"))
}

pub(crate) fn read_decimal(value: &Value, place: &str) -> Result<Decimal, Refusal> {
    let text = value.as_str().ok_or_else(|| {
        refuse(
            place,
            value,
            "is not a number in quotes",
            "write it as text, for example \"1200.00\"",
        )
    })?;
    let decimal = parse_decimal(text).map_err(|refusal| Refusal {
        place: place.to_owned(),
        ..refusal
    })?;
    if decimal.normalize().scale() > MAX_DECIMALS {
        return Err(Refusal::new(
            place,
            text,
            format!("has more than {MAX_DECIMALS} decimals"),
            "round it",
        ));
    }
    Ok(decimal)
}

/// A place that has no name is the document.
fn or_whole(place: &str) -> &str {
    if place.is_empty() { "the whole" } else { place }
}

pub(crate) fn read_id<'a, T: From<&'a str>>(text: &'a str, place: &str) -> Result<T, Refusal> {
    if text.trim().is_empty() || text.len() > MAX_ID_LENGTH_BYTES || text.chars().any(is_unprintable) {
        return Err(Refusal::new(
            place,
            text,
            "is not usable as an id",
            format!("write 1 to {MAX_ID_LENGTH_BYTES} printable bytes"),
        ));
    }
    Ok(T::from(text))
}

/// Control characters, and those that show nothing or turn the direction of the text: two ids that look alike would differ.
fn is_unprintable(char: char) -> bool {
    let invisible = matches!(
        char,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}'
    );
    char.is_control() || invisible
}

pub(crate) fn refuse(place: &str, value: &Value, problem: &str, remedy: &str) -> Refusal {
    let mut shown = value.to_string();
    if shown.len() > 60 {
        shown = shown.chars().take(60).chain("…".chars()).collect();
    }
    Refusal::new(place, shown, problem, remedy)
}
