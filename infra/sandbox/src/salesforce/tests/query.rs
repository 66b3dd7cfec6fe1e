//! Queries and their pages.

use super::*;

/// What stands behind `SELECT Name FROM Opportunity`, and the names that come.
const FILTERS: &str = r#"
    WHERE IsWon = true | a
    WHERE IsWon = TRUE AND CloseDate >= 2026-09-01 | a
    WHERE iswon != true | bc
    WHERE StageName IN ('closed won', 'Closed Lost') | ab
    WHERE StageName NOT IN ('Closed Won') | bc
    WHERE Amount > 100.00 | b
    WHERE Amount >= 100 AND Amount <= 100.000 | a
    WHERE Amount < 1000 | ab
    WHERE Amount = null | c
    WHERE Amount != null | ab
    WHERE CloseDate = 2026-09-03 OR (IsWon = true AND Amount = 100) | ac
    WHERE (CloseDate = 2026-09-03 OR IsWon = true) AND NOT Name = 'c' | a
    WHERE SystemModstamp > 2026-09-08T23:41:33Z | bc
    WHERE SystemModstamp >= 2026-09-09T01:41:33.000+02:00 | abc
    WHERE Account.Name = 'o\'neil & co' | abc
    WHERE CurrencyIsoCode = 'EUR' | c
    ORDER BY CloseDate DESC | cba
    ORDER BY Amount | cab
    ORDER BY Amount DESC NULLS LAST, Name | bac
    ORDER BY CloseDate LIMIT 1 OFFSET 1 | b
    LIMIT 0 | ~
"#;

/// Queries and their refusals.
const WRONG: &str = r#"
    ~ | 400 MALFORMED_QUERY
    SELECT FROM Opportunity | 400 MALFORMED_QUERY
    SELECT Id FROM | 400 MALFORMED_QUERY
    SELECT Id, FROM Opportunity | 400 MALFORMED_QUERY
    SELECT Id FROM Opportunity WHERE | 400 MALFORMED_QUERY
    SELECT Id FROM Opportunity WHERE Name = 'a | 400 MALFORMED_QUERY
    SELECT Id FROM Opportunity WHERE Name = 'a\x' | 400 MALFORMED_QUERY
    SELECT Id FROM Opportunity WHERE Name = "a" | 400 MALFORMED_QUERY
    SELECT Id FROM Opportunity WHERE Name LIKE 'a%' | 400 MALFORMED_QUERY
    SELECT Id FROM Opportunity WHERE Name = 'a' AND Name = 'b' OR Name = 'c' | 400 MALFORMED_QUERY
    SELECT Id FROM Opportunity WHERE CloseDate = 2026-13-01 | 400 MALFORMED_QUERY
    SELECT Id FROM Opportunity LIMIT x | 400 MALFORMED_QUERY
    SELECT Id FROM Opportunity; DROP | 400 MALFORMED_QUERY
    SELECT Id, COUNT() FROM Opportunity | 400 MALFORMED_QUERY
    SELECT Id FROM Opportunity OFFSET 2001 | 400 NUMBER_OUTSIDE_VALID_RANGE
    SELECT Nothing__c FROM Opportunity | 400 INVALID_FIELD
    SELECT Id FROM Opportunity WHERE Nothing__c = 1 | 400 INVALID_FIELD
    SELECT Id FROM Opportunity ORDER BY Nothing__c | 400 INVALID_FIELD
    SELECT Parent.Name FROM Opportunity | 400 INVALID_FIELD
    SELECT Account.Nothing FROM Opportunity | 400 INVALID_FIELD
    SELECT (SELECT Nothing FROM OpportunityLineItems) FROM Opportunity | 400 INVALID_FIELD
    SELECT (SELECT Id FROM OpportunityLineItem) FROM Opportunity | 400 INVALID_TYPE
    SELECT Id FROM Nothing__c | 400 INVALID_TYPE
    SELECT Id FROM Opportunity WHERE CloseDate = '2026-01-01' | 400 INVALID_FIELD
    SELECT Id FROM Opportunity WHERE SystemModstamp > 2026-01-01 | 400 INVALID_FIELD
    SELECT Id FROM Opportunity WHERE Name = 1 | 400 INVALID_FIELD
    SELECT Id FROM Opportunity WHERE Amount = '1' | 400 INVALID_FIELD
    SELECT Id FROM Opportunity WHERE Id = 'x' | 400 INVALID_QUERY_FILTER_OPERATOR
"#;

/// The named column of each row.
fn column(answer: &Answer, name: &str) -> Vec<Value> {
    let body = answer.json();
    let records = body["records"].as_array().cloned().unwrap_or_default();
    records.into_iter().map(|record| record[name].clone()).collect()
}

