//! Month-end: planned, approved by another person, posted, closed. What is voided in the ledger is proposed again.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use tieout_sandbox::xero::{Credit, JournalView, Lock};
use tieout_store::PeriodState;
use tieout_workflow::close::{self, MONTH_END};
use tieout_workflow::tie_out::tie_out;

use crate::common::{CONFIG, EU, UK, World, amount, day, line};
use crate::path::period;

/// A world in which a year for 3,650.00 is billed and followed from 1 January on: 10.00 a day.
async fn billed(currency: &str, tenant: &str, code: &str) -> World {
    billed_with(CONFIG, currency, tenant, code).await
}

async fn billed_with(config: &str, currency: &str, tenant: &str, code: &str) -> World {
    let world = World::with("2026-01-01", config).await;
    let customer = world.customer("Umbra Ltd");
    let lines = vec![line("Platform", code, "3650.00", day("2026-01-01"), 364)];
    let sold = world.open_deal(&customer, "A year", currency, lines);
    world.salesforce().close_won(&sold.opportunity).unwrap();
    world.settle().await;
    let number = world.invoice(tenant, &sold).number;
    world.xero().authorise_invoice(tenant, &number, None, "").unwrap();
    world.settle().await;
    world
}

fn balance(world: &World, tenant: &str, account: &str, at: &str) -> Decimal {
    world.xero().balances(tenant, day(at)).get(account).copied().unwrap_or_default()
}

fn live(world: &World, tenant: &str) -> Vec<JournalView> {
    world
        .xero()
        .list_journals(tenant)
        .into_iter()
        .filter(|journal| journal.status == "POSTED")
        .collect()
}

fn morning(world: &World, date: &str) {
    let date: NaiveDate = day(date);
    world.morning(date);
}

