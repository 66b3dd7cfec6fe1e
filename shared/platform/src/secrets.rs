//! Secrets Manager: secrets as JSON, read once at init, checked, and never repeated by a message.

mod forms;

use aws_sdk_secretsmanager::config::retry::{RetryConfig, RetryPartition};
use aws_sdk_secretsmanager::config::timeout::TimeoutConfig;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Region};
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use aws_sdk_secretsmanager::{Client, Config};
use futures::FutureExt as _;
use serde::de::DeserializeOwned;

use crate::aws::{AwsSettings, SDK_TRIES_MAX};
use crate::failure::{Class, Classified};

pub use forms::{KEYS_MAX, PATH_LENGTH_MIN_CHARS, SalesforceKey, SalesforceSecret, SalesforceWebhookSecret, XeroSecret, XeroWebhookSecret};

/// The largest secret that is read; Secrets Manager keeps up to 65,536 bytes.
pub const SECRET_SIZE_MAX_BYTES: usize = 16 * 1024;

/// A secret's form: JSON of known keys.
pub trait SecretForm: DeserializeOwned {
    /// The keys, for who has to write the secret.
    const FORM: &'static str;

    /// Whether all is there.
    ///
    /// # Errors
    /// Which part is not, in words without values.
    fn check(&self) -> Result<(), &'static str>;
}

/// A secret that cannot be used; never with its value, nor with what a parser says of it.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Secrets Manager gave no answer, or asked to come back later.
    #[error("the secret {id} cannot be read now: {reason}")]
    Unavailable {
        /// Its name or ARN.
        id: String,
        /// The service's error code, or what became of the connection.
        reason: String,
    },
    /// Secrets Manager refused.
    #[error("the secret {id} is refused ({code}); check its name, and that the function's role may read it")]
    Refused {
        /// Its name or ARN.
        id: String,
        /// The service's error code.
        code: String,
    },
    /// Not what we expect.
    #[error("the secret {id} {fault}; write it as {form}")]
    Form {
        /// Its name or ARN.
        id: String,
        /// What is wrong.
        fault: &'static str,
        /// The form.
        form: &'static str,
    },
}

impl Classified for SecretError {
    fn class(&self) -> Class {
        match self {
            Self::Unavailable { .. } => Class::Transient { after: None },
            Self::Refused { .. } | Self::Form { .. } => Class::Permanent,
        }
    }
}

/// A client of Secrets Manager.
#[derive(Debug, Clone)]
pub struct Secrets {
    client: Client,
}

impl Secrets {
    /// Builds the client; no call is made.
    pub fn new(settings: &AwsSettings) -> Self {
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(AwsSettings::try_timeout());
        let mut config = Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(settings.region.clone()))
            .credentials_provider(settings.credentials.clone())
            .http_client(settings.http_client())
            .retry_config(RetryConfig::standard().with_max_attempts(SDK_TRIES_MAX))
            // Of its own: the SDK's is one for the process, and what went wrong with one client would keep another from trying again.
            .retry_partition(RetryPartition::custom("tieout").build())
            .timeout_config(timeouts.build());
        config.set_endpoint_url(settings.endpoint_url.clone());
        Self {
            client: Client::from_conf(config.build()),
        }
    }

    /// Reads the present version of a secret by its name or ARN.
    ///
    /// # Errors
    /// Where it cannot be read, or is not what `T` expects.
    pub async fn get_json<T: SecretForm>(&self, id: &str) -> Result<T, SecretError> {
        let answer = self.client.get_secret_value().secret_id(id).send().boxed().await;
        let answer = answer.map_err(|error| refused(id, &error))?;
        read(id, answer.secret_string().unwrap_or_default())
    }
}

/// Reads a secret's text.
///
/// # Errors
/// Where it is not what `T` expects.
pub fn read<T: SecretForm>(id: &str, text: &str) -> Result<T, SecretError> {
    let fault = |fault| SecretError::Form {
        id: id.to_owned(),
        fault,
        form: T::FORM,
    };
    if text.len() > SECRET_SIZE_MAX_BYTES {
        return Err(fault("is too large"));
    }
    // The parser's own words may repeat the value.
    let secret: T = serde_json::from_str(text).map_err(|_| fault("has another form"))?;
    secret.check().map_err(fault)?;
    Ok(secret)
}

fn refused(id: &str, error: &SdkError<GetSecretValueError>) -> SecretError {
    let id = id.to_owned();
    let code = error.code().unwrap_or("no code").to_owned();
    let status = error.raw_response().map(|response| response.status().as_u16());
    match error {
        SdkError::ServiceError(_) if status.is_some_and(|status| (400..500).contains(&status)) && !code.starts_with("Throttl") => {
            SecretError::Refused { id, code }
        }
        SdkError::ServiceError(_) => SecretError::Unavailable { id, reason: code },
        _ => SecretError::Unavailable {
            id,
            reason: error.to_string(),
        },
    }
}

#[cfg(test)]
mod tests;
