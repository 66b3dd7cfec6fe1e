//! Changes of an item: `SET`, `REMOVE`, `ADD`.

use rust_decimal::Decimal;
use serde_json::json;

use super::condition::Names;
use super::token::{Token, tokens};
use super::{Item, value};

/// The item after the changes. All values are those from before, as in the real one.
pub(super) fn changed(before: Item, text: &str, names: &Names<'_>) -> Result<Item, String> {
    let tokens = tokens(text)?;
    let mut after = before.clone();
    let mut clause = "";
    let mut rest = tokens.as_slice();
    while let Some((first, more)) = rest.split_first() {
        if let Token::Word(word) = first {
            clause = ["SET", "REMOVE", "ADD"]
                .into_iter()
                .find(|known| known == word)
                .ok_or_else(|| format!("the model has no {word}"))?;
            rest = more;
            continue;
        }
        if *first == Token::Sign(",") {
            rest = more;
            continue;
        }
        let name = names.name(first)?;
        rest = match clause {
            "SET" => set(&before, &mut after, name, more, names)?,
            "REMOVE" => {
                after.remove(name);
                more
            }
            "ADD" => add(&before, &mut after, name, more, names)?,
            _ => return Err(format!("an update begins with what it does: {text}")),
        };
    }
    Ok(after)
}

fn set<'t>(before: &Item, after: &mut Item, name: &str, rest: &'t [Token], names: &Names<'_>) -> Result<&'t [Token], String> {
    match rest {
        [Token::Sign("="), given @ Token::Value(_), more @ ..] => {
            after.insert(name.to_owned(), value::kept(names.value(given)?));
            Ok(more)
        }
        [
            Token::Sign("="),
            Token::Word(function),
            Token::Sign("("),
            old,
            Token::Sign(","),
            given,
            Token::Sign(")"),
            more @ ..,
        ] if function == "if_not_exists" => {
            let value = match before.get(names.name(old)?) {
                Some(value) => value,
                None => names.value(given)?,
            };
            after.insert(name.to_owned(), value::kept(value));
            Ok(more)
        }
        _ => Err(format!("the model does not understand how {name} is set")),
    }
}

fn add<'t>(before: &Item, after: &mut Item, name: &str, rest: &'t [Token], names: &Names<'_>) -> Result<&'t [Token], String> {
    let [given, more @ ..] = rest else {
        return Err("ADD adds nothing".to_owned());
    };
    let given = value::number(names.value(given)?).ok_or("ADD takes a number")?;
    let old = before
        .get(name)
        .map_or(Some(Decimal::ZERO), value::number)
        .ok_or("ADD needs a number to add to")?;
    let sum: Decimal = old + given;
    after.insert(name.to_owned(), json!({ "N": sum.normalize().to_string() }));
    Ok(more)
}
