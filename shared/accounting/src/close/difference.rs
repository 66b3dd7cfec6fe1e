//! Target minus posted, key by key: one contract after the other, so that only what differs is kept.

use std::collections::BTreeMap;

use super::proposal::Kind;
use super::{Entity, PostedLine};
use crate::Period;
use crate::contract::Contract;
use crate::ids::{ContractId, JournalKey, ObligationId};
use crate::journal::{Case, Role};

/// What an amount belongs to, within a kind of journal and a posting period.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) contract: ContractId,
    pub(super) obligation: Option<ObligationId>,
    pub(super) role: Role,
    pub(super) economic: Period,
}

/// A difference and the case that explains it; none where something was posted that is no longer due.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Difference {
    pub(super) minor: i128,
    pub(super) case: Option<Case>,
}

/// Differences by posting period and kind of journal.
pub(super) type Differences = BTreeMap<(Period, Kind), BTreeMap<Key, Difference>>;

/// A key within a contract, borrowed.
type Local<'a> = (Period, Kind, Option<&'a ObligationId>, Role, Period);

pub(super) fn differences(entity: &Entity, period: Period, contracts: &[Contract], posted: &[PostedLine]) -> Differences {
    let mut by_contract: BTreeMap<&str, Vec<(Local<'_>, i64)>> = BTreeMap::new();
    let mut last: Option<(&JournalKey, Kind)> = None;
    for line in posted {
        let kind = match last {
            Some((key, kind)) if *key == line.journal_key => kind,
            _ => Kind::of_key(&line.journal_key),
        };
        last = Some((&line.journal_key, kind));
        if line.posting_period <= kind.last(period) {
            let local = (
                entity.calendar.first_open(line.posting_period),
                kind,
                line.obligation.as_ref(),
                line.role,
                line.economic_period,
            );
            by_contract
                .entry(line.contract.as_str())
                .or_default()
                .push((local, line.amount_minor));
        }
    }
    let mut differences = Differences::new();
    let mut amounts: Vec<(Local<'_>, i128, Option<Case>)> = Vec::new();
    for contract in contracts {
        for entry in contract.entries().iter().filter(|entry| !entry.case.is_document()) {
            let kind = Kind::of(entry.case);
            if entry.posting_period > kind.last(period) {
                continue;
            }
            let posting = entity.calendar.first_open(entry.posting_period);
            let amount = |line: &'_ crate::journal::Line| i128::from(line.amount);
            amounts.extend(entry.lines.iter().map(|line| {
                (
                    (posting, kind, line.obligation.as_ref(), line.account, entry.economic_period),
                    amount(line),
                    Some(entry.case),
                )
            }));
        }
        let there = by_contract.remove(contract.id().as_str()).unwrap_or_default();
        amounts.extend(there.into_iter().map(|(local, minor)| (local, -i128::from(minor), None)));
        keep(contract.id(), &mut amounts, &mut differences);
    }
    for (contract, there) in by_contract {
        amounts.extend(there.into_iter().map(|(local, minor)| (local, -i128::from(minor), None)));
        keep(&ContractId::from(contract), &mut amounts, &mut differences);
    }
    differences
}

/// Sums equal keys of a contract and keeps those that are not zero.
fn keep(contract: &ContractId, amounts: &mut Vec<(Local<'_>, i128, Option<Case>)>, differences: &mut Differences) {
    amounts.sort_unstable_by_key(|(local, _, _)| *local);
    for same in amounts.chunk_by(|left, right| left.0 == right.0) {
        let minor: i128 = same.iter().map(|(_, minor, _)| minor).sum();
        let Some(((posting, kind, obligation, role, economic), _, _)) = same.first().filter(|_| minor != 0) else {
            continue;
        };
        let key = Key {
            contract: contract.clone(),
            obligation: (*obligation).cloned(),
            role: *role,
            economic: *economic,
        };
        let case = same.iter().filter_map(|(_, _, case)| *case).min();
        differences
            .entry((*posting, *kind))
            .or_default()
            .insert(key, Difference { minor, case });
    }
    amounts.clear();
}
