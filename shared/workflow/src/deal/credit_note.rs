//! Making a contract's credit note: a number of our own, one draft in the ledger under it, its lines mapped.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use tieout_accounting::ids::ObligationId;
use tieout_ledger::{ContactId, CreditNote, CreditNoteId, CurrencyCode, InvoiceId, Ledger, NewCreditNote, NewLine};
use tieout_platform::config::{Entity, Product};
use tieout_platform::effect::{Intent, Performer, Permit};
use tieout_platform::failure::Failure;
use tieout_store::{Answers, Document, DocumentKind, DocumentStatus, InLedger, Link, Outline, PlannedLine, Stage};

use crate::deployment::Deployment;
use crate::error::WorkflowError;
use crate::finding::Finding;
use crate::ledger::{CREDIT_NOTE_LINK, document_link};
use crate::parking::Reason;

use super::numbered::{self, Numbered, Slot, account, tracking};
use super::pair::map;
use super::plan::Plan;

/// What became of the credit note.
pub enum Ensured {
    /// It is in the ledger and linked.
    There,
    /// A person has to act first.
    Parked(Reason, Finding),
}

/// The making of one credit note of a contract.
pub struct Making<'a> {
    /// What it stands on.
    pub deployment: &'a Deployment,
    /// Who credits.
    pub entity: &'a Entity,
    /// The contract.
    pub outline: &'a Outline,
}

/// The credit notes that a plan asks for, one for each invoice that billed what fell away from `on`; numbered behind the document `last`.
pub fn planned<'a>(
    outline: &'a Outline,
    plan: &'a Plan,
    last: u32,
    on: NaiveDate,
    dated: NaiveDate,
) -> impl Iterator<Item = Document> + 'a {
    (last + 1..).zip(&plan.credits).map(move |(ordinal, (invoice, lines))| {
        let billed = outline.document(*invoice);
        let lines = lines.iter().map(|(obligation, amount)| credited(billed, obligation, *amount, on));
        let note = Document::planned(ordinal, DocumentKind::CreditNote, lines.collect());
        note.answering(Answers {
            invoice: *invoice,
            on: dated,
            cancelled: plan.cancels,
        })
    })
}

/// A line of a credit note, as the invoice has it.
fn credited(billed: Option<&Document>, obligation: &ObligationId, amount: Decimal, on: NaiveDate) -> PlannedLine {
    let lines = billed.iter().flat_map(|document| &document.plan);
    let of_invoice = lines
        .filter(|line| line.obligation == obligation.as_str())
        .max_by_key(|line| line.service);
    PlannedLine {
        obligation: obligation.to_string(),
        amount: amount.normalize(),
        service: of_invoice
            .and_then(|line| line.service)
            .map(|(start, end)| not_served((start, end), on)),
        revenue_account: of_invoice.map(|line| line.revenue_account.clone()).unwrap_or_default(),
    }
}

/// The days from `on`; all of them where they end before it, and more was billed for them than was recognised.
fn not_served((start, end): (NaiveDate, NaiveDate), on: NaiveDate) -> (NaiveDate, NaiveDate) {
    if on > end { (start, end) } else { (on.max(start), end) }
}

/// What is known before a number is.
struct Draft<'a> {
    invoice: &'a InLedger,
    /// The invoice's own: a credit note is set only against an invoice of its contact.
    contact: ContactId,
    date: NaiveDate,
    currency: CurrencyCode,
}

