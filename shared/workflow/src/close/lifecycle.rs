//! The life of a period: open, proposed, approved, posting, closed; and open again where a journal was voided while it was posted.
//!
//! Pure: what a step makes of a period's record, or why it cannot be taken. Who takes a step writes the record over the one that was read.

use chrono::{DateTime, Utc};
use tieout_platform::config::Approval;
use tieout_store::{PeriodRecord, PeriodState};

use crate::error::WorkflowError;

use super::MONTH_END;

/// A closed period takes no step: later facts are another month's.
const NOTHING_LEFT: &str = "nothing is left to do for it: what became known later goes into the first open month";

/// The state in words.
pub fn state_name(state: &PeriodState) -> &'static str {
    match state {
        PeriodState::Open => "open",
        PeriodState::Proposed { .. } => "proposed",
        PeriodState::Approved { .. } => "approved",
        PeriodState::Posting { .. } => "being posted",
        PeriodState::Closed { .. } => "closed",
    }
}

/// Whether the period takes a new proposal: what is approved or posted keeps the one that was approved.
pub fn may_be_planned(state: &PeriodState) -> bool {
    !matches!(state, PeriodState::Approved { .. } | PeriodState::Posting { .. })
}

/// The record with `proposal`, whose hash is `hash`; `None` where it is closed, or the same hash is proposed already, so that who proposed it
/// and when stay as they are.
pub fn proposed(record: &PeriodRecord, proposal: String, hash: &str, by: &str, at: DateTime<Utc>) -> Option<PeriodRecord> {
    let count = match &record.state {
        PeriodState::Closed { .. } => return None,
        PeriodState::Proposed { hash: before, .. } if before == hash => return None,
        PeriodState::Proposed { revision, .. } => revision + 1,
        PeriodState::Open | PeriodState::Approved { .. } | PeriodState::Posting { .. } => 1,
    };
    let state = PeriodState::Proposed {
        by: by.to_owned(),
        at,
        hash: hash.to_owned(),
        revision: count,
    };
    Some(PeriodRecord {
        state,
        proposal: Some(proposal),
        ..record.clone()
    })
}

/// The record approved by `by`, who saw the proposal of `hash`.
///
/// # Errors
/// [`WorkflowError::WrongState`] where nothing is proposed; [`WorkflowError::SamePerson`] where `by` prepared it;
/// [`WorkflowError::StaleHash`] where another proposal took the place of the one that was seen.
pub fn approved(record: &PeriodRecord, hash: &str, by: &str, at: DateTime<Utc>) -> Result<PeriodRecord, WorkflowError> {
    let PeriodState::Proposed {
        by: preparer,
        hash: proposed,
        ..
    } = &record.state
    else {
        return Err(wrong_state(record, not_approvable(&record.state)));
    };
    if preparer == by {
        return Err(WorkflowError::SamePerson { by: by.to_owned() });
    }
    if proposed != hash {
        return Err(WorkflowError::StaleHash {
            proposed: proposed.clone(),
            given: hash.to_owned(),
        });
    }
    let state = PeriodState::Approved {
        proposed_by: preparer.clone(),
        by: by.to_owned(),
        at,
        hash: hash.to_owned(),
    };
    Ok(PeriodRecord { state, ..record.clone() })
}

/// The record before its first journal leaves; `None` where an earlier call brought it there. A proposal that nobody approved is posted by
/// month-end alone, where the entity's policy says so.
///
/// # Errors
/// [`WorkflowError::WrongState`] where nothing is approved.
pub fn posting(record: &PeriodRecord, by: &str, at: DateTime<Utc>, approval: Approval) -> Result<Option<PeriodRecord>, WorkflowError> {
    let (approver, hash) = match &record.state {
        PeriodState::Posting { .. } => return Ok(None),
        PeriodState::Approved { by, hash, .. } => (by.as_str(), hash),
        PeriodState::Proposed { hash, .. } if by == MONTH_END && approval == Approval::Automatic => {
            ("policy: close.approval = automatic", hash)
        }
        PeriodState::Open | PeriodState::Proposed { .. } | PeriodState::Closed { .. } => {
            return Err(wrong_state(record, not_postable(&record.state)));
        }
    };
    let state = PeriodState::Posting {
        by: approver.to_owned(),
        at,
        hash: hash.clone(),
    };
    Ok(Some(PeriodRecord { state, ..record.clone() }))
}

