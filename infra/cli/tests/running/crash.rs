//! A crash or a fault at each request of each step: for every request that leaves a function, and every way in which it can go wrong,
//! a new case is run into it, then brought to its end without faults; what is to be seen has to be what an undisturbed run leaves.

use serde_json::{Value, json};
use tieout_sandbox::xero::Credit;

use crate::common::{Sold, Trouble, UK, World, amount};

/// More requests than any step makes; who needs more does not end.
const REQUESTS_MAX: usize = 250;
/// Longer than the life of a token of Xero: each case begins with a refresh.
const TOKEN_LIFE_S: i64 = 31 * 60;
/// Longer than the visibility of a message, the leases of effects and the longest wait between two tries.
const PATIENCE_S: i64 = 905;
/// Rounds after a fault in which everything has to be at its end; a message is received five times.
const ROUNDS_MAX: usize = 4;

/// A step that is run into trouble.
trait Step {
    /// One case of it.
    type Case;
    /// What goes before, without trouble.
    async fn prepare(&self, world: &World) -> Self::Case;
    /// The step, as far as it comes; called again until it says that it is done.
    async fn act(&self, world: &World, case: &Self::Case) -> bool;
    /// What is to be seen in the end.
    async fn state(&self, world: &World, case: &Self::Case) -> Value;
}

/// Runs `step` into `trouble` at each of its requests, in one world, each time with a new case.
async fn check<S: Step>(step: &S, trouble: Trouble, today: &str) {
    let world = World::new(today).await;
    let expected = {
        let case = begin(step, &world).await;
        assert!(finish(step, &world, &case).await, "an undisturbed run is not done");
        step.state(&world, &case).await
    };
    for number in 0..REQUESTS_MAX {
        let case = begin(step, &world).await;
        world.wire.arm(number, trouble);
        tokio::select! {
            _ = step.act(&world, &case) => {}
            () = world.wire.died() => {}
        }
        let Some(met) = world.wire.disarm() else {
            eprintln!("{}: {number} requests, {trouble:?}", std::any::type_name::<S>());
            return;
        };
        if trouble.is_crash() {
            world.restart().await;
        }
        world.pass(PATIENCE_S);
        assert!(finish(step, &world, &case).await, "{trouble:?} at request {number}, {met}: not done after {ROUNDS_MAX} rounds");
        let found = step.state(&world, &case).await;
        assert!(found == expected, "{trouble:?} at request {number}, {met}:\n{}", difference(&found, &expected));
    }
    panic!("more than {REQUESTS_MAX} requests");
}

/// Whether the step comes to its end without trouble; two hints of one record may ask each other to come again.
async fn finish<S: Step>(step: &S, world: &World, case: &S::Case) -> bool {
    for _ in 0..ROUNDS_MAX {
        if step.act(world, case).await {
            return true;
        }
        world.pass(PATIENCE_S);
    }
    false
}

fn difference(found: &Value, expected: &Value) -> String {
    let (Some(found), Some(expected)) = (found.as_object(), expected.as_object()) else { return String::new() };
    let differs = |(key, value): &(&String, &Value)| expected.get(*key) != Some(*value);
    let lines = found.iter().filter(differs).map(|(key, value)| format!("{key}:\n  seen  {value}\n  meant {}\n", expected[key]));
    lines.collect()
}

async fn begin<S: Step>(step: &S, world: &World) -> S::Case {
    let tomorrow = world.today().succ_opt().unwrap();
    world.morning(tomorrow);
    let case = step.prepare(world).await;
    world.pass(TOKEN_LIFE_S);
    case
}

/// One test for each kind of trouble, so that they run side by side.
macro_rules! steps {
    ($($module:ident: $step:expr, $today:literal;)*) => { $(
        mod $module {
            use super::*;
            troubles!($step, $today; a_crash_before: CrashBefore, a_crash_after: CrashAfter, a_lost_answer: AnswerLost,
                a_throttle: Throttled, a_server_error: ServerError, a_server_error_after: ServerErrorAfter, a_truncated_answer: Truncated);
        }
    )* };
}

macro_rules! troubles {
    ($step:expr, $today:literal; $($name:ident: $trouble:ident),*) => { $(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            check(&$step, Trouble::$trouble, $today).await;
        }
    )* };
}

steps! {
    booking: Booking, "2026-01-05";
    following: Following, "2026-01-05";
    crediting: Crediting, "2026-01-05";
}

/// A deal of three lines and a new customer: contract, contact, draft, write-back.
struct Booking;

impl Step for Booking {
    type Case = Sold;

    async fn prepare(&self, world: &World) -> Sold {
        let sold = world.sell(&format!("Customer of {}", world.today()), "GBP");
        world.deliver().await;
        sold
    }

    async fn act(&self, world: &World, _: &Sold) -> bool {
        world.work().await;
        world.waiting() == 0
    }

    async fn state(&self, world: &World, case: &Sold) -> Value {
        world.settle().await;
        world.state_of(UK, case).await
    }
}

/// Finance authorises the draft, and the customer pays it in two parts.
struct Following;

impl Step for Following {
    type Case = Sold;

    async fn prepare(&self, world: &World) -> Sold {
        let sold = world.booked(&format!("Customer of {}", world.today()), "GBP").await;
        let number = world.invoice(UK, &sold).number;
        world.xero().authorise_invoice(UK, &number, None, "").unwrap();
        for part in ["1000.00", "2000.00"] {
            world.xero().record_payment(UK, &number, amount(part), world.today(), "").unwrap();
        }
        world.deliver().await;
        sold
    }

    async fn act(&self, world: &World, _: &Sold) -> bool {
        world.work().await;
        world.waiting() == 0
    }

    async fn state(&self, world: &World, case: &Sold) -> Value {
        world.settle().await;
        world.state_of(UK, case).await
    }
}

/// A followed invoice gets a credit note.
struct Crediting;

impl Step for Crediting {
    type Case = Sold;

    async fn prepare(&self, world: &World) -> Sold {
        let sold = world.booked(&format!("Customer of {}", world.today()), "GBP").await;
        let number = world.invoice(UK, &sold).number;
        world.xero().authorise_invoice(UK, &number, None, "").unwrap();
        world.settle().await;
        let credit = Credit {
            amount: amount("1000.00"),
            date: world.today(),
            number: Some(format!("CN-{}", world.today())),
        };
        world.xero().create_credit_note_and_allocate(UK, &number, &credit, "").unwrap();
        world.deliver().await;
        sold
    }

    async fn act(&self, world: &World, _: &Sold) -> bool {
        world.work().await;
        world.waiting() == 0
    }

    async fn state(&self, world: &World, case: &Sold) -> Value {
        world.settle().await;
        let mut state = world.state_of(UK, case).await;
        state["notes"] = json!(world.xero().list_credit_notes(UK).iter().filter(|note| note.reference.ends_with(&case.opportunity)).count());
        state
    }
}
