//! From roles to accounts of the ledger: revenue by the product's account as it was when the deal was booked, the rest by the entity.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, TryStreamExt};
use tieout_accounting::close::{Proposal, SummaryLine};
use tieout_accounting::ids::{ContractId, ObligationId};
use tieout_accounting::journal::Role;
use tieout_platform::config::Entity;

use crate::deployment::Deployment;
use crate::error::WorkflowError;

/// Contracts read side by side.
const CONTRACTS_AT_ONCE: usize = 8;

/// Revenue accounts by contract and obligation.
#[derive(Debug, Default)]
pub struct Accounts {
    revenue: BTreeMap<(ContractId, ObligationId), String>,
}

impl Accounts {
    /// Reads those that the journals of a proposal need, from the documents of their contracts.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn read(deployment: &Deployment, proposal: &Proposal) -> Result<Self, WorkflowError> {
        let lines = proposal.journals.iter().flat_map(|journal| &journal.lines);
        let parts = lines.filter(|line| line.role == Role::Revenue).flat_map(|line| &line.parts);
        let contracts: BTreeSet<ContractId> = parts.map(|part| part.contract.clone()).collect();
        let outlines: Vec<_> = futures::stream::iter(contracts)
            .map(|contract| async move {
                let outline = deployment.store.outline(&contract).await?;
                outline.ok_or_else(|| WorkflowError::Unreadable {
                    what: format!("contract {contract}"),
                    why: "an approved journal names it, and the table does not have it".to_owned(),
                })
            })
            .buffered(CONTRACTS_AT_ONCE)
            .try_collect()
            .await?;
        let mut revenue = BTreeMap::new();
        for outline in outlines {
            let contract = &outline.head.contract;
            for line in outline.documents.iter().flat_map(|document| &document.plan) {
                let key = (contract.clone(), ObligationId::new(line.obligation.as_str()));
                revenue.insert(key, line.revenue_account.clone());
            }
        }
        Ok(Self { revenue })
    }

    /// A summary line by account: one for most roles, one for each revenue account of its parts.
    ///
    /// # Errors
    /// Where `tieout.toml` names no account for the role.
    pub fn split(&self, entity: &Entity, line: &SummaryLine) -> Result<Vec<(String, i64)>, WorkflowError> {
        if line.role != Role::Revenue {
            let moved = line.amount_minor != 0;
            return Ok(if moved {
                vec![(account(entity, line.role)?, line.amount_minor)]
            } else {
                Vec::new()
            });
        }
        let mut amounts: BTreeMap<&str, i64> = BTreeMap::new();
        for part in &line.parts {
            let own = part
                .obligation
                .as_ref()
                .and_then(|obligation| self.revenue.get(&(part.contract.clone(), obligation.clone())));
            *amounts
                .entry(own.map_or(entity.accounts.revenue.as_str(), String::as_str))
                .or_default() += part.amount_minor;
        }
        let moved = amounts.into_iter().filter(|(_, amount_minor)| *amount_minor != 0);
        Ok(moved.map(|(account, amount_minor)| (account.to_owned(), amount_minor)).collect())
    }
}

/// The account's code for a role.
///
/// # Errors
/// Where `tieout.toml` names none.
pub fn account(entity: &Entity, role: Role) -> Result<String, WorkflowError> {
    let accounts = &entity.accounts;
    let code = match role {
        Role::Revenue => Some(&accounts.revenue),
        Role::ContractLiability => Some(&accounts.contract_liability),
        Role::ContractAsset => Some(&accounts.contract_asset),
        Role::AccruedReceivable => accounts.accrued_receivable.as_ref().or(Some(&accounts.contract_asset)),
        Role::RefundLiability => accounts.refund_liability.as_ref().or(Some(&accounts.contract_liability)),
        Role::Fx => accounts.fx.as_ref(),
        Role::CreditLoss => accounts.credit_loss.as_ref(),
        _ => None,
    };
    code.cloned().ok_or_else(|| WorkflowError::Configuration {
        entity: entity.id.clone(),
        key: "accounts",
        problem: format!(
            "names no account for {}, and a journal needs it; add it in tieout.toml",
            role.name()
        ),
    })
}