/// The record once all its journals are posted.
pub fn closed(record: &PeriodRecord, by: &str, at: DateTime<Utc>) -> PeriodRecord {
    let state = PeriodState::Closed { at, by: by.to_owned() };
    PeriodRecord { state, ..record.clone() }
}

/// The record where a journal was voided in the ledger while others were posted: it is to be planned anew.
pub fn open_again(record: &PeriodRecord) -> PeriodRecord {
    PeriodRecord {
        state: PeriodState::Open,
        ..record.clone()
    }
}

fn wrong_state(record: &PeriodRecord, action: &'static str) -> WorkflowError {
    WorkflowError::WrongState {
        entity: record.entity.clone(),
        period: record.period.clone(),
        state: match &record.state {
            PeriodState::Open => "is open, and nothing is proposed for it".to_owned(),
            PeriodState::Proposed { by, hash, .. } => format!("is proposed by {by} (hash {hash}), and not approved"),
            PeriodState::Approved { by, at, .. } => format!("was approved by {by} on {}", day_and_time(*at)),
            PeriodState::Posting { at, .. } => format!("is being posted since {}", day_and_time(*at)),
            PeriodState::Closed { by, at } => format!("was closed by {by} on {}", day_and_time(*at)),
        },
        action,
    }
}

fn day_and_time(at: DateTime<Utc>) -> impl std::fmt::Display {
    at.format("%Y-%m-%d %H:%M UTC")
}

/// What to do where a period that stands there is to be approved.
fn not_approvable(state: &PeriodState) -> &'static str {
    match state {
        PeriodState::Open => "run `tieout close plan` first",
        // It can be approved: the hash or the person is the matter.
        PeriodState::Proposed { .. } => "approve it with `tieout close approve`",
        PeriodState::Approved { .. } => "an approval counts once; the next step is `tieout close post`",
        PeriodState::Posting { .. } => "it was approved before; `tieout close post` goes on with it",
        PeriodState::Closed { .. } => NOTHING_LEFT,
    }
}

