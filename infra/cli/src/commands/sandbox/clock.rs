//! The stack's clock, as a command asks it: where it stands, to move it, or to let what is due come to its end.
//!
//! All of these take as long as the work takes. Who waits goes on as long as something is done, and stops where nothing is, or after an hour.

use std::io::Write;

use chrono::{DateTime, Utc};
use http::Method;
use serde_json::{Value, json};
use tieout_platform::http::REQUEST_TIMEOUT_MS;

use super::client::SandboxClient;
use super::wrong;
use crate::error::CliError;
use crate::stack::Reading;
use crate::stack::clock::shown;

/// The longest that a command waits for the stack, in minutes.
const WAIT_MAX_MIN: u64 = 60;
/// Requests that wait one after the other until then.
const WAITS_MAX: u64 = WAIT_MAX_MIN * 60_000 / REQUEST_TIMEOUT_MS;
/// Such requests in a row during which nothing is done.
const SILENT_WAITS_MAX: u64 = 2;

/// Where the clock is, and what goes on only when it is moved.
///
/// # Errors
/// Where the stack does not answer.
pub async fn show(client: &SandboxClient) -> Result<Reading, CliError> {
    let answer = client.ask(Method::GET, client.clock()?, &Value::Null).await?;
    reading(answer.ok_or_else(|| wrong("the stack's clock does not answer; look at what `tieout up` printed".to_owned()))?)
}

fn reading(answer: Value) -> Result<Reading, CliError> {
    serde_json::from_value(answer).map_err(|error| wrong(format!("the stack's clock answers what this command does not know: {error}")))
}

/// Moves the clock, and waits until what fell due on the way has run; what [`show`] gives then.
///
/// # Errors
/// Where the clock refuses, or the stack comes to nothing.
pub async fn move_to(client: &SandboxClient, to: DateTime<Utc>) -> Result<Reading, CliError> {
    let url = client.clock()?.to_owned();
    wait(client, &url, &json!({ "to": shown(to) })).await
}

/// Waits until what is due has run, where the clock stands still; what [`show`] gives then.
///
/// # Errors
/// Where the stack comes to nothing.
pub async fn quiet(client: &SandboxClient, err: &mut impl Write) -> Result<Reading, CliError> {
    let reading = show(client).await?;
    if !reading.stands {
        return Ok(reading);
    }
    writeln!(err, "waiting until the stack is quiet")?;
    let url = format!("{}/quiet", client.clock()?);
    wait(client, &url, &Value::Null).await
}

/// The instant, and whose time it is.
pub fn now(reading: &Reading) -> String {
    let note = if reading.stands {
        ""
    } else {
        "  (the machine's time; nobody moves it)"
    };
    format!("{}{note}", shown(reading.now))
}

/// Says what goes on only when the clock is moved.
///
/// # Errors
/// Where it cannot be written.
pub fn say_what_waits(reading: &Reading, err: &mut impl Write) -> Result<(), CliError> {
    for waiting in &reading.waiting {
        let count = waiting.count.map(|count| format!(" ({count})")).unwrap_or_default();
        writeln!(err, "waits for the clock: {}{count}, until {}", waiting.what, shown(waiting.until))?;
    }
    Ok(())
}

async fn wait(client: &SandboxClient, url: &str, body: &Value) -> Result<Reading, CliError> {
    let ask = || client.ask(Method::POST, url, body);
    let progress = async || {
        let reading = show(client).await?;
        Ok((reading.now, reading.requests))
    };
    reading(while_it_works(ask, progress).await?)
}

/// Asks until there is an answer, as long as `progress` shows something else each time.
async fn while_it_works<A, P>(ask: impl Fn() -> A, progress: impl AsyncFn() -> Result<P, CliError>) -> Result<Value, CliError>
where
    A: Future<Output = Result<Option<Value>, CliError>>,
    P: PartialEq,
{
    let mut seen = progress().await?;
    let mut silent = 0;
    for _ in 0..WAITS_MAX {
        if let Some(answer) = ask().await? {
            return Ok(answer);
        }
        let now = progress().await?;
        silent = if now == seen { silent + 1 } else { 0 };
        seen = now;
        if silent >= SILENT_WAITS_MAX {
            return Err(wrong(
                "the stack does nothing and is not quiet; look at what `tieout up` printed, stop it, and start it again on the same folder"
                    .to_owned(),
            ));
        }
    }
    Err(wrong(format!(
        "the stack is still at work after {WAIT_MAX_MIN} minutes; it goes on by itself: `tieout sandbox clock` shows where it is"
    )))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// After how many waits there is an answer, and how often something was done before; what comes of it, and how many waits it took.
    async fn check(answered_after: u64, works_for: u64, wanted: &str, waits_wanted: u64) {
        let waits = Cell::new(0);
        let ask = || {
            let waited = waits.get();
            waits.set(waited + 1);
            async move { Ok((waited >= answered_after).then(|| json!("quiet"))) }
        };
        let progress = async || Ok(waits.get().min(works_for));
        let came = match while_it_works(ask, progress).await {
            Ok(answer) => answer.to_string(),
            Err(error) => error.to_string(),
        };
        assert!(came.contains(wanted), "{answered_after}, {works_for}: {came}");
        assert_eq!(waits.get(), waits_wanted, "{answered_after}, {works_for}");
    }

    #[tokio::test]
    async fn a_command_waits_as_long_as_the_stack_works() {
        check(0, 0, "quiet", 1).await;
        check(10, 10, "quiet", 11).await;
        check(3, 2, "quiet", 4).await;
        check(10, 0, "does nothing", 2).await;
        check(10, 5, "does nothing", 7).await;
        // An hour of requests of 55 s each.
        check(u64::MAX, u64::MAX, "after 60 minutes", 65).await;
    }
}
