//! Postings: the journals that are in the ledger, as far as we know.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;

use crate::Store;
use crate::error::StoreError;
use crate::expression::Expression;
use crate::item::{Item, Key, part};
use crate::table::Outcome;

/// Whether a journal is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostingState {
    /// In the ledger.
    Posted,
    /// Voided in the ledger.
    Voided,
    /// Not found in the ledger any more.
    Missing,
}

/// A journal as posted.
#[derive(Debug, Clone, PartialEq)]
pub struct Posting {
    /// Our business key of the journal.
    pub journal_key: String,
    /// The ledger's id.
    pub ledger_id: String,
    /// The journal's date.
    pub date: NaiveDate,
    /// The month that it was posted in, `2026-01`.
    pub posting_period: String,
    /// Its lines.
    pub lines: Value,
    /// Whether it is still there.
    pub state: PostingState,
}

/// What became of a new posting.
#[derive(Debug, Clone, PartialEq)]
pub enum Recorded {
    /// Recorded now, or before with the same ledger id and lines.
    Done,
    /// Another posting has the key.
    Different(Box<Posting>),
}

impl Store {
    /// Records a posting; the same again changes nothing, its state included.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn record_posting(&self, entity: &str, posting: &Posting) -> Result<Recorded, StoreError> {
        let lines = posting.lines.to_string();
        self.table.keep(&lines).await?;
        let item = Item::at(key(entity, &posting.journal_key)?)
            .with_text("journal_key", &posting.journal_key)
            .with_text("ledger_id", &posting.ledger_id)
            .with_date("date", posting.date)
            .with_text("posting_period", &posting.posting_period)
            .with_long("lines", &lines)
            .with_text("state", state_text(posting.state));
        let Outcome::Refused(found) = self.table.put(item, &Expression::absent()).await? else {
            return Ok(Recorded::Done);
        };
        let there = match found {
            Some(item) => self.read_posting(&item).await?,
            None => return Ok(Recorded::Done),
        };
        let same = Posting {
            state: there.state,
            ..posting.clone()
        };
        Ok(if same == there {
            Recorded::Done
        } else {
            Recorded::Different(Box::new(there))
        })
    }

    /// All postings of `entity`, by date and key; strongly consistent, all pages.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn postings(&self, entity: &str) -> Result<Vec<Posting>, StoreError> {
        let pk = format!("POSTINGS#{}", part("entity", entity)?);
        let mut postings = Vec::new();
        for item in self.table.query(&pk, "POSTING#").await? {
            postings.push(self.read_posting(&item).await?);
        }
        postings.sort_by(|one, other| (one.date, &one.journal_key).cmp(&(other.date, &other.journal_key)));
        Ok(postings)
    }

    /// Notes what was found of the journal in the ledger as of `at`; `false` where there is no such posting or something later is known.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn mark_posting(&self, entity: &str, journal_key: &str, state: PostingState, at: DateTime<Utc>) -> Result<bool, StoreError> {
        let changes = Expression::new("#state = :state, #marked_at = :at")
            .text(":state", state_text(state))
            .instant(":at", at);
        let condition = Expression::new("attribute_exists(#pk) AND (attribute_not_exists(#marked_at) OR #marked_at <= :at)");
        let outcome = self.table.update(&key(entity, journal_key)?, &changes, &condition).await?;
        Ok(outcome.is_done())
    }

    async fn read_posting(&self, item: &Item) -> Result<Posting, StoreError> {
        let state = match item.text("state")? {
            "posted" => PostingState::Posted,
            "voided" => PostingState::Voided,
            "missing" => PostingState::Missing,
            _ => return Err(item.broken("state", "a state of a posting")),
        };
        let lines = self.table.long(item, "lines").await?;
        let lines = lines.and_then(|lines| serde_json::from_str(&lines).ok());
        Ok(Posting {
            journal_key: item.owned("journal_key")?,
            ledger_id: item.owned("ledger_id")?,
            date: item.date("date")?,
            posting_period: item.owned("posting_period")?,
            lines: lines.ok_or_else(|| item.broken("lines", "JSON"))?,
            state,
        })
    }
}

fn key(entity: &str, journal_key: &str) -> Result<Key, StoreError> {
    let sk = format!("POSTING#{}", part("journal", journal_key)?);
    Ok(Key::new(format!("POSTINGS#{}", part("entity", entity)?), sk))
}

fn state_text(state: PostingState) -> &'static str {
    match state {
        PostingState::Posted => "posted",
        PostingState::Voided => "voided",
        PostingState::Missing => "missing",
    }
}
