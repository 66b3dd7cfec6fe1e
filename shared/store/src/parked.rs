//! What waits for a person: one open case for each source record, and the closed ones behind it.
//!
//! A case that a person resolved leaves its answer in its place: the digest of what was found. The same findings are not filed again; others
//! are, and so is anything once what the case waited for has happened.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Store;
use crate::error::StoreError;
use crate::expression::Expression;
use crate::item::{Item, Key, WRITER, instant_text, part};
use crate::table::{Transacted, Write};

/// All open cases, in the index.
const OPEN: &str = "PARKED#open";
/// Messages after the first one.
const OTHERS: &str = "others";
/// The digest that a person has answered; only on what is no longer open.
const ANSWERED: &str = "answered";
/// Tries to close a case that is parked again at the same time.
const CLOSE_TRIES_MAX: u32 = 3;

/// What a person has to know: what is wrong, where, and how to fix it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParkedMessage {
    /// What is wrong, in a sentence.
    pub what: String,
    /// The field.
    pub field: String,
    /// Its value.
    pub value: String,
    /// How to fix it.
    pub remedy: String,
}

/// A case that waits for a person.
#[derive(Debug, Clone, PartialEq)]
pub struct Parked {
    /// The source record, for instance `deal/006…`.
    pub key: String,
    /// The kind of trouble, a code.
    pub kind: String,
    /// For the person.
    pub message: ParkedMessage,
    /// What else is wrong with the same record.
    pub others: Vec<ParkedMessage>,
    /// Both versions side by side, proposals, whatever helps.
    pub details: Value,
    /// When parking: now. When read: since when it waits.
    pub since: DateTime<Utc>,
    /// When it was parked last; ignored when parking.
    pub last_seen: DateTime<Utc>,
    /// How often it was parked; ignored when parking.
    pub times: u64,
    /// What was found, as a hash: two cases of the same key and digest say the same. Empty where it was parked before this was kept.
    pub digest: String,
    /// Whose move it is, where a person said so; ignored when parking.
    pub assigned: Option<Assigned>,
    /// Until when nobody wants to see it; ignored when parking.
    pub snoozed: Option<Snoozed>,
}

/// Whose move a case is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assigned {
    /// The person.
    pub to: String,
    /// Who said so.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A case that nobody wants to see for some days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snoozed {
    /// The first day on which it is seen again.
    pub until: NaiveDate,
    /// Who said so.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
    /// What had been found: other findings wake the case.
    pub digest: String,
}

impl Parked {
    /// Whether it is hidden on `today`.
    pub fn is_asleep(&self, today: NaiveDate) -> bool {
        let of_this = |snoozed: &&Snoozed| snoozed.digest == self.digest;
        self.snoozed.as_ref().filter(of_this).is_some_and(|snoozed| today < snoozed.until)
    }
}

/// What became of what was to be parked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filed {
    /// The case is open.
    Open,
    /// A person answered these findings before: there is no case.
    Answered,
}

/// A case that was closed.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// The case as it was.
    pub parked: Parked,
    /// When it was closed.
    pub at: DateTime<Utc>,
    /// Why.
    pub why: String,
    /// The person who resolved it; `None` where what it waited for had happened.
    pub by: Option<String>,
}

