//! Making a contract's invoice: a number of our own, one draft in the ledger under it, its totals compared, its lines mapped.

use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;
use serde_json::json;
use tieout_accounting::ids::ContractId;
use tieout_crm::deal::Deal;
use tieout_ledger::{ContactId, CurrencyCode, DocumentStatus, Invoice, InvoiceId, Ledger, NewInvoice, NewLine, Totals};
use tieout_platform::config::Entity;
use tieout_platform::effect::{EffectError, Intent, Performer, Permit};
use tieout_platform::failure::Failure;
use tieout_store::{Document, DocumentKind, InLedger, Link, PlannedLine, Rate, Stage};

use crate::deployment::Deployment;
use crate::documents::status_of;
use crate::error::WorkflowError;
use crate::finding::Finding;
use crate::ids::{line_of, parked_document};
use crate::ledger::{INVOICE_LINK, decimal, invoice_key};
use crate::parking::{Reason, park, unpark};

use super::check::{self, Bookable};
use super::contact::{self, Found};
use super::numbered::{self, Numbered, Slot, account, refused, tracking};
use super::pair::map;

/// What became of the invoice.
pub enum Ensured {
    /// It is in the ledger: the document as it is stored now, and the invoice.
    There(Box<Document>, Box<Invoice>),
    /// A person has to act first.
    Parked(Reason, Vec<Finding>),
}

/// The making of one invoice of a contract.
pub struct Making<'a> {
    /// What it stands on.
    pub deployment: &'a Deployment,
    /// Who bills.
    pub entity: &'a Entity,
    /// The contract.
    pub contract: &'a ContractId,
    /// The deal that the invoice bills.
    pub deal: &'a Deal,
    /// The day that it bears.
    pub date: NaiveDate,
    /// The customer's contact, where it was looked for already.
    pub found: Option<&'a Found>,
}

/// What is known before a number is.
struct Draft {
    /// Obligation and text of each line.
    texts: Vec<(String, String)>,
    expected: Totals,
    contact: ContactId,
    currency: CurrencyCode,
    lines: Vec<NewLine>,
}

