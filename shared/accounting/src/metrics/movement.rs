//! How recurring revenue moved from one month to another, customer by customer: new, reactivation, expansion, contraction, churn.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{RecurringLine, Switches, mrr};
use crate::{Period, Refusal};

/// The movement of a customer, or of all, in minor units. Contraction and churn are below zero.
///
/// ```
/// use tieout_accounting::metrics::Movement;
/// let grown = Movement { opening: 100, expansion: 30, closing: 130, ..Movement::default() };
/// assert_eq!(grown.opening + grown.change(), grown.closing);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Movement {
    /// At the start.
    pub opening: i64,
    /// From customers who never had any before.
    pub new: i64,
    /// From customers who had some before the start and none at it.
    pub reactivation: i64,
    /// More from those who had some.
    pub expansion: i64,
    /// Less from those who still have some.
    pub contraction: i64,
    /// All from those who have none any more.
    pub churn: i64,
    /// At the end.
    pub closing: i64,
}

/// Movements of each customer, and their sum.
///
/// ```
/// use tieout_accounting::metrics::{Movements, Switches, movements};
/// let january = tieout_accounting::Period::parse("2026-01")?;
/// assert_eq!(movements(&[], january, january.next(), &Switches::default())?, Movements::default());
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Movements {
    /// By customer.
    pub customers: BTreeMap<String, Movement>,
    /// All together.
    pub total: Movement,
}

impl Movement {
    fn of(opening: i64, closing: i64, known_before: bool) -> Self {
        let change = closing.saturating_sub(opening);
        let mut movement = Self {
            opening,
            closing,
            ..Self::default()
        };
        let part = match (opening, closing) {
            (0, _) if known_before => &mut movement.reactivation,
            (0, _) => &mut movement.new,
            (_, 0) => &mut movement.churn,
            _ if change > 0 => &mut movement.expansion,
            _ => &mut movement.contraction,
        };
        *part = change;
        movement
    }

    /// The sum of the movements: closing less opening.
    ///
    /// ```
    /// use tieout_accounting::metrics::Movement;
    /// assert_eq!(Movement { new: 20, churn: -50, ..Movement::default() }.change(), -30);
    /// ```
    pub fn change(&self) -> i64 {
        [self.new, self.reactivation, self.expansion, self.contraction, self.churn]
            .iter()
            .sum()
    }
}

/// Movements from one month to a later one.
///
/// ```
/// use tieout_accounting::metrics::{Recurrence, RecurringLine, Switches, movements};
/// use tieout_accounting::{Currency, Money, Period};
/// let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap_or_default();
/// let gbp = Currency::parse("GBP")?;
/// let year = |customer: &str, year: i32, minor| RecurringLine {
///     customer: customer.into(), amount: Money::new(minor, gbp), signed: day(&format!("{year}-01-01")),
///     start: day(&format!("{year}-01-01")), end: day(&format!("{year}-12-31")), recurrence: Recurrence::Subscription,
/// };
/// let lines = [year("Acme", 2026, 1200_00), year("Acme", 2027, 1560_00), year("Bolt", 2026, 600_00), year("Core", 2027, 240_00)];
/// let moved = movements(&lines, Period::parse("2026-12")?, Period::parse("2027-01")?, &Switches::default())?;
/// assert_eq!((moved.total.opening, moved.total.closing), (150_00, 150_00));
/// assert_eq!((moved.total.new, moved.total.expansion, moved.total.churn), (20_00, 30_00, -50_00));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
///
/// # Errors
/// A line that cannot be; see [`RecurringLine::mrr`].
pub fn movements(lines: &[RecurringLine], from: Period, to: Period, switches: &Switches) -> Result<Movements, Refusal> {
    let (opening, closing) = (mrr(lines, from, switches)?, mrr(lines, to, switches)?);
    let had_before = |customer: &str| lines.iter().any(|line| line.customer == customer && Period::of(line.start) < from);
    let mut moved = Movements::default();
    let names: std::collections::BTreeSet<&String> = opening.keys().chain(closing.keys()).collect();
    for name in names {
        let of = |months: &BTreeMap<String, i64>| months.get(name).copied().unwrap_or(0);
        let movement = Movement::of(of(&opening), of(&closing), had_before(name));
        moved
            .total
            .add(&movement)
            .ok_or_else(|| Refusal::too_large("movements", movement.closing))?;
        moved.customers.insert(name.clone(), movement);
    }
    Ok(moved)
}

impl Movement {
    fn add(&mut self, other: &Self) -> Option<()> {
        let pairs = [
            (&mut self.opening, other.opening),
            (&mut self.new, other.new),
            (&mut self.reactivation, other.reactivation),
            (&mut self.expansion, other.expansion),
            (&mut self.contraction, other.contraction),
            (&mut self.churn, other.churn),
            (&mut self.closing, other.closing),
        ];
        for (sum, amount) in pairs {
            *sum = sum.checked_add(amount)?;
        }
        Some(())
    }
}
