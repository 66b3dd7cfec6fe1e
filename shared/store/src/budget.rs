//! The shared budget of calls to one organisation: one item each, rewritten whole under the revision that its writer saw.
//!
//! Cost: a granted call and its return are one write of less than 1 KB each, 2 write units a call, and no read as long as one process works alone:
//! each process remembers the state that it saw last, and a failed condition brings the present one with it. A refusal costs half a read unit.
//! At 60 calls a minute that is 2 writes a second on the item, far below the 1,000 of a partition.

mod state;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use tieout_platform::failure::Failure;
use tieout_platform::vendor::{Budget, CallLimits, Feedback, Grant, Lease, Priority};

use crate::Store;
use crate::error::StoreError;
use crate::expression::Expression;
use crate::item::{Item, Key, part};
use crate::table::Outcome;

use state::{Answer, State};

/// Tries of one rewriting while others rewrite.
const TRIES_MAX: u32 = 12;
/// What a caller waits where others were faster all the time.
const CONTENDED_WAIT_MS: u64 = 100;
/// Length of a lease's id: long enough that two of one organisation differ.
const LEASE_ID_LENGTH: usize = 12;

/// The states that this process saw last.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shared {
    seen: Arc<Mutex<BTreeMap<String, Seen>>>,
}

#[derive(Debug, Clone, Default)]
struct Seen {
    revision: u64,
    state: State,
}

impl Shared {
    fn seen(&self, organisation: &str) -> Option<Seen> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(organisation).cloned()
    }

    fn remember(&self, organisation: &str, seen: Seen) {
        let mut all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(organisation.to_owned(), seen);
    }
}

impl Store {
    async fn take_call(&self, organisation: &str, limits: CallLimits, priority: Priority) -> Result<Grant, StoreError> {
        let id: String = self.table.new_id().chars().take(LEASE_ID_LENGTH).collect();
        let mut remembered = self.budget.seen(organisation);
        for _ in 0..TRIES_MAX {
            let fresh = remembered.is_none();
            let mut seen = match remembered.take() {
                Some(seen) => seen,
                None => self.read_budget(organisation).await?,
            };
            match seen.state.take(&id, self.clock.now(), priority, limits) {
                Answer::Granted => {
                    remembered = self.write_budget(organisation, seen).await?;
                    if remembered.is_none() {
                        return Ok(Grant::Granted(Lease {
                            organisation: organisation.to_owned(),
                            limits,
                            id,
                        }));
                    }
                }
                // No is only said by what is true now.
                Answer::Wait(wait) if fresh => return Ok(Grant::Wait(wait)),
                Answer::Wait(_) => {}
            }
        }
        Ok(Grant::Wait(Duration::from_millis(CONTENDED_WAIT_MS)))
    }

    async fn return_call(&self, lease: Lease, feedback: Feedback) -> Result<(), StoreError> {
        let mut remembered = self.budget.seen(&lease.organisation);
        for _ in 0..TRIES_MAX {
            let mut seen = match remembered.take() {
                Some(seen) => seen,
                None => self.read_budget(&lease.organisation).await?,
            };
            seen.state.give_back(&lease.id, self.clock.now(), feedback, lease.limits);
            remembered = self.write_budget(&lease.organisation, seen).await?;
            if remembered.is_none() {
                return Ok(());
            }
        }
        Err(StoreError::Contended {
            key: key(&lease.organisation)?.to_string(),
        })
    }

    async fn read_budget(&self, organisation: &str) -> Result<Seen, StoreError> {
        match self.table.get(&key(organisation)?).await? {
            Some(item) => read(&item),
            None => Ok(Seen::default()),
        }
    }

    /// Writes over the revision that was seen; what is there instead where somebody was faster.
    async fn write_budget(&self, organisation: &str, mut seen: Seen) -> Result<Option<Seen>, StoreError> {
        let condition = if seen.revision == 0 {
            Expression::absent()
        } else {
            Expression::new("#revision = :revision").number(":revision", seen.revision)
        };
        seen.revision = seen.revision.saturating_add(1);
        let item = Item::at(key(organisation)?)
            .with_number("revision", seen.revision)
            .with_json("state", &seen.state.to_json());
        match self.table.put(item, &condition).await? {
            Outcome::Done => {
                self.budget.remember(organisation, seen);
                Ok(None)
            }
            Outcome::Refused(Some(item)) => read(&item).map(Some),
            Outcome::Refused(None) => Ok(Some(Seen::default())),
        }
    }
}

impl Budget for Store {
    fn take<'a>(&'a self, organisation: &'a str, limits: CallLimits, priority: Priority) -> BoxFuture<'a, Result<Grant, Failure>> {
        Box::pin(async move { Ok(self.take_call(organisation, limits, priority).await?) })
    }

    fn give_back<'a>(&'a self, lease: Lease, feedback: Feedback) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move { Ok(self.return_call(lease, feedback).await?) })
    }
}

fn key(organisation: &str) -> Result<Key, StoreError> {
    Ok(Key::new(format!("BUDGET#{}", part("organisation", organisation)?), "BUDGET"))
}

fn read(item: &Item) -> Result<Seen, StoreError> {
    let state = State::from_json(&item.json("state")?);
    Ok(Seen {
        revision: item.number("revision")?,
        state: state.ok_or_else(|| item.broken("state", "the state of a budget"))?,
    })
}
