//! Which treatment a modification gets, by the rules of reading 9, and why.
//!
//! Example: ten seats more at their own price are separate (25-12), at a discount prospective (25-13(a)); a building that grows is
//! caught up (25-13(b)); a building and a service at once are mixed. A treatment that was decided by hand keeps both reasons.

use super::super::allocation::Price;
use super::super::obligation::Obligation;
use super::super::state::State;
use super::super::terms::is_metered;
use crate::Refusal;
use crate::arithmetic::Ratio;
use crate::event::{Change, Modified, Satisfied, Ssp, Treatment};
use crate::journal::Rule;
use crate::money::major;

impl State<'_> {
    /// The treatment by the rules (reading 9), or as decided by hand; with the reason.
    pub(super) fn decide(&mut self, modified: &Modified, changes: &[(usize, &Change)], change: i128) -> Result<Treatment, Refusal> {
        let by_rule = self.by_rule(modified, changes, change)?;
        let (words, paragraph) = match modified.treatment.unwrap_or(by_rule) {
            Treatment::Separate => (
                "separate contract: what is added is distinct and costs its stand-alone selling price",
                Rule::SeparateContract,
            ),
            Treatment::Prospective => (
                "prospective: what remains is distinct from what was delivered, so the old contract ends and a new one starts",
                Rule::Prospective,
            ),
            Treatment::CatchUp => (
                "catch-up: what remains is not distinct from what was delivered, so progress times the new price is revenue to date",
                Rule::CumulativeCatchUp,
            ),
            Treatment::Mixed => (
                "mixed: the distinct remainder prospectively, the partly satisfied obligation with catch-up",
                Rule::Mixed,
            ),
        };
        let decided = match (modified.treatment, &modified.decided) {
            (None, _) => "decided by the rules".to_owned(),
            (Some(_), Some(who)) => format!("decided by hand: {who}; the rules say {}", by_rule.name()),
            (Some(_), None) => format!("given with the event; the rules say {}", by_rule.name()),
        };
        let price = major(change, self.world.currency);
        self.note(format!("{words}; the price changes by {price} ({decided})"), paragraph);
        Ok(modified.treatment.unwrap_or(by_rule))
    }

    pub(super) fn by_rule(&self, modified: &Modified, changes: &[(usize, &Change)], change: i128) -> Result<Treatment, Refusal> {
        let mut kinds = Vec::new();
        if !modified.add.is_empty() {
            let mut prices = 0i128;
            let mut at_ssp = true;
            for terms in modified.add.iter().filter(|terms| !is_metered(terms)) {
                let price = self.stated_price(terms)?;
                let unpriced = price.is_none() && terms.ssp == Ssp::AsPriced && terms.item.is_none();
                let ssp = if unpriced {
                    Price::Known(0)
                } else {
                    self.selling_price(terms, price)?
                };
                at_ssp &= terms.distinct && matches!(ssp, Price::Known(ssp) if price.unwrap_or(ssp) == ssp);
                prices += match (price, ssp) {
                    (Some(price), _) => price,
                    (None, Price::Known(ssp)) => ssp,
                    (None, Price::Residual { .. }) => 0,
                };
            }
            let alone = changes.is_empty();
            kinds.push(if at_ssp && (!alone || prices == change) {
                Treatment::Separate
            } else {
                Treatment::Prospective
            });
        }
        kinds.extend(changes.iter().map(|(place, terms)| {
            if self.is_caught_up(*place, terms) {
                Treatment::CatchUp
            } else {
                Treatment::Prospective
            }
        }));
        if !modified.remove.is_empty() {
            kinds.push(Treatment::Prospective);
        }
        if kinds.is_empty() {
            let open = |place: &usize| self.obligations.get(*place).is_some_and(|o| !o.ended && !o.metered);
            let caught = (0..self.obligations.len()).filter(open).all(|place| self.is_catch_up(place));
            kinds.push(if caught { Treatment::CatchUp } else { Treatment::Prospective });
        }
        let first = kinds.first().copied().unwrap_or(Treatment::Prospective);
        Ok(if kinds.iter().all(|kind| *kind == first) {
            first
        } else {
            Treatment::Mixed
        })
    }

    /// Whether a change of an obligation is caught up: its rest is not distinct from what was delivered, or there is no rest.
    pub(super) fn is_caught_up(&self, place: usize, terms: &Change) -> bool {
        self.is_catch_up(place) || self.is_delivered(place, terms)
    }

    /// Whether everything was delivered and no more is promised: only a change of the price is left (606-10-32-43).
    fn is_delivered(&self, place: usize, terms: &Change) -> bool {
        let more = terms.quantity.is_some() || terms.progress.is_some();
        let delivered = |obligation: &Obligation| {
            let by_delivery = matches!(obligation.terms.satisfied, Satisfied::AtPoint | Satisfied::ByDelivery);
            by_delivery && obligation.progress == Ratio::ONE
        };
        !more && self.obligations.get(place).is_some_and(delivered)
    }

    /// Whether the rest of an obligation is not distinct from what was delivered.
    pub(in super::super) fn is_catch_up(&self, place: usize) -> bool {
        self.obligations.get(place).is_some_and(|obligation| {
            let over_time = obligation.terms.satisfied == Satisfied::OverTime;
            obligation.terms.satisfied == Satisfied::ByProgress
                || !obligation.terms.distinct
                || over_time && obligation.terms.series == Some(false)
        })
    }
}
