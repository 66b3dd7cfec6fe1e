//! A crash or a fault at each request of each step. For each request that leaves a function, and each way in which it can fail, a new
//! case meets the fault and is then finished without faults. Its final state has to be that of an undisturbed run.

use std::collections::BTreeSet;

use chrono::Months;
use serde_json::{Value, json};
use tieout_accounting::Period;
use tieout_sandbox::xero::Credit;
use tieout_store::PeriodState;
use tieout_workflow::deal::settle::{How, settle};
use tieout_workflow::{WorkflowError, close};

use crate::common::{EU, Sold, Trouble, UK, US, World, amount, contract_id, line};
use crate::orders::{Further, taken_away};

/// More requests than any step makes: beyond that a step never ends.
const REQUESTS_MAX: usize = 250;
/// Longer than the life of Xero's tokens, so that each case begins with a refresh.
const TOKEN_LIFE_S: i64 = 31 * 60;
/// Longer than the visibility timeout, effect leases and the longest wait between two tries.
const PATIENCE_S: i64 = 905;
/// Rounds after a fault in which everything has to finish; a message is received five times.
const ROUNDS_MAX: usize = 4;

/// A step that meets faults.
trait Step {
    /// One case of it.
    type Case;
    /// Preparation, without faults.
    async fn prepare(&self, world: &World) -> Self::Case;
    /// The step, as far as it gets; called again until it reports that it is done.
    async fn act(&self, world: &World, case: &Self::Case) -> bool;
    /// The final state.
    async fn state(&self, world: &World, case: &Self::Case) -> Value;
}

/// Runs `step` into each of `troubles` at each of its requests, in one world, each time with a new case.
async fn check<S: Step>(step: &S, troubles: &[Trouble], today: &str) {
    let world = World::new(today).await;
    let case = begin(step, &world).await;
    assert!(finish(step, &world, &case).await, "an undisturbed run is not done");
    let expected = step.state(&world, &case).await;
    for trouble in troubles {
        let points = points(step, &world, *trouble, &expected).await;
        eprintln!("{}: {trouble:?} at {points} requests", std::any::type_name::<S>());
    }
}

/// Meets `trouble` at the first request, then at the second, until a run finishes without it; gives their number.
async fn points<S: Step>(step: &S, world: &World, trouble: Trouble, expected: &Value) -> usize {
    for number in 0..REQUESTS_MAX {
        let case = begin(step, world).await;
        world.wire.arm(number, trouble);
        tokio::select! {
            _ = step.act(world, &case) => {}
            () = world.wire.died() => {}
        }
        let Some(met) = world.wire.disarm() else { return number };
        if trouble.is_crash() {
            world.restart().await;
        }
        world.pass(PATIENCE_S);
        assert!(
            finish(step, world, &case).await,
            "{trouble:?} at request {number}, {met}: not done after {ROUNDS_MAX} rounds"
        );
        let found = step.state(world, &case).await;
        assert!(
            found == *expected,
            "{trouble:?} at request {number}, {met}:\n{}",
            difference(&found, expected)
        );
    }
    panic!("more than {REQUESTS_MAX} requests");
}

/// Whether the step finishes; two hints of one record may make each other retry.
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
    let (Some(found), Some(expected)) = (found.as_object(), expected.as_object()) else {
        return String::new();
    };
    let differs = |(key, value): &(&String, &Value)| expected.get(*key) != Some(*value);
    let lines = found
        .iter()
        .filter(differs)
        .map(|(key, value)| format!("{key}:\n  seen  {value}\n  meant {}\n", expected[key]));
    lines.collect()
}

async fn begin<S: Step>(step: &S, world: &World) -> S::Case {
    let tomorrow = world.today().succ_opt().unwrap();
    world.morning(tomorrow);
    let case = step.prepare(world).await;
    world.pass(TOKEN_LIFE_S);
    case
}

