//! A customer's whole life, for a person: which contracts there are, and all that is known of one.
//!
//! Nothing is changed here. A view holds ids, amounts in major units with the currency's decimals, and what leads further: addresses of both
//! systems, numbers, the key of a case.

mod figures;
mod find;
mod view;

use futures::{StreamExt, TryStreamExt};
use tieout_accounting::event::EventKind;
use tieout_accounting::ids::{ContractId, EntityId};
use tieout_store::{DocumentKind, Stage, StoredContract};

use crate::deployment::Deployment;
use crate::error::WorkflowError;

pub use find::find;
pub use view::{
    Answered, AskedBy, BalancesView, ContractView, DocumentView, DoubtView, EventView, LineView, ListedContract, MonthView, OrderView,
    PositionView, QuestionView, Schedule,
};

/// Contracts read side by side.
const AT_ONCE: usize = 8;

/// The contracts of an entity, of a customer by the CRM's id, of both, or all; by entity and contract.
///
/// # Errors
/// [`WorkflowError::NotFound`] for an unknown entity; those of the store.
pub async fn list(deployment: &Deployment, entity: Option<&str>, customer: Option<&str>) -> Result<Vec<ListedContract>, WorkflowError> {
    let entity = entity.map(|id| deployment.entity(id)).transpose()?;
    let is_asked = |found: &StoredContract| entity.is_none_or(|asked| found.outline.head.entity.as_str() == asked.id);
    let contracts = match customer {
        Some(customer) => {
            let customer = deployment
                .crm
                .record_id(customer)
                .map_or_else(|_| customer.to_owned(), |id| id.to_string());
            let ids = deployment.store.contracts_of_customer(&customer).await?;
            read(deployment, ids).await?
        }
        None => {
            let mut all = Vec::new();
            for entity in deployment
                .config
                .entities
                .iter()
                .filter(|one| entity.is_none_or(|asked| asked.id == one.id))
            {
                all.extend(deployment.store.contracts_of(&EntityId::new(entity.id.as_str())).await?);
            }
            all
        }
    };
    Ok(contracts.iter().filter(|found| is_asked(found)).map(listed).collect())
}

/// As [`list`], of some contracts.
///
/// # Errors
/// Those of the store.
pub async fn list_of(deployment: &Deployment, contracts: Vec<ContractId>) -> Result<Vec<ListedContract>, WorkflowError> {
    Ok(read(deployment, contracts).await?.iter().map(listed).collect())
}

/// All that is known of one contract.
///
/// # Errors
/// [`WorkflowError::NotFound`]; those of the store. A CRM that does not answer leaves the customer without a name.
pub async fn show(deployment: &Deployment, contract: &ContractId) -> Result<ContractView, WorkflowError> {
    let Some(stored) = deployment.store.contract(contract).await? else {
        return Err(find::not_found(contract.as_str()));
    };
    let entity = deployment.entity(stored.outline.head.entity.as_str())?;
    let figures = figures::compute(deployment, entity, &stored).await?;
    let mut questions = figures.questions;
    for case in deployment.store.parked().await? {
        if is_about(&case, &stored) {
            questions.push(view::question(&case));
        }
    }
    let head = &stored.outline.head;
    let (planned, documents): (Vec<_>, Vec<_>) = stored
        .outline
        .documents
        .iter()
        .partition(|document| matches!(document.stage, Stage::Planned));
    let maker = view::Maker {
        deployment,
        entity,
        outline: &stored.outline,
    };
    Ok(ContractView {
        contract: head.contract.clone(),
        entity: head.entity.clone(),
        customer: head.customer.clone(),
        customer_name: customer_name(deployment, &stored).await,
        currency: head.currency.clone(),
        in_doubt: in_doubt(&stored),
        orders: stored
            .outline
            .orders
            .iter()
            .map(|order| maker.order(order))
            .collect::<Result<_, _>>()?,
        events: stored.events.iter().map(view::event).collect(),
        documents: documents.into_iter().map(|one| maker.document(one)).collect::<Result<_, _>>()?,
        planned: planned.into_iter().map(|one| maker.document(one)).collect::<Result<_, _>>()?,
        schedule: figures.schedule,
        questions,
    })
}

/// The last doubt that nobody has settled.
fn in_doubt(contract: &StoredContract) -> Option<DoubtView> {
    contract.events.iter().fold(None, |doubt, stored| match &stored.event.kind {
        EventKind::Doubted(doubted) => Some(DoubtView {
            since: stored.event.on,
            reason: doubted.reason.clone(),
        }),
        EventKind::Settled(_) => None,
        _ => doubt,
    })
}

/// Whether an open case is about the contract: by its key, or because it is named in what is wrong.
fn is_about(case: &tieout_store::Parked, contract: &StoredContract) -> bool {
    let head = &contract.outline.head;
    let id = head.contract.as_str();
    let (kind, record) = case.key.split_once('/').unwrap_or(("", &case.key));
    let is_order = || kind == "deal" && contract.outline.orders.iter().any(|order| order.key.id() == record);
    record.split('/').any(|part| part == id) || is_order() || case.message.what.contains(id)
}

/// As the CRM has it now, read with the order that began the contract.
async fn customer_name(deployment: &Deployment, contract: &StoredContract) -> Option<String> {
    let deal = deployment.crm.record_id(contract.outline.head.origin.id()).ok()?;
    match deployment.crm.read_deal(&deal).await {
        Ok(deal) => Some(deal?.account?.name),
        Err(error) => {
            tracing::warn!(%deal, %error, "the customer's name cannot be read");
            None
        }
    }
}

async fn read(deployment: &Deployment, contracts: Vec<ContractId>) -> Result<Vec<StoredContract>, WorkflowError> {
    let read: Vec<Option<StoredContract>> = futures::stream::iter(contracts)
        .map(|id| async move { deployment.store.contract(&id).await })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(read.into_iter().flatten().collect())
}

fn listed(contract: &StoredContract) -> ListedContract {
    let (head, outline) = (&contract.outline.head, &contract.outline);
    let numbers = |kind: DocumentKind| {
        let of_kind = outline.documents.iter().filter(move |document| document.kind == kind);
        of_kind.filter_map(|document| document.number().map(str::to_owned)).collect()
    };
    ListedContract {
        contract: head.contract.clone(),
        entity: head.entity.clone(),
        customer: head.customer.clone(),
        currency: head.currency.clone(),
        begun_on: contract.signed_on(),
        orders: outline.orders.iter().map(|order| order.key.id().to_owned()).collect(),
        invoices: numbers(DocumentKind::Invoice),
        credit_notes: numbers(DocumentKind::CreditNote),
        in_doubt: in_doubt(contract),
    }
}
