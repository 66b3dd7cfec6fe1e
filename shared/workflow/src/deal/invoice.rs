//! The one draft invoice of a contract: made under our own number, its totals compared, its lines remembered.

use std::sync::Mutex;

use chrono::Days;
use serde_json::json;
use tieout_accounting::ids::ContractId;
use tieout_crm::DealFields;
use tieout_crm::deal::Deal;
use tieout_ledger::{ContactId, CurrencyCode, DocumentStatus, Invoice, InvoiceId, Ledger, NewInvoice, NewLine, Totals, Tracking};
use tieout_platform::config::{Coding, Entity};
use tieout_platform::effect::{EffectError, Intent, Performer, Permit};
use tieout_platform::failure::Failure;
use tieout_store::{Head, InvoiceRef};

use crate::appending::remember;
use crate::deployment::Deployment;
use crate::effects::perform;
use crate::error::WorkflowError;
use crate::finding::Finding;
use crate::ids::{invoice_effect, invoice_number, parked_key};
use crate::ledger::{DRAFT_RATE, INVOICE_LINK, decimal, invoice_key};
use crate::parking::{Reason, park, unpark};

use super::check::{self, BookedLine};
use super::contact;
use super::pair::pair;

/// What became of the draft.
pub enum Ensured {
    /// It is in the ledger.
    There(Box<Invoice>),
    /// A person has to mend something first.
    Parked(Reason, Vec<Finding>),
}

/// Sees to it that the draft is there, however often it is asked.
///
/// # Errors
/// Those of the ledger, the store and the effect, other than a refusal.
pub async fn ensure(
    deployment: &Deployment,
    entity: &Entity,
    contract: &ContractId,
    deal: &Deal,
    head: Head,
) -> Result<Ensured, WorkflowError> {
    let ledger = deployment.ledger(entity)?.as_ref();
    let bookable = match check::check(deal, entity, &deployment.config, deployment.crm.fields()) {
        Ok(bookable) => bookable,
        Err(findings) => return Ok(Ensured::Parked(Reason::Findings, findings)),
    };
    let new_lines: Vec<NewLine> = bookable.lines.iter().map(|line| new_line(entity, line)).collect();
    let rates = ledger.tax_rates().await?;
    let expected = match ledger.totals(&new_lines, &rates) {
        Ok(totals) => totals,
        Err(error) => {
            return Ok(needs_mending(
                "TaxType",
                &entity.id,
                error.to_string(),
                "map the product to a tax type that is in use",
            ));
        }
    };
    let contact = match contact::ensure(deployment, entity, &bookable.customer).await {
        Ok(contact) => contact,
        Err(error) => return refusal(ledger, error, "Contact", bookable.customer.id.as_str()),
    };
    let number = number(entity, contract, &head);
    let new = match new_invoice(entity, number, deal, deployment.crm.fields(), contact, new_lines) {
        Ok(new) => new,
        Err(finding) => return Ok(Ensured::Parked(Reason::Findings, vec![finding])),
    };
    let intent = Intent {
        key: invoice_effect(contract),
        target: ledger.target(),
        body: ledger.invoice_body(&new),
    };
    let creation = Creation {
        ledger,
        number: &new.number,
        made: Mutex::new(None),
    };
    let reference = match perform(deployment, &intent, &creation).await {
        Ok(settled) => settled.reference().to_owned(),
        // It was made before from another configuration; it is the contract's invoice all the same.
        Err(EffectError::DoneDifferently { reference, .. }) => reference,
        Err(error) => return refusal(ledger, error.into(), "Invoice", &new.number),
    };
    let invoice = match creation.take() {
        Some(invoice) => invoice,
        None => read(ledger, &reference).await?,
    };
    if head.invoice.is_none() && invoice.status == DocumentStatus::Draft {
        compare(deployment, contract, &invoice, expected).await?;
    }
    note(deployment, entity, contract, head, &invoice, &bookable.lines).await?;
    Ok(Ensured::There(Box::new(invoice)))
}

/// Turns what finance did with an invoice before it was linked into events.
///
/// # Errors
/// Those of following an invoice.
pub async fn follow(deployment: &Deployment, entity: &Entity, invoice: &Invoice) -> Result<(), WorkflowError> {
    crate::invoice::handle(deployment, entity, &invoice.id).await?;
    Ok(())
}

fn needs_mending(field: &str, value: &str, problem: String, mend: &str) -> Ensured {
    Ensured::Parked(Reason::Findings, vec![Finding::new(field, value, problem, mend)])
}

fn refusal(ledger: &dyn Ledger, error: WorkflowError, what: &str, number: &str) -> Result<Ensured, WorkflowError> {
    match error {
        WorkflowError::Effect(EffectError::Refused { reason, .. }) => {
            let mend = format!(
                "correct it in {} or in tieout.toml; the sweep tries again within the hour",
                ledger.name()
            );
            let finding = Finding::new(what, number, format!("is refused by the ledger: {reason}"), mend);
            Ok(Ensured::Parked(Reason::RefusedByLedger, vec![finding]))
        }
        error => Err(error),
    }
}

