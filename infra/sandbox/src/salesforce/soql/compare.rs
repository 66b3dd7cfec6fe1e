//! How SOQL compares: text without regard to case, ids with it, null as the smallest.

use std::cmp::Ordering;

use serde_json::Value;

use super::ast::{Literal, Op};
use crate::salesforce::schema::FieldKind;
use crate::salesforce::values::{decimal, parse_instant};

/// A stored value in the form in which it is compared.
pub(super) fn literal(kind: &FieldKind, value: &Value) -> Literal {
    match (kind, value) {
        (_, Value::Bool(flag)) => Literal::Flag(*flag),
        (FieldKind::Number { .. }, value) => decimal(value).map_or(Literal::Null, Literal::Number),
        (FieldKind::Date, Value::String(text)) => text.parse().map_or(Literal::Null, Literal::Date),
        (FieldKind::DateTime, Value::String(text)) => parse_instant(text).map_or(Literal::Null, Literal::Instant),
        (_, Value::String(text)) => Literal::Text(text.clone()),
        _ => Literal::Null,
    }
}

/// Null is less than all; both sides have one type, which binding made sure of.
pub(super) fn order(left: &Literal, right: &Literal) -> Ordering {
    match (left, right) {
        (Literal::Null, Literal::Null) => Ordering::Equal,
        (Literal::Null, _) => Ordering::Less,
        (_, Literal::Null) => Ordering::Greater,
        (Literal::Text(left), Literal::Text(right)) => left.to_lowercase().cmp(&right.to_lowercase()),
        (Literal::Number(left), Literal::Number(right)) => left.cmp(right),
        (Literal::Date(left), Literal::Date(right)) => left.cmp(right),
        (Literal::Instant(left), Literal::Instant(right)) => left.cmp(right),
        (Literal::Flag(left), Literal::Flag(right)) => left.cmp(right),
        _ => Ordering::Less,
    }
}

pub(super) fn equal(kind: &FieldKind, left: &Literal, right: &Literal) -> bool {
    match (kind, left, right) {
        (FieldKind::Id | FieldKind::Reference(_), Literal::Text(left), Literal::Text(right)) => left == right,
        _ => order(left, right) == Ordering::Equal,
    }
}

/// `<` and its like are never true of a null.
pub(super) fn holds(kind: &FieldKind, left: &Literal, op: Op, right: &Literal) -> bool {
    let both = *left != Literal::Null && *right != Literal::Null;
    match op {
        Op::Equal => equal(kind, left, right),
        Op::NotEqual => !equal(kind, left, right),
        Op::Less => both && order(left, right).is_lt(),
        Op::LessOrEqual => both && order(left, right).is_le(),
        Op::Greater => both && order(left, right).is_gt(),
        Op::GreaterOrEqual => both && order(left, right).is_ge(),
    }
}
