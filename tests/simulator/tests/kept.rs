//! Each seed that ever failed, with what it found; all of them run green now.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use tieout_simulator::{Options, run_many};

/// How many run side by side.
const THREADS: usize = 2;

/// Seeds by what they found. A seed plays another history when the acts or the faults change, so a row is kept for what it says as much as for what it runs.
const KEPT: &[(u64, &str)] = &[
    (
        0,
        "half an answer of DynamoDB with status 200 was taken for a refusal, though the write had been done",
    ),
    (
        53,
        "a deal whose message had expired among the dead letters was never billed: nothing looked at what was booked and not brought to its end",
    ),
    (
        267,
        "connecting Xero anew took the lock from who was refreshing, and a second refresh left",
    ),
    (
        350,
        "of two write-backs at once the older came last, and the CRM kept it: the newest is pushed again, and the auditor knows by which key",
    ),
    (
        94,
        "a voided journal left others of its close unrecorded; the auditor took an intent that never left for one under way",
    ),
    (
        79,
        "a close waited for a connection of Xero that nobody repaired: the simulator's people do",
    ),
    (86, "the same"),
    (
        149,
        "dead letters of the last days came back too late: the simulator's people look again",
    ),
    (1, "auditor: an invoice was called done by a delivery that had read nothing"),
    (231, "auditor: the same, with a letter that expired"),
    (47, "auditor: a wait that a slow clock noted ends early by the others' clocks"),
    (
        91,
        "auditor: a lease that a slow clock noted ends early; only the idempotency key keeps the journal one",
    ),
    (142, "auditor: the same, after the month was closed"),
    (111, "auditor: the same, of an invoice"),
    (132, "auditor: a newer version may be pushed whatever became of the older one"),
    (371, "auditor: a version that was synced under another key is synced"),
    (457, "auditor: the same"),
    (458, "auditor: a read that was long on its way does not make a newer one undone"),
];

#[test]
fn what_was_found_stays_fixed() {
    let found: BTreeMap<u64, &str> = KEPT.iter().copied().collect();
    assert_eq!(found.len(), KEPT.len(), "a seed has one row");
    let mut failures = Vec::new();
    run_many(found.keys().copied(), THREADS, &Options::default(), |outcome| {
        if !outcome.violations.is_empty() {
            failures.push(format!("{}: {}: {:#?}", outcome.seed, found[&outcome.seed], outcome.violations));
        }
        ControlFlow::Continue(())
    });
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
