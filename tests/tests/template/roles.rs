//! Rights: a role allows exactly the calls of the code behind it, on named resources.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tieout_platform::runtime::variables::Function;

use super::calls::{QUERY_ON_INDEX, made_by};
use super::document::{all_templates, function, list, logical_id, main_template, resources};

const READ_WRITE: [&str; 3] = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"];
const STORES_CONFIGURATION: [&str; 2] = ["dynamodb:GetItem", "dynamodb:PutItem"];
/// What Lambda's event source does under the function's role.
const BY_EVENT_SOURCE: [&str; 3] = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];

/// The expected calls of each function, written out because a change here changes who may do what.
fn known(function: Function) -> BTreeSet<&'static str> {
    let (table, queue): (&[&str], &[&str]) = match function {
        Function::SalesforceWebhook | Function::XeroWebhook => (&[], &["sqs:SendMessage"]),
        Function::DealWorker | Function::InvoiceWorker => (&["dynamodb:Query", "dynamodb:DeleteItem"], &["sqs:ChangeMessageVisibility"]),
        Function::Sweep | Function::Billing => (&[QUERY_ON_INDEX], &["sqs:SendMessage"]),
        Function::MonthEnd => (&["dynamodb:Query", "dynamodb:DeleteItem", QUERY_ON_INDEX], &[]),
    };
    let reads = |name: &str| function.variables().any(|variable| variable.name == name);
    let always: &[&str] = match (reads("TIEOUT_TABLE"), reads("TIEOUT_SECRET_XERO")) {
        (true, true) => &READ_WRITE,
        // Who speaks to no vendor takes no call from a budget.
        (true, false) => &STORES_CONFIGURATION,
        (false, _) => &[],
    };
    [always, table, queue].concat().into_iter().collect()
}

#[test]
fn each_function_makes_the_expected_calls() {
    for each in Function::ALL {
        assert_eq!(made_by(each), known(each), "{}", each.name());
    }
}

#[test]
fn each_role_allows_exactly_its_functions_calls() {
    let template = main_template();
    for each in Function::ALL {
        assert_eq!(allowed(&template, each), expected(&template, each), "{}", each.name());
    }
}

/// Action -> resources, as the role says.
fn allowed(template: &Value, each: Function) -> BTreeMap<String, Vec<Value>> {
    let role = &template["Resources"][format!("{}Role", logical_id(each))]["Properties"];
    assert!(role["ManagedPolicyArns"].is_null(), "a managed policy has wildcards");
    let mut allowed: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for policy in list(&role["Policies"]) {
        for statement in list(&policy["PolicyDocument"]["Statement"]) {
            assert_eq!(statement["Effect"], "Allow");
            for action in list(&statement["Action"]) {
                allowed
                    .entry(action.as_str().unwrap().to_owned())
                    .or_default()
                    .extend(list(&statement["Resource"]));
            }
        }
    }
    allowed
}

fn expected(template: &Value, each: Function) -> BTreeMap<String, Vec<Value>> {
    let properties = function(template, each);
    let variables = properties["Environment"]["Variables"].as_object().unwrap();
    let named = |has: &str| -> Vec<String> {
        let mut names: Vec<String> = variables
            .iter()
            .filter(|(name, _)| name.contains(has))
            .map(|(_, value)| value["Ref"].as_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    let arns = |names: Vec<String>| -> Vec<Value> {
        names
            .into_iter()
            .map(|name| json!({ "Fn::GetAtt": format!("{name}.Arn") }))
            .collect()
    };
    let mut expected: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let log = json!({ "Fn::GetAtt": format!("{}Log.Arn", logical_id(each)) });
    for action in ["logs:CreateLogStream", "logs:PutLogEvents"] {
        expected.insert(action.to_owned(), vec![log.clone()]);
    }
    let secrets: Vec<Value> = named("TIEOUT_SECRET_").into_iter().map(|name| json!({ "Ref": name })).collect();
    if !secrets.is_empty() {
        expected.insert("secretsmanager:GetSecretValue".to_owned(), secrets);
    }
    let mut calls = known(each);
    if properties["Events"]
        .as_object()
        .is_some_and(|events| events.values().any(|event| event["Type"] == "SQS"))
    {
        calls.extend(BY_EVENT_SOURCE);
    }
    for call in calls {
        let resources = match call {
            QUERY_ON_INDEX => vec![json!({ "Fn::Sub": format!("${{Table.Arn}}/index/{}", tieout_store::INDEX) })],
            call if call.starts_with("sqs:") => arns(named("_QUEUE_URL")),
            _ => arns(named("TIEOUT_TABLE")),
        };
        let action = call.split(' ').next().unwrap();
        expected.entry(action.to_owned()).or_default().extend(resources);
    }
    expected
}

#[test]
fn no_wildcard_is_allowed() {
    for (path, template) in all_templates() {
        for (id, role) in resources(&template, "AWS::IAM::Role") {
            for policy in list(&role["Policies"]) {
                for statement in list(&policy["PolicyDocument"]["Statement"]) {
                    let text = statement.to_string();
                    assert!(
                        !text.contains('*') && statement["NotAction"].is_null() && statement["NotResource"].is_null(),
                        "{path} {id}: {text}"
                    );
                    let actions = list(&statement["Action"]);
                    assert!(
                        !actions.is_empty() && !list(&statement["Resource"]).is_empty(),
                        "{path} {id}: {text}"
                    );
                }
            }
        }
        for kind in ["AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::User"] {
            assert_eq!(resources(&template, kind).count(), 0, "{path} has an {kind}");
        }
    }
}

#[test]
fn each_role_has_one_principal() {
    let template = main_template();
    for (id, role) in resources(&template, "AWS::IAM::Role") {
        let service = if id == "SchedulerRole" {
            "scheduler.amazonaws.com"
        } else {
            "lambda.amazonaws.com"
        };
        let statements = list(&role["AssumeRolePolicyDocument"]["Statement"]);
        assert_eq!(
            statements,
            [json!({ "Effect": "Allow", "Principal": { "Service": service }, "Action": "sts:AssumeRole" })],
            "{id}"
        );
    }
}
