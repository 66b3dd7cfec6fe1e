//! What follows each other within seconds: a deal that is renamed while it is being booked, an invoice that is approved, paid and credited at
//! once. Whoever reads slowly then knows an older version than somebody who came later.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use rust_decimal::Decimal;
use serde_json::{Map, json};
use tieout_platform::clock::Clock;
use tieout_sandbox::xero::{Credit, InvoiceView};

use super::actors::{Actors, today};
use super::finance::done;
use super::sellers;
use crate::auditor::facts::FinanceAct;
use crate::world::World;

/// The longest time between two renamings of a deal that is just being booked.
const RENAMED_WITHIN_MS: u64 = 90_000;
/// The most renamings.
const RENAMINGS_MAX: u64 = 3;
/// The longest time between two acts on one invoice.
const FLURRY_WITHIN_MS: u64 = 20_000;
/// What is paid and credited at once is such a part of the invoice.
const PART: u32 = 4;

type Begun = Option<BoxFuture<'static, ()>>;

/// A deal is won and renamed while it is being booked: its name is on the invoice, and nothing else of it changes.
pub fn sell_and_rename(world: &Arc<World>, actors: &mut Actors) -> Begun {
    sellers::sell(world, actors);
    let id = actors.deals.last()?.id.clone();
    let times = actors.dice.between(1, RENAMINGS_MAX);
    let renamings: Vec<(Duration, u64)> = (0..times).map(|_| (actors.dice.wait(RENAMED_WITHIN_MS), actors.number())).collect();
    let world = Arc::clone(world);
    Some(Box::pin(async move {
        for (wait, number) in renamings {
            world.clock.sleep(wait).await;
            let name = Map::from_iter([("Name".to_owned(), json!(format!("Deal in a hurry {number}")))]);
            let renamed = world.salesforce.edit(&id, name);
            world.step("seller", format_args!("renames {id}: {}", renamed.is_ok()));
            sellers::saved(&world, &id);
            world.ring_vendors();
        }
    }))
}

/// An invoice is approved, paid in part and credited in part, and the payment is taken back.
pub fn flurry(world: &Arc<World>, actors: &mut Actors) -> Begun {
    let (tenant, invoice) = actors.invoice(world, |invoice| invoice.status == "DRAFT" && invoice.total > Decimal::ONE)?;
    let waits: Vec<Duration> = (0..3).map(|_| actors.dice.wait(FLURRY_WITHIN_MS)).collect();
    let number = format!("CN-{}", actors.number());
    let world = Arc::clone(world);
    Some(Box::pin(async move { hurry(&world, &tenant, &invoice, &waits, number).await }))
}

async fn hurry(world: &World, tenant: &str, invoice: &InvoiceView, waits: &[Duration], number: String) {
    let id = invoice.id.as_str();
    let wait = |index: usize| {
        world.ring_vendors();
        world.clock.sleep(waits.get(index).copied().unwrap_or_default())
    };
    let authorised = world
        .xero
        .authorise_invoice(tenant, id, invoice.due_date.or(Some(invoice.date)), "");
    done(world, tenant, FinanceAct::Authorised, id, authorised);
    wait(0).await;
    let part = |whole: Decimal| (whole / Decimal::from(PART)).trunc_with_scale(2);
    let paid = world.xero.record_payment(tenant, id, part(invoice.total), today(world), "");
    let paid = done(world, tenant, FinanceAct::Paid, id, paid);
    wait(1).await;
    let credit = Credit {
        amount: part(invoice.sub_total),
        date: today(world).max(invoice.date),
        number: Some(number),
    };
    match world.xero.create_credit_note_and_allocate(tenant, id, &credit, "") {
        Ok(made) => drop(done::<()>(world, tenant, FinanceAct::Credited, &made.credit_note_id, Ok(()))),
        Err(error) => world.step("finance", format_args!("cannot credit {id}: {error}")),
    }
    wait(2).await;
    if let Some(payment) = paid {
        let taken = world.xero.delete_payment(tenant, &payment, "");
        done(world, tenant, FinanceAct::Unpaid, id, taken);
        world.ring_vendors();
    }
}
