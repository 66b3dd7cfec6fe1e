//! The table in memory does what the embedded DynamoDB of the local stack does: the same operations on both, the same answers.

use dynoxide::Database;
use serde_json::{Value, json};
use tieout_simulator::dice::Dice;
use tieout_simulator::table::Table;

/// Sequences of operations, each on a new table.
const SEQUENCES: u64 = 40;
/// Operations of a sequence.
const OPERATIONS: u64 = 120;
const TABLE: &str = "tieout";

/// What a service answers, as far as it matters: the error's name, and its items.
#[derive(Debug, PartialEq)]
enum Answer {
    Done(Value),
    Refused(String, Value),
}

fn in_memory(table: &mut Table, operation: &str, request: &Value) -> Answer {
    match table.act(operation, request) {
        Ok(body) => Answer::Done(body),
        Err(refusal) => refused(&refusal.body),
    }
}

fn embedded(database: &Database, operation: &str, request: &Value) -> Answer {
    macro_rules! call {
        ($method:ident) => {
            match database.$method(serde_json::from_str(&request.to_string()).unwrap()) {
                Ok(answer) => Answer::Done(serde_json::to_value(&answer).unwrap()),
                Err(error) => refused(&serde_json::from_str(&error.to_json()).unwrap()),
            }
        };
    }
    match operation {
        "CreateTable" => call!(create_table),
        "GetItem" => call!(get_item),
        "PutItem" => call!(put_item),
        "UpdateItem" => call!(update_item),
        "DeleteItem" => call!(delete_item),
        "Query" => call!(query),
        "TransactWriteItems" => call!(transact_write_items),
        other => panic!("{other}"),
    }
}

fn refused(body: &Value) -> Answer {
    let kind = body["__type"].as_str().unwrap_or_default();
    let kind = kind.rsplit('#').next().unwrap_or_default().to_owned();
    let reasons = body["CancellationReasons"].as_array().cloned().unwrap_or_default();
    let reasons: Vec<Value> = reasons.iter().map(|reason| json!([reason["Code"], reason.get("Item")])).collect();
    Answer::Refused(kind, json!({ "item": body.get("Item"), "reasons": reasons }))
}

/// Of an answer only what the store reads.
fn read(answer: Answer) -> Answer {
    match answer {
        Answer::Done(body) => Answer::Done(json!({
            "item": body.get("Item").filter(|item| !item.is_null()),
            "items": body.get("Items"),
            "last": body.get("LastEvaluatedKey").filter(|key| !key.is_null()),
        })),
        refused => refused,
    }
}

fn created() -> (Table, Database) {
    let database = Database::memory().unwrap();
    let key = |name: &str, kind: &str| json!({ "AttributeName": name, "KeyType": kind });
    let attributes = ["pk", "sk", "g1pk", "g1sk"].map(|name| json!({ "AttributeName": name, "AttributeType": "S" }));
    let request = json!({
        "TableName": TABLE, "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": attributes,
        "KeySchema": [key("pk", "HASH"), key("sk", "RANGE")],
        "GlobalSecondaryIndexes": [{ "IndexName": "gsi1", "KeySchema": [key("g1pk", "HASH"), key("g1sk", "RANGE")],
            "Projection": { "ProjectionType": "ALL" } }],
    });
    let answer = embedded(&database, "CreateTable", &request);
    assert!(matches!(answer, Answer::Done(_)), "{answer:?}");
    (Table::default(), database)
}

#[test]
fn both_answer_alike() {
    for seed in 0..SEQUENCES {
        let mut dice = Dice::new(seed, "table");
        let (mut table, database) = created();
        for number in 0..OPERATIONS {
            let (operation, request) = drawn(&mut dice);
            let ours = read(in_memory(&mut table, operation, &request));
            let theirs = read(embedded(&database, operation, &request));
            assert_eq!(ours, theirs, "sequence {seed}, operation {number}: {operation} {request:#}");
        }
    }
}

fn drawn(dice: &mut Dice) -> (&'static str, Value) {
    match dice.between(0, 9) {
        0..=2 => ("PutItem", conditional(dice, |dice| json!({ "Item": item(dice) }))),
        3..=4 => ("UpdateItem", update(dice)),
        5 => ("DeleteItem", conditional(dice, |dice| json!({ "Key": key(dice) }))),
        6 => ("GetItem", json!({ "TableName": TABLE, "Key": key(dice), "ConsistentRead": true })),
        7 => ("TransactWriteItems", transaction(dice)),
        _ => ("Query", query(dice)),
    }
}

fn key(dice: &mut Dice) -> Value {
    json!({ "pk": { "S": format!("P{}", dice.between(0, 3)) }, "sk": { "S": format!("EVENT#{}", dice.between(0, 12)) } })
}

