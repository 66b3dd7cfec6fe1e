//! From the sale to the schedule, by transaction currency: deals = contracts = invoices = schedules.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use tieout_accounting::Contract;
use tieout_crm::{CrmError, RecordId};
use tieout_ledger::{CreditNoteId, DocumentStatus, InvoiceId, Ledger};
use tieout_platform::config::Entity;
use tieout_platform::rules::Choice;
use tieout_store::{Document, DocumentKind, Head, Stage};

use crate::close::Books;
use crate::deployment::Deployment;
use crate::error::WorkflowError;
use crate::facts::local_day;
use crate::ids::order_of;
use crate::ledger::{decimal, share};

use super::{Line, Owned};

/// Sums of one transaction currency.
#[derive(Default)]
struct Sums {
    deals: Decimal,
    signed: Decimal,
    price: Decimal,
    invoiced: Decimal,
    /// Of billing plans, for days to come.
    planned: Decimal,
    scheduled: Decimal,
    not_booked: Vec<Owned>,
    not_billed: Vec<Owned>,
}

pub(super) async fn lines(deployment: &Deployment, entity: &Entity, books: &Books) -> Result<Vec<Line>, WorkflowError> {
    let mut sums: BTreeMap<String, Sums> = BTreeMap::new();
    let ledger = deployment.ledger(entity)?.as_ref();
    let today = local_day(entity, deployment.clock.now());
    for (outline, contract) in &books.contracts {
        let of_currency = sums.entry(outline.head.currency.clone()).or_default();
        of_currency.add_contract(contract, books.ordered.get(contract.id()).copied().unwrap_or_default());
        for document in &outline.documents {
            let found = in_ledger(ledger, document, today).await?;
            of_currency.add_document(&outline.head, document, &found);
        }
    }
    add_deals(deployment, entity, books, &mut sums).await?;
    Ok(sums.into_iter().flat_map(|(currency, sums)| sums.lines(&currency)).collect())
}

impl Sums {
    fn add_contract(&mut self, contract: &Contract, ordered: Decimal) {
        let exponent = contract.currency().exponent();
        let signed: i64 = contract.allocation().values().sum();
        self.signed += Decimal::new(signed, exponent) + ordered;
        self.price += decimal(contract.price());
        self.scheduled += scheduled(contract);
    }

    fn add_document(&mut self, head: &Head, document: &Document, found: &InLedger) {
        let planned: Decimal = document.plan.iter().map(|line| line.amount).sum();
        let (name, planned) = match document.kind {
            DocumentKind::Invoice => ("invoice", planned),
            DocumentKind::CreditNote => ("credit note", -planned),
        };
        let (what, owner) = match found {
            InLedger::Booked(net) => {
                self.invoiced += net;
                return;
            }
            InLedger::Later => {
                self.planned += planned;
                return;
            }
            InLedger::Dropped => return,
            InLedger::Missing => (format!("{}: no {name} yet", head.contract), "operations"),
            InLedger::Dead(number, status) => (format!("{number} is {}", status.as_str().to_lowercase()), "finance"),
            InLedger::Draft(number) => (format!("{number} waits for approval"), "finance"),
        };
        self.not_billed.push((what, owner.to_owned(), planned));
    }

    fn lines(self, currency: &str) -> Vec<Line> {
        vec![
            Line::new(
                "sold = contracted",
                currency,
                ("won deals in the CRM", self.deals),
                ("contracts as signed and changed by orders", self.signed),
                self.not_booked,
            ),
            Line::new(
                "contracted = billed",
                currency,
                ("contracts after all changes", self.price),
                match self.planned.is_zero() {
                    true => ("invoices in the ledger, less credit notes, without tax", self.invoiced),
                    false => (
                        "invoices in the ledger, less credit notes, and what is planned for later, without tax",
                        self.invoiced + self.planned,
                    ),
                },
                self.not_billed,
            ),
            Line::new(
                "contracted = scheduled",
                currency,
                ("contracts after all changes", self.price),
                ("revenue of all months", self.scheduled),
                Vec::new(),
            ),
        ]
    }
}

/// All that a contract recognises over its life; of a foreign one, what does not remain as an obligation at its end.
fn scheduled(contract: &Contract) -> Decimal {
    if contract.currency() == contract.ledger_currency() {
        let sum: i64 = contract.recognised_by_period().values().sum();
        return Decimal::new(sum, contract.currency().exponent());
    }
    decimal(contract.price()) - decimal(contract.rpo(contract.through().last_day()))
}

