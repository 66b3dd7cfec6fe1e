//! The auditor: an independent model that knows, from the company's history, what must be true.
//!
//! It shares no code with the product: std, serde_json, rust_decimal and chrono are all it uses (a test of its own looks). The
//! simulator passes it each fact, each request and each line as it happens; that is cheap. A full look is for closes, for every so
//! many steps, and for the end, when faults have stopped and everything has drained.
//!
//! A new invariant is a file under `invariants/` and a line in `invariants::all`; a new kind of fact is a variant of
//! [`facts::What`].

mod books;
pub mod facts;
mod history;
mod invariant;
mod invariants;
mod json;
mod month;
mod position;
mod reference_model;
mod replay;
pub mod seen;
mod wire;

#[cfg(test)]
mod independence;
#[cfg(test)]
mod tampered;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use books::Books;
use facts::{Company, Fact};
use history::History;
use invariant::Invariant;
use seen::{Answer, Emitted, Request, Seen, Table};

pub use invariant::Violation;
pub use replay::differences;

/// Violations that are kept; a run that has broken once breaks everywhere.
const VIOLATIONS_MAX: usize = 20;

/// Judges one run.
pub struct Auditor {
    history: History,
    invariants: Vec<Box<dyn Invariant>>,
    outstanding: BTreeMap<u64, Request>,
    violations: Vec<Violation>,
    now: DateTime<Utc>,
}

impl Auditor {
    /// An auditor of a company that has not done anything yet.
    pub fn new(company: Company) -> Self {
        Self {
            invariants: invariants::all(&company),
            history: History::new(company),
            outstanding: BTreeMap::new(),
            violations: Vec::new(),
            now: DateTime::<Utc>::UNIX_EPOCH,
        }
    }

    /// Something happened in the company, or came to its end in a function.
    pub fn learn(&mut self, fact: &Fact, table: &dyn Table) {
        self.now = fact.at;
        self.history.learn(fact);
        self.each(|invariant, history| invariant.fact(fact, history, table));
    }

    /// A request leaves for a vendor; call it before the vendor has it.
    pub fn leaves(&mut self, request: Request, table: &dyn Table) {
        self.now = request.at;
        self.each(|invariant, history| invariant.leaves(&request, history, table));
        self.outstanding.insert(request.number, request);
    }

    /// A request is over for who had sent it; also when its sender crashed.
    pub fn answered(&mut self, answer: &Answer) {
        let Some(request) = self.outstanding.remove(&answer.number) else {
            return;
        };
        self.now = answer.at;
        self.history.hear(&request, answer);
        self.each(|invariant, history| invariant.answered(&request, answer, history));
    }

    /// Something was logged, counted, or said in an error.
    pub fn emitted(&mut self, emitted: &Emitted) {
        self.each(|invariant, history| invariant.emitted(emitted, history));
    }

    /// A full look while history goes on.
    pub fn look(&mut self, seen: &Seen) {
        self.now = seen.at;
        let books = Books::read(seen);
        self.each(|invariant, history| invariant.look(&books, history));
    }

    /// The last look. Faults have stopped, everything has drained, and a month was closed after the last fact.
    pub fn end(&mut self, seen: &Seen) {
        self.look(seen);
        let books = Books::read(seen);
        self.each(|invariant, history| invariant.end(&books, history));
    }

    /// The clocks of two functions may be so far apart, in seconds (F14): a lock that a clock ends is judged by that.
    pub fn clocks_apart(&mut self, seconds: u64) {
        self.history.clocks_apart_s = seconds;
    }

    /// From now on everything that comes was there before: nothing may leave that changes something (I6). Compare the world before and
    /// after with [`differences`].
    pub fn replay_begins(&mut self) {
        self.history.replaying = true;
    }

    /// The replay is over; history goes on.
    pub fn replay_ends(&mut self) {
        self.history.replaying = false;
    }

    /// What keeps the world from being drained; empty where it is (I9). Ask after each step once faults have stopped.
    pub fn undrained(&self, seen: &Seen) -> Vec<String> {
        invariants::undrained(&Books::read(seen))
    }

    /// What was found, in the order in which it was.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Each invariant's name, what must be true, and where that is written: for reports.
    pub fn catalogue(&self) -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
        self.invariants
            .iter()
            .map(|invariant| (invariant.name(), invariant.statement(), invariant.source()))
    }

    /// Notes a violation that the simulator itself has measured, such as a run that does not drain.
    pub fn measured(&mut self, invariant: &'static str, what: String) {
        self.violations.push(Violation {
            invariant,
            at: self.now,
            what,
        });
    }

    fn each(&mut self, mut ask: impl FnMut(&mut dyn Invariant, &History) -> Vec<String>) {
        for invariant in &mut self.invariants {
            for what in ask(invariant.as_mut(), &self.history) {
                if self.violations.len() < VIOLATIONS_MAX {
                    self.violations.push(Violation {
                        invariant: invariant.name(),
                        at: self.now,
                        what,
                    });
                }
            }
        }
    }
}
