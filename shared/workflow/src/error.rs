//! What can go wrong in a use case, with the class that decides what happens to its message.

use std::time::Duration;

use chrono::NaiveDate;
use tieout_accounting::ids::ContractId;
use tieout_accounting::{Period, Refusal};
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
    /// What was named is not there.
    #[error("there is no {what} {name:?}; {known}")]
    NotFound {
        /// What was looked for, for instance `entity`.
        what: &'static str,
        /// What it was called.
        name: String,
        /// Which there are, or where to look.
        known: String,
    },
    /// A person may not do it.
    #[error("{by} may not {what}; see `may` under [[people]] of tieout.toml")]
    Denied {
        /// The person.
        by: String,
        /// What for.
        what: &'static str,
    },
    /// Who prepared a close may not approve it.
    #[error("{by} prepared this close, so another person has to approve it: one who may under [[people]] of tieout.toml")]
    SamePerson {
        /// The person.
        by: String,
    },
    /// The month is not over where the entity is, or its day of closing is not yet there.
    #[error("the close of {entity} {period} is due from {due} on (close.day in tieout.toml), and there it is {today}")]
    NotDue {
        /// The entity.
        entity: String,
        /// The month.
        period: Period,
        /// The first day on which it may be planned.
        due: NaiveDate,
        /// The day that it is where the entity is.
        today: NaiveDate,
    },
    /// A day that is to come has come.
    #[error("{until} is not after today, {today} (UTC); give a later day")]
    NotLater {
        /// The day that was given.
        until: NaiveDate,
        /// Today.
        today: NaiveDate,
    },
    /// An earlier month is to be closed first.
    #[error("{first} is still open for {entity}; close it first")]
    EarlierOpen {
        /// The entity.
        entity: String,
        /// The first open month.
        first: Period,
    },
    /// The period does not stand where this step begins.
    #[error("{entity} {period} {state}; {action}")]
    WrongState {
        /// The entity.
        entity: String,
        /// The month.
        period: String,
        /// Where it stands, and who brought it there.
        state: String,
        /// What to do.
        action: &'static str,
    },
    /// Another proposal took the place of the one that was seen.
    #[error("the hash of the proposal is {proposed}, not {given:?}; look at it again with `tieout close plan` before approving")]
    StaleHash {
        /// The hash of what is proposed.
        proposed: String,
        /// The hash of what was seen.
        given: String,
    },
    /// The stored proposal is not the one that was approved.
    #[error(
        "the stored proposal of {entity} {period} is not the one that was approved ({hash}): somebody changed the table by hand; \
         restore it from its backup"
    )]
    ProposalChanged {
        /// The entity.
        entity: String,
        /// The month.
        period: String,
        /// The hash that was approved.
        hash: String,
    },
    /// The ledger takes nothing of that date any more.
    #[error(
        "the ledger of {entity} is locked up to {lock_date}, and a journal is dated {date}; unlock it in {ledger}, post, and lock it again"
    )]
    Locked {
        /// The entity.
        entity: String,
        /// The last day that is locked.
        lock_date: NaiveDate,
        /// The journal's date.
        date: NaiveDate,
        /// What people call the ledger.
        ledger: &'static str,
    },
    /// A journal is not in the ledger as it was approved.
    #[error("journal {journal} {problem}; {remedy}")]
    JournalDiffers {
        /// Our key of it.
        journal: String,
        /// How it differs.
        problem: &'static str,
        /// What to do.
        remedy: String,
    },
    /// A journal was voided before its period was closed.
    #[error("journal {journal} was voided in the ledger before {period} was closed; the period is open again: plan it anew")]
    JournalVoided {
        /// Our key of it.
        journal: String,
        /// The month.
        period: Period,
    },
    /// A decision needs a reason that can be read later.
    #[error("the reason has {count} characters; write why, in 1 to {max}")]
    Reason {
        /// The characters that it has, without spaces around it.
        count: usize,
        /// The most that it may have.
        max: usize,
    },
    /// A doubt cannot be settled so.
    #[error("contract {contract} cannot be settled: {problem}; {remedy}")]
    CannotSettle {
        /// The contract.
        contract: String,
        /// Why not.
        problem: String,
        /// What to do.
        remedy: String,
    },
    /// `tieout.toml` and the books do not fit together.
    #[error("entities.{entity}.{key} {problem}")]
    Configuration {
        /// The entity.
        entity: String,
        /// The key.
        key: &'static str,
        /// What is wrong with it, and what to do.
        problem: String,
    },
    /// The CRM, the ledger, the store or the queue failed.
    #[error(transparent)]
    Outside(Failure),
}

impl WorkflowError {
    /// Somebody else wrote `contract` in between, again and again.
    pub fn contended(contract: &ContractId) -> Self {
        Self::Contended {
            contract: contract.to_string(),
        }
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
            Self::Refused(_)
            | Self::Unreadable { .. }
            | Self::NotFound { .. }
            | Self::Denied { .. }
            | Self::SamePerson { .. }
            | Self::NotDue { .. }
            | Self::NotLater { .. }
            | Self::EarlierOpen { .. }
            | Self::WrongState { .. }
            | Self::StaleHash { .. }
            | Self::ProposalChanged { .. }
            | Self::Locked { .. }
            | Self::JournalDiffers { .. }
            | Self::JournalVoided { .. }
            | Self::Reason { .. }
            | Self::CannotSettle { .. }
            | Self::Configuration { .. } => Class::Permanent,
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
