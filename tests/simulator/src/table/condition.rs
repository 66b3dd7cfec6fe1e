//! Conditions: comparisons, `attribute_exists`, `attribute_not_exists`, `begins_with`, joined by `AND` and `OR`.

use std::cmp::Ordering;

use serde_json::Value;

use super::token::{Token, tokens};
use super::{Item, value};

/// What `#names` and `:values` of a request stand for.
pub(super) struct Names<'a> {
    names: &'a Value,
    values: &'a Value,
}

impl<'a> Names<'a> {
    pub(super) fn of(request: &'a Value) -> Self {
        Self {
            names: &request["ExpressionAttributeNames"],
            values: &request["ExpressionAttributeValues"],
        }
    }

    pub(super) fn name(&self, token: &Token) -> Result<&'a str, String> {
        let Token::Name(name) = token else {
            return Err(format!("{token:?} is no #name"));
        };
        let found = self.names.get(format!("#{name}")).and_then(Value::as_str);
        found.ok_or_else(|| format!("#{name} is not defined"))
    }

    pub(super) fn value(&self, token: &Token) -> Result<&'a Value, String> {
        let Token::Value(name) = token else {
            return Err(format!("{token:?} is no :value"));
        };
        self.values.get(format!(":{name}")).ok_or_else(|| format!(":{name} is not defined"))
    }
}

/// Whether a condition holds for an item, or for the absence of one.
pub(super) fn holds(text: &str, item: Option<&Item>, names: &Names<'_>) -> Result<bool, String> {
    let tokens = tokens(text)?;
    let mut reader = Reader {
        tokens: &tokens,
        position: 0,
        item,
        names,
    };
    let holds = reader.any()?;
    if reader.position < tokens.len() {
        return Err(format!("the condition goes on after its end: {text}"));
    }
    Ok(holds)
}

struct Reader<'a> {
    tokens: &'a [Token],
    position: usize,
    item: Option<&'a Item>,
    names: &'a Names<'a>,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<&'a Token, String> {
        let token = self.tokens.get(self.position).ok_or("the condition ends too early")?;
        self.position += 1;
        Ok(token)
    }

    fn take(&mut self, wanted: &Token) -> bool {
        let found = self.tokens.get(self.position) == Some(wanted);
        self.position += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &'static str) -> Result<(), String> {
        if self.take(&Token::Sign(sign)) {
            Ok(())
        } else {
            Err(format!("{sign} is missing"))
        }
    }

    fn any(&mut self) -> Result<bool, String> {
        let mut holds = self.all()?;
        while self.take(&Token::Word("OR".to_owned())) {
            holds |= self.all()?;
        }
        Ok(holds)
    }

    fn all(&mut self) -> Result<bool, String> {
        let mut holds = self.one()?;
        while self.take(&Token::Word("AND".to_owned())) {
            holds &= self.one()?;
        }
        Ok(holds)
    }

    fn one(&mut self) -> Result<bool, String> {
        if self.take(&Token::Sign("(")) {
            let holds = self.any()?;
            self.expect(")")?;
            return Ok(holds);
        }
        let token = self.next()?;
        if let Token::Word(function) = token {
            return self.function(function);
        }
        let left = self.attribute(token)?;
        let sign = self.next()?.clone();
        let right = self.next()?;
        let right = self.names.value(right)?;
        let order = left.and_then(|left| value::compare(left, right));
        Ok(match sign {
            Token::Sign("=") => order == Some(Ordering::Equal),
            Token::Sign("<>") => order != Some(Ordering::Equal),
            Token::Sign("<") => order == Some(Ordering::Less),
            Token::Sign("<=") => matches!(order, Some(Ordering::Less | Ordering::Equal)),
            Token::Sign(">") => order == Some(Ordering::Greater),
            Token::Sign(">=") => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
            other => return Err(format!("{other:?} compares nothing")),
        })
    }

    fn function(&mut self, function: &str) -> Result<bool, String> {
        self.expect("(")?;
        let token = self.next()?;
        let found = self.attribute(token)?;
        let holds = match function {
            "attribute_exists" => found.is_some(),
            "attribute_not_exists" => found.is_none(),
            "begins_with" => {
                self.expect(",")?;
                let token = self.next()?;
                let prefix = self.names.value(token)?["S"].as_str().unwrap_or_default();
                found
                    .and_then(|found| found["S"].as_str())
                    .is_some_and(|text| text.starts_with(prefix))
            }
            other => return Err(format!("the model has no {other}")),
        };
        self.expect(")")?;
        Ok(holds)
    }

    fn attribute(&self, token: &Token) -> Result<Option<&'a Value>, String> {
        let name = self.names.name(token)?;
        Ok(self.item.and_then(|item| item.get(name)))
    }
}
