//! The proposal: journals with summarised lines that know their parts, the same for the same difference.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::PostedLine;
use crate::ids::{ContractId, EntityId, JournalKey, ObligationId};
use crate::journal::{Case, Role};
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
    /// Tracking categories, from [`Level::Tracking`](super::Level::Tracking) on.
    pub tracking: BTreeMap<String, String>,
    /// The customer, from [`Level::Customer`](super::Level::Customer) on.
    pub customer: Option<String>,
    /// The contract, from [`Level::Contract`](super::Level::Contract) on.
    pub contract: Option<ContractId>,
    /// The obligation, at [`Level::Line`](super::Level::Line).
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
    pub reason: Cow<'static, str>,
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
