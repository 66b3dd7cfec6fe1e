//! The doctor's first pass: unknown, missing and wrong-typed keys, with their positions.
//!
//! The pass also corrects a copy of the document (what is unknown is left out, what is missing gets a placeholder), so that the
//! second pass can look at the meaning of all the rest; what it lost it remembers, so that nothing is reported twice.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use super::finding::quoted;
use super::schema::{Key, Shape};
use super::words::nearest;

/// A mistake at a byte of the file.
#[derive(Debug)]
pub(super) struct Mistake {
    pub(super) offset: usize,
    pub(super) path: String,
    pub(super) problem: String,
    pub(super) remedy: String,
    /// A key is missing, which after a syntax error may only be its consequence.
    pub(super) missing: bool,
}

/// A document after the first pass.
#[derive(Debug, Default)]
pub(super) struct Shaped {
    /// The byte offset of each key.
    pub(super) offsets: BTreeMap<String, usize>,
    /// Keys whose value in the corrected copy is a placeholder.
    pub(super) lost: BTreeSet<String>,
    pub(super) mistakes: Vec<Mistake>,
}

impl Shaped {
    /// Compares `document` with `shape` and gives back the corrected copy.
    pub(super) fn read(&mut self, document: &Spanned<DeTable<'_>>, shape: &Shape) -> toml::Value {
        self.offsets.insert(String::new(), 0);
        match shape {
            Shape::Table(keys) => self.table(document.get_ref(), keys, "", 0),
            other => placeholder(other),
        }
    }

    fn table(&mut self, table: &DeTable<'_>, keys: &[Key], path: &str, offset: usize) -> toml::Value {
        let mut corrected = toml::Table::new();
        for (name, value) in table.iter() {
            let known = keys.iter().find(|key| key.name == name.get_ref().as_ref());
            match known {
                Some(key) => {
                    let inner = join(path, key.name);
                    if let Some(value) = self.value(value, &key.shape, &inner, name.span().start, key.example) {
                        corrected.insert(key.name.to_owned(), value);
                    } else if key.required {
                        corrected.insert(key.name.to_owned(), placeholder(&key.shape));
                    }
                }
                None => self.unknown(name, keys, path),
            }
        }
        for key in keys.iter().filter(|key| key.required) {
            if corrected.contains_key(key.name) {
                continue;
            }
            let inner = join(path, key.name);
            self.mistakes.push(Mistake {
                offset,
                path: inner.clone(),
                problem: "is missing".to_owned(),
                remedy: format!("add {}", key.example),
                missing: true,
            });
            self.lost.insert(inner);
            corrected.insert(key.name.to_owned(), placeholder(&key.shape));
        }
        toml::Value::Table(corrected)
    }

    fn unknown(&mut self, name: &Spanned<std::borrow::Cow<'_, str>>, keys: &[Key], path: &str) {
        let names = keys.iter().map(|key| key.name);
        let remedy = match nearest(name.get_ref(), names.clone()) {
            Some(meant) => format!("did you mean {meant}?"),
            None => format!("known here: {}", names.collect::<Vec<_>>().join(", ")),
        };
        self.mistakes.push(Mistake {
            offset: name.span().start,
            path: join(path, name.get_ref()),
            problem: "is not a known key".to_owned(),
            remedy,
            missing: false,
        });
    }

    /// The corrected value; `None` where its kind is wrong.
    fn value(&mut self, value: &Spanned<DeValue<'_>>, shape: &Shape, path: &str, key_offset: usize, example: &str) -> Option<toml::Value> {
        let span = value.span();
        let offset = if span.is_empty() { key_offset } else { span.start };
        self.offsets.insert(path.to_owned(), offset);
        let found = value.get_ref();
        match (shape, found) {
            (Shape::Text, DeValue::String(text)) => Some(toml::Value::String(text.clone().into_owned())),
            (Shape::Truth, DeValue::Boolean(truth)) => Some(toml::Value::Boolean(*truth)),
            (Shape::Whole(min, max), DeValue::Integer(digits)) => self.whole(digits, i64::from(*min)..=i64::from(*max), path, offset),
            (Shape::OneOf(words), DeValue::String(text)) => self.word(text, words, path, offset),
            (Shape::List(of, min, max), DeValue::Array(items)) => {
                let count = items.len();
                if !(*min..=*max).contains(&count) {
                    self.lose(offset, path, format!("has {count} items"), format!("write {min} to {max}"));
                }
                // Only the first `max`, so that the list of findings is bounded.
                let items = items.iter().take(*max).enumerate().filter_map(|(index, item)| {
                    let inner = format!("{path}[{index}]");
                    self.value(item, of, &inner, offset, example).or_else(|| Some(placeholder(of)))
                });
                Some(toml::Value::Array(items.collect()))
            }
            (Shape::Names, DeValue::Table(table)) => Some(self.names(table, &Shape::Text, path, offset, example)),
            (Shape::NamesOf(words), DeValue::Table(table)) => Some(self.names(table, &Shape::OneOf(words), path, offset, example)),
            (Shape::Table(keys), DeValue::Table(table)) => Some(self.table(table, keys, path, offset)),
            _ => {
                let problem = format!("is {}; expected {}", kind_found(found), kind_wanted(shape));
                self.lose(offset, path, problem, format!("write, for instance, {example}"));
                None
            }
        }
    }

