//! A journal leaves once, whatever the ledger is and whatever becomes of its answers.

use tieout_platform::clock::ManualClock;
use tieout_platform::effect::{EffectKey, MemoryRecords, Settled, perform};

use super::*;
use crate::memory_ledger::{Books, MemoryLedger, amount};

fn new() -> NewJournal {
    let line = |account: &str, text: &str| NewJournalLine {
        amount: amount(text),
        account_code: account.to_owned(),
        description: String::new(),
        tracking: Vec::new(),
    };
    NewJournal {
        reference: "kw/2026-01/1".to_owned(),
        narration: "January 2026".to_owned(),
        date: "2026-01-31".parse().expect("a date"),
        lines: vec![line("810", "100.125"), line("200", "-100.125")],
    }
}

fn intent(ledger: &dyn Ledger) -> Intent {
    Intent {
        key: EffectKey::new(&["ledger", "journal", "kw/2026-01/1"]),
        target: ledger.target(),
        body: ledger.journal_body(&new()),
    }
}

/// What is in the books before: nothing, or a journal under our key, from a table that was restored and has forgotten it.
async fn before(ledger: &MemoryLedger, status: Option<JournalStatus>) {
    let Some(status) = status else { return };
    let new = new();
    let sending = Sending { ledger, new: &new };
    let clock = ManualClock::new(Default::default());
    let made = perform(&MemoryRecords::default(), &*clock, &intent(ledger), &sending).await;
    made.expect("the ledger takes it");
    ledger.books().journals[0].status = status;
}

async fn check(name: &str, status: Option<JournalStatus>, lost_answers: u32, expected: &[&str], settled: Settled) {
    let ledger = MemoryLedger::new(Books::default());
    before(&ledger, status).await;
    ledger.books().lost_answers = lost_answers;
    let (records, clock, new) = (MemoryRecords::default(), ManualClock::new(Default::default()), new());
    let sending = Sending {
        ledger: &ledger,
        new: &new,
    };
    let done = perform(&records, &*clock, &intent(&ledger), &sending).await.expect("it is done");
    assert_eq!(done, settled, "{name}");
    let again = perform(&records, &*clock, &intent(&ledger), &sending).await.expect("it was done");
    assert_eq!(again, Settled::Before(done.reference().to_owned()), "{name}");
    let books = ledger.books();
    let ids: Vec<&str> = books.journals.iter().map(|journal| journal.id.as_str()).collect();
    assert_eq!(ids, expected, "{name}");
    let last = books.journals.last().expect("a journal");
    let amounts: Vec<String> = last.lines.iter().map(|line| line.amount.to_string()).collect();
    assert_eq!(amounts, ["100.125", "-100.125"], "{name}: three decimals, which this ledger keeps");
}

#[tokio::test]
async fn a_journal_leaves_once() {
    let (posted, voided) = (Some(JournalStatus::Posted), Some(JournalStatus::Voided));
    check("new", None, 0, &["1"], Settled::Now("1".to_owned())).await;
    check("there, and forgotten by us", posted, 0, &["1"], Settled::Now("1".to_owned())).await;
    check("voided, so posted anew", voided, 0, &["1", "2"], Settled::Now("2".to_owned())).await;
    check("posted, and the answer lost", None, 1, &["1"], Settled::Adopted("1".to_owned())).await;
}

#[test]
fn a_line_has_as_many_categories_as_the_ledger_holds() {
    let two = [("Region", "North"), ("Team", "Red")];
    let tracked = two.map(|(category, option)| Tracking {
        category: category.to_owned(),
        option: option.to_owned(),
    });
    let mut journal = new();
    let ledger = MemoryLedger::new(Books::default());
    for (count, fits) in [(0, true), (1, true), (2, false)] {
        journal.lines[0].tracking = tracked[..count].to_vec();
        assert_eq!(journal.check(&ledger.capabilities()).is_ok(), fits, "{count}");
    }
}