/// A document as it counts.
enum InLedger {
    Missing,
    /// Of a billing plan, for a day to come.
    Later,
    /// Never to be made.
    Dropped,
    Draft(String),
    Dead(String, DocumentStatus),
    /// Without tax; of a credit note, what is set against no invoice, below zero.
    Booked(Decimal),
}

impl InLedger {
    fn new(number: &str, status: DocumentStatus, net: Decimal) -> Self {
        match status {
            status if status.is_booked() => Self::Booked(net),
            status if status.is_dead() => Self::Dead(number.to_owned(), status),
            _ => Self::Draft(number.to_owned()),
        }
    }
}

async fn in_ledger(ledger: &dyn Ledger, document: &Document, today: NaiveDate) -> Result<InLedger, WorkflowError> {
    let Some(found) = document.in_ledger() else {
        return Ok(match document.stage {
            Stage::Dropped => InLedger::Dropped,
            _ if document.is_for_later(today) => InLedger::Later,
            _ => InLedger::Missing,
        });
    };
    let decimals = ledger.capabilities().amount_decimals;
    match document.kind {
        DocumentKind::Invoice => {
            let Ok(id) = InvoiceId::parse(&found.ledger_id) else {
                return Ok(InLedger::Missing);
            };
            let Some(invoice) = ledger.invoice(&id).await? else {
                return Ok(InLedger::Missing);
            };
            let credited = share(invoice.amount_credited, invoice.sub_total, invoice.total, decimals);
            Ok(InLedger::new(&invoice.number, invoice.status, invoice.sub_total - credited))
        }
        DocumentKind::CreditNote => {
            let Ok(id) = CreditNoteId::parse(&found.ledger_id) else {
                return Ok(InLedger::Missing);
            };
            let Some(note) = ledger.credit_note(&id).await? else {
                return Ok(InLedger::Missing);
            };
            let left = share(note.remaining_credit, note.sub_total, note.total, decimals);
            Ok(InLedger::new(&note.number, note.status, -left))
        }
    }
}

/// Every deal that is won now and that the rules give to this entity, or that this entity has booked.
async fn add_deals(
    deployment: &Deployment,
    entity: &Entity,
    books: &Books,
    sums: &mut BTreeMap<String, Sums>,
) -> Result<(), WorkflowError> {
    for record in all_deals(deployment).await? {
        let deal = match deployment.crm.read_deal(&record).await {
            Ok(Some(deal)) => deal,
            // Gone, or with a value that nobody can work with: it waits for a person, and has no amount to compare.
            Ok(None) | Err(CrmError::Value { .. }) => continue,
            Err(error) => return Err(error.into()),
        };
        let order = order_of(&deal.id)?;
        let booked = books.contracts.iter().find_map(|(outline, _)| outline.order(&order));
        let chosen = matches!(deployment.rules.choose(&deal.facts()), Choice::One { entity: chosen, .. } if chosen == entity.id);
        if !deal.is_won || !(booked.is_some() || chosen) {
            continue;
        }
        let stated: Decimal = deal.lines.iter().map(|line| line.total_price).sum();
        // Of lines that state the whole, what was sold by them, and what was edited since.
        let amount = stated + booked.map_or(Decimal::ZERO, |order| order.sold() - order.booked.total());
        let of_currency = sums.entry(deal.currency.clone()).or_default();
        of_currency.deals += amount;
        if booked.is_none() {
            let what = format!("{} is not booked; see what waits for a person", deal.id);
            of_currency.not_booked.push((what, "sales".to_owned(), amount));
        }
    }
    Ok(())
}

/// Every deal that is in the CRM and not in its recycle bin.
async fn all_deals(deployment: &Deployment) -> Result<BTreeSet<RecordId>, WorkflowError> {
    let mut all = BTreeSet::new();
    let mut since = Some(DateTime::<Utc>::UNIX_EPOCH);
    while let Some(from) = since {
        let answer = deployment.crm.changed_since(from).await?;
        all.extend(answer.changed.into_iter().filter(|deal| !deal.is_deleted).map(|deal| deal.record));
        since = answer.more_since;
    }
    Ok(all)
}
