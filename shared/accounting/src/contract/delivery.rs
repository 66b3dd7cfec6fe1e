//! Transfer of control that events report: deliveries, progress, usage, rights (606-10-25-23..37, 55-41..45).
//!
//! Example: 3 units for 1,000.01, one delivered in January: 1 / 3 of the price, 333.34. A second delivery of all is refused.

use rust_decimal::Decimal;

use super::agent::own_decimal;
use super::obligation::{Earn, Obligation};
use super::state::State;
use crate::Refusal;
use crate::arithmetic::Ratio;
use crate::event::{Delivered, Progressed, Satisfied, Used};
use crate::ids::ObligationId;
use crate::journal::Rule;
use crate::schedule::{Schedule, Spread};

/// The most decimals of units that are worked out from an amount and a unit price.
const UNIT_DECIMALS_MAX: u32 = 9;

impl State<'_> {
    pub(super) fn delivered(&mut self, delivered: &Delivered) -> Result<(), Refusal> {
        let place = self.place_of(&delivered.obligation)?;
        let obligation = self.obligation(place)?;
        let satisfied = obligation.terms.satisfied;
        if !matches!(satisfied, Satisfied::AtPoint | Satisfied::ByDelivery | Satisfied::ByProgress) {
            return Err(wrong(obligation, "delivered", "is not satisfied by delivery"));
        }
        refuse_ended(obligation, "delivered")?;
        match (delivered.quantity, delivered.share) {
            (Some(quantity), _) => {
                let promised = obligation
                    .quantity
                    .ok_or_else(|| wrong(obligation, "quantity", "has no quantity of which units could be delivered"))?;
                obligation.units = obligation
                    .units
                    .checked_add(quantity)
                    .ok_or_else(|| Refusal::too_large("quantity", quantity))?;
                if obligation.units > promised {
                    let problem = format!("brings the units delivered to {} of {promised}", obligation.units);
                    return Err(Refusal::new(
                        format!("delivered: {}", delivered.obligation),
                        quantity,
                        problem,
                        "correct it, or enter the modification first",
                    ));
                }
                obligation.measure_units()?;
            }
            (None, Some(share)) => {
                let (now, before) = (Ratio::of(share), obligation.progress);
                let num = now
                    .num
                    .checked_mul(before.den)
                    .zip(before.num.checked_mul(now.den))
                    .and_then(|(now, before)| now.checked_add(before));
                let sum = num.zip(now.den.checked_mul(before.den)).map(|(num, den)| Ratio::new(num, den));
                let sum = sum.ok_or_else(|| Refusal::too_large("share", share))?;
                if sum.num > sum.den {
                    return Err(Refusal::new(
                        format!("delivered: {}", delivered.obligation),
                        share,
                        "brings the share delivered above 1",
                        "correct it",
                    ));
                }
                obligation.progress = sum;
                if let Some(quantity) = obligation.quantity {
                    obligation.units = quantity
                        .checked_mul(share)
                        .and_then(|units| units.checked_add(obligation.units))
                        .ok_or_else(|| Refusal::too_large("share", share))?;
                }
            }
            (None, None) if obligation.progress == Ratio::ONE => {
                return Err(wrong(obligation, "delivered", "has been delivered already"));
            }
            (None, None) => {
                obligation.progress = Ratio::ONE;
                obligation.units = obligation.quantity.unwrap_or(Decimal::ONE);
            }
        }
        self.dirty.push(place);
        Ok(())
    }

    pub(super) fn progressed(&mut self, progressed: &Progressed) -> Result<(), Refusal> {
        let place = self.place_of(&progressed.obligation)?;
        let today = self.world.today;
        let obligation = self.obligation(place)?;
        if !matches!(
            obligation.terms.satisfied,
            Satisfied::ByProgress | Satisfied::AtPoint | Satisfied::ByDelivery
        ) {
            return Err(wrong(obligation, "progressed", "is not satisfied by progress"));
        }
        refuse_ended(obligation, "progressed")?;
        // What was measured before a modification of the same day does not undo its own measure of what is left (25-13(b)).
        if obligation.progress_set_on != Some(today) {
            obligation.progress = Ratio::of(progressed.to);
        }
        self.dirty.push(place);
        Ok(())
    }

    pub(super) fn used(&mut self, used: &Used) -> Result<(), Refusal> {
        let place = self.place_of(&used.obligation)?;
        let amount = used
            .amount
            .map(|amount| self.minor(amount, "used: amount").map(|_| amount))
            .transpose()?;
        let obligation = self.obligation(place)?;
        if obligation.terms.satisfied != Satisfied::ByUsage {
            return Err(wrong(obligation, "used", "is not satisfied by usage"));
        }
        refuse_ended(obligation, "used")?;
        let too_large = || Refusal::too_large("used", used.quantity.or(used.amount).unwrap_or_default());
        let priced = match (used.quantity, obligation.terms.unit_price) {
            (Some(quantity), Some(unit_price)) => Some(quantity.checked_mul(unit_price).ok_or_else(too_large)?),
            _ => None,
        };
        let value = amount.or(priced);
        let capped_in_units = !obligation.metered && obligation.terms.quantity.is_some();
        let in_units = |amount: Decimal| {
            let units = amount.checked_div(obligation.terms.unit_price?)?.normalize();
            (units.scale() <= UNIT_DECIMALS_MAX).then_some(units)
        };
        let step = if capped_in_units {
            used.quantity.or_else(|| amount.and_then(in_units))
        } else {
            value
        };
        let step = step.ok_or_else(|| match amount {
            Some(_) => wrong(
                obligation,
                "used",
                "costs what no number of units at its unit price does; write quantity",
            ),
            None => wrong(obligation, "used", "says neither how many units were used nor what they cost"),
        })?;
        if obligation.metered {
            let ours = own_decimal(&obligation.terms, step).ok_or_else(too_large)?;
            obligation.metered_sum = obligation
                .metered_sum
                .checked_add(ours)
                .filter(|sum| *sum < Decimal::from(10_000_000_000_000i64))
                .ok_or_else(too_large)?;
        } else {
            obligation.units = obligation.units.checked_add(step).ok_or_else(too_large)?;
            obligation.measure_units()?;
        }
        self.dirty.push(place);
        Ok(())
    }

    pub(super) fn exercised(&mut self, id: &ObligationId) -> Result<(), Refusal> {
        let place = self.right(id, "exercised")?;
        let policy = self.world.book.policy;
        let obligation = self.obligation(place)?;
        let method = obligation.terms.method.unwrap_or(policy.method);
        let service = obligation.service.clone();
        if let Some(segment) = obligation.segments.last_mut() {
            segment.earn = match service {
                Some(service) => Earn::Over(Spread::new(segment.amount, Schedule::new(method, &service)?, &policy)?),
                None => Earn::Done,
            };
        }
        self.dirty.push(place);
        self.note(
            format!("the right {id} is exercised: its price belongs to the service that it buys"),
            Rule::RightExercised,
        );
        Ok(())
    }

    pub(super) fn expired(&mut self, id: &ObligationId) -> Result<(), Refusal> {
        let place = self.right(id, "expired")?;
        let obligation = self.obligation(place)?;
        if let Some(segment) = obligation.segments.last_mut() {
            segment.earn = Earn::Done;
        }
        self.dirty.push(place);
        self.note(format!("the right {id} expires: its price is revenue now"), Rule::RightExpired);
        Ok(())
    }

    fn right(&mut self, id: &ObligationId, what: &str) -> Result<usize, Refusal> {
        let place = self.place_of(id)?;
        let obligation = self.obligation(place)?;
        let waiting = matches!(obligation.segments.last().map(|segment| &segment.earn), Some(Earn::Waiting));
        if !obligation.is_right() || !waiting || obligation.ended {
            return Err(wrong(obligation, what, "is not a material right that is still open"));
        }
        Ok(place)
    }
}

/// What was cancelled or removed is not delivered any more.
fn refuse_ended(obligation: &Obligation, what: &str) -> Result<(), Refusal> {
    if obligation.ended {
        let remedy = "date it before the end, or add a new obligation";
        return Err(Refusal::new(
            what,
            obligation.id(),
            "has ended: it was cancelled or removed",
            remedy,
        ));
    }
    Ok(())
}

fn wrong(obligation: &Obligation, what: &str, problem: &str) -> Refusal {
    let remedy = format!(
        "it is satisfied {}: write the event or the key that belongs to that",
        obligation.terms.satisfied.name()
    );
    Refusal::new(what, obligation.id(), problem, remedy)
}
