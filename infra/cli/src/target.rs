//! Which deployment a command works on: a local stack by its addresses, or the AWS account of the environment.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tieout_platform::clock::{SharedClock, SystemClock};
use tieout_platform::config::{Checked, Config, SalesforceLogin};
use tieout_platform::failure::{Class, Classified as _, chain};
use tieout_platform::http::{Network, SharedConnector};
use tieout_platform::runtime::variables as names;
use tieout_platform::runtime::{Environment, Function, Start, StartError};
use tieout_queue::{DeadLetters, Queue};
use tieout_store::Store;
use tieout_workflow::failures::Failures;
use tieout_workflow::{Deployment, WorkflowError};
use tokio::sync::watch;

use crate::arguments::Target;
use crate::error::CliError;
use crate::stack::clock::{CommandClock, shown};
use crate::stack::{Reading, Ready, secrets};

/// The group of this repository.
const DEMO_CONFIG: &str = include_str!("../../../tieout.toml");
/// The ending of a dead-letter queue's name, here and in the template.
const DEAD_LETTERS: &str = "-dead-letters.fifo";
tokio::task_local! {
    /// Until when the running command would have to wait for a clock that stands still.
    static WAITS: watch::Sender<Option<DateTime<Utc>>>;
}

/// What to do where the file of a stack is missing.
const NO_STACK: &str = "start a local stack with `tieout up --ready FILE`, and give the same FILE by --stack or TIEOUT_STACK";
const FIFO: &str = ".fifo";

/// The configuration in `file`, or the group of this repository.
///
/// # Errors
/// Where it cannot be read or has mistakes.
pub fn config(file: Option<&Path>) -> Result<Checked, CliError> {
    let Some(file) = file else {
        return Config::check(DEMO_CONFIG).map_err(CliError::config(Path::new("tieout.toml")));
    };
    let text = std::fs::read_to_string(file).map_err(CliError::read(file, "give the path of a tieout.toml by --config"))?;
    Config::check(&text).map_err(CliError::config(file))
}

/// The use cases of the deployment.
///
/// # Errors
/// Where it cannot be reached.
pub async fn deployment(target: &Target) -> Result<Deployment, CliError> {
    Ok(tieout_workflow::start::deployment(&start(target).await?).await?)
}

/// The dead letters of the deployment.
///
/// # Errors
/// Where it cannot be reached.
pub async fn failures(target: &Target) -> Result<Failures, CliError> {
    let start = start(target).await?;
    let settings = start.aws(&names::TIEOUT_ENDPOINT_SQS)?;
    let mut queues = Vec::new();
    for (name, variable) in [
        ("deals", &names::TIEOUT_DEALS_QUEUE_URL),
        ("invoices", &names::TIEOUT_INVOICES_QUEUE_URL),
    ] {
        let url = start.environment.read(variable)?.to_owned();
        let letters = format!("{}{DEAD_LETTERS}", url.strip_suffix(FIFO).unwrap_or(&url));
        queues.push((name.to_owned(), Queue::new(&settings, url), DeadLetters::new(&settings, letters)));
    }
    Ok(Failures {
        deployment: tieout_workflow::start::deployment(&start).await?,
        queues,
    })
}

/// The configuration is the one that the deployment's functions stored, so that a caller's file cannot give rights.
async fn start(target: &Target) -> Result<Start, CliError> {
    let network = Network::new().map_err(|source| StartError::Client {
        what: "the HTTP client",
        source: Box::new(source),
    })?;
    let connector: SharedConnector = Arc::new(network);
    let ready = target.stack.as_deref().map(ready).transpose()?;
    let clock = clock(target.stack.as_deref(), ready.as_ref(), &connector).await?;
    let environment = match &ready {
        None => Environment::of_command_line(),
        Some(ready) => local_environment(ready),
    };
    // The sweep's function has all that use cases need: table, queues and both logins.
    let start = Start::new(Function::Sweep, environment, connector, clock);
    let mut config = in_force(&start)
        .await
        .map_err(|error| not_running(error, target.stack.as_deref(), ready.as_ref()))?;
    if let Some(ready) = &ready {
        localise(&mut config.config, ready);
    }
    Ok(start.with_config(config))
}

/// The stack's time, asked for once; the machine's on AWS.
async fn clock(file: Option<&Path>, ready: Option<&Ready>, connector: &SharedConnector) -> Result<SharedClock, CliError> {
    let address = ready.and_then(|ready| ready.clock.as_ref());
    let (Some(file), Some(address)) = (file, address) else {
        return Ok(Arc::new(SystemClock::default()));
    };
    let silent = |why: String| CliError::ClockSilent {
        file: file.to_owned(),
        address: address.clone(),
        why,
    };
    let request = http::Request::get(address).body(bytes::Bytes::new());
    let request = request.map_err(|error| silent(error.to_string()))?;
    let answer = connector.send(request).await.map_err(|error| silent(chain(&error)))?;
    let reading: Reading = serde_json::from_slice(answer.body()).map_err(|error| silent(error.to_string()))?;
    Ok(match reading.stands {
        true => Arc::new(CommandClock::new(reading.now, waits())),
        false => Arc::new(SystemClock::starting_at(reading.now)),
    })
}

