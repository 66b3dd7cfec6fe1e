//! `tieout up`.

use std::io::Write;
use std::path::Path;

use futures::FutureExt as _;
use tieout_local::data_folder::DataFolder;
use tieout_platform::clock::Clock as _;
use tokio::sync::watch;

use crate::arguments::Up;
use crate::error::CliError;
use crate::stack::clock::StackClock;
use crate::stack::{Endpoint, Options, Stack, StackError, clock};
use crate::target;

/// How often the sweep looks; the same as in the template.
const SWEEP: &str = "rate(15 minutes)";
/// How often it looks while the clock stands: a month is moved in seconds, and nothing is lost unless somebody orders it.
const SWEEP_STANDING: &str = "rate(6 hours)";

pub async fn run(up: Up, out: &mut impl Write) -> Result<bool, CliError> {
    let config = target::config(up.config.as_deref())?;
    let folder = DataFolder::open(&up.data)?;
    let time = StackClock::of(folder.path(), up.now)?;
    if let StackClock::Standing { clock, .. } = &time {
        clock.keep().map_err(CliError::write(&up.data))?;
    }
    let mut stack = Stack::start(Options {
        clock: time.shared(),
        time_limits: time.time_limits(),
        data: Some(folder),
        config,
        sweep: match &time {
            StackClock::Running(_) => SWEEP,
            StackClock::Standing { .. } => SWEEP_STANDING,
        },
        salesforce_url: up.salesforce_url,
        xero_url: up.xero_url,
        xero_identity_url: up.xero_identity_url,
        connector: None,
    })
    .await?;
    clear_faults(&stack)?;
    let (endpoint, requests) = Endpoint::start(&stack, &time).await?;
    stack.ready.clock = Some(endpoint.url());
    let (stop, stopped) = watch::channel(false);
    let mut running = match &time {
        StackClock::Running(_) => stack.run(stopped).boxed(),
        StackClock::Standing { clock, .. } => stack.stand(clock, requests, stopped).boxed(),
    };
    let up_and_ready = async {
        if let StackClock::Standing { to: Some(to), .. } = &time {
            endpoint.go(*to).await.transpose()?;
        }
        announce(&stack, &time, up.ready.as_deref(), out)?;
        tokio::signal::ctrl_c().await.map_err(CliError::from)
    };
    tokio::select! {
        ended = &mut running => ended?,
        stopping = up_and_ready => {
            stopping?;
            stop.send_replace(true);
            running.await?;
        }
    }
    Ok(true)
}

/// Prints and writes where everything is.
fn announce(stack: &Stack, time: &StackClock, file: Option<&Path>, out: &mut impl Write) -> Result<(), CliError> {
    let ready = &stack.ready;
    writeln!(out, "Salesforce webhook  {}", ready.salesforce_webhook)?;
    writeln!(out, "Xero webhook        {}", ready.xero_webhook)?;
    writeln!(out, "Salesforce          {}", ready.salesforce)?;
    writeln!(out, "Xero                {}", ready.xero)?;
    writeln!(out, "DynamoDB            {}", ready.dynamodb)?;
    writeln!(out, "SQS                 {}", ready.sqs)?;
    if let Some(clock) = &ready.clock {
        writeln!(out, "clock               {clock}")?;
    }
    if let Some(file) = file {
        ready.write(file).map_err(CliError::write(file))?;
        writeln!(out, "addresses           {}", file.display())?;
    }
    if let StackClock::Standing { clock, .. } = time {
        writeln!(out, "the clock stands at {} until it is moved", clock::shown(clock.now()))?;
    }
    writeln!(out, "running; stop with Ctrl-C")?;
    Ok(out.flush()?)
}

/// Ends an outage that a killed demo left behind in the sandbox.
fn clear_faults(stack: &Stack) -> Result<(), CliError> {
    if let Some(xero) = &stack.sandbox.xero {
        xero.clear_faults().map_err(StackError::sandbox)?;
    }
    if let Some(salesforce) = &stack.sandbox.salesforce {
        salesforce.clear_faults().map_err(StackError::sandbox)?;
    }
    Ok(())
}