impl Making<'_> {
    /// Sees to it that the credit note of `document` is in the ledger and linked, however often it is asked.
    ///
    /// # Errors
    /// Those of the ledger, the store and the effect, other than a refusal.
    pub async fn ensure(&self, document: Document) -> Result<Ensured, WorkflowError> {
        let ledger = self.deployment.ledger(self.entity)?.as_ref();
        if let Some(found) = document.in_ledger() {
            let id = self.note_id(&found.ledger_id)?;
            return self.link(&document, &id).await;
        }
        let draft = match self.draft(ledger, &document).await? {
            Ok(draft) => draft,
            Err((reason, finding)) => return Ok(Ensured::Parked(reason, finding)),
        };
        let planned = document.clone();
        let body = |number: &str, key: &str| ledger.credit_note_body(&self.new_note(&draft, &planned, number, key));
        let creation = |number: String, key: String| Creation {
            ledger,
            number,
            key,
            slot: Slot::new(),
        };
        let made = match self.numbered().make(document, body, creation).await? {
            Ok(made) => made,
            Err(finding) => return Ok(Ensured::Parked(Reason::RefusedByLedger, finding)),
        };
        let note = match made.record {
            Some(note) => *note,
            None => {
                let note = ledger.credit_note(&self.note_id(&made.reference)?).await?;
                note.ok_or_else(|| self.unreadable("the ledger does not have it"))?
            }
        };
        self.note(draft.invoice, made.document, &note).await
    }

    fn numbered(&self) -> Numbered<'_> {
        Numbered {
            deployment: self.deployment,
            entity: self.entity,
            contract: &self.outline.head.contract,
            kind: DocumentKind::CreditNote,
        }
    }

    async fn draft(&self, ledger: &dyn Ledger, document: &Document) -> Result<Result<Draft<'_>, (Reason, Finding)>, WorkflowError> {
        let contract = &self.outline.head.contract;
        let Some((invoice, date)) = self.invoice(document) else {
            let remedy = "see what the deal of that invoice waits for; the sweep tries again within the hour";
            let finding = Finding::new("Credit note", contract, "answers an invoice that is not in the ledger", remedy);
            return Ok(Err((Reason::OrderWaits, finding)));
        };
        let id = InvoiceId::parse(&invoice.ledger_id).map_err(|error| self.unreadable(&error.to_string()))?;
        let Some(found) = ledger.invoice(&id).await? else {
            let remedy = "see in the ledger what became of it, and credit the customer there";
            let finding = Finding::new(
                "Credit note",
                contract,
                "answers an invoice that the ledger does not show any more",
                remedy,
            );
            return Ok(Err((Reason::OrderWaits, finding)));
        };
        let currency = CurrencyCode::parse(&self.outline.head.currency).map_err(|error| self.unreadable(&error.to_string()))?;
        Ok(Ok(Draft {
            invoice,
            contact: found.contact,
            date,
            currency,
        }))
    }

    fn new_note(&self, draft: &Draft<'_>, document: &Document, number: &str, key: &str) -> NewCreditNote {
        NewCreditNote {
            number: number.to_owned(),
            reference: format!("Invoice {} {key}", draft.invoice.number),
            contact: draft.contact.clone(),
            date: draft.date,
            currency: draft.currency.clone(),
            lines: document.plan.iter().map(|line| self.new_line(draft.invoice, line)).collect(),
        }
    }

    fn new_line(&self, invoice: &InLedger, line: &PlannedLine) -> NewLine {
        let product = self.product(&line.obligation);
        let mut options = self.entity.invoices.tracking.clone();
        options.extend(product.map(|product| product.tracking.clone()).unwrap_or_default());
        let tax_type = product.and_then(|product| product.tax_types.get(&self.entity.id));
        NewLine {
            description: description(invoice, line),
            quantity: Decimal::ONE,
            unit_price: line.amount,
            amount: line.amount,
            account_code: account(self.entity, &line.revenue_account),
            tax_type: tax_type.unwrap_or(&self.entity.invoices.tax_type).clone(),
            tracking: tracking(&options),
        }
    }

    fn product(&self, obligation: &str) -> Option<&Product> {
        let lines = self.outline.orders.iter().flat_map(|order| &order.booked.lines);
        let code = lines
            .filter(|line| line.id == obligation)
            .find_map(|line| line.product.as_deref())?;
        self.deployment.config.products.iter().find(|product| product.code == code)
    }

    /// Stores which line takes back what, and then links the credit note to its document.
    async fn note(&self, invoice: &InLedger, document: Document, note: &CreditNote) -> Result<Ensured, WorkflowError> {
        let texts: Vec<String> = document.plan.iter().map(|line| description(invoice, line)).collect();
        let ours = document.plan.iter().zip(&texts);
        let in_ledger = InLedger {
            number: note.number.clone(),
            renumbered: None,
            ledger_id: note.id.to_string(),
            status: DocumentStatus::Drafted,
            lines: map(ours.map(|(line, text)| (line.obligation.as_str(), text.as_str())), &note.lines),
            rate: None,
            followed_ms: None,
            claimed_ms: None,
            synced_ms: None,
            overtaken_ms: Vec::new(),
        };
        let noted = document.at(Stage::InLedger(in_ledger));
        let contract = &self.outline.head.contract;
        let written = self.deployment.store.write_document(contract, &noted).await?;
        let written = written.ok_or_else(|| self.numbered().contended())?;
        self.link(&written, &note.id).await
    }

    /// Links it, and follows what finance did with it while nobody knew whose it was.
    async fn link(&self, document: &Document, note: &CreditNoteId) -> Result<Ensured, WorkflowError> {
        let key = document_link(self.deployment.ledger(self.entity)?.as_ref(), note.as_str());
        let link = Link {
            contract: self.outline.head.contract.clone(),
            ordinal: document.ordinal,
        };
        self.deployment.store.link(CREDIT_NOTE_LINK, &key, &link).await?;
        crate::invoice::handle_credit_note(self.deployment, self.entity, note).await?;
        Ok(Ensured::There)
    }

    /// The invoice that it corrects, as the ledger has it, and the day on which it is dated.
    fn invoice(&self, document: &Document) -> Option<(&InLedger, NaiveDate)> {
        let answers = document.answers?;
        Some((self.outline.document(answers.invoice)?.in_ledger()?, answers.on))
    }

    fn note_id(&self, text: &str) -> Result<CreditNoteId, WorkflowError> {
        CreditNoteId::parse(text).map_err(|error| self.unreadable(&error.to_string()))
    }

    fn unreadable(&self, why: &str) -> WorkflowError {
        WorkflowError::Unreadable {
            what: format!("a credit note of contract {}", self.outline.head.contract),
            why: why.to_owned(),
        }
    }
}

