//! People and their rights: whoever prepares a close does not approve it.

use super::super::finding::quoted;
use super::super::model::{Approval, Config, Right};
use super::{Report, unique};

/// The longest id of a person.
const PERSON_ID_LENGTH_MAX_CHARS: usize = 64;

pub(super) fn check(config: &Config, report: &mut Report<'_>) {
    for (index, person) in config.people.iter().enumerate() {
        let id = &person.id;
        if id.is_empty() || id.len() > PERSON_ID_LENGTH_MAX_CHARS || !id.chars().all(|c| c.is_ascii_graphic()) {
            let remedy = format!("write 1 to {PERSON_ID_LENGTH_MAX_CHARS} visible ASCII characters, for instance \"amira\"");
            report.at(
                &format!("people[{index}].id"),
                format!("{} is not a person's id", quoted(id)),
                remedy,
            );
        }
    }
    unique(report, "people", "id", config.people.iter().map(|person| person.id.as_str()));
    two_persons(config, report);
}

/// A close that requires approval needs a preparer and another person who approves.
fn two_persons(config: &Config, report: &mut Report<'_>) {
    let waiting = config.entities.iter().find(|entity| entity.close.approval == Approval::Required);
    let Some(waiting) = waiting else { return };
    let with = |right: Right| config.people.iter().filter(move |person| person.may.contains(&right));
    let possible = with(Right::Prepare).any(|preparer| with(Right::Approve).any(|approver| approver.id != preparer.id));
    if possible || report.lost_any("entities", "close.approval") {
        return;
    }
    let problem = format!(
        "the close of {} needs a second person's approval, and no two people have the rights for that",
        waiting.id
    );
    let remedy = "add two people, one with may = [\"prepare\"], another with may = [\"approve\"], or approval = \"automatic\"";
    report.at("people", problem, remedy);
}
