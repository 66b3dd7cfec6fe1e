//! Reads: what is asked for, and what the answers become.

use std::sync::Arc;

use serde_json::{Value, json};
use tieout_ledger::xero::PAGE_SIZE;
use tieout_ledger::{ContactMatch, CreditNoteId, DocumentStatus, InvoiceId, JournalId, JournalStatus, LedgerError};

use crate::samples::{amount, credit_note_json, invoice_json, journal_json};
use crate::support::{Answer, ID, Script, client, ok};

const OTHER: &str = "44aa0707-f718-4f1c-8d53-f2da9ca59533";

fn list(name: &str, records: &[Value]) -> Answer {
    let mut body = json!({"Id": ID, "Status": "OK"});
    body[name] = json!(records);
    ok(body.to_string())
}

fn queries(script: &Arc<Script>) -> Vec<String> {
    let decoded = |text: &str| {
        let text = text
            .replace("%22", "\"")
            .replace("%3D", "=")
            .replace("%20", " ")
            .replace("%2C", ",");
        text.replace("%28", "(").replace("%29", ")")
    };
    script
        .calls()
        .iter()
        .map(|call| decoded(call.uri().query().unwrap_or_default()))
        .collect()
}

#[tokio::test]
async fn an_invoice_is_read_whole() {
    let script = Script::new([list("Invoices", &[invoice_json()])]);
    let invoice = client(&script).invoice(&InvoiceId::parse(ID).unwrap()).await.unwrap().unwrap();
    assert_eq!((invoice.id.as_str(), invoice.number.as_str()), (ID, "INV-0061"));
    assert_eq!(invoice.status, DocumentStatus::Authorised);
    assert_eq!(
        (invoice.date.to_string(), invoice.due_date.unwrap().to_string()),
        ("2019-03-14".into(), "2019-04-13".into())
    );
    assert_eq!(
        (invoice.total, invoice.amount_due, invoice.amount_paid),
        (amount("120.00"), amount("94.90"), amount("20.10"))
    );
    assert_eq!((invoice.amount_credited, invoice.totals().total_tax), (amount("5"), amount("20")));
    assert_eq!(invoice.rate_to_base, Some(amount("0.854700854701")));
    assert_eq!(invoice.lines.len(), 2);
    let line = &invoice.lines[0];
    assert_eq!(
        (line.line_amount, line.tax_amount),
        (amount("100"), amount("20")),
        "inclusive amounts become net ones"
    );
    assert_eq!((line.quantity, line.account_code.as_deref()), (Some(amount("2")), Some("810")));
    assert_eq!(line.tracking[0].option, "North");
    assert_eq!(invoice.payments.len(), 1, "a deleted payment is no payment");
    assert_eq!(invoice.payments[0].amount, amount("20.10"));
    assert_eq!(invoice.credit_notes[0].applied_amount, amount("5"));
    assert_eq!(invoice.updated_at.to_rfc3339(), "2019-11-14T18:10:38.314+00:00");
    assert_eq!(
        invoice.link,
        format!("https://go.xero.com/AccountsReceivable/View.aspx?InvoiceID={ID}")
    );
    assert_eq!(queries(&script), ["unitdp=4"]);
}

