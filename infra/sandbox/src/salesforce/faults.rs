//! What can be made to go wrong.

use serde::{Deserialize, Serialize};

/// How the next calls go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// 503 `SERVER_UNAVAILABLE`; nothing is done.
    Status5xx,
    /// The call takes effect, then the connection is cut before any answer.
    DropReplyAfterEffect,
    /// The connection is cut and nothing is done.
    DropRequest,
    /// 200 with a maintenance page; nothing is done.
    HtmlBody,
    /// The call takes effect, and half of its answer arrives as if it were the whole.
    TruncatedJson,
}

/// Which calls a fault waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Calls {
    /// Every call of the data interface.
    Data,
    /// Queries and reads of the data interface.
    Reads,
    /// Changes through the data interface.
    Writes,
    /// The token endpoint.
    Token,
}

impl Calls {
    /// Whether a call of this kind is among them.
    pub(super) fn cover(self, path: &str, is_read: bool) -> bool {
        let token = path.starts_with("/services/oauth2/");
        match self {
            Self::Token => token,
            Self::Data => !token,
            Self::Reads => !token && is_read,
            Self::Writes => !token && !is_read,
        }
    }
}

/// A fault for so many calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Planned {
    pub(super) fault: Fault,
    pub(super) calls: Calls,
    pub(super) left: u32,
}

/// A row lock that somebody else holds during so many calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Locked {
    /// The account whose rows are locked; `None` for every row.
    pub(super) account: Option<String>,
    pub(super) left: u32,
}

/// Everything that is set to go wrong; kept, so that a restart does not undo it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Faults {
    pub(super) outage: bool,
    pub(super) planned: Vec<Planned>,
    pub(super) locks: Vec<Locked>,
    pub(super) lose_messages: u32,
    pub(super) double_messages: u32,
}

impl Faults {
    /// Takes one call from the first fault that waits for it.
    pub(super) fn take(&mut self, path: &str, is_read: bool) -> Option<Fault> {
        let planned = self.planned.iter_mut().find(|planned| planned.calls.cover(path, is_read))?;
        planned.left = planned.left.saturating_sub(1);
        let fault = planned.fault;
        self.planned.retain(|planned| planned.left > 0);
        Some(fault)
    }

    /// Whether the rows of this account are locked.
    pub(super) fn locks(&self, account: Option<&str>) -> bool {
        self.locks
            .iter()
            .any(|lock| lock.account.is_none() || lock.account.as_deref() == account)
    }

    /// Counts one call that met locks of these accounts.
    pub(super) fn met(&mut self, accounts: &[Option<String>]) {
        for lock in &mut self.locks {
            if lock.account.is_none() || accounts.contains(&lock.account) {
                lock.left = lock.left.saturating_sub(1);
            }
        }
        self.locks.retain(|lock| lock.left > 0);
    }
}
