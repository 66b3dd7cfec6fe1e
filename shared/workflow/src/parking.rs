//! Work that waits for a person: never dropped, never retried in vain, visible until it is corrected.

use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tieout_platform::effect::hex;
use tieout_platform::telemetry::{Dimension, Metric};
use tieout_store::{Filed, Parked};

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

/// Who can do something about a case, where nobody was named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mover {
    /// The deal has to be corrected.
    Sales,
    /// Something is to be done or decided in the ledger.
    Finance,
    /// Rules, mapping, or our user's rights have to be changed.
    Administrator,
}

impl Mover {
    /// As people read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sales => "sales",
            Self::Finance => "finance",
            Self::Administrator => "administrator",
        }
    }
}

impl Reason {
    /// All of them, in the order of the work list's page.
    pub const ALL: [Self; 15] = [
        Self::Findings,
        Self::OrderWaits,
        Self::ChangedAfterBooking,
        Self::RecordDeleted,
        Self::NoRule,
        Self::SeveralRules,
        Self::BrokenRule,
        Self::RefusedByCrm,
        Self::ContactArchived,
        Self::ContactAmbiguous,
        Self::RefusedByLedger,
        Self::TotalsDiffer,
        Self::LedgerDiffers,
        Self::NotBilled,
        Self::CreditLeft,
    ];

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

    /// The reason of that name; `None` for one that newer code wrote.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }

    /// Who can do something about it.
    pub fn mover(self) -> Mover {
        match self {
            Self::Findings | Self::OrderWaits | Self::ChangedAfterBooking | Self::RecordDeleted => Mover::Sales,
            Self::NoRule | Self::SeveralRules | Self::BrokenRule | Self::RefusedByCrm => Mover::Administrator,
            Self::ContactArchived
            | Self::ContactAmbiguous
            | Self::RefusedByLedger
            | Self::TotalsDiffer
            | Self::LedgerDiffers
            | Self::NotBilled
            | Self::CreditLeft => Mover::Finance,
        }
    }
}

/// The most that the details of a case may hold, as JSON. With the findings' share a case stays below the 400 KB of an item.
const DETAILS_SIZE_MAX_BYTES: usize = 150 * 1024;
/// Rows of a list that large details keep.
const DETAIL_ROWS_MAX: usize = 40;
/// A detail that may change without a change of the question: how far the document came.
const PASSING_DETAIL: &str = "status";

/// Files `findings` under `key` until [`unpark`]; the same again keeps the first day and counts. What a person resolved with the same findings
/// is not filed again.
///
/// # Errors
/// Those of the store.
pub async fn park(deployment: &Deployment, key: &str, reason: Reason, findings: &[Finding], details: Value) -> Result<(), WorkflowError> {
    let now = deployment.clock.now();
    let (message, others) = finding::messages(findings);
    let parked = Parked {
        key: key.to_owned(),
        kind: reason.as_str().to_owned(),
        message,
        others,
        digest: digest(reason, findings, &details),
        details: bounded(details),
        since: now,
        last_seen: now,
        times: 1,
        assigned: None,
        snoozed: None,
    };
    match deployment.store.park(&parked).await? {
        Filed::Open => {
            tracing::info!(key, reason = reason.as_str(), "parked for a person");
            deployment.metrics.count(Metric::Parked, &[(Dimension::Kind, reason.as_str())]);
        }
        Filed::Answered => tracing::info!(key, reason = reason.as_str(), "a person has resolved this before"),
    }
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

/// SHA-256 of what was found: equal where a person would be asked the same.
fn digest(reason: Reason, findings: &[Finding], details: &Value) -> String {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update(text.len().to_be_bytes());
        hash.update(text);
    };
    add(reason.as_str());
    for finding in findings {
        for text in [&finding.field, &finding.value, &finding.problem, &finding.remedy] {
            add(text);
        }
    }
    let mut details = details.clone();
    if let Some(details) = details.as_object_mut() {
        details.remove(PASSING_DETAIL);
    }
    add(&details.to_string());
    hex(&hash.finalize())
}