/// What to do where a period that stands there is to be posted.
fn not_postable(state: &PeriodState) -> &'static str {
    match state {
        PeriodState::Open => "run `tieout close plan`, then let another person approve it",
        PeriodState::Proposed { .. } => "let another person approve it with `tieout close approve`; only what was approved is posted",
        // They can be posted.
        PeriodState::Approved { .. } | PeriodState::Posting { .. } => "post it with `tieout close post`",
        PeriodState::Closed { .. } => NOTHING_LEFT,
    }
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests {
    use super::*;

    const HASH: &str = "0f";

    fn at() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    /// A period in each of its states, proposed by ana, approved by ben.
    fn records() -> [PeriodRecord; 5] {
        let (ana, ben, hash) = ("ana".to_owned(), "ben".to_owned(), HASH.to_owned());
        let states = [
            PeriodState::Open,
            PeriodState::Proposed {
                by: ana.clone(),
                at: at(),
                hash: hash.clone(),
                revision: 3,
            },
            PeriodState::Approved {
                proposed_by: ana,
                by: ben.clone(),
                at: at(),
                hash: hash.clone(),
            },
            PeriodState::Posting {
                by: ben.clone(),
                at: at(),
                hash,
            },
            PeriodState::Closed { at: at(), by: ben },
        ];
        states.map(|state| PeriodRecord {
            entity: "uk".to_owned(),
            period: "2026-01".to_owned(),
            state,
            revision: 7,
            proposal: Some("{}".to_owned()),
            snapshot: None,
        })
    }

    /// What a step makes of each state, in words.
    fn check(name: &str, expected: [&str; 5], step: impl Fn(&PeriodRecord) -> Result<Option<PeriodRecord>, WorkflowError>) {
        let found = records().map(|record| match step(&record) {
            Ok(None) => "stays".to_owned(),
            Ok(Some(next)) => state_name(&next.state).to_owned(),
            Err(WorkflowError::WrongState { .. }) => "wrong state".to_owned(),
            Err(WorkflowError::SamePerson { .. }) => "same person".to_owned(),
            Err(WorkflowError::StaleHash { .. }) => "stale hash".to_owned(),
            Err(error) => error.to_string(),
        });
        assert_eq!(found, expected, "{name}");
    }

    #[test]
    fn each_step_from_each_state() {
        // From: open, proposed, approved, being posted, closed.
        check(
            "proposed anew",
            ["proposed", "proposed", "proposed", "proposed", "stays"],
            |record| Ok(proposed(record, "{}".to_owned(), "other", "ana", at())),
        );
        check(
            "proposed the same",
            ["proposed", "stays", "proposed", "proposed", "stays"],
            |record| Ok(proposed(record, "{}".to_owned(), HASH, "ana", at())),
        );
        let wrong = "wrong state";
        check("approved by another", [wrong, "approved", wrong, wrong, wrong], |record| {
            approved(record, HASH, "ben", at()).map(Some)
        });
        check("approved by its preparer", [wrong, "same person", wrong, wrong, wrong], |record| {
            approved(record, HASH, "ana", at()).map(Some)
        });
        check("approved by an old hash", [wrong, "stale hash", wrong, wrong, wrong], |record| {
            approved(record, "old", "ben", at()).map(Some)
        });
        for (by, approval, of_proposed) in [
            ("ana", Approval::Required, wrong),
            ("ana", Approval::Automatic, wrong),
            (MONTH_END, Approval::Required, wrong),
            (MONTH_END, Approval::Automatic, "being posted"),
        ] {
            check(by, [wrong, of_proposed, "being posted", "stays", wrong], |record| {
                posting(record, by, at(), approval)
            });
        }
        check("closed", ["closed"; 5], |record| Ok(Some(closed(record, "ben", at()))));
        check("open again", ["open"; 5], |record| Ok(Some(open_again(record))));
    }

    #[test]
    fn a_step_that_cannot_be_taken_says_why_and_what_to_do() {
        let [open, proposed, approved_before, posting_now, closed_before] = records();
        let approve = |record: &PeriodRecord, hash: &str, by: &str| approved(record, hash, by, at()).map(drop);
        let post = |record: &PeriodRecord| posting(record, "ben", at(), Approval::Required).map(drop);
        let later = "nothing is left to do for it: what became known later goes into the first open month";
        let closed_text = format!("uk 2026-01 was closed by ben on 1970-01-01 00:00 UTC; {later}");
        let rows = [
            (
                approve(&open, HASH, "ben"),
                "uk 2026-01 is open, and nothing is proposed for it; run `tieout close plan` first",
            ),
            (
                approve(&proposed, "", "ben"),
                "the hash of the proposal is 0f, not \"\"; look at it again with `tieout close plan` before approving",
            ),
            (
                approve(&proposed, HASH, "ana"),
                "ana prepared this close, so another person has to approve it: one who may under [[people]] of tieout.toml",
            ),
            (
                approve(&approved_before, HASH, "ben"),
                "uk 2026-01 was approved by ben on 1970-01-01 00:00 UTC; an approval counts once; the next step is `tieout close post`",
            ),
            (
                approve(&posting_now, HASH, "ben"),
                "uk 2026-01 is being posted since 1970-01-01 00:00 UTC; it was approved before; `tieout close post` goes on with it",
            ),
            (approve(&closed_before, HASH, "ben"), closed_text.as_str()),
            (
                post(&open),
                "uk 2026-01 is open, and nothing is proposed for it; run `tieout close plan`, then let another person approve it",
            ),
            (
                post(&proposed),
                "uk 2026-01 is proposed by ana (hash 0f), and not approved; let another person approve it with `tieout close approve`; \
                 only what was approved is posted",
            ),
            (post(&closed_before), closed_text.as_str()),
        ];
        for (found, expected) in rows {
            assert_eq!(found.expect_err(expected).to_string(), expected);
        }
    }

    #[test]
    fn a_step_changes_the_state_and_no_more() {
        let [_, proposed_record, ..] = records();
        let next = approved(&proposed_record, HASH, "ben", at()).expect("another person approves");
        assert_eq!(
            PeriodRecord {
                state: proposed_record.state.clone(),
                ..next
            },
            proposed_record
        );
        let again = proposed(&proposed_record, "[]".to_owned(), "other", "ana", at()).expect("another proposal");
        let PeriodState::Proposed { revision, .. } = again.state else {
            panic!("{:?}", again.state)
        };
        assert_eq!((revision, again.proposal.as_deref()), (4, Some("[]")));
        assert!(records().iter().filter(|record| may_be_planned(&record.state)).count() == 3);
    }
}
