//! DynamoDB in memory, as far as `shared/store` uses it: a model small enough to run a million histories on.
//!
//! It is proved equal to the embedded DynamoDB of the local stack by the same operations on both (`tests/table.rs`). It keeps what is asked of
//! it: conditional writes that bring back what is there, transactions that take all or nothing, an index, pages.

mod act;
mod condition;
mod index;
mod query;
mod token;
mod transact;
mod update;
mod value;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

pub use act::Refusal;

/// An item: attributes in DynamoDB's JSON, `{"S": "text"}`.
pub type Item = BTreeMap<String, Value>;
/// Where an item lies: its `pk` and `sk`.
pub type ItemKey = (String, String);

/// The one table.
#[derive(Debug, Clone, Default)]
pub struct Table {
    items: BTreeMap<ItemKey, Item>,
    index: index::Index,
    tokens: BTreeMap<String, String>,
    page_items_max: Option<usize>,
    forgets_tokens: bool,
}

impl Table {
    /// A table with pages of so many items (the real one counts a megabyte), which remembers the tokens of transactions (as the real one does for ten
    /// minutes) or forgets them, so that the conditions alone have to hold.
    pub fn new(page_items_max: Option<usize>, forgets_tokens: bool) -> Self {
        Self {
            page_items_max,
            forgets_tokens,
            ..Self::default()
        }
    }

    /// The item under its keys.
    pub fn get(&self, pk: &str, sk: &str) -> Option<&Item> {
        self.items.get(&(pk.to_owned(), sk.to_owned()))
    }

    /// All items, by their keys.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.items.values()
    }

    /// The items under a `pk`, by their `sk`.
    pub fn under(&self, pk: &str) -> impl Iterator<Item = &Item> + use<'_> {
        let from = (pk.to_owned(), String::new());
        let pk = pk.to_owned();
        let under = self.items.range(from..).take_while(move |((own, _), _)| *own == pk);
        under.map(|(_, item)| item)
    }

    /// How many items bear this `g1pk`.
    pub fn indexed(&self, g1pk: &str) -> usize {
        self.index.under(g1pk).count()
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Puts an item in place of what is there.
    pub(crate) fn write(&mut self, key: ItemKey, item: Item) {
        self.remove(&key);
        self.index.add(&key, &item);
        self.items.insert(key, item);
    }

    /// Takes an item away.
    pub(crate) fn remove(&mut self, key: &ItemKey) {
        if let Some(old) = self.items.remove(key) {
            self.index.take(key, &old);
        }
    }

    /// Answers one operation of the JSON protocol.
    ///
    /// # Errors
    /// What the service refuses, in its words.
    pub fn act(&mut self, operation: &str, request: &Value) -> Result<Value, Refusal> {
        match operation {
            "CreateTable" | "DescribeTable" => Ok(json!({ "TableDescription": {}, "Table": {} })),
            "GetItem" => self.get_item(request),
            "PutItem" => self.put_item(request),
            "UpdateItem" => self.update_item(request),
            "DeleteItem" => self.delete_item(request),
            "Query" => self.query(request),
            "TransactWriteItems" => self.transact(request),
            other => Err(Refusal::validation(format!("the model has no {other}"))),
        }
    }
}

/// An item as plain JSON: texts as strings, numbers as numbers.
pub fn plain(item: &Item) -> Value {
    let fields = item.iter().map(|(name, value)| (name.clone(), value::plain(value)));
    Value::Object(fields.collect::<Map<String, Value>>())
}
