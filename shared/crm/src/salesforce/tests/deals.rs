//! Deals through all pages, as exact decimals.

use tieout_platform::config::Orders;

use crate::deal::{Deal, DealKind};

use super::*;

fn line(id: &str, rest: &str) -> String {
    format!(
        r#"{{"attributes":{{"type":"OpportunityLineItem"}},"Id":"{id}","ProductCode":"PLAT","Name":"Express SLA Platform","Quantity":2.00,"UnitPrice":600.10,"TotalPrice":1200.20,"Discount":null,"Description":null,"SortOrder":1{rest}}}"#
    )
}

fn deal(lines: &str) -> String {
    format!(
        r#"{{"totalSize":1,"done":true,"records":[{{"attributes":{{"type":"Opportunity","url":"https://evil.example"}},"Id":"{DEAL}","Name":"Express SLA","StageName":"Closed Won","IsWon":true,"IsClosed":true,"CloseDate":"2026-10-30","Amount":12345678901234567.89,"Type":"Existing Customer - Upgrade","OwnerId":"0057F000003pmdW","SystemModstamp":"2026-10-30T10:11:12.000+0000","CurrencyIsoCode":"EUR","AccountId":"0017F000007ydJmQAI","Account":{{"attributes":{{}},"Name":"Express","BillingCountry":"France"}},"OpportunityLineItems":{lines}}}]}}"#
    )
}

fn lines(done: bool, next: &str, records: &[String]) -> String {
    format!(
        r#"{{"totalSize":9,"done":{done},"nextRecordsUrl":{next},"records":[{}]}}"#,
        records.join(",")
    )
}

fn page(next: &str) -> String {
    deal(&lines(false, &format!("\"{next}\""), &[line("00k7F000000000A", "")]))
}