impl Store {
    /// Parks a case. Parked before and still open: message and details are replaced, the first instant stays, the count goes up. What a person
    /// answered with the same digest stays closed.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn park(&self, parked: &Parked) -> Result<Filed, StoreError> {
        let key = open_key(&parked.key)?;
        let changes = Expression::new(
            "#key = :key, #kind = :kind, #what = :what, #field = :field, #value = :value, #remedy = :remedy, #others = :others, \
             #details = :details, #digest = :digest, #last_seen = :since, #since = if_not_exists(#since, :since), #g1pk = :open, \
             #g1sk = if_not_exists(#g1sk, :place) REMOVE #answered ADD #times :one",
        )
        .text(":key", &parked.key)
        .text(":kind", &parked.kind)
        .text(":what", &parked.message.what)
        .text(":field", &parked.message.field)
        .text(":value", &parked.message.value)
        .text(":remedy", &parked.message.remedy)
        .text(":others", &others_text(parked)?)
        .text(":details", &parked.details.to_string())
        .text(":digest", &parked.digest)
        .instant(":since", parked.since)
        .text(":open", OPEN)
        .text(":place", &format!("{}#{}", instant_text(parked.since), parked.key))
        .number(":one", 1);
        // An upsert. Which version is newer, the caller knows by its links.
        let condition = Expression::new("attribute_not_exists(#answered) OR #answered <> :digest").text(":digest", &parked.digest);
        let outcome = self.table.update(&key, &changes, &condition).await?;
        Ok(if outcome.is_done() { Filed::Open } else { Filed::Answered })
    }

    /// Closes the case of `key`, because what it waited for has happened; kept as history with `why`. `false` where nothing is parked. What a
    /// person answered counts no longer.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn unpark(&self, key: &str, why: &str) -> Result<bool, StoreError> {
        let open = open_key(key)?;
        for _ in 0..CLOSE_TRIES_MAX {
            let Some(item) = self.table.get(&open).await? else {
                return Ok(false);
            };
            let gone = Write::Delete(open.clone(), unchanged(&item)?);
            let is_open = !item.attributes.contains_key(ANSWERED);
            let writes = match is_open {
                true => vec![Write::Put(self.closed(&item, why, None)?, Expression::absent()), gone],
                false => vec![gone],
            };
            if let Transacted::Done = self.table.transact(writes).await? {
                return Ok(is_open);
            }
        }
        Err(StoreError::Contended { key: open.to_string() })
    }

    /// Closes the open case of `key` for good, as `by` decided: kept as history, and its findings are not filed again. `false` where nothing is
    /// parked.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn resolve(&self, key: &str, by: &str, why: &str) -> Result<bool, StoreError> {
        let open = open_key(key)?;
        for _ in 0..CLOSE_TRIES_MAX {
            let Some(item) = self.open_item(key).await? else {
                return Ok(false);
            };
            let digest = item.maybe_text("digest")?.unwrap_or_default();
            let answer = Item::at(open.clone()).with_text("key", key).with_text(ANSWERED, digest);
            // The answer bears the mark of the transaction, by which who closes it later sees that nobody changed it.
            let writes = vec![
                Write::Put(answer, unchanged(&item)?),
                Write::Put(self.closed(&item, why, Some(by))?, Expression::absent()),
            ];
            if let Transacted::Done = self.table.transact(writes).await? {
                return Ok(true);
            }
        }
        Err(StoreError::Contended { key: open.to_string() })
    }

    /// Notes whose move the open case of `key` is; `false` where nothing is parked.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn assign_case(&self, key: &str, assigned: &Assigned) -> Result<bool, StoreError> {
        self.note(key, "#assigned = :note", &note_text(key, assigned)?).await
    }

    /// Hides the open case of `key` for some days; `false` where nothing is parked.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn snooze_case(&self, key: &str, snoozed: &Snoozed) -> Result<bool, StoreError> {
        self.note(key, "#snoozed = :note", &note_text(key, snoozed)?).await
    }

    async fn note(&self, key: &str, change: &str, note: &str) -> Result<bool, StoreError> {
        let changes = Expression::new(change).text(":note", note);
        let is_open = Expression::new("attribute_exists(#pk) AND attribute_not_exists(#answered)");
        Ok(self.table.update(&open_key(key)?, &changes, &is_open).await?.is_done())
    }

    async fn open_item(&self, key: &str) -> Result<Option<Item>, StoreError> {
        let item = self.table.get(&open_key(key)?).await?;
        Ok(item.filter(|item| !item.attributes.contains_key(ANSWERED)))
    }

    /// The item of a case that is closed now.
    fn closed(&self, item: &Item, why: &str, by: Option<&str>) -> Result<Item, StoreError> {
        let at = self.clock.now();
        // The mark makes a case that is closed twice within one instant two cases.
        let sk = format!("RESOLVED#{}#{}", instant_text(at), item.text(WRITER)?);
        let mut closed = Item::at(Key::new(&item.key.pk, sk));
        for (name, value) in &item.attributes {
            if !["pk", "sk", "g1pk", "g1sk", WRITER].contains(&name.as_str()) {
                closed = closed.with(name, value.clone());
            }
        }
        Ok(closed.with_instant("resolved_at", at).with_text("why", why).with_maybe("by", by))
    }

    /// The open case of `key`.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn parked_case(&self, key: &str) -> Result<Option<Parked>, StoreError> {
        self.open_item(key).await?.as_ref().map(read).transpose()
    }

    /// All open cases, the oldest first. Through the index: a case of the last second may be missing or still be there.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn parked(&self) -> Result<Vec<Parked>, StoreError> {
        let items = self.table.query_index(OPEN, usize::MAX).await?;
        items.iter().map(read).collect()
    }

    /// The closed cases of `key`, the oldest first.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn resolved(&self, key: &str) -> Result<Vec<Resolved>, StoreError> {
        let items = self.table.query(&open_key(key)?.pk, "RESOLVED#").await?;
        items.iter().map(read_resolved).collect()
    }
}

