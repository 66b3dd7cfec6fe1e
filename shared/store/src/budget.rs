//! The shared budget of calls to one organisation: one item a tenant, rewritten whole under the revision that its writer saw.
//!
//! Cost: a granted call and its return are one write of less than 1 KB each, 2 write units a call, and no read as long as one process works alone:
//! each process remembers the state that it saw last, and a failed condition brings the present one with it. A refusal costs half a read unit.
//! At Xero's 60 calls a minute that is 2 writes a second on the item, far below the 1,000 of a partition.

mod state;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use tieout_platform::entropy::new_uuid;
use tieout_platform::failure::Failure;
use tieout_platform::vendor::{Budget, Feedback, Grant, Lease, Priority};

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

/// How many calls one organisation may get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Calls in any minute.
    pub minute: u32,
    /// Calls under way at once.
    pub at_once: u32,
    /// Calls a day.
    pub day: u32,
}

impl Limits {
    /// Xero's for one organisation: <https://developer.xero.com/documentation/guides/oauth2/limits>.
    pub const XERO: Self = Self {
        minute: 60,
        at_once: 5,
        day: 5_000,
    };
}

/// The limits, and the states that this process saw last.
#[derive(Debug, Clone)]
pub(crate) struct Shared {
    limits: Limits,
    seen: Arc<Mutex<BTreeMap<String, Seen>>>,
}

#[derive(Debug, Clone, Default)]
struct Seen {
    revision: u64,
    state: State,
}

impl Shared {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            seen: Arc::default(),
        }
    }

    fn seen(&self, tenant: &str) -> Option<Seen> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(tenant).cloned()
    }

    fn remember(&self, tenant: &str, seen: Seen) {
        let mut all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(tenant.to_owned(), seen);
    }
}

impl Store {
    async fn take_call(&self, tenant: &str, priority: Priority) -> Result<Grant, StoreError> {
        let id: String = new_uuid().simple().to_string();
        let id: String = id.chars().take(LEASE_ID_LENGTH).collect();
        let mut remembered = self.budget.seen(tenant);
        for _ in 0..TRIES_MAX {
            let fresh = remembered.is_none();
            let mut seen = match remembered.take() {
                Some(seen) => seen,
                None => self.read_budget(tenant).await?,
            };
            match seen.state.take(&id, self.clock.now(), priority, self.budget.limits) {
                Answer::Granted => {
                    remembered = self.write_budget(tenant, seen).await?;
                    if remembered.is_none() {
                        return Ok(Grant::Granted(Lease {
                            tenant: tenant.to_owned(),
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
        let mut remembered = self.budget.seen(&lease.tenant);
        for _ in 0..TRIES_MAX {
            let mut seen = match remembered.take() {
                Some(seen) => seen,
                None => self.read_budget(&lease.tenant).await?,
            };
            seen.state.give_back(&lease.id, self.clock.now(), feedback, self.budget.limits);
            remembered = self.write_budget(&lease.tenant, seen).await?;
            if remembered.is_none() {
                return Ok(());
            }
        }
        Err(StoreError::Contended {
            key: key(&lease.tenant)?.to_string(),
        })
    }

    async fn read_budget(&self, tenant: &str) -> Result<Seen, StoreError> {
        match self.table.get(&key(tenant)?).await? {
            Some(item) => read(&item),
            None => Ok(Seen::default()),
        }
    }

    /// Writes over the revision that was seen; what is there instead where somebody was faster.
    async fn write_budget(&self, tenant: &str, mut seen: Seen) -> Result<Option<Seen>, StoreError> {
        let condition = if seen.revision == 0 {
            Expression::absent()
        } else {
            Expression::new("#revision = :revision").number(":revision", seen.revision)
        };
        seen.revision = seen.revision.saturating_add(1);
        let item = Item::at(key(tenant)?)
            .with_number("revision", seen.revision)
            .with_json("state", &seen.state.to_json());
        match self.table.put(item, &condition).await? {
            Outcome::Done => {
                self.budget.remember(tenant, seen);
                Ok(None)
            }
            Outcome::Refused(Some(item)) => read(&item).map(Some),
            Outcome::Refused(None) => Ok(Some(Seen::default())),
        }
    }
}

impl Budget for Store {
    fn take<'a>(&'a self, tenant: &'a str, priority: Priority) -> BoxFuture<'a, Result<Grant, Failure>> {
        Box::pin(async move { Ok(self.take_call(tenant, priority).await?) })
    }

    fn give_back<'a>(&'a self, lease: Lease, feedback: Feedback) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move { Ok(self.return_call(lease, feedback).await?) })
    }
}

fn key(tenant: &str) -> Result<Key, StoreError> {
    Ok(Key::new(format!("BUDGET#{}", part("tenant", tenant)?), "BUDGET"))
}

fn read(item: &Item) -> Result<Seen, StoreError> {
    let state = State::from_json(&item.json("state")?);
    Ok(Seen {
        revision: item.number("revision")?,
        state: state.ok_or_else(|| item.broken("state", "the state of a budget"))?,
    })
}
