//! From roles to accounts of the ledger: revenue by the product's account as it was when the deal was booked, the rest by the entity.

use std::collections::BTreeMap;

use tieout_accounting::close::SummaryLine;
use tieout_accounting::ids::{ContractId, ObligationId};
use tieout_accounting::journal::Role;
use tieout_platform::config::Entity;

use crate::deployment::Deployment;
use crate::error::WorkflowError;

/// Revenue accounts by contract and obligation.
#[derive(Debug, Default)]
pub struct Accounts {
    revenue: BTreeMap<(ContractId, ObligationId), String>,
}

impl Accounts {
    /// Reads them from the heads of an entity's contracts.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn read(deployment: &Deployment, entity: &Entity) -> Result<Self, WorkflowError> {
        let mut revenue = BTreeMap::new();
        for head in deployment.store.heads_of(&entity.id).await? {
            let accounts = head.facts.get("revenue_accounts").and_then(|accounts| accounts.as_object());
            for (obligation, account) in accounts.into_iter().flatten() {
                if let Some(account) = account.as_str() {
                    let key = (ContractId::new(head.contract.clone()), ObligationId::new(obligation.clone()));
                    revenue.insert(key, account.to_owned());
                }
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
    code.cloned().ok_or_else(|| {
        let role = role.name();
        WorkflowError::impossible(format!(
            "a journal needs an account for {role}; name it under entities.{}.accounts in tieout.toml",
            entity.id
        ))
    })
}
