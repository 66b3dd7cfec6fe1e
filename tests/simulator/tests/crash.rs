//! Every request of every function is a crash point, once before and once after its effect: whatever died where, the company ends as if nothing
//! had happened.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use tieout_simulator::history::Act;
use tieout_simulator::wire::End;
use tieout_simulator::world::{COMMAND, CrashPoint};
use tieout_simulator::{Options, Outcome, run};

/// How many run side by side.
const THREADS: usize = 2;
/// More requests than any process makes in the script.
const REQUESTS_MAX: u32 = 400;
/// The seed of the script's names and amounts.
const SEED: u64 = 4;

/// A history with one of each: sold, approved, paid, credited, swept, closed by two people and posted.
const SCRIPT: &[(u64, u64, Act)] = &[
    (0, 540, Act::Sell),
    (0, 600, Act::Authorise),
    (0, 660, Act::Pay),
    (0, 720, Act::Credit),
    (0, 780, Act::Sweep),
    (33, 360, Act::MonthEnd),
    (33, 540, Act::Plan),
    (33, 600, Act::Approve),
    (33, 900, Act::Post),
];

fn played(crash: Option<CrashPoint>) -> Outcome {
    let options = Options {
        calm: true,
        script: Some(SCRIPT),
        crash,
        ..Options::default()
    };
    run(SEED, &options)
}

fn check(process: &'static str) {
    let undisturbed = played(None);
    assert_eq!(undisturbed.violations, []);
    assert!(undisturbed.state.len() > 5, "{:#?}", undisturbed.state);
    for end in [End::Before, End::After] {
        let next = AtomicU32::new(0);
        let points: u32 = thread::scope(|scope| {
            let worker = || {
                let mut met = 0;
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    assert!(at < REQUESTS_MAX, "{process} makes more than {REQUESTS_MAX} requests");
                    let outcome = played(Some(CrashPoint { process, at, end }));
                    if !outcome.crashed {
                        return met;
                    }
                    met += 1;
                    let tail = outcome.trace.join("\n");
                    assert_eq!(outcome.violations, [], "{process} died {end:?} request {at}\n{tail}");
                    assert_eq!(outcome.state, undisturbed.state, "{process} died {end:?} request {at}\n{tail}");
                }
            };
            let workers: Vec<_> = (0..THREADS).map(|_| scope.spawn(worker)).collect();
            workers.into_iter().map(|worker| worker.join().unwrap()).sum()
        });
        eprintln!("{process}: died {end:?} each of {points} requests");
        assert!(points > 0);
    }
}

/// One test for each kind of process.
macro_rules! processes {
    ($($name:ident: $process:expr;)*) => { $(
        #[test]
        fn $name() {
            check($process);
        }
    )* };
}

processes! {
    the_webhook_of_salesforce: "salesforce-webhook";
    the_webhook_of_xero: "xero-webhook";
    the_deal_worker: "deal-worker";
    the_invoice_worker: "invoice-worker";
    the_sweep: "sweep";
    month_end: "month-end";
    plan_approve_and_post_by_people: COMMAND;
}
