//! Manual journals: balance, statuses, locks.

use super::*;

fn journal(fields: Value) -> Value {
    let lines = json!([{"LineAmount": 100, "AccountCode": "850"}, {"LineAmount": -100, "AccountCode": "200"}]);
    with(
        json!({"Narration": "Release 2026-04", "Date": "2026-04-30", "JournalLines": lines}),
        fields,
    )
}

fn lines(left: (i64, &str), right: (i64, &str)) -> Value {
    let line = |(amount, code): (i64, &str)| json!({"LineAmount": amount, "AccountCode": code});
    json!({"JournalLines": [line(left), line(right)]})
}

#[tokio::test]
async fn what_xero_refuses() {
    let bench = Bench::new().await;
    bench.xero.set_lock_date(TENANT, Lock::Period, Some(day("2026-03-31"))).unwrap();
    let invalid = |code: &str| format!("Account code '{code}' is not a valid code for this document.");
    for (fields, messages) in [
        (
            lines((100, "850"), (-10, "200")),
            "The total debits (100.00) must equal total credits (-10.00)".to_owned(),
        ),
        (
            json!({"JournalLines": [{"LineAmount": 0, "AccountCode": "850"}]}),
            "A manual journal must have at least two journal lines".to_owned(),
        ),
        (json!({"Narration": null}), "Narration cannot be empty".to_owned()),
        (lines((1, "610"), (-1, "200")), invalid("610")),
        (lines((1, "090"), (-1, "200")), invalid("090")),
        (lines((1, "800"), (-1, "200")), invalid("800")),
        (lines((1, "nope"), (-1, "200")), invalid("nope")),
        (
            json!({"Status": "VOIDED"}),
            "Manual Journal not of valid status for creation".to_owned(),
        ),
        (json!({"Status": "OPEN"}), "Status 'OPEN' is not valid".to_owned()),
        (
            json!({"Status": "POSTED", "Date": "2026-03-31"}),
            "The document date cannot be before the period lock date, currently set at 31 Mar 2026".to_owned(),
        ),
        (
            json!({"JournalLines": [{"LineAmount": 1}, {"LineAmount": -1, "AccountCode": "200"}]}),
            "Account code must be specified".to_owned(),
        ),
    ] {
        let answer = bench.call("PUT", "ManualJournals", journal(fields.clone())).await;
        assert_eq!(answer.status, 400, "{fields}: {}", answer.text);
        assert!(answer.messages().starts_with(&messages), "{fields}: {}", answer.messages());
    }
    assert!(bench.xero.list_journals(TENANT).is_empty());
}

/// A posted journal, and its path.
async fn posted(bench: &Bench) -> String {
    let made = bench.write("PUT", "ManualJournals", journal(json!({}))).await;
    let path = format!("ManualJournals/{}", made["ManualJournalID"].as_str().unwrap());
    bench.write("POST", &path, json!({"Status": "POSTED"})).await;
    path
}

const WRONG: &str = "Manual Journal not of valid status for modification";

#[tokio::test]
async fn a_journal_is_a_draft_until_it_is_posted() {
    let bench = Bench::new().await;
    let made = bench.write("PUT", "ManualJournals", journal(json!({}))).await;
    assert_eq!(made["Status"], json!("DRAFT"));
    assert_eq!(made["LineAmountTypes"], json!("NoTax"));
    assert_eq!(made["JournalLines"][0]["LineAmount"].to_string(), "100.00");
    assert_eq!(made["ShowOnCashBasisReports"], json!(true));
    let at = day("2026-04-30");
    assert!(bench.xero.balances(TENANT, at).is_empty(), "a draft is not in the books");
    let path = format!("ManualJournals/{}", made["ManualJournalID"].as_str().unwrap());
    bench.refused("POST", &path, json!({"Status": "VOIDED"}), WRONG).await;
    bench.write("POST", &path, json!({"Status": "POSTED"})).await;
    assert_eq!(bench.xero.balances(TENANT, at).get("850"), Some(&100.into()));
    bench.refused("POST", &path, json!({"Status": "DRAFT"}), WRONG).await;
}

#[tokio::test]
async fn a_posted_journal_is_voided_by_a_post_in_an_open_period() {
    let bench = Bench::new().await;
    let path = posted(&bench).await;
    let at = day("2026-04-30");
    bench.xero.set_lock_date(TENANT, Lock::Period, Some(at)).unwrap();
    let locked = "The document date cannot be before the period lock date, currently set at 30 Apr 2026";
    bench.refused("POST", &path, json!({"Status": "VOIDED"}), locked).await;
    bench.xero.set_lock_date(TENANT, Lock::Period, None).unwrap();
    bench.write("POST", &path, json!({"Status": "VOIDED"})).await;
    bench.refused("POST", &path, json!({"Status": "POSTED"}), WRONG).await;
    assert!(bench.xero.balances(TENANT, at).is_empty());
    let listed = bench.get("ManualJournals?page=1&where=Status%3D%3D%22VOIDED%22").await;
    assert_eq!(listed["ManualJournals"][0]["JournalLines"].as_array().unwrap().len(), 2);
    let bare = bench.get("ManualJournals").await;
    assert_eq!(bare["ManualJournals"][0]["JournalLines"], json!([]));
    let missing = bench.call("GET", &format!("ManualJournals/{OTHER}"), Value::Null).await;
    assert_eq!(missing.status, 404);
}

#[tokio::test]
async fn an_adviser_may_delete_a_journal() {
    let bench = Bench::new().await;
    posted(&bench).await;
    let id = bench.xero.list_journals(TENANT)[0].id.clone();
    bench.xero.delete_journal(TENANT, &id, "gone").unwrap();
    bench.xero.delete_journal(TENANT, &id, "gone").unwrap();
    assert_eq!(bench.xero.list_journals(TENANT)[0].status, "VOIDED");
}
