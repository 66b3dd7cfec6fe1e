//! What finance does in the ledger's own pages, in its own time and order.

use chrono::Days;
use rust_decimal::Decimal;
use serde_json::json;
use tieout_sandbox::xero::{ControlError, Credit, InvoiceView, Lock};

use super::actors::{Actors, today};
use crate::auditor::facts::{FinanceAct, What};
use crate::world::World;

/// Reports what was done, or notes why it could not be.
pub fn done<T>(world: &World, tenant: &str, act: FinanceAct, document: &str, result: Result<T, ControlError>) -> Option<T> {
    match result {
        Ok(value) => {
            world.step("finance", format_args!("{act:?} {document}"));
            world.report(What::Finance {
                tenant: tenant.to_owned(),
                act,
                document: document.to_owned(),
            });
            Some(value)
        }
        Err(error) => {
            world.step("finance", format_args!("cannot: {act:?} {document}: {error}"));
            None
        }
    }
}

fn is_draft(invoice: &InvoiceView) -> bool {
    invoice.status == "DRAFT"
}

fn is_open(invoice: &InvoiceView) -> bool {
    invoice.status == "AUTHORISED" && invoice.amount_due > Decimal::ZERO
}

pub fn authorise(world: &World, actors: &mut Actors) {
    let Some((tenant, invoice)) = actors.invoice(world, is_draft) else {
        return;
    };
    let due = invoice.due_date.unwrap_or(invoice.date + Days::new(30));
    let result = world.xero.authorise_invoice(&tenant, &invoice.id, Some(due), "");
    done(world, &tenant, FinanceAct::Authorised, &invoice.id, result);
}

pub fn edit(world: &World, actors: &mut Actors) {
    let Some((tenant, invoice)) = actors.invoice(world, is_draft) else {
        return;
    };
    let change = match actors.dice.between(0, 1) {
        0 => json!({ "DueDate": (invoice.date + Days::new(actors.dice.between(1, 60))).to_string() }),
        _ => json!({ "Date": (invoice.date + Days::new(actors.dice.between(1, 5))).to_string() }),
    };
    let result = world.xero.edit_invoice(&tenant, &invoice.id, change, "");
    done(world, &tenant, FinanceAct::Edited, &invoice.id, result);
}

pub fn void(world: &World, actors: &mut Actors) {
    let fits = |invoice: &InvoiceView| is_draft(invoice) || invoice.status == "AUTHORISED";
    let Some((tenant, invoice)) = actors.invoice(world, fits) else {
        return;
    };
    let result = world.xero.void_invoice(&tenant, &invoice.id, "");
    done(world, &tenant, FinanceAct::Voided, &invoice.id, result);
}

pub fn pay(world: &World, actors: &mut Actors) {
    let Some((tenant, invoice)) = actors.invoice(world, is_open) else {
        return;
    };
    let amount = part(actors, invoice.amount_due);
    let result = world.xero.record_payment(&tenant, &invoice.id, amount, today(world), "");
    if let Some(payment) = done(world, &tenant, FinanceAct::Paid, &invoice.id, result) {
        actors.payments.push((tenant, payment, invoice.id));
    }
}

/// The whole, or a part of at least a cent.
fn part(actors: &mut Actors, whole: Decimal) -> Decimal {
    if actors.dice.chance(500) {
        return whole;
    }
    let cents = u64::try_from((whole * Decimal::ONE_HUNDRED).trunc()).unwrap_or(1).max(1);
    Decimal::new(i64::try_from(actors.dice.between(1, cents)).unwrap_or(1), 2)
}

pub fn unpay(world: &World, actors: &mut Actors) {
    let Some((tenant, payment, invoice)) = actors.dice.pick(&actors.payments).cloned() else {
        return;
    };
    let result = world.xero.delete_payment(&tenant, &payment, "");
    done(world, &tenant, FinanceAct::Unpaid, &invoice, result);
    actors.payments.retain(|(_, known, _)| *known != payment);
}

