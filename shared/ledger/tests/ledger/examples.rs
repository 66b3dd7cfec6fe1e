//! The answers that Xero's own OpenAPI shows as examples, each read by the call that would get it.
//!
//! The file lies beside the repository; where it is not, the test says so and passes.

use serde_json::Value;
use tieout_ledger::{ContactMatch, CreditNoteId, InvoiceId, JournalId};
use tieout_platform::failure::Class;

use crate::openapi::specification;
use crate::samples::{line, new_invoice};
use crate::support::{Answer, ID, Script, TARGET, Write, bodies, client, ok, write};

/// The body of the example, under its status.
fn example(specification: &Value, path: &str, method: &str, status: &str) -> String {
    let response = &specification["paths"][path][method]["responses"][status];
    let example = &response["content"]["application/json"]["example"];
    assert!(example.is_object(), "{path} {method} {status}");
    example.to_string()
}

#[tokio::test]
async fn xeros_own_examples_of_documents_are_read() {
    let Some(specification) = specification() else { return };
    let asked = |path: &str, method: &str| client(&Script::new([ok(example(&specification, path, method, "200"))]));
    let since = "2019-01-01T00:00:00Z".parse().unwrap();
    let invoice_id = InvoiceId::parse(ID).unwrap();
    let listed = asked("/Invoices", "get").invoices_changed_since(since).await.unwrap();
    assert_eq!(listed.len(), 3);
    for (path, method, number) in [
        ("/Invoices/{InvoiceID}", "get", "INV-0006"),
        ("/Invoices", "get", "INV-0001"),
        ("/Invoices", "put", "INV-0007"),
    ] {
        let invoice = asked(path, method).invoice(&invoice_id).await.unwrap().unwrap();
        assert_eq!(invoice.number, number);
    }
    let note_id = CreditNoteId::parse(ID).unwrap();
    let listed = asked("/CreditNotes", "get").credit_notes_changed_since(since).await;
    assert_eq!(listed.unwrap().len(), 1);
    let note = asked("/CreditNotes/{CreditNoteID}", "get").credit_note(&note_id).await;
    assert_eq!(note.unwrap().unwrap().number, "CN-0005");
    let journal_id = JournalId::parse(ID).unwrap();
    let listed = asked("/ManualJournals", "get").journals_changed_since(since).await;
    assert_eq!(listed.unwrap().len(), 3);
    for (path, method) in [("/ManualJournals/{ManualJournalID}", "get"), ("/ManualJournals", "put")] {
        let journal = asked(path, method).journal(&journal_id).await;
        assert_eq!(journal.unwrap().unwrap().lines.len(), 2, "{path}");
    }
}

#[tokio::test]
async fn xeros_own_examples_of_settings_are_read() {
    let Some(specification) = specification() else { return };
    let asked = |path: &str| client(&Script::new([ok(example(&specification, path, "get", "200"))]));
    let organisation = asked("/Organisation").organisation().await.unwrap();
    assert_eq!(organisation.base_currency.as_str(), "NZD");
    assert!(organisation.lock_date().is_some());
    let accounts = asked("/Accounts").accounts().await.unwrap();
    assert!(
        accounts.len() == 2 && accounts.iter().all(|account| account.is_active),
        "no status is no archived account"
    );
    assert!(asked("/TaxRates").tax_rates().await.unwrap().len() > 3);
    assert_eq!(asked("/TrackingCategories").tracking().await.unwrap().len(), 2);
    let date = "2019-01-01".parse().unwrap();
    let balance = asked("/Reports/TrialBalance").trial_balance(date).await.unwrap();
    assert!(balance.rows.iter().any(|row| row.account_code.as_deref() == Some("400")));
    let contacts = || ok(example(&specification, "/Contacts", "get", "200"));
    let xero = client(&Script::new([contacts(), contacts()]));
    let found = xero.find_contact("001", "Nobody").await.unwrap();
    assert!(matches!(found, ContactMatch::None), "{found:?}");
}

#[tokio::test]
async fn xeros_own_example_of_a_refusal_is_a_duplicate() {
    let Some(specification) = specification() else { return };
    let refusal = Answer::Reply(400, Vec::new(), example(&specification, "/Contacts", "put", "400"));
    let body = bodies().invoice_body(&new_invoice(vec![line("1", "100", "100")]));
    let made = write(&client(&Script::new([refusal])), Write::Invoice, &body, TARGET).await;
    let (class, words) = made.unwrap_err();
    assert!(
        class == Class::Duplicate && words.contains("must be unique across all active contacts"),
        "{words}"
    );
}
