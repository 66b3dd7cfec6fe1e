//! What a call looks like on the wire, and how it keeps to the budget.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tieout_ledger::{InvoiceId, Ledger, LedgerError, Throttle};
use tieout_platform::failure::Class;
use tieout_platform::vendor::{Feedback, Priority};

use crate::samples::{credit_note_json, invoice_json, journal_json, new_journal};
use crate::support::{Answer, ID, Script, ScriptedBudget, TARGET, TENANT, Write, bodies, client, client_with, login, ok, write};

/// Each write, a good answer to it, and where it goes.
fn writes() -> [(Write, Value, &'static str, &'static str); 6] {
    let journals = |status: &str| json!({"ManualJournals": [journal_json(status)]});
    let contacts = json!({"Contacts": [{"ContactID": ID}]});
    let allocations = json!({"Allocations": [{"Amount": 1, "Invoice": {"InvoiceID": ID}}]});
    let notes = json!({"CreditNotes": [credit_note_json()]});
    let invoices = json!({"Invoices": [invoice_json()]});
    let allocate = "/CreditNotes/ID/Allocations?summarizeErrors=false";
    [
        (Write::Contact, contacts, "PUT", "/Contacts?summarizeErrors=false"),
        (Write::Invoice, invoices, "PUT", "/Invoices?summarizeErrors=false&unitdp=4"),
        (Write::CreditNote, notes, "PUT", "/CreditNotes?summarizeErrors=false&unitdp=4"),
        (Write::Allocation, allocations, "PUT", allocate),
        (Write::Journal, journals("POSTED"), "PUT", "/ManualJournals?summarizeErrors=false"),
        (Write::Void, journals("VOIDED"), "POST", "/ManualJournals/ID"),
    ]
}

#[tokio::test]
async fn writes_send_the_permit_byte_for_byte() {
    for (op, answer, method, path) in writes() {
        let body = match op {
            Write::Journal => bodies().journal_body(&new_journal()),
            _ => "{ \"é\" : 1.10 }\n".to_owned(),
        };
        let script = Script::new([ok(answer.to_string())]);
        let made = write(&client(&script), op, &body, TARGET).await;
        assert_eq!(made, Ok((ID.to_owned(), Vec::new())), "{op:?}");
        let calls = script.calls();
        let [call] = calls.as_slice() else { panic!("one call, {op:?}") };
        let header = |name: &str| call.headers()[name].to_str().unwrap().to_owned();
        let path = path.replace("/ID", &format!("/{ID}"));
        assert_eq!(call.method().as_str(), method);
        assert_eq!(call.uri().to_string(), format!("https://api.xero.test/api.xro/2.0{path}"));
        assert_eq!(call.body().as_ref(), body.as_bytes());
        assert_eq!(header("idempotency-key").len(), 64);
        assert_eq!(header("xero-tenant-id"), TENANT);
        assert_eq!(header("authorization"), "Bearer token");
        assert_eq!(header("content-type"), "application/json");
        assert_eq!(header("accept"), "application/json");
    }
}

type Change<'a> = &'a dyn Fn(&mut Value);