/// A credit note: of what is earned already, or not yet.
pub fn credit(world: &World, actors: &mut Actors) {
    let Some((tenant, invoice)) = actors.invoice(world, is_open) else {
        return;
    };
    let credit = Credit {
        amount: part(actors, invoice.amount_due.min(invoice.sub_total)),
        date: today(world).max(invoice.date),
        number: Some(format!("CN-{}", actors.number())),
    };
    match world.xero.create_credit_note_and_allocate(&tenant, &invoice.id, &credit, "") {
        Ok(made) => {
            done::<()>(world, &tenant, FinanceAct::Credited, &made.credit_note_id, Ok(()));
        }
        Err(error) => world.step("finance", format_args!("cannot credit {}: {error}", invoice.id)),
    }
}

/// Somebody makes our invoice again, under a number of their own.
pub fn duplicate(world: &World, actors: &mut Actors) {
    let Some((tenant, invoice)) = actors.invoice(world, |invoice| invoice.status != "DELETED") else {
        return;
    };
    let number = format!("BY-HAND-{}", actors.number());
    let again = json!({
        "Type": "ACCREC", "InvoiceNumber": number, "Contact": { "ContactID": invoice.contact_id },
        "Date": invoice.date.to_string(), "DueDate": (invoice.date + Days::new(30)).to_string(), "Reference": invoice.reference,
        "CurrencyCode": invoice.currency, "LineAmountTypes": "NoTax", "Status": "DRAFT",
        "LineItems": [{ "Description": "The same again", "Quantity": 1, "UnitAmount": invoice.sub_total.to_string(), "AccountCode": "200" }],
    });
    match world.xero.make_invoice(&tenant, again, "") {
        Ok(made) => {
            done::<()>(world, &tenant, FinanceAct::MadeByHand, &made.id, Ok(()));
        }
        Err(error) => world.step("finance", format_args!("cannot make {number}: {error}")),
    }
}

/// The lock date goes to the end of a month that is over, or away.
pub fn move_lock(world: &World, actors: &mut Actors) {
    let Some(entity) = actors.entity() else { return };
    let until = actors
        .dice
        .chance(600)
        .then(|| today(world) - Days::new(actors.dice.between(5, 50)));
    if world.xero.set_lock_date(&entity.tenant, Lock::Period, until).is_ok() {
        lock_moved(world, &entity.tenant, until);
    }
}

/// Reports that a lock date was moved.
pub fn lock_moved(world: &World, tenant: &str, until: Option<chrono::NaiveDate>) {
    world.step("finance", format_args!("locks {tenant} up to {until:?}"));
    world.report(What::LockMoved {
        tenant: tenant.to_owned(),
        until,
    });
}

pub fn void_journal(world: &World, actors: &mut Actors) {
    let Some(entity) = actors.entity() else { return };
    let journals = world.xero.list_journals(&entity.tenant);
    let posted: Vec<_> = journals.into_iter().filter(|journal| journal.status == "POSTED").collect();
    let Some(journal) = actors.dice.pick(&posted) else { return };
    let result = world.xero.delete_journal(&entity.tenant, &journal.id, "");
    done(world, &entity.tenant, FinanceAct::JournalVoided, &journal.id, result);
}

pub fn journal_by_hand(world: &World, actors: &mut Actors) {
    let Some(entity) = actors.entity() else { return };
    let journal = json!({
        "Narration": format!("By hand {}", actors.number()), "Date": today(world).to_string(), "Status": "POSTED",
        "JournalLines": [{ "LineAmount": "12.34", "AccountCode": "200" }, { "LineAmount": "-12.34", "AccountCode": "850" }],
    });
    match world.xero.make_journal(&entity.tenant, journal, "") {
        Ok(id) => {
            done::<()>(world, &entity.tenant, FinanceAct::JournalByHand, &id, Ok(()));
        }
        Err(error) => world.step("finance", format_args!("cannot make a journal: {error}")),
    }
}