#[tokio::test]
async fn a_deal_is_read_with_its_parent_and_its_lines() {
    let world = World::new().await;
    let (account, deal) = world.deal();
    let soql = format!(
        "SELECT Id, Name, StageName, IsWon, CloseDate, Amount, CurrencyIsoCode, SystemModstamp, Account.Name, account.owner.Username, \
         (SELECT ProductCode, Product2.Name, Quantity, UnitPrice, TotalPrice, Discount, ServiceDate, Start_Date__c, SortOrder \
          FROM OpportunityLineItems ORDER BY SortOrder) FROM Opportunity WHERE Id = '{}'",
        to_15(&deal.id).unwrap()
    );
    let answer = world.query(&soql).await;
    let wanted = format!(
        r#"{{"totalSize":1,"done":true,"records":[{{"attributes":{{"type":"Opportunity","url":"{BASE}/sobjects/Opportunity/{deal}"}},
        "Id":"{deal}","Name":"Acme 2026","StageName":"Prospecting","IsWon":false,"CloseDate":"2026-09-30","Amount":62006.00,"CurrencyIsoCode":"USD",
        "SystemModstamp":"2026-09-08T23:40:33.000+0000",
        "Account":{{"attributes":{{"type":"Account","url":"{BASE}/sobjects/Account/{account}"}},"Name":"Acme","Owner":{{"attributes":{{"type":"User","url":"{BASE}/sobjects/User/USER"}},"Username":"tieout@sandbox.example"}}}},
        "OpportunityLineItems":{{"totalSize":2,"done":true,"records":[
          {{"attributes":{{"type":"OpportunityLineItem","url":"{BASE}/sobjects/OpportunityLineItem/{l0}"}},"ProductCode":"SUPPORT","Product2":{{"attributes":{{"type":"Product2","url":"{BASE}/sobjects/Product2/P0"}},"Name":"Support"}},"Quantity":12.00,"UnitPrice":1000.50,"TotalPrice":12006.00,"Discount":null,"ServiceDate":null,"Start_Date__c":"2026-10-01","SortOrder":1}},
          {{"attributes":{{"type":"OpportunityLineItem","url":"{BASE}/sobjects/OpportunityLineItem/{l1}"}},"ProductCode":"LICENCE","Product2":{{"attributes":{{"type":"Product2","url":"{BASE}/sobjects/Product2/P1"}},"Name":"Licence"}},"Quantity":1.00,"UnitPrice":50000.00,"TotalPrice":50000.00,"Discount":null,"ServiceDate":null,"Start_Date__c":"2026-10-01","SortOrder":2}}]}}}}]}}"#,
        deal = deal.id,
        l0 = deal.line_ids[0],
        l1 = deal.line_ids[1],
    );
    let user = world.salesforce.list("User")[0]["Id"].as_str().unwrap().to_owned();
    let products = world.salesforce.list("Product2");
    let wanted = wanted
        .replace("/USER", &format!("/{user}"))
        .replace("/P0", &format!("/{}", products[0]["Id"].as_str().unwrap()))
        .replace("/P1", &format!("/{}", products[1]["Id"].as_str().unwrap()));
    // Numbers keep their digits, so that equality here is equality of text.
    assert_eq!(answer.json(), serde_json::from_str::<Value>(&wanted).unwrap());
}

