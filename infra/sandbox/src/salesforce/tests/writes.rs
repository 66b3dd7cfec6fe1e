//! Records, upserts and collections.

use super::*;

#[tokio::test]
async fn one_record_is_written_or_refused() {
    let world = World::new().await;
    let (account, deal) = world.deal();
    let won = world.deal().1.id;
    world.salesforce.delete(&won).unwrap();
    let missing = format!("{}999", &deal.id[..12]);
    let path = |id: &str| format!("/sobjects/Opportunity/{id}");
    for (id, body, wanted) in [
        (
            deal.id.as_str(),
            json!({ "Tieout_Invoice_Number__c": "TI-1", "Tieout_Amount_Due__c": 12.5, "StageName": "Closed Won" }),
            "204",
        ),
        (
            to_15(&deal.id).unwrap().as_str(),
            json!({ "tieout_invoice_status__c": "DRAFT" }),
            "204",
        ),
        (&deal.id, json!({ "Nothing__c": 1 }), "400 INVALID_FIELD"),
        (&deal.id, json!({ "Id": deal.id }), "400 INVALID_FIELD"),
        (
            &deal.id,
            json!({ "IsWon": true }),
            "400 INVALID_FIELD_FOR_INSERT_UPDATE",
        ),
        (
            &deal.id,
            json!({ "StageName": "Nowhere" }),
            "400 INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        ),
        (
            &deal.id,
            json!({ "CurrencyIsoCode": "XXX" }),
            "400 INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        ),
        (
            &deal.id,
            json!({ "CurrencyIsoCode": "GBP" }),
            "400 FIELD_INTEGRITY_EXCEPTION",
        ),
        (
            &deal.id,
            json!({ "Name": null }),
            "400 REQUIRED_FIELD_MISSING",
        ),
        (
            &deal.id,
            json!({ "Name": "x".repeat(121) }),
            "400 STRING_TOO_LONG",
        ),
        (
            &deal.id,
            json!({ "CloseDate": "soon" }),
            "400 JSON_PARSER_ERROR",
        ),
        (
            &deal.id,
            json!({ "Tieout_Amount_Due__c": "much" }),
            "400 JSON_PARSER_ERROR",
        ),
        (
            &deal.id,
            json!({ "Tieout_Amount_Due__c": 1e17 }),
            "400 NUMBER_OUTSIDE_VALID_RANGE",
        ),
        (&deal.id, json!({ "AccountId": "x" }), "400 MALFORMED_ID"),
        (
            &deal.id,
            json!({ "AccountId": deal.id }),
            "400 FIELD_INTEGRITY_EXCEPTION",
        ),
        (
            &deal.id,
            json!({ "AccountId": format!("{}999", &account[..12]) }),
            "400 INVALID_CROSS_REFERENCE_KEY",
        ),
        (&deal.id, json!([]), "400 JSON_PARSER_ERROR"),
        (&account, json!({ "Name": "x" }), "400 MALFORMED_ID"),
        ("006", json!({ "Name": "x" }), "400 MALFORMED_ID"),
        (&missing, json!({ "Name": "x" }), "404 NOT_FOUND"),
        (&won, json!({ "Name": "x" }), "404 ENTITY_IS_DELETED"),
    ] {
        let answer = world.patch(&path(id), body.clone()).await;
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

#[tokio::test]
async fn resources_and_methods_are_known_or_refused() {
    let world = World::new().await;
    let (account, deal) = world.deal();
    let missing = format!("{}999", &deal.id[..12]);
    let new = json!({ "Name": "New", "StageName": "Prospecting", "CloseDate": "2026-12-01", "AccountId": account });
    for (method, path, body, wanted) in [
        (
            "GET",
            format!("{BASE}/sobjects/Opportunity/{}", deal.id),
            None,
            "200",
        ),
        (
            "GET",
            format!("{BASE}/sobjects/opportunity/{missing}"),
            None,
            "404 NOT_FOUND",
        ),
        (
            "GET",
            format!("{BASE}/sobjects/Opportunity/{}?fields=Id,Nothing", deal.id),
            None,
            "400 INVALID_FIELD",
        ),
        (
            "GET",
            format!("{BASE}/sobjects/Nothing/{missing}"),
            None,
            "404 NOT_FOUND",
        ),
        (
            "GET",
            format!("{BASE}/sobjects/Opportunity/describe"),
            None,
            "200",
        ),
        (
            "POST",
            format!("{BASE}/sobjects/Opportunity"),
            Some(new.clone()),
            "201",
        ),
        (
            "POST",
            format!("{BASE}/sobjects/Opportunity"),
            Some(json!({ "Name": "x" })),
            "400 REQUIRED_FIELD_MISSING",
        ),
        (
            "PUT",
            format!("{BASE}/sobjects/Opportunity/{}", deal.id),
            Some(new.clone()),
            "405 METHOD_NOT_ALLOWED",
        ),
        (
            "POST",
            format!("{BASE}/query?q=x"),
            None,
            "405 METHOD_NOT_ALLOWED",
        ),
        (
            "PATCH",
            format!("{BASE}/sobjects/Opportunity/{}", deal.id),
            None,
            "415 UNSUPPORTED_MEDIA_TYPE",
        ),
        ("GET", format!("{BASE}/nothing"), None, "404 NOT_FOUND"),
        (
            "GET",
            "/services/data/v30.0/limits".to_owned(),
            None,
            "404 NOT_FOUND",
        ),
        (
            "GET",
            "/services/data/v99.0/limits".to_owned(),
            None,
            "404 NOT_FOUND",
        ),
        (
            "GET",
            "/services/data/60/limits".to_owned(),
            None,
            "404 NOT_FOUND",
        ),
        (
            "DELETE",
            format!("{BASE}/sobjects/OpportunityLineItem/{}", deal.line_ids[1]),
            None,
            "204",
        ),
        (
            "DELETE",
            format!("{BASE}/sobjects/OpportunityLineItem/{}", deal.line_ids[1]),
            None,
            "404 ENTITY_IS_DELETED",
        ),
        (
            "GET",
            format!("{BASE}/sobjects/OpportunityLineItem/{}", deal.line_ids[1]),
            None,
            "404 ENTITY_IS_DELETED",
        ),
    ] {
        let answer = world.send(method, &path, body.as_ref()).await.unwrap();
        assert_eq!(answer.verdict(), wanted, "{method} {path}: {}", answer.text);
    }
    assert_eq!(
        world.salesforce.record(&deal.id).unwrap()["Amount"].to_string(),
        "12006.00",
        "the lines that are left"
    );
    world.salesforce.close_won(&deal.id).unwrap();
    let account_path = format!("{BASE}/sobjects/Account/{account}");
    let refused = world.send("DELETE", &account_path, None).await.unwrap();
    assert_eq!(refused.verdict(), "400 DELETE_FAILED");
    world.salesforce.reopen(&deal.id).unwrap();
    assert_eq!(
        world
            .send("DELETE", &account_path, None)
            .await
            .unwrap()
            .verdict(),
        "204"
    );
    assert!(
        world.salesforce.record(&deal.id).is_none()
            && world.salesforce.list("OpportunityLineItem").is_empty()
    );
    assert_eq!(
        world
            .get(&format!(
                "/queryAll?q={}",
                encoded("SELECT Id FROM Account WHERE IsDeleted = true")
            ))
            .await
            .json()["totalSize"],
        json!(1)
    );
}

#[tokio::test]
async fn a_line_has_one_price() {
    let world = World::new().await;
    let (_, deal) = world.deal();
    let id = &deal.line_ids[0];
    for (body, wanted, unit, total) in [
        (json!({ "Quantity": 2 }), "204", "1000.50", "2001.00"),
        (json!({ "Discount": 12.5 }), "204", "1000.50", "1750.88"),
        (
            json!({ "UnitPrice": "0.05", "Discount": null }),
            "204",
            "0.05",
            "0.10",
        ),
        (json!({ "TotalPrice": 30 }), "204", "15.00", "30.00"),
        (
            json!({ "TotalPrice": 30, "UnitPrice": 15 }),
            "400 FIELD_INTEGRITY_EXCEPTION",
            "15.00",
            "30.00",
        ),
        (
            json!({ "ProductCode": "X" }),
            "400 INVALID_FIELD_FOR_INSERT_UPDATE",
            "15.00",
            "30.00",
        ),
        (
            json!({ "Start_Date__c": "2026-11-01" }),
            "204",
            "15.00",
            "30.00",
        ),
    ] {
        let answer = world
            .patch(&format!("/sobjects/OpportunityLineItem/{id}"), body.clone())
            .await;
        assert_eq!(answer.verdict(), wanted, "{body}");
        let line = world.salesforce.record(id).unwrap();
        assert_eq!(
            (
                line["UnitPrice"].to_string().as_str(),
                line["TotalPrice"].to_string().as_str()
            ),
            (unit, total),
            "{body}"
        );
    }
    assert_eq!(
        world.salesforce.record(&deal.id).unwrap()["Amount"].to_string(),
        "50030.00"
    );
    // The amount of a deal with lines is theirs: a caller's is ignored without an error.
    assert_eq!(
        world
            .patch(
                &format!("/sobjects/Opportunity/{}", deal.id),
                json!({ "Amount": 1 })
            )
            .await
            .verdict(),
        "204"
    );
    assert_eq!(
        world.salesforce.record(&deal.id).unwrap()["Amount"].to_string(),
        "50030.00"
    );
    let odd = NewLine {
        total_price: Some(Decimal::new(999, 2)),
        ..line("Odd", 3, 333)
    };
    let odd = world.salesforce.add_line(&deal.id, &odd).unwrap();
    world
        .salesforce
        .edit_line(
            &odd,
            fields(json!({ "TotalPrice": 10, "UnitPrice": "3.33" })),
        )
        .unwrap();
    assert_eq!(
        world.salesforce.lines(&deal.id)[2]["TotalPrice"].to_string(),
        "10.00"
    );
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
        (
            200,
            json!({ "id": id, "success": true, "errors": [], "created": false })
        )
    );
    assert_eq!(world.get(&path("a%20b")).await.json()["Name"], json!("Two"));
    for (value, body, wanted) in [
        (
            "x",
            json!({ "Key__c": "x", "Name": "y" }),
            "400 INVALID_FIELD",
        ),
        ("x", json!({}), "400 REQUIRED_FIELD_MISSING"),
    ] {
        assert_eq!(world.patch(&path(value), body).await.verdict(), wanted);
    }
    assert_eq!(world.get(&path("nobody")).await.verdict(), "404 NOT_FOUND");
    assert_eq!(
        world
            .patch("/sobjects/Account/Name/x", json!({}))
            .await
            .verdict(),
        "404 NOT_FOUND"
    );
    world
        .salesforce
        .add_account(NewAccount {
            name: "Twin".to_owned(),
            fields: fields(json!({ "Key__c": "a b" })),
            ..NewAccount::default()
        })
        .unwrap();
    let many = world
        .patch(&path("a%20b"), json!({ "Name": "Three" }))
        .await;
    assert_eq!(
        (many.status, many.json().as_array().map(Vec::len)),
        (300, Some(2))
    );
}

#[tokio::test]
async fn collections_answer_for_each_record() {
    let world = World::new().await;
    let (_, deal) = world.deal();
    let (_, other) = world.deal();
    let record = |id: &str, number: &str| json!({ "attributes": { "type": "Opportunity" }, "Id": id, "Tieout_Invoice_Number__c": number });
    let wrong = json!({ "attributes": { "type": "Opportunity" }, "id": other.id, "Nothing__c": 1 });
    let path = "/composite/sobjects";
    let answer = world.patch(path, json!({ "records": [record(&deal.id, "TI-1"), wrong, record("006", "x"), { "Id": deal.id }, record(&deal.id, "TI-2")] })).await;
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
        json!([
            null,
            "INVALID_FIELD",
            "MALFORMED_ID",
            "INVALID_TYPE",
            "DUPLICATE_VALUE"
        ])
    );
    assert_eq!(
        answer.json()[0],
        json!({ "id": deal.id, "success": true, "errors": [] })
    );
    assert_eq!(
        answer.json()[1],
        json!({ "success": false, "errors": [{
        "statusCode": "INVALID_FIELD", "message": "No such column 'Nothing__c' on sobject of type Opportunity", "fields": [] }] })
    );
    // As captured: `amp_batch_update_contacts_partial-but-allOrNone.json`.
    let all = world
        .patch(
            path,
            json!({ "allOrNone": true, "records": [record(&deal.id, "TI-9"), wrong] }),
        )
        .await
        .json();
    assert_eq!(
        all[0],
        json!({ "success": false, "errors": [{
        "statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK", "fields": [],
        "message": "Record rolled back because not all records were valid and the request was using AllOrNone header" }] })
    );
    assert_eq!(
        world.salesforce.written_back(&deal.id)["Tieout_Invoice_Number__c"],
        json!("TI-1")
    );
    let many: Vec<Value> = (0..201).map(|_| record(&deal.id, "x")).collect();
    for (body, wanted) in [
        (json!({ "records": many }), "400 LIMIT_EXCEEDED"),
        (json!({}), "400 MISSING_ARGUMENT"),
        (json!({ "records": [1] }), "400 JSON_PARSER_ERROR"),
        (
            json!({ "records": [], "allOrNone": "yes" }),
            "400 JSON_PARSER_ERROR",
        ),
        (
            json!({ "records": [{ "attributes": { "type": "Opportunity" } }] }),
            "200 MISSING_ARGUMENT",
        ),
        (
            json!({ "records": [record(&format!("{}999", &deal.id[..12]), "x")] }),
            "200 INVALID_CROSS_REFERENCE_KEY",
        ),
    ] {
        assert_eq!(world.patch(path, body.clone()).await.verdict(), wanted);
    }
    let keyed =
        |key: &str| json!({ "attributes": { "type": "Account" }, "Key__c": key, "Name": key });
    let upserted = world
        .patch(
            "/composite/sobjects/Account/Key__c",
            json!({ "records": [keyed("k"), keyed("k")] }),
        )
        .await
        .json();
    assert_eq!(
        (&upserted[0]["created"], &upserted[1]["created"]),
        (&json!(true), &json!(false))
    );
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
