//! `doubted`, `settled`: while nobody knows whether a contract stands, nothing unbilled is recognised (606-10-25-1, 25-6..8).
//!
//! Example: 1,200.00 for a year, 300.00 billed, in doubt from June: the 500.00 earned stay, June brings nothing. Settled as kept in
//! August, the months that were left out are recognised in August. Had all been billed, it would go on being released.

use super::obligation::Obligation;
use super::state::State;
use crate::Refusal;
use crate::arithmetic::mul_div;
use crate::event::{Doubted, Event, EventKind, Settled};
use crate::journal::Rule;
use crate::money::Rounding;

impl State<'_> {
    pub(super) fn doubted(&mut self, doubted: &Doubted) -> Result<(), Refusal> {
        if self.doubt.is_none() {
            self.doubt = Some(self.world.today);
            let (yesterday, currency, rounding) = (self.world.yesterday(), self.world.currency, self.world.rounding);
            for obligation in &mut self.obligations {
                obligation.before_doubt = Some(obligation.earned(yesterday, currency, rounding)?);
            }
        }
        let words = format!(
            "in doubt: {}; nothing unbilled is recognised until it is settled. Does the contract stand?",
            doubted.reason
        );
        self.ask(words, Rule::Doubt);
        Ok(())
    }

    /// Refuses a doubt that is settled by a modification or a cancellation of which the day knows nothing.
    pub(super) fn refuse_unaccompanied(&self, how: Settled, of_day: &[&Event]) -> Result<(), Refusal> {
        let (name, beside) = match how {
            Settled::Kept => return Ok(()),
            Settled::Changed => ("modified", of_day.iter().any(|event| matches!(event.kind, EventKind::Modified(_)))),
            Settled::Ended => (
                "cancelled",
                of_day.iter().any(|event| matches!(event.kind, EventKind::Cancelled(_))),
            ),
        };
        if beside {
            return Ok(());
        }
        let problem = format!("has no {name} of {} beside it", self.world.today);
        let remedy = format!("add the {name}, or write kept");
        Err(Refusal::new("settled: how", how.name(), problem, remedy))
    }

    pub(super) fn settled(&mut self, how: Settled) -> Result<(), Refusal> {
        let Some(since) = self.doubt.take() else {
            let remedy = "remove the event, or enter the doubt first";
            return Err(Refusal::new("settled", how.name(), "settles a doubt, and there is none", remedy));
        };
        for (place, obligation) in self.obligations.iter_mut().enumerate() {
            obligation.before_doubt = None;
            self.dirty.push(place);
        }
        let words = match how {
            Settled::Kept => format!("the doubt since {since} is settled: the contract stands, what was left out is recognised now"),
            Settled::Changed => format!("the doubt since {since} is settled by the modification"),
            Settled::Ended => format!("the doubt since {since} is settled by the cancellation"),
        };
        self.note(words, Rule::Doubt);
        Ok(())
    }
}

impl Obligation {
    /// What may be recognised in doubt: what was earned before it, or what is billed where that is more.
    pub(super) fn undoubted(&self, earned: i128, rounding: Rounding) -> Result<i128, Refusal> {
        let Some(before) = self.before_doubt else {
            return Ok(earned);
        };
        let billed = match (self.metered, self.stated) {
            (true, _) | (_, ..=0) => self.billed,
            (false, stated) if self.billed >= stated => self.price(),
            (false, stated) => mul_div(self.price(), self.billed.max(0), stated, rounding).ok_or_else(|| self.too_large())?,
        };
        Ok(earned.min(before.max(billed)))
    }
}
