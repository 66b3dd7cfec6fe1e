//! What was posted for each contract through its entity's last closed month, against the naive model: to the cent, by account, by
//! obligation and by month.

use chrono::{DateTime, TimeDelta, Utc};

use crate::auditor::books::{Books, Contract, PostingLine};
use crate::auditor::facts::{Entity, FinanceAct};
use crate::auditor::history::History;
use crate::auditor::month::Month;
use crate::auditor::position::Position;

/// Clocks of functions may be so far apart: of events that by such a clock became known about when a close was
/// planned, nobody can say whether the plan knew them.
const CLOCKS_APART_MIN: i64 = 30;

/// Contracts whose postings are not what they must be.
pub fn wrong(books: &Books, history: &History) -> Vec<String> {
    let mut wrong = Vec::new();
    for entity in &history.company.entities {
        let Some((month, planned_at)) = judged(entity, books, history) else {
            continue;
        };
        let of_entity = books.contracts.values().filter(|contract| contract.entity == entity.id);
        // What is translated is judged by the product's own stories.
        for contract in of_entity.filter(|contract| contract.currency == entity.currency) {
            wrong.extend(judge(contract, entity, month, planned_at, books));
        }
    }
    wrong
}

/// The entity's last closed month and when it was planned; `None` where that month does not show all: it was locked in the ledger, or a
/// journal was taken back since.
fn judged(entity: &Entity, books: &Books, history: &History) -> Option<(Month, DateTime<Utc>)> {
    let period = books.last_closed(&entity.id)?;
    let month = Month::parse(&period.month)?;
    let planned = history.planned.get(&(entity.id.clone(), period.month.clone()));
    let planned_at = planned.and_then(|planned| planned.last()).map_or(books.at, |(at, _)| *at);
    if history.was_locked(&entity.tenant, month.last(), planned_at - margin(), planned_at) {
        return None;
    }
    let taken_back = history.finance.iter().any(|(id, acts)| {
        let ours = books
            .postings
            .iter()
            .any(|posting| posting.entity == entity.id && posting.ledger_id == *id);
        let since = |(at, act): &(DateTime<Utc>, FinanceAct)| *act == FinanceAct::JournalVoided && *at + margin() >= planned_at;
        ours && acts.iter().any(since)
    });
    (!taken_back).then_some((month, planned_at))
}

fn margin() -> TimeDelta {
    TimeDelta::minutes(CLOCKS_APART_MIN)
}

fn judge(contract: &Contract, entity: &Entity, month: Month, planned_at: DateTime<Utc>, books: &Books) -> Option<String> {
    let lines: Vec<&PostingLine> = books
        .postings
        .iter()
        .filter(|posting| posting.entity == entity.id && posting.state == "posted" && posting.month.is_some_and(|own| own <= month))
        .flat_map(|posting| &posting.lines)
        .filter(|line| line.contract == contract.id)
        .collect();
    let certain = contract
        .events
        .iter()
        .take_while(|event| event.known_at + margin() < planned_at)
        .count();
    let prefixes = (certain..=contract.events.len()).rev();
    let mut first = None;
    for known in prefixes {
        let position = Position::of(contract.events.get(..known).unwrap_or_default());
        match difference(&position, &lines, entity, month) {
            None => return None,
            Some(words) => first = first.or(Some(words)),
        }
    }
    first.map(|words| format!("contract {} through {month}: {words}", contract.id))
}

/// What is not as it must be.
fn difference(position: &Position, lines: &[&PostingLine], entity: &Entity, month: Month) -> Option<String> {
    let of_role = |role: &str| -> i64 { lines.iter().filter(|line| line.role == role).map(|line| line.cents).sum() };
    // Invoices are in the ledger already: coded to the liability, or to revenue.
    let documents = position.billed(month);
    let (in_revenue, in_liability) = if entity.codes_to_revenue { (documents, 0) } else { (0, documents) };
    let expected = [
        ("revenue", in_revenue - position.earned_in_all(month)),
        ("contract_liability", in_liability - position.liability(month)),
        ("contract_asset", position.asset(month)),
    ];
    for (role, cents) in expected {
        let found = of_role(role);
        if found != cents {
            return Some(format!("{role} is {found} cents by our journals and must be {cents}"));
        }
    }
    if entity.codes_to_revenue {
        return None;
    }
    let months = lines
        .iter()
        .filter_map(|line| Month::parse(&line.economic))
        .filter(|economic| *economic <= month);
    let months: std::collections::BTreeSet<Month> = months.chain([month]).collect();
    for obligation in position.obligations.keys() {
        for through in &months {
            let until = lines.iter().filter(|line| line.role == "revenue" && line.obligation == *obligation);
            let found: i64 = until
                .filter(|line| Month::parse(&line.economic).is_some_and(|economic| economic <= *through))
                .map(|line| -line.cents)
                .sum();
            let earned = position.earned(obligation, *through);
            if found != earned {
                return Some(format!(
                    "obligation {obligation} has {found} cents of revenue through {through} and must have {earned}"
                ));
            }
        }
    }
    None
}
