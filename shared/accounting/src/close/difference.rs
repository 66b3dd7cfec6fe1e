//! Target minus posted, key by key.

use std::collections::BTreeMap;

use super::proposal::Kind;
use super::{Entity, PostedLine};
use crate::Period;
use crate::contract::Contract;
use crate::ids::{ContractId, ObligationId};
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

pub(super) fn differences(entity: &Entity, period: Period, contracts: &[Contract], posted: &[PostedLine]) -> Differences {
    let mut differences = Differences::new();
    for entry in contracts.iter().flat_map(Contract::entries).filter(|entry| !entry.case.is_document()) {
        let kind = Kind::of(entry.case);
        let last = if kind == Kind::Reversal { period.next() } else { period };
        if entry.posting_period > last {
            continue;
        }
        let posting = landing(entity, entry.posting_period, kind);
        let sums = differences.entry((posting, kind)).or_default();
        for line in &entry.lines {
            let key = Key { contract: line.contract.clone(), obligation: line.obligation.clone(), role: line.account, economic: entry.economic_period };
            let difference = sums.entry(key).or_default();
            difference.minor += i128::from(line.amount);
            difference.case = Some(entry.case);
        }
    }
    for line in posted {
        let kind = Kind::of_key(&line.journal_key);
        let last = if kind == Kind::Reversal { period.next() } else { period };
        if line.posting_period > last {
            continue;
        }
        let key = Key { contract: line.contract.clone(), obligation: line.obligation.clone(), role: line.role, economic: line.economic_period };
        let posting = landing(entity, line.posting_period, kind);
        differences.entry((posting, kind)).or_default().entry(key).or_default().minor -= i128::from(line.amount_minor);
    }
    differences.values_mut().for_each(|sums| sums.retain(|_, difference| difference.minor != 0));
    differences.retain(|_, sums| !sums.is_empty());
    differences
}

/// Where a difference of a posting period can still be posted: there, or in the first open period.
fn landing(entity: &Entity, posting: Period, _kind: Kind) -> Period {
    entity.calendar.first_open(posting)
}
