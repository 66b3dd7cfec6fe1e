//! How far everything is, in a line.

use std::fmt;

use super::error::DemoError;
use super::finance::Finance;
use super::sellers::Sellers;
use crate::stack::{Stack, StackError};

/// Counts of a moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Deals that are closed-won.
    pub won: usize,
    /// Invoices by where they are.
    pub drafts: usize,
    /// Approved, nothing or a part of it paid.
    pub authorised: usize,
    /// Paid or credited in full.
    pub paid: usize,
    /// What waits for a person.
    pub parked: usize,
    /// What failed five times.
    pub dead_letters: u64,
}

impl Counts {
    /// As it is now.
    pub async fn of(stack: &Stack, sellers: &Sellers, finance: &Finance) -> Result<Self, DemoError> {
        let mut counts = Self {
            won: sellers.won_count(),
            parked: stack.deployment.store.parked().await?.len(),
            dead_letters: dead_letters(stack)?,
            ..Self::default()
        };
        for (_, invoice) in finance.invoices() {
            match invoice.status.as_str() {
                "DRAFT" | "SUBMITTED" => counts.drafts += 1,
                "AUTHORISED" => counts.authorised += 1,
                "PAID" => counts.paid += 1,
                _ => {}
            }
        }
        Ok(counts)
    }
}

/// Messages in the dead-letter queues.
pub fn dead_letters(stack: &Stack) -> Result<u64, DemoError> {
    let depth = stack.services.depth().map_err(|error| StackError::Service {
        what: "the queues",
        source: Box::new(error),
    })?;
    Ok(depth
        .iter()
        .filter(|queue| queue.is_dead_letter)
        .map(|queue| queue.visible + queue.in_flight + queue.delayed)
        .sum())
}

impl fmt::Display for Counts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{:>2} deals won | {:>2} drafts, {:>2} authorised, {:>2} paid | {} parked, {} dead letters",
            self.won, self.drafts, self.authorised, self.paid, self.parked, self.dead_letters
        )
    }
}