fn open_key(key: &str) -> Result<Key, StoreError> {
    Ok(Key::new(format!("PARKED#{}", part("parked record", key)?), "PARKED"))
}

fn unchanged(item: &Item) -> Result<Expression, StoreError> {
    Ok(Expression::new("#writer = :seen").text(":seen", item.text(WRITER)?))
}

fn note_text<T: Serialize>(key: &str, note: &T) -> Result<String, StoreError> {
    serde_json::to_string(note).map_err(|_| StoreError::Broken {
        key: key.to_owned(),
        attribute: "a note".to_owned(),
        expected: "what can be written as JSON",
    })
}

fn others_text(parked: &Parked) -> Result<String, StoreError> {
    serde_json::to_string(&parked.others).map_err(|_| StoreError::Broken {
        key: parked.key.clone(),
        attribute: OTHERS.to_owned(),
        expected: "messages that can be written as JSON",
    })
}

fn read(item: &Item) -> Result<Parked, StoreError> {
    Ok(Parked {
        key: item.owned("key")?,
        kind: item.owned("kind")?,
        message: ParkedMessage {
            what: item.owned("what")?,
            field: item.owned("field")?,
            value: item.owned("value")?,
            remedy: item.owned("remedy")?,
        },
        others: match item.attributes.contains_key(OTHERS) {
            true => item.form(OTHERS, "messages for a person")?,
            // A case that was parked before this was kept.
            false => Vec::new(),
        },
        details: item.json("details")?,
        since: item.instant("since")?,
        last_seen: item.instant("last_seen")?,
        times: item.number("times")?,
        digest: item.maybe_owned("digest")?.unwrap_or_default(),
        assigned: maybe_form(item, "assigned", "whose move it is")?,
        snoozed: maybe_form(item, "snoozed", "until when it is hidden")?,
    })
}

fn maybe_form<T: serde::de::DeserializeOwned>(item: &Item, name: &str, expected: &'static str) -> Result<Option<T>, StoreError> {
    match item.maybe_text(name)? {
        Some(_) => item.form(name, expected).map(Some),
        None => Ok(None),
    }
}

fn read_resolved(item: &Item) -> Result<Resolved, StoreError> {
    Ok(Resolved {
        parked: read(item)?,
        at: item.instant("resolved_at")?,
        why: item.owned("why")?,
        by: item.maybe_owned("by")?,
    })
}
