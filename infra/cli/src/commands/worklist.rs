//! `tieout worklist`.

use std::io::Write;

use rust_decimal::Decimal;
use tieout_store::ParkedMessage;
use tieout_workflow::worklist::{self, About, CaseView, ClosedCase, WorkList};

use crate::arguments::Worklist;
use crate::error::CliError;
use crate::target;
use crate::words::{as_json, counted, grouped, instant};

/// Findings of a case that a list shows; `show` has all.
const FINDINGS_MAX: usize = 5;

pub async fn run(command: Worklist, out: &mut impl Write) -> Result<bool, CliError> {
    match command {
        Worklist::List { entity, all, json, target } => {
            let deployment = target::deployment(&target).await?;
            let found = worklist::list(&deployment, entity.as_deref(), all).await?;
            match json {
                true => as_json(&found, out)?,
                false => print(&found, out)?,
            }
        }
        Worklist::Show { key, json, target } => {
            let found = worklist::show(&target::deployment(&target).await?, &key).await?;
            if json {
                as_json(&found, out)?;
                return Ok(true);
            }
            if let Some(open) = &found.open {
                case(open, usize::MAX, out)?;
                details(open, out)?;
            }
            found.closed.iter().try_for_each(|case| closed(case, out))?;
        }
        Worklist::Resolve { key, by, reason, target } => {
            worklist::resolve(&target::deployment(&target).await?, &key, &by, &reason).await?;
            writeln!(out, "{key} is resolved by {by}; the same findings are not filed again")?;
        }
        Worklist::Assign { key, to, by, target } => {
            worklist::assign(&target::deployment(&target).await?, &key, &to, &by).await?;
            writeln!(out, "{key} is {to}'s move")?;
        }
        Worklist::Snooze {
            key,
            until,
            by,
            reason,
            target,
        } => {
            worklist::snooze(&target::deployment(&target).await?, &key, until, &by, &reason).await?;
            writeln!(out, "{key} is listed again from {until} on, or when something else is found")?;
        }
    }
    Ok(true)
}

fn print(list: &WorkList, out: &mut impl Write) -> std::io::Result<()> {
    let oldest = list
        .oldest_days
        .map(|days| format!(", the oldest {} old", counted(days, "day", "days")))
        .unwrap_or_default();
    let asleep = match list.asleep {
        0 => String::new(),
        asleep => format!("; {asleep} snoozed, which --all shows"),
    };
    writeln!(out, "{}{oldest}{asleep}", counted(list.cases.len(), "open case", "open cases"))?;
    list.cases.iter().try_for_each(|one| case(one, FINDINGS_MAX, out))
}

/// One case: each thing that is wrong with where it stands, and how to fix it.
fn case(case: &CaseView, findings_max: usize, out: &mut impl Write) -> std::io::Result<()> {
    let whose = &case.whose_move;
    let whose = match (&whose.person, &whose.assigned_by) {
        (Some(person), Some(by)) => format!("{person}, as {by} said"),
        _ => whose.group.name().to_owned(),
    };
    writeln!(out, "\n{}  {}  move: {whose}", case.key, case.reason)?;
    let about = about(&case.about);
    if !about.is_empty() {
        writeln!(out, "    {about}")?;
    }
    let seen = match case.times {
        1 => "found once".to_owned(),
        times => format!("found {times} times, last {}", instant(case.last_seen)),
    };
    let age = counted(case.age_days, "day", "days");
    writeln!(out, "    since {} ({age}), {seen}", instant(case.since))?;
    if let Some(snooze) = &case.snoozed {
        writeln!(out, "    snoozed until {} by {}: {}", snooze.until, snooze.by, snooze.reason)?;
    }
    let mut findings = case.findings.iter().take(findings_max);
    findings.try_for_each(|one| finding(one, out))?;
    if case.findings.len() > findings_max {
        writeln!(
            out,
            "    and {} more; `tieout worklist show` has them",
            case.findings.len() - findings_max
        )?;
    }
    case.about
        .crm_link
        .iter()
        .try_for_each(|link| writeln!(out, "    CRM:    {link}"))?;
    case.about
        .ledger_link
        .iter()
        .try_for_each(|link| writeln!(out, "    ledger: {link}"))
}

fn finding(finding: &ParkedMessage, out: &mut impl Write) -> std::io::Result<()> {
    writeln!(out, "    {}: {:?}", finding.field, finding.value)?;
    writeln!(out, "        what: {}", finding.what)?;
    writeln!(out, "        do:   {}", finding.remedy)
}

