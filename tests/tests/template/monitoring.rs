//! Schedules, alarms, the dashboard.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tieout_local::scheduler::Expression;
use tieout_platform::events::ScheduleEvent;
use tieout_platform::runtime::variables::Function;
use tieout_platform::telemetry::{Metric, NAMESPACE};

use super::document::{all_templates, main_template, resources, template, text};

/// The most entities of a deployment.
const ENTITIES_MAX: usize = 10;

#[test]
fn schedules_are_valid_and_their_events_are_readable() {
    let mut inputs = Vec::new();
    for (path, template) in all_templates() {
        for (id, schedule) in resources(&template, "AWS::Scheduler::Schedule") {
            let expression = schedule["ScheduleExpression"].as_str().unwrap();
            expression
                .parse::<Expression>()
                .unwrap_or_else(|error| panic!("{path} {id}: {error}"));
            assert!(
                schedule["Target"]["RetryPolicy"]["MaximumRetryAttempts"].as_u64().unwrap() > 0,
                "{id}"
            );
            let input = &schedule["Target"]["Input"];
            let text = input.as_str().or_else(|| input["Fn::Sub"][0].as_str()).unwrap();
            let text = text
                .replace("<aws.scheduler.scheduled-time>", "2026-12-01T06:00:00Z")
                .replace("${Id}", "uk");
            let event = ScheduleEvent::parse(&serde_json::from_str(&text).unwrap()).unwrap();
            inputs.push((id.to_owned(), event.entity));
        }
    }
    let of_entity = inputs.iter().filter(|(id, _)| id.starts_with("Entity"));
    assert_eq!(
        of_entity.filter(|(_, entity)| entity.as_deref() == Some("uk")).count(),
        ENTITIES_MAX
    );
    assert_eq!(inputs.len(), ENTITIES_MAX + 2);
}

#[test]
fn each_entity_has_its_own_time_zone_and_condition() {
    let template = template("infra/schedules.yaml");
    for number in 1..=ENTITIES_MAX {
        let schedule = &template["Resources"][format!("Entity{number}")];
        let nth = |list: &str| json!([number - 1, { "Fn::Split": [",", { "Fn::Sub": format!("${{{list}}},,,,,,,,,") }] }]);
        let properties = &schedule["Properties"];
        assert_eq!(
            properties["ScheduleExpressionTimezone"]["Fn::Select"],
            nth("EntityTimeZones"),
            "{number}"
        );
        assert_eq!(
            properties["Target"]["Input"]["Fn::Sub"][1]["Id"]["Fn::Select"],
            nth("EntityIds"),
            "{number}"
        );
        if number > 1 {
            let condition = format!("HasEntity{number}");
            assert_eq!(schedule["Condition"], condition);
            let asks = &template["Conditions"][&condition]["Fn::Not"][0]["Fn::Equals"];
            assert_eq!(asks[1]["Fn::Select"], nth("EntityIds"), "{number}");
        }
    }
}

/// Each metric of ours that an alarm or the dashboard names: where, the metric, its function.
fn metrics_named() -> Vec<(&'static str, String, String)> {
    let mut named = Vec::new();
    for (_, alarm) in resources(&template("infra/alarms.yaml"), "AWS::CloudWatch::Alarm") {
        if alarm["Namespace"] != NAMESPACE {
            continue;
        }
        let dimensions = alarm["Dimensions"].as_array().unwrap();
        assert_eq!(dimensions.len(), 1, "{alarm}");
        assert_eq!(dimensions[0]["Name"], "Function");
        named.push(("alarm", text_of(&alarm["MetricName"]), text_of(&dimensions[0]["Value"])));
    }
    for widget in dashboard()["widgets"].as_array().unwrap() {
        for metric in widget["properties"]["metrics"].as_array().unwrap() {
            if metric[0] == NAMESPACE {
                assert_eq!((metric.as_array().unwrap().len(), &metric[2]), (4, &json!("Function")), "{metric}");
                named.push(("dashboard", text_of(&metric[1]), text_of(&metric[3])));
            }
        }
    }
    named
}

fn dashboard() -> Value {
    let template = template("infra/dashboard.yaml");
    let body = &template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"];
    serde_json::from_str(body.as_str().unwrap()).unwrap()
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[test]
fn alarms_and_the_dashboard_name_existing_metrics() {
    let counted = counting_sources();
    let named = metrics_named();
    assert!(named.len() >= 10, "{named:?}");
    for (place, metric, function) in &named {
        assert!(
            Metric::ALL.iter().any(|known| known.name() == *metric),
            "{place}: no metric {metric}"
        );
        assert!(
            counted.contains(&format!("Metric::{metric},")),
            "{place}: {metric} is never counted"
        );
        assert!(
            Function::ALL.iter().any(|known| known.name() == function),
            "{place}: no function {function}"
        );
    }
    let refused: BTreeSet<&str> = named
        .iter()
        .filter(|(place, metric, _)| *place == "alarm" && metric == "SignatureRefused")
        .map(|(_, _, function)| function.as_str())
        .collect();
    assert_eq!(refused, BTreeSet::from(["salesforce-webhook", "xero-webhook"]));
}

/// The use cases that count metrics.
fn counting_sources() -> String {
    let files = [
        "workers",
        "sweep",
        "parking",
        "effects",
        "webhooks/xero",
        "webhooks/salesforce",
        "close/schedule",
    ];
    files.map(|file| text(&format!("shared/workflow/src/{file}.rs"))).concat()
}

#[test]
fn there_is_an_alarm_for_each_way_to_fail() {
    let template = template("infra/alarms.yaml");
    let alarms: BTreeSet<(String, String)> = resources(&template, "AWS::CloudWatch::Alarm")
        .map(|(_, alarm)| {
            let watched = &alarm["Dimensions"][0]["Value"];
            let watched = watched["Ref"].as_str().or_else(|| watched.as_str()).unwrap();
            assert!(alarm["AlarmActions"]["Fn::If"].is_array(), "{alarm}");
            (text_of(&alarm["MetricName"]), watched.to_owned())
        })
        .collect();
    let has = |metric: &str, watched: &str| {
        assert!(
            alarms.contains(&(metric.to_owned(), watched.to_owned())),
            "no alarm for {metric} of {watched}"
        );
    };
    for queue in ["Deals", "Invoices"] {
        has("ApproximateNumberOfMessagesVisible", &format!("{queue}DeadLettersName"));
        has("ApproximateAgeOfOldestMessage", &format!("{queue}Name"));
    }
    for function in [
        "SalesforceWebhook",
        "XeroWebhook",
        "DealWorker",
        "InvoiceWorker",
        "Sweep",
        "Billing",
        "MonthEnd",
    ] {
        has("Errors", &format!("{function}Name"));
    }
    for timed in ["SalesforceWebhook", "XeroWebhook", "Sweep", "Billing", "MonthEnd"] {
        has("Invocations", &format!("{timed}Name"));
    }
}

#[test]
fn nested_templates_get_their_parameters() {
    let main = main_template();
    for (id, stack) in resources(&main, "AWS::CloudFormation::Stack") {
        let included = template(stack["TemplateURL"].as_str().unwrap());
        let names = |value: &Value| -> BTreeSet<String> { value.as_object().unwrap().keys().cloned().collect() };
        assert_eq!(names(&stack["Parameters"]), names(&included["Parameters"]), "{id}");
    }
}