#[tokio::test]
async fn money_in_advance_is_paid_and_not_credited() {
    let applied = |name: &str, applied: Value| json!({name: OTHER, "Date": "/Date(1552435200000+0000)/", "AppliedAmount": applied});
    let (pre, over) = ("PrepaymentID", "OverpaymentID");
    // Prepayments, overpayments (of one id: one payment), AmountCredited; what is paid, what is credited, payments.
    for (prepayments, overpayments, credited, expected) in [
        (json!([]), Value::Null, "5.00", ("20.10", "5", 1)),
        (json!([applied(pre, json!(30))]), json!([]), "35.00", ("50.10", "5", 2)),
        (
            json!([applied(pre, json!(30))]),
            json!([applied(over, json!("4.5"))]),
            "39.50",
            ("54.60", "5", 2),
        ),
        (json!([]), json!([applied(over, Value::Null)]), "9.00", ("20.10", "9", 1)),
        (json!([]), json!([applied(over, json!(4))]), "3.00", ("23.10", "0", 2)),
    ] {
        let mut invoice = invoice_json();
        invoice["Prepayments"] = prepayments;
        invoice["Overpayments"] = overpayments;
        invoice["AmountCredited"] = json!(amount(credited));
        let script = Script::new([list("Invoices", &[invoice])]);
        let read = client(&script).invoice(&InvoiceId::parse(ID).unwrap()).await;
        let read = read.unwrap().unwrap();
        let found = (read.amount_paid, read.amount_credited, read.payments.len());
        assert_eq!(found, (amount(expected.0), amount(expected.1), expected.2), "{credited}");
        assert_eq!(
            read.payments.last().map(|payment| payment.id.as_str()),
            Some(if expected.2 == 1 { ID } else { OTHER })
        );
    }
}

#[tokio::test]
async fn amounts_are_exact_in_every_form_of_a_number() {
    let mut invoice = invoice_json();
    for (field, text) in [
        ("CurrencyRate", "0.0081967213114754098360655737704918"),
        ("SubTotal", "\"100.0000\""),
        ("TotalTax", "2E1"),
        ("Total", "1.2e+2"),
    ] {
        invoice[field] = serde_json::from_str(text).unwrap();
    }
    let script = Script::new([list("Invoices", &[invoice])]);
    let read = client(&script).invoice(&InvoiceId::parse(ID).unwrap()).await;
    let read = read.unwrap().unwrap();
    assert_eq!(read.totals().sub_total, amount("100"));
    assert_eq!((read.total_tax, read.total), (amount("20"), amount("120")));
    assert_eq!(
        read.rate_to_base
            .map(|rate| rate.round_dp_with_strategy(6, rust_decimal::RoundingStrategy::ToZero)),
        Some(amount("122"))
    );
}

#[tokio::test]
async fn an_answer_that_lacks_something_is_named_and_no_guess() {
    for (field, value, words) in [
        ("AmountDue", Value::Null, "AmountDue is missing"),
        ("Status", json!("PENDING"), "Status is unknown"),
        ("Date", json!("soon"), "Date is not a date"),
        ("CurrencyCode", json!("euro"), "CurrencyCode"),
        ("UpdatedDateUTC", Value::Null, "UpdatedDateUTC"),
        ("Total", json!("a lot"), "Invoices"),
    ] {
        let mut invoice = invoice_json();
        invoice[field] = value;
        let script = Script::new([list("Invoices", &[invoice])]);
        let error = client(&script).invoice(&InvoiceId::parse(ID).unwrap()).await.unwrap_err();
        assert!(
            matches!(&error, LedgerError::Malformed { problem, .. } if problem.contains(words)),
            "{error}"
        );
    }
}

#[tokio::test]
async fn bills_are_not_invoices_and_a_live_number_wins() {
    let with = |id: &str, kind: &str, status: &str| {
        let mut invoice = invoice_json();
        invoice["InvoiceID"] = json!(id);
        invoice["Type"] = json!(kind);
        invoice["Status"] = json!(status);
        invoice
    };
    for (records, expected) in [
        (vec![], None),
        (vec![with(ID, "ACCPAY", "AUTHORISED")], None),
        (vec![with(ID, "ACCREC", "VOIDED")], Some((ID, true))),
        (
            vec![with(ID, "ACCREC", "VOIDED"), with(OTHER, "ACCREC", "DRAFT")],
            Some((OTHER, false)),
        ),
        (
            vec![with(OTHER, "ACCREC", "DRAFT"), with(ID, "ACCREC", "DELETED")],
            Some((OTHER, false)),
        ),
    ] {
        let script = Script::new([list("Invoices", &records)]);
        let found = client(&script).invoice_by_number("INV-0061").await.unwrap();
        let found = found.as_ref().map(|invoice| (invoice.id.as_str(), invoice.status.is_dead()));
        assert_eq!(found, expected);
        assert_eq!(
            queries(&script),
            ["InvoiceNumbers=INV-0061&Statuses=DRAFT,SUBMITTED,AUTHORISED,PAID,VOIDED,DELETED&unitdp=4&page=1&pageSize=100"]
        );
    }
    let script = Script::new([list("Invoices", &[with(ID, "ACCREC", "DRAFT")])]);
    assert!(
        client(&script).invoice_by_number("INV-006").await.unwrap().is_none(),
        "exactly this number"
    );
}

