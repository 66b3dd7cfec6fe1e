//! `tieout sandbox`: what sellers, customers and finance do, by hand. Thin clients of the sandbox's own endpoints (`infra/sandbox/README.md`);
//! each prints what came of it at once, and ends when the stack is quiet again, where its clock stands still.

mod client;
mod clock;
mod deals;
mod finance;
mod orders;

use std::io::Write;

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::arguments::{Sandbox, Target};
use crate::error::CliError;
use crate::stack::Reading;
use crate::words::counted;

use client::SandboxClient;
use deals::Customer;
use finance::Edit;

pub async fn run(act: Sandbox, out: &mut impl Write) -> Result<bool, CliError> {
    let mut err = std::io::stderr();
    let client = SandboxClient::of(target(&act)).await?;
    let before = client.open_cases().await?;
    let Done { line, clock: read } = done(&client, &act).await?;
    // At once, so that it is not lost where the wait is cut short.
    writeln!(out, "{line}")?;
    out.flush()?;
    let reading = match read {
        Some(reading) => reading,
        None => clock::quiet(&client, &mut err).await?,
    };
    clock::say_what_waits(&reading, &mut err)?;
    let after = client.open_cases().await?;
    match after.difference(&before).count() {
        0 => {}
        new => writeln!(
            err,
            "{} a person; `tieout worklist list` shows what is wrong and what to do",
            counted(new, "new case waits for", "new cases wait for")
        )?,
    }
    Ok(true)
}

/// What came of an act.
struct Done {
    /// In one line.
    line: String,
    /// Where the clock is, where it was asked and the stack is quiet.
    clock: Option<Reading>,
}

async fn done(client: &SandboxClient, act: &Sandbox) -> Result<Done, CliError> {
    let line = match act {
        Sandbox::Sell {
            customer,
            country,
            currency,
            line,
            also,
            ..
        } => {
            let customer = Customer {
                name: customer,
                country: country.as_deref(),
            };
            deals::sell(client, &customer, currency.as_deref(), line, also).await
        }
        Sandbox::Amend {
            deal, kind, line, also, ..
        } => deals::amend(client, deal, kind.as_deref(), line, also).await,
        Sandbox::Renew {
            deal,
            product,
            quantity,
            price,
            term,
            ..
        } => deals::renew(client, deal, product.as_deref(), *quantity, *price, term).await,
        Sandbox::Cancel { deal, from, .. } => deals::cancel(client, deal, *from).await,
        Sandbox::Approve { which, due } => finance::act(client, &which.number, "approve", json!({ "due": due })).await,
        Sandbox::Edit {
            which,
            line,
            add,
            amount,
            date,
            due,
            renumber,
        } => {
            let edit = Edit {
                line: *line,
                add: add.as_deref(),
                amount: *amount,
                date: *date,
                due: *due,
                renumber: renumber.as_deref(),
            };
            finance::edit(client, &which.number, &edit).await
        }
        Sandbox::Pay { which, amount, date } => finance::act(client, &which.number, "pay", json!({ "amount": amount, "date": date })).await,
        Sandbox::Credit { which, amount, date } => finance::credit(client, &which.number, *amount, *date).await,
        Sandbox::Void { which } => finance::void(client, &which.number).await,
        Sandbox::Journal {
            entity,
            narration,
            lines,
            date,
            ..
        } => finance::journal(client, entity, narration, lines, *date).await,
        Sandbox::Clock { to, .. } => return clock_asked(client, *to).await,
    };
    Ok(Done { line: line?, clock: None })
}

/// Shows the clock, or moves it.
async fn clock_asked(client: &SandboxClient, to: Option<DateTime<Utc>>) -> Result<Done, CliError> {
    let reading = match to {
        Some(to) => clock::move_to(client, to).await?,
        None => clock::show(client).await?,
    };
    Ok(Done {
        line: clock::now(&reading),
        clock: Some(reading),
    })
}

/// What was asked cannot be done.
fn wrong(what: String) -> CliError {
    CliError::Act(what)
}

fn target(act: &Sandbox) -> &Target {
    match act {
        Sandbox::Sell { target, .. }
        | Sandbox::Amend { target, .. }
        | Sandbox::Renew { target, .. }
        | Sandbox::Cancel { target, .. }
        | Sandbox::Journal { target, .. }
        | Sandbox::Clock { target, .. } => target,
        Sandbox::Approve { which, .. }
        | Sandbox::Edit { which, .. }
        | Sandbox::Pay { which, .. }
        | Sandbox::Credit { which, .. }
        | Sandbox::Void { which } => &which.target,
    }
}
