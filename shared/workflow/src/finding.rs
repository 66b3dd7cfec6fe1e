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
            what: cut(&self.problem),
            field: cut(&self.field),
            value: cut(&self.value),
            remedy: cut(&self.remedy),
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
/// What they may hold together, as JSON: with the details a case stays below the 400 KB of an item.
const KEPT_SIZE_MAX_BYTES: usize = 150 * 1024;
/// Characters of one text of a finding; what a vendor says may be longer.
const TEXT_LENGTH_MAX: usize = 2_000;

/// Findings as the messages of a case, the first one apart. A case without findings says nothing.
pub fn messages(findings: &[Finding]) -> (ParkedMessage, Vec<ParkedMessage>) {
    let mut size = 0;
    let kept = findings.iter().take(KEPT_MAX).map(Finding::message).take_while(|message| {
        size += serde_json::to_string(message).map_or(KEPT_SIZE_MAX_BYTES, |text| text.len());
        size <= KEPT_SIZE_MAX_BYTES
    });
    let kept: Vec<ParkedMessage> = kept.collect();
    let left = findings.len() - kept.len();
    let mut all = kept.into_iter();
    let first = all.next().unwrap_or_else(|| Finding::new("", "", "", "").message());
    let mut others: Vec<ParkedMessage> = all.collect();
    if left > 0 {
        let words = format!("and {left} more that are not listed");
        let more = Finding::new("more", left, words, "correct those that are listed; the rest shows then");
        others.push(more.message());
    }
    (first, others)
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(TEXT_LENGTH_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many findings with a value of so many characters: how many others are kept, and how many the last one counts.
    fn check(count: usize, length: usize, others_count: usize, left: usize) {
        let findings = vec![Finding::new("line", "\u{1F9FE}".repeat(length), "is wrong", "correct it"); count];
        let (first, others) = messages(&findings);
        assert_eq!(first.what, if count == 0 { "" } else { "is wrong" }, "{count}");
        assert_eq!(others.len(), others_count, "{count} of {length}");
        let last = others.last().map(|last| (last.value.clone(), last.what.clone()));
        if left > 0 {
            assert_eq!(
                last,
                Some((left.to_string(), format!("and {left} more that are not listed"))),
                "{count} of {length}"
            );
        }
        let size: usize = std::iter::once(&first).chain(&others).map(|message| message.value.len()).sum();
        assert!(size <= KEPT_SIZE_MAX_BYTES, "{count} of {length}: {size} bytes");
    }

    #[test]
    fn each_finding_is_a_message_of_its_own_up_to_a_bound() {
        check(0, 1, 0, 0);
        check(1, 1, 0, 0);
        check(3, 1, 2, 0);
        check(KEPT_MAX, 1, KEPT_MAX - 1, 0);
        check(KEPT_MAX + 1_050, 1, KEPT_MAX, 1_050);
        // Four bytes each, and 66 of JSON around: 19 of 8,066 bytes are within 153,600, and one more says how many are left.
        check(1, TEXT_LENGTH_MAX, 0, 0);
        check(100, TEXT_LENGTH_MAX, 19, 81);
        check(2, 1_000_000, 1, 0);
    }

    #[test]
    fn a_long_text_is_cut() {
        let text = |length: usize| "é".repeat(length);
        assert_eq!(cut(&text(TEXT_LENGTH_MAX)), text(TEXT_LENGTH_MAX));
        assert_eq!(cut(&text(TEXT_LENGTH_MAX + 1)), text(TEXT_LENGTH_MAX) + "…");
    }
}