/// Details that a case can hold: of large ones, the first rows of each list, and how many are left out.
fn bounded(details: Value) -> Value {
    let is_small = |details: &Value| details.to_string().len() <= DETAILS_SIZE_MAX_BYTES;
    if is_small(&details) {
        return details;
    }
    let cut = first_rows(details);
    if is_small(&cut) {
        return cut;
    }
    json!({ "left_out": "both versions are too large to be kept; compare them in the CRM and the ledger" })
}

fn first_rows(details: Value) -> Value {
    match details {
        Value::Array(rows) => {
            let more = rows.len().saturating_sub(DETAIL_ROWS_MAX);
            let mut kept: Vec<Value> = rows.into_iter().take(DETAIL_ROWS_MAX).map(first_rows).collect();
            if more > 0 {
                kept.push(json!(format!("and {more} more")));
            }
            Value::Array(kept)
        }
        Value::Object(keys) => keys.into_iter().map(|(key, value)| (key, first_rows(value))).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_a_name_of_its_own() {
        for reason in Reason::ALL {
            assert_eq!(Reason::parse(reason.as_str()), Some(reason));
        }
        assert_eq!(Reason::parse("of a later version"), None);
    }

    #[test]
    fn two_cases_are_the_same_where_the_question_is() {
        let finding = |value: &str| Finding::new("Quantity", value, "is not above zero", "enter what was sold");
        let of = |reason, values: &[&str], details: Value| {
            let findings: Vec<Finding> = values.iter().map(|value| finding(value)).collect();
            digest(reason, &findings, &details)
        };
        let base = of(Reason::Findings, &["-1"], json!({ "invoice": "INV-1", "status": "AUTHORISED" }));
        let rows = [
            (true, Reason::Findings, vec!["-1"], json!({ "invoice": "INV-1", "status": "PAID" })),
            (false, Reason::OrderWaits, vec!["-1"], json!({ "invoice": "INV-1" })),
            (false, Reason::Findings, vec!["-2"], json!({ "invoice": "INV-1" })),
            (false, Reason::Findings, vec!["-1", "-1"], json!({ "invoice": "INV-1" })),
            (false, Reason::Findings, vec!["-1"], json!({ "invoice": "INV-2" })),
        ];
        for (is_same, reason, values, details) in rows {
            assert_eq!(
                of(reason, &values, details.clone()) == base,
                is_same,
                "{reason:?} {values:?} {details}"
            );
        }
    }

    #[test]
    fn details_of_any_size_become_ones_that_an_item_holds() {
        let line = json!({ "id": "00k000000000001AAA", "product": "PLATFORM", "total_price": "12000.00", "start": "2026-01-05" });
        let versions =
            |lines: usize| json!({ "booked": { "lines": vec![line.clone(); lines] }, "now": { "lines": vec![line.clone(); lines] } });
        for (lines, kept) in [
            (0, 0),
            (3, 3),
            (DETAIL_ROWS_MAX + 1, DETAIL_ROWS_MAX + 1),
            (1_150, DETAIL_ROWS_MAX + 1),
        ] {
            let found = bounded(versions(lines));
            assert!(found.to_string().len() <= DETAILS_SIZE_MAX_BYTES, "{lines}");
            let rows = found["now"]["lines"].as_array().map(Vec::len);
            assert_eq!(rows, Some(kept), "{lines}");
        }
        let long = bounded(versions(1_150));
        assert_eq!(long["booked"]["lines"][DETAIL_ROWS_MAX], "and 1110 more");
        let one_text = bounded(json!({ "now": "x".repeat(DETAILS_SIZE_MAX_BYTES) }));
        assert!(one_text["left_out"].is_string(), "{one_text}");
    }
}
