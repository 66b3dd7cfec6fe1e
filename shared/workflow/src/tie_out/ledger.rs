//! From the schedule to the ledger, in the entity's currency: what the events say against the trial balance.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use tieout_accounting::Period;
use tieout_accounting::journal::Role;
use tieout_ledger::TrialBalance;
use tieout_platform::config::Entity;

use crate::close::{Books, account};
use crate::deployment::Deployment;
use crate::error::WorkflowError;
use crate::ledger::minor_to_decimal;

use super::{Line, Owned};

pub(super) async fn lines(deployment: &Deployment, entity: &Entity, books: &Books, through: Period) -> Result<Vec<Line>, WorkflowError> {
    let balance = deployment.ledger(entity)?.trial_balance(through.last_day()).await?;
    let comparing = Comparing {
        entity,
        books,
        balance: &balance,
        through,
    };
    Ok(vec![
        comparing.line("deferred revenue", &[Role::ContractLiability, Role::RefundLiability], -1)?,
        comparing.line("accrued revenue", &[Role::ContractAsset, Role::AccruedReceivable], 1)?,
        comparing.revenue(deployment)?,
    ])
}

struct Comparing<'a> {
    entity: &'a Entity,
    books: &'a Books,
    balance: &'a TrialBalance,
    through: Period,
}

impl Comparing<'_> {
    /// The accounts of some roles, each account once.
    fn line(&self, name: &str, roles: &[Role], sign: i64) -> Result<Line, WorkflowError> {
        let codes = roles
            .iter()
            .map(|role| account(self.entity, *role))
            .collect::<Result<BTreeSet<_>, _>>()?;
        self.compare(name, roles, &codes, sign)
    }

    /// Revenue accounts of the entity and of all products.
    fn revenue(&self, deployment: &Deployment) -> Result<Line, WorkflowError> {
        let of_products = deployment
            .config
            .products
            .iter()
            .filter_map(|product| product.revenue_accounts.get(&self.entity.id));
        let codes = of_products.chain([&self.entity.accounts.revenue]).cloned().collect();
        self.compare("revenue", &[Role::Revenue], &codes, -1)
    }

    fn compare(&self, name: &str, roles: &[Role], codes: &BTreeSet<String>, sign: i64) -> Result<Line, WorkflowError> {
        let expected = self.amount(self.expected_minor(roles) * sign)?;
        let found: Decimal = codes.iter().map(|code| self.balance.balance(code)).sum();
        let right = found * Decimal::from(sign);
        let owners = [self.known_late(roles, sign)?, self.not_posted(roles, sign)?].concat();
        let label = format!("account {} in the ledger", codes.iter().cloned().collect::<Vec<_>>().join(" + "));
        Ok(Line::new(
            &format!("{name}, {}", self.through),
            &self.entity.currency,
            ("by the events", expected),
            (&label, right),
            owners,
        ))
    }

    fn expected_minor(&self, roles: &[Role]) -> i64 {
        let entries = self.books.contracts.iter().flat_map(|(_, contract)| contract.entries());
        let until_now = entries.filter(|entry| entry.posting_period <= self.through);
        until_now.flat_map(|entry| roles.iter().map(|role| entry.sum(*role))).sum()
    }

    /// Documents that the ledger dates into a month that was closed before they became known: ours stand in the first open one.
    fn known_late(&self, roles: &[Role], sign: i64) -> Result<Vec<Owned>, WorkflowError> {
        let entries = self.books.contracts.iter().flat_map(|(_, contract)| contract.entries());
        let late = entries
            .filter(|entry| entry.case.is_document() && entry.economic_period <= self.through && entry.posting_period > self.through);
        let minor: i64 = late.flat_map(|entry| roles.iter().map(|role| entry.sum(*role))).sum();
        if minor == 0 {
            return Ok(Vec::new());
        }
        let what = format!(
            "documents dated through {} in the ledger that became known after it was closed; they stand in the month after",
            self.through
        );
        Ok(vec![(what, "finance".to_owned(), self.amount(-minor * sign)?)])
    }

    /// What month-end has not posted yet, or somebody took back: known, and finance's.
    fn not_posted(&self, roles: &[Role], sign: i64) -> Result<Vec<Owned>, WorkflowError> {
        let entries = self.books.contracts.iter().flat_map(|(_, contract)| contract.entries());
        let ours = entries.filter(|entry| entry.posting_period <= self.through && !entry.case.is_document());
        let expected: i64 = ours.flat_map(|entry| roles.iter().map(|role| entry.sum(*role))).sum();
        let posted = self.books.posted_lines()?;
        let posted = posted
            .iter()
            .filter(|line| line.posting_period <= self.through && roles.contains(&line.role));
        let missing = expected - posted.map(|line| line.amount_minor).sum::<i64>();
        if missing == 0 {
            return Ok(Vec::new());
        }
        let what = format!(
            "month-end journals through {} that are not in the ledger; run the close",
            self.through
        );
        Ok(vec![(what, "finance".to_owned(), self.amount(missing * sign)?)])
    }

    fn amount(&self, minor: i64) -> Result<Decimal, WorkflowError> {
        minor_to_decimal(minor, &self.entity.currency)
    }
}
