//! Faults to order: the next calls fail in a way that networks and servers fail.

use serde::{Deserialize, Serialize};

use super::limits::LimitProblem;

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// An error of the server, before the call had any effect.
    Status5xx {
        /// 500 to 599.
        status: u16,
    },
    /// The call is carried out and its reply kept, then the connection closes without an answer.
    DropReplyAfterEffect,
    /// The connection closes before the call had any effect.
    DropRequest,
    /// Carried out and answered, but only after a wait on the sandbox's clock; it holds one of the five slots meanwhile.
    SlowReply {
        /// The wait.
        delay_ms: u64,
    },
    /// A page of a gateway instead of JSON, 502, without effect.
    HtmlBody,
    /// Carried out; 200 with the first half of the JSON.
    TruncatedJson,
    /// A limit that somebody else used up; without effect.
    TooMany429 {
        /// What `X-Rate-Limit-Problem` names.
        problem: LimitProblem,
    },
}

/// Which calls a fault may hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FaultOn {
    /// Every call of the accounting API.
    Any,
    /// PUT and POST.
    Writes,
    /// GET.
    Reads,
}

/// The faults still to come, in order, and the outage.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Faults {
    pub(super) outage: bool,
    ordered: Vec<(FaultOn, Fault)>,
}

impl Faults {
    pub(super) fn order(&mut self, count: usize, on: FaultOn, fault: Fault) {
        self.ordered.extend(std::iter::repeat_n((on, fault), count));
    }

    pub(super) fn clear(&mut self) {
        self.ordered.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.ordered.len()
    }

    /// Takes the first fault that fits a call.
    pub(super) fn take(&mut self, is_write: bool) -> Option<Fault> {
        let fits = |on: FaultOn| match on {
            FaultOn::Any => true,
            FaultOn::Writes => is_write,
            FaultOn::Reads => !is_write,
        };
        let index = self.ordered.iter().position(|(on, _)| fits(*on))?;
        Some(self.ordered.remove(index).1)
    }
}
