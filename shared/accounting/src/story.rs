//! Stories: a contract's life as a file, what the books must say, and whether they do (FORMAT.md).

mod acts;
mod check;
mod extras;
mod extras_json;
mod json;
mod lists;
mod outcome;
mod parse;
mod route;
mod treatments;

use serde_json::Value;

pub use check::Difference;
pub use extras::{ExtraOutcome, Extras, StoryCost};
pub use outcome::Outcome;

use crate::contract::{Contract, Working};
use crate::event::Event;
use crate::ids::ContractId;
use crate::{Book, Period, Refusal};

/// How long after the last event `expect` may still ask for balances, in months.
const MAX_ASKED_MONTHS: i32 = 120;

/// A story that was read.
///
/// ```
/// use tieout_accounting::story::Story;
/// let story = Story::parse(r#"{"story": "workshop", "ledger": {"currency": "EUR"}, "events": [
///     {"type": "signed", "on": "2026-05-04", "obligations":
///         [{"id": "workshop", "price": "950.00", "satisfied": "over_time", "start": "2026-05-20", "end": "2026-05-20"}]}],
///     "expect": {"recognised": {"2026-05": "950.00"}}}"#)?;
/// let outcome = story.play()?;
/// assert_eq!(outcome.to_json()["recognised"]["2026-05"], "950.00");
/// assert!(story.check(&outcome).is_empty());
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone)]
pub struct Story {
    /// Its id, the same as the file's name.
    pub id: String,
    /// A line about it.
    pub title: Option<String>,
    /// What is common to its contracts.
    pub book: Book,
    /// What happened, in the order in which it became known.
    pub events: Vec<Event>,
    /// Costs, deliveries by another entity, the group.
    pub extras: Extras,
    /// The figures that must come out; null where none are given.
    pub expect: Value,
}