#[tokio::test]
async fn a_deal_is_read_with_all_pages_of_its_lines() {
    let dates = r#","ServiceDate":"2026-11-01","end_date__c":"2027-10-31""#;
    let (client, script) = client([
        ok(deal(&lines(
            false,
            "\"/services/data/v62.0/query/0r8xx-500\"",
            &[line("00k7F000000000A", dates)],
        ))),
        ok(lines(
            false,
            "\"/services/data/v62.0/query/0r8xx-1000\"",
            &[line("00k7F000000000B", "")],
        )),
        ok(lines(true, "null", &[line("00k7F000000000C", r#","ServiceDate":null"#)])),
    ]);
    let deal = client.read_deal(&id()).await.unwrap().unwrap();
    assert_eq!(deal.amount.unwrap().to_string(), "12345678901234567.89");
    assert_eq!((deal.currency.as_str(), deal.kind, deal.is_won), ("EUR", DealKind::Upsell, true));
    let account = deal.account.as_ref().unwrap();
    assert_eq!(
        (account.id.as_str(), account.name.as_str(), account.country.as_deref()),
        ("0017F000007ydJmQAI", "Express", Some("France"))
    );
    assert_eq!(deal.system_modstamp.to_rfc3339(), "2026-10-30T10:11:12+00:00");
    assert_eq!(deal.lines.len(), 3);
    let first = &deal.lines[0];
    assert_eq!(
        (first.unit_price.to_string(), first.total_price.to_string()),
        ("600.10".to_owned(), "1200.20".to_owned())
    );
    assert_eq!(first.product_name, "Platform");
    assert_eq!(
        (first.start.unwrap().to_string(), first.end.unwrap().to_string()),
        ("2026-11-01".to_owned(), "2027-10-31".to_owned())
    );
    assert_eq!((deal.lines[1].start, deal.lines[2].start), (None, None));
    let asked = script.asked();
    assert_eq!(asked.len(), 4);
    assert!(
        asked
            .iter()
            .all(|request| request.uri().host() == Some("northwind.my.salesforce.com"))
    );
    assert_eq!(asked[1].headers()["authorization"], "Bearer canary-token");
    assert!(asked[1].headers()["authorization"].is_sensitive());
    assert_eq!(
        decoded(asked[1].uri().query().unwrap()),
        "q=SELECT Id, Name, StageName, IsWon, IsClosed, CloseDate, Amount, Type, OwnerId, SystemModstamp, CurrencyIsoCode, AccountId, \
         Account.Name, Account.BillingCountry, (SELECT Id, ProductCode, Name, Description, Quantity, UnitPrice, TotalPrice, Discount, \
         SortOrder, ServiceDate, End_Date__c FROM OpportunityLineItems ORDER BY SortOrder) FROM Opportunity \
         WHERE Id = '0067F000003pmdWQAQ'"
    );
    assert_eq!(asked[3].uri().path(), "/services/data/v62.0/query/0r8xx-1000");
}

#[tokio::test]
async fn a_deal_without_lines_account_or_currencies_is_read() {
    let mut settings = settings();
    settings.multi_currency = false;
    settings.currency = Some("GBP".to_owned());
    settings.fields.term_months = Some("Term__c".to_owned());
    settings.fields.end = Some("servicedate".to_owned());
    let body = deal("null")
        .replace("\"CurrencyIsoCode\":\"EUR\",", "")
        .replace("\"0017F000007ydJmQAI\"", "null");
    let (client, script) = client_with(settings.clone(), vec![ok(TOKEN), ok(body)]);
    let read = client.read_deal(&id()).await.unwrap().unwrap();
    assert_eq!((read.currency.as_str(), read.account, read.lines.len()), ("GBP", None, 0));
    let query = decoded(script.asked()[1].uri().query().unwrap());
    assert!(!query.contains("CurrencyIsoCode"));
    assert!(query.contains("SortOrder, ServiceDate, Term__c FROM"), "no field twice: {query}");
    let (client, _) = client_with(
        settings,
        vec![
            ok(TOKEN),
            ok(deal(&lines(true, "null", &[line("00k7F000000000A", r#","Term__c":12.0"#)]))),
        ],
    );
    assert_eq!(client.read_deal(&id()).await.unwrap().unwrap().lines[0].term_months, Some(12));
}

#[tokio::test]
async fn how_a_deal_is_billed_is_read_by_the_words_of_the_file() {
    use tieout_platform::config::{Frequency, Timing};
    let mut settings = settings();
    settings.billing.frequency = Some("Frequency__c".to_owned());
    settings.billing.timing = Some("Timing__c".to_owned());
    let rows = [
        (
            r#""Half-yearly","Timing__c":"In arrears""#,
            Some(Frequency::HalfYearly),
            Some(Timing::Arrears),
        ),
        (r#"" Monthly ","Timing__c":null"#, Some(Frequency::Monthly), None),
        (r#"null,"Timing__c":"  ""#, None, None),
        (r#""Every week","Timing__c":"in arrears""#, None, None),
    ];
    for (said, frequency, timing) in rows {
        let body = deal("null").replace("\"OwnerId\"", &format!("\"Frequency__c\":{said},\"OwnerId\""));
        let (client, script) = client_with(settings.clone(), vec![ok(TOKEN), ok(body)]);
        let billing = client.read_deal(&id()).await.unwrap().unwrap().billing;
        assert_eq!((billing.frequency, billing.timing), (frequency, timing), "{said}");
        let is_said = |value: &Option<String>| value.as_deref().is_some_and(|value| said.contains(value));
        let unknown = said.contains("week");
        assert_eq!(is_said(&billing.frequency_value), frequency.is_some() || unknown, "{said}");
        assert_eq!(is_said(&billing.timing_value), timing.is_some() || unknown, "{said}");
        let query = decoded(script.asked()[1].uri().query().unwrap());
        assert!(query.contains("Frequency__c, Timing__c, OwnerId"), "{query}");
    }
}

#[tokio::test]
async fn another_record_is_no_answer() {
    let (client, _) = client([ok(deal("null").replace("pmdWQAQ", "pmdXQAQ"))]);
    assert!(matches!(client.read_deal(&id()).await, Err(CrmError::Unreadable { .. })));
}

#[tokio::test]
async fn a_deleted_deal_is_none() {
    let (client, _) = client([ok(r#"{"totalSize":0,"done":true,"records":[]}"#)]);
    assert_eq!(client.read_deal(&id()).await.unwrap(), None);
}

#[tokio::test]
async fn pages_lead_nowhere_else() {
    let rows = [
        "https://evil.example/services/data/v62.0/query/x",
        "https://northwind.my.salesforce.com/services/data/v62.0/query/x",
        "//evil.example/services/data/x",
        "@evil.example/services/data/x",
        "/services/data/../../apexrest/x",
        "/services/data//evil.example",
        "/services/apexrest/x",
        "/services/data/v62.0/query/x?y",
        "/services/data/v62.0/query/%2e%2e",
        ".evil.example/services/data/x",
        "",
    ];
    for next in rows {
        let (client, script) = client([ok(page(next))]);
        let error = client.read_deal(&id()).await.unwrap_err();
        assert!(matches!(error, CrmError::Unreadable { .. }), "{next}: {error}");
        assert_eq!(script.asked().len(), 2, "{next}");
        assert!(!error.to_string().contains("evil"), "{error}");
    }
}

#[tokio::test]
async fn endless_pages_end() {
    let again = lines(false, "\"/services/data/v62.0/query/x\"", &[line("00k7F000000000A", "")]);
    let (client, _) = client(std::iter::once(ok(page("/services/data/v62.0/query/x"))).chain(vec![ok(again); PAGES_MAX]));
    assert!(matches!(client.read_deal(&id()).await, Err(CrmError::TooMany { .. })));
    let many: Vec<String> = (0..LINES_MAX).map(|_| line("00k7F000000000A", "")).collect();
    let (client, _) = super::client([ok(page("/services/data/v62.0/query/x")), ok(lines(true, "null", &many))]);
    assert!(matches!(
        client.read_deal(&id()).await,
        Err(CrmError::TooMany { limit: LINES_MAX, .. })
    ));
}

#[tokio::test]
async fn values_that_we_cannot_work_with_are_named() {
    let with = |edit: fn(String) -> String| {
        let dates = r#","ServiceDate":"2026-11-01","End_Date__c":"2027-10-31""#;
        edit(deal(&lines(true, "null", &[line("00k7F000000000A", dates)])))
    };
    let rows = [
        (
            "Quantity",
            "empty",
            with(|body| body.replace("\"Quantity\":2.00", "\"Quantity\":null")),
        ),
        ("UnitPrice", "\"600\"", with(|body| body.replace("600.10", "\"600\""))),
        ("TotalPrice", "1e+999", with(|body| body.replace("1200.20", "1e999"))),
        ("TotalPrice", "1e+4294967296", with(|body| body.replace("1200.20", "1e4294967296"))),
        ("TotalPrice", "1e-4294967295", with(|body| body.replace("1200.20", "1e-4294967295"))),
        (
            "Quantity",
            "1e-999",
            with(|body| body.replace("\"Quantity\":2.00", "\"Quantity\":1e-999")),
        ),
        (
            "Amount",
            "1.00000000000000000000000000000000001",
            with(|body| body.replace("12345678901234567.89", "1.00000000000000000000000000000000001")),
        ),
        (
            "ServiceDate",
            "\"01/11/2026\"",
            with(|body| body.replace("\"2026-11-01\"", "\"01/11/2026\"")),
        ),
        (
            "End_Date__c",
            "\"2027-02-30\"",
            with(|body| body.replace("2027-10-31", "2027-02-30")),
        ),
        ("CloseDate", "empty", with(|body| body.replace("\"2026-10-30\"", "null"))),
        (
            "Account.Name",
            "empty",
            with(|body| body.replace("\"Name\":\"Express\"", "\"Name\":null")),
        ),
        ("CurrencyIsoCode", "empty", with(|body| body.replace("\"EUR\"", "null"))),
    ];
    for (wanted_field, wanted_value, body) in rows {
        let (client, _) = client([ok(body)]);
        match client.read_deal(&id()).await {
            Err(CrmError::Value { field, value, .. }) => {
                assert_eq!((field.as_str(), value.as_str()), (wanted_field, wanted_value))
            }
            other => panic!("{wanted_field}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn numbers_in_any_notation_are_exact() {
    for (number, wanted) in [
        ("1.0E7", "10000000"),
        ("0.1", "0.1"),
        ("-3", "-3"),
        ("1200.200", "1200.2"),
        ("12e-1", "1.2"),
    ] {
        let (client, _) = client([ok(deal("null").replace("12345678901234567.89", number))]);
        let amount = client.read_deal(&id()).await.unwrap().unwrap().amount.unwrap();
        assert_eq!(amount.normalize().to_string(), wanted, "{number}");
    }
}

#[tokio::test]
async fn what_changed_is_read_through_all_pages() {
    let record = |id: &str, second: u32| {
        format!(
            r#"{{"attributes":{{}},"Id":"{id}","SystemModstamp":"2026-11-01T00:00:{second:02}.000+0000","IsWon":{},"IsDeleted":{}}}"#,
            second == 2,
            second == 1
        )
    };
    let (client, script) = client([
        ok(lines(
            false,
            "\"/services/data/v62.0/query/01g-2000\"",
            &[record("006000000000001", 1), record("006000000000002", 2)],
        )),
        ok(lines(true, "null", &[record("006000000000003", 2)])),
    ]);
    let since = "2026-11-01T00:00:00.999Z".parse().unwrap();
    let changed = client.changed_since(since).await.unwrap();
    assert_eq!(changed.more_since, None);
    let short: Vec<_> = changed
        .changed
        .iter()
        .map(|one| {
            (
                one.record.as_str(),
                one.system_modstamp.timestamp() % 60,
                one.is_won,
                one.is_deleted,
            )
        })
        .collect();
    assert_eq!(
        short,
        [
            ("006000000000001AAA", 1, false, true),
            ("006000000000002AAA", 2, true, false),
            ("006000000000003AAA", 2, true, false)
        ]
    );
    assert!(script.asked()[1].uri().path().ends_with("/queryAll"), "{}", script.asked()[1].uri());
    assert_eq!(
        decoded(script.asked()[1].uri().query().unwrap()),
        "q=SELECT Id, SystemModstamp, IsWon, IsDeleted FROM Opportunity WHERE SystemModstamp >= 2026-11-01T00:00:00Z ORDER BY SystemModstamp"
    );
}

#[test]
fn a_page_with_the_shape_of_a_real_one_is_read() {
    let body = include_str!("../../../../../tests/fixtures/salesforce/opportunities_page.json");
    let value: Value = serde_json::from_str(body).unwrap();
    let page = super::super::query::Page::read(Call::Read("a page"), value).unwrap();
    let rows: Vec<_> = page
        .records
        .iter()
        .map(|record| super::super::row::Row::new("Opportunity", record))
        .collect();
    let amounts: Vec<String> = rows.iter().map(|row| row.decimal("Amount").unwrap().unwrap().to_string()).collect();
    assert_eq!(amounts, ["73500.00", "4200.50"]);
    assert_eq!(rows[0].id("AccountId").unwrap().unwrap().as_str(), "0019K00000HvNeAQAV");
    assert_eq!(rows[1].id("AccountId").unwrap(), None);
}

#[test]
fn literals_cannot_be_left() {
    for (text, wanted) in [
        ("a", "'a'"),
        ("x' OR Id != '", r"'x\' OR Id != \''"),
        (r"\", r"'\\'"),
        ("a\nb\0", r"'a\nb '"),
    ] {
        assert_eq!(super::super::query::quoted(text), wanted);
    }
}

type Edit = fn(&mut Orders);
type Said = fn(&Deal) -> String;

/// What a deal says by these settings and with these fields more.
async fn check(name: &str, edit: Edit, fields: &str, said: Said, expected: &str) {
    let mut settings = settings();
    edit(&mut settings.orders);
    let separator = if fields.is_empty() { "" } else { "," };
    let named = "\"Name\":\"Express SLA\"";
    let body = deal("null").replace(named, &format!("{named}{separator}{fields}"));
    let (client, _) = client_with(settings, vec![ok(TOKEN), ok(body)]);
    assert_eq!(said(&client.read_deal(&id()).await.unwrap().unwrap()), expected, "{name}");
}

fn means(kind: DealKind) -> std::collections::BTreeMap<String, DealKind> {
    [("Existing Customer - Upgrade".to_owned(), kind)].into()
}

fn restated(orders: &mut Orders) {
    orders.restated = Some("Amount_Is__c".to_owned());
    orders.restated_values = vec!["New total".to_owned()];
}

fn approved(orders: &mut Orders) {
    orders.approval = Some("Approval__c".to_owned());
    orders.approved_values = vec!["Approved".to_owned(), "Waived".to_owned()];
}

#[tokio::test]
async fn a_field_says_whether_lines_are_the_whole_and_whether_the_deal_is_approved() {
    let restates: Said = |deal| deal.restates.to_string();
    let total = r#""Amount_Is__c":"New total""#;
    check("no field", |_| {}, "", restates, "false").await;
    check("the difference", restated, r#""Amount_Is__c":"Difference""#, restates, "false").await;
    check("the whole", restated, total, restates, "true").await;
    let begins: Edit = |orders| {
        restated(orders);
        orders.kinds = means(DealKind::New);
    };
    check("the whole of what begins", begins, total, restates, "false").await;
    let is_approved: Said = |deal| deal.is_approved.to_string();
    check("nobody approves", |_| {}, "", is_approved, "true").await;
    check("approved", approved, r#""Approval__c":"Waived""#, is_approved, "true").await;
    check("not yet", approved, r#""Approval__c":null"#, is_approved, "false").await;
    check("refused", approved, r#""Approval__c":"Rejected""#, is_approved, "false").await;
}

#[tokio::test]
async fn an_order_names_its_days_and_the_earlier_deal_where_the_settings_say() {
    let effective: Said = |deal| format!("{:?}", deal.effective);
    let last = r#""Last__c":"2026-08-31""#;
    let ends: Edit = |orders| {
        orders.last_day = Some("Last__c".to_owned());
        orders.kinds = means(DealKind::Cancellation);
    };
    check("the last day with the service", ends, last, effective, "Some(2026-09-01)").await;
    check(
        "the last day of anything else",
        |orders| orders.last_day = Some("Last__c".to_owned()),
        last,
        effective,
        "None",
    )
    .await;
    let cpq: Edit = |orders| {
        orders.amends = Some("SBQQ__AmendedContract__r.SBQQ__Opportunity__c".to_owned());
        orders.renews = Some("SBQQ__RenewedContract__r.SBQQ__Opportunity__c".to_owned());
    };
    let earlier: Said = |deal| deal.amends.as_ref().map(ToString::to_string).unwrap_or_default();
    check(
        "renewed through its contract",
        cpq,
        r#""SBQQ__RenewedContract__r":{"SBQQ__Opportunity__c":"0067F000003pmdVQAQ"},"SBQQ__AmendedContract__r":null"#,
        earlier,
        "0067F000003pmdVQAQ",
    )
    .await;
}
