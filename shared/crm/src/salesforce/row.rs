//! One record of an answer, read field by field. An error names record, field, value and remedy.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use rust_decimal::prelude::FromStr;
use serde_json::Value;

use super::ids::sent_record_id;
use crate::error::CrmError;
use crate::ids::RecordId;

/// How much of a value goes into an error, in characters.
const VALUE_LENGTH_MAX: usize = 60;

pub(super) struct Row<'a> {
    object: &'static str,
    value: &'a Value,
}

impl<'a> Row<'a> {
    pub(super) fn new(object: &'static str, value: &'a Value) -> Self {
        Self { object, value }
    }

    /// The value of a field, or of a parent's field such as `Account.Name`; `None` where it is null or not there.
    pub(super) fn get(&self, field: &str) -> Option<&'a Value> {
        let found = field.split('.').try_fold(self.value, |value, part| {
            let object = value.as_object()?;
            // The case in the settings may differ from Salesforce's.
            object.get(part).or_else(|| {
                object
                    .iter()
                    .find(|(name, _)| name.eq_ignore_ascii_case(part))
                    .map(|(_, value)| value)
            })
        });
        found.filter(|value| !value.is_null())
    }

    pub(super) fn text(&self, field: &str) -> Result<Option<&'a str>, CrmError> {
        let text = self
            .get(field)
            .map(|value| value.as_str().ok_or_else(|| self.bad(field, "map a text field")));
        Ok(text.transpose()?.filter(|text| !text.is_empty()))
    }

    pub(super) fn boolean(&self, field: &str) -> Result<Option<bool>, CrmError> {
        self.get(field)
            .map(|value| value.as_bool().ok_or_else(|| self.bad(field, "map a checkbox")))
            .transpose()
    }

    /// A number, exactly as it stands: never through a float.
    pub(super) fn decimal(&self, field: &str) -> Result<Option<Decimal>, CrmError> {
        let Some(value) = self.get(field) else { return Ok(None) };
        let number = value.as_number().ok_or_else(|| self.bad(field, "map a number field"))?.to_string();
        let parsed = if number.contains(['e', 'E']) {
            Decimal::from_scientific(&number)
        } else {
            Decimal::from_str_exact(&number)
        };
        parsed
            .map(Some)
            .map_err(|_| self.bad(field, "correct it to a number of at most 28 digits"))
    }

    pub(super) fn whole_number(&self, field: &str, remedy: &'static str) -> Result<Option<u32>, CrmError> {
        let Some(number) = self.decimal(field)? else {
            return Ok(None);
        };
        let whole = u32::try_from(number).ok().filter(|whole| Decimal::from(*whole) == number);
        whole.map(Some).ok_or_else(|| self.bad(field, remedy))
    }

    pub(super) fn date(&self, field: &str) -> Result<Option<NaiveDate>, CrmError> {
        let text = self.text(field)?;
        let date = text
            .map(|text| NaiveDate::from_str(text).map_err(|_| self.bad(field, "map a date field, or correct it to the form 2026-11-30")));
        date.transpose()
    }

    pub(super) fn instant(&self, field: &str) -> Result<Option<DateTime<Utc>>, CrmError> {
        let text = self.text(field)?;
        let at = text.map(|text| instant(text).ok_or_else(|| self.bad(field, "map a date/time field")));
        at.transpose()
    }

    pub(super) fn id(&self, field: &str) -> Result<Option<RecordId>, CrmError> {
        let text = self.text(field)?;
        let id = text.map(|text| sent_record_id(text).map_err(|_| self.bad(field, "map a field that holds an id")));
        id.transpose()
    }

    /// The value, or an error where it is empty.
    pub(super) fn needed<T>(&self, field: &str, value: Option<T>, remedy: &'static str) -> Result<T, CrmError> {
        value.ok_or_else(|| self.bad(field, remedy))
    }

    pub(super) fn bad(&self, field: &str, remedy: &'static str) -> CrmError {
        let value = match self.get(field) {
            None => "empty".to_owned(),
            Some(value) => value.to_string().chars().take(VALUE_LENGTH_MAX).collect(),
        };
        CrmError::Value {
            object: self.object,
            record: self
                .get("Id")
                .and_then(Value::as_str)
                .unwrap_or("without id")
                .chars()
                .take(VALUE_LENGTH_MAX)
                .collect(),
            field: field.to_owned(),
            value,
            remedy,
        }
    }
}

/// `2026-11-22T10:00:00.000+0000` as REST writes it, or RFC 3339.
fn instant(text: &str) -> Option<DateTime<Utc>> {
    let at = DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"));
    at.ok().map(|at| at.to_utc())
}
