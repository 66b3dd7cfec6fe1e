//! What a person has to do before work goes on: which field, which value, what is wrong, what to do.

use std::fmt;

use tieout_accounting::Refusal;
use tieout_store::ParkedMessage;

/// One thing that stops a deal or an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where, in the words of the CRM or the ledger, for instance `line 2 (Platform) › ServiceDate`.
    pub field: String,
    /// What stands there; `empty` where nothing does.
    pub value: String,
    /// What is wrong with it.
    pub problem: String,
    /// What to do.
    pub remedy: String,
}

impl Finding {
    /// A finding about `field`.
    pub fn new(field: impl Into<String>, value: impl fmt::Display, problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            value: value.to_string(),
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }
}

impl From<Refusal> for Finding {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.place, refusal.value, refusal.problem, refusal.remedy)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {:?} {}; {}", self.field, self.value, self.problem, self.remedy)
    }
}

/// Findings as the message of a case: the first one in its parts, the others after its problem.
pub fn message(findings: &[Finding]) -> ParkedMessage {
    let Some((first, others)) = findings.split_first() else {
        return ParkedMessage {
            what: String::new(),
            field: String::new(),
            value: String::new(),
            remedy: String::new(),
        };
    };
    let others: String = others.iter().map(|other| format!("; {other}")).collect();
    ParkedMessage {
        what: first.problem.clone(),
        field: first.field.clone(),
        value: first.value.clone(),
        remedy: format!("{}{others}", first.remedy),
    }
}
