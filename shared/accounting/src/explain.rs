//! Explaining a story in words that a controller can hand to an auditor: revenue and balances by month first, then what
//! happened, what was decided and by which paragraph, the rates, the arithmetic of each figure, the journal entries, the notes.
//!
//! Text without a choice is a summary of bounded length: what is long is grouped or counted (docs/explain.md states the
//! limits), and a choice of period, product or document shows it whole. JSON is always whole.

mod happened;
mod json;
mod movements;
mod rates;
mod scope;
mod text;
mod view;

use serde_json::Value;

pub use scope::{Scope, ScopeError, Span};

use crate::contract::Contract;
use crate::event::Event;
use crate::ids::ContractId;
use crate::journal::Entry;
use crate::story::{Outcome, Story};
use crate::{Period, Refusal};
use view::View;

/// Most products that are listed one by one; more are grouped by item, or by the way in which they are satisfied.
const MAX_PRODUCTS: usize = 12;
/// Most months that stand in rows of their own; more are summed by year.
const MAX_MONTHS: usize = 36;
/// Most events, decisions, rates and workings of a contract that a summary lists.
const MAX_ROWS: usize = 48;
/// Most journal entries of a contract that a summary lists.
const MAX_ENTRIES: usize = 30;
/// Most lines of an entry that a summary lists; more are summed by account.
const MAX_ENTRY_LINES: usize = 8;
/// Most characters of an event in one line.
///
/// ```
/// use tieout_accounting::{Event, explain};
/// let doubted = serde_json::json!({"type": "doubted", "on": "2026-06-01", "reason": "unpaid ".repeat(100)});
/// let line = explain::in_words(&Event::from_value(doubted)?, 3);
/// assert_eq!(line.chars().count(), explain::MAX_LINE_CHARS);
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
pub const MAX_LINE_CHARS: usize = 400;
/// Most contracts that a summary shows.
const MAX_CONTRACTS: usize = 20;

/// Why a story cannot be explained.
///
/// ```
/// use tieout_accounting::{explain::{Explanation, ExplainError, Scope}, story::Story};
/// let story = Story::parse(r#"{"story": "s", "ledger": {"currency": "EUR"}, "events": [{"type": "signed", "on": "2026-05-04",
///     "obligations": [{"id": "workshop", "price": "950.00", "start": "2026-05-20", "end": "2026-05-20"}]}]}"#)?;
/// let scope = Scope { obligation: Some("wrokshop".into()), ..Scope::default() };
/// assert!(matches!(Explanation::new(&story, &story.play()?, scope), Err(ExplainError::Scope(_))));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExplainError {
    /// The story has no such period, product or document.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    /// The story is refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// A story with all that there is to say about it, within a scope.
///
/// ```
/// use tieout_accounting::{explain::{Explanation, Scope}, story::Story};
/// let story = Story::parse(r#"{"story": "s", "ledger": {"currency": "EUR"}, "events": [{"type": "signed", "on": "2026-05-04",
///     "obligations": [{"id": "workshop", "price": "950.00", "start": "2026-05-20", "end": "2026-05-20"}]}]}"#)?;
/// let outcome = story.play()?;
/// let explanation = Explanation::new(&story, &outcome, Scope::default())?;
/// assert!(explanation.to_text().contains("950.00"));
/// assert_eq!(explanation.to_json()["entries"][0]["paragraph"], "ASC 606-10-45-1, 45-3; IFRS 15.105, 107");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Explanation<'s> {
    story: &'s Story,
    outcome: &'s Outcome,
    scope: Scope,
    views: Vec<View<'s>>,
}

impl<'s> Explanation<'s> {
    /// Walks through the story once more and keeps what belongs to the scope.
    ///
    /// # Errors
    /// A scope that the story does not have; a story whose outcome is a refusal.
    ///
    /// ```
    /// use tieout_accounting::{explain::{Explanation, Scope, Span}, story::Story};
    /// let story = Story::parse(r#"{"story": "s", "ledger": {"currency": "EUR"}, "events": [{"type": "signed", "on": "2026-05-04",
    ///     "obligations": [{"id": "workshop", "price": "950.00", "start": "2026-05-20", "end": "2026-05-20"}]}]}"#)?;
    /// let scope = Scope { period: Some(Span::parse("2027")?), ..Scope::default() };
    /// let error = Explanation::new(&story, &story.play()?, scope).unwrap_err();
    /// assert!(error.to_string().contains("it covers 2026-05 to 2026-05"));
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn new(story: &'s Story, outcome: &'s Outcome, scope: Scope) -> Result<Self, ExplainError> {
        scope.check(story, outcome)?;
        let mut events: Vec<(ContractId, Vec<Event>)> = story.events_by_contract()?;
        let mut views = Vec::new();
        for contract in &outcome.contracts {
            let found = events.iter().position(|(id, _)| id == contract.id());
            let events = found.map(|at| events.swap_remove(at).1).unwrap_or_default();
            let view = View::new(contract, events, &scope, outcome, &story.book)?;
            if scope.is_whole() || !view.is_empty(&scope) {
                views.push(view);
            }
        }
        Ok(Self {
            story,
            outcome,
            scope,
            views,
        })
    }