/// One test for each kind of fault, so that they run in parallel.
macro_rules! steps {
    ($($module:ident: $step:expr, $today:literal;)*) => { $(
        mod $module {
            use super::*;
            troubles!($step, $today; a_crash_before: [CrashBefore], a_crash_after: [CrashAfter], a_lost_answer: [AnswerLost],
                bad_answers: [Throttled, ServerError, ServerErrorAfter, Truncated]);
        }
    )* };
}

macro_rules! troubles {
    ($step:expr, $today:literal; $($name:ident: [$($trouble:ident),*]),*) => { $(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            check(&$step, &[$(Trouble::$trouble),*], $today).await;
        }
    )* };
}

steps! {
    booking: Booking, "2026-01-05";
    following: Following, "2026-01-05";
    crediting: Crediting, "2026-01-05";
    closing: Closing, "2025-12-31";
    approving: Approving, "2025-12-31";
    sweeping: Sweeping, "2026-01-05";
    billing: Billing, "2026-01-05";
    amending: Amending, "2026-01-05";
    setting_against: SettingAgainst, "2026-01-05";
    accepting: Accepting, "2026-01-05";
    doubting: Doubting, "2026-01-05";
    settling: Settling, "2026-01-05";
    editing: Editing, "2026-01-05";
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
        state["notes"] = json!(
            world
                .xero()
                .list_credit_notes(UK)
                .iter()
                .filter(|note| note.reference.ends_with(&case.opportunity))
                .count()
        );
        state
    }
}

/// An order that adds one product and takes away of another: the change, a further invoice, a credit note.
struct Amending;

impl Step for Amending {
    type Case = [Sold; 2];

    async fn prepare(&self, world: &World) -> [Sold; 2] {
        let first = world.booked(&format!("Customer of {}", world.today()), "GBP").await;
        let number = world.invoice(UK, &first).number;
        world.xero().authorise_invoice(UK, &number, None, "").unwrap();
        world.settle().await;
        let today = world.today();
        let further = Further {
            kind: Some("Amendment"),
            names_first: true,
            effective: Some(today),
            lines: vec![
                taken_away(line("Platform", "PLATFORM", "1800.00", today, 364)),
                line("Seats", "SEATS", "3000.00", today, 364),
            ],
        };
        let order = world.order(&first, &further);
        world.salesforce().close_won(&order.opportunity).unwrap();
        world.deliver().await;
        [first, order]
    }

    async fn act(&self, world: &World, _: &[Sold; 2]) -> bool {
        world.work().await;
        world.waiting() == 0
    }

    async fn state(&self, world: &World, case: &[Sold; 2]) -> Value {
        world.settle().await;
        life(world, case).await
    }
}

/// Finance approves a credit note that Tieout drafted: its event, and its setting against the invoice.
struct SettingAgainst;

impl Step for SettingAgainst {
    type Case = [Sold; 2];

    async fn prepare(&self, world: &World) -> [Sold; 2] {
        let case = Amending.prepare(world).await;
        world.settle().await;
        let all = world.xero().list_credit_notes(UK);
        let own = all
            .iter()
            .find(|note| note.contact_number.as_deref() == Some(case[0].account.as_str()));
        world.xero().authorise_credit_note(UK, &own.unwrap().number, "").unwrap();
        world.deliver().await;
        case
    }

    async fn act(&self, world: &World, _: &[Sold; 2]) -> bool {
        world.work().await;
        world.waiting() == 0
    }

    async fn state(&self, world: &World, case: &[Sold; 2]) -> Value {
        world.settle().await;
        life(world, case).await
    }
}

/// A booked deal is reopened and won again: the doubt, and its end.
struct Doubting;

impl Step for Doubting {
    type Case = [Sold; 2];

    async fn prepare(&self, world: &World) -> [Sold; 2] {
        let sold = world.booked(&format!("Customer of {}", world.today()), "GBP").await;
        world.salesforce().reopen(&sold.opportunity).unwrap();
        world.pass(60);
        world.sweep().await.unwrap();
        [sold.clone(), sold]
    }

