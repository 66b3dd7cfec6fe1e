//! What waits for a person: one open case for each source record, and the resolved ones behind it.

use chrono::{DateTime, Utc};
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
/// Tries to close a case that is parked again at the same time.
const UNPARK_TRIES_MAX: u32 = 3;

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
}

/// A case that was closed.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// The case as it was.
    pub parked: Parked,
    /// When it was closed.
    pub at: DateTime<Utc>,
    /// Why, and by whom.
    pub why: String,
}

impl Store {
    /// Parks a case. Parked before and still open: message and details are replaced, the first instant stays, the count goes up.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn park(&self, parked: &Parked) -> Result<(), StoreError> {
        let key = open_key(&parked.key)?;
        let changes = Expression::new(
            "#key = :key, #kind = :kind, #what = :what, #field = :field, #value = :value, #remedy = :remedy, #others = :others, \
             #details = :details, #last_seen = :since, #since = if_not_exists(#since, :since), #g1pk = :open, \
             #g1sk = if_not_exists(#g1sk, :place) ADD #times :one",
        )
        .text(":key", &parked.key)
        .text(":kind", &parked.kind)
        .text(":what", &parked.message.what)
        .text(":field", &parked.message.field)
        .text(":value", &parked.message.value)
        .text(":remedy", &parked.message.remedy)
        .text(":others", &others_text(parked)?)
        .text(":details", &parked.details.to_string())
        .instant(":since", parked.since)
        .text(":open", OPEN)
        .text(":place", &format!("{}#{}", instant_text(parked.since), parked.key))
        .number(":one", 1);
        // An upsert: always true. Which version is newer, the caller knows by its links.
        let condition = Expression::new("attribute_not_exists(#pk) OR attribute_exists(#pk)");
        self.table.update(&key, &changes, &condition).await.map(drop)
    }

    /// Closes the case of `key`, kept as history with `why`; `false` where nothing is parked.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn unpark(&self, key: &str, why: &str) -> Result<bool, StoreError> {
        let open = open_key(key)?;
        for _ in 0..UNPARK_TRIES_MAX {
            let Some(item) = self.table.get(&open).await? else {
                return Ok(false);
            };
            let at = self.clock.now();
            // The mark makes a case that is closed twice within one instant two cases.
            let sk = format!("RESOLVED#{}#{}", instant_text(at), item.text(WRITER)?);
            let mut resolved = Item::at(Key::new(&open.pk, sk));
            for (name, value) in &item.attributes {
                if !["pk", "sk", "g1pk", "g1sk", WRITER].contains(&name.as_str()) {
                    resolved = resolved.with(name, value.clone());
                }
            }
            let resolved = resolved.with_instant("resolved_at", at).with_text("why", why);
            let unchanged = Expression::new("#writer = :seen").text(":seen", item.text(WRITER)?);
            let writes = vec![Write::Put(resolved, Expression::absent()), Write::Delete(open.clone(), unchanged)];
            if let Transacted::Done = self.table.transact(writes).await? {
                return Ok(true);
            }
        }
        Err(StoreError::Contended { key: open.to_string() })
    }

    /// The open case of `key`.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn parked_case(&self, key: &str) -> Result<Option<Parked>, StoreError> {
        let item = self.table.get(&open_key(key)?).await?;
        item.as_ref().map(read).transpose()
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
    })
}

fn read_resolved(item: &Item) -> Result<Resolved, StoreError> {
    Ok(Resolved {
        parked: read(item)?,
        at: item.instant("resolved_at")?,
        why: item.owned("why")?,
    })
}
