//! Rows of expressions, zones and clock changes; the memory over a restart.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::*;
use crate::function::FunctionError;

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

const NEW_YEAR: &str = "2026-01-01T00:00:00Z";

/// The expression in the zone fires at exactly these instants, one after the other.
fn check(expression: &str, zone: &str, after: &str, expected: &[&str]) {
    let schedule = Schedule::new("s", expression, zone, None).unwrap();
    let mut last = instant(after);
    for next in expected {
        last = schedule.expression.next_after(last, schedule.zone).unwrap();
        assert_eq!(last, instant(next), "{expression} in {zone} after {after}");
    }
}

#[test]
fn rates_and_single_instants_fire_when_the_service_would() {
    check(
        "rate(15 minutes)",
        "UTC",
        NEW_YEAR,
        &["2026-01-01T00:15:00Z", "2026-01-01T00:30:00Z"],
    );
    check("rate(1 day)", "UTC", NEW_YEAR, &["2026-01-02T00:00:00Z"]);
    check("at(2026-07-01T09:00:00)", "Europe/London", NEW_YEAR, &["2026-07-01T08:00:00Z"]);
}

#[test]
fn cron_knows_month_ends_zones_and_clock_changes() {
    // The month's last day, a leap year's February among them, 23:30 in the zone.
    check(
        "cron(30 23 L * ? *)",
        "UTC",
        "2028-01-30T00:00:00Z",
        &["2028-01-31T23:30:00Z", "2028-02-29T23:30:00Z", "2028-03-31T23:30:00Z"],
    );
    // The first of the month at 02:00 in New York and in Kolkata.
    check(
        "cron(0 2 1 * ? *)",
        "America/New_York",
        NEW_YEAR,
        &[
            "2026-01-01T07:00:00Z",
            "2026-02-01T07:00:00Z",
            "2026-03-01T07:00:00Z",
            "2026-04-01T06:00:00Z",
        ],
    );
    check("cron(0 2 1 * ? *)", "Asia/Kolkata", NEW_YEAR, &["2026-01-31T20:30:00Z"]);
    // Spring in London skips 01:30 on 29 March 2026; autumn repeats it on 25 October and it fires once.
    check(
        "cron(30 1 * * ? *)",
        "Europe/London",
        "2026-03-28T00:00:00Z",
        &["2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z"],
    );
    check(
        "cron(30 1 * * ? *)",
        "Europe/London",
        "2026-10-24T12:00:00Z",
        &["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
    );
}

#[test]
fn cron_knows_weekdays_lists_and_steps() {
    // Weekdays by name, the third Friday, the last Friday, the last weekday, the weekday nearest to the first.
    check("cron(0 9 ? * MON-FRI *)", "UTC", "2026-01-02T10:00:00Z", &["2026-01-05T09:00:00Z"]);
    check("cron(0 9 ? * 6#3 *)", "UTC", NEW_YEAR, &["2026-01-16T09:00:00Z"]);
    check("cron(0 9 ? * FRIL *)", "UTC", NEW_YEAR, &["2026-01-30T09:00:00Z"]);
    check("cron(0 9 LW * ? *)", "UTC", NEW_YEAR, &["2026-01-30T09:00:00Z"]);
    check("cron(0 9 1W * ? *)", "UTC", "2026-01-31T10:00:00Z", &["2026-02-02T09:00:00Z"]);
    check(
        "cron(0/20 8,9 ? JAN 5L 2026)",
        "UTC",
        NEW_YEAR,
        &["2026-01-29T08:00:00Z", "2026-01-29T08:20:00Z"],
    );
    check(
        "cron(0 0 29 2 ? *)",
        "UTC",
        NEW_YEAR,
        &["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"],
    );
}

#[test]
fn a_schedule_that_is_over_has_no_next() {
    let check = |expression: &str| {
        let schedule = Schedule::new("s", expression, "UTC", None).unwrap();
        let after = instant("2027-01-01T00:00:00Z");
        assert_eq!(schedule.expression.next_after(after, schedule.zone), None, "{expression}");
    };
    check("cron(0 0 1 1 ? 2026)");
    check("cron(0 0 30 2 ? *)");
    check("at(2026-07-01T09:00:00)");
}

#[test]
fn what_is_wrong_is_said() {
    let check = |expression: &str, zone: &str, expected: &str| {
        let error = Schedule::new("s", expression, zone, None).unwrap_err();
        assert!(error.to_string().contains(expected), "{expression}: {error}");
    };
    check("0 2 1 * ? *", "UTC", "is not a schedule");
    check("cron(0 2 1 * ?)", "UTC", "six fields");
    check("cron(60 2 1 * ? *)", "UTC", "minutes \"60\": allowed are 0 to 59");
    check("cron(0 24 1 * ? *)", "UTC", "hours \"24\"");
    check("cron(0 2 32 * ? *)", "UTC", "day of month \"32\"");
    check("cron(0 2 1 13 ? *)", "UTC", "month \"13\"");
    check("cron(0 2 ? * 8 *)", "UTC", "day of week \"8\"");
    check("cron(0 2 1 * ? 2200)", "UTC", "year \"2200\"");
    check("cron(0 2 1 * MON *)", "UTC", "both set");
    check("cron(0 2 * * * *)", "UTC", "both set");
    check("cron(0 2 ? * ? *)", "UTC", "both \"?\"");
    check("cron(0/0 2 1 * ? *)", "UTC", "cron \"0/0 2 1 * ? *\"");
    check("cron(5-1 2 1 * ? *)", "UTC", "cron \"5-1 2 1 * ? *\"");
    check("cron(0 2 ? * 6#6 *)", "UTC", "cron \"0 2 ? * 6#6 *\"");
    check("cron(0 2 1 MON ? *)", "UTC", "month \"MON\": MON has no meaning here");
    check("cron(0 2 1 * ? *) ", "UTC", "is not a schedule");
    check("rate(0 minutes)", "UTC", "is not a rate");
    check("rate(5 minute)", "UTC", "is not a rate");
    check("rate(5)", "UTC", "is not a rate");
    check("rate(1 hour)", "Mars/Olympus", "is not a time zone");
}

#[test]
fn a_restart_neither_repeats_nor_skips() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("schedules.sqlite");
    let open = |now: &str| {
        let input = json!({ "time": "<aws.scheduler.scheduled-time>", "n": 1 });
        let schedules = vec![
            Schedule::new("sweep", "rate(1 hour)", "UTC", None).unwrap(),
            Schedule::new("close", "cron(0 2 1 * ? *)", "Europe/London", Some(input)).unwrap(),
        ];
        Scheduler::open(Some(&file), schedules, instant(now)).unwrap()
    };
    let told = |scheduler: &Scheduler, now: &str| -> Vec<(String, DateTime<Utc>)> {
        let due = scheduler.due(instant(now)).unwrap();
        due.into_iter().map(|due| (due.schedule, due.at)).collect()
    };
    let scheduler = open("2026-01-31T23:30:00Z");
    assert_eq!(told(&scheduler, "2026-01-31T23:59:00Z"), []);
    assert_eq!(scheduler.next_at().unwrap(), Some(instant("2026-02-01T00:30:00Z")));
    let due = scheduler.due(instant("2026-02-01T02:00:00Z")).unwrap();
    let times: Vec<String> = due
        .iter()
        .map(|due| format!("{} {}", due.schedule, due.at.format("%H:%M")))
        .collect();
    assert_eq!(times, ["sweep 00:30", "sweep 01:30", "close 02:00"]);
    assert_eq!(due[2].input, json!({ "time": "2026-02-01T02:00:00Z", "n": 1 }));
    assert_eq!(
        due[0].input["resources"][0],
        "arn:aws:scheduler:us-east-1:000000000000:schedule/default/sweep"
    );
    scheduler.fired(&due[0]).unwrap();
    scheduler.fired(&due[2]).unwrap();
    drop(scheduler);

    let again = open("2026-02-01T02:40:00Z");
    assert_eq!(
        told(&again, "2026-02-01T02:40:00Z"),
        [
            ("sweep".to_owned(), instant("2026-02-01T01:30:00Z")),
            ("sweep".to_owned(), instant("2026-02-01T02:30:00Z")),
        ],
        "what was not remembered and what came due meanwhile; not what fired"
    );
}