    async fn act(&self, world: &World, case: &[Sold; 2]) -> bool {
        world.work().await;
        if world.waiting() > 0 {
            return false;
        }
        let [sold, _] = case;
        let record = world.salesforce().record(&sold.opportunity).unwrap();
        if record.get("IsWon") == Some(&json!(false)) {
            world.salesforce().close_won(&sold.opportunity).unwrap();
            world.edit(&sold.opportunity, json!({ "CloseDate": sold.on }));
            world.deliver().await;
            world.work().await;
        }
        world.waiting() == 0
    }

    async fn state(&self, world: &World, case: &[Sold; 2]) -> Value {
        world.settle().await;
        life(world, case).await
    }
}

/// A deal is deleted after it was billed, and a person ends its contract: the events, and the credit note.
struct Settling;

impl Step for Settling {
    type Case = [Sold; 2];

    async fn prepare(&self, world: &World) -> [Sold; 2] {
        let sold = world.booked(&format!("Customer of {}", world.today()), "GBP").await;
        let number = world.invoice(UK, &sold).number;
        world.xero().authorise_invoice(UK, &number, None, "").unwrap();
        world.salesforce().delete(&sold.opportunity).unwrap();
        world.pass(60);
        world.sweep().await.unwrap();
        world.settle().await;
        [sold.clone(), sold]
    }

    async fn act(&self, world: &World, [sold, _]: &[Sold; 2]) -> bool {
        let deployment = world.command().await;
        let how = How::End(sold.on);
        settle(&deployment, &contract_id(sold), how, "amira", "gone").await.is_ok()
    }

    async fn state(&self, world: &World, case: &[Sold; 2]) -> Value {
        world.settle().await;
        life(world, case).await
    }
}

/// A line of a deal that was billed is raised, another one is lowered, and a person accepts that: the events, an invoice and a credit note.
struct Editing;

impl Step for Editing {
    type Case = [Sold; 2];

    async fn prepare(&self, world: &World) -> [Sold; 2] {
        let sold = world.booked(&format!("Customer of {}", world.today()), "GBP").await;
        let number = world.invoice(UK, &sold).number;
        world.xero().authorise_invoice(UK, &number, None, "").unwrap();
        for (line, price) in sold.lines.iter().zip([13_000.0, 2_000.0]) {
            let change = json!({ "UnitPrice": price, "Quantity": 1 });
            world.salesforce().edit_line(line, change.as_object().unwrap().clone()).unwrap();
        }
        world.edit(&sold.opportunity, json!({ "Description": "as agreed by phone" }));
        world.settle().await;
        [sold.clone(), sold]
    }

    async fn act(&self, world: &World, [sold, _]: &[Sold; 2]) -> bool {
        let deployment = world.command().await;
        let how = How::Accept(sold.on);
        settle(&deployment, &contract_id(sold), how, "amira", "as agreed by phone")
            .await
            .is_ok()
    }

    async fn state(&self, world: &World, case: &[Sold; 2]) -> Value {
        world.settle().await;
        life(world, case).await
    }
}

/// What is to be seen of a customer with a deal and a further order, without ids and numbers.
async fn life(world: &World, [first, order]: &[Sold; 2]) -> Value {
    let contract = world.contract(first).await.unwrap();
    let all = world.xero().list_invoices(UK).into_iter().chain(world.xero().list_credit_notes(UK));
    let own = all.filter(|document| document.contact_number.as_deref() == Some(first.account.as_str()));
    let mut documents: Vec<Value> = own
        .map(|document| json!([document.status, document.sub_total, document.amount_due]))
        .collect();
    documents.sort_by_key(ToString::to_string);
    let stages = contract
        .outline
        .documents
        .iter()
        .map(|document| document.in_ledger().map(|found| found.status.name()));
    json!({
        "events": world.events(first).await,
        "documents": documents,
        "stages": stages.collect::<Vec<_>>(),
        "orders": contract.outline.orders.len(),
        "pushed": [world.written_back(first).get("Tieout_Amount_Due__c"), world.written_back(order).get("Tieout_Amount_Due__c")],
        "parked": cases(world, first).await.union(&cases(world, order).await).collect::<Vec<_>>(),
        "open_effects": world.open_effects().await,
        "dead_letters": world.dead_letters(),
        "waiting": world.waiting(),
    })
}

