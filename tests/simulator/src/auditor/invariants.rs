//! The invariants I1 to I12 of the fault matrix (docs/faults.md), each in a file of its own. A new one is a line here.

mod i01_one_document;
mod i02_nothing_lost;
mod i03_books_balance;
mod i04_closed_stays;
mod i05_newest_wins;
mod i06_replay;
mod i07_nothing_leaks;
mod i08_quota;
mod i09_drains;
mod i10_tokens;
mod i11_approved;
mod i12_failures;

use super::facts::Company;
use super::invariant::Invariant;

pub use i09_drains::undrained;

/// All of them.
pub fn all(company: &Company) -> Vec<Box<dyn Invariant>> {
    vec![
        Box::new(i01_one_document::OneDocument::default()),
        Box::new(i02_nothing_lost::NothingLost::default()),
        Box::new(i03_books_balance::BooksBalance),
        Box::new(i04_closed_stays::ClosedStays::default()),
        Box::new(i05_newest_wins::NewestWins::default()),
        Box::new(i06_replay::Replay::default()),
        Box::new(i07_nothing_leaks::NothingLeaks::new(company)),
        Box::new(i08_quota::Quota::default()),
        Box::new(i09_drains::Drains),
        Box::new(i10_tokens::Tokens::default()),
        Box::new(i11_approved::Approved),
        Box::new(i12_failures::Failures::default()),
    ]
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::type_complexity)]
mod tests {
    use super::*;
    use crate::auditor::Auditor;
    use crate::auditor::tampered::{at_the_end, company, world};

    #[test]
    fn each_has_its_name_its_words_and_its_source() {
        let all = all(&company());
        let names: Vec<&str> = all.iter().map(|invariant| invariant.name()).collect();
        let expected: Vec<String> = (1..=12).map(|number| format!("I{number}")).collect();
        assert_eq!(names, expected);
        assert!(
            all.iter()
                .all(|invariant| invariant.statement().len() > 20 && !invariant.source().is_empty())
        );
    }

    #[test]
    fn a_world_in_which_all_is_well_is_not_complained_of() {
        let mut auditor = Auditor::new(company());
        assert!(at_the_end(&mut auditor, &world()).is_empty(), "{:?}", auditor.violations());
    }
}