fn contact(id: &str, name: &str, number: Option<&str>, status: &str) -> Value {
    json!({"ContactID": id, "Name": name, "ContactNumber": number, "ContactStatus": status})
}

/// What is found by the number 001, what by the name `A Ltd`, and what that amounts to.
fn contact_rows() -> Vec<(&'static str, Vec<Value>, Vec<Value>, &'static str)> {
    let active = |id, name, number| contact(id, name, number, "ACTIVE");
    let archived = || contact(ID, "A Ltd", Some("001"), "ARCHIVED");
    let ours = |id| active(id, "B", Some("001"));
    let (nameless, empty) = (active(ID, "A Ltd", None), active(ID, "A Ltd", Some("")));
    let (capitals, longer) = (active(ID, "A LTD", None), active(ID, "A Ltd & Co", None));
    let others = active(ID, "A Ltd", Some("002"));
    let two = vec![nameless.clone(), active(OTHER, "A Ltd", None)];
    vec![
        ("by number, whatever its name", vec![ours(ID)], vec![], "Matched"),
        ("archived under our number", vec![archived()], vec![], "Archived"),
        ("active before archived", vec![archived(), ours(OTHER)], vec![], "Matched"),
        ("two under our number", vec![ours(ID), ours(OTHER)], vec![], "Ambiguous"),
        ("by name, without a number", vec![], vec![nameless], "Matched"),
        ("by name, with an empty number", vec![], vec![empty], "Matched"),
        ("by name, with another number", vec![], vec![others], "Ambiguous"),
        ("two of that name", vec![], two, "Ambiguous"),
        ("other capitals", vec![], vec![capitals], "Ambiguous"),
        ("longer name", vec![], vec![longer], "None"),
        ("nobody", vec![], vec![], "None"),
    ]
}

#[tokio::test]
async fn a_contact_is_matched_only_when_there_is_no_doubt() {
    let by_number_query = "where=ContactNumber==\"001\"&includeArchived=true&page=1&pageSize=100";
    let by_name_query = "where=Name==\"A Ltd\"&page=1&pageSize=100";
    for (name, by_number, by_name, expected) in contact_rows() {
        let script = Script::new([list("Contacts", &by_number), list("Contacts", &by_name)]);
        let found = client(&script).find_contact("001", "A Ltd").await.unwrap();
        let kind = match &found {
            ContactMatch::Matched(_) => "Matched",
            ContactMatch::Archived { .. } => "Archived",
            ContactMatch::Ambiguous(_) => "Ambiguous",
            ContactMatch::None => "None",
        };
        assert_eq!(kind, expected, "{name}: {found:?}");
        let asked = queries(&script);
        assert_eq!(asked[0], by_number_query);
        assert!(asked.get(1).is_none_or(|query| query == by_name_query), "{asked:?}");
    }
    let quoted = contact(ID, "The \"A\"", None, "ACTIVE");
    let script = Script::new([list("Contacts", &[]), list("Contacts", &[quoted])]);
    let found = client(&script).find_contact("001", "The \"A\"").await.unwrap();
    assert!(matches!(found, ContactMatch::Matched(_)), "{found:?}");
    assert!(queries(&script)[1].starts_with("searchTerm=The \"A\""));
}

