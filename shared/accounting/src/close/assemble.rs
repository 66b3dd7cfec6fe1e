//! From differences to journals: keys, dates, narrations, summarised lines.
//!
//! Example: revenue of three customers with the same tracking is one line at the level of tracking, three at that of customers;
//! each line knows the parts that it sums up.

use std::collections::{BTreeMap, BTreeSet};

use super::closing::{Closing, Place};
use super::proposal::{Kind, Part, Proposal, ProposedJournal, SummaryLine};
use super::{CloseError, Entity};
use crate::Period;
use crate::ids::JournalKey;

pub(super) fn assemble(closing: Closing<'_>) -> Result<Proposal, CloseError> {
    let Closing {
        entity,
        period,
        journals: differences,
        mut keys,
        mut accruals,
        ..
    } = closing;
    let mut journals = Vec::with_capacity(differences.len());
    for ((posting, kind), parts) in differences {
        let too_large = || CloseError::TooLarge {
            entity: entity.id.clone(),
            period: posting,
        };
        let minor: i128 = parts.values().flatten().map(|part| i128::from(part.amount_minor)).sum();
        if minor != 0 {
            return Err(CloseError::Unbalanced {
                entity: entity.id.clone(),
                period: posting,
                minor,
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
        let narration = narration(entity, period, posting, kind, &parts);
        let lines = parts.into_iter().map(summary).collect::<Option<_>>().ok_or_else(too_large)?;
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

fn narration(entity: &Entity, period: Period, posting: Period, kind: Kind, parts: &BTreeMap<Place, Vec<Part>>) -> String {
    let what = match kind {
        Kind::Reversal => "Reversal of accrued revenue",
        Kind::Release => "Revenue recognised",
        Kind::Accrual => "Accrued revenue",
    };
    let economic = parts.values().flatten().map(|part| part.economic_period);
    let late: BTreeSet<Period> = economic.filter(|economic| *economic < posting).collect();
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

/// A line of a journal; its parts in the order of their ids, whatever order the contracts came in.
fn summary(((role, tracking, customer, contract, obligation), mut parts): (Place, Vec<Part>)) -> Option<SummaryLine> {
    fn order(part: &Part) -> (&str, Option<&str>, Period) {
        (
            part.contract.as_str(),
            part.obligation.as_ref().map(|id| id.as_str()),
            part.economic_period,
        )
    }
    parts.sort_unstable_by(|left, right| order(left).cmp(&order(right)));
    let sum: i128 = parts.iter().map(|part| i128::from(part.amount_minor)).sum();
    Some(SummaryLine {
        role,
        tracking,
        customer,
        contract,
        obligation,
        amount_minor: i64::try_from(sum).ok()?,
        parts,
    })
}
