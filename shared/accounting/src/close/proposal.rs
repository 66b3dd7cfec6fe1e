//! The proposal: journals with summarised lines that know their parts, the same for the same difference.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::difference::{Difference, Differences, Key};
use super::{CloseError, Entity, Level, PostedLine};
use crate::contract::Contract;
use crate::ids::{ContractId, EntityId, JournalKey, ObligationId};
use crate::journal::{Case, Reason, Role};
use crate::{Currency, Period};

/// What a journal is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Takes back the last month's accrual; dated on the first day of its period.
    Reversal,
    /// Releases and everything else that stays; dated on the last day.
    Release,
    /// Accruals and revaluations that are taken back on the next day; dated on the last day.
    Accrual,
}

/// Journals to post for an entity, through a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Whose books.
    pub entity: EntityId,
    /// Through which period.
    pub period: Period,
    /// Currency of all amounts.
    pub currency: Currency,
    /// The journals, by date.
    pub journals: Vec<ProposedJournal>,
}

/// A journal to post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposedJournal {
    /// `entity/period/kind/number`: the same for the same difference, never that of a journal still posted.
    pub key: JournalKey,
    /// What it is for.
    pub kind: Kind,
    /// Its date.
    pub date: NaiveDate,
    /// The period in which it stands.
    pub posting_period: Period,
    /// What the ledger shows: entity, period and the economic periods that are caught up.
    pub narration: String,
    /// Its lines; they sum to zero. A line of zero is not sent to a ledger, its parts are still recorded as posted.
    pub lines: Vec<SummaryLine>,
    /// The accrual that it takes back.
    pub reverses: Option<JournalKey>,
}

/// A journal line with the parts that it sums up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SummaryLine {
    /// The account.
    pub role: Role,
    /// Tracking categories, from [`Level::Tracking`] on.
    pub tracking: BTreeMap<String, String>,
    /// The customer, from [`Level::Customer`] on.
    pub customer: Option<String>,
    /// The contract, from [`Level::Contract`] on.
    pub contract: Option<ContractId>,
    /// The obligation, at [`Level::Line`].
    pub obligation: Option<ObligationId>,
    /// Minor units; debit positive.
    pub amount_minor: i64,
    /// What it sums up.
    pub parts: Vec<Part>,
}

/// A part of a journal line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Whose contract.
    pub contract: ContractId,
    /// Which obligation.
    pub obligation: Option<ObligationId>,
    /// The period that it belongs to by its cause.
    pub economic_period: Period,
    /// Minor units; debit positive.
    pub amount_minor: i64,
    /// Why.
    pub reason: String,
}

impl Kind {
    pub(super) fn of(case: Case) -> Self {
        match case {
            Case::Accrual | Case::Revaluation | Case::Presentation => Self::Accrual,
            Case::Reversal => Self::Reversal,
            _ => Self::Release,
        }
    }

    /// The kind that a key names; a key from elsewhere counts as a release.
    pub(super) fn of_key(key: &JournalKey) -> Self {
        match key.as_str().rsplit('/').nth(1) {
            Some("accrual") => Self::Accrual,
            Some("reversal") => Self::Reversal,
            _ => Self::Release,
        }
    }

    /// The last posting period that counts: an accrual's reversal stands in the period after.
    pub(super) fn last(self, period: Period) -> Period {
        if self == Self::Reversal { period.next() } else { period }
    }

    /// The name in keys.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reversal => "reversal",
            Self::Release => "release",
            Self::Accrual => "accrual",
        }
    }
}

impl Proposal {
    /// Whether the ledger already holds what it should.
    pub fn is_empty(&self) -> bool {
        self.journals.is_empty()
    }

    /// The proposal as JSON, byte for byte the same for the same content.
    pub fn canonical_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// SHA-256 of [`Proposal::canonical_json`], in hexadecimal: what an approval signs.
    pub fn hash(&self) -> String {
        Sha256::digest(self.canonical_json())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// What is to be recorded once all journals are posted.
    pub fn postings(&self) -> Vec<PostedLine> {
        self.journals.iter().flat_map(ProposedJournal::postings).collect()
    }
}

impl ProposedJournal {
    /// What is to be recorded once it is posted.
    pub fn postings(&self) -> Vec<PostedLine> {
        let parts = self
            .lines
            .iter()
            .flat_map(|line| line.parts.iter().map(move |part| (line.role, part)));
        let posted = |(role, part): (Role, &Part)| PostedLine {
            contract: part.contract.clone(),
            obligation: part.obligation.clone(),
            role,
            economic_period: part.economic_period,
            posting_period: self.posting_period,
            amount_minor: part.amount_minor,
            journal_key: self.key.clone(),
        };
        parts.map(posted).collect()
    }

    /// The lines that a ledger wants: those that are not zero.
    pub fn lines_to_post(&self) -> impl Iterator<Item = &SummaryLine> {
        self.lines.iter().filter(|line| line.amount_minor != 0)
    }
}

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
    for line in posted
        .iter()
        .filter(|line| Kind::of_key(&line.journal_key) == Kind::Accrual)
    {
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
    let late: BTreeSet<Period> = sums
        .keys()
        .map(|key| key.economic)
        .filter(|economic| *economic < posting)
        .collect();
    let catch_up = if late.is_empty() {
        String::new()
    } else {
        format!(
            ", catch-up of {}",
            late.iter().map(Period::to_string).collect::<Vec<_>>().join(", ")
        )
    };
    let of = if kind == Kind::Reversal {
        posting.previous()
    } else {
        posting
    };
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
            if level >= Level::Tracking {
                tracking()
            } else {
                BTreeMap::new()
            },
            contract
                .and_then(|contract| contract.customer())
                .filter(|_| level >= Level::Customer)
                .map(str::to_owned),
            (level >= Level::Contract).then(|| key.contract.clone()),
            key.obligation.clone().filter(|_| level >= Level::Line),
        );
        let reason = match difference.case {
            Some(case) => Reason::of(case).words.into_owned(),
            None => format!(
                "the {} of {} was posted and is no longer due",
                kind.name(),
                key.economic
            ),
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
