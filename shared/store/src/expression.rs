//! Expressions whose `#names` are found by reading them, so that a name cannot be forgotten or left over.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};

use crate::item::{instant_text, number, text};

/// A condition or the changes of an update, with its values.
#[derive(Debug, Clone, Default)]
pub(crate) struct Expression {
    pub(crate) text: String,
    pub(crate) values: Vec<(&'static str, AttributeValue)>,
}

impl Expression {
    /// `#name` in `text` stands for the attribute `name`; `:value` for what is given by the methods below.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            values: Vec::new(),
        }
    }

    /// The item is not there yet.
    pub(crate) fn absent() -> Self {
        Self::new("attribute_not_exists(#pk)")
    }

    pub(crate) fn text(mut self, name: &'static str, value: &str) -> Self {
        self.values.push((name, text(value)));
        self
    }

    pub(crate) fn number(mut self, name: &'static str, value: u64) -> Self {
        self.values.push((name, number(value)));
        self
    }

    pub(crate) fn instant(mut self, name: &'static str, value: DateTime<Utc>) -> Self {
        self.values.push((name, text(&instant_text(value))));
        self
    }
}

/// A map as the SDK takes it: none rather than an empty one.
pub(crate) fn given<K, V, M>(map: BTreeMap<K, V>) -> Option<M>
where
    M: FromIterator<(K, V)>,
{
    (!map.is_empty()).then(|| map.into_iter().collect())
}

/// The attribute names that `texts` mention.
pub(crate) fn names(texts: &[&str]) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for part in texts.iter().flat_map(|text| text.split('#').skip(1)) {
        let name: String = part
            .chars()
            .take_while(|character| character.is_ascii_alphanumeric() || *character == '_')
            .collect();
        names.insert(format!("#{name}"), name);
    }
    names
}

/// The values of `expressions`, as the SDK takes them.
pub(crate) fn values(expressions: &[&Expression]) -> BTreeMap<String, AttributeValue> {
    expressions
        .iter()
        .flat_map(|expression| &expression.values)
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect()
}
