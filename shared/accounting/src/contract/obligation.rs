//! A performance obligation in the course of its life: its price in segments, how each is earned, what was recognised and billed.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::records::{Booked, EstimateShare};
use super::selling_price::Basis;
use super::terms::{agreed_price, is_priced};
use crate::arithmetic::{Ratio, mul_div};
use crate::event::{ObligationTerms, Satisfied};
use crate::money::{Currency, Rounding};
use crate::schedule::{Service, Spread};
use crate::{Refusal, ids::ObligationId};

/// How a part of the price is earned.
#[derive(Debug, Clone)]
pub(super) enum Earn {
    /// It is.
    Done,
    /// Over a service period.
    Over(Spread),
    /// By progress measured from here to one.
    Measured { from: Ratio },
    /// Not before the customer decides.
    Waiting,
}

#[derive(Debug, Clone)]
pub(super) struct Segment {
    pub(super) amount: i128,
    pub(super) earn: Earn,
}

#[derive(Debug, Clone)]
pub(super) struct Obligation {
    pub(super) terms: ObligationTerms,
    /// Netting group.
    pub(super) group: usize,
    /// Stand-alone selling price at inception, minor units.
    pub(super) ssp: i128,
    pub(super) stated: i128,
    /// From what the selling price of the rest is worked out at a modification.
    pub(super) basis: Basis,
    pub(super) service: Option<Service>,
    pub(super) segments: Vec<Segment>,
    /// Metered obligations have no price beforehand (reading 5).
    pub(super) metered: bool,
    /// What was metered, in major units, and what estimates and credit notes changed of it, in minor units.
    pub(super) metered_sum: Decimal,
    pub(super) metered_adjustment: i128,
    /// What was metered and billed before the contract was taken over and is still open, in minor units.
    pub(super) metered_before: i128,
    /// Units delivered or used, and units promised.
    pub(super) units: Decimal,
    pub(super) quantity: Option<Decimal>,
    pub(super) progress: Ratio,
    /// Variable consideration included in the price.
    pub(super) included: i128,
    /// What its own estimate expects beyond that: it may be billed before it is included.
    pub(super) not_included: i128,
    /// Its part of the estimate of the whole contract.
    pub(super) of_whole: EstimateShare,
    /// Refunds of variable consideration that were settled.
    pub(super) settled: i128,
    /// Cancelled or removed: nothing more is earned by itself.
    pub(super) ended: bool,
    pub(super) original: bool,
    pub(super) recognised: i128,
    /// Where its last row stands in the contract's revenue by period.
    pub(super) row: Option<usize>,
    pub(super) recognised_base: i128,
    pub(super) billed: i128,
    /// Billed with the supplier's share, where there is one.
    pub(super) gross_billed: i128,
    /// The day on which its selling price was last measured.
    pub(super) measured_on: NaiveDate,
    /// The day on which a modification measured its progress anew.
    pub(super) progress_set_on: Option<NaiveDate>,
    /// What was still to be served at each modification that gave the rest a new schedule.
    pub(super) restarts: Vec<(NaiveDate, Ratio)>,
    /// What documents have booked of it, and what month-ends have.
    pub(super) documents: Booked,
    pub(super) booked: Booked,
    /// Unearned part of receivables written off, in the ledger's currency.
    pub(super) unearned_loss: i128,
    /// What was earned before the contract came into doubt, while it is in doubt.
    pub(super) before_doubt: Option<i128>,
    /// What of the price that was to be billed was earned when it was cancelled.
    pub(super) due_earned: Option<i128>,
    /// The highest price that it had: the one at which it was promised, and those at the ends of days.
    pub(super) highest: i128,
    /// Credited with the reason cancellation while it was not cancelled.
    pub(super) cancel_credited: i128,
}

impl Obligation {
    pub(super) fn id(&self) -> &ObligationId {
        &self.terms.id
    }

    /// The transaction price allocated to it: recognised and remaining.
    pub(super) fn price(&self) -> i128 {
        self.segments.iter().map(|segment| segment.amount).sum()
    }

    /// Earned through the end of a day, in minor units.
    pub(super) fn earned(&self, day: NaiveDate, currency: Currency, rounding: Rounding) -> Result<i128, Refusal> {
        self.sum(currency, rounding, |spread| spread.served(day))
    }

    /// What the books show as earned at a month's end: the same, except that a fiscal calendar's period ends on its own day.
    pub(super) fn settled(&self, day: NaiveDate, currency: Currency, rounding: Rounding) -> Result<i128, Refusal> {
        self.sum(currency, rounding, |spread| spread.through(day))
    }

