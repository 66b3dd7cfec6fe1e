//! The SDK's client, and what its errors mean.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::http::HttpResponse;
use aws_sdk_sqs::config::retry::{RetryConfig, RetryPartition};
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::config::{BehaviorVersion, Config, Region, StalledStreamProtectionConfig};
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use tieout_platform::aws::{AwsSettings, SDK_TRIES_MAX};

use crate::error::QueueError;

/// The first wait between two tries of the SDK; later ones double, all with jitter.
const SDK_BACKOFF_MS: u64 = 50;
const CALLERS_ERROR_STATUS: u16 = 400;
const SERVER_ERROR_STATUS: u16 = 500;
/// Codes after which the same request may succeed.
const TRANSIENT_CODES: [&str; 6] = [
    "ThrottlingException",
    "RequestThrottled",
    "RequestThrottledException",
    "OverLimit",
    "KmsThrottled",
    "ServiceUnavailable",
];

pub(crate) fn client(settings: &AwsSettings) -> Client {
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(AwsSettings::try_timeout());
    let retries = RetryConfig::standard()
        .with_max_attempts(SDK_TRIES_MAX)
        .with_initial_backoff(Duration::from_millis(SDK_BACKOFF_MS));
    let mut config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(settings.region.clone()))
        .credentials_provider(settings.credentials.clone())
        .http_client(settings.http_client())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .timeout_config(timeouts.build())
        .retry_config(retries)
        // Of its own: the SDK's is one for the process, and what went wrong with one client would keep another from trying again.
        .retry_partition(RetryPartition::custom("tieout").build());
    config.set_endpoint_url(settings.endpoint_url.clone());
    Client::from_conf(config.build())
}

pub(crate) fn failure<E>(operation: &'static str, queue: &str, error: SdkError<E, HttpResponse>) -> QueueError
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    let refused = match &error {
        SdkError::ServiceError(service) => {
            let code = service.err().code().unwrap_or_default();
            // An unreadable success may be one.
            let callers = (CALLERS_ERROR_STATUS..SERVER_ERROR_STATUS).contains(&service.raw().status().as_u16());
            callers && !TRANSIENT_CODES.iter().any(|transient| code.ends_with(transient))
        }
        SdkError::ConstructionFailure(_) => true,
        _ => false,
    };
    let (queue, source) = (queue.to_owned(), Box::new(error));
    if refused {
        QueueError::Refused { operation, queue, source }
    } else {
        QueueError::Unavailable { operation, queue, source }
    }
}
