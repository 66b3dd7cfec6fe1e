//! Events: what happened to a contract. The same events, as a file, are a story (FORMAT.md); in a table, the database.

mod changes;
mod documents;
mod estimate;
mod obligation;
mod read;
mod read_events;
mod read_terms;
mod reader;
mod signing;
mod standing;
mod transfers;
mod write;
mod write_terms;

use chrono::NaiveDate;

pub use changes::{Cancelled, Change, Modified, Treatment};
pub use documents::{CreditReason, Credited, DocumentLine, Invoiced, Paid, Refunded, WrittenOff};
pub use estimate::{Basis, Outcome};
pub use obligation::{ObligationTerms, Satisfied, Ssp};
pub(crate) use read_terms::read_range;
pub(crate) use reader::{Reader, read_date};
pub use signing::{Bundle, Signed};
pub use standing::{Doubted, Opened, Settled};
pub use transfers::{Delivered, Estimated, Progressed, Used};

use crate::ids::{ContractId, ObligationId};
use crate::{Period, Refusal};

/// One thing that happened.
///
/// ```
/// use tieout_accounting::event::{Event, EventKind};
/// let value = serde_json::json!({"type": "delivered", "on": "2026-02-10", "obligation": "training"});
/// let event = Event::from_value(value.clone())?;
/// assert!(matches!(event.kind, EventKind::Delivered(_)));
/// assert_eq!(event.to_value(), value);
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The date on which it takes effect.
    pub on: NaiveDate,
    /// The date on which it was entered, when that is later.
    pub known_on: Option<NaiveDate>,
    /// The contract, where the event names it; else it follows from the obligation or invoice.
    pub contract: Option<ContractId>,
    /// What happened.
    pub kind: EventKind,
}

/// The kinds of events, in the order of FORMAT.md.
///
/// ```
/// use tieout_accounting::event::{Event, EventKind};
/// let event = Event::from_value(serde_json::json!({"type": "period_closed", "on": "2026-02-05", "period": "2026-01"}))?;
/// assert!(matches!(event.kind, EventKind::PeriodClosed(_)));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum EventKind {
    Signed(Signed),
    Invoiced(Invoiced),
    Paid(Paid),
    Credited(Credited),
    Refunded(Refunded),
    Modified(Modified),
    Cancelled(Cancelled),
    Delivered(Delivered),
    Progressed(Progressed),
    Used(Used),
    Estimated(Estimated),
    Exercised(ObligationId),
    Expired(ObligationId),
    WrittenOff(WrittenOff),
    Doubted(Doubted),
    Settled(Settled),
    Opened(Opened),
    PeriodClosed(Period),
    PeriodReopened(Period),
}

impl Event {
    /// An event that was known on the day on which it took effect.
    ///
    /// ```
    /// use tieout_accounting::event::{Event, EventKind};
    /// use tieout_accounting::example::day;
    /// let expired = Event::new(day("2027-01-01"), EventKind::Expired("renewal option".into()));
    /// assert_eq!(expired.known(), day("2027-01-01"));
    /// ```
    pub fn new(on: NaiveDate, kind: EventKind) -> Self {
        Self {
            on,
            known_on: None,
            contract: None,
            kind,
        }
    }

    /// Reads the JSON of FORMAT.md.
    ///
    /// # Errors
    /// Unknown keys, missing keys, values of the wrong kind; with the JSON place and the remedy.
    ///
    /// ```
    /// use tieout_accounting::Event;
    /// let refusal = Event::from_value(serde_json::json!({"type": "paid", "on": "2026-02-30", "invoice": "INV-1", "amount": "1.00"})).unwrap_err();
    /// assert!(refusal.to_string().contains("2026-02-30"));
    /// ```
    pub fn from_value(value: serde_json::Value) -> Result<Self, Refusal> {
        read::event(&value, "")
    }

    /// Reads the JSON of FORMAT.md that stands at `place` of a larger document.
    ///
    /// # Errors
    /// As [`Event::from_value`].
    ///
    /// ```
    /// use tieout_accounting::Event;
    /// let refusal = Event::from_value_at(&serde_json::json!({"type": "paid", "on": "2026-02-20"}), "events[7]").unwrap_err();
    /// assert_eq!(refusal.place, "events[7].invoice");
    /// ```
    pub fn from_value_at(value: &serde_json::Value, place: &str) -> Result<Self, Refusal> {
        read::event(value, place)
    }

    /// The JSON of FORMAT.md; what is default is left out.
    ///
    /// ```
    /// let invoiced = tieout_accounting::example::events()?.remove(1);
    /// assert_eq!(invoiced.to_value()["lines"][0]["amount"], "1200.00");
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn to_value(&self) -> serde_json::Value {
        write::event(self)
    }

    /// The day from which it counts as known: the later of the two.
    ///
    /// ```
    /// use tieout_accounting::{example::day, Event};
    /// let late = Event::from_value(serde_json::json!({"type": "delivered", "on": "2026-01-20", "known_on": "2026-02-10", "obligation": "training"}))?;
    /// assert_eq!(late.known(), day("2026-02-10")); // January may be closed by then
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn known(&self) -> NaiveDate {
        self.known_on.map_or(self.on, |known| known.max(self.on))
    }
}

impl serde::Serialize for Event {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value().serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for Event {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Self::from_value(value).map_err(serde::de::Error::custom)
    }
}

impl EventKind {
    /// Order of events that take effect on the same day, so that it does not matter in which order they arrived.
    pub(crate) fn rank_in_day(&self) -> u8 {
        match self {
            Self::Signed(_) | Self::Opened(_) => 0,
            Self::Modified(_) => 1,
            Self::Exercised(_) | Self::Expired(_) => 2,
            Self::Estimated(_) => 3,
            Self::Delivered(_) | Self::Progressed(_) | Self::Used(_) => 4,
            Self::Invoiced(_) => 5,
            Self::Paid(_) => 6,
            Self::WrittenOff(_) => 7,
            Self::Cancelled(_) => 8,
            Self::Credited(_) => 9,
            Self::Refunded(_) => 10,
            Self::Doubted(_) => 11,
            Self::Settled(_) => 12,
            Self::PeriodClosed(_) | Self::PeriodReopened(_) => 13,
        }
    }

    /// The name in stories.
    ///
    /// ```
    /// assert_eq!(tieout_accounting::example::events()?[0].kind.name(), "signed");
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn name(&self) -> &'static str {
        match self {
            Self::Signed(_) => "signed",
            Self::Invoiced(_) => "invoiced",
            Self::Paid(_) => "paid",
            Self::Credited(_) => "credited",
            Self::Refunded(_) => "refunded",
            Self::Modified(_) => "modified",
            Self::Cancelled(_) => "cancelled",
            Self::Delivered(_) => "delivered",
            Self::Progressed(_) => "progressed",
            Self::Used(_) => "used",
            Self::Estimated(_) => "estimated",
            Self::Exercised(_) => "exercised",
            Self::Expired(_) => "expired",
            Self::WrittenOff(_) => "written_off",
            Self::Doubted(_) => "doubted",
            Self::Settled(_) => "settled",
            Self::Opened(_) => "opened",
            Self::PeriodClosed(_) => "period_closed",
            Self::PeriodReopened(_) => "period_reopened",
        }
    }
}