#[test]
fn names_are_distinct() {
    let one = || Schedule::new("s", "rate(1 hour)", "UTC", None).unwrap();
    let error = Scheduler::open(None, vec![one(), one()], instant("2026-01-01T00:00:00Z"));
    assert!(matches!(error, Err(ScheduleError::NameTaken(name)) if name == "s"));
}

#[tokio::test]
async fn a_firing_is_tried_three_times_and_then_remembered() {
    let clock = tieout_platform::clock::ManualClock::new(instant("2026-01-01T00:00:00Z"));
    let sweep = Schedule::new("sweep", "rate(1 hour)", "UTC", None).unwrap();
    let lost = Schedule::new("lost", "rate(2 hours)", "UTC", None).unwrap();
    let scheduler = Scheduler::open(None, vec![sweep, lost], instant("2026-01-01T00:00:00Z")).unwrap();
    let function = crate::function::testing::function(clock, |event| match event["time"].as_str() {
        Some("2026-01-01T01:00:00Z") => Err(FunctionError::failed("E", "no")),
        _ => Ok(Value::Null),
    });
    let now = instant("2026-01-01T02:00:00Z");
    let target = |name: &str| (name == "sweep").then_some(&function);
    let told: Vec<(String, u32, bool)> = scheduler
        .deliver(now, target)
        .await
        .unwrap()
        .into_iter()
        .map(|delivery| (delivery.due.schedule, delivery.attempts, delivery.result.is_ok()))
        .collect();
    let row = |name: &str, attempts, good| (name.to_owned(), attempts, good);
    assert_eq!(told, [row("sweep", 3, false), row("lost", 0, false), row("sweep", 1, true)]);
    assert!(scheduler.due(now).unwrap().is_empty());
}
