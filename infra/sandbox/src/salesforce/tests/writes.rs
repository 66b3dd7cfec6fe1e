//! Records, upserts and collections.

use super::*;

/// A deal's id, what is written to it, what is answered.
const ONE_RECORD: &str = r#"
    DEAL | {"Tieout_Invoice_Number__c":"TI-1","Tieout_Amount_Due__c":12.5,"StageName":"Closed Won"} | 204
    SHORT | {"tieout_invoice_status__c":"DRAFT"} | 204
    DEAL | {"Nothing__c":1} | 400 INVALID_FIELD
    DEAL | {"Id":"DEAL"} | 400 INVALID_FIELD
    DEAL | {"IsWon":true} | 400 INVALID_FIELD_FOR_INSERT_UPDATE
    DEAL | {"StageName":"Nowhere"} | 400 INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST
    DEAL | {"CurrencyIsoCode":"ZZZ"} | 400 INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST
    DEAL | {"CurrencyIsoCode":"GBP"} | 400 FIELD_INTEGRITY_EXCEPTION
    DEAL | {"Name":null} | 400 REQUIRED_FIELD_MISSING
    DEAL | {"Name":"LONG"} | 400 STRING_TOO_LONG
    DEAL | {"CloseDate":"soon"} | 400 JSON_PARSER_ERROR
    DEAL | {"Tieout_Amount_Due__c":"much"} | 400 JSON_PARSER_ERROR
    DEAL | {"Tieout_Amount_Due__c":1e17} | 400 NUMBER_OUTSIDE_VALID_RANGE
    DEAL | {"AccountId":"x"} | 400 MALFORMED_ID
    DEAL | {"AccountId":"DEAL"} | 400 FIELD_INTEGRITY_EXCEPTION
    DEAL | {"AccountId":"001Ti0000000zzz"} | 400 INVALID_CROSS_REFERENCE_KEY
    DEAL | [] | 400 JSON_PARSER_ERROR
    ACCOUNT | {"Name":"x"} | 400 MALFORMED_ID
    006 | {"Name":"x"} | 400 MALFORMED_ID
    NOWHERE | {"Name":"x"} | 404 NOT_FOUND
    GONE | {"Name":"x"} | 404 ENTITY_IS_DELETED
"#;

#[tokio::test]
async fn one_record_is_written_or_refused() {
    let world = World::new().await;
    let (account, deal) = world.deal();
    let gone = world.deal().1.id;
    world.salesforce.delete(&gone).unwrap();
    let missing = format!("{}999", &deal.id[..12]);
    let path = |id: &str| format!("/sobjects/Opportunity/{id}");
    let name = |cell: &str| {
        let short = to_15(&deal.id).unwrap();
        let ids = [
            ("DEAL", &deal.id),
            ("SHORT", &short),
            ("GONE", &gone),
            ("NOWHERE", &missing),
            ("ACCOUNT", &account),
        ];
        let long = cell.replace("LONG", &"x".repeat(121));
        ids.iter().fold(long, |text, (name, id)| text.replace(name, id))
    };
    for [id, body, wanted] in rows(ONE_RECORD) {
        let (id, body) = (name(id), body_of(&name(body)).unwrap());
        let answer = world.patch(&path(&id), body.clone()).await;
        assert_eq!(answer.verdict(), wanted, "{id} <- {body}: {}", answer.text);
        assert_eq!(answer.text.is_empty(), wanted == "204");
    }
    let read = world
        .get(&format!(
            "{}?fields=IsWon,Tieout_Invoice_Number__c,Probability,Amount",
            path(&deal.id)
        ))
        .await
        .json();
    assert_eq!(read["IsWon"], json!(true));
    assert_eq!(read["Probability"].to_string(), "100");
    assert_eq!(read["Amount"].to_string(), "62006.00");
    let written = world.salesforce.written_back(&deal.id);
    assert_eq!(
        Value::Object(written).to_string(),
        r#"{"Tieout_Amount_Due__c":12.50,"Tieout_Invoice_Number__c":"TI-1","Tieout_Invoice_Status__c":"DRAFT"}"#
    );
    let error = world
        .patch(&path(&deal.id), json!({ "IsWon": true, "IsClosed": true }))
        .await
        .json();
    assert_eq!(error[0]["fields"], json!(["IsClosed", "IsWon"]));
}

