//! A connector that answers from a script and keeps what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::future::BoxFuture;
use serde_json::{Value, json};
use tieout_platform::aws::AwsSettings;
use tieout_platform::http::{Connector, Request, Response, TransportError};
use tieout_queue::{Hint, Kind, Source};

/// One answer.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// 200 with a body.
    Good(Value),
    /// A status with an error code.
    Bad(u16, &'static str),
    /// No answer.
    Lost,
}

/// The script; where it is empty the answer is an empty object.
#[derive(Debug, Default)]
pub(crate) struct Script {
    answers: Mutex<VecDeque<Answer>>,
    asked: Mutex<Vec<(String, Value)>>,
}

impl Script {
    pub(crate) fn new(answers: impl IntoIterator<Item = Answer>) -> Arc<Self> {
        Arc::new(Self {
            answers: Mutex::new(answers.into_iter().collect()),
            asked: Mutex::default(),
        })
    }

    pub(crate) fn settings(self: &Arc<Self>) -> AwsSettings {
        AwsSettings::local("http://sqs.local", self.clone())
    }

    /// What was asked: operations with their bodies.
    pub(crate) fn asked(&self) -> Vec<(String, Value)> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn operations(&self) -> Vec<String> {
        self.asked().into_iter().map(|(operation, _)| operation).collect()
    }

    fn answer(&self, request: &Request) -> Result<Response, TransportError> {
        let target = request.headers()["x-amz-target"].to_str().unwrap();
        let operation = target.trim_start_matches("AmazonSQS.").to_owned();
        let body = serde_json::from_slice(request.body()).unwrap();
        self.asked.lock().unwrap().push((operation, body));
        let next = self.answers.lock().unwrap().pop_front();
        let (status, body) = match next.unwrap_or(Answer::Good(json!({}))) {
            Answer::Good(body) => (200, body),
            Answer::Bad(status, code) => (status, json!({"__type": format!("com.amazonaws.sqs#{code}")})),
            Answer::Lost => {
                return Err(TransportError::Unknown {
                    host: "sqs".to_owned(),
                    source: "lost".into(),
                });
            }
        };
        let response = http::Response::builder()
            .status(status)
            .header("content-type", "application/x-amz-json-1.0");
        Ok(response.body(Bytes::from(body.to_string())).unwrap())
    }
}

impl Connector for Script {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let answer = self.answer(&request);
        Box::pin(async move { answer })
    }
}

pub(crate) fn hint(record: &str) -> Hint {
    let reported = json!({"StageName": "Closed Won"});
    Hint::new(Kind::Deal, Source::Crm, "00D000000000001", record, reported, Some("04l1")).unwrap()
}
