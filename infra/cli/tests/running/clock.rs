//! A stack on a clock that stands still: what needs no time happens, what falls due happens in a move, once and at its instant.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tieout::stack::clock::{self, ClockError, StackClock, StandingClock};
use tieout::stack::{Endpoint, Options, Refused, Stack};
use tieout_local::data_folder::DataFolder;
use tieout_platform::clock::Clock as _;
use tieout_platform::config::Config;
use tieout_platform::http::{Connector as _, Network};
use tieout_sandbox::salesforce::{NewAccount, NewOpportunity};
use tieout_store::PeriodState;
use tokio::task::JoinHandle;

use crate::common::{CONFIG, EU, UK, day, line};

/// Looks at a clock that a move takes with it, in the machine's time.
const LOOK_MS: u64 = 5;
/// Deals whose calls are more than Xero takes in a minute.
const MANY: usize = 15;

/// A stack as `tieout up --now` runs it.
struct Standing {
    stack: Arc<Stack>,
    clock: Arc<StandingClock>,
    endpoint: Endpoint,
    running: JoinHandle<()>,
}

fn instant(text: &str) -> DateTime<Utc> {
    clock::instant(text).unwrap()
}

impl Standing {
    async fn up(data: &Path, now: Option<&str>) -> Self {
        let time = StackClock::of(data, now.map(instant)).unwrap();
        let StackClock::Standing { clock, to: None } = &time else {
            panic!("{time:?}")
        };
        clock.keep().unwrap();
        let stack = Stack::start(Options {
            data: Some(DataFolder::open(data).unwrap()),
            config: Config::check(CONFIG).unwrap(),
            clock: time.shared(),
            time_limits: time.time_limits(),
            sweep: "rate(6 hours)",
            salesforce_url: None,
            xero_url: None,
            xero_identity_url: None,
            connector: None,
        });
        let stack = Arc::new(stack.await.unwrap());
        let (endpoint, requests) = Endpoint::start(&stack, &time).await.unwrap();
        let clock = clock.clone();
        let (of_task, its_clock) = (stack.clone(), clock.clone());
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let running = tokio::spawn(async move {
            let _stop = stop;
            of_task.stand(&its_clock, requests, stopped).await.unwrap();
        });
        Self {
            stack,
            clock,
            endpoint,
            running,
        }
    }

    /// As a killed process ends: wherever it is.
    async fn kill(self) {
        self.running.abort();
        assert!(self.running.await.unwrap_err().is_cancelled());
    }

    async fn call(&self, body: Option<&str>) -> (u16, Value) {
        match body {
            None => self.send(http::Request::get(self.endpoint.url()), "").await,
            Some(body) => self.send(http::Request::post(self.endpoint.url()), body).await,
        }
    }

    async fn quiet(&self, body: &str) -> (u16, Value) {
        let url = format!("{}/quiet", self.endpoint.url());
        self.send(http::Request::post(url), body).await
    }

    async fn send(&self, request: http::request::Builder, body: &str) -> (u16, Value) {
        let request = request.body(Bytes::from(body.to_owned())).unwrap();
        let answer = Network::new().unwrap().send(request).await.unwrap();
        (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap())
    }

    async fn go(&self, to: &str) -> Value {
        let (status, answer) = self.call(Some(&json!({ "to": to }).to_string())).await;
        assert_eq!((status, &answer["now"]), (200, &json!(to)), "{answer}");
        answer
    }

    /// A year from 5 January, agreed on that day and won where the clock stands.
    fn sell(&self, name: &str, currency: &str) {
        let salesforce = self.stack.sandbox.salesforce.as_ref().unwrap();
        let account = NewAccount {
            name: name.to_owned(),
            ..NewAccount::default()
        };
        let deal = NewOpportunity {
            name: name.to_owned(),
            account_id: salesforce.add_account(account).unwrap(),
            close_date: day("2026-01-05"),
            currency: Some(currency.to_owned()),
            lines: vec![line("Platform", "PLATFORM", "3650.00", day("2026-01-05"), 364)],
            ..NewOpportunity::default()
        };
        let added = salesforce.add_opportunity(deal).unwrap();
        salesforce.close_won(&added.id).unwrap();
    }

    fn drafts(&self, tenant: &str) -> usize {
        self.stack.sandbox.xero.as_ref().unwrap().list_invoices(tenant).len()
    }

    fn journals(&self, tenant: &str) -> Vec<String> {
        let journals = self.stack.sandbox.xero.as_ref().unwrap().list_journals(tenant);
        journals.into_iter().map(|journal| journal.narration).collect()
    }

    async fn january(&self, entity: &str) -> PeriodState {
        let record = self.stack.deployment.store.period(entity, "2026-01").await.unwrap();
        record.map_or(PeriodState::Open, |record| record.state)
    }

    async fn proposed_at(&self, entity: &str) -> String {
        match self.january(entity).await {
            PeriodState::Proposed { at, .. } => clock::shown(at),
            other => panic!("{entity}: {other:?}"),
        }
    }

