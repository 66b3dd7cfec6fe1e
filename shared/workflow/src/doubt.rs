//! Doubt: nobody knows whether a contract stands, since what it was booked from is gone, reopened or edited, or its invoice was deleted.
//! From that day nothing unbilled is recognised (ASC 606-10-25-1); what is invoiced goes on being released.
//!
//! Each cause is the case of the work list under which a person finds it, with the state that raised it: the events `doubted` and `settled`
//! bear both in their facts, so that what a person has settled is not asked again, and what came back is.
//!
//! | what comes | what is stored |
//! |---|---|
//! | a cause | `doubted`, once for each state of it |
//! | the cause is gone (the deal is again as it was booked), and no other one is open | `settled: kept` |
//! | a person settles it ([`crate::deal::settle`]) | `settled`, by whom and why; the same state raises no doubt again |

use std::collections::BTreeSet;

use chrono::NaiveDate;
use tieout_accounting::event::{Doubted, EventKind, Settled};
use tieout_accounting::ids::ContractId;
use tieout_store::{Appended, Change, StoredContract};

use crate::deployment::Deployment;
use crate::error::WorkflowError;
use crate::facts::{event, local_day, new_event};

/// Tries to append while others do.
const TRIES_MAX: u32 = 5;
/// Stands in the fact of a doubt that a person settled.
const BY_A_PERSON: &str = "person";
/// Stands in the fact of a doubt whose cause is gone.
const BY_ITSELF: &str = "cause-gone";

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
    /// A person has settled this very state of it.
    Settled,
}

/// Who settled a doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settler {
    /// A person.
    Person,
    /// Nobody: the cause is gone.
    Nobody,
}

/// Puts the contract in doubt, unless it is by this state of the cause, or a person has settled it.
///
/// # Errors
/// Those of the store; [`WorkflowError::Contended`].
pub async fn raise(deployment: &Deployment, contract: &ContractId, cause: &Cause<'_>) -> Result<Standing, WorkflowError> {
    for _ in 0..TRIES_MAX {
        let Some(stored) = deployment.store.contract(contract).await? else {
            break;
        };
        if let Some(standing) = standing(&stored, cause) {
            return Ok(standing);
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
    Err(contended(contract))
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
        let open = open_cases(&stored);
        if !open.contains(case) {
            return Ok(false);
        }
        for other in open.iter().filter(|other| *other != case) {
            if deployment.store.parked_case(other).await?.is_some() {
                return Ok(true);
            }
        }
        let kept = EventKind::Settled(Settled::Kept);
        if append(deployment, &stored, kept, why, settled_fact(&stored, Settler::Nobody)).await? {
            tracing::info!(%contract, case, "doubt taken back");
            return Ok(false);
        }
    }
    Err(contended(contract))
}

/// The cases by which the contract is in doubt.
pub fn open_cases(contract: &StoredContract) -> BTreeSet<String> {
    cases(contract).0
}

/// The cases that the last settlement closed, where it was a person's and nothing was raised since.
pub fn settled_cases(contract: &StoredContract) -> BTreeSet<String> {
    cases(contract).1
}

fn cases(contract: &StoredContract) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut open, mut settled) = (BTreeSet::new(), BTreeSet::new());
    for stored in &contract.events {
        let fact = stored.fact.as_deref();
        match &stored.event.kind {
            EventKind::Settled(_) if is_by_a_person(fact) => settled = std::mem::take(&mut open),
            EventKind::Settled(_) => open.clear(),
            EventKind::Doubted(_) => {
                settled.clear();
                open.extend(raised(fact).map(|(_, case)| case.to_owned()));
            }
            _ => {}
        }
    }
    (open, settled)
}

/// What the next settlement is stored as.
pub fn settled_fact(contract: &StoredContract, by: Settler) -> String {
    let by = match by {
        Settler::Person => BY_A_PERSON,
        Settler::Nobody => BY_ITSELF,
    };
    format!("settled/{}/{by}", contract.events.len())
}

/// Whether a settlement was a person's.
fn is_by_a_person(fact: Option<&str>) -> bool {
    fact.is_some_and(|fact| fact.ends_with(BY_A_PERSON))
}

/// Where this state of the cause stands; `None` where it was never raised, or was and went away since.
fn standing(contract: &StoredContract, cause: &Cause<'_>) -> Option<Standing> {
    let mut standing = None;
    for stored in &contract.events {
        match &stored.event.kind {
            EventKind::Doubted(_) => {
                if let Some((state, case)) = raised(stored.fact.as_deref())
                    && case == cause.case
                {
                    standing = (state == cause.state).then_some(Standing::Open);
                }
            }
            EventKind::Settled(_) if standing.is_some() => {
                standing = is_by_a_person(stored.fact.as_deref()).then_some(Standing::Settled);
            }
            _ => {}
        }
    }
    standing
}

/// State and case of a doubt.
fn raised(fact: Option<&str>) -> Option<(&str, &str)> {
    let mut parts = fact?.splitn(4, '/').skip(2);
    Some((parts.next()?, parts.next()?))
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
        documents: Vec::new(),
        orders: Vec::new(),
    };
    Ok(matches!(deployment.store.append(contract, &change).await?, Appended::Done(..)))
}

/// The day of a doubt or of its end: today, but not before the contract is signed, and never so that the two change places. Within one day
/// the accounting takes a doubt before its end, so a doubt that comes back on the day of its end begins on the next.
pub fn first_day(contract: &StoredContract, kind: &EventKind, today: NaiveDate) -> NaiveDate {
    let signed_on = contract.events.first().map(|signed| signed.event.on);
    let last = contract.events.iter().rev().find_map(|stored| match (&stored.event.kind, kind) {
        (EventKind::Settled(_), EventKind::Doubted(_)) => stored.event.on.succ_opt(),
        (EventKind::Doubted(_) | EventKind::Settled(_), _) => Some(stored.event.on),
        _ => None,
    });
    [signed_on, last].into_iter().flatten().fold(today, NaiveDate::max)
}

fn contended(contract: &ContractId) -> WorkflowError {
    WorkflowError::Contended {
        contract: contract.to_string(),
    }
}