#[tokio::test]
async fn changes_are_read_through_all_pages() {
    let full = vec![invoice_json(); PAGE_SIZE as usize];
    let script = Script::new([
        list("Invoices", &full),
        list("Invoices", &full),
        list("Invoices", &[invoice_json()]),
    ]);
    let since = "2026-11-21T10:00:00.5Z".parse().unwrap();
    let changed = client(&script).invoices_changed_since(since).await.unwrap();
    assert_eq!(changed.len(), 2 * full.len() + 1);
    let asked = queries(&script);
    assert!(asked[0].starts_with("where=Type==\"ACCREC\"&Statuses=DRAFT,"), "{asked:?}");
    assert!(asked[2].ends_with("&order=InvoiceID ASC&page=3&pageSize=100"), "{asked:?}");
    assert_eq!(script.calls()[0].headers()["if-modified-since"], "2026-11-21T10:00:00");

    let script = Script::new([Answer::Reply(304, Vec::new(), String::new())]);
    assert!(client(&script).credit_notes_changed_since(since).await.unwrap().is_empty());
    let script = Script::new([list("ManualJournals", &[journal_json("POSTED")])]);
    let journals = client(&script).journals_changed_since(since).await.unwrap();
    assert_eq!(journals[0].status, JournalStatus::Posted);
}

#[tokio::test]
async fn a_list_without_end_is_an_error_and_not_nothing() {
    let full = list("ManualJournals", &vec![journal_json("DELETED"); PAGE_SIZE as usize]);
    let script = Script::new(std::iter::repeat_n(full, 200));
    let date = "2026-11-30".parse().unwrap();
    let error = client(&script).journal_by_reference("k", date).await.unwrap_err();
    assert!(matches!(error, LedgerError::TooManyPages { .. }), "{error}");
}

#[tokio::test]
async fn a_credit_note_is_read_with_what_it_was_set_against() {
    let script = Script::new([list("CreditNotes", &[credit_note_json()])]);
    let note = client(&script)
        .credit_note(&CreditNoteId::parse(ID).unwrap())
        .await
        .unwrap()
        .unwrap();
    assert_eq!((note.total, note.remaining_credit), (amount("120"), amount("70")));
    assert_eq!(note.allocations.len(), 1, "a deleted allocation is none");
    assert_eq!(
        (note.allocations[0].amount, note.date.to_string()),
        (amount("50"), "2026-11-20".to_owned())
    );
    let script = Script::new([list("CreditNotes", &[credit_note_json()])]);
    assert!(client(&script).credit_note_by_number("INV-0061-C1").await.unwrap().is_some());
    assert_eq!(
        queries(&script),
        ["where=CreditNoteNumber==\"INV-0061-C1\"&unitdp=4&page=1&pageSize=100"]
    );
}

#[tokio::test]
async fn a_journal_is_found_by_our_key_in_either_place() {
    let reference = "xero/journal/uk/2026-11#1";
    let date = "2026-11-30".parse().unwrap();
    let journal = |narration: &str, url: Option<&str>, status: &str| {
        let mut journal = journal_json(status);
        journal["Narration"] = json!(narration);
        journal["Url"] = json!(url);
        journal
    };
    let url = "https://tieout.invalid/xero/journal/uk/2026-11%231";
    for (name, record, is_found) in [
        ("both", journal("N [xero/journal/uk/2026-11#1]", Some(url), "POSTED"), true),
        ("narration", journal("N [xero/journal/uk/2026-11#1] ", None, "POSTED"), true),
        ("url", journal("edited", Some(url), "POSTED"), true),
        ("voided", journal("edited", Some(url), "VOIDED"), true),
        ("deleted", journal("edited", Some(url), "DELETED"), false),
        ("a longer key", journal("N [xero/journal/uk/2026-11#11]", None, "POSTED"), false),
        ("nothing", journal("N", None, "POSTED"), false),
    ] {
        let script = Script::new([list("ManualJournals", &[record]), list("ManualJournals", &[journal_json("POSTED")])]);
        let found = client(&script).journal_by_reference(reference, date).await.unwrap();
        assert_eq!(found.is_some(), is_found, "{name}");
        assert!(
            queries(&script)[0].starts_with("where=Date==DateTime(2026,%2011,%2030)")
                || queries(&script)[0].starts_with("where=Date==DateTime(2026, 11, 30)")
        );
    }
    let script = Script::new([Answer::Reply(404, Vec::new(), String::new())]);
    assert!(client(&script).journal(&JournalId::parse(ID).unwrap()).await.unwrap().is_none());
}

