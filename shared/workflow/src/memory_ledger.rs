//! A second ledger, for tests: ids, bodies and abilities of another form, in memory. What a use case does with it,
//! it can do with any ledger.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use tieout_ledger::{
    Account, Allocation, Answer, Capabilities, Contact, ContactId, ContactMatch, CreditNote, CreditNoteId, CreditNoteSummary, CurrencyCode,
    Invoice, InvoiceId, InvoiceSummary, Journal, JournalCurrency, JournalId, JournalLine, JournalStatus, JournalSummary, Ledger,
    LedgerError, NewAllocation, NewContact, NewCreditNote, NewInvoice, NewJournal, NewLine, Organisation, OrganisationId, TaxRate, Totals,
    TotalsError, TrackingCategory, TrialBalance, Written, totals_by_line,
};
use tieout_platform::effect::Permit;
use tieout_platform::vendor::{CallLimits, Priority};

/// What is in the books.
#[derive(Debug, Default)]
pub struct Books {
    pub contacts: ContactsKnown,
    pub journals: Vec<Journal>,
    /// So many writes take effect, and their answers are lost.
    pub lost_answers: u32,
}

/// What is known of any customer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ContactsKnown {
    #[default]
    Nobody,
    One,
    Archived,
    Several,
}

/// One organisation's books; clones share them.
#[derive(Debug, Clone)]
pub struct MemoryLedger {
    organisation: OrganisationId,
    books: Arc<Mutex<Books>>,
}

impl MemoryLedger {
    /// Books that begin as they are given.
    pub fn new(books: Books) -> Self {
        Self {
            organisation: id(OrganisationId::parse("4620816365")),
            books: Arc::new(Mutex::new(books)),
        }
    }

    /// The books as they are now.
    pub fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer to a write that took effect, unless it is lost.
    fn answered<T>(&self, what: &'static str, record: T) -> Result<Written<T>, LedgerError> {
        let mut books = self.books();
        if books.lost_answers > 0 {
            books.lost_answers -= 1;
            let problem = "no answer".to_owned();
            return Err(LedgerError::OutcomeUnknown {
                what,
                problem,
                source: None,
            });
        }
        Ok(Written {
            record,
            remarks: Vec::new(),
        })
    }

    fn post(&self, permit: &Permit<'_>) -> Result<Written<Journal>, LedgerError> {
        let body: Value = serde_json::from_str(permit.body()).unwrap_or_default();
        let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let lines = body["lines"].as_array().cloned().unwrap_or_default();
        let number = self.books().journals.len() + 1;
        let journal = Journal {
            id: id(JournalId::parse(&number.to_string())),
            narration: text(&body, "reference"),
            date: text(&body, "date").parse().unwrap_or_default(),
            status: JournalStatus::Posted,
            lines: lines
                .iter()
                .map(|line| JournalLine {
                    amount: text(line, "amount").parse().unwrap_or_default(),
                    account_code: Some(text(line, "account")),
                    description: String::new(),
                    tracking: Vec::new(),
                })
                .collect(),
            url: None,
            updated_at: DateTime::<Utc>::UNIX_EPOCH,
            link: String::new(),
        };
        self.books().journals.push(journal.clone());
        self.answered("post journal", journal)
    }
}

/// Ids of this ledger are numbers, which any id may be.
fn id<T, E: std::fmt::Debug>(parsed: Result<T, E>) -> T {
    parsed.expect("a number is an id")
}

fn contact(number: u32) -> Contact {
    Contact {
        id: id(ContactId::parse(&number.to_string())),
        name: "Express Logistics".to_owned(),
        number: None,
    }
}