/// Who and how much, in one line.
fn about(about: &About) -> String {
    let currency = about.currency.as_deref().unwrap_or_default();
    let amount = |amount: Decimal| format!("{} {currency}", grouped(&amount.to_string()));
    let parts = [
        about.customer.clone(),
        about.deal_name.as_ref().map(|name| format!("{name:?}")),
        about.amount.map(amount),
        about.document.clone(),
        about.contract.as_ref().map(|contract| format!("contract {contract}")),
        about.entity.as_ref().map(|entity| format!("entity {entity}")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn details(case: &CaseView, out: &mut impl Write) -> std::io::Result<()> {
    if case.details.as_object().is_some_and(|details| !details.is_empty()) {
        writeln!(out, "    details: {:#}", case.details)?;
    }
    Ok(())
}

fn closed(case: &ClosedCase, out: &mut impl Write) -> std::io::Result<()> {
    let by = case.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    writeln!(
        out,
        "closed {}{by}: {}  ({}, open since {}: {})",
        instant(case.closed_at),
        case.why,
        case.reason,
        instant(case.since),
        case.what
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use serde_json::json;
    use tieout_workflow::worklist::{Snooze, WhoseMove};
    use tieout_workflow::{Mover, Reason};

    use super::*;

    fn message(line: usize) -> ParkedMessage {
        ParkedMessage {
            what: "is not above zero".to_owned(),
            field: format!("line {line} (Seats) › Quantity"),
            value: "-1".to_owned(),
            remedy: "enter what was sold".to_owned(),
        }
    }

    fn one() -> CaseView {
        CaseView {
            key: "deal/006A".to_owned(),
            reason: Reason::Findings.as_str().to_owned(),
            since: DateTime::UNIX_EPOCH,
            age_days: 1,
            last_seen: DateTime::UNIX_EPOCH + TimeDelta::hours(30),
            times: 1,
            whose_move: WhoseMove {
                group: Mover::Sales,
                person: None,
                assigned_by: None,
            },
            snoozed: None,
            about: About::default(),
            findings: vec![message(1)],
            details: json!({}),
        }
    }

    fn check(list: &WorkList, expected: &str) {
        let mut out = Vec::new();
        print(list, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    fn of(cases: Vec<CaseView>, asleep: usize) -> WorkList {
        WorkList {
            at: DateTime::UNIX_EPOCH,
            oldest_days: cases.iter().map(|case| case.age_days).max(),
            asleep,
            cases,
        }
    }

    #[test]
    fn a_list_says_how_many_and_how_old() {
        check(&of(vec![], 0), "0 open cases\n");
        check(&of(vec![], 2), "0 open cases; 2 snoozed, which --all shows\n");
        let finding = |line| {
            format!("    line {line} (Seats) › Quantity: \"-1\"\n        what: is not above zero\n        do:   enter what was sold\n")
        };
        let head = "\ndeal/006A  findings  move: sales\n    since 1970-01-01 00:00 UTC (1 day), found once\n";
        check(
            &of(vec![one()], 1),
            &format!(
                "1 open case, the oldest 1 day old; 1 snoozed, which --all shows\n{head}{}",
                finding(1)
            ),
        );
        let known = CaseView {
            age_days: 41,
            times: 3,
            whose_move: WhoseMove {
                group: Mover::Sales,
                person: Some("dana".to_owned()),
                assigned_by: Some("amira".to_owned()),
            },
            snoozed: Some(Snooze {
                until: "2026-03-01".parse().unwrap(),
                by: "amira".to_owned(),
                reason: "on leave".to_owned(),
            }),
            about: About {
                customer: Some("Umbra Ltd".to_owned()),
                amount: Some(Decimal::new(1_530_050, 2)),
                currency: Some("GBP".to_owned()),
                crm_link: Some("https://crm.example/006A".to_owned()),
                ..About::default()
            },
            findings: (1..=FINDINGS_MAX + 2).map(message).collect(),
            ..one()
        };
        let findings: String = (1..=FINDINGS_MAX).map(finding).collect();
        check(
            &of(vec![known], 0),
            &format!(
                "1 open case, the oldest 41 days old\n\ndeal/006A  findings  move: dana, as amira said\n    Umbra Ltd, 15,300.50 GBP\n    \
                 since 1970-01-01 00:00 UTC (41 days), found 3 times, last 1970-01-02 06:00 UTC\n    \
                 snoozed until 2026-03-01 by amira: on leave\n{findings}    and 2 more; `tieout worklist show` has them\n    \
                 CRM:    https://crm.example/006A\n"
            ),
        );
    }
}
