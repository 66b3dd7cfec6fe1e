//! A small company and a world in which all is well, for tests to tamper with.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::Auditor;
use super::books::contract_of;
use super::facts::{Company, Entity, Fact, Product, What};
use super::seen::{Answer, Organisation, Request, Seen, Table, Vendor};

pub const TENANT: &str = "6f1c2a57-3b0e-4d6a-9f27-5c8e1d0b7a11";
pub const DEAL: &str = "0065g00000AAAAAAAA";
pub const INVOICE: &str = "11111111-1111-1111-1111-111111111111";
pub const JOURNAL: &str = "22222222-2222-2222-2222-222222222222";
pub const MARK: &str = "uk/2026-01/release/1";

/// Seconds after the beginning of the test.
pub fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(1_770_000_000 + seconds)
}

pub fn company() -> Company {
    Company {
        entities: vec![Entity {
            id: "uk".to_owned(),
            tenant: TENANT.to_owned(),
            currency: "GBP".to_owned(),
            revenue: "200".to_owned(),
            liability: "850".to_owned(),
            asset: "615".to_owned(),
            number_prefix: "NWUK-".to_owned(),
            method: "daily".to_owned(),
            approval_required: true,
            ..Entity::default()
        }],
        products: vec![Product {
            code: "SETUP".to_owned(),
            at_point: true,
            ..Product::default()
        }],
        approvers: vec!["bjorn".to_owned(), "chidi".to_owned()],
        write_back: super::facts::WriteBack {
            invoice_number: "Tieout_Invoice_Number__c".to_owned(),
            invoice_status: "Tieout_Invoice_Status__c".to_owned(),
            amount_due: "Tieout_Amount_Due__c".to_owned(),
            amount_paid: "Tieout_Amount_Paid__c".to_owned(),
        },
        canaries: vec!["canary-secret-1".to_owned()],
        ..Company::default()
    }
}

pub fn fact(seconds: i64, what: What) -> Fact {
    Fact { at: at(seconds), what }
}

/// No table at all.
pub struct NoTable;

impl Table for NoTable {
    fn item(&self, _: &str, _: &str) -> Option<Value> {
        None
    }
}

/// A request to Xero.
pub fn xero(number: u64, seconds: i64, method: &str, path: &str, body: &str) -> Request {
    Request {
        number,
        at: at(seconds),
        function: "deal-worker".to_owned(),
        vendor: Vendor::Xero(TENANT.to_owned()),
        method: method.to_owned(),
        path: format!("/api.xro/2.0/{path}"),
        idempotency_key: (method != "GET").then(|| format!("key-{path}")),
        bearer: Some("access-1".to_owned()),
        body: body.to_owned(),
    }
}

/// It took effect, and the answer came.
pub fn well(request: &Request, seconds: i64, body: &Value) -> Answer {
    Answer {
        number: request.number,
        at: at(seconds),
        arrived: true,
        vendor_status: Some(200),
        vendor_body: body.to_string(),
        status: Some(200),
        retry_after_s: None,
    }
}

/// It took effect, and the answer was lost.
pub fn lost(request: &Request, seconds: i64, body: &Value) -> Answer {
    Answer {
        status: None,
        ..well(request, seconds, body)
    }
}

/// The body of a journal that releases 100.00.
pub fn journal_body() -> String {
    json!({"ManualJournals": [journal("POSTED")]}).to_string()
}

pub fn journal(status: &str) -> Value {
    json!({
        "ManualJournalID": JOURNAL, "Narration": format!("Revenue recognised: uk 2026-01 [{MARK}]"), "Date": "2026-01-31", "Status": status,
        "JournalLines": [{"AccountCode": "850", "LineAmount": 100.00}, {"AccountCode": "200", "LineAmount": -100.00}],
    })
}

/// An invoice over 1,200.00 in the ledger.
pub fn invoice(status: &str) -> Value {
    json!({
        "InvoiceID": INVOICE, "InvoiceNumber": "NWUK-00001", "Url": format!("https://crm.example/{DEAL}#{}/1", contract_of(DEAL)), "Type": "ACCREC", "Status": status, "Date": "2026-01-01",
        "CurrencyCode": "GBP", "SubTotal": 1200.00, "TotalTax": 240.00, "Total": 1440.00, "AmountPaid": 0, "AmountDue": 1440.00,
        "UpdatedDateUTC": "/Date(1770000000000+0000)/",
    })
}

