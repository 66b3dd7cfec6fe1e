//! The process's environment, through the one list of variables.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_credential_types::Credentials;

use super::variables::{AWS_ACCESS_KEY_ID, AWS_REGION, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, Function, Source, VARIABLES, Variable};
use crate::aws::AwsSettings;
use crate::entropy::RandomIds;
use crate::http::SharedConnector;

/// What the environment says; a function sees the variables that the list gives it, and no others.
#[derive(Clone, Default)]
pub struct Environment {
    values: BTreeMap<&'static str, String>,
}

/// A variable that is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {name} is missing or empty; {by} sets it: {meaning}")]
pub struct EnvironmentError {
    /// Its name.
    pub name: &'static str,
    /// Who sets it.
    pub by: &'static str,
    /// What to write there.
    pub meaning: &'static str,
}

impl Environment {
    /// The process's environment as `function` may see it.
    pub fn of_function(function: Function) -> Self {
        Self::from_source(function.variables(), |name| std::env::var(name).ok())
    }

    /// The process's environment as the command line may see it: all variables of the list.
    pub fn of_command_line() -> Self {
        Self::from_source(VARIABLES.iter().copied(), |name| std::env::var(name).ok())
    }

    /// Another environment, for the local stack and tests; `values` that are not on the list of `function` are left out.
    pub fn from_pairs<'v>(function: Function, values: impl IntoIterator<Item = (&'v Variable, String)>) -> Self {
        let mut values: BTreeMap<&str, String> = values.into_iter().map(|(variable, value)| (variable.name, value)).collect();
        Self::from_source(function.variables(), |name| values.remove(name))
    }

    fn from_source(variables: impl Iterator<Item = &'static Variable>, mut read: impl FnMut(&str) -> Option<String>) -> Self {
        let values = variables.filter_map(|variable| {
            let value = read(variable.name)?.trim().to_owned();
            (!value.is_empty()).then_some((variable.name, value))
        });
        Self { values: values.collect() }
    }

    /// The value of a variable; an empty one is none.
    pub fn get(&self, variable: &Variable) -> Option<&str> {
        self.values.get(variable.name).map(String::as_str)
    }

    /// The value of a variable without which nothing goes.
    ///
    /// # Errors
    /// Where it is missing or empty.
    pub fn read(&self, variable: &Variable) -> Result<&str, EnvironmentError> {
        self.get(variable).ok_or(EnvironmentError {
            name: variable.name,
            by: match variable.source {
                Source::Lambda => "Lambda, or your shell,",
                Source::Template => "template.yaml",
                Source::Local => "the local stack",
            },
            meaning: variable.meaning,
        })
    }
}

impl std::fmt::Debug for Environment {
    /// Names only: among the values are the role's keys.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_set().entries(self.values.keys()).finish()
    }
}

/// Where an AWS service is, by the environment: `endpoint` is the variable that names another server in its place.
///
/// # Errors
/// Where the region or the credentials are missing.
pub fn aws_settings(environment: &Environment, connector: SharedConnector, endpoint: &Variable) -> Result<AwsSettings, EnvironmentError> {
    let key_id = environment.read(&AWS_ACCESS_KEY_ID)?;
    let secret_key = environment.read(&AWS_SECRET_ACCESS_KEY)?;
    let session = environment.get(&AWS_SESSION_TOKEN).map(str::to_owned);
    Ok(AwsSettings {
        region: environment.read(&AWS_REGION)?.to_owned(),
        credentials: Credentials::new(key_id, secret_key, session, None, "environment"),
        endpoint_url: environment.get(endpoint).map(str::to_owned),
        connector,
        ids: Arc::new(RandomIds),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::variables::{TIEOUT_ENDPOINT_SQS, TIEOUT_LOG, TIEOUT_TABLE};
    use super::*;

    #[test]
    fn a_function_sees_its_own_variables_only() {
        let values = || {
            [
                (&TIEOUT_TABLE, "books".to_owned()),
                (&TIEOUT_LOG, " ".to_owned()),
                (&AWS_SECRET_ACCESS_KEY, "canary".to_owned()),
            ]
        };
        let worker = Environment::from_pairs(Function::DealWorker, values());
        assert_eq!(worker.read(&TIEOUT_TABLE), Ok("books"));
        assert_eq!(worker.get(&TIEOUT_LOG), None, "an empty variable is none");
        assert!(!format!("{worker:?}").contains("canary"));
        let webhook = Environment::from_pairs(Function::XeroWebhook, values());
        let error = webhook.read(&TIEOUT_TABLE).unwrap_err().to_string();
        assert!(error.contains("TIEOUT_TABLE is missing or empty; template.yaml sets it"), "{error}");
    }

    #[test]
    fn aws_is_where_the_environment_says() {
        let connector: SharedConnector = std::sync::Arc::new(crate::http::Network::new().unwrap());
        let keys = [
            (&AWS_REGION, "eu-west-2"),
            (&AWS_ACCESS_KEY_ID, "id"),
            (&AWS_SECRET_ACCESS_KEY, "canary"),
        ];
        let with = |more: &[(&'static Variable, &str)]| {
            let values = keys.iter().chain(more).map(|(variable, value)| (*variable, (*value).to_owned()));
            let environment = Environment::from_pairs(Function::XeroWebhook, values);
            aws_settings(&environment, connector.clone(), &TIEOUT_ENDPOINT_SQS)
        };
        let real = with(&[]).unwrap();
        assert_eq!((real.region.as_str(), real.endpoint_url), ("eu-west-2", None));
        assert_eq!(
            with(&[(&TIEOUT_ENDPOINT_SQS, "http://127.0.0.1:1")]).unwrap().endpoint_url.unwrap(),
            "http://127.0.0.1:1"
        );
        let none = Environment::default();
        assert_eq!(
            aws_settings(&none, connector, &TIEOUT_ENDPOINT_SQS).unwrap_err().name,
            "AWS_ACCESS_KEY_ID"
        );
    }
}
