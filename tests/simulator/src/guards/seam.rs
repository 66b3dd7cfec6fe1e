//! Guards disabled at a seam: between the functions and the table, and between the gateway and the functions.
//!
//! The product runs unchanged. What it asks of the table, what the table answers, what the gateway hands it and what it answers the
//! gateway are changed as if the guard were not there.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderValue, Request};
use serde_json::{Value, json};
use tieout::stack::secrets;
use tieout_platform::runtime::Function;

use crate::history::signature;
use crate::world::SALESFORCE_ENDPOINT;

/// The keys of effects in the table begin like this.
const EFFECTS: &str = "EFFECT#";
/// The keys of quotas in the table begin like this.
const QUOTAS: &str = "BUDGET#";
/// A lease that ended at this instant is over for every clock of a run.
const LONG_AGO: &str = "1970-01-01T00:00:00.000000Z";

/// A guard that can be disabled at a seam.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seam {
    /// Changes of an effect's record have no condition, and a record that somebody holds is shown as if the lease were over.
    Claim,
    /// A stored effect is shown with the body hash of whoever asks.
    BodyHash,
    /// An effect whose lease is over is shown as never attempted.
    ReadBack,
    /// Whatever a function answers, its message counts as done.
    AcknowledgementOrder,
    /// The gateway signs whatever it passes on.
    SignatureCheck,
    /// Each process sees its own calls alone, and writes the quota without a condition.
    Quota,
}

impl Seam {
    /// Changes what the table is asked.
    pub(crate) fn ask_table(self, operation: &str, request: &mut Value) {
        match (self, operation) {
            (Self::Claim, "UpdateItem") if key_starts(&request["Key"], EFFECTS) => drop_condition(request),
            (Self::Quota, "PutItem") if key_starts(&request["Item"], QUOTAS) => drop_condition(request),
            _ => {}
        }
    }

    /// Changes what the table answered `request`.
    pub(crate) fn answer_of_table(self, operation: &str, request: &Value, answer: &mut Result<Value, Value>) {
        match (self, operation, answer) {
            (Self::Quota, "GetItem", Ok(answer)) if key_starts(&request["Key"], QUOTAS) => *answer = json!({}),
            (_, "PutItem", Err(refusal)) if key_starts(&request["Item"], EFFECTS) => {
                if let Some(stored) = refusal.get_mut("Item") {
                    self.show_effect(&request["Item"], stored);
                }
            }
            _ => {}
        }
    }

    /// Changes the record of an effect that was `stored` before `asked` was to be.
    fn show_effect(self, asked: &Value, stored: &mut Value) {
        match self {
            Self::Claim if stored["state"]["S"] == "attempted" => stored["until"]["S"] = json!(LONG_AGO),
            Self::BodyHash => stored["body_hash"] = asked["body_hash"].clone(),
            Self::ReadBack if stored["state"]["S"] == "attempted" => {
                // By the clock of the process that asks.
                let over = instant(&stored["until"]) <= instant(&asked["opened_at"]);
                if over {
                    stored["state"]["S"] = json!("intended");
                }
            }
            _ => {}
        }
    }

    /// Changes what the gateway passes on to a webhook.
    pub(crate) fn request(self, request: Request<Bytes>) -> Request<Bytes> {
        if self != Self::SignatureCheck {
            return request;
        }
        let (mut parts, body) = request.into_parts();
        if parts.uri.path() == "/xero" {
            let signature = signature(secrets::XERO_WEBHOOK_KEY, &body);
            if let Ok(signature) = HeaderValue::from_str(&signature) {
                parts.headers.insert("x-xero-signature", signature);
            }
        } else if let Ok(genuine) = SALESFORCE_ENDPOINT.parse() {
            parts.uri = genuine;
        }
        Request::from_parts(parts, body)
    }

    /// Changes what a function answers.
    pub(crate) fn answer_of_function(self, function: Function, answer: &mut Value) {
        if self != Self::AcknowledgementOrder {
            return;
        }
        match function {
            Function::DealWorker | Function::InvoiceWorker => answer["batchItemFailures"] = json!([]),
            Function::SalesforceWebhook | Function::XeroWebhook if answer["statusCode"] == 503 => {
                answer["statusCode"] = json!(200);
                let body = answer["body"].as_str().map(|body| body.replace(">false<", ">true<"));
                answer["body"] = json!(body);
            }
            _ => {}
        }
    }
}

fn key_starts(keyed: &Value, prefix: &str) -> bool {
    keyed["pk"]["S"].as_str().is_some_and(|key| key.starts_with(prefix))
}

fn drop_condition(write: &mut Value) {
    if let Some(write) = write.as_object_mut() {
        write.remove("ConditionExpression");
    }
}

fn instant(attribute: &Value) -> Option<DateTime<Utc>> {
    attribute["S"].as_str()?.parse().ok()
}
