//! An estimate of variable consideration, from its possible outcomes (606-10-32-8).
//!
//! Example 20 alike: 100,000.00 with a probability of 0.7, 50,000.00 with 0.2, nothing with 0.1. The expected value is
//! 80,000.00, the most likely amount 100,000.00; what of it may be included is for the constraint (32-11).

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::Reader;
use super::transfers::Estimated;
use crate::Refusal;

/// Most outcomes of an estimate.
const MAX_OUTCOMES: usize = 1_000;

/// How an estimate follows from its outcomes.
///
/// ```
/// use tieout_accounting::Event;
/// use tieout_accounting::event::{Basis, EventKind};
/// let event = Event::from_value(serde_json::json!({"type": "estimated", "on": "2026-01-01", "basis": "most_likely", "included": "5000.00",
///     "outcomes": [{"amount": "10000.00", "probability": "0.6"}, {"amount": "0.00", "probability": "0.4"}]}))?;
/// let EventKind::Estimated(estimated) = event.kind else { unreachable!() };
/// assert_eq!((estimated.basis, estimated.outcomes.len()), (Basis::MostLikely, 2));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Basis {
    /// The sum of the outcomes, each by its probability: for many similar contracts. The default.
    #[default]
    ExpectedValue,
    /// The outcome with the highest probability: where there are two.
    MostLikely,
}

/// A possible outcome.
///
/// ```
/// use tieout_accounting::event::Outcome;
/// let likely = Outcome { amount: 10_000.into(), probability: "0.6".parse().unwrap_or_default() };
/// assert!(likely.probability < 1.into());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// The consideration then, in major units.
    pub amount: Decimal,
    /// Its probability, 0 to 1.
    pub probability: Decimal,
}

impl Estimated {
    /// The estimate that follows from the outcomes, in major units, not rounded; none without outcomes.
    pub(crate) fn worked_out(&self) -> Option<Decimal> {
        match self.basis {
            _ if self.outcomes.is_empty() => None,
            Basis::ExpectedValue => {
                let product = |outcome: &Outcome| outcome.amount.checked_mul(outcome.probability);
                self.outcomes
                    .iter()
                    .try_fold(Decimal::ZERO, |sum, outcome| sum.checked_add(product(outcome)?))
            }
            Basis::MostLikely => {
                let first_of_highest =
                    |best: Outcome, outcome: &Outcome| if outcome.probability > best.probability { *outcome } else { best };
                let first = self.outcomes.first().copied()?;
                Some(self.outcomes.iter().fold(first, first_of_highest).amount)
            }
        }
    }
}

pub(super) fn read_outcomes(reader: &mut Reader<'_>) -> Result<(Vec<Outcome>, Basis), Refusal> {
    let basis = match reader.text("basis")? {
        None | Some("expected_value") => Basis::ExpectedValue,
        Some("most_likely") => Basis::MostLikely,
        Some(other) => {
            let remedy = "write expected_value or most_likely";
            return Err(Refusal::new(reader.at("basis"), other, "is not a basis of an estimate", remedy));
        }
    };
    let mut outcomes = Vec::new();
    for (place, value) in reader.list("outcomes", MAX_OUTCOMES)? {
        let mut outcome = Reader::new(value, &place)?;
        outcomes.push(Outcome {
            amount: outcome.need_decimal("amount")?,
            probability: outcome.need_positive("probability")?,
        });
        outcome.finish()?;
    }
    let sum = outcomes
        .iter()
        .try_fold(Decimal::ZERO, |sum, outcome| sum.checked_add(outcome.probability));
    if !outcomes.is_empty() && sum != Some(Decimal::ONE) {
        let problem = "is the sum of the probabilities, which is not 1";
        return Err(Refusal::new(
            reader.at("outcomes"),
            sum.unwrap_or_default(),
            problem,
            "correct them",
        ));
    }
    Ok((outcomes, basis))
}

pub(super) fn write_outcomes(estimated: &Estimated) -> (Vec<Value>, Option<&'static str>) {
    let one = |outcome: &Outcome| json!({"amount": outcome.amount.to_string(), "probability": outcome.probability.to_string()});
    let basis = (estimated.basis == Basis::MostLikely).then_some("most_likely");
    (estimated.outcomes.iter().map(one).collect(), basis)
}
