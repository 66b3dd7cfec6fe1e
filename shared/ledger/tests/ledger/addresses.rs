//! Every address that we call is one of Xero's OpenAPI, with parameters that it knows there.

use serde_json::{Value, json};

use crate::openapi::specification;
use crate::support::{Answer, ID, Script, TARGET, Write, client, ok, write};
use tieout_ledger::{CreditNoteId, InvoiceId, JournalId};
use tieout_platform::http::Request;

/// All requests that the client can make; what the answers are does not matter.
async fn every_request() -> Vec<Request> {
    let body = json!({"Invoices": [], "CreditNotes": [], "ManualJournals": [], "Contacts": [], "Organisations": [],
        "Accounts": [], "TaxRates": [], "TrackingCategories": [], "Reports": []});
    let answers: Vec<Answer> = vec![ok(body.to_string()); 32];
    let script = Script::new(answers);
    let xero = client(&script);
    let (since, date) = ("2026-11-01T00:00:00Z".parse().unwrap(), "2026-11-30".parse().unwrap());
    let _ = xero.find_contact("001", "A Ltd").await;
    let _ = xero.find_contact("\"", "\"").await;
    let _ = xero.invoice(&InvoiceId::parse(ID).unwrap()).await;
    let _ = xero.invoice_by_number("INV-1").await;
    let _ = xero.invoices_changed_since(since).await;
    let _ = xero.credit_note(&CreditNoteId::parse(ID).unwrap()).await;
    let _ = xero.credit_note_by_number("CN-1").await;
    let _ = xero.credit_notes_changed_since(since).await;
    let _ = xero.journal(&JournalId::parse(ID).unwrap()).await;
    let _ = xero.journal_by_reference("k", date).await;
    let _ = xero.journals_changed_since(since).await;
    let _ = xero.organisation().await;
    let _ = xero.accounts().await;
    let _ = xero.tax_rates().await;
    let _ = xero.tracking().await;
    let _ = xero.trial_balance(date).await;
    let writes = [
        Write::Contact,
        Write::Invoice,
        Write::CreditNote,
        Write::Allocation,
        Write::Journal,
        Write::Void,
    ];
    for op in writes {
        let _ = write(&xero, op, "{}", TARGET).await;
    }
    script.calls()
}

/// The operation of a path, with ids matched by `{…}`.
fn operation<'a>(specification: &'a Value, method: &str, path: &str) -> Option<&'a Value> {
    let wanted: Vec<&str> = path.split('/').collect();
    let paths = specification["paths"].as_object().unwrap();
    let found = paths.iter().find(|(template, _)| {
        let parts: Vec<&str> = template.split('/').collect();
        let fits = |(part, wanted): (&&str, &&str)| part == wanted || (part.starts_with('{') && *wanted == ID);
        parts.len() == wanted.len() && parts.iter().zip(&wanted).all(fits)
    });
    found.and_then(|(_, operations)| operations.get(method))
}

/// The names of an operation's query and header parameters, in small letters.
fn parameters(specification: &Value, operation: &Value) -> Vec<String> {
    let listed = operation["parameters"].as_array().into_iter().flatten();
    let resolved = listed.map(|parameter| match parameter["$ref"].as_str() {
        Some(reference) => specification.pointer(reference.trim_start_matches('#')).unwrap(),
        None => parameter,
    });
    resolved
        .map(|parameter| parameter["name"].as_str().unwrap().to_lowercase())
        .collect()
}

#[tokio::test]
async fn every_address_that_we_call_is_one_of_xeros() {
    let Some(specification) = specification() else { return };
    let requests = every_request().await;
    assert_eq!(requests.len(), 24, "each call of the client once, finding a contact twice over");
    for request in requests {
        let path = request.uri().path().strip_prefix("/api.xro/2.0").unwrap();
        let method = request.method().as_str().to_lowercase();
        let operation = operation(&specification, &method, path).unwrap_or_else(|| panic!("{method} {path}"));
        let known = parameters(&specification, operation);
        let query = request.uri().query().unwrap_or_default();
        let names = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, _)| name.to_lowercase());
        let headers = ["if-modified-since", "idempotency-key"].map(str::to_owned).into_iter();
        let headers = headers.filter(|name| request.headers().contains_key(name));
        for name in names.chain(headers) {
            assert!(known.contains(&name), "{method} {path} does not know {name}: {known:?}");
        }
    }
}
