//! I9: when faults stop, everything drains in a bounded number of steps. The simulator counts steps; what drained means is said here.

use crate::auditor::books::{Books, Effect};
use crate::auditor::history::History;
use crate::auditor::invariant::{Invariant, Wrong};

/// How the names of dead-letter queues end.
const DEAD: &str = "dead";

/// Needs no memory.
#[derive(Debug)]
pub struct Drains;

/// How the keys of journals' effects begin: they wait for a close, and a close waits for people and timers.
const JOURNALS: &str = "ledger/journal/";

/// What is still under way by itself: messages on queues, effects without an outcome. Dead letters and closes wait for people.
pub fn undrained(books: &Books) -> Vec<String> {
    let queues = books
        .queues
        .iter()
        .filter(|(name, messages)| !name.contains(DEAD) && !messages.is_empty());
    let mut left: Vec<String> = queues
        .map(|(name, messages)| format!("{} messages on {name}", messages.len()))
        .collect();
    left.extend(open(books).filter(|what| !what.contains(JOURNALS)));
    left
}

fn open(books: &Books) -> impl Iterator<Item = String> {
    let open = |effect: &Effect| ["intended", "attempted"].contains(&effect.state.as_str());
    let open = books.effects.iter().filter(move |(_, effect)| open(effect));
    let open = open.filter(|(key, _)| !is_superseded(key, books) && !waits_for_a_person(key, books));
    open.map(|(key, effect)| format!("effect {key} is {}", effect.state))
}

/// Whether the CRM was sent this version by somebody else, or a newer one: `crm/status/DEAL/DOCUMENT/VERSION`, and `/after/OLDER` where it
/// was sent once more. What the CRM kept in the end is I5's.
fn is_superseded(key: &str, books: &Books) -> bool {
    let mut parts = key.strip_prefix("crm/status/").unwrap_or_default().split('/');
    let synced = parts
        .next()
        .and_then(|deal| books.contracts.get(deal))
        .map_or(0, |contract| contract.synced_ms);
    let version = parts.nth(1).and_then(|version| version.parse().ok());
    version.is_some_and(|version: i64| version <= synced)
}

/// Whether the deal or its invoice is an open case: `ledger/document/DEAL/1`. A contact is a customer's, whichever deal asked for it.
fn waits_for_a_person(key: &str, books: &Books) -> bool {
    let cases = || books.parked.iter().filter_map(|case| case.split_once('/'));
    match key.split('/').collect::<Vec<_>>().as_slice() {
        ["ledger", "contact", ..] => cases().any(|(kind, _)| kind == "deal"),
        ["ledger", "document", deal, ..] => cases().any(|(kind, id)| kind == "deal" && id == *deal),
        ["crm", "status", contract, ..] => books.document_waits("write-back", contract),
        _ => false,
    }
}

/// When the last month is closed nothing at all is left.
fn unfinished(books: &Books) -> Vec<String> {
    let posting = books.periods.values().filter(|period| period.state == "posting");
    let posting = posting.map(|period| format!("{} {} is being posted", period.entity, period.month));
    // What was intended and never left, before a close was planned anew, does no harm: the key is free for another journal.
    let journals = open(books).filter(|what| what.contains(JOURNALS) && !what.ends_with("intended"));
    undrained(books).into_iter().chain(posting).chain(journals).collect()
}

impl Invariant for Drains {
    fn name(&self) -> &'static str {
        "I9"
    }

    fn statement(&self) -> &'static str {
        "After faults stop, queues run empty and every effect and every close comes to its end within a bounded number of steps."
    }

    fn source(&self) -> &'static str {
        "docs/faults.md, I9"
    }

    fn end(&mut self, books: &Books, _: &History) -> Wrong {
        unfinished(books)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::type_complexity)]
mod tests {
    use crate::auditor::Auditor;
    use crate::auditor::seen::{Message, Seen};
    use crate::auditor::tampered::{DEAL, at_the_end, company, item, world};
    use serde_json::json;

    #[test]
    fn what_is_still_under_way_is_seen() {
        let queue = |name: &'static str| move |seen: &mut Seen| drop(seen.queues.insert(name.to_owned(), vec![Message::default()]));
        let effect = |state: &'static str| {
            move |seen: &mut Seen| {
                seen.table
                    .push(json!({"pk": "EFFECT#ledger/invoice/1", "sk": "EFFECT", "state": state}))
            }
        };
        let synced = |version: &'static str| {
            let key = format!("EFFECT#crm/status/{DEAL}/1/{version}");
            move |seen: &mut Seen| seen.table.push(json!({"pk": key, "sk": "EFFECT", "state": "attempted"}))
        };
        let cases: [(&str, Box<dyn Fn(&mut Seen)>, bool); 9] = [
            ("an older version than was synced", Box::new(synced("1769999999999")), false),
            (
                "the version that was synced",
                Box::new(synced("1770000000000/after/1769999999999")),
                false,
            ),
            (
                "a newer version once more",
                Box::new(synced("1770000000001/after/1770000000000")),
                true,
            ),
            ("a newer version than was synced", Box::new(synced("1770000000001")), true),
            ("a message", Box::new(queue("deals.fifo")), true),
            ("a dead letter", Box::new(queue("deals-dead.fifo")), false),
            ("an effect under way", Box::new(effect("attempted")), true),
            ("an effect that is done", Box::new(effect("done")), false),
            (
                "a close",
                Box::new(|seen| item(seen, "PERIOD#2026-01")["state"] = json!("posting")),
                true,
            ),
        ];
        for (name, doctor, expected) in cases {
            let mut seen = world();
            doctor(&mut seen);
            let found = at_the_end(&mut Auditor::new(company()), &seen);
            assert_eq!(found.contains(&"I9"), expected, "{name}: {found:?}");
        }
    }
}
