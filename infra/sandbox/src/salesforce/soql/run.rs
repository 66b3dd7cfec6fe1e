//! A bound query over the records.

use std::cmp::Ordering;

use serde_json::{Map, Value, json};

use super::ast::Literal;
use super::bind::{Bound, Column, Path, Test};
use super::compare::{equal, holds, literal, order};
use crate::salesforce::record::Record;
use crate::salesforce::schema::Children;

/// Where records come from.
pub(in crate::salesforce) trait Source {
    /// The record of this id, deleted ones too.
    fn record(&self, id: &str) -> Option<&Record>;
    /// The records of an object, deleted ones too, by id.
    fn records_of<'a>(&'a self, object: &str) -> Box<dyn Iterator<Item = &'a Record> + 'a>;
    /// The records of the many that point at this one, deleted ones too, by id.
    fn children_of<'a>(&'a self, children: &Children, parent: &'a str) -> Box<dyn Iterator<Item = &'a Record> + 'a>;
}

/// Turns the ids of a nested query's rows into the page that is shown: it may keep the rest for later.
pub(in crate::salesforce) type Pager<'a> = dyn FnMut(&Bound, Vec<String>) -> Value + 'a;

/// The ids of the rows, in order.
pub(in crate::salesforce) fn select(source: &dyn Source, bound: &Bound, with_deleted: bool) -> Vec<String> {
    let rows = source.records_of(&bound.object).filter(|row| with_deleted || !row.deleted);
    arrange(source, bound, rows.collect())
}

/// Whether a record meets the query's filter.
pub(in crate::salesforce) fn matches(source: &dyn Source, bound: &Bound, record: &Record) -> bool {
    bound.filter.as_ref().is_none_or(|test| passes(source, test, record))
}

/// A row as it is shown.
pub(in crate::salesforce) fn project(source: &dyn Source, bound: &Bound, record: &Record, base: &str, pager: &mut Pager<'_>) -> Value {
    let mut shown = attributes(record, base);
    for column in &bound.items {
        match column {
            Column::Path(path) => put(source, &mut shown, record, &path.lookups, &path.field, base),
            Column::Children(children, inner) => {
                let rows = source.children_of(children, &record.id).filter(|row| !row.deleted).collect();
                let ids = arrange(source, inner, rows);
                let page = match ids.is_empty() {
                    true => Value::Null,
                    false => pager(inner, ids),
                };
                shown.insert(children.name.to_owned(), page);
            }
        }
    }
    Value::Object(shown)
}

fn attributes(record: &Record, base: &str) -> Map<String, Value> {
    let url = format!("{base}/sobjects/{}/{}", record.object, record.id);
    let mut shown = Map::new();
    shown.insert("attributes".to_owned(), json!({ "type": record.object, "url": url }));
    shown
}

fn put(source: &dyn Source, shown: &mut Map<String, Value>, record: &Record, lookups: &[(String, String)], field: &str, base: &str) {
    let Some(((lookup, name), rest)) = lookups.split_first() else {
        shown.insert(field.to_owned(), record.get(field).clone());
        return;
    };
    let parent = record.text(lookup).and_then(|id| source.record(id));
    let Some(parent) = parent else {
        shown.insert(name.clone(), Value::Null);
        return;
    };
    let inner = shown.entry(name.clone()).or_insert_with(|| Value::Object(attributes(parent, base)));
    if let Value::Object(inner) = inner {
        put(source, inner, parent, rest, field, base);
    }
}

fn arrange(source: &dyn Source, bound: &Bound, rows: Vec<&Record>) -> Vec<String> {
    let mut rows: Vec<&Record> = rows.into_iter().filter(|row| matches(source, bound, row)).collect();
    if !bound.order.is_empty() {
        rows.sort_by(|left, right| compare_rows(source, bound, left, right));
    }
    rows.into_iter()
        .skip(bound.offset)
        .take(bound.limit.unwrap_or(usize::MAX))
        .map(|row| row.id.clone())
        .collect()
}

fn compare_rows(source: &dyn Source, bound: &Bound, left: &Record, right: &Record) -> Ordering {
    for (path, wish) in &bound.order {
        let (left, right) = (value(source, path, left), value(source, path, right));
        let found = match (&left, &right) {
            (Literal::Null, Literal::Null) => Ordering::Equal,
            (Literal::Null, _) if wish.nulls_last => Ordering::Greater,
            (Literal::Null, _) => Ordering::Less,
            (_, Literal::Null) if wish.nulls_last => Ordering::Less,
            (_, Literal::Null) => Ordering::Greater,
            _ if wish.descending => order(&right, &left),
            _ => order(&left, &right),
        };
        if found.is_ne() {
            return found;
        }
    }
    Ordering::Equal
}

fn value(source: &dyn Source, path: &Path, record: &Record) -> Literal {
    let mut record = record;
    for (lookup, _) in &path.lookups {
        match record.text(lookup).and_then(|id| source.record(id)) {
            Some(parent) => record = parent,
            None => return Literal::Null,
        }
    }
    literal(&path.kind, record.get(&path.field))
}

fn passes(source: &dyn Source, test: &Test, record: &Record) -> bool {
    match test {
        Test::All(parts) => parts.iter().all(|part| passes(source, part, record)),
        Test::Any(parts) => parts.iter().any(|part| passes(source, part, record)),
        Test::Not(inner) => !passes(source, inner, record),
        Test::Compare(path, op, wanted) => holds(&path.kind, &value(source, path, record), *op, wanted),
        Test::In { path, values, negated } => {
            let found = value(source, path, record);
            values.iter().any(|wanted| equal(&path.kind, &found, wanted)) != *negated
        }
    }
}
