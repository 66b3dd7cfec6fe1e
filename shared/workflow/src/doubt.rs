//! Doubt: nobody knows whether a contract stands, since what it was booked from is gone, reopened or edited, or its invoice was deleted.
//! From that day nothing unbilled is recognised (ASC 606-10-25-1); what is invoiced goes on being released.
//!
//! Each cause is the case of the work list under which a person finds it, with the state that raised it: the events `doubted` and `settled`
//! bear both in their facts, so that what a person has answered is not asked again, and what came back is.
//!
//! | what comes | what is stored |
//! |---|---|
//! | a cause | `doubted`, once for each state of it |
//! | the cause is gone (the deal is again as it was booked), and no other one is open | `settled: kept` |
//! | a person settles it ([`crate::deal::settle`]) | `settled`, by whom, how and why; a state that was answered raises no doubt again |

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use tieout_accounting::event::{Doubted, EventKind, Settled};
use tieout_accounting::ids::ContractId;
use tieout_store::{Appended, Change, StoredContract, StoredEvent};

use crate::deployment::Deployment;
use crate::error::WorkflowError;
use crate::facts::{event, local_day, new_event};

/// Tries to append while others do.
const TRIES_MAX: u32 = 5;
/// Stands in the fact of a doubt that a person settled.
const BY_A_PERSON: &str = "person";
/// Stands in the fact of a doubt whose cause is gone.
const BY_ITSELF: &str = "cause-gone";

/// Why a case is closed whose question a person has answered.
pub const ANSWERED: &str = "a person has settled it";

/// Why a contract is in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cause<'a> {
    /// The key of its case.
    pub case: &'a str,
    /// What the record was when it raised the doubt; another state is another question.
    pub state: &'a str,
    /// In words, for the person who settles it.
    pub reason: &'a str,
}

/// Where a cause stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The contract is in doubt by it.
    Open,
    /// A person has answered this very state of it.
    Answered,
}

/// What a contract's events say of its doubts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Doubts<'a> {
    /// The cases by which it is in doubt, each with the state that raised it.
    open: BTreeMap<&'a str, &'a str>,
    /// What persons have answered: cases and their states.
    answered: BTreeSet<(&'a str, &'a str)>,
    /// What the last settlement closed, and how; nothing where it was nobody's, or something was raised since.
    settlement: Option<Settlement<'a>>,
}

/// What a person settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement<'a> {
    /// The cases that it closed.
    pub cases: BTreeSet<&'a str>,
    /// How, as [`answer_fact`] was given it.
    pub how: &'a str,
}

impl<'a> Doubts<'a> {
    /// Those of a contract, by all of its events.
    pub fn of(events: &'a [StoredEvent]) -> Self {
        let mut doubts = Self::default();
        for stored in events {
            let fact = stored.fact.as_deref().unwrap_or_default();
            match &stored.event.kind {
                EventKind::Doubted(_) => doubts.raised(fact),
                EventKind::Settled(_) => doubts.settled(fact),
                _ => {}
            }
        }
        doubts
    }

    /// Whether the contract is in doubt.
    pub fn is_any_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// The cases by which it is.
    pub fn open_cases(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.open.keys().copied()
    }

    /// Whether this case holds it in doubt.
    pub fn is_held_by(&self, case: &str) -> bool {
        self.open.contains_key(case)
    }

    /// Whether a person has answered this state of the cause.
    pub fn is_answered(&self, cause: &Cause<'_>) -> bool {
        self.answered.contains(&(cause.case, cause.state))
    }

    /// What a person settled last, where nothing was raised since.
    pub fn settlement(&self) -> Option<&Settlement<'a>> {
        self.settlement.as_ref()
    }

    fn raised(&mut self, fact: &'a str) {
        self.settlement = None;
        let mut parts = fact.splitn(4, '/').skip(2);
        if let (Some(state), Some(case)) = (parts.next(), parts.next()) {
            self.open.insert(case, state);
        }
    }

    fn settled(&mut self, fact: &'a str) {
        let closed = std::mem::take(&mut self.open);
        let mut parts = fact.splitn(4, '/').skip(2);
        self.settlement = match (parts.next(), parts.next()) {
            (Some(BY_A_PERSON), Some(how)) => Some(Settlement {
                cases: closed.keys().copied().collect(),
                how,
            }),
            _ => None,
        };
        if self.settlement.is_some() {
            self.answered.extend(closed);
        }
    }
}

/// Puts the contract in doubt, unless it is by this state of the cause, or a person has answered it.
///
/// # Errors
/// Those of the store; [`WorkflowError::Contended`].
pub async fn raise(deployment: &Deployment, contract: &ContractId, cause: &Cause<'_>) -> Result<Standing, WorkflowError> {
    for _ in 0..TRIES_MAX {
        let Some(stored) = deployment.store.contract(contract).await? else {
            break;
        };
        let doubts = Doubts::of(&stored.events);
        if doubts.is_answered(cause) {
            return Ok(Standing::Answered);
        }
        if doubts.open.get(cause.case) == Some(&cause.state) {
            return Ok(Standing::Open);
        }
        let fact = format!("doubted/{}/{}/{}", stored.events.len(), cause.state, cause.case);
        let doubted = EventKind::Doubted(Doubted {
            reason: cause.reason.to_owned(),
        });
        if append(deployment, &stored, doubted, cause.case, fact).await? {
            tracing::info!(%contract, case = cause.case, "contract in doubt");
            return Ok(Standing::Open);
        }
    }
    Err(WorkflowError::contended(contract))
}

