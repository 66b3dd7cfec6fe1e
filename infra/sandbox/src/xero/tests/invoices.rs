//! Invoices: what is refused, what is computed, what an update does.

use super::*;

fn line(fields: Value) -> Value {
    let base = json!({"Description": "Seats", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200", "TaxType": "OUTPUT2"});
    json!({"LineItems": [with(base, fields)]})
}

/// Each change of a good draft is refused with the messages, and nothing is left behind.
async fn refuses(rows: Vec<(Value, &str)>) {
    let bench = Bench::new().await;
    bench.write("PUT", "Invoices", draft("TAKEN")).await;
    for (fields, messages) in rows {
        let body = with(draft("NEW"), fields);
        bench.refused("PUT", "Invoices", body, messages).await;
    }
    let left = bench.xero.list_invoices(TENANT).len();
    assert_eq!(left, 1, "a refused write leaves nothing");
    let contacts = bench.get("Contacts").await["Contacts"].clone();
    assert_eq!(contacts.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_xero_refuses_in_the_head() {
    let yen = json!({"CurrencyCode": "JPY", "CurrencyRate": 190});
    let no_due_date = json!({"Status": "AUTHORISED", "DueDate": null});
    let no_contact = "A Contact must be specified for this type of transaction";
    let cases = "LineAmountTypes 'EXCLUSIVE' is not valid";
    refuses(vec![
        (json!({"InvoiceNumber": "TAKEN"}), "Invoice # must be unique."),
        (json!({"Contact": null}), no_contact),
        (
            json!({"Contact": {"ContactID": OTHER}}),
            "The specified ContactID could not be found",
        ),
        (json!({"LineItems": null}), "One or more line items must be specified"),
        (json!({"Type": "SALES"}), "Invoice type 'SALES' is not valid"),
        (json!({"Status": "PAID"}), "Invoice not of valid status for creation"),
        (json!({"Status": "APPROVED"}), "Status 'APPROVED' is not valid"),
        (no_due_date, "Due Date cannot be empty"),
        (json!({"LineAmountTypes": "EXCLUSIVE"}), cases),
        (json!({"Date": "01/04/2026"}), "Date is not a valid date"),
        (yen, "Organisation is not subscribed to currency JPY"),
        (json!({"CurrencyRate": 2}), "CurrencyRate must be 1 for the base currency"),
    ])
    .await;
}

#[tokio::test]
async fn what_xero_refuses_in_a_line() {
    let archived = "Account code '299' has been archived, or has been deleted. \
        Each line item must reference a valid account.";
    let unknown_tax = "The TaxType code OUTPUT9 does not exist or cannot be used for this type of transaction.";
    let wrong_tax = "The TaxType code 'INPUT2' cannot be used with account code '200'.";
    let negative = "The quantity value '-2.0000' is invalid. Quantity must not be less than zero.";
    let total = "The line total 11.00 does not match the expected line total 10.00";
    let three =
        json!([{"Name": "Region", "Option": "North"}, {"Name": "Product", "Option": "Core"}, {"Name": "Region", "Option": "South"}]);
    let option = "The tracking option 'East' does not exist in the tracking category 'Region'.";
    let bare = line(json!({"AccountCode": null, "Description": null}));
    let negative_total = line(json!({"UnitAmount": -5}));
    let approved = |lines: Value| with(lines, json!({"Status": "AUTHORISED"}));
    let tracked = |name: &str, option: &str| line(json!({"Tracking": [{"Name": name, "Option": option}]}));
    refuses(vec![
        (
            line(json!({"AccountCode": "999"})),
            "Account code '999' is not a valid code for this document.",
        ),
        (
            line(json!({"AccountCode": "610"})),
            "Account code '610' is not a valid code for this document.",
        ),
        (
            line(json!({"AccountCode": "090"})),
            "Account code '090' is not a valid code for this document.",
        ),
        (line(json!({"AccountCode": "299"})), archived),
        (line(json!({"TaxType": "OUTPUT9"})), unknown_tax),
        (line(json!({"TaxType": "INPUT2"})), wrong_tax),
        (line(json!({"Quantity": -2})), negative),
        (line(json!({"LineAmount": 11})), total),
        (line(json!({"Quantity": [1]})), "Quantity is not a valid number"),
        (line(json!({"UnitAmount": "1e27"})), "UnitAmount is not a valid number"),
        (line(json!({"DiscountRate": 101})), "DiscountRate must be between 0 and 100"),
        (
            line(json!({"Tracking": three})),
            "A maximum of 2 tracking categories can be used on a line item.",
        ),
        (tracked("Colour", "Red"), "The tracking category 'Colour' does not exist."),
        (tracked("Region", "East"), option),
        (approved(bare), "Description cannot be empty Account code must be specified"),
        (approved(negative_total), "The document total cannot be less than zero."),
    ])
    .await;
}

/// Lines of quantity, unit and discount rate.
fn priced(lines: &[(u32, &str, Option<u32>)]) -> Vec<Value> {
    let priced = |(quantity, unit, discount): &(u32, &str, Option<u32>)| {
        let unit: Value = serde_json::from_str(unit).unwrap();
        let fields = json!({"Quantity": quantity, "UnitAmount": unit, "DiscountRate": discount});
        line(fields)["LineItems"][0].clone()
    };
    lines.iter().map(priced).collect()
}

#[tokio::test]
async fn totals_follow_xeros_rounding() {
    let bench = Bench::new().await;
    let many: &[_] = &[(1000, "0.061171", None)];
    let pair: &[_] = &[(1, "0.13", None), (1, "0.13", None)];
    let hundred: &[_] = &[(1, "100", None)];
    let discounted: &[_] = &[(3, "33.33", Some(10))];
    for (unitdp, lines, types, amounts, tax, total) in [
        ("2", many, "Exclusive", "60.00", "12.00", "72.00"),
        ("4", many, "Exclusive", "61.20", "12.24", "73.44"),
        ("2", pair, "Exclusive", "0.13 0.13", "0.06", "0.32"),
        ("2", hundred, "Inclusive", "100.00", "16.67", "100.00"),
        ("2", hundred, "NoTax", "100.00", "0.00", "100.00"),
        ("2", discounted, "Exclusive", "89.99", "18.00", "107.99"),
    ] {
        let fields = json!({"InvoiceNumber": null, "LineItems": priced(lines), "LineAmountTypes": types});
        let path = format!("Invoices?unitdp={unitdp}");
        let made = bench.write("PUT", &path, with(draft("X"), fields)).await;
        let shown = made["LineItems"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| line["LineAmount"].to_string());
        assert_eq!(shown.collect::<Vec<_>>().join(" "), amounts);
        assert_eq!(made["TotalTax"].to_string(), tax);
        assert_eq!(made["Total"].to_string(), total);
        assert_eq!(made["AmountDue"], made["Total"]);
    }
}

#[tokio::test]
async fn a_post_overwrites_a_draft_and_drops_the_lines_it_does_not_name() {
    let bench = Bench::new().await;
    let made = bench.write("PUT", "Invoices", draft("INV-7")).await;
    let kept = made["LineItems"][0]["LineItemID"].clone();
    let lines = json!([
        {"LineItemID": kept, "Quantity": 2},
        {"Description": "More", "UnitAmount": 5, "AccountCode": "200", "TaxType": "NONE"},
    ]);
    let changed = bench
        .write(
            "POST",
            "Invoices",
            json!({"Type": "ACCREC", "InvoiceNumber": "INV-7", "LineItems": lines}),
        )
        .await;
    assert_eq!(changed["InvoiceID"], made["InvoiceID"], "silently the same invoice");
    assert_eq!(changed["LineItems"][0]["LineItemID"], kept);
    assert_eq!(
        changed["LineItems"][0]["Description"],
        json!("Subscription"),
        "what a named line does not say stays"
    );
    assert_eq!(changed["Total"].to_string(), "245.00");
    let id = made["InvoiceID"].as_str().unwrap();
    let path = format!("Invoices/{id}");
    let one = bench
        .write(
            "POST",
            &path,
            json!({"LineItems": [{"Description": "Only", "UnitAmount": 1, "AccountCode": "200", "TaxType": "NONE"}]}),
        )
        .await;
    assert_eq!(one["LineItems"].as_array().unwrap().len(), 1);
    assert_ne!(one["UpdatedDateUTC"], made["UpdatedDateUTC"]);
}

#[tokio::test]
async fn statuses_go_only_where_xero_lets_them() {
    let bench = Bench::new().await;
    let wrong = "Invoice not of valid status for modification";
    for (place, (from, to, refusal)) in [
        ("DRAFT", "SUBMITTED", None),
        ("DRAFT", "AUTHORISED", None),
        ("DRAFT", "DELETED", None),
        ("SUBMITTED", "DRAFT", None),
        ("SUBMITTED", "AUTHORISED", None),
        ("AUTHORISED", "VOIDED", None),
        ("DRAFT", "VOIDED", Some(wrong)),
        ("DRAFT", "PAID", Some(wrong)),
        ("AUTHORISED", "DRAFT", Some(wrong)),
        ("AUTHORISED", "DELETED", Some(wrong)),
        ("AUTHORISED", "PAID", Some(wrong)),
    ]
    .into_iter()
    .enumerate()
    {
        let number = format!("S-{place}");
        bench.write("PUT", "Invoices", with(draft(&number), json!({"Status": from}))).await;
        let body = json!({"Status": to});
        let path = format!("Invoices/{number}");
        match refusal {
            Some(messages) => bench.refused("POST", &path, body, messages).await,
            None => assert_eq!(bench.write("POST", &path, body).await["Status"], json!(to)),
        }
    }
    for gone in ["S-2", "S-5"] {
        bench
            .refused("POST", &format!("Invoices/{gone}"), json!({"Status": "AUTHORISED"}), wrong)
            .await;
    }
    bench.write("PUT", "Invoices", draft("S-2")).await;
    bench.refused("PUT", "Invoices", draft("S-5"), "Invoice # must be unique.").await;
}

#[tokio::test]
async fn a_locked_period_takes_drafts_only() {
    let bench = Bench::new().await;
    bench.write("PUT", "Invoices", draft("L-1")).await;
    bench.write("PUT", "Invoices", authorised("L-2")).await;
    bench.xero.set_lock_date(TENANT, Lock::Period, Some(day("2026-04-01"))).unwrap();
    let period = "The document date cannot be before the period lock date, currently set at 1 Apr 2026";
    bench.write("PUT", "Invoices", draft("L-3")).await;
    bench.refused("PUT", "Invoices", authorised("L-4"), period).await;
    bench.refused("POST", "Invoices/L-1", json!({"Status": "AUTHORISED"}), period).await;
    bench.refused("POST", "Invoices/L-2", json!({"Status": "VOIDED"}), period).await;
    bench
        .write("POST", "Invoices/L-1", json!({"Status": "AUTHORISED", "Date": "2026-04-02"}))
        .await;
    bench.xero.set_lock_date(TENANT, Lock::EndOfYear, Some(day("2026-04-03"))).unwrap();
    let year = "The document date cannot be before the end of year lock date, currently set at 3 Apr 2026";
    bench.refused("POST", "Invoices/L-3", json!({"Status": "AUTHORISED"}), year).await;
    let settings = bench.get("Organisation").await["Organisations"][0].clone();
    assert_eq!(settings["PeriodLockDate"], json!("/Date(1775001600000+0000)/"));
    assert_eq!(settings["BaseCurrency"], json!("GBP"));
}

/// A and a deleted D are drafts, B and C approved.
async fn four_invoices() -> Bench {
    let bench = Bench::new().await;
    for (number, date, status) in [
        ("A", "2026-01-31", "DRAFT"),
        ("B", "2026-02-28", "AUTHORISED"),
        ("C", "2026-03-31", "AUTHORISED"),
        ("D", "2026-03-31", "DRAFT"),
    ] {
        let body = with(draft(number), json!({"Date": date, "Status": status}));
        bench.write("PUT", "Invoices", body).await;
    }
    bench.write("POST", "Invoices/D", json!({"Status": "DELETED"})).await;
    bench
}

#[tokio::test]
async fn lists_select_and_sort() {
    let bench = four_invoices().await;
    for (query, numbers) in [
        ("page=1&order=InvoiceNumber", "A B C"),
        ("page=1&order=Date%20DESC", "C B A"),
        ("Statuses=DRAFT,DELETED&order=InvoiceNumber", "A D"),
        ("where=Status%3d%3d%22AUTHORISED%22&order=InvoiceNumber", "B C"),
        ("where=Date%3e%3dDateTime(2026,02,28)+AND+InvoiceNumber!%3d%22C%22", "B"),
        ("InvoiceNumbers=D,A&order=InvoiceNumber", "A D"),
        ("page=2&pageSize=2&order=InvoiceNumber", "C"),
    ] {
        let list = bench.get(&format!("Invoices?{query}")).await;
        let shown = list["Invoices"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["InvoiceNumber"].as_str().unwrap());
        assert_eq!(shown.collect::<Vec<_>>().join(" "), numbers, "{query}");
    }
    let broken = bench.call("GET", "Invoices?where=Status", Value::Null).await;
    assert_eq!(broken.status, 400);
    assert_eq!(broken.json()["Type"], json!("QueryParseException"));
    assert_eq!(bench.call("GET", "Invoices/NONE", Value::Null).await.status, 404);
}

#[tokio::test]
async fn lists_page_and_tell_news() {
    let bench = four_invoices().await;
    let paged = bench.get("Invoices?page=1&pageSize=2").await;
    let pagination = json!({"page": 1, "pageSize": 2, "pageCount": 2, "itemCount": 3});
    assert_eq!(paged["pagination"], pagination);
    assert_eq!(paged["Invoices"][0]["LineItems"].as_array().unwrap().len(), 1);
    let all = bench.get("Invoices").await;
    assert_eq!(all["Invoices"][0]["LineItems"], json!([]), "only pages carry lines");
    bench.clock.advance(Duration::from_secs(60));
    let iso = bench.clock.now().format("%Y-%m-%dT%H:%M:%S").to_string();
    let http_date = bench.clock.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    bench.write("POST", "Invoices/A", json!({"Reference": "changed"})).await;
    for since in [iso, http_date] {
        let since = [("if-modified-since", since.as_str())];
        let news = bench.try_call("GET", "Invoices", &Value::Null, &since).await.unwrap();
        assert_eq!(news.json()["Invoices"].as_array().unwrap().len(), 1, "{since:?}");
    }
}

#[tokio::test]
async fn one_bad_invoice_spoils_the_call_unless_errors_are_not_summarised() {
    let bench = Bench::new().await;
    let both = json!({"Invoices": [draft("G"), with(draft("H"), json!({"Contact": null}))]});
    bench
        .refused(
            "PUT",
            "Invoices",
            both.clone(),
            "A Contact must be specified for this type of transaction",
        )
        .await;
    assert!(bench.xero.list_invoices(TENANT).is_empty());
    let each = bench.call("PUT", "Invoices?summarizeErrors=false", both).await;
    assert_eq!(each.status, 200);
    let list = each.json()["Invoices"].clone();
    assert_eq!(
        (list[0]["StatusAttributeString"].clone(), list[1]["StatusAttributeString"].clone()),
        (json!("OK"), json!("ERROR"))
    );
    assert_eq!(list[1]["HasErrors"], json!(true));
    assert_eq!(bench.xero.list_invoices(TENANT).len(), 1);
    for (body, kind) in [(Value::Null, "NoDataProcessedException"), (json!({}), "NoDataProcessedException")] {
        assert_eq!(bench.call("PUT", "Invoices", body).await.json()["Type"], json!(kind));
    }
}

#[tokio::test]
async fn foreign_documents_take_the_days_rate() {
    let bench = Bench::new().await;
    for (date, wanted) in [("2026-04-30", "1.250000"), ("2026-05-01", "1.100000")] {
        let body = with(draft("X"), json!({"InvoiceNumber": null, "CurrencyCode": "EUR", "Date": date}));
        let made = bench.write("PUT", "Invoices", body).await;
        assert_eq!(made["CurrencyRate"].to_string(), wanted);
        assert_eq!(made["CurrencyCode"], json!("EUR"));
        assert!(made["InvoiceNumber"].as_str().unwrap().starts_with("INV-000"));
    }
    let given = with(draft("Y"), json!({"CurrencyCode": "EUR", "CurrencyRate": 1.17}));
    assert_eq!(bench.write("PUT", "Invoices", given).await["CurrencyRate"].to_string(), "1.170000");
}