    fn sum(&self, currency: Currency, rounding: Rounding, of: impl Fn(&Spread) -> Option<i128>) -> Result<i128, Refusal> {
        if self.metered && !self.ended {
            let unit = Decimal::from(10i64.pow(currency.exponent()));
            let gross = self
                .metered_sum
                .checked_mul(unit)
                .map(Ratio::of)
                .and_then(|ratio| ratio.of_amount(1, rounding));
            return gross.map(|gross| gross + self.metered_adjustment).ok_or_else(|| self.too_large());
        }
        let part = |segment: &Segment| match &segment.earn {
            Earn::Done => Some(segment.amount),
            Earn::Over(spread) => of(spread),
            Earn::Measured { from } => self.progress.beyond(*from)?.of_amount(segment.amount, rounding),
            Earn::Waiting => Some(0),
        };
        let sum = self
            .segments
            .iter()
            .try_fold(0i128, |sum, segment| part(segment).map(|part| sum + part));
        sum.ok_or_else(|| self.too_large())
    }

    /// Exact share of the last segment that is still to be delivered after a day.
    pub(super) fn undelivered(&self, day: NaiveDate) -> Result<Ratio, Refusal> {
        let share = match self.segments.last().map(|segment| &segment.earn) {
            Some(Earn::Over(spread)) => spread.schedule().share_through(day).map(Ratio::rest),
            Some(Earn::Measured { from }) => self.progress.beyond(*from).map(Ratio::rest),
            Some(Earn::Waiting) => Some(Ratio::ONE),
            Some(Earn::Done) | None => Some(Ratio::ZERO),
        };
        share.ok_or_else(|| self.too_large())
    }

    /// Whether anything of the last segment is still to be delivered after a day.
    pub(super) fn is_open(&self, day: NaiveDate) -> Result<bool, Refusal> {
        Ok(!self.ended && self.undelivered(day)?.num > 0)
    }

    pub(super) fn is_over_time(&self) -> bool {
        matches!(self.segments.last().map(|segment| &segment.earn), Some(Earn::Over(_)))
    }

    /// The refund liability that stands for expected refunds, where they were billed (606-10-32-10).
    pub(super) fn expected_refund(&self, rounding: Rounding) -> Result<i128, Refusal> {
        let expected = (-self.included).max(0);
        if expected == 0 {
            return Ok(0);
        }
        let gross = if self.metered { self.recognised } else { self.price() } + expected;
        let billed = (self.billed + self.settled).clamp(0, gross.max(0));
        let liable = if gross > 0 {
            mul_div(expected, billed, gross, rounding).ok_or_else(|| self.too_large())?
        } else {
            0
        };
        Ok((liable - self.settled).max(0))
    }

    /// What is variable and not included in its price.
    pub(super) fn variable(&self) -> i128 {
        self.not_included + self.of_whole.beyond
    }

    /// Last period in which a schedule has weight.
    pub(super) fn last_period(&self) -> Option<crate::Period> {
        let spread = |segment: &Segment| {
            if let Earn::Over(spread) = &segment.earn {
                Some(spread.schedule().last())
            } else {
                None
            }
        };
        self.segments.iter().filter_map(spread).max()
    }

    /// Whether its terms state a price.
    pub(super) fn is_priced(&self) -> bool {
        is_priced(&self.terms)
    }

    /// What it was agreed to cost: the stated price, or what was allocated where none is stated.
    pub(super) fn agreed_price(&self) -> i128 {
        agreed_price(&self.terms, self.stated, self.price())
    }

    /// Whether it is transferred unit by unit.
    pub(super) fn counts_units(&self) -> bool {
        self.quantity.is_some()
            && matches!(
                self.terms.satisfied,
                Satisfied::ByDelivery | Satisfied::ByUsage | Satisfied::AtPoint
            )
    }

    /// A modification gives what is still to be served a new price or schedule.
    pub(super) fn note_restart(&mut self, on: NaiveDate, undelivered: Option<Ratio>) {
        self.restarts.extend(undelivered.map(|undelivered| (on, undelivered)));
    }

    pub(super) fn is_right(&self) -> bool {
        self.terms.satisfied == Satisfied::MaterialRight
    }

    pub(super) fn too_large(&self) -> Refusal {
        Refusal::too_large(format!("obligation {}", self.id()), self.price())
    }
}