    /// Plain text for a controller. Without a choice it is a summary within the limits of this module.
    ///
    /// ```
    /// use tieout_accounting::{explain::{Explanation, Scope}, story::Story};
    /// let story = Story::parse(r#"{"story": "s", "ledger": {"currency": "EUR"}, "events": [{"type": "signed", "on": "2026-05-04",
    ///     "obligations": [{"id": "workshop", "price": "950.00", "start": "2026-05-20", "end": "2026-05-20"}]}]}"#)?;
    /// let outcome = story.play()?;
    /// assert!(Explanation::new(&story, &outcome, Scope::default())?.to_text().contains("Contract liability by month"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_text(&self) -> String {
        text::text(self)
    }

    /// The keys of `expect`, computed, and beside them `questions`, `reasons`, `entries`, `workings`, `rates`, `roll_forward`.
    ///
    /// ```
    /// use tieout_accounting::{explain::{Explanation, Scope}, story::Story};
    /// let story = Story::parse(r#"{"story": "s", "ledger": {"currency": "EUR"}, "events": [{"type": "signed", "on": "2026-05-04",
    ///     "obligations": [{"id": "workshop", "price": "950.00", "start": "2026-05-20", "end": "2026-05-20"}]}]}"#)?;
    /// let outcome = story.play()?;
    /// let json = Explanation::new(&story, &outcome, Scope::default())?.to_json();
    /// assert_eq!((&json["recognised"]["2026-05"], &json["workings"][0]["amount"]), (&"950.00".into(), &"950.00".into()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_json(&self) -> Value {
        json::json(self)
    }

    /// Whether an entry of costs, another entity or the group belongs to the scope: as those of a contract, by when it is posted.
    fn has_other(&self, entry: &Entry) -> bool {
        self.outcome.until.is_none_or(|until| entry.posting_period <= until)
            && (self.scope.has_period(entry.posting_period) || self.scope.has_period(entry.economic_period))
    }

    fn until(&self, contract: &Contract) -> Period {
        self.outcome.until.unwrap_or(contract.through())
    }
}

/// What an event says, in one line of at most [`MAX_LINE_CHARS`] characters: of its products, at most `products_max` one by one.
///
/// ```
/// use tieout_accounting::explain::in_words;
/// let events = tieout_accounting::example::events()?;
/// assert_eq!(in_words(&events[1], 3), "invoiced INV-1: plan 1200.00 and tax of 240.00");
/// assert!(in_words(&events[0], 0).starts_with("signed"));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
pub fn in_words(event: &Event, products_max: usize) -> String {
    happened::in_one_line(&event.kind, products_max)
}

/// The summary of a whole story; of a refused one, why it is refused.
///
/// ```
/// use tieout_accounting::{explain::explain, story::Story};
/// let story = Story::parse(r#"{"story": "s", "ledger": {"currency": "EUR"}, "events": [{"type": "signed", "on": "2026-05-04",
///     "obligations": [{"id": "workshop", "price": "950.00", "satisfied": "over_time", "start": "2026-05-20", "end": "2026-05-20"}]}]}"#)?;
/// let text = explain(&story, &story.play()?);
/// assert!(text.contains("workshop") && text.contains("950.00"));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
pub fn explain(story: &Story, outcome: &Outcome) -> String {
    let refused = |why: &dyn std::fmt::Display| format!("{}\nRefused: {why}\n", text::title(story));
    match &outcome.error {
        Some(error) => refused(error),
        None => match Explanation::new(story, outcome, Scope::default()) {
            Ok(explanation) => explanation.to_text(),
            Err(error) => refused(&error),
        },
    }
}
