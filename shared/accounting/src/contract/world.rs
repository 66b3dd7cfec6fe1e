//! What surrounds a contract while its events are applied: the book, the currency, today.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::money::{Currency, Rounding};
use crate::rates::translate;
use crate::{Book, Refusal};

#[derive(Debug, Clone, Copy)]
pub(super) struct World<'a> {
    pub(super) book: &'a Book,
    pub(super) currency: Currency,
    pub(super) rounding: Rounding,
    pub(super) today: NaiveDate,
    /// The rate of the signing, where the policy keeps it for all later invoices.
    pub(super) contract_rate: Option<Decimal>,
    /// Yearly rate of a significant financing component, where the policy accounts for it.
    pub(super) financing_rate: Option<Decimal>,
}

impl World<'_> {
    pub(super) fn yesterday(&self) -> NaiveDate {
        self.today.pred_opt().unwrap_or(self.today)
    }

    pub(super) fn foreign(&self) -> bool {
        self.currency != self.book.ledger_currency
    }

    /// The rate of today, or the one that the ledger booked.
    pub(super) fn rate(&self, given: Option<Decimal>) -> Result<Decimal, Refusal> {
        match given {
            Some(rate) if self.foreign() => Ok(rate),
            _ if !self.foreign() => Ok(Decimal::ONE),
            _ => self.book.rates.in_force(self.currency, self.today),
        }
    }

    /// An amount at the rate of today.
    pub(super) fn base(&self, minor: i128) -> Result<i128, Refusal> {
        self.base_at(minor, self.rate(None)?)
    }

    /// An amount that is measured, not booked: before the first rate of the book, at that one.
    pub(super) fn measured(&self, minor: i128) -> Result<i128, Refusal> {
        self.base_at(minor, self.book.rates.in_force_or_first(self.currency, self.today)?)
    }

    /// What billed or earned units are worth as revenue, on a document at `rate`.
    pub(super) fn layer(&self, minor: i128, rate: Decimal) -> Result<i128, Refusal> {
        self.base_at(minor, self.contract_rate.unwrap_or(rate))
    }

    pub(super) fn base_at(&self, minor: i128, rate: Decimal) -> Result<i128, Refusal> {
        translate(minor, self.currency, self.book.ledger_currency, rate, self.rounding)
    }
}
