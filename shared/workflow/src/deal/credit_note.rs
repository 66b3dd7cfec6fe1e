//! Making a contract's credit note: a number of our own, one draft in the ledger under it, its lines mapped.

use std::sync::Mutex;

use tieout_accounting::ids::{ContractId, EntityId};
use tieout_crm::deal::Deal;
use tieout_ledger::{ContactId, CreditNote, CreditNoteId, CurrencyCode, Ledger, NewCreditNote, NewLine, Tracking};
use tieout_platform::config::{Coding, Entity, Product};
use tieout_platform::effect::{EffectError, Intent, Performer, Permit};
use tieout_platform::failure::Failure;
use tieout_store::{Document, DocumentKind, DocumentStatus, InLedger, LineMap, Link, Outline, PlannedLine, Series, Stage};

use crate::deployment::Deployment;
use crate::effects::{perform, perform_issued};
use crate::error::WorkflowError;
use crate::finding::Finding;
use crate::ids::{document_effect, document_key};
use crate::ledger::{CREDIT_NOTE_LINK, document_link};
use crate::parking::Reason;

use super::contact::{self, Found};
use super::pair::pair;

/// Numbers that are tried where documents that are none of ours have them.
const NUMBERS_MAX: u32 = 5;

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
    /// The deal that it follows from.
    pub deal: &'a Deal,
}

enum Made {
    There(Document, Box<CreditNote>),
    Refused(String, String),
    NumberTaken(Document),
}

