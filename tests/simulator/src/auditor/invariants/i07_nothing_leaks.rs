//! I7: no secret and no personal data in logs, metrics, error texts, answers.

use crate::auditor::facts::Company;
use crate::auditor::history::History;
use crate::auditor::invariant::{Invariant, Wrong};
use crate::auditor::seen::Emitted;

/// What must be read nowhere.
#[derive(Debug)]
pub struct NothingLeaks {
    canaries: Vec<String>,
}

impl NothingLeaks {
    /// Looks for the company's canaries. An empty one would be found everywhere.
    pub fn new(company: &Company) -> Self {
        let canaries = company.canaries.iter().filter(|canary| !canary.is_empty());
        Self {
            canaries: canaries.cloned().collect(),
        }
    }
}

impl Invariant for NothingLeaks {
    fn name(&self) -> &'static str {
        "I7"
    }

    fn statement(&self) -> &'static str {
        "No secret and no personal data is in any log line, metric, error text or answer: canaries are everywhere and are found nowhere."
    }

    fn source(&self) -> &'static str {
        "docs/faults.md, I7"
    }

    fn emitted(&mut self, emitted: &Emitted, _: &History) -> Wrong {
        let found = self.canaries.iter().filter(|canary| emitted.text.contains(canary.as_str()));
        found
            .map(|canary| format!("the canary {canary:?} is in a {}: {}", emitted.kind, emitted.text))
            .collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::type_complexity)]
mod tests {
    use super::*;
    use crate::auditor::Auditor;
    use crate::auditor::tampered::{broken, company};

    #[test]
    fn a_canary_is_heard() {
        for (text, expected) in [
            ("{\"message\":\"contract booked\"}", false),
            ("cannot log in with canary-secret-1", true),
        ] {
            let mut auditor = Auditor::new(company());
            auditor.emitted(&Emitted {
                kind: "log",
                text: text.to_owned(),
            });
            assert_eq!(broken(&auditor) == ["I7"], expected, "{text}");
        }
    }
}