/// Takes back the doubt of a case whose cause is gone, as long as no other case holds the contract in doubt; `true` where another one does.
///
/// # Errors
/// Those of the store; [`WorkflowError::Contended`].
pub async fn withdraw(deployment: &Deployment, contract: &ContractId, case: &str, why: &str) -> Result<bool, WorkflowError> {
    for _ in 0..TRIES_MAX {
        let Some(stored) = deployment.store.contract(contract).await? else {
            break;
        };
        let doubts = Doubts::of(&stored.events);
        if !doubts.is_held_by(case) {
            return Ok(false);
        }
        for other in doubts.open_cases().filter(|other| *other != case) {
            if deployment.store.parked_case(other).await?.is_some() {
                return Ok(true);
            }
        }
        let fact = format!("settled/{}/{BY_ITSELF}", stored.events.len());
        if append(deployment, &stored, EventKind::Settled(Settled::Kept), why, fact).await? {
            tracing::info!(%contract, case, "doubt taken back");
            return Ok(false);
        }
    }
    Err(WorkflowError::contended(contract))
}

/// What a person's settlement is stored as: at which event, and how.
pub fn answer_fact(contract: &StoredContract, how: &str) -> String {
    format!("settled/{}/{BY_A_PERSON}/{how}", contract.events.len())
}

/// Appends one event of today; `false` where the contract changed meanwhile.
async fn append(
    deployment: &Deployment,
    contract: &StoredContract,
    kind: EventKind,
    cause: &str,
    fact: String,
) -> Result<bool, WorkflowError> {
    let entity = deployment.entity(contract.outline.head.entity.as_str())?;
    let today = local_day(entity, deployment.clock.now());
    let change = Change {
        events: vec![new_event(event(first_day(contract, &kind, today), today, kind), cause, Some(fact))],
        ..Change::default()
    };
    Ok(matches!(deployment.store.append(contract, &change).await?, Appended::Done(..)))
}

/// The day of a doubt or of its end: today, but not before the contract is signed, and never so that the two change places. Within one day
/// the accounting takes a doubt before its end, so a doubt that comes back on the day of its end begins on the next.
pub fn first_day(contract: &StoredContract, kind: &EventKind, today: NaiveDate) -> NaiveDate {
    let last = contract.events.iter().rev().find_map(|stored| match (&stored.event.kind, kind) {
        (EventKind::Settled(_), EventKind::Doubted(_)) => stored.event.on.succ_opt(),
        (EventKind::Doubted(_) | EventKind::Settled(_), _) => Some(stored.event.on),
        _ => None,
    });
    [contract.signed_on(), last].into_iter().flatten().fold(today, NaiveDate::max)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use tieout_accounting::event::Event;

    use super::*;

    /// The events of a life; each step is `case+state`, `keep` or `end` by a person, or `gone`.
    fn life(steps: &[&str]) -> Vec<StoredEvent> {
        let event = |(index, step): (usize, &&str)| {
            let (kind, fact) = match step.split_once('+') {
                Some((case, state)) => (
                    EventKind::Doubted(Doubted { reason: String::new() }),
                    format!("doubted/{index}/{state}/deal/{case}"),
                ),
                None if *step == "gone" => (EventKind::Settled(Settled::Kept), format!("settled/{index}/cause-gone")),
                None => (EventKind::Settled(Settled::Kept), format!("settled/{index}/person/{step}")),
            };
            StoredEvent {
                event: Event::new(NaiveDate::default(), kind),
                cause: String::new(),
                fact: Some(fact),
                known_at: DateTime::UNIX_EPOCH,
                config_version: 1,
            }
        };
        steps.iter().enumerate().map(event).collect()
    }

    /// Open cases, whether state 1 of case A is answered, and how it was settled last.
    fn check(steps: &[&str], open: &[&str], is_answered: bool, how: Option<&str>) {
        let events = life(steps);
        let doubts = Doubts::of(&events);
        assert_eq!(doubts.open_cases().collect::<Vec<_>>(), open, "{steps:?}");
        let cause = Cause {
            case: "deal/A",
            state: "1",
            reason: "",
        };
        assert_eq!(doubts.is_answered(&cause), is_answered, "{steps:?}");
        assert_eq!(doubts.settlement().map(|settlement| settlement.how), how, "{steps:?}");
    }

    #[test]
    fn a_doubt_stands_until_it_is_settled_and_an_answer_holds_for_its_state() {
        check(&[], &[], false, None);
        check(&["A+1"], &["deal/A"], false, None);
        check(&["A+1", "B+1"], &["deal/A", "deal/B"], false, None);
        check(&["A+1", "gone"], &[], false, None);
        check(&["A+1", "keep"], &[], true, Some("keep"));
        check(&["A+1", "B+1", "end"], &[], true, Some("end"));
        // Another state is another question, and the first answer holds where the record comes back to it.
        check(&["A+1", "keep", "A+2"], &["deal/A"], true, None);
        check(&["A+1", "keep", "A+2", "gone"], &[], true, None);
        check(&["A+2", "keep"], &[], false, Some("keep"));
        // Another case that goes away by itself takes no answer with it.
        check(&["A+1", "keep", "B+1", "gone"], &[], true, None);
        check(&["A+1", "gone", "B+1", "keep"], &[], false, Some("keep"));
    }
}
