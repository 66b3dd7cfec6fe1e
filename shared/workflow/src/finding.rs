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

    fn message(&self) -> ParkedMessage {
        ParkedMessage {
            what: self.problem.clone(),
            field: self.field.clone(),
            value: self.value.clone(),
            remedy: self.remedy.clone(),
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

/// Findings that one case keeps; a person who has corrected these sees the next ones.
const KEPT_MAX: usize = 100;

/// Findings as the messages of a case, the first one apart. A case without findings says nothing.
pub fn messages(findings: &[Finding]) -> (ParkedMessage, Vec<ParkedMessage>) {
    let mut all = findings.iter().take(KEPT_MAX).map(Finding::message);
    let first = all.next().unwrap_or_else(|| Finding::new("", "", "", "").message());
    let mut others: Vec<ParkedMessage> = all.collect();
    if let Some(left) = findings.len().checked_sub(KEPT_MAX).filter(|left| *left > 0) {
        let more = Finding::new(
            "more",
            left,
            "further findings are not listed",
            "correct those that are listed; the rest shows then",
        );
        others.push(more.message());
    }
    (first, others)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_finding_is_a_message_of_its_own_up_to_a_bound() {
        let rows: [(usize, usize, &str); 5] = [
            (0, 0, ""),
            (1, 0, ""),
            (3, 2, "is wrong"),
            (KEPT_MAX, KEPT_MAX - 1, "is wrong"),
            (KEPT_MAX + 1_050, KEPT_MAX, "further findings are not listed"),
        ];
        for (count, others_count, last) in rows {
            let findings = vec![Finding::new("line", "x", "is wrong", "correct it"); count];
            let (first, others) = messages(&findings);
            assert_eq!(first.what, if count == 0 { "" } else { "is wrong" }, "{count}");
            assert_eq!(others.len(), others_count, "{count}");
            assert_eq!(others.last().map_or("", |other| other.what.as_str()), last, "{count}");
        }
        let findings = vec![Finding::new("line", "x", "is wrong", "correct it"); KEPT_MAX + 1_050];
        let (_, others) = messages(&findings);
        assert_eq!(others.last().map(|more| more.value.as_str()), Some("1050"));
    }
}