    fn whole(&mut self, digits: &DeInteger<'_>, bounds: RangeInclusive<i64>, path: &str, offset: usize) -> Option<toml::Value> {
        let number = i64::from_str_radix(digits.as_str(), digits.radix()).ok();
        let within = number.filter(|number| bounds.contains(number));
        if within.is_none() {
            let problem = format!("{} is out of bounds", quoted(digits.as_str()).trim_matches('"'));
            let remedy = format!("write a whole number from {} to {}", bounds.start(), bounds.end());
            self.lose(offset, path, problem, remedy);
        }
        within.map(toml::Value::Integer)
    }

    fn word(&mut self, text: &str, words: &[&str], path: &str, offset: usize) -> Option<toml::Value> {
        if words.contains(&text) {
            return Some(toml::Value::String(text.to_owned()));
        }
        let remedy = match nearest(text, words.iter().copied()) {
            Some(meant) => format!("did you mean \"{meant}\"?"),
            None => format!("write one of {}", listed(words)),
        };
        self.lose(offset, path, format!("{} is not a known value", quoted(text)), remedy);
        None
    }

    fn names(&mut self, table: &DeTable<'_>, each: &Shape, path: &str, offset: usize, example: &str) -> toml::Value {
        let mut corrected = toml::Table::new();
        for (name, value) in table.iter() {
            let inner = join(path, name.get_ref());
            if let Some(value) = self.value(value, each, &inner, offset, example) {
                corrected.insert(name.get_ref().clone().into_owned(), value);
            }
        }
        toml::Value::Table(corrected)
    }

    fn lose(&mut self, offset: usize, path: &str, problem: String, remedy: String) {
        self.lost.insert(path.to_owned());
        self.mistakes.push(Mistake {
            offset,
            path: path.to_owned(),
            problem,
            remedy,
            missing: false,
        });
    }
}

/// `path.name`, with quotes around a name that is not a bare key.
pub(super) fn join(path: &str, name: &str) -> String {
    let bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let name = if bare { name.to_owned() } else { quoted(name) };
    if path.is_empty() { name } else { format!("{path}.{name}") }
}

fn placeholder(shape: &Shape) -> toml::Value {
    match shape {
        Shape::Text => toml::Value::String(String::new()),
        Shape::Whole(min, _) => toml::Value::Integer(i64::from(*min)),
        Shape::Truth => toml::Value::Boolean(false),
        Shape::OneOf(words) => toml::Value::String(words.first().copied().unwrap_or_default().to_owned()),
        Shape::List(..) => toml::Value::Array(Vec::new()),
        Shape::Names | Shape::NamesOf(_) => toml::Value::Table(toml::Table::new()),
        Shape::Table(keys) => toml::Value::Table(
            keys.iter()
                .filter(|key| key.required)
                .map(|key| (key.name.to_owned(), placeholder(&key.shape)))
                .collect(),
        ),
    }
}

fn kind_found(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn kind_wanted(shape: &Shape) -> &'static str {
    match shape {
        Shape::Text => "text in quotes",
        Shape::Whole(..) => "a whole number",
        Shape::Truth => "true or false",
        Shape::OneOf(_) => "a value in quotes",
        Shape::List(Shape::Table(_), ..) => "a list of tables",
        Shape::List(..) => "a list",
        Shape::Names | Shape::NamesOf(_) => "a table of names and texts",
        Shape::Table(_) => "a table",
    }
}

fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
}
