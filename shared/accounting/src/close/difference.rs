//! Target minus posted of one contract, key by key, so that only what differs is kept.
//!
//! Example: the contracts say revenue of 110.00 for February, 100.00 are posted: the journal to post is 10.00. After it, nothing.

use super::proposal::Kind;
use super::{Entity, PostedLine};
use crate::Period;
use crate::contract::Contract;
use crate::ids::ObligationId;
use crate::journal::{Case, Role};

/// What an amount of a contract belongs to. Small and in the order of the journals, for it is sorted for each contract of a close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) posting: Period,
    pub(super) kind: Kind,
    /// Place among the names of the contract; none for an amount of the contract as a whole.
    pub(super) obligation: Option<u32>,
    pub(super) role: Role,
    pub(super) economic: Period,
}

/// An amount with its key, debit positive; a case where the contract says so, none where it was posted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Amount {
    key: Key,
    minor: i128,
    case: Option<Case>,
}

/// A difference and the case that explains it; none where something was posted that is no longer due.
#[derive(Debug, Clone, Copy)]
pub(super) struct Difference {
    pub(super) key: Key,
    pub(super) minor: i128,
    pub(super) case: Option<Case>,
}

/// A posted line with its kind, which stands in the key of its journal.
#[derive(Debug, Clone, Copy)]
pub(super) struct There<'p> {
    pub(super) kind: Kind,
    pub(super) line: &'p PostedLine,
}

/// The obligations that a contract and its postings name, as small numbers.
pub(super) struct Names<'c> {
    names: Vec<&'c ObligationId>,
    /// How many are the contract's own and in order; what was posted for others comes after.
    own: usize,
}

impl<'c> Names<'c> {
    pub(super) fn of(contract: Option<&'c Contract>) -> Self {
        let names: Vec<_> = contract.into_iter().flat_map(|contract| contract.dimensions().keys()).collect();
        Self { own: names.len(), names }
    }

    pub(super) fn get(&self, place: u32) -> Option<&'c ObligationId> {
        self.names.get(place as usize).copied()
    }

    fn place(&mut self, id: &'c ObligationId) -> u32 {
        let (own, others) = self.names.split_at(self.own);
        let found = own
            .binary_search(&id)
            .ok()
            .or_else(|| others.iter().position(|name| *name == id).map(|place| self.own + place));
        let place = found.unwrap_or_else(|| {
            self.names.push(id);
            self.names.len() - 1
        });
        // At most as many as there are obligations and posted lines.
        u32::try_from(place).unwrap_or(u32::MAX)
    }
}

/// What the month-end journals of a contract should have put into the ledger through a period.
pub(super) fn target<'c>(entity: &Entity, period: Period, contract: &'c Contract, names: &mut Names<'c>, amounts: &mut Vec<Amount>) {
    for entry in contract.entries().iter().filter(|entry| !entry.case.is_document()) {
        let kind = Kind::of(entry.case);
        if entry.posting_period > kind.last(period) {
            continue;
        }
        let posting = entity.calendar.first_open(entry.posting_period);
        amounts.extend(entry.lines.iter().map(|line| Amount {
            key: Key {
                posting,
                kind,
                obligation: line.obligation.as_ref().map(|id| names.place(id)),
                role: line.account,
                economic: entry.economic_period,
            },
            minor: i128::from(line.amount),
            case: Some(entry.case),
        }));
    }
}

/// What was posted, to be taken away; a line of a closed period counts in the first open one, where its difference will stand.
pub(super) fn less<'c>(entity: &Entity, period: Period, there: There<'c>, names: &mut Names<'c>, amounts: &mut Vec<Amount>) {
    let There { kind, line } = there;
    if line.posting_period > kind.last(period) {
        return;
    }
    amounts.push(Amount {
        key: Key {
            posting: entity.calendar.first_open(line.posting_period),
            kind,
            obligation: line.obligation.as_ref().map(|id| names.place(id)),
            role: line.role,
            economic: line.economic_period,
        },
        minor: -i128::from(line.amount_minor),
        case: None,
    });
}

/// Sums equal keys and gives those that are not zero; leaves the list empty for the next contract.
pub(super) fn differences(amounts: &mut Vec<Amount>, mut each: impl FnMut(Difference)) {
    amounts.sort_unstable_by_key(|amount| amount.key);
    for same in amounts.chunk_by(|left, right| left.key == right.key) {
        let minor: i128 = same.iter().map(|amount| amount.minor).sum();
        let Some(first) = same.first().filter(|_| minor != 0) else {
            continue;
        };
        let case = same.iter().filter_map(|amount| amount.case).min();
        each(Difference {
            key: first.key,
            minor,
            case,
        });
    }
    amounts.clear();
}
