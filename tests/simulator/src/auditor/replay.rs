//! Two looks compared: after a replay of any prefix, any number of times, the world is as it was (I6).

use std::collections::BTreeMap;
use std::fmt::Debug;

use super::books::Books;
use super::seen::Seen;

/// Differences that are reported; the first ones say enough.
const DIFFERENCES_MAX: usize = 10;

/// What differs between the world before a replay and after it. Versions and instants of Tieout's own records may differ, what they
/// say may not.
pub fn differences(before: &Seen, after: &Seen) -> Vec<String> {
    let (before, after) = (Books::read(before), Books::read(after));
    let mut found = Vec::new();
    compare("documents", &before.documents, &after.documents, &mut found);
    compare("journals", &by_place(before.journals), &by_place(after.journals), &mut found);
    compare("events", &events(&before.contracts), &events(&after.contracts), &mut found);
    compare("periods", &before.periods, &after.periods, &mut found);
    compare("effects", &before.effects, &after.effects, &mut found);
    compare("links", &before.links, &after.links, &mut found);
    compare(
        "opportunities",
        &synced(before.opportunities),
        &synced(after.opportunities),
        &mut found,
    );
    let posted = |books: &[super::books::Posting]| -> BTreeMap<String, (String, usize)> {
        books
            .iter()
            .map(|posting| (posting.key.clone(), (posting.state.clone(), posting.lines.len())))
            .collect()
    };
    compare("postings", &posted(&before.postings), &posted(&after.postings), &mut found);
    if before.parked != after.parked {
        found.push(format!("open cases were {:?} and are {:?}", before.parked, after.parked));
    }
    found.truncate(DIFFERENCES_MAX);
    found
}

fn compare<K: Ord + Debug, V: PartialEq + Debug>(what: &str, before: &BTreeMap<K, V>, after: &BTreeMap<K, V>, found: &mut Vec<String>) {
    for (key, was) in before {
        match after.get(key) {
            Some(now) if now == was => {}
            now => found.push(format!("{what} {key:?} was {was:?} and is {now:?}")),
        }
    }
    let new = after.keys().filter(|key| !before.contains_key(key));
    found.extend(new.map(|key| format!("{what} {key:?} is new")));
}

fn by_place(journals: BTreeMap<String, Vec<super::books::Journal>>) -> BTreeMap<String, super::books::Journal> {
    journals
        .into_values()
        .flatten()
        .map(|journal| (journal.id.clone(), journal))
        .collect()
}

fn events(contracts: &BTreeMap<String, super::books::Contract>) -> BTreeMap<String, Vec<String>> {
    let bodies = |contract: &super::books::Contract| contract.events.iter().map(|event| event.body.to_string()).collect();
    contracts.iter().map(|(id, contract)| (id.clone(), bodies(contract))).collect()
}

/// What Tieout wrote to each opportunity.
fn synced(opportunities: BTreeMap<String, serde_json::Map<String, serde_json::Value>>) -> BTreeMap<String, String> {
    let own = |fields: serde_json::Map<String, serde_json::Value>| {
        let own: serde_json::Map<_, _> = fields.into_iter().filter(|(name, _)| name.starts_with("Tieout_")).collect();
        serde_json::Value::Object(own).to_string()
    };
    opportunities.into_iter().map(|(id, fields)| (id, own(fields))).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::type_complexity)]
mod tests {
    use super::*;
    use crate::auditor::tampered::{DEAL, TENANT, item, world};
    use serde_json::json;

    #[test]
    fn what_a_replay_changes_is_named() {
        assert_eq!(differences(&world(), &world()), Vec::<String>::new());
        let cases: [(&str, &dyn Fn(&mut Seen)); 4] = [
            ("documents", &|seen| {
                seen.organisations.get_mut(TENANT).unwrap().documents[0]["Status"] = json!("VOIDED")
            }),
            ("events", &|seen| seen.table.retain(|item| item["sk"] != "4#EVENT#000000002")),
            ("opportunities", &|seen| {
                seen.opportunities
                    .get_mut(DEAL)
                    .unwrap()
                    .insert("Tieout_Amount_Due__c".to_owned(), json!(1));
            }),
            ("periods", &|seen| item(seen, "PERIOD#2026-01")["state"] = json!("open")),
        ];
        for (name, doctor) in cases {
            let mut after = world();
            doctor(&mut after);
            let found = differences(&world(), &after);
            assert!(found.iter().any(|what| what.starts_with(name)), "{name}: {found:?}");
        }
    }
}
