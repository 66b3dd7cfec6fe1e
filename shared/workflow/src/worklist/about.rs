//! What a case is about: ids from its key, names and amounts from the CRM and the contract, and the addresses of both.

use rust_decimal::Decimal;
use serde::Serialize;
use tieout_accounting::Currency;
use tieout_accounting::ids::ContractId;
use tieout_crm::RecordId;
use tieout_ledger::JournalId;
use tieout_platform::rules::Choice;
use tieout_store::{Outline, Parked};

use crate::deployment::Deployment;
use crate::documents;
use crate::doubt::Doubts;
use crate::error::WorkflowError;
use crate::ids::order_of;
use crate::ledger::with_decimals;

/// What is known of the record behind a case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct About {
    /// The legal entity; of a deal that is not booked, the one that the rules choose.
    pub entity: Option<String>,
    pub contract: Option<ContractId>,
    /// The deal, by the CRM's id.
    pub deal: Option<String>,
    /// Its name, as the CRM has it now.
    pub deal_name: Option<String>,
    /// The customer's name, as the CRM has it now.
    pub customer: Option<String>,
    /// The number of the document, or the key of the journal.
    pub document: Option<String>,
    /// Without tax: the document's, as planned, else the sum of the deal's lines.
    pub amount: Option<Decimal>,
    /// ISO 4217; of the amount.
    pub currency: Option<String>,
    /// Where the deal is seen.
    pub crm_link: Option<String>,
    /// Where the document or journal is seen.
    pub ledger_link: Option<String>,
}

/// Reads what the store knows of it.
pub(super) async fn read(deployment: &Deployment, case: &Parked) -> Result<About, WorkflowError> {
    let (kind, record) = case.key.split_once('/').unwrap_or(("", &case.key));
    let mut about = About::default();
    match kind {
        "deal" => {
            if let Ok(deal) = deployment.crm.record_id(record) {
                let outline = deployment.store.outline_with(&order_of(&deal)?).await?;
                about.of_contract(outline.as_ref());
                about.of_deal(deployment, &deal);
            }
        }
        "journal" => about.of_journal(deployment, record, case),
        _ => {
            if let Some((contract, ordinal)) = document(record)
                && let Some(outline) = deployment.store.outline(&contract).await?
            {
                about.of_contract(Some(&outline));
                about.of_document(deployment, &outline, ordinal)?;
            }
        }
    }
    Ok(about)
}

/// The contract that the case of `key` holds in doubt.
pub(super) async fn contract_in_doubt(deployment: &Deployment, key: &str) -> Result<Option<ContractId>, WorkflowError> {
    let (kind, record) = key.split_once('/').unwrap_or(("", key));
    let contract = match kind {
        "deal" => match deployment.crm.record_id(record) {
            Ok(deal) => deployment
                .store
                .outline_with(&order_of(&deal)?)
                .await?
                .map(|outline| outline.head.contract),
            Err(_) => None,
        },
        _ => document(record).map(|(contract, _)| contract),
    };
    let Some(contract) = contract else { return Ok(None) };
    let stored = deployment.store.contract(&contract).await?;
    let is_held = stored.is_some_and(|stored| Doubts::of(&stored.events).is_held_by(key));
    Ok(is_held.then_some(contract))
}

/// The contract and the ordinal of a case about a document.
fn document(record: &str) -> Option<(ContractId, u32)> {
    let (contract, ordinal) = record.rsplit_once('/')?;
    Some((ContractId::new(contract), ordinal.parse().ok()?))
}

impl About {
    fn of_contract(&mut self, outline: Option<&Outline>) {
        let head = outline.map(|outline| &outline.head);
        self.entity = head.map(|head| head.entity.to_string());
        self.contract = head.map(|head| head.contract.clone());
    }

    /// The currency of a deal may be what is wrong with it: the amount stands as the CRM gives it then.
    fn of_amount(&mut self, amount: Decimal, currency: &str) {
        let known = Currency::parse(currency).ok();
        self.amount = Some(known.map_or(amount.normalize(), |known| with_decimals(amount, known)));
        self.currency = Some(currency.to_owned());
    }

    fn of_deal(&mut self, deployment: &Deployment, deal: &RecordId) {
        self.deal = Some(deal.to_string());
        self.crm_link = Some(deployment.crm.deal_url(deal));
    }

    /// Adds names as the CRM has them now, for one call of it. Never fails: a case is shown without names rather than not at all.
    pub(super) async fn add_names(&mut self, deployment: &Deployment) {
        let deal = self.deal.as_deref().and_then(|deal| deployment.crm.record_id(deal).ok());
        let Some(deal) = deal else { return };
        let found = match deployment.crm.read_deal(&deal).await {
            Ok(Some(found)) => found,
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(%deal, %error, "the names of a case cannot be read");
                return;
            }
        };
        if self.amount.is_none() {
            self.of_amount(found.lines.iter().map(|line| line.total_price).sum(), &found.currency);
        }
        if let (None, Choice::One { entity, .. }) = (&self.entity, deployment.rules.choose(&found.facts())) {
            self.entity = Some(entity);
        }
        self.customer = found.account.map(|account| account.name);
        self.deal_name = Some(found.name);
    }

    fn of_document(&mut self, deployment: &Deployment, outline: &Outline, ordinal: u32) -> Result<(), WorkflowError> {
        let Some(document) = outline.document(ordinal) else {
            return Ok(());
        };
        self.document = document.number().map(str::to_owned);
        self.of_amount(document.plan.iter().map(|line| line.amount).sum(), &outline.head.currency);
        let entity = deployment.entity(outline.head.entity.as_str())?;
        self.ledger_link = documents::url(deployment.ledger(entity)?.as_ref(), document);
        if let Ok(deal) = deployment.crm.record_id(outline.order_of(document).id()) {
            self.of_deal(deployment, &deal);
        }
        Ok(())
    }

    /// A journal's key begins with its entity.
    fn of_journal(&mut self, deployment: &Deployment, key: &str, case: &Parked) {
        self.document = Some(key.to_owned());
        let of_entity = |id: &&String| key.strip_prefix(id.as_str()).is_some_and(|rest| rest.starts_with('/'));
        let entities = deployment.config.entities.iter();
        self.entity = entities.map(|entity| &entity.id).find(of_entity).cloned();
        let entity = self.entity.as_ref().and_then(|id| deployment.config.entity(id));
        let ledger = entity.and_then(|entity| deployment.ledger(entity).ok());
        let journal = JournalId::parse(&case.message.value).ok();
        self.ledger_link = ledger.zip(journal).map(|(ledger, journal)| ledger.journal_url(&journal));
    }
}
