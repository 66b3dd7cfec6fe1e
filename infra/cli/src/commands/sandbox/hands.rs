//! The way to the sandbox of a local stack: its addresses, its configuration, and its clock.

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use http::Method;
use serde_json::{Value, json};
use tieout_platform::config::Config;
use tieout_platform::failure::chain;
use tieout_platform::http::{Connector as _, Network};
use tieout_platform::runtime::StartError;

use crate::arguments::Target;
use crate::error::CliError;
use crate::stack::Ready;
use crate::stack::clock::{instant, shown};
use crate::target;

/// A stack's sandbox.
pub struct Hands {
    network: Network,
    ready: Ready,
    /// The configuration that is in force.
    pub config: Arc<Config>,
    /// The day, as the stack's clock says it.
    pub today: NaiveDate,
}

impl Hands {
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
            config: deployment.config,
        })
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

    /// Where a clock that stands still stands; `None` where it runs.
    pub async fn now(&self) -> Result<Option<DateTime<Utc>>, CliError> {
        let Some(clock) = &self.ready.clock else {
            return Ok(None);
        };
        let told = self.call(Method::GET, clock, &Value::Null).await?;
        if told["stands"] != json!(true) {
            return Ok(None);
        }
        let now = told["now"].as_str().unwrap_or_default();
        instant(now).map(Some).map_err(|why| refused(clock, &why))
    }

    /// Moves the clock; where it stands then.
    pub async fn move_clock(&self, to: DateTime<Utc>) -> Result<String, CliError> {
        let clock = self.ready.clock.as_ref().ok_or(CliError::NoSandbox)?;
        let told = self.call(Method::POST, clock, &json!({ "to": shown(to) })).await?;
        Ok(told["now"].as_str().unwrap_or_default().to_owned())
    }

    /// Waits until everything that needs no time has happened, where the clock stands still.
    pub async fn quiet(&self) -> Result<(), CliError> {
        if let Some(now) = self.now().await? {
            self.move_clock(now).await?;
        }
        Ok(())
    }

    async fn call(&self, method: Method, url: &str, body: &Value) -> Result<Value, CliError> {
        let bytes = if body.is_null() {
            Bytes::new()
        } else {
            Bytes::from(body.to_string())
        };
        let request = http::Request::builder()
            .method(method)
            .uri(url)
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(bytes)
            .map_err(|error| refused(url, &error.to_string()))?;
        let answer = self.network.send(request).await.map_err(|error| refused(url, &chain(&error)))?;
        let text = String::from_utf8_lossy(answer.body());
        let json: Option<Value> = serde_json::from_str(&text).ok();
        if answer.status().is_success() {
            return Ok(json.unwrap_or(Value::Null));
        }
        let why = json
            .as_ref()
            .and_then(reason)
            .unwrap_or_else(|| format!("{} {text}", answer.status()));
        Err(refused(url, &why))
    }
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
