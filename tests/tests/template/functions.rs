//! Functions: one folder, one binary, one role, one log; variables, and event sources.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tieout_platform::runtime::variables::{Function, Source};

use super::document::{function, logical_id, main_template, resources, root, text};

/// The longest that API Gateway waits, in seconds.
const GATEWAY_TIMEOUT_S: u64 = 30;

/// The value that the template gives a variable.
fn value_of(variable: &str) -> Value {
    match variable {
        "TIEOUT_CONFIG" => json!("/opt/tieout.toml"),
        "TIEOUT_LOG" => json!({ "Ref": "LogLevel" }),
        "TIEOUT_TABLE" => json!({ "Ref": "Table" }),
        "TIEOUT_DEALS_QUEUE_URL" => json!({ "Ref": "Deals" }),
        "TIEOUT_INVOICES_QUEUE_URL" => json!({ "Ref": "Invoices" }),
        "TIEOUT_SECRET_SALESFORCE_WEBHOOK" => json!({ "Ref": "SalesforceWebhookSecret" }),
        "TIEOUT_SECRET_XERO_WEBHOOK" => json!({ "Ref": "XeroWebhookSecret" }),
        "TIEOUT_SECRET_SALESFORCE" => json!({ "Ref": "SalesforceSecret" }),
        "TIEOUT_SECRET_XERO" => json!({ "Ref": "XeroSecret" }),
        other => panic!("unknown variable {other}: add its value here"),
    }
}

#[test]
fn the_template_has_all_functions() {
    let template = main_template();
    let deployed: BTreeSet<String> = resources(&template, "AWS::Serverless::Function")
        .map(|(id, _)| id.to_owned())
        .collect();
    let ours: BTreeSet<String> = Function::ALL.into_iter().map(logical_id).collect();
    assert_eq!(deployed, ours);
    for each in Function::ALL {
        let folder = format!("functions/{}", each.name());
        assert_eq!(function(&template, each)["CodeUri"], folder);
        let manifest = text(&format!("{folder}/Cargo.toml"));
        // `sam build` takes the one binary of the folder's package.
        assert_eq!(manifest.matches("[[bin]]").count(), 1, "{folder}");
        assert!(manifest.contains(&format!("name = \"{}\"", each.name())), "{folder}");
        assert_eq!(
            template["Resources"][logical_id(each)]["Metadata"]["BuildMethod"],
            "rust-cargolambda"
        );
    }
}

#[test]
fn each_function_gets_exactly_the_variables_that_it_reads() {
    let template = main_template();
    for each in Function::ALL {
        let properties = function(&template, each);
        let given = properties["Environment"]["Variables"].as_object().unwrap();
        let given: BTreeMap<&str, &Value> = given.iter().map(|(name, value)| (name.as_str(), value)).collect();
        let read = each.variables().filter(|variable| variable.source == Source::Template);
        let read: Vec<(&str, Value)> = read.map(|variable| (variable.name, value_of(variable.name))).collect();
        let read: BTreeMap<&str, &Value> = read.iter().map(|(name, value)| (*name, value)).collect();
        assert_eq!(given, read, "{}", each.name());
    }
}

#[test]
fn each_function_is_arm64_with_its_own_role_log_and_configuration() {
    let template = main_template();
    let mut roles = BTreeSet::new();
    let mut logs = BTreeSet::new();
    for each in Function::ALL {
        let properties = function(&template, each);
        let id = logical_id(each);
        assert_eq!(properties["Architectures"], json!(["arm64"]), "{id}");
        assert_eq!(properties["Runtime"], "provided.al2023", "{id}");
        assert_eq!(properties["Handler"], "bootstrap", "{id}");
        assert_eq!(properties["Layers"], json!([{ "Ref": "Configuration" }]), "{id}");
        let role = properties["Role"]["Fn::GetAtt"].as_str().unwrap().to_owned();
        assert_eq!(role, format!("{id}Role.Arn"));
        let log = properties["LoggingConfig"]["LogGroup"]["Ref"].as_str().unwrap().to_owned();
        let group = &template["Resources"][&log];
        assert_eq!(group["Type"], "AWS::Logs::LogGroup", "{id}");
        assert!(!group["Properties"]["RetentionInDays"].is_null(), "{id} keeps its log for ever");
        assert!(roles.insert(role) && logs.insert(log), "{id} shares");
        let timeout_s = properties["Timeout"].as_u64().unwrap();
        if each.name().ends_with("-webhook") {
            assert!(timeout_s <= GATEWAY_TIMEOUT_S, "{id} outlives the gateway");
        }
    }
}

#[test]
fn the_configuration_is_a_layer() {
    let template = main_template();
    let layer = &template["Resources"]["Configuration"]["Properties"];
    assert_eq!(layer["CompatibleArchitectures"], json!(["arm64"]));
    assert!(root().join(layer["ContentUri"].as_str().unwrap()).join("README.md").is_file());
}

#[test]
fn the_documented_build_equals_the_lambda_profile() {
    let manifest = text("Cargo.toml");
    let (_, profile) = manifest.split_once("[profile.lambda]").unwrap();
    let profile = profile.split("\n[").next().unwrap();
    let deploy = text("docs/deploy.md");
    for key in ["opt-level", "lto", "codegen-units", "strip"] {
        let line = profile.lines().find(|line| line.starts_with(key)).unwrap();
        let value = line.split_once('=').unwrap().1.trim().trim_matches('"');
        let variable = format!("CARGO_PROFILE_RELEASE_{}={value} ", key.replace('-', "_").to_uppercase());
        assert!(deploy.contains(&variable), "docs/deploy.md lacks {variable}");
    }
}

#[test]
fn workers_report_failures_message_by_message() {
    let template = main_template();
    let rows = [(Function::DealWorker, "Deals"), (Function::InvoiceWorker, "Invoices")];
    for (worker, queue) in rows {
        let properties = function(&template, worker);
        let events = properties["Events"].as_object().unwrap();
        assert_eq!(events.len(), 1, "{queue}");
        let event = &events.values().next().unwrap()["Properties"];
        assert_eq!(event["Queue"]["Fn::GetAtt"], format!("{queue}.Arn"));
        assert!(event["FunctionResponseTypes"] == json!(["ReportBatchItemFailures"]), "{queue}");
        assert!(event["BatchSize"].as_u64().unwrap() <= 10, "{queue}: FIFO allows ten");
        let visible_again_s = template["Resources"][queue]["Properties"]["VisibilityTimeout"].as_u64().unwrap();
        assert!(
            visible_again_s >= 6 * properties["Timeout"].as_u64().unwrap(),
            "{queue}: AWS asks for six times the timeout"
        );
        assert!(
            event["ScalingConfig"]["MaximumConcurrency"].as_u64().unwrap() <= 5,
            "{queue}: Xero allows five calls at once"
        );
    }
    let with_queue: Vec<Function> = rows.into_iter().map(|(worker, _)| worker).collect();
    for other in Function::ALL.into_iter().filter(|each| !with_queue.contains(each)) {
        let events = function(&template, other)["Events"].clone();
        let is_queue = |event: &Value| event["Type"] == "SQS";
        assert!(
            !events.as_object().is_some_and(|events| events.values().any(is_queue)),
            "{}",
            other.name()
        );
    }
}
