//! The item of an effect. Its history is a ring of attributes `h0` to `h49`, so that one update writes a change and drops the oldest.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tieout_platform::effect::{Change, EffectKey, Intent, Record, State};

use crate::error::StoreError;
use crate::expression::Expression;
use crate::item::{Item, Key, instant_text};
use crate::text::by_hash;

use super::{EffectChange, HISTORY_LENGTH_MAX, OPEN, is_open};

/// The longest detail in the history; the record itself keeps the whole text.
const DETAIL_LENGTH_MAX: usize = 1_000;

pub(super) fn write_new(key: Key, record: &Record, intent: &Intent, at: DateTime<Utc>) -> Item {
    Item::at(key)
        .indexed(OPEN, &format!("{}#{}", instant_text(at), record.key))
        .with_text("effect", record.key.as_str())
        .with_text("target", &record.target)
        .with_text("body_hash", &record.body_hash)
        .with_text("state", "intended")
        .with_number("serial", u64::from(record.serial))
        .with_number("attempts", u64::from(record.attempts))
        .with_number("revision", record.revision)
        .with_instant("opened_at", at)
        .with_long("body", &intent.body)
        .with_text(&slot(record.revision), &entry(record.revision, at, "intended", ""))
}

pub(super) fn read_record(item: &Item) -> Result<Record, StoreError> {
    let state = match item.text("state")? {
        "intended" => State::Intended,
        "attempted" => State::Attempted {
            until: item.instant("until")?,
        },
        "done" => State::Done {
            reference: item.owned("reference")?,
        },
        "refused" => State::Refused {
            reason: item.owned("reason")?,
        },
        _ => return Err(item.broken("state", "a state of an effect")),
    };
    let small = |name: &str| {
        let number = item.number(name)?;
        u32::try_from(number).map_err(|_| item.broken(name, "a small number"))
    };
    Ok(Record {
        key: EffectKey::new(&[item.text("effect")?]),
        target: item.owned("target")?,
        body_hash: item.owned("body_hash")?,
        state,
        serial: small("serial")?,
        attempts: small("attempts")?,
        revision: item.number("revision")?,
    })
}

/// The update that makes the stored record `next`.
pub(super) fn changes(next: &Record, change: &Change, at: DateTime<Utc>) -> Expression {
    let (name, detail) = match change {
        Change::Attempt { .. } => ("attempted", ""),
        Change::NotApplied => ("not_applied", ""),
        Change::Done { reference } => ("done", reference.as_str()),
        Change::Refused { reason } => ("refused", reason.as_str()),
        Change::Replace { intent } => ("replaced", intent.target.as_str()),
    };
    let mut text = format!(
        "#state = :state, #target = :target, #body_hash = :body_hash, #serial = :serial, #attempts = :attempts, \
         #revision = :revision, #{} = :entry",
        slot(next.revision)
    );
    let mut removed = Vec::new();
    let mut changes = Expression::default()
        .text(":target", &next.target)
        .text(":body_hash", &next.body_hash)
        .number(":serial", u64::from(next.serial))
        .number(":attempts", u64::from(next.attempts))
        .number(":revision", next.revision)
        .text(":entry", &entry(next.revision, at, name, detail));
    let (state, named) = match &next.state {
        State::Intended => ("intended", None),
        State::Attempted { until } => ("attempted", Some(("until", instant_text(*until)))),
        State::Done { reference } => ("done", Some(("reference", reference.clone()))),
        State::Refused { reason } => ("refused", Some(("reason", reason.clone()))),
    };
    changes = changes.text(":state", state);
    if let Some((attribute, value)) = named {
        text.push_str(&format!(", #{attribute} = :named"));
        changes = changes.text(":named", &value);
    }
    if let Change::Replace { intent } = change {
        // The attribute of the body depends on its size; the other one goes.
        let kept = Item::at(Key::new("", "")).with_long("body", &intent.body);
        for attribute in ["body".to_owned(), by_hash("body")] {
            match kept.attributes.get(&attribute) {
                Some(value) => {
                    text.push_str(&format!(", #{attribute} = :body"));
                    changes.values.push((":body", value.clone()));
                }
                None => removed.push(attribute),
            }
        }
    }
    if is_open(&next.state) {
        text.push_str(", #g1pk = :open, #g1sk = if_not_exists(#g1sk, :since)");
        changes = changes
            .text(":open", OPEN)
            .text(":since", &format!("{}#{}", instant_text(at), next.key));
    } else {
        removed.extend(["g1pk".to_owned(), "g1sk".to_owned()]);
    }
    if !removed.is_empty() {
        text.push_str(&format!(" REMOVE #{}", removed.join(", #")));
    }
    changes.text = text;
    changes
}

pub(super) fn read_history(item: &Item) -> Result<Vec<EffectChange>, StoreError> {
    let mut history = Vec::new();
    for number in 0..HISTORY_LENGTH_MAX {
        let slot = slot(number);
        if item.attributes.contains_key(&slot) {
            let entry = item.json(&slot)?;
            history.push(read_entry(&entry).ok_or_else(|| item.broken(&slot, "a change of an effect"))?);
        }
    }
    history.sort_by_key(|change| change.revision);
    Ok(history)
}

fn slot(revision: u64) -> String {
    format!("h{}", revision % HISTORY_LENGTH_MAX)
}

fn entry(revision: u64, at: DateTime<Utc>, change: &str, detail: &str) -> String {
    let detail: String = detail.chars().take(DETAIL_LENGTH_MAX).collect();
    json!({"revision": revision, "at": instant_text(at), "change": change, "detail": detail}).to_string()
}

fn read_entry(entry: &Value) -> Option<EffectChange> {
    let text = |name: &str| entry.get(name)?.as_str();
    Some(EffectChange {
        revision: entry.get("revision")?.as_u64()?,
        at: text("at")?.parse().ok()?,
        change: text("change")?.to_owned(),
        detail: text("detail")?.to_owned(),
    })
}