/// What the rows do not ask for.
fn none<T>(what: &'static str) -> Answer<'static, T>
where
    T: Send + 'static,
{
    let words = "this ledger has none".to_owned();
    Box::pin(async move { Err(LedgerError::Refused { what, status: 0, words }) })
}

impl Ledger for MemoryLedger {
    fn name(&self) -> &'static str {
        "Memory Books"
    }

    fn organisation_id(&self) -> &OrganisationId {
        &self.organisation
    }

    fn target(&self) -> String {
        format!("memory:{}", self.organisation)
    }

    fn invoice_url(&self, invoice: &InvoiceId) -> String {
        format!("memory:invoice/{invoice}")
    }

    fn credit_note_url(&self, note: &CreditNoteId) -> String {
        format!("memory:credit-note/{note}")
    }

    fn journal_url(&self, journal: &JournalId) -> String {
        format!("memory:journal/{journal}")
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            drafts: false,
            document_lines_max: 20,
            batch_max: 1,
            journal_currency: JournalCurrency::Any,
            contact_key: None,
            line_tracking_max: 1,
            amount_decimals: 3,
            unit_decimals: 6,
            calls: CallLimits {
                minute: 500,
                at_once: 10,
                day: 100_000,
            },
        }
    }

    fn with_priority(&self, _: Priority) -> Arc<dyn Ledger> {
        Arc::new(self.clone())
    }

    fn totals(&self, lines: &[NewLine], rates: &[TaxRate]) -> Result<Totals, TotalsError> {
        totals_by_line(lines, rates, 3)
    }

    fn contact_body(&self, contact: &NewContact) -> String {
        json!({ "name": contact.name }).to_string()
    }

    fn invoice_body(&self, invoice: &NewInvoice) -> String {
        json!({ "number": invoice.number }).to_string()
    }

    fn credit_note_body(&self, note: &NewCreditNote) -> String {
        json!({ "number": note.number }).to_string()
    }

    fn allocation_body(&self, allocation: &NewAllocation) -> String {
        json!({ "invoice": allocation.invoice.as_str() }).to_string()
    }

    fn journal_body(&self, journal: &NewJournal) -> String {
        let lines = journal.lines.iter();
        let lines: Vec<Value> = lines
            .map(|line| json!({ "account": line.account_code, "amount": line.amount.to_string() }))
            .collect();
        json!({ "reference": journal.reference, "date": journal.date, "lines": lines }).to_string()
    }

    fn void_journal_body(&self, journal: &JournalId, _: &str) -> String {
        json!({ "void": journal.as_str() }).to_string()
    }

    fn find_contact<'a>(&'a self, _: &'a str, _: &'a str) -> Answer<'a, ContactMatch> {
        let found = match self.books().contacts {
            ContactsKnown::Nobody => ContactMatch::None,
            ContactsKnown::One => ContactMatch::Matched(contact(7)),
            ContactsKnown::Archived => ContactMatch::Archived {
                contact: contact(7),
                merged_into: None,
            },
            ContactsKnown::Several => ContactMatch::Ambiguous(vec![contact(7), contact(8)]),
        };
        Box::pin(async move { Ok(found) })
    }

    fn invoice<'a>(&'a self, _: &'a InvoiceId) -> Answer<'a, Option<Invoice>> {
        Box::pin(async { Ok(None) })
    }

    fn invoice_by_key<'a>(&'a self, _: &'a ContactId, _: &'a str) -> Answer<'a, Option<Invoice>> {
        Box::pin(async { Ok(None) })
    }

    fn invoice_by_number<'a>(&'a self, _: &'a str) -> Answer<'a, Option<Invoice>> {
        Box::pin(async { Ok(None) })
    }

    fn invoices_changed_since(&self, _: DateTime<Utc>) -> Answer<'_, Vec<InvoiceSummary>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn credit_note<'a>(&'a self, _: &'a CreditNoteId) -> Answer<'a, Option<CreditNote>> {
        Box::pin(async { Ok(None) })
    }

    fn credit_note_by_number<'a>(&'a self, _: &'a str) -> Answer<'a, Option<CreditNote>> {
        Box::pin(async { Ok(None) })
    }

    fn credit_notes_changed_since(&self, _: DateTime<Utc>) -> Answer<'_, Vec<CreditNoteSummary>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn journal<'a>(&'a self, journal: &'a JournalId) -> Answer<'a, Option<Journal>> {
        let found = self.books().journals.iter().find(|known| known.id == *journal).cloned();
        Box::pin(async move { Ok(found) })
    }

    fn journal_by_reference<'a>(&'a self, reference: &'a str, date: NaiveDate) -> Answer<'a, Option<Journal>> {
        let books = self.books();
        let of_key = books
            .journals
            .iter()
            .filter(|known| known.narration == reference && known.date == date);
        let found = of_key.max_by_key(|known| known.status == JournalStatus::Posted).cloned();
        Box::pin(async move { Ok(found) })
    }

    fn journals_changed_since(&self, _: DateTime<Utc>) -> Answer<'_, Vec<JournalSummary>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn organisation(&self) -> Answer<'_, Organisation> {
        Box::pin(async {
            Ok(Organisation {
                name: "Memory".to_owned(),
                base_currency: id(CurrencyCode::parse("KWD")),
                period_lock_date: None,
                year_lock_date: None,
                time_zone: "UTC".to_owned(),
                is_demo: true,
            })
        })
    }

    fn accounts(&self) -> Answer<'_, Vec<Account>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn tax_rates(&self) -> Answer<'_, Vec<TaxRate>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn tracking(&self) -> Answer<'_, Vec<TrackingCategory>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn trial_balance(&self, date: NaiveDate) -> Answer<'_, TrialBalance> {
        Box::pin(async move { Ok(TrialBalance { date, rows: Vec::new() }) })
    }

    fn create_contact<'a>(&'a self, _: Permit<'a>) -> Answer<'a, Written<ContactId>> {
        self.books().contacts = ContactsKnown::One;
        let answer = self.answered("create contact", contact(7).id);
        Box::pin(async move { answer })
    }

    fn create_invoice<'a>(&'a self, _: Permit<'a>) -> Answer<'a, Written<Invoice>> {
        none("create invoice")
    }

    fn create_credit_note<'a>(&'a self, _: Permit<'a>) -> Answer<'a, Written<CreditNote>> {
        none("create credit note")
    }

    fn allocate_credit_note<'a>(&'a self, _: &'a CreditNoteId, _: Permit<'a>) -> Answer<'a, Written<Allocation>> {
        none("allocate credit note")
    }

    fn post_journal<'a>(&'a self, permit: Permit<'a>) -> Answer<'a, Written<Journal>> {
        let answer = self.post(&permit);
        Box::pin(async move { answer })
    }

    fn void_journal<'a>(&'a self, _: &'a JournalId, _: Permit<'a>) -> Answer<'a, Written<Journal>> {
        none("void journal")
    }
}

/// An amount out of a test's text.
pub fn amount(text: &str) -> Decimal {
    text.parse().expect("an amount")
}