    async fn closed_at(&self, entity: &str) -> String {
        match self.january(entity).await {
            PeriodState::Closed { at, .. } => clock::shown(at),
            other => panic!("{entity}: {other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_needs_no_time_happens_while_the_clock_stands() {
    let folder = tempfile::tempdir().unwrap();
    let now = "2026-01-05T09:00:00Z";
    let up = Standing::up(folder.path(), Some(now)).await;
    up.sell("Umbra Ltd", "GBP");
    let quiet = up.go(now).await;
    assert_eq!((up.drafts(UK), &quiet["waiting"]), (1, &json!([])));
    let (status, mut answer) = up.call(None).await;
    assert!(answer["requests"].take().as_u64().unwrap() > 0);
    assert_eq!(
        (status, answer),
        (200, json!({ "now": now, "stands": true, "waiting": [], "requests": null }))
    );
    up.sell("Penumbra Ltd", "GBP");
    let (status, quiet) = up.quiet("").await;
    assert_eq!(
        (status, up.drafts(UK), &quiet["now"], &quiet["waiting"]),
        (200, 2, &json!(now), &json!([]))
    );
    let (status, refused) = up.quiet(r#"{"to": "2026-01-06T09:00:00Z"}"#).await;
    assert_eq!((status, &refused["where"]), (400, &json!("body")), "{refused}");
    let twice = tokio::join!(up.go("2026-01-05T10:00:00Z"), up.go("2026-01-05T10:00:00Z"));
    assert_eq!(twice.0, twice.1, "moves at the same time run one after the other");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn moves_that_are_asked_for_together_run_in_the_order_in_which_they_came() {
    let folder = tempfile::tempdir().unwrap();
    let up = Standing::up(folder.path(), Some("2026-01-05T09:00:00Z")).await;
    for (first, second, wanted) in [
        ("2026-01-05T10:00:00Z", "2026-01-05T11:00:00Z", Ok("2026-01-05T11:00:00Z")),
        ("2026-01-05T13:00:00Z", "2026-01-05T12:00:00Z", Err("2026-01-05T13:00:00Z")),
        ("2026-01-05T14:00:00Z", "2026-01-05T14:00:00Z", Ok("2026-01-05T14:00:00Z")),
    ] {
        let (one, two) = tokio::join!(up.endpoint.go(instant(first)), up.endpoint.go(instant(second)));
        assert_eq!(one.unwrap().unwrap(), instant(first), "{first}, {second}");
        match (two.unwrap(), wanted) {
            (Ok(at), Ok(wanted)) => assert_eq!(at, instant(wanted), "{first}, {second}"),
            (Err(Refused::Backwards { now, .. }), Err(wanted)) => assert_eq!(now, wanted, "{first}, {second}"),
            (got, _) => panic!("{first}, {second}: {got:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_moves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let now = "2026-01-05T09:00:00Z";
    let up = Standing::up(folder.path(), Some(now)).await;
    for (body, status, place, says) in [
        ("", 400, "body", "is not JSON"),
        ("2026-01-06", 400, "body", "is not JSON"),
        ("[]", 400, "body", "is not an object"),
        ("{}", 400, "body", "there is no \"to\""),
        (r#"{"to": null}"#, 400, "to", "is not a text"),
        (r#"{"to": 1767600000}"#, 400, "to", "is not a text"),
        (r#"{"to": "2026-01-06"}"#, 400, "to", "is not an instant"),
        (r#"{"to": "2026-01-06T09:00:00"}"#, 400, "to", "is not an instant"),
        (r#"{"to": "9999-01-06T09:00:00Z"}"#, 400, "to", "the year has to be"),
        (
            r#"{"to": "2026-01-06T09:00:00Z", "by": "amira"}"#,
            400,
            "body",
            "means nothing here",
        ),
        (r#"{"to": "2026-01-05T08:59:59Z"}"#, 422, "to", "a clock never goes back"),
        (r#"{"to": "2026-04-08T09:00:01Z"}"#, 422, "to", "more than 93 days"),
    ] {
        let (got, answer) = up.call(Some(body)).await;
        assert_eq!((got, &answer["where"]), (status, &json!(place)), "{body}: {answer}");
        assert!(answer["error"].as_str().unwrap().contains(says), "{body}: {answer}");
        assert!(!answer["action"].as_str().unwrap().is_empty(), "{body}: {answer}");
    }
    let long = json!({ "to": "2".repeat(2_000) }).to_string();
    let request = http::Request::post(up.endpoint.url()).body(Bytes::from(long)).unwrap();
    let answer = Network::new().unwrap().send(request).await.unwrap();
    assert_eq!(answer.status(), 413);
    assert_eq!(clock::shown(up.clock.now()), now);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn month_end_runs_on_each_entitys_morning_and_once() {
    let folder = tempfile::tempdir().unwrap();
    let up = Standing::up(folder.path(), Some("2026-02-02T20:00:00Z")).await;
    for (name, currency) in [("Umbra Ltd", "GBP"), ("Penumbra Inc", "USD"), ("Antumbra GmbH", "EUR")] {
        up.sell(name, currency);
    }
    up.go("2026-02-03T05:59:59Z").await;
    assert_eq!(up.january("uk").await, PeriodState::Open);
    up.go("2026-02-03T12:00:00Z").await;
    assert_eq!(up.proposed_at("uk").await, "2026-02-03T06:00:00Z", "six in London");
    assert_eq!(up.proposed_at("us").await, "2026-02-03T11:00:00Z", "six in New York");
    assert_eq!(up.january("eu").await, PeriodState::Open, "its day is the fifth");
    up.go("2026-02-05T12:00:00Z").await;
    let posted = up.journals(EU);
    assert_eq!(up.closed_at("eu").await, "2026-02-05T05:00:00Z", "six in Berlin");
    assert!(!posted.is_empty());
    up.go("2026-02-07T12:00:00Z").await;
    assert_eq!(
        (up.closed_at("eu").await.as_str(), up.journals(EU)),
        ("2026-02-05T05:00:00Z", posted)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_on_xeros_limit_waits_for_a_move_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let now = "2026-01-05T09:00:00Z";
    let up = Standing::up(folder.path(), Some(now)).await;
    for number in 0..MANY {
        up.sell(&format!("Umbra {number}"), "GBP");
    }
    let waits = up.go(now).await;
    assert!(up.drafts(UK) < MANY);
    assert!(!waits["waiting"].as_array().unwrap().is_empty(), "{waits}");
    let quiet = up.go("2026-01-05T10:00:00Z").await;
    assert_eq!((up.drafts(UK), &quiet["waiting"]), (MANY, &json!([])));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_was_never_moved_stands_where_it_was_after_a_restart_without_now() {
    let folder = tempfile::tempdir().unwrap();
    let now = "2026-01-05T09:00:00Z";
    Standing::up(folder.path(), Some(now)).await.kill().await;
    let up = Standing::up(folder.path(), None).await;
    up.sell("Umbra Ltd", "GBP");
    let (status, quiet) = up.quiet("").await;
    assert_eq!(
        (status, &quiet["now"], &quiet["stands"], up.drafts(UK)),
        (200, &json!(now), &json!(true), 1)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stack_that_is_killed_goes_on_where_it_stood() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let up = Standing::up(data, Some("2026-02-04T20:00:00Z")).await;
    up.sell("Antumbra GmbH", "EUR");
    up.go("2026-02-04T20:00:01Z").await;
    let first = instant("2026-02-05T05:00:00Z");
    let mut looks = tokio::time::interval(Duration::from_millis(LOOK_MS));
    let moving = up.call(Some(r#"{"to": "2026-02-07T12:00:00Z"}"#));
    let reached = async {
        while up.clock.now() < first {
            looks.tick().await;
        }
    };
    tokio::select! {
        _ = moving => panic!("the move was over before it was cut off"),
        () = reached => {}
    }
    let shown = up.clock.now();
    up.kill().await;
    let left = clock::saved(data).unwrap().unwrap().at;
    assert!(left >= shown, "{left} is before {shown}");
    let before = left - chrono::TimeDelta::seconds(1);
    assert!(matches!(StackClock::of(data, Some(before)), Err(ClockError::Backwards { .. })));
    let up = Standing::up(data, None).await;
    assert_eq!(up.clock.now(), left);
    up.go("2026-02-08T12:00:00Z").await;
    assert_eq!(up.drafts(EU), 1);
    assert_eq!(up.closed_at("eu").await.get(..10), Some("2026-02-05"));
    let mut posted = up.journals(EU);
    let all = posted.len();
    posted.sort_unstable();
    posted.dedup();
    assert!(all > 0 && posted.len() == all, "{posted:?}");
}

#[test]
fn a_folder_says_which_clock_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let now = Some(instant("2026-01-05T09:00:00Z"));
    assert!(matches!(StackClock::of(folder.path(), None), Ok(StackClock::Running(_))));
    std::fs::write(folder.path().join("lock"), "1").unwrap();
    assert!(matches!(
        StackClock::of(folder.path(), now),
        Ok(StackClock::Standing { to: None, .. })
    ));
    std::fs::write(folder.path().join("sqs.sqlite"), "").unwrap();
    assert!(matches!(StackClock::of(folder.path(), now), Err(ClockError::MachineTime { .. })));
    for (written, given, wanted) in [
        ("2026-01-04T09:00:00+00:00", None, "runs"),
        ("2026-01-04T09:00:00+00:00 stands", None, "stands"),
        ("2026-01-04T09:00:00+00:00 stands", now, "moves"),
        ("2026-01-04T09:00:00+00:00", now, "moves"),
        ("2026-01-06T09:00:00+00:00 stands", now, "is before"),
        ("yesterday", now, "does not say where"),
        ("", None, "does not say where"),
    ] {
        std::fs::write(folder.path().join("clock"), written).unwrap();
        let got = match StackClock::of(folder.path(), given) {
            Ok(StackClock::Running(_)) => "runs".to_owned(),
            Ok(StackClock::Standing { to: None, .. }) => "stands".to_owned(),
            Ok(StackClock::Standing { .. }) => "moves".to_owned(),
            Err(error) => error.to_string(),
        };
        assert!(got.contains(wanted), "{written:?}: {got}");
    }
}