fn new_invoice(
    entity: &Entity,
    number: String,
    deal: &Deal,
    fields: &DealFields,
    contact: ContactId,
    lines: Vec<NewLine>,
) -> Result<NewInvoice, Finding> {
    let currency = CurrencyCode::parse(&deal.currency).map_err(|error| {
        Finding::new(
            &fields.currency,
            &deal.currency,
            error.to_string(),
            "correct the currency of the deal",
        )
    })?;
    let due_days = Days::new(u64::from(entity.invoices.due_days));
    let due_date = deal.close_date.checked_add_days(due_days).unwrap_or(deal.close_date);
    Ok(NewInvoice {
        number,
        reference: deal.name.clone(),
        contact,
        date: deal.close_date,
        due_date,
        currency,
        lines,
    })
}

/// The number as it was when the deal was booked: another prefix since then makes no second invoice.
fn number(entity: &Entity, contract: &ContractId, head: &Head) -> String {
    let booked = head.facts.get("invoice_number").and_then(|number| number.as_str());
    booked.map_or_else(|| invoice_number(&entity.invoices.number_prefix, contract), str::to_owned)
}

fn new_line(entity: &Entity, line: &BookedLine) -> NewLine {
    NewLine {
        description: line.description.clone(),
        quantity: line.quantity,
        unit_price: line.unit_price,
        amount: decimal(line.total),
        account_code: match entity.invoices.coding {
            Coding::Liability => entity.accounts.contract_liability.clone(),
            Coding::Revenue => line.revenue_account.clone(),
        },
        tax_type: line.tax_type.clone(),
        tracking: line
            .tracking
            .iter()
            .map(|(category, option)| Tracking {
                category: category.clone(),
                option: option.clone(),
            })
            .collect(),
    }
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

/// What the ledger made of it against what we meant, to the cent.
async fn compare(deployment: &Deployment, contract: &ContractId, invoice: &Invoice, expected: Totals) -> Result<(), WorkflowError> {
    let found = invoice.totals();
    let key = parked_key("invoice-totals", contract.as_str());
    if found == expected {
        return unpark(deployment, &key, "the totals agree").await;
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
    park(deployment, &key, Reason::TotalsDiffer, &[finding], json!({})).await
}

/// Remembers which line bills which obligation; then links the invoice to its contract, so
/// that nobody follows an invoice whose lines are not known yet.
async fn note(
    deployment: &Deployment,
    entity: &Entity,
    contract: &ContractId,
    head: Head,
    invoice: &Invoice,
    lines: &[BookedLine],
) -> Result<(), WorkflowError> {
    if head.invoice.is_none() {
        let descriptions: Vec<&str> = lines.iter().map(|line| line.description.as_str()).collect();
        let pairs: Vec<_> = pair(&descriptions, &invoice.lines)
            .into_iter()
            .zip(lines)
            .map(|(theirs, ours)| {
                json!({
                    "line": theirs.and_then(|line| line.line_id.as_ref()).map(|id| id.as_str()),
                    "obligation": ours.obligation,
                    "description": ours.description,
                })
            })
            .collect();
        let reference = InvoiceRef {
            ledger_id: invoice.id.to_string(),
            number: invoice.number.clone(),
        };
        let foreign = invoice.currency.as_str() != entity.currency;
        let rate = invoice.rate_to_base.filter(|_| foreign);
        let rate = rate.map(|rate| json!({ "on": invoice.date, "rate": rate.normalize().to_string() }));
        remember(deployment, contract, |head| {
            head.invoice = Some(reference.clone());
            head.facts["lines"] = json!(pairs);
            if let Some(rate) = &rate {
                head.facts[DRAFT_RATE] = rate.clone();
            }
        })
        .await?;
    }
    let key = invoice_key(deployment.ledger(entity)?.as_ref(), &invoice.id);
    deployment
        .store
        .link(INVOICE_LINK, &key, contract.as_str(), invoice.updated_at)
        .await?;
    Ok(())
}

struct Creation<'a> {
    ledger: &'a dyn Ledger,
    number: &'a str,
    made: Mutex<Option<Invoice>>,
}

impl Creation<'_> {
    fn keep(&self, invoice: Invoice) -> String {
        let id = invoice.id.to_string();
        *self.made.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(invoice);
        id
    }

    fn take(&self) -> Option<Invoice> {
        self.made.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take()
    }
}

impl Performer for Creation<'_> {
    async fn send(&self, permit: Permit<'_>) -> Result<String, Failure> {
        let written = self.ledger.create_invoice(permit).await?;
        if !written.remarks.is_empty() {
            tracing::warn!(
                number = self.number,
                remarks = written.remarks.len(),
                "the ledger had remarks on an invoice"
            );
        }
        Ok(self.keep(written.record))
    }

    async fn look_up(&self, _: &Intent) -> Result<Option<String>, Failure> {
        let found = self.ledger.invoice_by_number(self.number).await?;
        Ok(found.map(|invoice| self.keep(invoice)))
    }
}