async fn cases(world: &World, sold: &Sold) -> BTreeSet<String> {
    world.parked_all(sold).await.into_iter().map(|case| case.kind).collect()
}

/// Month-end of an entity with automatic approval: plan, journal, postings, closed period. Each case is the next month of one long contract
/// with equal months.
struct Closing;

/// A contract of fifteen years with the same revenue in each month, authorised; none is sold twice.
async fn long_contract(world: &World, tenant: &str, currency: &str, code: &str) {
    if !world.xero().list_invoices(tenant).is_empty() {
        return;
    }
    let customer = world.customer("Evergreen");
    let start = world.today();
    let mut long = line("Seats", code, "180000.00", start, 0);
    long.end_date = start.checked_add_months(Months::new(180)).and_then(|end| end.pred_opt());
    let sold = world.open_deal(&customer, "Fifteen years", currency, vec![long]);
    world.salesforce().close_won(&sold.opportunity).unwrap();
    world.settle().await;
    let number = world.invoice(tenant, &sold).number;
    world.xero().authorise_invoice(tenant, &number, None, "").unwrap();
    world.settle().await;
}

/// The morning on which the next open month is due; gives that month.
async fn next_month(world: &World, entity: &str) -> Period {
    let periods = world.stack.deployment.store.periods(entity).await.unwrap();
    let last = periods.last().map(|record| Period::parse(&record.period).unwrap());
    let period = last.map_or(Period::parse("2026-01").unwrap(), Period::next);
    world.morning(period.next().first_day() + chrono::Days::new(9));
    period
}

/// The final state of a month: its journals, its period, and nothing left to post.
async fn month(world: &World, entity: &str, tenant: &str, period: Period) -> Value {
    let deployment = &world.stack.deployment;
    let journals = world.xero().list_journals(tenant);
    let journals: Vec<Value> = journals
        .iter()
        .filter(|journal| Period::of(journal.date) == period)
        .map(|journal| {
            json!([
                journal.status,
                journal.lines,
                journal.narration.replace(&period.to_string(), "MONTH")
            ])
        })
        .collect();
    let name = period.to_string();
    let postings = deployment.store.postings(entity).await.unwrap();
    let postings = postings.iter().filter(|posting| posting.posting_period == name);
    let record = deployment.store.period(entity, &name).await.unwrap().unwrap();
    let again = close::plan(deployment, entity, period, close::MONTH_END).await.unwrap();
    json!({
        "journals": journals,
        "postings": postings.map(|posting| format!("{:?}", posting.state)).collect::<Vec<_>>(),
        "closed": matches!(record.state, PeriodState::Closed { .. }),
        "again": again.1.journals.len(),
        "open_effects": world.open_effects().await,
    })
}

impl Step for Closing {
    type Case = Period;

    async fn prepare(&self, world: &World) -> Period {
        long_contract(world, EU, "EUR", "SEATS").await;
        next_month(world, "eu").await
    }

    async fn act(&self, world: &World, _: &Period) -> bool {
        world.month_end("eu").await.is_ok()
    }

    async fn state(&self, world: &World, case: &Period) -> Value {
        month(world, "eu", EU, *case).await
    }
}

/// A close by people: one plans, another approves, then it is posted. A failed command is repeated.
struct Approving;

impl Approving {
    async fn commands(world: &World, period: Period) -> Result<(), WorkflowError> {
        let deployment = world.command().await;
        let (record, _) = close::plan(&deployment, "us", period, "amira").await?;
        if let PeriodState::Proposed { hash, .. } = &record.state {
            close::approve(&deployment, "us", period, hash, "bjorn").await?;
        }
        if !matches!(record.state, PeriodState::Closed { .. }) {
            close::post(&deployment, "us", period, "amira").await?;
        }
        Ok(())
    }
}

impl Step for Approving {
    type Case = Period;