#[tokio::test]
async fn a_journal_that_is_not_what_was_sent_is_made_with_a_remark() {
    let dropped = |journal: &mut Value| {
        journal["JournalLines"].as_array_mut().unwrap().pop();
    };
    let moved = |journal: &mut Value| journal["JournalLines"][1]["AccountCode"] = json!("201");
    let draft = |journal: &mut Value| journal["Status"] = json!("DRAFT");
    let warned = |journal: &mut Value| {
        journal["Warnings"] = json!([{"Message": "Account code '476' has been removed"}]);
    };
    let rows: [(Change<'_>, &str); 4] = [
        (&dropped, "2 lines were sent and 1 are there"),
        (&moved, "accounts or amounts differ"),
        (&draft, "Draft, not posted"),
        (&warned, "'476'"),
    ];
    for (change, words) in rows {
        let mut journal = journal_json("POSTED");
        change(&mut journal);
        let script = Script::new([ok(json!({"ManualJournals": [journal]}).to_string())]);
        let body = bodies().journal_body(&new_journal());
        let (_, remarks) = write(&client(&script), Write::Journal, &body, TARGET).await.unwrap();
        assert!(remarks.iter().any(|remark| remark.contains(words)), "{words}: {remarks:?}");
    }
}

#[tokio::test]
async fn the_budget_is_asked_first_and_told_afterwards() {
    let budget = Arc::new(ScriptedBudget::default());
    budget
        .waits
        .lock()
        .unwrap()
        .extend([Duration::from_secs(20), Duration::ZERO, Duration::from_secs(30)]);
    let headers = vec![
        ("X-MinLimit-Remaining", "42"),
        ("X-DayLimit-Remaining", "4000"),
        ("X-Rate-Limit-Problem", "minute"),
        ("Retry-After", "9"),
    ];
    let script = Script::new([
        Answer::Reply(200, headers.clone(), json!({"Invoices": [invoice_json()]}).to_string()),
        Answer::Reply(429, headers, String::new()),
        Answer::Lost,
    ]);
    let xero = client_with(&script, login(), Arc::clone(&budget), Arc::default()).with_priority(Priority::Close);
    let id = InvoiceId::parse(ID).unwrap();
    assert!(xero.invoice(&id).await.is_ok());
    assert!(xero.invoice(&id).await.is_err());
    assert!(xero.invoice(&id).await.is_err());
    let feedback = |retry_after: Option<u64>| Feedback {
        minute_remaining: Some(42),
        day_remaining: Some(4_000),
        retry_after: retry_after.map(Duration::from_secs),
    };
    assert_eq!(
        *budget.returned.lock().unwrap(),
        [feedback(None), feedback(Some(9)), Feedback::default()]
    );
    assert_eq!(*budget.taken.lock().unwrap(), [Priority::Close; 3]);
}

#[tokio::test]
async fn a_wait_beyond_the_bound_is_the_callers() {
    for (waits, read_passes, write_passes) in [
        (&[29][..], true, true),
        (&[31], true, false),
        (&[66], false, false),
        (&[30, 30], true, false),
        (&[30, 30, 30], false, false),
        (&[0; 4_000], false, false),
    ] {
        let budget = || {
            let budget = ScriptedBudget::default();
            budget
                .waits
                .lock()
                .unwrap()
                .extend(waits.iter().map(|seconds| Duration::from_secs(*seconds)));
            Arc::new(budget)
        };
        let answer = ok(json!({"Invoices": [invoice_json()]}).to_string());
        let script = Script::new([answer.clone()]);
        let xero = client_with(&script, login(), budget(), Arc::default());
        let read = xero.invoice(&InvoiceId::parse(ID).unwrap()).await;
        assert_eq!(read.is_ok(), read_passes, "read {waits:?}");
        if let Err(error) = read {
            assert!(
                matches!(
                    error,
                    LedgerError::Throttled {
                        problem: Throttle::OwnBudget,
                        ..
                    }
                ),
                "{error}"
            );
            assert!(script.calls().is_empty());
        }
        let script = Script::new([answer]);
        let xero = client_with(&script, login(), budget(), Arc::default());
        let made = write(&xero, Write::Invoice, "{}", TARGET).await;
        assert_eq!(made.is_ok(), write_passes, "write {waits:?}");
    }
}

#[tokio::test]
async fn without_a_budget_nothing_is_sent() {
    let budget = Arc::new(ScriptedBudget::default());
    *budget.is_broken.lock().unwrap() = true;
    let script = Script::new([]);
    let xero = client_with(&script, login(), budget, Arc::default());
    let (class, text) = write(&xero, Write::Invoice, "{}", TARGET).await.unwrap_err();
    assert_eq!(class, Class::Transient { after: None }, "{text}");
    assert!(script.calls().is_empty());
}

/// What workflow code looks like that knows no vendor.
async fn tax_types(ledger: &dyn Ledger) -> Vec<String> {
    let rates = ledger.tax_rates().await.unwrap();
    rates.into_iter().map(|rate| rate.tax_type).collect()
}

#[tokio::test]
async fn lists_are_kept_and_lock_dates_are_not() {
    let rates = json!({"TaxRates": [{"TaxType": "OUTPUT2", "EffectiveRate": 20}]});
    let organisation = json!({"Organisations": [{"Name": "UK", "BaseCurrency": "GBP"}]});
    let answers = [&rates, &organisation, &organisation];
    let script = Script::new(answers.map(|answer| ok(answer.to_string())));
    let xero = client(&script);
    for _ in 0..3 {
        assert_eq!(tax_types(xero.with_priority(Priority::Background).as_ref()).await, ["OUTPUT2"]);
    }
    for _ in 0..2 {
        assert!(xero.organisation().await.is_ok());
    }
    assert_eq!(script.calls().len(), 3);
}
