//! How orders are billed, and which fields of the CRM say so.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::model::empty_is_none;

/// How often an order is billed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frequency {
    /// All of it in one document.
    #[default]
    Once,
    /// Every month.
    Monthly,
    /// Every three months.
    Quarterly,
    /// Every six months.
    HalfYearly,
    /// Every twelve months.
    Annual,
}

/// On which side of a period its document is due.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timing {
    /// On its first day.
    #[default]
    Advance,
    /// On the day after its last one.
    Arrears,
}

/// Where periods begin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alignment {
    /// On the day of the month on which the service begins.
    #[default]
    Anchored,
    /// With the calendar.
    Calendar,
}

/// The words of `tieout.toml`.
pub(super) const FREQUENCIES: &[&str] = &["once", "monthly", "quarterly", "half_yearly", "annual"];
pub(super) const TIMINGS: &[&str] = &["advance", "arrears"];
pub(super) const ALIGNMENTS: &[&str] = &["anchored", "calendar"];

const FREQUENCY_VALUES: [(&str, Frequency); 5] = [
    ("Once", Frequency::Once),
    ("Monthly", Frequency::Monthly),
    ("Quarterly", Frequency::Quarterly),
    ("Half-yearly", Frequency::HalfYearly),
    ("Annual", Frequency::Annual),
];

const TIMING_VALUES: [(&str, Timing); 2] = [("In advance", Timing::Advance), ("In arrears", Timing::Arrears)];

/// Where a deal says how it is billed; what it does not say, its entity's defaults do.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Billing {
    /// The field with the frequency.
    #[serde(deserialize_with = "empty_is_none")]
    pub frequency: Option<String>,
    /// What each of its values means.
    pub frequencies: BTreeMap<String, Frequency>,
    /// The field that says whether a period is billed in advance or in arrears.
    #[serde(deserialize_with = "empty_is_none")]
    pub timing: Option<String>,
    /// What each of its values means.
    pub timings: BTreeMap<String, Timing>,
}

impl Default for Billing {
    fn default() -> Self {
        Self {
            frequency: None,
            frequencies: named(FREQUENCY_VALUES),
            timing: None,
            timings: named(TIMING_VALUES),
        }
    }
}

fn named<T, const N: usize>(values: [(&str, T); N]) -> BTreeMap<String, T> {
    values.into_iter().map(|(value, meaning)| (value.to_owned(), meaning)).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde::de::DeserializeOwned;

    use super::*;

    fn check<T: DeserializeOwned + Serialize>(words: &[&str]) {
        for word in words {
            let meaning: T = serde_json::from_value(serde_json::json!(word)).unwrap();
            assert_eq!(serde_json::to_value(meaning).unwrap(), serde_json::json!(word));
        }
    }

    #[test]
    fn words_of_the_file_are_the_types() {
        check::<Frequency>(FREQUENCIES);
        check::<Timing>(TIMINGS);
        check::<Alignment>(ALIGNMENTS);
        let defaults = Billing::default();
        assert_eq!(
            (defaults.frequencies.len(), defaults.timings.len()),
            (FREQUENCIES.len(), TIMINGS.len())
        );
    }
}
