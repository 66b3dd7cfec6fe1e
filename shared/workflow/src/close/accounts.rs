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

/// What of a journal's line goes to one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The account's code.
    pub account: String,
    /// In minor units of the entity's currency; a debit is positive.
    pub amount_minor: i64,
    /// The amounts of contracts that it sums.
    pub parts: usize,
}

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
                    why: "a journal names it, and the table does not have it".to_owned(),
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

    /// A summary line by account: one share for most roles, one for each revenue account of its parts; none of zero.
    ///
    /// # Errors
    /// Where `tieout.toml` names no account for the role.
    pub fn split(&self, entity: &Entity, line: &SummaryLine) -> Result<Vec<Share>, WorkflowError> {
        if line.role != Role::Revenue {
            if line.amount_minor == 0 {
                return Ok(Vec::new());
            }
            return Ok(vec![Share {
                account: account(entity, line.role)?,
                amount_minor: line.amount_minor,
                parts: line.parts.len(),
            }]);
        }
        let mut shares: BTreeMap<&str, (i64, usize)> = BTreeMap::new();
        for part in &line.parts {
            let own = part
                .obligation
                .as_ref()
                .and_then(|obligation| self.revenue.get(&(part.contract.clone(), obligation.clone())));
            let account = own.map_or(entity.accounts.revenue.as_str(), String::as_str);
            let (amount_minor, parts) = shares.entry(account).or_default();
            *amount_minor += part.amount_minor;
            *parts += 1;
        }
        let moved = shares.into_iter().filter(|(_, (amount_minor, _))| *amount_minor != 0);
        let share = |(account, (amount_minor, parts)): (&str, (i64, usize))| Share {
            account: account.to_owned(),
            amount_minor,
            parts,
        };
        Ok(moved.map(share).collect())
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