impl Making<'_> {
    /// Sees to it that the invoice of `document` is in the ledger and linked, however often it is asked.
    ///
    /// # Errors
    /// Those of the ledger, the store and the effect, other than a refusal.
    pub async fn ensure(&self, document: Document) -> Result<Ensured, WorkflowError> {
        let ledger = self.deployment.ledger(self.entity)?.as_ref();
        if let Some(found) = document.in_ledger() {
            let invoice = read(ledger, &found.ledger_id).await?;
            self.link(&document, &invoice).await?;
            return Ok(Ensured::There(Box::new(document), Box::new(invoice)));
        }
        let draft = match self.draft(ledger, &document).await? {
            Ok(draft) => draft,
            Err(parked) => return Ok(parked),
        };
        let body = |number: &str, key: &str| ledger.invoice_body(&self.new_invoice(&draft, number, key));
        let creation = |number: String, key: String| Creation {
            ledger,
            contact: &draft.contact,
            number,
            key,
            slot: Slot::new(),
        };
        let made = match self.numbered().make(document, body, creation).await? {
            Ok(made) => made,
            Err(finding) => return Ok(Ensured::Parked(Reason::RefusedByLedger, vec![finding])),
        };
        let invoice = match made.record {
            Some(invoice) => *invoice,
            None => read(ledger, &made.reference).await?,
        };
        self.note(&draft, made.document, invoice).await
    }

    fn numbered(&self) -> Numbered<'_> {
        Numbered {
            deployment: self.deployment,
            entity: self.entity,
            contract: self.contract,
            kind: DocumentKind::Invoice,
        }
    }

    async fn draft(&self, ledger: &dyn Ledger, document: &Document) -> Result<Result<Draft, Ensured>, WorkflowError> {
        let bookable = match check::check(self.deal, self.entity, &self.deployment.config, self.deployment.crm.fields()) {
            Ok(bookable) => bookable,
            Err(findings) => return Ok(Err(Ensured::Parked(Reason::Findings, findings))),
        };
        let lines: Vec<NewLine> = match document
            .plan
            .iter()
            .map(|planned| self.line(document, planned, &bookable))
            .collect()
        {
            Ok(lines) => lines,
            Err(finding) => return Ok(Err(Ensured::Parked(Reason::Findings, vec![finding]))),
        };
        let rates = ledger.tax_rates().await?;
        let expected = match ledger.totals(&lines, &rates) {
            Ok(totals) => totals,
            Err(error) => {
                let action = "map the product to a tax type that is in use";
                let finding = Finding::new("TaxType", &self.entity.id, error.to_string(), action);
                return Ok(Err(Ensured::Parked(Reason::Findings, vec![finding])));
            }
        };
        let found = match self.found {
            Some(found) => found.clone(),
            None => contact::find(self.deployment, self.entity, &bookable.customer).await?,
        };
        let contact = match contact::ensure(self.deployment, self.entity, &bookable.customer, &found).await {
            Ok(contact) => contact,
            Err(WorkflowError::Effect(EffectError::Refused { reason, .. })) => {
                let finding = refused(ledger, "Contact", bookable.customer.id.as_str(), &reason);
                return Ok(Err(Ensured::Parked(Reason::RefusedByLedger, vec![finding])));
            }
            Err(error) => return Err(error),
        };
        Ok(match self.currency() {
            Ok(currency) => Ok(Draft {
                texts: texts(&document.plan, &lines),
                expected,
                contact,
                currency,
                lines,
            }),
            Err(finding) => Err(Ensured::Parked(Reason::Findings, vec![finding])),
        })
    }

    /// A planned line as the ledger takes it: as it was sold where it bills all of a line of the deal, else by the amount that was planned.
    fn line(&self, document: &Document, planned: &PlannedLine, bookable: &Bookable) -> Result<NewLine, Finding> {
        let of_line = line_of(&planned.obligation);
        let Some(line) = bookable.lines.iter().find(|line| line.obligation == of_line) else {
            let problem = "is to be billed, and the deal does not have this line any more";
            let remedy = "set the line back in the CRM, or bill it in the ledger and end the contract";
            return Err(Finding::new(&self.deployment.crm.fields().lines, of_line, problem, remedy));
        };
        let is_whole = line.obligation == planned.obligation && decimal(line.total) == planned.amount;
        let (quantity, unit_price) = match is_whole {
            true => (line.quantity, line.unit_price),
            false => (Decimal::ONE, planned.amount),
        };
        let description = match (is_whole || document.due.is_some(), planned.service) {
            (true, service) => line.description(service),
            (false, service) => {
                let start = service.map_or(line.start, |(start, _)| start);
                format!("{}: added from {start}", line.description(line.service()))
            }
        };
        Ok(NewLine {
            description,
            quantity,
            unit_price,
            amount: planned.amount,
            account_code: account(self.entity, &line.revenue_account),
            tax_type: line.tax_type.clone(),
            tracking: tracking(&line.tracking),
        })
    }

    fn currency(&self) -> Result<CurrencyCode, Finding> {
        CurrencyCode::parse(&self.deal.currency).map_err(|error| {
            let field = &self.deployment.crm.fields().currency;
            Finding::new(field, &self.deal.currency, error.to_string(), "correct the currency of the deal")
        })
    }

    fn new_invoice(&self, draft: &Draft, number: &str, key: &str) -> NewInvoice {
        let deal = self.deal;
        let due_days = Days::new(u64::from(self.entity.invoices.due_days));
        NewInvoice {
            number: number.to_owned(),
            key: key.to_owned(),
            order_url: self.deployment.crm.deal_url(&deal.id),
            reference: deal.name.clone(),
            contact: draft.contact.clone(),
            date: self.date,
            due_date: self.date.checked_add_days(due_days).unwrap_or(self.date),
            currency: draft.currency.clone(),
            lines: draft.lines.clone(),
        }
    }

    /// Compares the totals, stores which line bills what, and then links the invoice to its document, so that nobody follows an invoice whose
    /// lines are not known yet.
    async fn note(&self, draft: &Draft, document: Document, invoice: Invoice) -> Result<Ensured, WorkflowError> {
        if invoice.status == DocumentStatus::Draft {
            self.compare(document.ordinal, &invoice, draft.expected).await?;
        }
        let ours = draft.texts.iter().map(|(obligation, text)| (obligation.as_str(), text.as_str()));
        let in_ledger = InLedger {
            // The ledger's: one that was found by our key may have got another number before the table was restored.
            number: invoice.number.clone(),
            renumbered: None,
            ledger_id: invoice.id.to_string(),
            status: status_of(&invoice),
            lines: map(ours, &invoice.lines),
            rate: self.rate(&invoice),
            followed_ms: None,
            // Who made the draft is about to send it to the CRM: one write for both.
            claimed_ms: Some(invoice.updated_at.timestamp_millis()),
            synced_ms: None,
            overtaken_ms: Vec::new(),
        };
        let noted = document.at(Stage::InLedger(in_ledger));
        let written = self.deployment.store.write_document(self.contract, &noted).await?;
        let written = written.ok_or_else(|| self.numbered().contended())?;
        self.link(&written, &invoice).await?;
        Ok(Ensured::There(Box::new(written), Box::new(invoice)))
    }

    fn rate(&self, invoice: &Invoice) -> Option<Rate> {
        let is_foreign = invoice.currency.as_str() != self.entity.currency;
        let rate = invoice.rate_to_base.filter(|_| is_foreign)?;
        Some(Rate {
            on: invoice.date,
            rate: rate.normalize(),
        })
    }

    async fn link(&self, document: &Document, invoice: &Invoice) -> Result<(), WorkflowError> {
        let key = invoice_key(self.deployment.ledger(self.entity)?.as_ref(), &invoice.id);
        let link = Link {
            contract: self.contract.clone(),
            ordinal: document.ordinal,
        };
        self.deployment.store.link(INVOICE_LINK, &key, &link).await?;
        Ok(())
    }

    /// What the ledger made of it against what we meant, to the cent.
    async fn compare(&self, ordinal: u32, invoice: &Invoice, expected: Totals) -> Result<(), WorkflowError> {
        let found = invoice.totals();
        let key = parked_document("invoice-totals", self.contract, ordinal);
        if found == expected {
            return unpark(self.deployment, &key, "the totals agree").await;
        }
        let finding = Finding::new(
            "Total",
            found.total,
            format!(
                "with tax {} is what the ledger has, where {} with tax {} was expected",
                found.total_tax, expected.total, expected.total_tax
            ),
            "compare the draft with the deal before it is approved",
        );
        park(self.deployment, &key, Reason::TotalsDiffer, &[finding], json!({})).await
    }
}