/// Method, path behind `/services/data/`, body, answer.
const RESOURCES: &str = r#"
    GET | v60.0/sobjects/Opportunity/DEAL | ~ | 200
    GET | v60.0/sobjects/opportunity/NOWHERE | ~ | 404 NOT_FOUND
    GET | v60.0/sobjects/Opportunity/DEAL?fields=Id,Nothing | ~ | 400 INVALID_FIELD
    GET | v60.0/sobjects/Nothing/NOWHERE | ~ | 404 NOT_FOUND
    GET | v60.0/sobjects/Opportunity/describe | ~ | 200
    POST | v60.0/sobjects/Opportunity | {"Name":"New","StageName":"Prospecting","CloseDate":"2026-12-01","AccountId":"ACCOUNT"} | 201
    POST | v60.0/sobjects/Opportunity | {"Name":"x"} | 400 REQUIRED_FIELD_MISSING
    POST | v60.0/sobjects/OpportunityLineItem | {"OpportunityId":"DEAL","Quantity":1,"UnitPrice":1} | 400 REQUIRED_FIELD_MISSING
    PUT | v60.0/sobjects/Opportunity/DEAL | {} | 405 METHOD_NOT_ALLOWED
    POST | v60.0/query?q=x | ~ | 405 METHOD_NOT_ALLOWED
    PATCH | v60.0/sobjects/Opportunity/DEAL | ~ | 415 UNSUPPORTED_MEDIA_TYPE
    GET | v60.0/nothing | ~ | 404 NOT_FOUND
    GET | v30.0/limits | ~ | 404 NOT_FOUND
    GET | v99.0/limits | ~ | 404 NOT_FOUND
    GET | 60/limits | ~ | 404 NOT_FOUND
    DELETE | v60.0/sobjects/OpportunityLineItem/LINE | ~ | 204
    DELETE | v60.0/sobjects/OpportunityLineItem/LINE | ~ | 404 ENTITY_IS_DELETED
    GET | v60.0/sobjects/OpportunityLineItem/LINE | ~ | 404 ENTITY_IS_DELETED
"#;

#[tokio::test]
async fn resources_and_methods_are_known_or_refused() {
    let world = World::new().await;
    let (account, deal) = world.deal();
    let missing = format!("{}999", &deal.id[..12]);
    let name = |cell: &str| {
        let ids = [
            ("DEAL", &deal.id),
            ("LINE", &deal.line_ids[1]),
            ("NOWHERE", &missing),
            ("ACCOUNT", &account),
        ];
        ids.iter().fold(cell.to_owned(), |text, (name, id)| text.replace(name, id))
    };
    for [method, path, body, wanted] in rows(RESOURCES) {
        let (path, body) = (format!("/services/data/{}", name(path)), body_of(&name(body)));
        let answer = world.send(method, &path, body.as_ref()).await.unwrap();
        assert_eq!(answer.verdict(), wanted, "{method} {path}: {}", answer.text);
    }
    assert_eq!(
        world.salesforce.record(&deal.id).unwrap()["Amount"].to_string(),
        "12006.00",
        "the lines that are left"
    );
}

#[tokio::test]
async fn an_account_goes_with_its_deals_unless_one_is_won() {
    let world = World::new().await;
    let (account, deal) = world.deal();
    world.salesforce.close_won(&deal.id).unwrap();
    let account_path = format!("{BASE}/sobjects/Account/{account}");
    let refused = world.send("DELETE", &account_path, None).await.unwrap();
    assert_eq!(refused.verdict(), "400 DELETE_FAILED");
    world.salesforce.reopen(&deal.id).unwrap();
    assert_eq!(world.send("DELETE", &account_path, None).await.unwrap().verdict(), "204");
    assert!(world.salesforce.record(&deal.id).is_none() && world.salesforce.list("OpportunityLineItem").is_empty());
    assert_eq!(
        world
            .get(&format!("/queryAll?q={}", encoded("SELECT Id FROM Account WHERE IsDeleted = true")))
            .await
            .json()["totalSize"],
        json!(1)
    );
}