/// A deal over twelve months at 100.00 a month, booked, authorised, synced, and January closed.
pub fn world() -> Seen {
    let mut seen = Seen {
        at: at(1_000),
        ..Seen::default()
    };
    let organisation = Organisation {
        documents: vec![invoice("AUTHORISED")],
        journals: vec![journal("POSTED")],
        contacts: vec![json!({"ContactID": "c", "ContactNumber": "0015g00000AAAAAAAA"})],
    };
    seen.organisations.insert(TENANT.to_owned(), organisation);
    let opportunity = json!({
        "Id": DEAL, "IsWon": true, "Tieout_Invoice_Number__c": "NWUK-00001", "Tieout_Invoice_Status__c": "Authorised",
        "Tieout_Amount_Due__c": 1440, "Tieout_Amount_Paid__c": 0,
    });
    seen.opportunities
        .insert(DEAL.to_owned(), opportunity.as_object().cloned().unwrap_or_default());
    seen.table = table();
    seen
}

fn table() -> Vec<Value> {
    let signed = json!({"type": "signed", "on": "2026-01-01", "obligations": [{"id": "00k1", "price": "1200.00", "satisfied": "over_time",
        "start": "2026-01-01", "end": "2026-12-31", "method": "equal_touched"}]});
    let invoiced = json!({"type": "invoiced", "on": "2026-01-01", "invoice": "NWUK", "lines": [{"obligation": "00k1", "amount": "1200"}], "tax": "240"});
    let part = |role: &str, cents: i64| {
        json!({"contract": contract_of(DEAL), "obligation": "00k1", "role": role, "economic_period": "2026-01", "posting_period": "2026-01",
            "amount_minor": cents, "journal_key": MARK})
    };
    let lines = json!([part("contract_liability", 10_000), part("revenue", -10_000)]);
    vec![
        json!({"pk": format!("CONTRACT#{}", contract_of(DEAL)), "sk": "1#HEAD", "contract": contract_of(DEAL), "origin": format!("crm/{DEAL}"),
            "entity": "uk", "currency": "GBP", "version": 2, "revision": 5}),
        json!({"pk": format!("CONTRACT#{}", contract_of(DEAL)), "sk": "3#DOCUMENT#000001", "stage": stage(1_770_000_000_000, 1_770_000_000_000)}),
        event(1, &signed),
        event(2, &invoiced),
        json!({"pk": format!("LINK#invoice#1/{INVOICE}"), "sk": "LINK", "contract": contract_of(DEAL)}),
        json!({"pk": "POSTINGS#uk", "sk": format!("POSTING#{MARK}"), "journal_key": MARK, "ledger_id": JOURNAL, "state": "posted",
            "posting_period": "2026-01", "lines": lines.to_string()}),
        json!({"pk": "PERIODS#uk", "sk": "PERIOD#2026-01", "entity": "uk", "period": "2026-01", "state": "closed", "proposal": "{}"}),
    ]
}

fn event(place: u32, body: &Value) -> Value {
    json!({"pk": format!("CONTRACT#{}", contract_of(DEAL)), "sk": format!("4#EVENT#{place:09}"), "written_at": "2026-02-01T00:00:00.000000Z",
        "event": body.to_string()})
}

/// The stage of the contract's document: followed up to one version, the CRM in step with another.
fn stage(followed_ms: i64, synced_ms: i64) -> String {
    let found = json!({"number": "NWUK-00001", "ledger_id": INVOICE, "followed_ms": followed_ms, "synced_ms": synced_ms});
    json!({"in_ledger": found}).to_string()
}

/// Sets the versions of the contract's document.
pub fn document(seen: &mut Seen, followed_ms: i64, synced_ms: i64) {
    item(seen, "3#DOCUMENT#000001")["stage"] = json!(stage(followed_ms, synced_ms));
}

/// The item of the world's table under a key.
pub fn item<'a>(seen: &'a mut Seen, sk: &str) -> &'a mut Value {
    let found = seen.table.iter_mut().find(|item| item["sk"] == sk);
    found.expect("an item of the tampered world")
}

/// The names of the invariants that an auditor finds broken.
pub fn broken(auditor: &Auditor) -> Vec<&'static str> {
    let mut names: Vec<&str> = auditor.violations().iter().map(|violation| violation.invariant).collect();
    names.dedup();
    names
}

/// What a full look at the end finds broken.
pub fn at_the_end(auditor: &mut Auditor, seen: &Seen) -> Vec<&'static str> {
    auditor.end(seen);
    broken(auditor)
}

/// A proposal whose one journal is the tampered one.
pub fn proposal(by: &str, hash: &str) -> super::facts::Proposal {
    let lines = json!([{"role": "contract_liability", "amount_minor": 10_000}, {"role": "revenue", "amount_minor": -10_000}]);
    let text = json!({"entity": "uk", "period": "2026-01", "journals": [{"key": MARK, "date": "2026-01-31", "lines": lines}]});
    super::facts::Proposal {
        entity: "uk".to_owned(),
        period: "2026-01".to_owned(),
        hash: hash.to_owned(),
        by: by.to_owned(),
        text: text.to_string(),
    }
}