fn texts(plan: &[PlannedLine], lines: &[NewLine]) -> Vec<(String, String)> {
    let texts = plan.iter().zip(lines);
    texts
        .map(|(planned, line)| (planned.obligation.clone(), line.description.clone()))
        .collect()
}

async fn read(ledger: &dyn Ledger, reference: &str) -> Result<Invoice, WorkflowError> {
    let unreadable = |why: String| WorkflowError::Unreadable {
        what: format!("invoice {reference}"),
        why,
    };
    let id = InvoiceId::parse(reference).map_err(|error| unreadable(error.to_string()))?;
    let found = ledger.invoice(&id).await?;
    found.ok_or_else(|| unreadable("the ledger does not have it".to_owned()))
}

struct Creation<'a> {
    ledger: &'a dyn Ledger,
    contact: &'a ContactId,
    number: String,
    key: String,
    slot: Slot<Invoice>,
}

impl numbered::Creation for Creation<'_> {
    type Record = Invoice;

    fn slot(&self) -> &Slot<Invoice> {
        &self.slot
    }
}

impl Performer for Creation<'_> {
    /// A table that was restored from an earlier day has forgotten what it sent, and under which number: so the invoice is looked for by our
    /// key even where nothing is known of it.
    async fn send(&self, permit: Permit<'_>) -> Result<String, Failure> {
        if let Some(there) = self.there().await? {
            return Ok(there);
        }
        let written = self.ledger.create_invoice(permit).await?;
        if !written.remarks.is_empty() {
            tracing::warn!(
                number = self.number.as_str(),
                remarks = written.remarks.len(),
                "the ledger had remarks on an invoice"
            );
        }
        let id = written.record.id.to_string();
        self.slot.keep(written.record);
        Ok(id)
    }

    /// An invoice under our number that does not bear our key is somebody else's: it is not ours to adopt.
    async fn look_up(&self, _: &Intent) -> Result<Option<String>, Failure> {
        let there = self.there().await?;
        if there.is_none() && self.ledger.invoice_by_number(&self.number).await?.is_some() {
            self.slot.is_anothers();
        }
        Ok(there)
    }
}

impl Creation<'_> {
    /// The invoice that bears our key, whatever its number.
    async fn there(&self) -> Result<Option<String>, Failure> {
        let found = self.ledger.invoice_by_key(self.contact, &self.key).await?;
        Ok(found.map(|invoice| {
            let id = invoice.id.to_string();
            self.slot.keep(invoice);
            id
        }))
    }
}