/// What is written to a line in turn, the answer, unit price and total afterwards.
const PRICES: &str = r#"
    {"Quantity":2} | 204 | 1000.50 | 2001.00
    {"Discount":12.5} | 204 | 1000.50 | 1750.88
    {"UnitPrice":"0.05","Discount":null} | 204 | 0.05 | 0.10
    {"TotalPrice":30} | 204 | 15.00 | 30.00
    {"TotalPrice":30,"UnitPrice":15} | 400 FIELD_INTEGRITY_EXCEPTION | 15.00 | 30.00
    {"ProductCode":"X"} | 400 INVALID_FIELD_FOR_INSERT_UPDATE | 15.00 | 30.00
    {"Start_Date__c":"2026-11-01"} | 204 | 15.00 | 30.00
"#;

#[tokio::test]
async fn a_line_has_one_price() {
    let world = World::new().await;
    let (_, deal) = world.deal();
    let id = &deal.line_ids[0];
    for [body, wanted, unit, total] in rows(PRICES) {
        let path = format!("/sobjects/OpportunityLineItem/{id}");
        let answer = world.patch(&path, body_of(body).unwrap()).await;
        assert_eq!(answer.verdict(), wanted, "{body}");
        let line = world.salesforce.record(id).unwrap();
        assert_eq!(
            (line["UnitPrice"].to_string().as_str(), line["TotalPrice"].to_string().as_str()),
            (unit, total),
            "{body}"
        );
    }
    assert_eq!(world.salesforce.record(&deal.id).unwrap()["Amount"].to_string(), "50030.00");
    // The amount of a deal with lines is theirs: a caller's is ignored without an error.
    assert_eq!(
        world
            .patch(&format!("/sobjects/Opportunity/{}", deal.id), json!({ "Amount": 1 }))
            .await
            .verdict(),
        "204"
    );
    assert_eq!(world.salesforce.record(&deal.id).unwrap()["Amount"].to_string(), "50030.00");
    let odd = NewLine {
        total_price: Some(Decimal::new(999, 2)),
        ..line("Odd", 3, 333)
    };
    let odd = world.salesforce.add_line(&deal.id, &odd).unwrap();
    world
        .salesforce
        .edit_line(&odd, fields(json!({ "TotalPrice": 10, "UnitPrice": "3.33" })))
        .unwrap();
    assert_eq!(world.salesforce.lines(&deal.id)[2]["TotalPrice"].to_string(), "10.00");
}

#[tokio::test]
async fn external_ids_find_or_make_a_record() {
    let world = World::new().await;
    let path = |value: &str| format!("/sobjects/Account/Key__c/{value}");
    let made = world.patch(&path("a%20b"), json!({ "Name": "One" })).await;
    assert_eq!((made.status, &made.json()["created"]), (201, &json!(true)));
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let changed = world.patch(&path("A%20B"), json!({ "Name": "Two" })).await;
    assert_eq!(
        (changed.status, changed.json()),
        (200, json!({ "id": id, "success": true, "errors": [], "created": false }))
    );
    assert_eq!(world.get(&path("a%20b")).await.json()["Name"], json!("Two"));
    for (value, body, wanted) in [
        ("x", json!({ "Key__c": "x", "Name": "y" }), "400 INVALID_FIELD"),
        ("x", json!({}), "400 REQUIRED_FIELD_MISSING"),
    ] {
        assert_eq!(world.patch(&path(value), body).await.verdict(), wanted);
    }
    assert_eq!(world.get(&path("nobody")).await.verdict(), "404 NOT_FOUND");
    assert_eq!(world.patch("/sobjects/Account/Name/x", json!({})).await.verdict(), "404 NOT_FOUND");
    world
        .salesforce
        .add_account(NewAccount {
            name: "Twin".to_owned(),
            fields: fields(json!({ "Key__c": "a b" })),
            ..NewAccount::default()
        })
        .unwrap();
    let many = world.patch(&path("a%20b"), json!({ "Name": "Three" })).await;
    assert_eq!((many.status, many.json().as_array().map(Vec::len)), (300, Some(2)));
}

