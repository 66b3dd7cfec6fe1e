//! What orders do to contracts, and which fields of the CRM say so.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::model::empty_is_none;

/// What an order does to a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DealKind {
    /// Begins one.
    New,
    /// Begins one for a customer who had left.
    WinBack,
    /// Continues one after its end; where it starts earlier, it replaces the rest of the term.
    Renewal,
    /// More of the same.
    Upsell,
    /// Another product.
    CrossSell,
    /// The same at another price.
    PriceChange,
    /// Less of the same.
    Downgrade,
    /// A longer term.
    Extension,
    /// Several of these together.
    Amendment,
    /// Ends one.
    Cancellation,
    /// The CRM's word has no meaning in `tieout.toml`.
    Unmapped,
}

/// The words of `tieout.toml`.
pub const DEAL_KINDS: &[&str] = &[
    "new",
    "win_back",
    "renewal",
    "upsell",
    "cross_sell",
    "price_change",
    "downgrade",
    "extension",
    "amendment",
    "cancellation",
];

/// The values of an organisation that chose none; the fifth of them, `Existing Business`, says nothing of what happens.
const DELIVERED: [(&str, DealKind); 4] = [
    ("New Customer", DealKind::New),
    ("New Business", DealKind::New),
    ("Existing Customer - Upgrade", DealKind::Upsell),
    ("Existing Customer - Downgrade", DealKind::Downgrade),
];

impl DealKind {
    /// The name that rules, records and `tieout.toml` use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::WinBack => "win_back",
            Self::Renewal => "renewal",
            Self::Upsell => "upsell",
            Self::CrossSell => "cross_sell",
            Self::PriceChange => "price_change",
            Self::Downgrade => "downgrade",
            Self::Extension => "extension",
            Self::Amendment => "amendment",
            Self::Cancellation => "cancellation",
            Self::Unmapped => "unmapped",
        }
    }

    /// Whether it changes a contract that is there.
    pub fn is_change(self) -> bool {
        match self {
            Self::New | Self::WinBack | Self::Renewal | Self::Unmapped => false,
            Self::Upsell
            | Self::CrossSell
            | Self::PriceChange
            | Self::Downgrade
            | Self::Extension
            | Self::Amendment
            | Self::Cancellation => true,
        }
    }
}

/// Where a deal says what it does to a contract.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Orders {
    /// The field with the kind.
    pub kind: String,
    /// What each of its values means.
    pub kinds: BTreeMap<String, DealKind>,
    /// A lookup to the earlier deal whose contract this one changes, continues or ends.
    #[serde(deserialize_with = "empty_is_none")]
    pub amends: Option<String>,
    /// A lookup to the earlier deal whose contract this one renews, where it is another field than `amends`.
    #[serde(deserialize_with = "empty_is_none")]
    pub renews: Option<String>,
    /// The first day under the new terms; of a cancellation, the first day without the service.
    #[serde(deserialize_with = "empty_is_none")]
    pub effective: Option<String>,
    /// Of a cancellation: the last day with the service, where `effective` is empty.
    #[serde(deserialize_with = "empty_is_none")]
    pub last_day: Option<String>,
    /// The field that says whether the lines of a change are the difference, or all that the customer has from that day on.
    #[serde(deserialize_with = "empty_is_none")]
    pub restated: Option<String>,
    /// The values of that field which say the latter.
    pub restated_values: Vec<String>,
    /// The field that says whether the deal is approved.
    #[serde(deserialize_with = "empty_is_none")]
    pub approval: Option<String>,
    /// The values of that field with which a deal is booked.
    pub approved_values: Vec<String>,
}

impl Default for Orders {
    fn default() -> Self {
        Self {
            kind: "Type".to_owned(),
            kinds: DELIVERED.into_iter().map(|(value, kind)| (value.to_owned(), kind)).collect(),
            amends: None,
            renews: None,
            effective: None,
            last_day: None,
            restated: None,
            restated_values: Vec::new(),
            approval: None,
            approved_values: Vec::new(),
        }
    }
}

impl Orders {
    /// The kind of an order whose field holds `value`: an empty one begins a contract, as long as nothing else of the order looks like a
    /// change; one that `tieout.toml` does not name is [`DealKind::Unmapped`].
    pub fn kind_of(&self, value: Option<&str>) -> DealKind {
        match value.map(str::trim).filter(|value| !value.is_empty()) {
            None => DealKind::New,
            Some(value) => self.kinds.get(value).copied().unwrap_or(DealKind::Unmapped),
        }
    }
}

impl Orders {
    /// The fields that an order is read from, each with its key in `tieout.toml`, below the CRM's section; empty where there is none.
    pub fn fields(&self) -> [(&'static str, &str); 7] {
        [
            ("orders.kind", &self.kind),
            ("orders.amends", self.amends.as_deref().unwrap_or_default()),
            ("orders.renews", self.renews.as_deref().unwrap_or_default()),
            ("orders.effective", self.effective.as_deref().unwrap_or_default()),
            ("orders.last_day", self.last_day.as_deref().unwrap_or_default()),
            ("orders.restated", self.restated.as_deref().unwrap_or_default()),
            ("orders.approval", self.approval.as_deref().unwrap_or_default()),
        ]
    }

    /// Whether an order whose field `restated` holds `value` says all that the customer has, and not the difference.
    pub fn is_restated(&self, value: Option<&str>) -> bool {
        is_among(&self.restated_values, value)
    }

    /// Whether an order whose field `approval` holds `value` may be booked; any may where no field is named.
    pub fn is_approved(&self, value: Option<&str>) -> bool {
        self.approval.is_none() || is_among(&self.approved_values, value)
    }
}

fn is_among(values: &[String], value: Option<&str>) -> bool {
    value.is_some_and(|value| values.iter().any(|known| known == value.trim()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_file_and_kinds_are_the_same() {
        for word in DEAL_KINDS {
            let kind: DealKind = serde_json::from_value(serde_json::json!(word)).unwrap();
            assert_eq!(kind.as_str(), *word);
            assert_ne!(kind, DealKind::Unmapped);
        }
    }

    #[test]
    fn a_value_means_what_the_file_says_and_nothing_else() {
        let orders = Orders::default();
        let rows = [
            (None, DealKind::New),
            (Some(""), DealKind::New),
            (Some(" New Customer "), DealKind::New),
            (Some("Existing Customer - Downgrade"), DealKind::Downgrade),
            (Some("Existing Business"), DealKind::Unmapped),
            (Some("Cancellation of renewal"), DealKind::Unmapped),
            (Some("new customer"), DealKind::Unmapped),
        ];
        for (value, expected) in rows {
            assert_eq!(orders.kind_of(value), expected, "{value:?}");
        }
    }
}
