//! What a function's init starts from.

use std::sync::Arc;

use super::environment::{Environment, EnvironmentError, aws_settings};
use super::variables::{Function, TIEOUT_CONFIG, TIEOUT_ENDPOINT_SECRETS, Variable};
use crate::aws::AwsSettings;
use crate::clock::{SharedClock, SystemClock};
use crate::config::{Checked, Config, FILE_SIZE_MAX_BYTES, Finding};
use crate::entropy::{RandomIds, SharedIds};
use crate::http::{Network, SharedConnector};
use crate::rules::RuleError;
use crate::secrets::{SecretError, SecretForm, Secrets};
use crate::telemetry::Metrics;

/// Where `tieout.toml` is in the package: Lambda starts a function in the package's folder.
pub const CONFIG_PATH_DEFAULT: &str = "tieout.toml";

/// Why a function does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A variable is missing.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// `tieout.toml` cannot be read.
    #[error("{path} cannot be read: {source}; TIEOUT_CONFIG names the file in the package")]
    ConfigFile {
        /// Its path.
        path: String,
        /// The cause.
        source: std::io::Error,
    },
    /// `tieout.toml` has mistakes.
    #[error("{count} mistakes in tieout.toml, the first: {first}; `tieout doctor` lists all", count = .findings.len(), first = first(.findings))]
    Config {
        /// All of them.
        findings: Vec<Finding>,
    },
    /// A rule does not compile.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// A secret cannot be used.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A client cannot be built.
    #[error("{what} cannot be built: {source}")]
    Client {
        /// Which client.
        what: &'static str,
        /// The cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

fn first(findings: &[Finding]) -> String {
    findings.first().map(ToString::to_string).unwrap_or_default()
}

/// What a function's init starts from.
#[derive(Debug, Clone)]
pub struct Start {
    /// Which function.
    pub function: Function,
    /// Its environment.
    pub environment: Environment,
    /// The one seam to the world.
    pub connector: SharedConnector,
    /// What time it is.
    pub clock: SharedClock,
    /// Where ids come from.
    pub ids: SharedIds,
    /// Its counters.
    pub metrics: Metrics,
    /// A configuration in the place of the package's.
    given: Option<Checked>,
}

impl Start {
    /// The start of the shipped binary: the process's environment, the network, the machine's clock.
    ///
    /// # Errors
    /// Where the network's client cannot be built.
    pub fn of_process(function: Function) -> Result<Self, StartError> {
        let network = Network::new().map_err(|source| StartError::Client {
            what: "the HTTP client",
            source: Box::new(source),
        })?;
        let clock = Arc::new(SystemClock::default());
        Ok(Self::new(function, Environment::of_function(function), Arc::new(network), clock))
    }

    /// A start with another environment, connector and clock: the local stack's and the tests'.
    pub fn new(function: Function, environment: Environment, connector: SharedConnector, clock: SharedClock) -> Self {
        Self {
            function,
            environment,
            connector,
            metrics: Metrics::new(function.name(), clock.clone()),
            clock,
            ids: Arc::new(RandomIds),
            given: None,
        }
    }

    /// The same with another configuration than the package's: the local stack's, whose addresses are other ones.
    #[must_use]
    pub fn with_config(mut self, config: Checked) -> Self {
        self.given = Some(config);
        self
    }

    /// The same with another source of ids.
    #[must_use]
    pub fn with_ids(mut self, ids: SharedIds) -> Self {
        self.ids = ids;
        self
    }

    /// The same with other counters.
    #[must_use]
    pub fn with_metrics(mut self, metrics: Metrics) -> Self {
        self.metrics = metrics;
        self
    }

    /// The configuration of the package, without mistakes.
    ///
    /// # Errors
    /// Where it cannot be read or has any mistake.
    pub fn config(&self) -> Result<Checked, StartError> {
        if let Some(given) = &self.given {
            return Ok(given.clone());
        }
        let path = self.environment.get(&TIEOUT_CONFIG).unwrap_or(CONFIG_PATH_DEFAULT);
        let unread = |source| StartError::ConfigFile {
            path: path.to_owned(),
            source,
        };
        let size = std::fs::metadata(path).map_err(unread)?.len();
        if size > FILE_SIZE_MAX_BYTES as u64 {
            return Err(unread(std::io::Error::from(std::io::ErrorKind::FileTooLarge)));
        }
        let text = std::fs::read_to_string(path).map_err(unread)?;
        Config::check(&text).map_err(|findings| StartError::Config { findings })
    }

    /// Where an AWS service is; `endpoint` is one of the `TIEOUT_ENDPOINT_…` variables.
    ///
    /// # Errors
    /// Where the region or the credentials are missing.
    pub fn aws(&self, endpoint: &Variable) -> Result<AwsSettings, StartError> {
        Ok(AwsSettings {
            ids: self.ids.clone(),
            ..aws_settings(&self.environment, self.connector.clone(), endpoint)?
        })
    }

    /// The secret that `variable` names.
    ///
    /// # Errors
    /// Where it cannot be read or has another form.
    pub async fn secret<T: SecretForm>(&self, variable: &Variable) -> Result<T, StartError> {
        let id = self.environment.read(variable)?;
        let secrets = Secrets::new(&self.aws(&TIEOUT_ENDPOINT_SECRETS)?);
        Ok(secrets.get_json(id).await?)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;
    use crate::clock::ManualClock;

    fn start(config: &str) -> Start {
        let environment = Environment::from_pairs(Function::DealWorker, [(&TIEOUT_CONFIG, config.to_owned())]);
        let clock = ManualClock::new(DateTime::<Utc>::UNIX_EPOCH);
        Start::new(Function::DealWorker, environment, Arc::new(Network::new().unwrap()), clock)
    }

    #[test]
    fn a_start_needs_a_configuration_without_mistakes() {
        let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tieout.toml");
        assert_eq!(start(example).config().unwrap().config.entities.len(), 3);
        let rows = [
            (
                concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
                "mistakes in tieout.toml, the first: tieout.toml:1:",
            ),
            ("/nowhere/tieout.toml", "/nowhere/tieout.toml cannot be read"),
        ];
        for (path, words) in rows {
            let error = start(path).config().unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[tokio::test]
    async fn a_start_names_the_variable_that_is_missing() {
        use super::super::variables::TIEOUT_SECRET_XERO;
        let error = start("x")
            .secret::<crate::secrets::XeroSecret>(&TIEOUT_SECRET_XERO)
            .await
            .unwrap_err();
        assert!(error.to_string().contains("TIEOUT_SECRET_XERO is missing"), "{error}");
    }
}