/// The invoice's own words, with the days that are taken back: the credit note has to refer to what it corrects.
fn description(invoice: &InLedger, line: &PlannedLine) -> String {
    let of_invoice = invoice.lines.iter().find(|map| map.obligation == line.obligation);
    let words = of_invoice.map_or(line.obligation.as_str(), |map| map.description.as_str());
    match line.service {
        Some((start, end)) => format!("Credit of {}: {words}; for {start} to {end}", invoice.number),
        None => format!("Credit of {}: {words}", invoice.number),
    }
}

struct Creation<'a> {
    ledger: &'a dyn Ledger,
    number: String,
    key: String,
    slot: Slot<CreditNote>,
}

impl numbered::Creation for Creation<'_> {
    type Record = CreditNote;

    fn slot(&self) -> &Slot<CreditNote> {
        &self.slot
    }
}

impl Creation<'_> {
    /// The credit note under our number, where it bears our key at the end of its reference: it has no field of its own for it.
    async fn there(&self) -> Result<Option<String>, Failure> {
        let Some(note) = self.ledger.credit_note_by_number(&self.number).await? else {
            return Ok(None);
        };
        if !note.reference.ends_with(&self.key) {
            self.slot.is_anothers();
            return Ok(None);
        }
        let id = note.id.to_string();
        self.slot.keep(note);
        Ok(Some(id))
    }
}

impl Performer for Creation<'_> {
    async fn send(&self, permit: Permit<'_>) -> Result<String, Failure> {
        if let Some(there) = self.there().await? {
            return Ok(there);
        }
        let written = self.ledger.create_credit_note(permit).await?;
        if !written.remarks.is_empty() {
            tracing::warn!(
                number = self.number.as_str(),
                remarks = written.remarks.len(),
                "the ledger had remarks on a credit note"
            );
        }
        let id = written.record.id.to_string();
        self.slot.keep(written.record);
        Ok(id)
    }

    async fn look_up(&self, _: &Intent) -> Result<Option<String>, Failure> {
        self.there().await
    }
}
