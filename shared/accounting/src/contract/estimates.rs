//! `estimated`: variable consideration, constrained and reassessed (606-10-32-5..14, 32-42..45).
//!
//! Example 40: 100 units at 150, of which 25 a unit are expected to be given back: revenue of 12,500 and a refund liability of
//! 2,500. A later estimate changes revenue in its own period, for what is satisfied, and the rest with the service.

use super::obligation::{Earn, Obligation, Segment};
use super::records::EstimateShare;
use super::state::{Pool, State};
use crate::Refusal;
use crate::arithmetic::{Ratio, mul_div, split};
use crate::event::{Basis, Estimated, Outcome};
use crate::journal::Rule;
use crate::money::major;

/// Fineness of what is left of an estimate from modification to modification, in parts of a minor unit.
const ESTIMATE_PARTS: i128 = 1_000_000_000;

impl State<'_> {
    pub(super) fn estimated(&mut self, estimated: &Estimated) -> Result<(), Refusal> {
        let included = self.minor(estimated.included, "estimated: included")?;
        let variable = self.variable(estimated)?;
        if let Some(variable) = variable.filter(|variable| included.abs() > variable.abs() || included.signum() * variable.signum() < 0) {
            let problem = format!("is more than the estimate of {}", major(variable, self.world.currency));
            return Err(Refusal::new(
                "estimated: included",
                estimated.included,
                problem,
                "the constraint can only lower the estimate (606-10-32-11)",
            ));
        }
        let currency = self.world.currency;
        let before = self.stated_beyond_price();
        let beyond = variable.map_or(0, |variable| (variable - included).max(0));
        match &estimated.obligation {
            Some(id) => {
                let place = self.place_of(id)?;
                let obligation = self.obligation(place)?;
                obligation.not_included = beyond;
                let change = included + obligation.of_whole.included - obligation.included;
                self.include_served(place, change)?;
                let words = format!(
                    "variable consideration of {id}: {} is included, a change of {}",
                    major(included, currency),
                    major(change, currency)
                );
                let first = self.world.today == self.signed_on;
                let rule = if first { Rule::Estimate } else { Rule::ChangedEstimate };
                self.note(words, rule);
            }
            None => self.estimate_whole(included, beyond)?,
        }
        if self.world.today == self.signed_on {
            self.allocation = self.allocated();
        }
        self.compare_stated(&before);
        Ok(())
    }

    /// What is expected: as written, or as it follows from the outcomes (32-8); both must agree.
    fn variable(&mut self, estimated: &Estimated) -> Result<Option<i128>, Refusal> {
        let currency = self.world.currency;
        let written = estimated
            .variable
            .map(|variable| self.minor(variable, "estimated: variable"))
            .transpose()?;
        let Some(worked_out) = estimated.worked_out() else {
            return Ok(written);
        };
        let minor_units = 10i128.pow(currency.exponent());
        let worked_out = Ratio::of(worked_out).of_amount(minor_units, self.world.rounding);
        let worked_out = worked_out.ok_or_else(|| Refusal::too_large("estimated: outcomes", estimated.included))?;
        if let Some(written) = written.filter(|written| *written != worked_out) {
            let problem = format!("is not the {} that the outcomes give", major(worked_out, currency));
            return Err(Refusal::new(
                "estimated: variable",
                major(written, currency),
                problem,
                "leave it out, or correct the outcomes",
            ));
        }
        let how = match estimated.basis {
            Basis::ExpectedValue => "the expected value",
            Basis::MostLikely => "the most likely amount",
        };
        let one = |outcome: &Outcome| format!("{} with {}", outcome.amount, outcome.probability);
        let outcomes = estimated.outcomes.iter().map(one).collect::<Vec<_>>().join(", ");
        self.note(
            format!("{how} of {outcomes} is {}", major(worked_out, currency)),
            Rule::ExpectedOrMostLikely,
        );
        Ok(Some(worked_out))
    }

    /// An estimate of the whole contract, allocated by the selling prices at inception.
    fn estimate_whole(&mut self, included: i128, beyond: i128) -> Result<(), Refusal> {
        let original =
            |(index, obligation): (usize, &Obligation)| (obligation.original && !obligation.metered).then_some((index, obligation.ssp));
        let mut originals: Vec<(usize, i128)> = self.obligations.iter().enumerate().filter_map(original).collect();
        if originals.is_empty() && (included, beyond) != (0, 0) {
            let problem = "has no price of the signing to which an estimate of the whole contract could belong";
            let amount = major(included + beyond, self.world.currency);
            return Err(Refusal::new(
                "estimated",
                amount,
                problem,
                "write the obligation that the estimate is of",
            ));
        }
        self.sort_by_id(&mut originals, |(index, _)| *index);
        let weights: Vec<i128> = originals.iter().map(|(_, ssp)| *ssp).collect();
        let by_selling_prices = |amount: i128| split(amount, &weights).ok_or_else(|| Refusal::too_large("estimated", amount));
        let (parts, beyond) = (by_selling_prices(included)?, by_selling_prices(beyond)?);
        let words = format!(
            "the estimate of {} is allocated as at inception: {parts:?} minor units",
            major(included, self.world.currency)
        );
        for (((place, _), included), beyond) in originals.into_iter().zip(parts).zip(beyond) {
            let share = EstimateShare { included, beyond };
            let before = std::mem::replace(&mut self.obligation(place)?.of_whole, share);
            let change = included - before.included;
            match self.pool.as_ref().and_then(|pool| pool.carried.get(&place)).copied() {
                None => self.include(place, change)?,
                Some((undelivered, _)) => {
                    let carried = undelivered
                        .of_amount(change, self.world.rounding)
                        .ok_or_else(|| Refusal::too_large("estimated", change))?;
                    self.include_in_pool(place, change - carried, carried)?;
                }
            }
        }
        self.note(words, Rule::ChangedEstimate);
        Ok(())
    }

    /// What was promised before modifications: of each part that these ended, what was served by then is revenue now; the rest
    /// belongs to what remains of the obligation (606-10-32-45(a), 32-40).
    fn include_served(&mut self, place: usize, change: i128) -> Result<(), Refusal> {
        let (policy, rounding) = (self.world.book.policy, self.world.rounding);
        let obligation = self.obligation(place)?;
        if obligation.restarts.is_empty() || obligation.ended || obligation.metered {
            return self.include(place, change);
        }
        let rest = obligation
            .restarts
            .iter()
            .try_fold(change.checked_mul(ESTIMATE_PARTS), |rest, (_, undelivered)| {
                rest.map(|rest| undelivered.of_amount(rest, rounding))
            });
        let rest = rest.flatten().and_then(|rest| mul_div(rest, 1, ESTIMATE_PARTS, rounding));
        let rest = rest.ok_or_else(|| obligation.too_large())?;
        obligation.included += change;
        obligation.add_earned(change - rest);
        obligation.reprice_rest(rest, &policy)?;
        self.dirty.push(place);
        Ok(())
    }

    fn include(&mut self, place: usize, change: i128) -> Result<(), Refusal> {
        let policy = self.world.book.policy;
        let obligation = self.obligation(place)?;
        obligation.included += change;
        obligation.reprice(change, &policy)?;
        self.dirty.push(place);
        Ok(())
    }

    /// The price was variable before a prospective modification: the part for what was delivered by then is revenue now,
    /// the rest is shared by what remained (606-10-32-45(a), Example 6).
    fn include_in_pool(&mut self, place: usize, now: i128, carried: i128) -> Result<(), Refusal> {
        let policy = self.world.book.policy;
        let obligation = self.obligation(place)?;
        obligation.included += now;
        obligation.segments.insert(
            0,
            Segment {
                amount: now,
                earn: Earn::Done,
            },
        );
        self.dirty.push(place);
        let Some(Pool {
            on,
            members,
            carried: progress,
        }) = self.pool.clone()
        else {
            return Ok(());
        };
        let weights: Vec<i128> = members.iter().map(|(_, weight)| *weight).collect();
        let parts = split(carried, &weights).ok_or_else(|| Refusal::too_large("estimated", carried))?;
        for ((member, _), part) in members.into_iter().zip(parts) {
            let obligation = self.obligation(member)?;
            obligation.included += part;
            obligation.reprice_since(on, progress.get(&member).map(|(_, progress)| *progress), part, &policy)?;
            self.dirty.push(member);
        }
        Ok(())
    }
}
