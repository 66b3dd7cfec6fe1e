//! Work that waits for a person: never dropped, never retried in vain, visible until it is corrected.

use serde_json::Value;
use tieout_platform::telemetry::{Dimension, Metric};
use tieout_store::Parked;

use crate::deployment::Deployment;
use crate::error::WorkflowError;
use crate::finding::{self, Finding};

/// Why something waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The record is gone in the CRM.
    RecordDeleted,
    /// No rule chooses an entity.
    NoRule,
    /// Several rules do.
    SeveralRules,
    /// A rule cannot be computed for this deal.
    BrokenRule,
    /// Fields have to be corrected.
    Findings,
    /// The order changes a contract, and nobody knows which one, or from when.
    OrderWaits,
    /// A credit note has money left, and nothing is outstanding: refund or set off.
    CreditLeft,
    /// The customer's contact in the ledger is archived.
    ContactArchived,
    /// Several contacts could be the customer's.
    ContactAmbiguous,
    /// The ledger refuses what we want to write.
    RefusedByLedger,
    /// The CRM refuses what we want to write back.
    RefusedByCrm,
    /// The ledger's totals are not ours.
    TotalsDiffer,
    /// The deal was changed or reopened after it had been booked.
    ChangedAfterBooking,
    /// What the ledger has cannot be turned into events.
    LedgerDiffers,
    /// The invoice was voided or deleted: the deal is not billed.
    NotBilled,
}

impl Reason {
    /// Its name in the store, in logs and on the screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RecordDeleted => "record_deleted",
            Self::NoRule => "no_rule",
            Self::SeveralRules => "several_rules",
            Self::BrokenRule => "broken_rule",
            Self::Findings => "findings",
            Self::OrderWaits => "order_waits",
            Self::CreditLeft => "credit_left",
            Self::ContactArchived => "contact_archived",
            Self::ContactAmbiguous => "contact_ambiguous",
            Self::RefusedByLedger => "refused_by_ledger",
            Self::RefusedByCrm => "refused_by_crm",
            Self::TotalsDiffer => "totals_differ",
            Self::ChangedAfterBooking => "changed_after_booking",
            Self::LedgerDiffers => "ledger_differs",
            Self::NotBilled => "not_billed",
        }
    }
}

/// Files `findings` under `key` until [`unpark`]; the same again keeps the first day and counts.
///
/// # Errors
/// Those of the store.
pub async fn park(deployment: &Deployment, key: &str, reason: Reason, findings: &[Finding], details: Value) -> Result<(), WorkflowError> {
    tracing::info!(key, reason = reason.as_str(), "parked for a person");
    deployment.metrics.count(Metric::Parked, &[(Dimension::Kind, reason.as_str())]);
    let now = deployment.clock.now();
    let (message, others) = finding::messages(findings);
    let parked = Parked {
        key: key.to_owned(),
        kind: reason.as_str().to_owned(),
        message,
        others,
        details,
        since: now,
        last_seen: now,
        times: 1,
    };
    deployment.store.park(&parked).await?;
    Ok(())
}

/// Takes `key` off the list, as what it waited for has happened.
///
/// # Errors
/// Those of the store.
pub async fn unpark(deployment: &Deployment, key: &str, why: &str) -> Result<(), WorkflowError> {
    deployment.store.unpark(key, why).await?;
    Ok(())
}
