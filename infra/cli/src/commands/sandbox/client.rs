//! The way to the sandbox of a local stack: its addresses, its configuration, and its clock.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use chrono::NaiveDate;
use http::Method;
use serde_json::Value;
use tieout_platform::config::Config;
use tieout_platform::failure::chain;
use tieout_platform::http::{Connector as _, Network, Response, TransportError};
use tieout_platform::runtime::StartError;
use tieout_workflow::{Deployment, WorkflowError};

use crate::arguments::Target;
use crate::error::CliError;
use crate::stack::Ready;
use crate::target;

/// A stack's sandbox.
pub struct SandboxClient {
    network: Network,
    ready: Ready,
    deployment: Deployment,
    /// The configuration that is in force.
    pub config: Arc<Config>,
    /// The day, as the stack's clock says it.
    pub today: NaiveDate,
}

impl SandboxClient {
    pub async fn of(target: &Target) -> Result<Self, CliError> {
        let file = target.stack.as_deref().ok_or(CliError::NoSandbox)?;
        let ready = target::ready(file)?;
        let deployment = target::deployment(target).await?;
        let network = Network::new().map_err(|source| StartError::Client {
            what: "the HTTP client",
            source: Box::new(source),
        })?;
        Ok(Self {
            network,
            ready,
            today: deployment.clock.now().date_naive(),
            config: deployment.config.clone(),
            deployment,
        })
    }

    /// The keys of what waits for a person.
    pub async fn open_cases(&self) -> Result<BTreeSet<String>, CliError> {
        let parked = self.deployment.store.parked().await.map_err(WorkflowError::from)?;
        Ok(parked.into_iter().map(|case| case.key).collect())
    }

    /// What the sandbox's Salesforce answers at `path`.
    pub async fn salesforce(&self, method: Method, path: &str, body: &Value) -> Result<Value, CliError> {
        let url = format!("{}/_sandbox/{path}", self.ready.salesforce);
        self.call(method, &url, body).await
    }

    /// What the sandbox's Xero answers at `path`.
    pub async fn xero(&self, method: Method, path: &str, body: &Value) -> Result<Value, CliError> {
        let url = format!("{}/_sandbox/{path}", self.ready.xero);
        self.call(method, &url, body).await
    }

    /// The live records of an object in Salesforce.
    pub async fn records(&self, object: &str) -> Result<Vec<Value>, CliError> {
        let answer = self.salesforce(Method::GET, &format!("records/{object}"), &Value::Null).await?;
        match answer {
            Value::Array(records) => Ok(records),
            _ => Ok(Vec::new()),
        }
    }

    /// The address of the stack's clock.
    pub fn clock(&self) -> Result<&str, CliError> {
        self.ready.clock.as_deref().ok_or(CliError::NoSandbox)
    }

    /// What an address answers; `None` where it took longer than a request may.
    pub async fn ask(&self, method: Method, url: &str, body: &Value) -> Result<Option<Value>, CliError> {
        match self.send(method, url, body).await {
            Ok(answer) => Ok(Some(judged(url, &answer)?)),
            Err(TransportError::Unknown { .. }) => Ok(None),
            Err(error) => Err(refused(url, &chain(&error))),
        }
    }

    async fn call(&self, method: Method, url: &str, body: &Value) -> Result<Value, CliError> {
        let answer = self.send(method, url, body).await.map_err(|error| refused(url, &chain(&error)))?;
        judged(url, &answer)
    }

    async fn send(&self, method: Method, url: &str, body: &Value) -> Result<Response, TransportError> {
        let bytes = if body.is_null() {
            Bytes::new()
        } else {
            Bytes::from(body.to_string())
        };
        let mut request = http::Request::new(bytes);
        *request.method_mut() = method;
        *request.uri_mut() = url.parse().map_err(|source: http::uri::InvalidUri| TransportError::NotSent {
            host: url.to_owned(),
            source: Box::new(source),
        })?;
        let json = http::HeaderValue::from_static("application/json");
        request.headers_mut().insert(http::header::CONTENT_TYPE, json);
        self.network.send(request).await
    }
}

/// A good answer, or why it is none.
fn judged(url: &str, answer: &Response) -> Result<Value, CliError> {
    let text = String::from_utf8_lossy(answer.body());
    let json: Option<Value> = serde_json::from_str(&text).ok();
    if answer.status().is_success() {
        return Ok(json.unwrap_or(Value::Null));
    }
    let why = json.as_ref().and_then(reason);
    Err(refused(url, &why.unwrap_or_else(|| format!("{} {text}", answer.status()))))
}

/// What is wrong, of an error of either sandbox.
fn reason(answer: &Value) -> Option<String> {
    if let Some(message) = answer[0]["message"].as_str() {
        return Some(message.to_owned());
    }
    let error = answer["error"].as_str()?;
    Some(match answer["action"].as_str() {
        Some(action) => format!("{error}; {action}"),
        None => error.to_owned(),
    })
}

/// The refusal of an address.
fn refused(url: &str, why: &str) -> CliError {
    CliError::Sandbox {
        address: url.to_owned(),
        why: why.to_owned(),
    }
}