fn item(dice: &mut Dice) -> Value {
    let mut item = key(dice);
    item["revision"] = json!({ "N": dice.between(0, 3).to_string() });
    item["at"] = json!({ "S": format!("2026-01-0{}", dice.between(1, 9)) });
    if dice.chance(500) {
        item["g1pk"] = json!({ "S": format!("G{}", dice.between(0, 1)) });
        item["g1sk"] = json!({ "S": format!("K{}", dice.between(0, 5)) });
    }
    if dice.chance(300) {
        item["body"] = json!({ "M": { "amount": { "N": "12.50" }, "lines": { "L": [{ "S": "a" }, { "BOOL": true }, { "NULL": true }] } } });
    }
    item
}

/// The conditions that the store writes, and their relatives.
const CONDITIONS: [&str; 7] = [
    "attribute_not_exists(#pk)",
    "attribute_exists(#pk)",
    "#revision = :revision",
    "attribute_not_exists(#at) OR #at <= :at",
    "attribute_exists(#pk) AND (attribute_not_exists(#at) OR #at < :at)",
    "#revision = :revision AND #at = :at",
    "attribute_not_exists(#lock) OR #lock <= :at OR #at = :at",
];

/// Adds the names and values that the texts of `request` mention.
fn named(mut request: Value, dice: &mut Dice) -> Value {
    let fields = ["ConditionExpression", "UpdateExpression", "KeyConditionExpression"];
    let text: String = fields
        .iter()
        .filter_map(|field| request[*field].as_str())
        .collect::<Vec<_>>()
        .join(" ");
    let words = |sign: char| {
        let parts = text.split(sign).skip(1).map(str::to_owned).collect::<Vec<String>>();
        parts.into_iter().map(|part| {
            part.chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect::<String>()
        })
    };
    for name in words('#') {
        request["ExpressionAttributeNames"][format!("#{name}")] = json!(name);
    }
    for name in words(':') {
        let value = match name.as_str() {
            "revision" | "one" => json!({ "N": dice.between(0, 3).to_string() }),
            "at" => json!({ "S": format!("2026-01-0{}", dice.between(1, 9)) }),
            "pk" => json!({ "S": format!("P{}", dice.between(0, 3)) }),
            "g1pk" => json!({ "S": format!("G{}", dice.between(0, 1)) }),
            _ => json!({ "S": "EVENT#1" }),
        };
        request["ExpressionAttributeValues"][format!(":{name}")] = value;
    }
    request
}

fn conditional(dice: &mut Dice, inner: impl FnOnce(&mut Dice) -> Value) -> Value {
    let mut request = inner(dice);
    request["TableName"] = json!(TABLE);
    if dice.chance(800) {
        request["ConditionExpression"] = json!(dice.pick(&CONDITIONS));
        request["ReturnValuesOnConditionCheckFailure"] = json!("ALL_OLD");
    }
    named(request, dice)
}

fn update(dice: &mut Dice) -> Value {
    let changes = [
        "SET #writer = :writer, #at = :at",
        "SET #since = if_not_exists(#since, :at), #at = :at ADD #times :one",
        "SET #writer = :writer REMOVE #at, #lock",
        "SET #g1pk = :g1pk, #g1sk = if_not_exists(#g1sk, :at)",
        "SET #lock = :at REMOVE #g1pk, #g1sk",
    ];
    let text = *dice.pick(&changes).unwrap();
    conditional(dice, |dice| json!({ "Key": key(dice), "UpdateExpression": text }))
}

fn transaction(dice: &mut Dice) -> Value {
    let mut keys = Vec::new();
    let mut writes = Vec::new();
    for _ in 0..dice.between(1, 4) {
        let put = dice.chance(700);
        let mut inner = conditional(dice, |dice| {
            if put {
                json!({ "Item": item(dice) })
            } else {
                json!({ "Key": key(dice) })
            }
        });
        let item_key = if put { &inner["Item"] } else { &inner["Key"] };
        let item_key = (item_key["pk"].clone(), item_key["sk"].clone());
        // The real one refuses two writes of one item in a transaction.
        if keys.contains(&item_key) {
            continue;
        }
        keys.push(item_key);
        inner["TableName"] = json!(TABLE);
        writes.push(if put { json!({ "Put": inner }) } else { json!({ "Delete": inner }) });
    }
    json!({ "TransactItems": writes })
}

fn query(dice: &mut Dice) -> Value {
    let mut request = json!({ "TableName": TABLE });
    if dice.chance(300) {
        request["IndexName"] = json!("gsi1");
        request["KeyConditionExpression"] = json!("#g1pk = :g1pk");
    } else {
        request["ConsistentRead"] = json!(true);
        request["KeyConditionExpression"] = json!(*dice.pick(&["#pk = :pk", "#pk = :pk AND begins_with(#sk, :sk)"]).unwrap());
    }
    if dice.chance(400) {
        request["Limit"] = json!(dice.between(1, 6));
    }
    named(request, dice)
}
