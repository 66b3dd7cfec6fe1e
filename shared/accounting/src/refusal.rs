//! Why something was refused: where, which value, and how to fix it.

/// A refusal: the input stays as it was, nothing is computed from half of it.
///
/// The message names the offending value or obligation (FORMAT.md, reading 8) and says what to write in its place.
///
/// ```
/// use tieout_accounting::{Currency, Money};
/// let refusal = Money::parse_major("100.005", Currency::parse("USD")?).unwrap_err();
/// assert_eq!((refusal.place.as_str(), refusal.value.as_str()), ("amount", "100.005"));
/// assert!(refusal.remedy.contains("without the extra decimals"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem} ({value}); {remedy}")]
pub struct Refusal {
    /// Where: a JSON place such as `events[3].lines[0].amount`, or the event that was being applied.
    pub place: String,
    /// The offending value or id, as it was written.
    pub value: String,
    /// What is wrong with it.
    pub problem: String,
    /// What to write or do instead.
    pub remedy: String,
}

impl Refusal {
    /// Puts the four parts together.
    ///
    /// ```
    /// use tieout_accounting::Refusal;
    /// let refusal = Refusal::new("events[0].price", "100.005", "has more decimals than USD", "write at most 2");
    /// assert!(refusal.to_string().contains("100.005"));
    /// ```
    pub fn new(place: impl Into<String>, value: impl ToString, problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            value: value.to_string(),
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }

    /// The same refusal seen from further out: the place gets a prefix.
    ///
    /// ```
    /// use tieout_accounting::Refusal;
    /// let refusal = Refusal::new("amount", "-1", "is below zero", "write a positive number");
    /// assert_eq!(refusal.within("events[3]").place, "events[3].amount");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn within(mut self, outer: &str) -> Self {
        self.place = if self.place.is_empty() {
            outer.to_owned()
        } else if self.place.starts_with('[') {
            format!("{outer}{}", self.place)
        } else {
            format!("{outer}.{}", self.place)
        };
        self
    }

    /// An index of the engine's own points to nothing: a defect of the engine, never of the input.
    pub(crate) fn unknown(what: &str, index: impl ToString) -> Self {
        Self::new(what, index, "is not known", "report this as a defect of the engine")
    }

    /// An amount left the range in which the engine is exact.
    pub(crate) fn too_large(place: impl Into<String>, value: impl ToString) -> Self {
        Self::new(
            place,
            value,
            "the amount is outside the range in which sums are exact",
            "split it or correct its decimals",
        )
    }
}
