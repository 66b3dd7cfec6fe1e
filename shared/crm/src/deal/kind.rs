//! What a deal does to a contract, by the opportunity's `Type`.

use serde::{Deserialize, Serialize};

/// What a deal does to a contract.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DealKind {
    /// Begins one.
    #[default]
    New,
    /// Continues one after its end.
    Renewal,
    /// Changes one.
    Amendment,
    /// Ends one.
    Cancellation,
}

/// The meaning of words in `Type`; the first match counts.
const WORDS: [(&str, DealKind); 10] = [
    ("cancel", DealKind::Cancellation),
    ("terminat", DealKind::Cancellation),
    ("churn", DealKind::Cancellation),
    ("renew", DealKind::Renewal),
    ("amend", DealKind::Amendment),
    ("upgrade", DealKind::Amendment),
    ("downgrade", DealKind::Amendment),
    ("upsell", DealKind::Amendment),
    ("expansion", DealKind::Amendment),
    ("add-on", DealKind::Amendment),
];

impl DealKind {
    /// By the opportunity's `Type`, whose words each company chooses; unknown ones and none are [`DealKind::New`].
    pub fn from_type(text: Option<&str>) -> Self {
        let text = text.unwrap_or_default().to_lowercase();
        let found = WORDS.iter().find(|(word, _)| text.contains(word));
        found.map_or(Self::New, |(_, kind)| *kind)
    }

    /// The name that rules and records use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Renewal => "renewal",
            Self::Amendment => "amendment",
            Self::Cancellation => "cancellation",
        }
    }
}
