//! What goes wrong, on demand. Everything is kept over a restart.

use crate::docs::Change;
use crate::salesforce::Salesforce;
use crate::salesforce::error::ApiError;
use crate::salesforce::faults::{Calls, Fault, Faults, Locked, Planned};
use crate::salesforce::ids::to_18;
use crate::salesforce::state::TOKEN;

impl Salesforce {
    /// The next `messages` outbound messages are never sent, and Salesforce holds them for delivered.
    pub fn lose_next_messages(&self, messages: u32) -> Result<(), ApiError> {
        self.set_faults(|faults| faults.lose_messages = messages)
    }

    /// The next `messages` outbound messages are sent twice, whatever is answered.
    pub fn double_next_messages(&self, messages: u32) -> Result<(), ApiError> {
        self.set_faults(|faults| faults.double_messages = messages)
    }

    /// The next `calls` writes that need a row of this account, or of any with `None`, find it locked.
    pub fn lock_rows(&self, account_id: Option<&str>, calls: u32) -> Result<(), ApiError> {
        let account = account_id.map(|id| to_18(id).ok_or_else(ApiError::not_found)).transpose()?;
        self.set_faults(|faults| {
            faults.locks.retain(|lock| lock.account != account);
            if calls > 0 {
                faults.locks.push(Locked { account, left: calls });
            }
        })
    }

    /// Ends every session.
    pub fn expire_tokens(&self) -> Result<(), ApiError> {
        self.inner.with_state(|state| {
            let removed: Vec<Change> = state.sessions.keys().map(|token| Change::remove(TOKEN, token)).collect();
            self.inner.docs.save(&removed)?;
            state.sessions.clear();
            Ok(())
        })
    }

    /// While on, every call of the vendor's interface answers 503 and no outbound message leaves; none is forgotten.
    pub fn outage(&self, on: bool) -> Result<(), ApiError> {
        self.set_faults(|faults| faults.outage = on)
    }

    /// The next `calls` calls of the data interface go wrong.
    pub fn fail_next(&self, calls: u32, fault: Fault) -> Result<(), ApiError> {
        self.fail_next_of(Calls::Data, calls, fault)
    }

    /// The next `calls` calls of this kind go wrong, after those that were planned before.
    pub fn fail_next_of(&self, kind: Calls, calls: u32, fault: Fault) -> Result<(), ApiError> {
        self.set_faults(|faults| {
            if calls > 0 {
                let planned = Planned {
                    fault,
                    calls: kind,
                    left: calls,
                };
                faults.planned.push(planned);
            }
        })
    }

    /// Everything is well again; sessions stay as they are.
    pub fn clear_faults(&self) -> Result<(), ApiError> {
        self.set_faults(|faults| *faults = Faults::default())
    }

    fn set_faults(&self, change: impl FnOnce(&mut Faults)) -> Result<(), ApiError> {
        self.inner.with_state(|state| {
            change(&mut state.faults);
            state.save_faults(&self.inner.docs)
        })?;
        self.inner.bell.notify_one();
        Ok(())
    }
}
