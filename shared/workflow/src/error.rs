//! What can go wrong in a use case, with the class that decides what happens to its message.

use std::time::Duration;

use tieout_accounting::Refusal;
use tieout_platform::effect::EffectError;
use tieout_platform::failure::{Class, Classified, Failure};

/// Why a use case did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum WorkflowError {
    /// The accounting refuses an event: a defect of ours or of the configuration.
    #[error("the accounting refuses it")]
    Refused(#[from] Refusal),
    /// An effect is not done.
    #[error(transparent)]
    Effect(#[from] EffectError),
    /// Another worker changed the same contract at the same time.
    #[error("contract {contract} was changed by somebody else at the same time")]
    Contended {
        /// The contract.
        contract: String,
    },
    /// What the store keeps cannot be read by this version of the code.
    #[error("{what} in the store cannot be read: {why}")]
    Unreadable {
        /// What.
        what: String,
        /// Why.
        why: String,
    },
    /// The request itself makes no sense; for the command line.
    #[error("{0}")]
    Impossible(String),
    /// The CRM, the ledger, the store or the queue failed.
    #[error(transparent)]
    Outside(Failure),
}

impl WorkflowError {
    /// A sentence for who typed the command.
    pub fn impossible(words: impl Into<String>) -> Self {
        Self::Impossible(words.into())
    }
}

impl Classified for WorkflowError {
    fn class(&self) -> Class {
        match self {
            Self::Contended { .. } => Class::Transient {
                after: Some(Duration::from_secs(1)),
            },
            Self::Effect(error) => error.class(),
            Self::Outside(failure) => failure.class(),
            Self::Refused(_) | Self::Unreadable { .. } | Self::Impossible(_) => Class::Permanent,
        }
    }
}

macro_rules! outside {
    ($($error:ty),*) => { $(
        impl From<$error> for WorkflowError {
            fn from(error: $error) -> Self {
                Self::Outside(Failure::from(error))
            }
        }
    )* };
}

outside!(
    tieout_crm::CrmError,
    tieout_ledger::LedgerError,
    tieout_store::StoreError,
    tieout_queue::QueueError
);
