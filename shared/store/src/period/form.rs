//! The item of a period.

use crate::error::StoreError;
use crate::item::{Item, Key};

use super::{PeriodRecord, PeriodState};

pub(super) fn write(key: Key, record: &PeriodRecord) -> Item {
    let mut item = Item::at(key)
        .with_text("entity", &record.entity)
        .with_text("period", &record.period)
        .with_number("revision", record.revision);
    if let Some(proposal) = &record.proposal {
        item = item.with_long("proposal", proposal);
    }
    if let Some(snapshot) = &record.snapshot {
        item = item.with_long("snapshot", snapshot);
    }
    match &record.state {
        PeriodState::Open => item.with_text("state", "open"),
        PeriodState::Proposed { by, at, hash, revision } => item
            .with_text("state", "proposed")
            .with_text("by", by)
            .with_instant("at", *at)
            .with_text("hash", hash)
            .with_number("proposal_revision", *revision),
        PeriodState::Approved { proposed_by, by, at, hash } => item
            .with_text("state", "approved")
            .with_text("proposed_by", proposed_by)
            .with_text("by", by)
            .with_instant("at", *at)
            .with_text("hash", hash),
        PeriodState::Posting { by, at, hash } => item
            .with_text("state", "posting")
            .with_text("by", by)
            .with_instant("at", *at)
            .with_text("hash", hash),
        PeriodState::Closed { at, by } => item.with_text("state", "closed").with_text("by", by).with_instant("at", *at),
    }
}

pub(super) fn read_state(item: &Item) -> Result<PeriodState, StoreError> {
    Ok(match item.text("state")? {
        "open" => PeriodState::Open,
        "proposed" => PeriodState::Proposed {
            by: item.owned("by")?,
            at: item.instant("at")?,
            hash: item.owned("hash")?,
            revision: item.number("proposal_revision")?,
        },
        "approved" => PeriodState::Approved {
            proposed_by: item.owned("proposed_by")?,
            by: item.owned("by")?,
            at: item.instant("at")?,
            hash: item.owned("hash")?,
        },
        "posting" => PeriodState::Posting {
            by: item.owned("by")?,
            at: item.instant("at")?,
            hash: item.owned("hash")?,
        },
        "closed" => PeriodState::Closed {
            at: item.instant("at")?,
            by: item.owned("by")?,
        },
        _ => return Err(item.broken("state", "a state of a period")),
    })
}
