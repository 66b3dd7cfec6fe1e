//! Replies of Xero and Salesforce: any status and body is read, or is an error with a class. No error repeats a secret.

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use tieout_crm::deal::InvoiceFacts;
use tieout_crm::salesforce::{Login, Salesforce, SalesforceSettings};
use tieout_crm::{Crm, WriteBackEffect};
use tieout_ledger::xero::{CALLS, Xero, XeroLogin, XeroSettings};
use tieout_ledger::{ContactId, CreditNoteId, InvoiceId, JournalId, Ledger, LedgerError, OrganisationId};
use tieout_platform::config::{Billing, LineFields, Orders, WriteBack};
use tieout_platform::effect::{EffectKey, Intent, MemoryRecords, Performer, Permit, perform};
use tieout_platform::failure::{Classified, Failure};
use tieout_platform::secret::Secret;

use super::draw::Draw;
use super::wire::{AllowAll, LeapingClock, Vendor, wait};

const ID: &str = "717f2bfc-c6d4-41fd-b238-3f2f0c0cf777";
const DEAL: &str = "0067F000003pmdWQAQ";
/// The client's secret; it must not appear in any error.
const CANARY: &str = "canary-of-the-client";
const STATUSES: [u16; 14] = [200, 200, 200, 200, 201, 204, 400, 401, 403, 404, 412, 429, 500, 503];
const HEADERS: [&str; 6] = [
    "retry-after",
    "date",
    "x-minlimit-remaining",
    "x-daylimit-remaining",
    "x-rate-limit-problem",
    "content-type",
];
const VALUES: [&str; 8] = [
    "7",
    "-1",
    "99999999999999999999",
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "minute",
    "day",
    "",
];

/// The first four bytes choose the call, the status and a header; the rest is the body.
pub fn vendor_reply(bytes: &[u8]) {
    let mut draw = Draw(bytes);
    let (call, status, choice) = (draw.byte(), draw.byte(), draw.byte());
    let header = draw.byte();
    let value = VALUES.get(usize::from(header >> 4) % VALUES.len()).copied().unwrap_or_default();
    let vendor = Arc::new(Vendor {
        status: STATUSES.get(usize::from(status) % STATUSES.len()).copied().unwrap_or(200),
        header: HEADERS.get(usize::from(header & 15)).map(|name| (*name, value.to_owned())),
        body: Bytes::copy_from_slice(draw.0),
        answers_login: choice.is_multiple_of(8),
    });
    if call.is_multiple_of(4) {
        wait(salesforce(vendor, call / 4));
    } else {
        wait(xero(vendor, call / 4));
    }
}

fn checked<T>(answer: Result<T, impl Classified>) {
    if let Err(error) = answer {
        let words = tieout_platform::failure::chain(&error);
        assert!(!words.is_empty() && !words.contains(CANARY), "{words}");
        let _ = error.class();
    }
}

async fn salesforce(vendor: Arc<Vendor>, call: u8) {
    let settings = SalesforceSettings {
        organisation: tieout_crm::salesforce::ids::OrganisationId::parse("00D7F00000107XsUAI").expect("a valid id"),
        url: "https://northwind.my.salesforce.com".to_owned(),
        api_version: "62.0".to_owned(),
        login: Login::ClientCredentials {
            id: "the-app".to_owned(),
            secret: Secret::new(CANARY),
        },
        fields: LineFields::default(),
        orders: Orders::default(),
        billing: Billing::default(),
        write_back: WriteBack::default(),
        multi_currency: call.is_multiple_of(2),
        currency: (call % 2 == 1).then(|| "GBP".to_owned()),
    };
    let client = Salesforce::new(vendor, LeapingClock::shared(), settings).expect("valid settings");
    let id = client.record_id(DEAL).expect("a valid id");
    let facts = InvoiceFacts {
        number: "T-1".to_owned(),
        status: "DRAFT".to_owned(),
        amount_due: 120.into(),
        amount_paid: 0.into(),
        currency: "GBP".to_owned(),
        link: "https://x.example".to_owned(),
    };
    let body = client.write_back_body(&id, &facts);
    match call % 4 {
        0 => checked(client.read_deal(&id).await),
        1 => checked(client.changed_since(DateTime::<Utc>::UNIX_EPOCH).await),
        2 => checked(client.look_up_write_back(&body).await),
        _ => performed(&WriteBackEffect(&client), body, &client.target()).await,
    }
}