    async fn prepare(&self, world: &World) -> Period {
        long_contract(world, US, "USD", "PLATFORM").await;
        next_month(world, "us").await
    }

    async fn act(&self, world: &World, case: &Period) -> bool {
        Self::commands(world, *case).await.is_ok()
    }

    async fn state(&self, world: &World, case: &Period) -> Value {
        month(world, "us", US, *case).await
    }
}

/// A message and a webhook are lost; the sweep finds the deal and the authorised invoice.
struct Sweeping;

impl Step for Sweeping {
    type Case = (Sold, Sold);

    async fn prepare(&self, world: &World) -> Self::Case {
        let invoiced = world.booked(&format!("Customer of {}", world.today()), "GBP").await;
        let number = world.invoice(UK, &invoiced).number;
        world.xero().lose_next_webhooks(1).unwrap();
        world.xero().authorise_invoice(UK, &number, None, "").unwrap();
        world.salesforce().lose_next_messages(1).unwrap();
        let lost = world.sell(&format!("Stranger of {}", world.today()), "EUR");
        world.deliver().await;
        world.work().await;
        (invoiced, lost)
    }

    async fn act(&self, world: &World, _: &Self::Case) -> bool {
        world.sweep().await.is_ok()
    }

    async fn state(&self, world: &World, (invoiced, lost): &Self::Case) -> Value {
        world.settle().await;
        json!({ "invoiced": world.state_of(UK, invoiced).await, "lost": world.state_of(EU, lost).await })
    }
}

/// A planned invoice whose day has come: found by the index, queued, and made.
struct Billing;

impl Step for Billing {
    type Case = Sold;

    async fn prepare(&self, world: &World) -> Sold {
        let (customer, tomorrow) = (
            world.customer(&format!("Customer of {}", world.today())),
            world.today().succ_opt().unwrap(),
        );
        // To the last day that a state knows by name.
        let lines = vec![line("Platform", "PLATFORM", "12000.00", tomorrow, 363)];
        let sold = world.open_deal(&customer, "A year", "GBP", lines);
        world.edit(&sold.opportunity, json!({ "Billing_Frequency__c": "Annual" }));
        world.salesforce().close_won(&sold.opportunity).unwrap();
        world.settle().await;
        assert!(world.invoices(UK, &sold).is_empty(), "due tomorrow");
        world.morning(tomorrow);
        sold
    }

    async fn act(&self, world: &World, _: &Sold) -> bool {
        let is_queued = world.billing().await.is_ok();
        world.work().await;
        is_queued && world.waiting() == 0
    }

    async fn state(&self, world: &World, case: &Sold) -> Value {
        world.settle().await;
        world.state_of(UK, case).await
    }
}

/// Both webhooks: an outbound message of twelve deals, and a delivery of Xero. Both vendors repeat what was not accepted.
struct Accepting;

impl Step for Accepting {
    type Case = Vec<Sold>;

    async fn prepare(&self, world: &World) -> Vec<Sold> {
        let booked = world.booked(&format!("Customer of {}", world.today()), "GBP").await;
        let number = world.invoice(UK, &booked).number;
        world.xero().authorise_invoice(UK, &number, None, "").unwrap();
        let customer = world.customer(&format!("Dozen of {}", world.today()));
        let deals = (0..12).map(|place| {
            let lines = vec![line("Platform", "PLATFORM", "1200.00", world.today(), 364)];
            world.open_deal(&customer, &format!("Deal {place}"), "GBP", lines)
        });
        std::iter::once(booked).chain(deals).collect()
    }

    async fn act(&self, world: &World, _: &Vec<Sold>) -> bool {
        world.deliver().await;
        true
    }

    async fn state(&self, world: &World, case: &Vec<Sold>) -> Value {
        // What is on the queue once may be on it twice: it is a hint. What is not on it is lost.
        let (_, queued) = (case, world.waiting());
        world.settle().await;
        let events = world.events(&case[0]).await;
        json!({ "queued": queued >= 13, "events": events, "dead_letters": world.dead_letters(), "waiting": world.waiting() })
    }
}
