//! Books: the close as a difference, month by month, run twice, repaired; events as a file.

use std::collections::BTreeMap;

use tieout_accounting::book::{Calendar, PeriodAct};
use tieout_accounting::close::{self, Entity, Level, PostedLine};
use tieout_accounting::contract::Contract;
use tieout_accounting::event::EventKind;
use tieout_accounting::ids::JournalKey;
use tieout_accounting::journal::Role;
use tieout_accounting::{Book, Event, Period};

use super::{problem, same};
use crate::history::History;

pub fn events_survive_the_file(history: &History, _: &Contract) -> Result<(), String> {
    for event in &history.events {
        same("event", &Event::from_value(event.to_value()).map_err(problem)?, event)?;
    }
    Ok(())
}

fn entity(history: &History) -> Entity {
    Entity {
        id: "E1".into(),
        currency: history.book.ledger_currency,
        calendar: Calendar::default(),
    }
}

pub fn a_close_run_twice_proposes_nothing_and_repairs_what_was_deleted(history: &History, contract: &Contract) -> Result<(), String> {
    let (entity, contracts) = (entity(history), [contract.clone()]);
    let mut posted: Vec<PostedLine> = Vec::new();
    for period in contract.first_period().to(contract.through()) {
        let proposal = close::propose(&entity, period, &contracts, &posted, Level::Tracking).map_err(problem)?;
        for journal in &proposal.journals {
            same(
                journal.key.as_str(),
                journal.lines.iter().map(|line| line.amount_minor).sum::<i64>(),
                0,
            )?;
            for line in &journal.lines {
                same(
                    "line and parts",
                    line.amount_minor,
                    line.parts.iter().map(|part| part.amount_minor).sum(),
                )?;
            }
            same(
                "posting period",
                journal.posting_period == period || journal.posting_period == period.next(),
                true,
            )?;
        }
        posted.extend(proposal.postings());
        let again = close::propose(&entity, period, &contracts, &posted, Level::Account).map_err(problem)?;
        same("run twice", again.journals.len(), 0)?;
    }
    let Some(deleted) = posted.get(posted.len() / 2).map(|line| line.journal_key.clone()) else {
        return Ok(());
    };
    repairs(&entity, &contracts, posted, &deleted)
}

/// A journal that was deleted in the ledger is proposed again, and nothing else.
fn repairs(entity: &Entity, contracts: &[Contract], posted: Vec<PostedLine>, deleted: &JournalKey) -> Result<(), String> {
    let last = contracts.iter().map(Contract::through).max().ok_or("no contract")?;
    let (mut gone, mut left): (Vec<_>, Vec<_>) = posted.into_iter().partition(|line| line.journal_key == *deleted);
    let repair = close::propose(entity, last, contracts, &left, Level::Line).map_err(problem)?;
    same("journals to repair", repair.journals.len(), 1)?;
    let mut repaired = repair.postings();
    left.extend(repaired.iter().cloned());
    for lines in [&mut repaired, &mut gone] {
        lines.iter_mut().for_each(|line| line.journal_key = "".into());
        lines.sort();
    }
    same("repaired", repaired, gone)?;
    let after = close::propose(entity, last, contracts, &left, Level::Line).map_err(problem)?;
    same("after the repair", after.journals.len(), 0)
}

pub fn kept_month_by_month_they_end_where_the_contract_says(history: &History, contract: &Contract) -> Result<(), String> {
    let mut entity = entity(history);
    let act = |event: &&Event| matches!(event.kind, EventKind::PeriodClosed(_) | EventKind::PeriodReopened(_));
    let facts: Vec<Event> = history.events.iter().filter(|event| !act(event)).cloned().collect();
    let known = facts.iter().map(|event| Period::of(event.known())).max();
    let last = known.map_or(contract.through(), |known| known.max(contract.through())).plus(1);
    let mut book = history.book.clone();
    let mut posted: Vec<PostedLine> = Vec::new();
    for period in contract.first_period().to(last) {
        // The month is closed on the fifth of the next one, with what is known by then.
        let on = period.next().first_day() + chrono::Days::new(4);
        let known: Vec<Event> = facts.iter().filter(|event| event.known() <= on).cloned().collect();
        book.until = Some(contract.through().max(period));
        let Ok(then) = Contract::from_events(contract.id(), &known, &book) else {
            return Ok(());
        };
        let before = posted.len();
        let proposal = close::propose(&entity, period, &[then], &posted, Level::Tracking).map_err(problem)?;
        posted.extend(proposal.postings());
        let changed = posted.iter().skip(before).any(|line| line.posting_period < period);
        same("a closed period changed", changed, false)?;
        entity.calendar.close(period);
        book.closed.push(PeriodAct { on, period, closed: true });
    }
    let mut sums: BTreeMap<Role, i64> = BTreeMap::new();
    for line in posted.iter().filter(|line| line.posting_period <= last) {
        *sums.entry(line.role).or_default() += line.amount_minor;
    }
    let until = Book {
        until: Some(last),
        ..history.book.clone()
    };
    let whole = Contract::from_events(contract.id(), &facts, &until).map_err(problem)?;
    let ours = whole
        .entries()
        .iter()
        .filter(|entry| !entry.case.is_document() && entry.posting_period <= last);
    for line in ours.flat_map(|entry| &entry.lines) {
        *sums.entry(line.account).or_default() -= line.amount;
    }
    // Whether a refund pays back a refund liability or a credit balance may look otherwise once more is known.
    sums.retain(|role, amount| *amount != 0 && !matches!(role, Role::Receivable | Role::RefundLiability));
    same("sums", sums, BTreeMap::new())
}
