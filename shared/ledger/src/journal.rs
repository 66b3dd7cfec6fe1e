//! Manual journals: what month-end posts.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::capabilities::Capabilities;
use crate::document::Tracking;
use crate::ids::JournalId;

/// The fewest lines of a journal.
pub const LINES_MIN: usize = 2;

/// A journal to be posted, in the organisation's base currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJournal {
    /// Our key; the ledger has no field for it, so it goes where we can find it again. At most 200 characters.
    pub reference: String,
    /// What it is for, in words.
    pub narration: String,
    /// Its date, after the lock date.
    pub date: NaiveDate,
    /// Its lines: at least two, with a sum of zero.
    pub lines: Vec<NewJournalLine>,
}

/// A line to be posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJournalLine {
    /// Positive debits, negative credits.
    pub amount: Decimal,
    /// The account's code.
    pub account_code: String,
    /// What the line is for.
    pub description: String,
    /// At most as many as the ledger's [`Capabilities`] allow.
    pub tracking: Vec<Tracking>,
}

/// Why a journal cannot be posted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalFault {
    /// Too few lines.
    #[error("a journal has at least {LINES_MIN} lines, this one has {lines}")]
    TooFewLines {
        /// How many it has.
        lines: usize,
    },
    /// Debits and credits differ.
    #[error("debits and credits differ by {difference}")]
    Unbalanced {
        /// Debits less credits.
        difference: Decimal,
    },
    /// A sum that no decimal holds.
    #[error("the sum of the lines is out of range")]
    OutOfRange,
    /// More decimals than a ledger keeps.
    #[error("line {line}: {amount} has more than {decimals} decimals; round it before it is proposed")]
    TooPrecise {
        /// Which line, from 1.
        line: usize,
        /// Its amount.
        amount: Decimal,
        /// How many the ledger keeps.
        decimals: u32,
    },
    /// Too many dimensions.
    #[error("line {line} has more than {categories_max} tracking categories")]
    TooMuchTracking {
        /// Which line, from 1.
        line: usize,
        /// How many the ledger keeps.
        categories_max: usize,
    },
}

impl NewJournal {
    /// Checks what a ledger of these capabilities would refuse; to be called before the intent is stored.
    ///
    /// # Errors
    /// The first [`JournalFault`].
    pub fn check(&self, capabilities: &Capabilities) -> Result<(), JournalFault> {
        if self.lines.len() < LINES_MIN {
            return Err(JournalFault::TooFewLines { lines: self.lines.len() });
        }
        for (index, line) in self.lines.iter().enumerate() {
            if line.amount.normalize().scale() > capabilities.amount_decimals {
                return Err(JournalFault::TooPrecise {
                    line: index + 1,
                    amount: line.amount,
                    decimals: capabilities.amount_decimals,
                });
            }
            if line.tracking.len() > capabilities.line_tracking_max {
                return Err(JournalFault::TooMuchTracking {
                    line: index + 1,
                    categories_max: capabilities.line_tracking_max,
                });
            }
        }
        let mut amounts = self.lines.iter().map(|line| line.amount);
        let difference = amounts
            .try_fold(Decimal::ZERO, |sum, amount| sum.checked_add(amount))
            .ok_or(JournalFault::OutOfRange)?;
        if difference.is_zero() {
            Ok(())
        } else {
            Err(JournalFault::Unbalanced { difference })
        }
    }
}

/// Where a journal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JournalStatus {
    /// Not in the books.
    Draft,
    /// In the books.
    Posted,
    /// Was in the books, and voided.
    Voided,
    /// A draft that was deleted.
    Deleted,
    /// Put away by the ledger; in the books.
    Archived,
}

/// A journal as it stands in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journal {
    /// Its id.
    pub id: JournalId,
    /// What it is for; holds our key in brackets where it is ours.
    pub narration: String,
    /// Its date.
    pub date: NaiveDate,
    /// Where it stands.
    pub status: JournalStatus,
    /// Its lines.
    pub lines: Vec<JournalLine>,
    /// The address of its source; holds our key where it is ours.
    pub url: Option<String>,
    /// The latest change by the ledger's clock.
    pub updated_at: DateTime<Utc>,
    /// Where people see it.
    pub link: String,
}

/// A line as it stands in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalLine {
    /// Positive debits, negative credits.
    pub amount: Decimal,
    /// The account's code; none where the ledger knows the account by its id only.
    pub account_code: Option<String>,
    /// What the line is for.
    pub description: String,
    /// Its tracking.
    pub tracking: Vec<Tracking>,
}

/// One row of a list of changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalSummary {
    /// Its id.
    pub id: JournalId,
    /// What it is for.
    pub narration: String,
    /// The address of its source.
    pub url: Option<String>,
    /// Its date.
    pub date: NaiveDate,
    /// Where it stands.
    pub status: JournalStatus,
    /// The latest change.
    pub updated_at: DateTime<Utc>,
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use tieout_platform::vendor::CallLimits;

    use super::*;
    use crate::capabilities::JournalCurrency;

    const CAPABILITIES: Capabilities = Capabilities {
        drafts: true,
        document_lines_max: 100,
        batch_max: 1,
        journal_currency: JournalCurrency::Base,
        contact_key: None,
        line_tracking_max: 2,
        amount_decimals: 2,
        unit_decimals: 4,
        calls: CallLimits {
            minute: 1,
            at_once: 1,
            day: 1,
        },
    };

    fn fault(amounts: &[&str], tracking: usize) -> Option<String> {
        let category = Tracking {
            category: "Region".to_owned(),
            option: "North".to_owned(),
        };
        let journal = NewJournal {
            reference: "journal/uk/2026-11".to_owned(),
            narration: "November".to_owned(),
            date: NaiveDate::from_ymd_opt(2026, 11, 30).unwrap(),
            lines: amounts
                .iter()
                .map(|amount| NewJournalLine {
                    amount: amount.parse().unwrap(),
                    account_code: "200".to_owned(),
                    description: String::new(),
                    tracking: vec![category.clone(); tracking],
                })
                .collect(),
        };
        journal.check(&CAPABILITIES).err().map(|fault| fault.to_string())
    }

    #[test]
    fn what_a_ledger_would_refuse_is_found_before() {
        for (amounts, tracking, words) in [
            (&["10.00", "-10"][..], 2, None),
            (&["10.00"], 0, Some("at least 2 lines")),
            (&["100", "-10"], 0, Some("differ by 90")),
            (&["1.005", "-1.005"], 0, Some("line 1: 1.005")),
            (&["1", "-1"], 3, Some("line 1 has more than 2")),
        ] {
            let found = fault(amounts, tracking);
            match words {
                None => assert_eq!(found, None),
                Some(words) => assert!(found.as_ref().is_some_and(|text| text.contains(words)), "{found:?}"),
            }
        }
    }
}
