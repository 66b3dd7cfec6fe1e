//! A query as written.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

/// `SELECT … FROM … WHERE … ORDER BY … LIMIT … OFFSET …`.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::salesforce) struct Select {
    pub(super) items: Vec<Item>,
    pub(super) object: String,
    pub(super) filter: Option<Expr>,
    pub(super) order: Vec<Order>,
    pub(super) limit: Option<usize>,
    pub(super) offset: usize,
    /// The query's own words, by which a later page is asked again.
    pub(super) text: String,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Item {
    Path(Vec<String>),
    Children(Select),
    Count,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expr {
    All(Vec<Expr>),
    Any(Vec<Expr>),
    Not(Box<Expr>),
    Compare(Vec<String>, Op, Literal),
    In {
        path: Vec<String>,
        values: Vec<Literal>,
        negated: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Literal {
    Text(String),
    Number(Decimal),
    Date(NaiveDate),
    Instant(DateTime<Utc>),
    Flag(bool),
    Null,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Order {
    pub(super) path: Vec<String>,
    pub(super) descending: bool,
    pub(super) nulls_last: bool,
}

impl Select {
    /// Reads the object itself where the query named a relationship, as a nested one does.
    pub(in crate::salesforce) fn read_from(&mut self, object: &str) {
        object.clone_into(&mut self.object);
    }
}
