//! Mutations of a JSON document that keep it JSON, so that the code behind the reader is reached.

use serde_json::Value;

use super::draw::Draw;

/// Values at the edges of what is accepted.
const EDGE_CASES: [&str; 34] = [
    "",
    "-1",
    "0",
    "0.00",
    "0.01",
    "1",
    "100.00",
    "1200.00",
    "9223372036854775807",
    "-9223372036854775808",
    "79228162514264337593543950335",
    "10000000000000.00",
    "9999999999999.99",
    "0.000000000000001",
    "1e9",
    "NaN",
    "2026-02-30",
    "2999-12-31",
    "1900-01-01",
    "0001-01-01",
    "2026-13",
    "2026-06",
    "2026-06-30",
    "2026-07-01",
    "GBP",
    "JPY",
    "residual",
    "prospective",
    "catch_up",
    "over_time",
    "user",
    "\u{0}",
    "0.333333333333333",
    "1.00",
];

/// Changes one node: a leaf gets another value, an object loses a key, a list has an element copied, moved or removed.
pub fn mutate(document: &mut Value, seed: u32) {
    let mixed = (0..12u32).map(|round| (seed.wrapping_add(round).wrapping_mul(0x9e37_79b1) >> 15) as u8);
    let mixed: Vec<u8> = mixed.collect();
    let mut draw = Draw(&mixed);
    let mut pointers = Vec::new();
    collect(document, String::new(), &mut pointers);
    let chosen = draw.below(pointers.len());
    let Some(node) = pointers.get(chosen).and_then(|pointer| document.pointer_mut(pointer)) else {
        return;
    };
    match node {
        Value::Array(list) => shuffle(list, &mut draw),
        Value::Object(fields) => {
            let name = fields.keys().nth(draw.below(fields.len())).cloned();
            name.and_then(|name| fields.remove(&name));
        }
        leaf => change(leaf, &mut draw),
    }
}

fn shuffle(list: &mut Vec<Value>, draw: &mut Draw<'_>) {
    let (one, other) = (draw.below(list.len()), draw.below(list.len()));
    match draw.byte() % 3 {
        0 if one < list.len() => drop(list.remove(one)),
        1 if one < list.len() => list.swap(one, other),
        _ => list.extend(list.get(one).cloned()),
    }
}

fn change(leaf: &mut Value, draw: &mut Draw<'_>) {
    *leaf = match (draw.byte() % 8, leaf.as_str()) {
        (0, _) => Value::Null,
        (1, _) => draw.wide().into(),
        (2, _) => (!leaf.as_bool().unwrap_or_default()).into(),
        (3..=5, Some(text)) => nudged(text, draw).into(),
        _ => draw.of(&EDGE_CASES, "").into(),
    };
}

/// The text with one digit changed: a date stays a date, an amount an amount.
fn nudged(text: &str, draw: &mut Draw<'_>) -> String {
    let at = draw.below(text.chars().count());
    let digit = draw.of(b"0123456789", b'0') as char;
    let change = |(index, old): (usize, char)| if index == at && old.is_ascii_digit() { digit } else { old };
    text.chars().enumerate().map(change).collect()
}

/// JSON pointers to all nodes.
fn collect(value: &Value, pointer: String, found: &mut Vec<String>) {
    match value {
        Value::Array(list) => list
            .iter()
            .enumerate()
            .for_each(|(at, element)| collect(element, format!("{pointer}/{at}"), found)),
        Value::Object(fields) => fields.iter().for_each(|(name, field)| {
            let name = name.replace('~', "~0").replace('/', "~1");
            collect(field, format!("{pointer}/{name}"), found);
        }),
        _ => {}
    }
    found.push(pointer);
}
