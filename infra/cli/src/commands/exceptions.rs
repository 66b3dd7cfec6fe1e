//! `tieout exceptions`.

use std::io::Write;

use tieout_store::Parked;
use tieout_workflow::WorkflowError;

use crate::arguments::Target;
use crate::error::CliError;
use crate::target;
use crate::words::{counted, instant};

pub async fn run(which: &Target, out: &mut impl Write) -> Result<bool, CliError> {
    let deployment = target::deployment(which).await?;
    let parked = deployment.store.parked().await.map_err(WorkflowError::from)?;
    for case in &parked {
        print(case, out)?;
    }
    writeln!(out, "{}", counted(parked.len(), "open case", "open cases"))?;
    Ok(true)
}

/// One case: each thing that is wrong with where it stands, what is wrong and how to fix it.
fn print(case: &Parked, out: &mut impl Write) -> std::io::Result<()> {
    let seen = match case.times {
        1 => "once".to_owned(),
        times => format!("{times} times"),
    };
    writeln!(out, "{}  {}  since {}, seen {seen}", case.key, case.kind, instant(case.since))?;
    for message in std::iter::once(&case.message).chain(&case.others) {
        writeln!(out, "    {}: {:?}", message.field, message.value)?;
        writeln!(out, "        what: {}", message.what)?;
        writeln!(out, "        fix:  {}", message.remedy)?;
    }
    if case.details.as_object().is_some_and(|details| !details.is_empty()) {
        writeln!(out, "    details: {}", case.details)?;
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use chrono::DateTime;
    use serde_json::json;
    use tieout_store::ParkedMessage;

    use super::*;

    fn message(field: &str, value: &str) -> ParkedMessage {
        ParkedMessage {
            what: "is not above zero".to_owned(),
            field: field.to_owned(),
            value: value.to_owned(),
            remedy: "enter what was sold".to_owned(),
        }
    }

    #[test]
    fn each_finding_of_a_case_has_its_own_lines() {
        let mut case = Parked {
            key: "deal/006A".to_owned(),
            kind: "findings".to_owned(),
            message: message("line 1 (Seats) › Quantity", "-1"),
            others: Vec::new(),
            details: json!({}),
            since: DateTime::UNIX_EPOCH,
            last_seen: DateTime::UNIX_EPOCH,
            times: 1,
        };
        let one = "    line 1 (Seats) › Quantity: \"-1\"\n        what: is not above zero\n        fix:  enter what was sold\n";
        let other = "    line 2 (Setup) › Quantity: \"0\"\n        what: is not above zero\n        fix:  enter what was sold\n";
        let head = "deal/006A  findings  since 1970-01-01 00:00 UTC, seen";
        let printed = |case: &Parked| {
            let mut out = Vec::new();
            print(case, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(printed(&case), format!("{head} once\n{one}"));
        case.others.push(message("line 2 (Setup) › Quantity", "0"));
        case.times = 3;
        case.details = json!({"won": true});
        let expected = format!("{head} 3 times\n{one}{other}    details: {{\"won\":true}}\n");
        assert_eq!(printed(&case), expected);
    }
}
