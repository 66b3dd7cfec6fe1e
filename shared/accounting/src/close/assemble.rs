//! From differences to journals: keys, dates, narrations, summarised lines.

use std::collections::{BTreeMap, BTreeSet};

use super::difference::{Difference, Differences, Key};
use super::proposal::{Kind, Part, Proposal, ProposedJournal, SummaryLine};
use super::{CloseError, Entity, Level, PostedLine};
use crate::Period;
use crate::contract::Contract;
use crate::ids::{ContractId, JournalKey, ObligationId};
use crate::journal::{Reason, Role};

pub(super) fn assemble(
    entity: &Entity,
    period: Period,
    contracts: &[Contract],
    posted: &[PostedLine],
    level: Level,
    used: &[JournalKey],
    differences: Differences,
) -> Result<Proposal, CloseError> {
    let by_id: BTreeMap<&ContractId, &Contract> = contracts.iter().map(|contract| (contract.id(), contract)).collect();
    let mut keys: BTreeSet<JournalKey> = posted
        .iter()
        .map(|line| line.journal_key.clone())
        .chain(used.iter().cloned())
        .collect();
    let mut accruals: BTreeMap<Period, JournalKey> = BTreeMap::new();
    for line in posted.iter().filter(|line| Kind::of_key(&line.journal_key) == Kind::Accrual) {
        accruals.insert(line.posting_period, line.journal_key.clone());
    }
    let mut journals = Vec::new();
    for ((posting, kind), sums) in differences {
        let balance: i128 = sums.values().map(|difference| difference.minor).sum();
        if balance != 0 {
            return Err(CloseError::Unbalanced {
                entity: entity.id.clone(),
                period: posting,
                minor: balance,
            });
        }
        let key = next_key(entity, posting, kind, &keys);
        keys.insert(key.clone());
        if kind == Kind::Accrual {
            accruals.insert(posting, key.clone());
        }
        let reverses = (kind == Kind::Reversal)
            .then(|| accruals.get(&posting.previous()).cloned())
            .flatten();
        let narration = narration(entity, period, posting, kind, &sums);
        let too_large = || CloseError::TooLarge {
            entity: entity.id.clone(),
            period: posting,
        };
        let lines = summarise(&by_id, level, sums, kind).ok_or_else(too_large)?;
        let date = if kind == Kind::Reversal {
            posting.first_day()
        } else {
            posting.last_day()
        };
        journals.push(ProposedJournal {
            key,
            kind,
            date,
            posting_period: posting,
            narration,
            lines,
            reverses,
        });
    }
    Ok(Proposal {
        entity: entity.id.clone(),
        period,
        currency: entity.currency,
        journals,
    })
}

fn next_key(entity: &Entity, posting: Period, kind: Kind, keys: &BTreeSet<JournalKey>) -> JournalKey {
    let key = |number: usize| JournalKey::new(format!("{}/{posting}/{}/{number}", entity.id, kind.name()));
    let mut number = 1;
    while keys.contains(&key(number)) {
        number += 1;
    }
    key(number)
}

fn narration(entity: &Entity, period: Period, posting: Period, kind: Kind, sums: &BTreeMap<Key, Difference>) -> String {
    let what = match kind {
        Kind::Reversal => "Reversal of accrued revenue",
        Kind::Release => "Revenue recognised",
        Kind::Accrual => "Accrued revenue",
    };
    let late: BTreeSet<Period> = sums.keys().map(|key| key.economic).filter(|economic| *economic < posting).collect();
    let catch_up = if late.is_empty() {
        String::new()
    } else {
        format!(
            ", catch-up of {}",
            late.iter().map(Period::to_string).collect::<Vec<_>>().join(", ")
        )
    };
    let of = if kind == Kind::Reversal { posting.previous() } else { posting };
    let closing = if posting == period || kind == Kind::Reversal {
        String::new()
    } else {
        format!(" (close of {period})")
    };
    format!("{what}: {} {of}{catch_up}{closing}", entity.id)
}

/// Place of a summary line: account, then as many dimensions as the level keeps.
type Place = (
    Role,
    BTreeMap<String, String>,
    Option<String>,
    Option<ContractId>,
    Option<ObligationId>,
);

fn summarise(
    contracts: &BTreeMap<&ContractId, &Contract>,
    level: Level,
    sums: BTreeMap<Key, Difference>,
    kind: Kind,
) -> Option<Vec<SummaryLine>> {
    let mut lines: BTreeMap<Place, (i128, Vec<Part>)> = BTreeMap::new();
    for (key, difference) in sums {
        let contract = contracts.get(&key.contract);
        let tracking = || {
            key.obligation
                .as_ref()
                .and_then(|id| contract?.dimensions().get(id))
                .map(|of| of.tracking.clone())
                .unwrap_or_default()
        };
        let place: Place = (
            key.role,
            if level >= Level::Tracking { tracking() } else { BTreeMap::new() },
            contract
                .and_then(|contract| contract.customer())
                .filter(|_| level >= Level::Customer)
                .map(str::to_owned),
            (level >= Level::Contract).then(|| key.contract.clone()),
            key.obligation.clone().filter(|_| level >= Level::Line),
        );
        let reason = match difference.case {
            Some(case) => Reason::of(case).words.into_owned(),
            None => format!("the {} of {} was posted and is no longer due", kind.name(), key.economic),
        };
        let (sum, parts) = lines.entry(place).or_default();
        *sum += difference.minor;
        let amount_minor = i64::try_from(difference.minor).ok()?;
        parts.push(Part {
            contract: key.contract,
            obligation: key.obligation,
            economic_period: key.economic,
            amount_minor,
            reason,
        });
    }
    let line = |((role, tracking, customer, contract, obligation), (sum, parts)): (Place, (i128, Vec<Part>))| {
        Some(SummaryLine {
            role,
            tracking,
            customer,
            contract,
            obligation,
            amount_minor: i64::try_from(sum).ok()?,
            parts,
        })
    };
    lines.into_iter().map(line).collect()
}