/// Performs one effect by the product's own code.
async fn performed<P: Performer>(performer: &P, body: String, target: &str) {
    let intent = Intent {
        key: EffectKey::new(&["fuzz", "1"]),
        target: target.to_owned(),
        body,
    };
    let _ = perform(&MemoryRecords::default(), LeapingClock::shared().as_ref(), &intent, performer).await;
}

async fn xero(vendor: Arc<Vendor>, call: u8) {
    let settings = XeroSettings {
        url: "https://api.xero.test".to_owned(),
        identity_url: "https://identity.xero.test".to_owned(),
        login: XeroLogin::ClientCredentials {
            client_id: "client".to_owned(),
            client_secret: Secret::new(CANARY),
            scopes: String::new(),
        },
        calls: CALLS,
    };
    let login = Xero::new(vendor, LeapingClock::shared(), settings, Arc::new(AllowAll), Arc::new(AllowAll));
    let client: &dyn Ledger = &login.ledger(OrganisationId::parse(ID).expect("a valid id"));
    let invoice = InvoiceId::parse(ID).expect("a valid id");
    let note = CreditNoteId::parse(ID).expect("a valid id");
    let journal = JournalId::parse(ID).expect("a valid id");
    let (since, day) = (DateTime::<Utc>::UNIX_EPOCH, NaiveDate::default());
    match call % 20 {
        0 => checked(client.invoice(&invoice).await),
        1 => checked(client.invoice_by_number("T-1").await),
        2 => checked(client.invoices_changed_since(since).await),
        3 => checked(client.credit_note(&note).await),
        4 => checked(client.credit_note_by_number("T-1").await),
        5 => checked(client.credit_notes_changed_since(since).await),
        6 => checked(client.journal(&journal).await),
        7 => checked(client.journal_by_reference("xero/journal/uk/2026-11#1", day).await),
        8 => checked(client.journals_changed_since(since).await),
        9 => checked(client.organisation().await),
        10 => checked(client.accounts().await),
        11 => checked(client.tax_rates().await),
        12 => checked(client.tracking().await),
        13 => checked(client.trial_balance(day).await),
        14 => checked(client.find_contact("001", "Northwind").await),
        write => {
            let target = client.target();
            performed(&Writes(client, write), r#"{"Invoices":[{}]}"#.to_owned(), &target).await;
        }
    }
}

/// The writes.
struct Writes<'a>(&'a dyn Ledger, u8);

impl Writes<'_> {
    async fn act(&self, permit: Permit<'_>) -> Result<String, LedgerError> {
        let Self(ledger, which) = self;
        Ok(match which {
            15 => ContactId::to_string(&ledger.create_contact(permit).await?.record),
            16 => ledger.create_invoice(permit).await?.record.id.to_string(),
            17 => ledger.create_credit_note(permit).await?.record.id.to_string(),
            18 => ledger.post_journal(permit).await?.record.id.to_string(),
            _ => {
                let note = CreditNoteId::parse(ID).expect("a valid id");
                ledger.allocate_credit_note(&note, permit).await?.record.invoice.to_string()
            }
        })
    }
}

impl Performer for Writes<'_> {
    async fn send(&self, permit: Permit<'_>) -> Result<String, Failure> {
        let acted = self.act(permit).await;
        if let Err(error) = &acted {
            assert!(!error.to_string().contains(CANARY));
        }
        acted.map_err(Failure::from)
    }

    async fn look_up(&self, _: &Intent) -> Result<Option<String>, Failure> {
        Ok(None)
    }
}