#[tokio::test]
async fn collections_answer_for_each_record() {
    let world = World::new().await;
    let (_, deal) = world.deal();
    let (_, other) = world.deal();
    let record = |id: &str, number: &str| json!({ "attributes": { "type": "Opportunity" }, "Id": id, "Tieout_Invoice_Number__c": number });
    let wrong = json!({ "attributes": { "type": "Opportunity" }, "id": other.id, "Nothing__c": 1 });
    let path = "/composite/sobjects";
    let answer = world
        .patch(
            path,
            json!({ "records": [record(&deal.id, "TI-1"), wrong, record("006", "x"), { "Id": deal.id }, record(&deal.id, "TI-2")] }),
        )
        .await;
    assert_eq!(answer.status, 200);
    let codes: Vec<Value> = answer
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["errors"][0]["statusCode"].clone())
        .collect();
    assert_eq!(
        Value::Array(codes),
        json!([null, "INVALID_FIELD", "MALFORMED_ID", "INVALID_TYPE", "DUPLICATE_VALUE"])
    );
    assert_eq!(answer.json()[0], json!({ "id": deal.id, "success": true, "errors": [] }));
    assert_eq!(
        answer.json()[1],
        json!({ "success": false, "errors": [{
        "statusCode": "INVALID_FIELD", "message": "No such column 'Nothing__c' on sobject of type Opportunity", "fields": [] }] })
    );
    // As captured: `amp_batch_update_contacts_partial-but-allOrNone.json`.
    let all = world
        .patch(path, json!({ "allOrNone": true, "records": [record(&deal.id, "TI-9"), wrong] }))
        .await
        .json();
    assert_eq!(
        all[0],
        json!({ "success": false, "errors": [{
        "statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK", "fields": [],
        "message": "Record rolled back because not all records were valid and the request was using AllOrNone header" }] })
    );
    assert_eq!(world.salesforce.written_back(&deal.id)["Tieout_Invoice_Number__c"], json!("TI-1"));
}

#[tokio::test]
async fn collections_are_refused_as_a_whole_or_upserted() {
    let world = World::new().await;
    let (_, deal) = world.deal();
    let path = "/composite/sobjects";
    let record = |id: &str| json!({ "attributes": { "type": "Opportunity" }, "Id": id, "NextStep": "x" });
    let many: Vec<Value> = (0..201).map(|_| record(&deal.id)).collect();
    for (body, wanted) in [
        (json!({ "records": many }), "400 LIMIT_EXCEEDED"),
        (json!({}), "400 MISSING_ARGUMENT"),
        (json!({ "records": [1] }), "400 JSON_PARSER_ERROR"),
        (json!({ "records": [], "allOrNone": "yes" }), "400 JSON_PARSER_ERROR"),
        (
            json!({ "records": [{ "attributes": { "type": "Opportunity" } }] }),
            "200 MISSING_ARGUMENT",
        ),
        (
            json!({ "records": [record(&format!("{}999", &deal.id[..12]))] }),
            "200 INVALID_CROSS_REFERENCE_KEY",
        ),
    ] {
        assert_eq!(world.patch(path, body.clone()).await.verdict(), wanted);
    }
    let keyed = |key: &str| json!({ "attributes": { "type": "Account" }, "Key__c": key, "Name": key });
    let upserted = world
        .patch("/composite/sobjects/Account/Key__c", json!({ "records": [keyed("k"), keyed("k")] }))
        .await
        .json();
    assert_eq!((&upserted[0]["created"], &upserted[1]["created"]), (&json!(true), &json!(false)));
    let created = world
        .send(
            "POST",
            &format!("{BASE}{path}"),
            Some(&json!({ "records": [{ "attributes": { "type": "Account" }, "Name": "New" }] })),
        )
        .await
        .unwrap();
    assert_eq!(created.json()[0]["success"], json!(true));
}