impl Making<'_> {
    /// Sees to it that the credit note of `document` is in the ledger and linked, however often it is asked.
    ///
    /// # Errors
    /// Those of the ledger, the store and the effect, other than a refusal.
    pub async fn ensure(&self, document: Document) -> Result<Ensured, WorkflowError> {
        let ledger = self.deployment.ledger(self.entity)?.as_ref();
        if let Some(found) = document.in_ledger() {
            self.link(&document, &found.ledger_id).await?;
            return Ok(Ensured::There);
        }
        let Some(invoice) = self.invoice(&document) else {
            let remedy = "the draft invoice that it corrects is not made yet; the sweep tries again within the hour";
            let finding = Finding::new(
                "Credit note",
                self.contract(),
                "answers an invoice that is not in the ledger",
                remedy,
            );
            return Ok(Ensured::Parked(Reason::OrderWaits, finding));
        };
        let contact = match self.contact().await? {
            Ok(contact) => contact,
            Err((reason, finding)) => return Ok(Ensured::Parked(reason, finding)),
        };
        let currency = CurrencyCode::parse(&self.outline.head.currency).map_err(|error| self.unreadable(&error.to_string()))?;
        let draft = Draft {
            invoice,
            contact,
            currency,
        };
        let mut document = document;
        for _ in 0..NUMBERS_MAX {
            match self.make(ledger, &draft, document).await? {
                Made::There(document, note) => return self.note(draft.invoice, document, &note).await,
                Made::Refused(number, reason) => {
                    let remedy = format!(
                        "correct it in {} or in tieout.toml; the sweep tries again within the hour",
                        ledger.name()
                    );
                    let problem = format!("is refused by the ledger: {reason}");
                    return Ok(Ensured::Parked(
                        Reason::RefusedByLedger,
                        Finding::new("Credit note", number, problem, remedy),
                    ));
                }
                Made::NumberTaken(made) => {
                    let renumbered = self.deployment.store.renumber(self.contract(), &made, &self.series()).await?;
                    document = renumbered.ok_or_else(|| self.contended())?;
                }
            }
        }
        let problem = format!(
            "this number and the {} before it belong to other documents in the ledger",
            NUMBERS_MAX - 1
        );
        let remedy = "give the entity another credit_note_prefix in tieout.toml";
        let finding = Finding::new("Credit note", document.number().unwrap_or_default(), problem, remedy);
        Ok(Ensured::Parked(Reason::RefusedByLedger, finding))
    }

    async fn contact(&self) -> Result<Result<ContactId, (Reason, Finding)>, WorkflowError> {
        let Some(customer) = &self.deal.account else {
            let fields = self.deployment.crm.fields();
            let finding = Finding::new(
                &fields.customer,
                "empty",
                "a credit note needs its customer",
                "give the deal its customer",
            );
            return Ok(Err((Reason::Findings, finding)));
        };
        let found = match contact::find(self.deployment, self.entity, customer).await? {
            Found::Obstacle(reason, finding) => return Ok(Err((reason, finding))),
            found => found,
        };
        contact::ensure(self.deployment, self.entity, customer, &found).await.map(Ok)
    }

    async fn make(&self, ledger: &dyn Ledger, draft: &Draft<'_>, document: Document) -> Result<Made, WorkflowError> {
        let key = document_key(self.contract(), document.ordinal);
        let intent = |number: &str| Intent {
            key: document_effect(self.contract(), document.ordinal),
            target: ledger.target(),
            body: ledger.credit_note_body(&self.new_note(draft, &document, number, &key)),
        };
        let (document, intent, issued) = match document.number() {
            Some(number) => {
                let intent = intent(number);
                (document, intent, None)
            }
            None => {
                let issued = self
                    .deployment
                    .store
                    .issue(self.contract(), &document, &self.series(), intent)
                    .await?;
                let issued = issued.ok_or_else(|| self.contended())?;
                (issued.document, issued.intent, Some(issued.record))
            }
        };
        let number = document.number().unwrap_or_default().to_owned();
        let creation = Creation {
            ledger,
            number: &number,
            key: &key,
            is_taken: Mutex::new(false),
        };
        let settled = match issued {
            Some(record) => perform_issued(self.deployment, record, &intent, &creation).await,
            None => perform(self.deployment, &intent, &creation).await,
        };
        let reference = match settled {
            Ok(settled) => settled.reference().to_owned(),
            Err(EffectError::DoneDifferently { reference, .. }) => reference,
            Err(EffectError::Refused { .. }) if creation.is_taken() => return Ok(Made::NumberTaken(document)),
            Err(EffectError::Refused { reason, .. }) => return Ok(Made::Refused(number, reason)),
            Err(error) => return Err(error.into()),
        };
        let id = CreditNoteId::parse(&reference).map_err(|error| self.unreadable(&error.to_string()))?;
        let note = ledger.credit_note(&id).await?;
        let note = note.ok_or_else(|| self.unreadable("the ledger does not have it"))?;
        Ok(Made::There(document, Box::new(note)))
    }

    fn new_note(&self, draft: &Draft<'_>, document: &Document, number: &str, key: &str) -> NewCreditNote {
        NewCreditNote {
            number: number.to_owned(),
            reference: format!("Invoice {} {key}", draft.invoice.number),
            contact: draft.contact.clone(),
            date: document.answers.map_or(self.deal.close_date, |answers| answers.on),
            currency: draft.currency.clone(),
            lines: document.plan.iter().map(|line| self.new_line(draft.invoice, line)).collect(),
        }
    }

    fn new_line(&self, invoice: &InLedger, line: &PlannedLine) -> NewLine {
        let product = self.product(&line.obligation);
        let mut tracking = self.entity.invoices.tracking.clone();
        tracking.extend(product.map(|product| product.tracking.clone()).unwrap_or_default());
        let tax_type = product.and_then(|product| product.tax_types.get(&self.entity.id));
        NewLine {
            description: description(invoice, line),
            quantity: rust_decimal::Decimal::ONE,
            unit_price: line.amount,
            amount: line.amount,
            account_code: match self.entity.invoices.coding {
                Coding::Liability => self.entity.accounts.contract_liability.clone(),
                Coding::Revenue => line.revenue_account.clone(),
            },
            tax_type: tax_type.unwrap_or(&self.entity.invoices.tax_type).clone(),
            tracking: tracking
                .into_iter()
                .map(|(category, option)| Tracking { category, option })
                .collect(),
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
        let ours: Vec<String> = document.plan.iter().map(|line| description(invoice, line)).collect();
        let texts: Vec<&str> = ours.iter().map(String::as_str).collect();
        let pairs = pair(&texts, &note.lines).into_iter().zip(&document.plan).zip(&ours);
        let lines = pairs.map(|((theirs, planned), description)| LineMap {
            line: theirs.and_then(|line| line.line_id.as_ref()).map(|id| id.as_str().to_owned()),
            obligation: planned.obligation.clone(),
            description: description.clone(),
        });
        let in_ledger = InLedger {
            number: note.number.clone(),
            ledger_id: note.id.to_string(),
            status: DocumentStatus::Drafted,
            lines: lines.collect(),
            rate: None,
            renumbered: None,
            followed_ms: None,
            claimed_ms: None,
            synced_ms: None,
        };
        let noted = document.at(Stage::InLedger(in_ledger));
        let written = self.deployment.store.write_document(self.contract(), &noted).await?;
        let written = written.ok_or_else(|| self.contended())?;
        self.link(&written, note.id.as_str()).await?;
        // What finance did with it since a crash came when nobody knew whose it was.
        crate::invoice::handle_credit_note(self.deployment, self.entity, &note.id).await?;
        Ok(Ensured::There)
    }

    async fn link(&self, document: &Document, ledger_id: &str) -> Result<(), WorkflowError> {
        let key = document_link(self.deployment.ledger(self.entity)?.as_ref(), ledger_id);
        let link = Link {
            contract: self.contract().clone(),
            ordinal: document.ordinal,
        };
        self.deployment.store.link(CREDIT_NOTE_LINK, &key, &link).await?;
        Ok(())
    }

    /// The invoice that it corrects, as the ledger has it.
    fn invoice(&self, document: &Document) -> Option<&InLedger> {
        let answers = document.answers?;
        let invoice = self.outline.documents.iter().find(|other| other.ordinal == answers.invoice)?;
        invoice.in_ledger()
    }

    fn contract(&self) -> &ContractId {
        &self.outline.head.contract
    }

    fn series(&self) -> Series {
        Series {
            entity: EntityId::new(self.entity.id.as_str()),
            kind: DocumentKind::CreditNote,
            prefix: self.entity.invoices.credit_note_prefix.clone(),
        }
    }

    fn contended(&self) -> WorkflowError {
        WorkflowError::Contended {
            contract: self.contract().to_string(),
        }
    }

    fn unreadable(&self, why: &str) -> WorkflowError {
        WorkflowError::Unreadable {
            what: format!("a credit note of contract {}", self.contract()),
            why: why.to_owned(),
        }
    }
}

/// What is known before a number is.
struct Draft<'a> {
    invoice: &'a InLedger,
    contact: ContactId,
    currency: CurrencyCode,
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
    number: &'a str,
    key: &'a str,
    is_taken: Mutex<bool>,
}

impl Creation<'_> {
    fn is_taken(&self) -> bool {
        *self.is_taken.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The credit note under our number, where it bears our key.
    async fn there(&self) -> Result<Option<String>, Failure> {
        let found = self.ledger.credit_note_by_number(self.number).await?;
        let is_ours = |note: &CreditNote| note.reference.ends_with(self.key);
        if found.as_ref().is_some_and(|note| !is_ours(note)) {
            *self.is_taken.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = true;
        }
        Ok(found.filter(is_ours).map(|note| note.id.to_string()))
    }
}

impl Performer for Creation<'_> {
    async fn send(&self, permit: Permit<'_>) -> Result<String, Failure> {
        if let Some(there) = self.there().await? {
            return Ok(there);
        }
        Ok(self.ledger.create_credit_note(permit).await?.record.id.to_string())
    }

    async fn look_up(&self, _: &Intent) -> Result<Option<String>, Failure> {
        self.there().await
    }
}