#[tokio::test]
async fn an_organisation_and_its_lists_are_read() {
    let organisation = |period: Value, year: Value| {
        json!({"Name": "Northwind UK", "BaseCurrency": "GBP", "PeriodLockDate": period, "EndOfYearLockDate": year,
            "Timezone": "GMTSTANDARDTIME", "IsDemoCompany": false})
    };
    let (march, april) = (json!("/Date(1552521600000+0000)/"), json!("/Date(1555113600000+0000)/"));
    for (period, year, lock) in [
        (Value::Null, Value::Null, None),
        (march.clone(), Value::Null, Some("2019-03-14")),
        (march.clone(), april.clone(), Some("2019-04-13")),
        (april, march, Some("2019-04-13")),
    ] {
        let script = Script::new([list("Organisations", &[organisation(period, year)])]);
        let read = client(&script).organisation().await.unwrap();
        assert_eq!(read.lock_date().map(|date| date.to_string()).as_deref(), lock);
        assert_eq!(read.base_currency.as_str(), "GBP");
    }
    let script = Script::new([
        list(
            "Accounts",
            &[json!({"Code": "200", "Name": "Sales", "Class": "REVENUE", "Type": "REVENUE", "Status": "ACTIVE", "SystemAccount": ""})],
        ),
        list(
            "TaxRates",
            &[json!({"TaxType": "OUTPUT2", "Name": "20%", "EffectiveRate": 20.0000, "Status": "ACTIVE", "CanApplyToLiabilities": false})],
        ),
        list(
            "TrackingCategories",
            &[
                json!({"Name": "Region", "Status": "ACTIVE", "Options": [{"Name": "North", "Status": "ACTIVE"}, {"Name": "Old", "Status": "ARCHIVED"}]}),
            ],
        ),
    ]);
    let xero = client(&script);
    let account = xero.accounts().await.unwrap().remove(0);
    assert_eq!(
        (account.code.as_deref(), account.is_active, account.system_account),
        (Some("200"), true, None)
    );
    let rate = xero.tax_rates().await.unwrap().remove(0);
    assert_eq!((rate.effective_rate, rate.can_apply_to_liabilities), (amount("20"), false));
    assert_eq!(xero.tracking().await.unwrap().remove(0).options, ["North"]);
}

#[tokio::test]
async fn balances_are_signed_and_by_code() {
    let row = |cells: [&str; 5]| {
        let cells: Vec<Value> = cells.iter().map(|text| json!({"Value": text})).collect();
        json!({"RowType": "Row", "Cells": cells})
    };
    let header: Vec<Value> = ["Account", "Debit", "Credit", "YTD Debit", "YTD Credit"]
        .iter()
        .map(|title| json!({"Value": title}))
        .collect();
    let report = json!({"Rows": [
        {"RowType": "Header", "Cells": header},
        {"RowType": "Section", "Title": "Revenue", "Rows": [row(["Sales (UK) (200)", "", "10.00", "", "1,150.45"])]},
        {"RowType": "Section", "Title": "Assets", "Rows": [
            row(["Bank", "5.00", "", "1150.45", ""]), row(["Deferred (810)", "", "", "12.30", "2.30"])]},
        {"RowType": "Section", "Title": "", "Rows": [{"RowType": "SummaryRow", "Cells": [{"Value": "Total"}]}]},
    ]});
    let script = Script::new([list("Reports", &[report])]);
    let balance = client(&script).trial_balance("2026-11-30".parse().unwrap()).await.unwrap();
    assert_eq!(queries(&script), ["date=2026-11-30&paymentsOnly=false"]);
    assert_eq!(balance.rows.len(), 3);
    assert_eq!((balance.balance("200"), balance.balance("810")), (amount("-1150.45"), amount("10")));
    assert_eq!(balance.balance("999"), amount("0"));
    assert_eq!(
        (balance.rows[0].account_name.as_str(), balance.rows[1].account_code.as_deref()),
        ("Sales (UK)", None)
    );
}
