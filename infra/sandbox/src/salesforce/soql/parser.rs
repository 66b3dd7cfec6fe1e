//! From words to a query.

use chrono::{DateTime, NaiveDate, Utc};

use super::ast::{Expr, Item, Literal, Op, Order, Select};
use super::lexer::{Placed, Word, malformed, words};
use crate::salesforce::error::ApiError;

/// The longest query that Salesforce takes, in characters.
const QUERY_LIMIT_CHARS: usize = 100_000;
/// Brackets inside brackets: a bound for the sandbox's stack.
const NESTING_LIMIT: usize = 50;
/// The largest `OFFSET` that Salesforce takes.
const OFFSET_LIMIT_ROWS: usize = 2_000;

/// Reads a query; any mistake is `MALFORMED_QUERY`.
pub(in crate::salesforce) fn parse(query: &str) -> Result<Select, ApiError> {
    if query.len() > QUERY_LIMIT_CHARS {
        return Err(ApiError::call(
            400,
            "QUERY_TOO_COMPLICATED",
            "SOQL statements cannot be longer than 100000 characters.",
        ));
    }
    let mut parser = Parser {
        query,
        words: words(query)?,
        next: 0,
        depth: 0,
    };
    let select = parser.select(false)?;
    match parser.peek() {
        Word::End => Ok(select),
        _ => Err(parser.unexpected()),
    }
}