async fn hash(world: &World, entity: &str, month: &str) -> String {
    let record = world.stack.deployment.store.period(entity, month).await.unwrap().unwrap();
    match record.state {
        PeriodState::Proposed { hash, .. } => hash,
        state => panic!("{state:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_plans_another_approves() {
    let world = billed("GBP", UK, "PLATFORM").await;
    let deployment = &world.stack.deployment;
    let january = period("2026-01");
    morning(&world, "2026-02-02");
    assert!(
        close::plan(deployment, "uk", january, "amira").await.is_err(),
        "the third is the day"
    );
    morning(&world, "2026-02-03");
    let (_, proposal) = close::plan(deployment, "uk", january, "chidi").await.unwrap();
    assert_eq!(proposal.journals.len(), 1);
    let hash = hash(&world, "uk", "2026-01").await;
    let refused = [
        ("chidi", hash.as_str(), "another person has to approve"),
        ("amira", hash.as_str(), "amira may not approve"),
        ("month-end", hash.as_str(), "there is no person"),
        ("bjorn", "0123456789abcdef", "the hash of the proposal is"),
    ];
    for (by, hash, words) in refused {
        let error = close::approve(deployment, "uk", january, hash, by).await.unwrap_err().to_string();
        assert!(error.contains(words), "{by}: {error}");
        let error = close::post(deployment, "uk", january, by).await.unwrap_err().to_string();
        assert!(error.contains("only what was approved is posted"), "{error}");
    }
    assert!(live(&world, UK).is_empty());
    close::approve(deployment, "uk", january, &hash, "bjorn").await.unwrap();
    let again = close::approve(deployment, "uk", january, &hash, "bjorn")
        .await
        .unwrap_err()
        .to_string();
    assert!(again.contains("an approval counts once"), "{again}");
    let posted = close::post(deployment, "uk", january, "chidi").await.unwrap();
    assert_eq!(posted.journals.len(), 1);
    assert_eq!(
        (balance(&world, UK, "850", "2026-01-31"), balance(&world, UK, "200", "2026-01-31")),
        (amount("-3340"), amount("-310"))
    );
    let (record, proposal) = close::plan(deployment, "uk", january, "amira").await.unwrap();
    assert!(matches!(record.state, PeriodState::Closed { .. }) && proposal.journals.is_empty());
    assert!(
        close::post(deployment, "uk", january, "chidi").await.is_err(),
        "what is closed is not posted"
    );
    assert_eq!(live(&world, UK).len(), 1);
    morning(&world, "2026-03-03");
    let waiting = world.month_end("uk").await.unwrap();
    assert_eq!(waiting["uk"]["waiting"]["period"], "2026-02");
    assert_eq!(live(&world, UK).len(), 1, "nothing is posted that nobody approved");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contract_in_francs_is_earned_at_the_rate_of_its_invoice() {
    let config = CONFIG.replace("when = \"deal.currency == 'EUR'\"", "when = \"deal.currency in ['EUR', 'CHF']\"");
    let world = billed_with(&config, "CHF", EU, "SEATS").await;
    // 3,650.00 francs at 0.956522 are 3,815.91 euros. A twelfth is 304.17 francs, two are 608.33; the same shares of the euros.
    for (today, at, earned, left) in [
        ("2026-02-05", "2026-01-31", "-318.00", "-3497.91"),
        ("2026-03-05", "2026-02-28", "-635.98", "-3179.93"),
    ] {
        morning(&world, today);
        world.month_end("eu").await.unwrap();
        assert_eq!(
            (balance(&world, EU, "200", at), balance(&world, EU, "850", at)),
            (amount(earned), amount(left)),
            "{at}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_may_post_and_a_journal_that_was_voided_comes_again() {
    let world = billed("EUR", EU, "SEATS").await;
    morning(&world, "2026-02-05");
    let morning_of_eu = world.month_end("eu").await.unwrap();
    assert_eq!(morning_of_eu["eu"]["closed"][0], "2026-01");
    assert!(world.month_end("eu").await.unwrap()["eu"]["closed"].as_array().unwrap().is_empty());
    morning(&world, "2026-03-05");
    world.month_end("eu").await.unwrap();
    let journals = live(&world, EU);
    assert_eq!(journals.len(), 2);
    let balances = world.xero().balances(EU, day("2026-02-28"));
    world.pass(60);
    world.xero().delete_journal(EU, &journals[0].id, "").unwrap();
    morning(&world, "2026-04-05");
    let deployment = &world.stack.deployment;
    let (_, proposal) = close::plan(deployment, "eu", period("2026-03"), MONTH_END).await.unwrap();
    let march: i64 = proposal
        .postings()
        .iter()
        .filter(|line| line.economic_period == period("2026-03"))
        .map(|line| line.amount_minor.abs())
        .sum();
    let january: Vec<_> = proposal
        .postings()
        .into_iter()
        .filter(|line| line.economic_period == period("2026-01"))
        .collect();
    let february = proposal
        .postings()
        .into_iter()
        .filter(|line| line.economic_period == period("2026-02"))
        .count();
    assert!(march > 0 && february == 0, "February is still there");
    assert!(
        january.iter().all(|line| line.posting_period == period("2026-03")) && !january.is_empty(),
        "January comes again, in the open month"
    );
    world.month_end("eu").await.unwrap();
    let after = world.xero().balances(EU, day("2026-03-31"));
    let month = amount("304.17");
    assert_eq!(
        after["200"] - balances["200"],
        -month + Decimal::new(i64::from(after["200"] - balances["200"] != -month), 2)
    );
    assert!(world.month_end("eu").await.unwrap()["eu"]["closed"].as_array().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_date_of_the_ledger_is_respected() {
    let world = billed("GBP", UK, "PLATFORM").await;
    let deployment = &world.stack.deployment;
    morning(&world, "2026-02-03");
    close::plan(deployment, "uk", period("2026-01"), "amira").await.unwrap();
    let hash_of_january = hash(&world, "uk", "2026-01").await;
    close::approve(deployment, "uk", period("2026-01"), &hash_of_january, "bjorn")
        .await
        .unwrap();
    world.xero().set_lock_date(UK, Lock::Period, Some(day("2026-01-31"))).unwrap();
    let error = close::post(deployment, "uk", period("2026-01"), "amira")
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("is locked up to 2026-01-31"), "{error}");
    assert!(live(&world, UK).is_empty());
    world.xero().set_lock_date(UK, Lock::Period, None).unwrap();
    close::post(deployment, "uk", period("2026-01"), "amira").await.unwrap();
    world.xero().set_lock_date(UK, Lock::Period, Some(day("2026-02-28"))).unwrap();
    morning(&world, "2026-03-03");
    let (_, proposal) = close::plan(deployment, "uk", period("2026-02"), "amira").await.unwrap();
    assert!(proposal.journals.is_empty(), "a locked month takes nothing");
    let hash_of_february = hash(&world, "uk", "2026-02").await;
    close::approve(deployment, "uk", period("2026-02"), &hash_of_february, "bjorn")
        .await
        .unwrap();
    close::post(deployment, "uk", period("2026-02"), "amira").await.unwrap();
    morning(&world, "2026-04-03");
    close::plan(deployment, "uk", period("2026-03"), "amira").await.unwrap();
    let hash_of_march = hash(&world, "uk", "2026-03").await;
    close::approve(deployment, "uk", period("2026-03"), &hash_of_march, "bjorn")
        .await
        .unwrap();
    close::post(deployment, "uk", period("2026-03"), "amira").await.unwrap();
    assert!(live(&world, UK).iter().all(|journal| journal.date != day("2026-02-28")));
    assert_eq!(
        balance(&world, UK, "200", "2026-03-31"),
        amount("-900"),
        "ninety days are earned, the locked ones among them"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_credit_note_dated_back_into_a_closed_month_is_named_until_the_next_close() {
    let world = billed("GBP", UK, "PLATFORM").await;
    morning(&world, "2026-02-05");
    close_by_two(&world, "2026-01").await;
    let number = world.xero().list_invoices(UK).remove(0).number;
    world.morning(day("2026-02-20"));
    let credit = Credit {
        amount: amount("365.00"),
        date: day("2026-01-20"),
        number: None,
    };
    world.xero().create_credit_note_and_allocate(UK, &number, &credit, "").unwrap();
    world.settle().await;
    let deployment = &world.stack.deployment;
    let january = tie_out(deployment, "uk", period("2026-01")).await.unwrap();
    assert!(january.ties(), "{january:#?}");
    let deferred = january.lines.iter().find(|line| line.name.starts_with("deferred")).unwrap();
    assert_eq!((deferred.difference, deferred.owners.len()), (amount("365.00"), 1));
    assert!(deferred.owners[0].0.contains("became known after"), "{deferred:?}");
    morning(&world, "2026-03-05");
    close_by_two(&world, "2026-02").await;
    let february = tie_out(deployment, "uk", period("2026-02")).await.unwrap();
    assert!(february.ties(), "{february:#?}");
    let deferred = february.lines.iter().find(|line| line.name.starts_with("deferred")).unwrap();
    assert_eq!(deferred.difference, Decimal::ZERO);
}

async fn close_by_two(world: &World, month: &str) {
    let deployment = &world.stack.deployment;
    close::plan(deployment, "uk", period(month), "chidi").await.unwrap();
    let hash = hash(world, "uk", month).await;
    close::approve(deployment, "uk", period(month), &hash, "bjorn").await.unwrap();
    close::post(deployment, "uk", period(month), "chidi").await.unwrap();
}
