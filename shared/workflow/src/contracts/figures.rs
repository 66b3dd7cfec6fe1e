//! The figures of one contract, as the engine computes them from its events.

use rust_decimal::Decimal;
use tieout_accounting::contract::Balances;
use tieout_accounting::{Contract, Currency, Period};
use tieout_platform::config::Entity;
use tieout_store::StoredContract;

use super::view::{AskedBy, BalancesView, MonthView, PositionView, QuestionView, Schedule};
use crate::close::read_contract;
use crate::deployment::Deployment;
use crate::error::WorkflowError;
use crate::facts::local_day;
use crate::ledger::{decimal, minor_to_decimal};

/// What the engine says of a contract.
pub(super) struct Figures {
    pub(super) schedule: Schedule,
    pub(super) questions: Vec<QuestionView>,
}

/// Computes a contract through the present month, or its last one where that is later.
pub(super) async fn compute(deployment: &Deployment, entity: &Entity, stored: &StoredContract) -> Result<Figures, WorkflowError> {
    let today = local_day(entity, deployment.clock.now());
    let nothing = |why: String| Figures {
        schedule: Schedule::NotComputed { why },
        questions: Vec::new(),
    };
    let contract = match read_contract(deployment, entity, stored, Period::of(today)).await {
        Ok(Some(contract)) => contract,
        Ok(None) => {
            let currency = &stored.outline.head.currency;
            return Ok(nothing(format!(
                "the ledger has given no rate for {currency} yet: the first document that it books brings one"
            )));
        }
        // Whoever has to correct it needs to see the rest.
        Err(WorkflowError::Refused(refusal)) => return Ok(nothing(refusal.to_string())),
        Err(error) => return Err(error),
    };
    let questions = contract.questions().map(|note| QuestionView {
        asked_by: AskedBy::Accounting,
        since: note.on,
        what: note.reason.words.to_string(),
        remedy: None,
        paragraph: Some(note.reason.paragraph.to_string()),
        case: None,
    });
    let ledger_currency = contract.ledger_currency();
    let position = PositionView {
        on: today,
        price: decimal(contract.price()),
        billed: decimal(contract.billed()),
        to_recognise: decimal(contract.rpo(today)),
        balances: in_major(&contract.balances(today), ledger_currency)?,
        net: decimal(contract.position(today)),
    };
    Ok(Figures {
        questions: questions.collect(),
        schedule: Schedule::Computed {
            currency: ledger_currency.code().to_owned(),
            months: months(&contract)?,
            position,
        },
    })
}

/// From the first month to the last one in which something moves.
fn months(contract: &Contract) -> Result<Vec<MonthView>, WorkflowError> {
    let currency = contract.ledger_currency();
    let posted = contract.posted();
    let first = posted.keys().next().copied().into_iter().chain([contract.first_period()]).min();
    let mut months = Vec::new();
    let (mut before, mut moved) = (Balances::default(), 0);
    for period in first.unwrap_or(contract.first_period()).to(contract.through()) {
        let balances = contract.balances(period.last_day());
        let revenue = contract.recognised(period);
        let posted = posted.get(&period).copied().unwrap_or_default();
        months.push(MonthView {
            month: period,
            revenue: decimal(revenue),
            posted: minor_to_decimal(posted, currency.code())?,
            balances: in_major(&balances, currency)?,
        });
        if balances != before || revenue.minor != 0 || posted != 0 {
            moved = months.len();
        }
        before = balances;
    }
    months.truncate(moved);
    Ok(months)
}

fn in_major(balances: &Balances, currency: Currency) -> Result<BalancesView, WorkflowError> {
    let major = |minor: i64| -> Result<Decimal, WorkflowError> { minor_to_decimal(minor, currency.code()) };
    Ok(BalancesView {
        contract_liability: major(balances.contract_liability)?,
        contract_asset: major(balances.contract_asset)?,
        receivable: major(balances.receivable)?,
        refund_liability: major(balances.refund_liability)?,
        accrued_receivable: major(balances.accrued_receivable)?,
    })
}