#[tokio::test]
async fn filters_select_the_right_rows() {
    let world = World::new().await;
    let account = world
        .salesforce
        .add_account(NewAccount {
            name: "O'Neil & Co".to_owned(),
            ..NewAccount::default()
        })
        .unwrap();
    for (name, stage, close, amount, currency) in [
        ("a", "Closed Won", "2026-09-01", Some(10_000), "GBP"),
        ("b", "Closed Lost", "2026-09-02", Some(20_000), "USD"),
        ("c", "Prospecting", "2026-09-03", None, "EUR"),
    ] {
        world.clock.advance(std::time::Duration::from_secs(60));
        world
            .salesforce
            .add_opportunity(NewOpportunity {
                name: name.to_owned(),
                account_id: account.clone(),
                close_date: close.parse().unwrap(),
                stage: Some(stage.to_owned()),
                amount: amount.map(|cents| Decimal::new(cents, 2)),
                currency: Some(currency.to_owned()),
                ..NewOpportunity::default()
            })
            .unwrap();
    }
    for [rest, wanted] in rows(FILTERS) {
        let answer = world.query(&format!("SELECT Name FROM Opportunity {rest}")).await;
        assert_eq!(answer.status, 200, "{rest}: {}", answer.text);
        let names: String = column(&answer, "Name").iter().filter_map(Value::as_str).collect();
        assert_eq!(names, wanted, "{rest}");
    }
    let by_id = format!("SELECT Id FROM Account WHERE Id IN ('{}')", to_15(&account).unwrap());
    assert_eq!(column(&world.query(&by_id).await, "Id"), [json!(account)]);
    let nested = "SELECT Name, (SELECT Name FROM Opportunities WHERE IsWon = true) FROM Account";
    assert_eq!(
        world.query(nested).await.json()["records"][0]["Opportunities"]["totalSize"],
        json!(1)
    );
    let empty = "SELECT Id, (SELECT Id FROM OpportunityLineItems) FROM Opportunity LIMIT 1";
    assert_eq!(column(&world.query(empty).await, "OpportunityLineItems"), [Value::Null]);
    assert_eq!(world.query("SELECT COUNT() FROM Opportunity").await.json()["totalSize"], json!(3));
    assert_eq!(
        column(
            &world.query("SELECT IsoCode FROM CurrencyType WHERE IsCorporate = true").await,
            "IsoCode"
        ),
        [json!("GBP")]
    );
    let organisation = world.query("SELECT Id, DefaultCurrencyIsoCode FROM Organization").await;
    assert_eq!(column(&organisation, "Id"), [json!("00Dxx0000001gPFEAY")]);
}

#[tokio::test]
async fn wrong_queries_are_refused() {
    let world = World::new().await;
    for [soql, wanted] in rows(WRONG) {
        assert_eq!(world.query(soql).await.verdict(), wanted, "{soql}");
    }
    let deep = format!("SELECT Id FROM Opportunity WHERE {}IsWon = true{}", "(".repeat(60), ")".repeat(60));
    assert_eq!(world.query(&deep).await.verdict(), "400 MALFORMED_QUERY");
    let nots = format!("SELECT Id FROM Opportunity WHERE {} IsWon = true", "NOT ".repeat(1_000));
    assert_eq!(world.query(&nots).await.verdict(), "400 MALFORMED_QUERY");
    assert_eq!(world.get("/query").await.verdict(), "400 MALFORMED_QUERY");
    assert_eq!(world.query(&"x".repeat(6_000)).await.verdict(), "414 URI_TOO_LONG");
    assert_eq!(world.get("/query/01gTi0000000001-1").await.verdict(), "400 INVALID_QUERY_LOCATOR");
    let single = World::with(|config| config.multi_currency = false).await;
    single.deal();
    assert_eq!(
        single.query("SELECT CurrencyIsoCode FROM Opportunity").await.verdict(),
        "400 INVALID_FIELD"
    );
    assert_eq!(single.query("SELECT Id FROM CurrencyType").await.verdict(), "400 INVALID_TYPE");
    assert_eq!(single.query("SELECT Amount FROM Opportunity").await.verdict(), "200");
}

#[tokio::test]
async fn rows_and_lines_come_in_pages() {
    let world = World::with(|config| config.page_size = 2).await;
    let (_, deal) = world.deal();
    for number in 0..3 {
        world.salesforce.add_line(&deal.id, &line("Extra", number + 1, 100)).unwrap();
    }
    for _ in 0..4 {
        world.deal();
    }
    let soql = "SELECT Id, (SELECT SortOrder FROM OpportunityLineItems ORDER BY SortOrder) FROM Opportunity ORDER BY Id";
    let mut body = world.query(soql).await.json();
    let mut lines = body["records"][0]["OpportunityLineItems"].clone();
    assert_eq!((&lines["totalSize"], &lines["done"]), (&json!(5), &json!(false)));
    let mut order = Vec::new();
    loop {
        order.extend(
            lines["records"]
                .as_array()
                .unwrap()
                .iter()
                .map(|line| line["SortOrder"].to_string()),
        );
        let Some(next) = lines["nextRecordsUrl"].as_str().map(str::to_owned) else {
            break;
        };
        lines = world.send("GET", &next, None).await.unwrap().json();
    }
    assert_eq!(order.join(""), "12345");
    let mut ids = Vec::new();
    let mut pages = 1;
    loop {
        ids.extend(body["records"].as_array().unwrap().iter().map(|record| record["Id"].to_string()));
        let Some(next) = body["nextRecordsUrl"].as_str().map(str::to_owned) else {
            break;
        };
        assert!(next.ends_with(&format!("-{}", pages * 2)), "{next}");
        body = world.send("GET", &next, None).await.unwrap().json();
        pages += 1;
    }
    assert_eq!((pages, ids.len(), &body["done"]), (3, 5, &json!(true)));
    ids.dedup();
    assert_eq!(ids.len(), 5);
}