impl Story {
    /// Reads a story.
    ///
    /// # Errors
    /// Too large, no JSON, an unknown key or a bad value: the JSON place, the value and the remedy.
    ///
    /// ```
    /// use tieout_accounting::story::Story;
    /// let story = Story::parse(r#"{"story": "workshop", "ledger": {"currency": "EUR"}, "events": [
    ///     {"type": "signed", "on": "2026-05-04", "obligations":
    ///         [{"id": "workshop", "price": "950.00", "satisfied": "over_time", "start": "2026-05-20", "end": "2026-05-20"}]}],
    ///     "expect": {"recognised": {"2026-05": "905.00"}}}"#)?;
    /// assert_eq!((story.id.as_str(), story.events.len()), ("workshop", 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        parse::story(text)
    }

    /// Computes what the books say.
    ///
    /// # Errors
    /// Events that cannot be; the message names the offending value or obligation.
    ///
    /// ```
    /// use tieout_accounting::story::Story;
    /// let story = Story::parse(r#"{"story": "workshop", "ledger": {"currency": "EUR"}, "events": [
    ///     {"type": "signed", "on": "2026-05-04", "obligations":
    ///         [{"id": "workshop", "price": "950.00", "satisfied": "over_time", "start": "2026-05-20", "end": "2026-05-20"}]}],
    ///     "expect": {"recognised": {"2026-05": "905.00"}}}"#)?;
    /// assert_eq!(story.play()?.to_json()["recognised"]["2026-05"], "950.00");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn play(&self) -> Result<Outcome, Refusal> {
        acts::refuse_open_reopenings(&self.events)?;
        let routed = route::route(&self.events)?;
        let compute = |book: &Book| {
            routed
                .iter()
                .map(|(id, events)| Contract::from_events(id, events, book))
                .collect::<Result<Vec<_>, Refusal>>()
        };
        let mut contracts = compute(&self.book)?;
        let last = self.last_touched(&contracts);
        if contracts.iter().any(|contract| Some(contract.through()) < last) {
            contracts = compute(&Book {
                until: last,
                ..self.book.clone()
            })?;
        }
        let mut outcome = Outcome::new(self, contracts);
        outcome.treatments = self.treatments(&outcome.contracts)?;
        outcome.extra = self.extras.compute(&outcome.contracts, &self.book.policy, outcome.until)?;
        outcome.refuse_endless()?;
        Ok(outcome)
    }

    /// The last period that anything touches: a service, an event, the day on which it became known, a posting, a question.
    fn last_touched(&self, contracts: &[Contract]) -> Option<Period> {
        let served = contracts.iter().map(Contract::through);
        let known = self.events.iter().map(|event| Period::of(event.known()));
        let entries = contracts
            .iter()
            .flat_map(Contract::entries)
            .filter(|entry| entry.reverses.is_none());
        let posted = entries.map(|entry| entry.posting_period);
        let touched = served.chain(known).chain(posted).chain(self.book.until).max()?;
        let asked = self.asked().filter(|period| period.since(touched) <= MAX_ASKED_MONTHS);
        asked.chain([touched]).max()
    }

    /// Periods of the days for which `expect` asks.
    fn asked(&self) -> impl Iterator<Item = Period> + '_ {
        let dated = ["balances", "rpo", "rpo_current"]
            .into_iter()
            .filter_map(|key| self.expect.get(key)?.as_object());
        let days = dated
            .flat_map(serde_json::Map::keys)
            .filter_map(|day| day.parse::<chrono::NaiveDate>().ok());
        days.map(Period::of)
    }

    /// The events of each contract, in the order in which they became known.
    ///
    /// # Errors
    /// An event that belongs to no contract, or may belong to several.
    ///
    /// ```
    /// use tieout_accounting::story::Story;
    /// let story = Story::parse(r#"{"story": "workshop", "ledger": {"currency": "EUR"}, "events": [
    ///     {"type": "signed", "on": "2026-05-04", "obligations":
    ///         [{"id": "workshop", "price": "950.00", "satisfied": "over_time", "start": "2026-05-20", "end": "2026-05-20"}]}]}"#)?;
    /// assert_eq!(story.events_by_contract()?[0].1.len(), 1); // of the contract C1
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn events_by_contract(&self) -> Result<Vec<(ContractId, Vec<Event>)>, Refusal> {
        route::route(&self.events)
    }

    /// The arithmetic of each figure of revenue, contract by contract.
    ///
    /// # Errors
    /// As [`Story::play`].
    ///
    /// ```
    /// use tieout_accounting::story::Story;
    /// let story = Story::parse(r#"{"story": "workshop", "ledger": {"currency": "EUR"}, "events": [
    ///     {"type": "signed", "on": "2026-05-04", "obligations":
    ///         [{"id": "workshop", "price": "950.00", "satisfied": "over_time", "start": "2026-05-20", "end": "2026-05-20"}]}]}"#)?;
    /// assert_eq!(story.workings()?[0].1[0].amount, 950_00);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn workings(&self) -> Result<Vec<(ContractId, Vec<Working>)>, Refusal> {
        let work = |(id, events): (ContractId, Vec<Event>)| {
            let workings = Contract::workings(&id, &events, &self.book)?;
            Ok((id, workings))
        };
        self.events_by_contract()?.into_iter().map(work).collect()
    }

    /// Compares with what is expected.
    ///
    /// ```
    /// use tieout_accounting::story::Story;
    /// let story = Story::parse(r#"{"story": "workshop", "ledger": {"currency": "EUR"}, "events": [
    ///     {"type": "signed", "on": "2026-05-04", "obligations":
    ///         [{"id": "workshop", "price": "950.00", "satisfied": "over_time", "start": "2026-05-20", "end": "2026-05-20"}]}],
    ///     "expect": {"recognised": {"2026-05": "905.00"}}}"#)?;
    /// assert_eq!(story.check(&story.play()?).len(), 1); // 905.00 was expected
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn check(&self, outcome: &Outcome) -> Vec<Difference> {
        check::check(&self.expect, outcome)
    }

    /// Last period that is reported.
    ///
    /// ```
    /// use tieout_accounting::story::Story;
    /// let story = Story::parse(r#"{"story": "workshop", "ledger": {"currency": "EUR"}, "events": [
    ///     {"type": "signed", "on": "2026-05-04", "obligations":
    ///         [{"id": "workshop", "price": "950.00", "satisfied": "over_time", "start": "2026-05-20", "end": "2026-05-20"}]}],
    ///     "expect": {"recognised": {"2026-05": "905.00"}}}"#)?;
    /// assert!(story.until().is_none()); // through the last period touched
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn until(&self) -> Option<Period> {
        self.book.until
    }
}

/// Reads, plays and checks a story in one go; a refusal is an outcome too, with the key `error`.
///
/// ```
/// let (outcome, differences) = tieout_accounting::story::run(r#"{"story": "none", "ledger": {"currency": "EUR"}, "events": []}"#);
/// assert!(outcome.error.is_some() && differences.len() == 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn run(text: &str) -> (Outcome, Vec<Difference>) {
    match Story::parse(text) {
        Ok(story) => {
            let outcome = story.play().unwrap_or_else(|refusal| Outcome::refused(&story, &refusal));
            let differences = story.check(&outcome);
            (outcome, differences)
        }
        Err(refusal) => {
            let outcome = Outcome::unreadable(&refusal);
            let expect = json::read(text)
                .ok()
                .and_then(|story| story.get("expect").cloned())
                .unwrap_or(Value::Null);
            let differences = check::check(&expect, &outcome);
            (outcome, differences)
        }
    }
}
