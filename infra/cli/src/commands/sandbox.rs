//! `tieout sandbox`: what sellers, customers and finance do, by hand. Thin clients of the sandbox's own endpoints (`infra/sandbox/README.md`);
//! each ends when the stack is quiet again, where its clock stands still.

mod deals;
mod finance;
mod hands;

use std::io::Write;

use serde_json::json;

use crate::arguments::{Sandbox, Target};
use crate::error::CliError;
use crate::stack::clock::shown;

use hands::Hands;

pub async fn run(act: Sandbox, out: &mut impl Write) -> Result<bool, CliError> {
    let hands = Hands::of(target(&act)).await?;
    let line = match &act {
        Sandbox::Sell {
            customer,
            country,
            currency,
            line,
            ..
        } => deals::sell(&hands, customer, country.as_deref(), currency.as_deref(), line).await?,
        Sandbox::Amend { deal, kind, line, .. } => deals::amend(&hands, deal, kind, line).await?,
        Sandbox::Renew {
            deal,
            product,
            quantity,
            price,
            term,
            ..
        } => deals::renew(&hands, deal, product.as_deref(), *quantity, *price, term).await?,
        Sandbox::Cancel { deal, from, .. } => deals::cancel(&hands, deal, *from).await?,
        Sandbox::Clock { to, .. } => match to {
            Some(to) => hands.move_clock(*to).await?,
            None => hands.now().await?.map_or_else(|| "the machine's time".to_owned(), shown),
        },
        Sandbox::Approve { which, due } => finance::act(&hands, &which.number, "approve", json!({ "due": due })).await?,
        Sandbox::Edit {
            which,
            line,
            add,
            amount,
            date,
            due,
            renumber,
        } => {
            let lines = line.map(|line| json!([{ "line": line, "amount": amount }]));
            let added = add.as_ref().map(|text| json!([{ "description": text, "amount": amount }]));
            let wish = json!({ "lines": lines, "add": added, "date": date, "due": due, "number": renumber });
            finance::act(&hands, &which.number, "edit", wish).await?
        }
        Sandbox::Pay { which, amount, date } => {
            finance::act(&hands, &which.number, "pay", json!({ "amount": amount, "date": date })).await?
        }
        Sandbox::Credit { which, amount, date } => {
            finance::act(&hands, &which.number, "credit", json!({ "amount": amount, "date": date })).await?
        }
        Sandbox::Void { which } => finance::void(&hands, &which.number).await?,
        Sandbox::Journal {
            entity,
            narration,
            lines,
            date,
            ..
        } => finance::journal(&hands, entity, narration, lines, *date).await?,
    };
    hands.quiet().await?;
    writeln!(out, "{line}")?;
    Ok(true)
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