/// Runs a command; where it comes to a wait for a clock that stands still, it ends with the instant to which the clock is to be moved.
pub async fn unless_it_waits<T>(command: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
    let (waits, mut waiting) = watch::channel(None);
    let command = WAITS.scope(waits.clone(), command);
    tokio::select! {
        biased;
        ended = command => ended,
        Ok(until) = waiting.wait_for(Option::is_some) => Err(CliError::ClockStands {
            until: until.map(shown).unwrap_or_default(),
        }),
    }
}

fn waits() -> watch::Sender<Option<DateTime<Utc>>> {
    WAITS.try_with(Clone::clone).unwrap_or_else(|_| watch::channel(None).0)
}

async fn in_force(start: &Start) -> Result<Checked, CliError> {
    let table = start.environment.read(&names::TIEOUT_TABLE)?.to_owned();
    let settings = start.aws(&names::TIEOUT_ENDPOINT_DYNAMODB)?;
    let store = Store::new(&settings, table, start.clock.clone());
    let stored = store.current_config().await.map_err(WorkflowError::from)?;
    let (version, text) = stored.ok_or(CliError::NoConfiguration)?;
    let name = PathBuf::from(format!("version {version} in the table"));
    Config::check(&text).map_err(CliError::config(&name))
}

/// A local stack whose table cannot be reached is one that does not run.
fn not_running(error: CliError, file: Option<&Path>, ready: Option<&Ready>) -> CliError {
    match (error, file, ready) {
        (CliError::Workflow(error), Some(file), Some(ready)) if matches!(error.class(), Class::Transient { .. }) => {
            CliError::StackNotRunning {
                file: file.to_owned(),
                address: ready.dynamodb.clone(),
                source: Box::new(error),
            }
        }
        (error, ..) => error,
    }
}

/// The addresses of a local stack.
///
/// # Errors
/// Where the file cannot be read or is no such file.
pub(crate) fn ready(file: &Path) -> Result<Ready, CliError> {
    let text = std::fs::read_to_string(file).map_err(CliError::read(file, NO_STACK))?;
    serde_json::from_str(&text).map_err(|error| CliError::Content {
        path: file.to_owned(),
        why: format!("is not a file of `tieout up --ready`: {error}"),
    })
}

fn localise(config: &mut Config, ready: &Ready) {
    config.salesforce.url.clone_from(&ready.salesforce);
    config.salesforce.audience.clone_from(&ready.salesforce);
    config.salesforce.login = SalesforceLogin::ClientCredentials;
    config.xero.url.clone_from(&ready.xero);
    config.xero.identity_url.clone_from(&ready.xero_identity);
}

fn local_environment(ready: &Ready) -> Environment {
    let local = "local".to_owned();
    let pairs = vec![
        (&names::AWS_REGION, tieout_local::sqs::LOCAL_REGION.to_owned()),
        (&names::AWS_ACCESS_KEY_ID, local.clone()),
        (&names::AWS_SECRET_ACCESS_KEY, local),
        (&names::TIEOUT_TABLE, ready.table.clone()),
        (&names::TIEOUT_DEALS_QUEUE_URL, ready.deals_queue.clone()),
        (&names::TIEOUT_INVOICES_QUEUE_URL, ready.invoices_queue.clone()),
        (&names::TIEOUT_SECRET_SALESFORCE, secrets::SALESFORCE_NAME.to_owned()),
        (&names::TIEOUT_SECRET_XERO, secrets::XERO_NAME.to_owned()),
        (&names::TIEOUT_ENDPOINT_DYNAMODB, ready.dynamodb.clone()),
        (&names::TIEOUT_ENDPOINT_SQS, ready.sqs.clone()),
        (&names::TIEOUT_ENDPOINT_SECRETS, ready.secrets.clone()),
    ];
    Environment::from_pairs(Function::Sweep, pairs)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tieout_platform::clock::Clock as _;

    use super::*;

    #[tokio::test]
    async fn a_command_that_would_wait_for_a_clock_that_stands_ends() {
        let at = DateTime::<Utc>::UNIX_EPOCH;
        let wait = async |seconds: u64| {
            CommandClock::new(at, waits()).sleep(Duration::from_secs(seconds)).await;
            Ok("done")
        };
        assert_eq!(unless_it_waits(wait(0)).await.unwrap(), "done");
        let error = unless_it_waits(wait(62)).await.unwrap_err().to_string();
        assert!(error.contains("tieout sandbox clock --to 1970-01-01T00:01:02Z"), "{error}");
    }
}
