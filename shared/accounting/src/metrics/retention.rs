//! Retention of the customers who were there at the start: gross (capped by customer), net, and of their number.

use serde::{Deserialize, Serialize};

use super::Movements;

/// Parts of two: what is left of what, so that nobody has to guess how a percentage was rounded.
///
/// ```
/// use tieout_accounting::metrics::Retention;
/// let kept = Retention { opening: 300, gross: 160, net: 190, logos: 3, lost: 1 };
/// assert!(kept.gross <= kept.net); // GRR 160 / 300, NRR 190 / 300
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// Recurring revenue at the start, minor units.
    pub opening: i64,
    /// What is left of it, each customer at most with what they had: the numerator of GRR.
    pub gross: i64,
    /// What these customers bring in now: the numerator of NRR.
    pub net: i64,
    /// Customers at the start.
    pub logos: usize,
    /// Of them, those who left.
    pub lost: usize,
}

/// Retention over movements; customers who came later do not count.
///
/// ```
/// use tieout_accounting::metrics::{Movement, Movements, retention};
/// let movement = |opening, closing| Movement { opening, closing, ..Movement::default() };
/// let customers = [("a", movement(100, 130)), ("b", movement(100, 60)), ("c", movement(100, 0)), ("d", movement(0, 50))];
/// let moved = Movements { customers: customers.map(|(name, of)| (name.to_owned(), of)).into(), ..Movements::default() };
/// let kept = retention(&moved);
/// assert_eq!((kept.opening, kept.gross, kept.net), (300, 160, 190)); // GRR 53.3 %, NRR 63.3 %
/// assert_eq!((kept.logos, kept.lost), (3, 1));
/// ```
pub fn retention(moved: &Movements) -> Retention {
    let mut kept = Retention::default();
    for movement in moved.customers.values().filter(|movement| movement.opening > 0) {
        kept.opening = kept.opening.saturating_add(movement.opening);
        kept.gross = kept.gross.saturating_add(movement.closing.clamp(0, movement.opening));
        kept.net = kept.net.saturating_add(movement.closing);
        kept.logos += 1;
        kept.lost += usize::from(movement.closing <= 0);
    }
    kept
}
