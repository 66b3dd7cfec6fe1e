//! `tieout up`.

use std::io::Write;

use tieout_local::data_folder::DataFolder;
use tokio::sync::watch;

use crate::arguments::Up;
use crate::error::CliError;
use crate::stack::{Options, Stack, StackError, clock};
use crate::target;

/// How often the sweep looks; the same as in the template.
const SWEEP: &str = "rate(15 minutes)";

pub async fn run(up: Up, out: &mut impl Write) -> Result<bool, CliError> {
    let folder = DataFolder::open(&up.data)?;
    let stack = Stack::start(Options {
        clock: clock::resumed(folder.path()),
        data: Some(folder),
        config: target::config(up.config.as_deref())?,
        sweep: SWEEP,
        salesforce_url: up.salesforce_url,
        xero_url: up.xero_url,
        xero_identity_url: up.xero_identity_url,
        connector: None,
    })
    .await?;
    clear_faults(&stack)?;
    let ready = &stack.ready;
    writeln!(out, "Salesforce webhook  {}", ready.salesforce_webhook)?;
    writeln!(out, "Xero webhook        {}", ready.xero_webhook)?;
    writeln!(out, "Salesforce          {}", ready.salesforce)?;
    writeln!(out, "Xero                {}", ready.xero)?;
    writeln!(out, "DynamoDB            {}", ready.dynamodb)?;
    writeln!(out, "SQS                 {}", ready.sqs)?;
    if let Some(file) = &up.ready {
        ready.write(file).map_err(CliError::write(file))?;
        writeln!(out, "addresses           {}", file.display())?;
    }
    writeln!(out, "running; stop with Ctrl-C")?;
    out.flush()?;
    let (stop, stopped) = watch::channel(false);
    let mut running = std::pin::pin!(stack.run(stopped));
    tokio::select! {
        ended = &mut running => ended?,
        _ = tokio::signal::ctrl_c() => {
            stop.send_replace(true);
            running.await?;
        }
    }
    Ok(true)
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
