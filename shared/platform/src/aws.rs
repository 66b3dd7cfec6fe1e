//! The AWS SDK clients over the same [`Connector`] as everything else, and the settings that they share.
//!
//! Credentials come from the environment: Lambda puts them there, and so does
//! `eval "$(aws configure export-credentials --format env)"` for the command line.

use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;

use crate::entropy::{RandomIds, SharedIds};
use crate::http::{Connector, SharedConnector, TransportError};

/// Tries of one SDK call, the first included.
pub const SDK_TRIES_MAX: u32 = 4;
/// The longest wait for one try of one SDK call.
pub const SDK_TRY_TIMEOUT_MS: u64 = 5_000;

/// Where AWS is and who we are there.
#[derive(Debug, Clone)]
pub struct AwsSettings {
    /// The region, for instance `eu-west-2`.
    pub region: String,
    /// The credentials, refreshed by Lambda with the process.
    pub credentials: Credentials,
    /// Another server in the place of the real service, for the local stack.
    pub endpoint_url: Option<String>,
    /// The connector.
    pub connector: SharedConnector,
    /// Where ids come from.
    pub ids: SharedIds,
}

impl AwsSettings {
    /// What to hand to an SDK client's builder as its HTTP client.
    pub fn http_client(&self) -> SharedHttpClient {
        SharedHttpClient::new(OverConnector {
            connector: self.connector.clone(),
        })
    }

    /// The longest wait for one try.
    pub fn try_timeout() -> Duration {
        Duration::from_millis(SDK_TRY_TIMEOUT_MS)
    }

    /// The settings of a local stack at `endpoint_url`, with credentials that mean nothing.
    pub fn local(endpoint_url: &str, connector: SharedConnector) -> Self {
        Self {
            region: "us-east-1".to_owned(),
            credentials: Credentials::new("local", "local", None, None, "local stack"),
            endpoint_url: Some(endpoint_url.to_owned()),
            connector,
            ids: Arc::new(RandomIds),
        }
    }
}

#[derive(Debug, Clone)]
struct OverConnector {
    connector: SharedConnector,
}

impl HttpClient for OverConnector {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for OverConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let connector = self.connector.clone();
        HttpConnectorFuture::new(async move { exchange(connector.as_ref(), request).await })
    }
}

async fn exchange(connector: &dyn Connector, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    let (parts, body) = request.into_parts();
    let Some(body) = body.bytes().map(Bytes::copy_from_slice) else {
        return Err(ConnectorError::user("a streaming body is not sent by Tieout".into()));
    };
    let response = connector
        .send(http::Request::from_parts(parts, body))
        .await
        .map_err(|error| match error {
            TransportError::TooLarge { .. } => ConnectorError::other(error.into(), None),
            _ => ConnectorError::io(error.into()),
        })?;
    HttpResponse::try_from(response.map(SdkBody::from)).map_err(|error| ConnectorError::other(error.into(), None))
}