struct Parser<'a> {
    query: &'a str,
    words: Vec<Placed>,
    next: usize,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> &Word {
        self.words.get(self.next).map_or(&Word::End, |placed| &placed.word)
    }

    fn at(&self) -> usize {
        self.words.get(self.next).map_or(self.query.len(), |placed| placed.at)
    }

    fn take(&mut self) -> Word {
        let word = self.peek().clone();
        self.next += 1;
        word
    }

    fn unexpected(&self) -> ApiError {
        let shown = match self.peek() {
            Word::Name(text) | Word::Text(text) | Word::Figure(text) => text.clone(),
            Word::Sign(sign) => (*sign).to_owned(),
            Word::End => "<EOF>".to_owned(),
        };
        malformed(self.query, self.at(), &format!("unexpected token: '{shown}'"))
    }

    fn is_keyword(&self, keyword: &str) -> bool {
        matches!(self.peek(), Word::Name(name) if name.eq_ignore_ascii_case(keyword))
    }

    fn keyword(&mut self, keyword: &str) -> bool {
        let found = self.is_keyword(keyword);
        self.next += usize::from(found);
        found
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Word::Sign(found) if *found == sign);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, found: bool) -> Result<(), ApiError> {
        found.then_some(()).ok_or_else(|| self.unexpected())
    }

    fn name(&mut self) -> Result<String, ApiError> {
        match self.peek().clone() {
            Word::Name(name) => {
                self.next += 1;
                Ok(name)
            }
            _ => Err(self.unexpected()),
        }
    }

    fn path(&mut self) -> Result<Vec<String>, ApiError> {
        let mut path = vec![self.name()?];
        while self.sign(".") {
            path.push(self.name()?);
        }
        Ok(path)
    }

    fn select(&mut self, nested: bool) -> Result<Select, ApiError> {
        let begins = self.at();
        let found = self.keyword("SELECT");
        self.expect(found)?;
        let mut items = vec![self.item(nested)?];
        while self.sign(",") {
            items.push(self.item(nested)?);
        }
        let found = self.keyword("FROM");
        self.expect(found)?;
        let object = self.name()?;
        let filter = match self.keyword("WHERE") {
            true => Some(self.filter()?),
            false => None,
        };
        let order = self.order()?;
        let limit = match self.keyword("LIMIT") {
            true => Some(self.count()?),
            false => None,
        };
        let offset = match self.keyword("OFFSET") {
            true => self.count()?,
            false => 0,
        };
        if offset > OFFSET_LIMIT_ROWS {
            return Err(ApiError::call(
                400,
                "NUMBER_OUTSIDE_VALID_RANGE",
                "Maximum SOQL offset allowed is 2000",
            ));
        }
        let text = self.query.get(begins..self.at()).unwrap_or_default().trim().to_owned();
        Ok(Select {
            items,
            object,
            filter,
            order,
            limit,
            offset,
            text,
        })
    }

    fn item(&mut self, nested: bool) -> Result<Item, ApiError> {
        if !nested && self.sign("(") {
            let children = self.select(true)?;
            let closed = self.sign(")");
            self.expect(closed)?;
            return Ok(Item::Children(children));
        }
        let path = self.path()?;
        if matches!(path.as_slice(), [only] if only.eq_ignore_ascii_case("COUNT")) && self.sign("(") {
            let closed = self.sign(")");
            self.expect(closed)?;
            return Ok(Item::Count);
        }
        Ok(Item::Path(path))
    }

    fn order(&mut self) -> Result<Vec<Order>, ApiError> {
        let mut order = Vec::new();
        if !self.keyword("ORDER") {
            return Ok(order);
        }
        let found = self.keyword("BY");
        self.expect(found)?;
        loop {
            let path = self.path()?;
            let descending = !self.keyword("ASC") && self.keyword("DESC");
            let mut nulls_last = false;
            if self.keyword("NULLS") {
                nulls_last = self.keyword("LAST");
                let first = nulls_last || self.keyword("FIRST");
                self.expect(first)?;
            }
            order.push(Order {
                path,
                descending,
                nulls_last,
            });
            if !self.sign(",") {
                return Ok(order);
            }
        }
    }

    fn count(&mut self) -> Result<usize, ApiError> {
        match self.peek() {
            Word::Figure(figure) => match figure.parse() {
                Ok(count) => {
                    self.next += 1;
                    Ok(count)
                }
                Err(_) => Err(self.unexpected()),
            },
            _ => Err(self.unexpected()),
        }
    }

    /// Conditions joined by `AND` or by `OR`: both in one row need brackets, as in the real one.
    fn filter(&mut self) -> Result<Expr, ApiError> {
        self.depth += 1;
        if self.depth > NESTING_LIMIT {
            return Err(malformed(self.query, self.at(), "the filter is nested too deeply"));
        }
        let mut parts = vec![self.condition()?];
        let joined_by_or = self.is_keyword("OR");
        let joiner = if joined_by_or { "OR" } else { "AND" };
        while self.keyword(joiner) {
            parts.push(self.condition()?);
        }
        if self.is_keyword("AND") || self.is_keyword("OR") {
            return Err(self.unexpected());
        }
        self.depth -= 1;
        Ok(match joined_by_or {
            true => Expr::Any(parts),
            false => Expr::All(parts),
        })
    }

    fn condition(&mut self) -> Result<Expr, ApiError> {
        if self.sign("(") {
            let inner = self.filter()?;
            let closed = self.sign(")");
            self.expect(closed)?;
            return Ok(inner);
        }
        if self.is_keyword("NOT") {
            self.next += 1;
            self.depth += 1;
            if self.depth > NESTING_LIMIT {
                return Err(malformed(self.query, self.at(), "the filter is nested too deeply"));
            }
            let inner = self.condition()?;
            self.depth -= 1;
            return Ok(Expr::Not(Box::new(inner)));
        }
        let path = self.path()?;
        let negated = self.keyword("NOT");
        if negated || self.is_keyword("IN") {
            let found = self.keyword("IN");
            self.expect(found)?;
            return Ok(Expr::In {
                path,
                values: self.list()?,
                negated,
            });
        }
        let op = match self.peek() {
            Word::Sign("=") => Op::Equal,
            Word::Sign("!=" | "<>") => Op::NotEqual,
            Word::Sign("<") => Op::Less,
            Word::Sign("<=") => Op::LessOrEqual,
            Word::Sign(">") => Op::Greater,
            Word::Sign(">=") => Op::GreaterOrEqual,
            _ => return Err(self.unexpected()),
        };
        self.next += 1;
        Ok(Expr::Compare(path, op, self.literal()?))
    }

    fn list(&mut self) -> Result<Vec<Literal>, ApiError> {
        let opened = self.sign("(");
        self.expect(opened)?;
        let mut values = vec![self.literal()?];
        while self.sign(",") {
            values.push(self.literal()?);
        }
        let closed = self.sign(")");
        self.expect(closed)?;
        Ok(values)
    }

    fn literal(&mut self) -> Result<Literal, ApiError> {
        let literal = match self.peek() {
            Word::Text(text) => Some(Literal::Text(text.clone())),
            Word::Figure(figure) => figure_literal(figure),
            Word::Name(name) if name.eq_ignore_ascii_case("TRUE") => Some(Literal::Flag(true)),
            Word::Name(name) if name.eq_ignore_ascii_case("FALSE") => Some(Literal::Flag(false)),
            Word::Name(name) if name.eq_ignore_ascii_case("NULL") => Some(Literal::Null),
            _ => None,
        };
        let literal = literal.ok_or_else(|| self.unexpected())?;
        self.take();
        Ok(literal)
    }
}

fn figure_literal(figure: &str) -> Option<Literal> {
    if figure.contains('T') {
        let instant = DateTime::parse_from_rfc3339(figure).ok()?;
        return Some(Literal::Instant(instant.with_timezone(&Utc)));
    }
    if let Ok(date) = NaiveDate::parse_from_str(figure, "%Y-%m-%d")
        && figure.len() == "2026-11-01".len()
    {
        return Some(Literal::Date(date));
    }
    figure.parse().ok().map(Literal::Number)
}
