//! After the faults have stopped: everything drains within bounds (I9), the months are closed, and the last look is taken.

use std::sync::Arc;
use std::time::Duration;

use chrono::{Datelike, Days, Months, NaiveTime};
use tieout_platform::clock::Clock;
use tieout_sandbox::xero::Lock;

use crate::history::{Actors, approve_by, fix_all, lock_moved, reconnect, redrive_all};
use crate::witness;
use crate::world::World;

/// Rounds in which everything has to have drained.
const ROUNDS_MAX: u32 = 24;
/// How long a round is: longer than the longest wait between two tries of a message.
const ROUND_S: u64 = 3_700;
/// Rounds at whose beginning all dead letters are sent back.
const REPLAYS_MAX: u32 = 4;
/// Rounds of the last close: month by month, each proposed, approved and posted.
const CLOSE_ROUNDS_MAX: u32 = 16;
/// The day of the month on which all closes are due.
const CLOSE_DAY: u32 = 9;
/// Who approves the last closes.
const APPROVER: &str = "bjorn";

/// Drains the world, closes what is due, and asks the auditor for the last time.
pub async fn drain(world: &Arc<World>, actors: &mut Actors) {
    world.calm_down();
    fix_all(world, actors);
    world.ring_vendors();
    settle(world).await;
    for entity in actors.entities.clone() {
        // Locks of the ledger would keep the last journals out.
        if world.xero.set_lock_date(&entity.tenant, Lock::Period, None).is_ok() {
            lock_moved(world, &entity.tenant, None);
        }
    }
    next_close_day(world).await;
    close(world, actors).await;
    settle(world).await;
    let seen = world.seen().await;
    witness::with(|auditor| auditor.end(&seen));
}

/// Rounds until nothing is left to be done.
async fn settle(world: &Arc<World>) {
    let mut left = Vec::new();
    for round in 0..ROUNDS_MAX {
        // What a few replays do not repair, nobody can repair, and it takes longer than a round to be a dead letter again.
        if round < REPLAYS_MAX {
            redrive_all(world).await;
        }
        world.sweep().await;
        for entity in &world.config.config.entities {
            // What was approved before is posted to its end.
            world.month_end(&entity.id).await;
        }
        // What failed for want of a connection is tried again in the next round.
        let was_cut_off = reconnect(world).await;
        world.clock.sleep(Duration::from_secs(ROUND_S)).await;
        let seen = world.seen().await;
        left = witness::with(|auditor| auditor.undrained(&seen)).unwrap_or_default();
        let waiting = world.salesforce.waiting_notifications() + world.xero.webhooks_waiting();
        if left.is_empty() && waiting == 0 && !was_cut_off {
            world.step("world", format_args!("drained in {} rounds", round + 1));
            return;
        }
        if waiting > 0 {
            left.push(format!("{waiting} messages of vendors wait"));
        }
    }
    witness::with(|auditor| auditor.measured("I9", format!("not drained after {ROUNDS_MAX} rounds: {}", left.join("; "))));
}

/// The morning of the next month on which every entity's close is due.
async fn next_close_day(world: &World) {
    let now = world.clock.now();
    let first = now.date_naive().with_day(1).unwrap_or_default();
    let next = first.checked_add_months(Months::new(1)).unwrap_or(first) + Days::new(u64::from(CLOSE_DAY - 1));
    let morning = next.and_time(NaiveTime::from_hms_opt(7, 0, 0).unwrap_or_default()).and_utc();
    world.clock.sleep((morning - now).to_std().unwrap_or_default()).await;
}

/// Month-end each morning, and an approval where one is asked for, until every month that is due is closed.
async fn close(world: &Arc<World>, actors: &Actors) {
    for _ in 0..CLOSE_ROUNDS_MAX {
        for entity in &actors.entities {
            world.month_end(&entity.id).await;
            if let Some(seen) = world.proposed(&entity.id) {
                approve_by(world, seen, APPROVER, Duration::ZERO).await;
            }
        }
        reconnect(world).await;
        if actors.entities.iter().all(|entity| is_closed(world, &entity.id)) {
            return;
        }
        world.clock.sleep(Duration::from_secs(ROUND_S)).await;
    }
    let open: Vec<String> = actors
        .entities
        .iter()
        .map(|entity| format!("{}: {:?}", entity.id, world.periods(&entity.id)))
        .collect();
    witness::with(|auditor| {
        auditor.measured(
            "I9",
            format!("the months are not closed after {CLOSE_ROUNDS_MAX} rounds: {}", open.join("; ")),
        )
    });
}

/// Whether the last month that is over is closed; an entity that never sold anything has nothing to close.
fn is_closed(world: &World, entity: &str) -> bool {
    let last = world.clock.now().date_naive().with_day(1).unwrap_or_default() - Days::new(1);
    let last = last.format("%Y-%m").to_string();
    let periods = world.periods(entity);
    let has_contracts = world.table().indexed(&format!("ENTITY#{entity}")) > 0;
    periods.iter().any(|(period, state)| *period == last && state == "closed") || (!has_contracts && periods.is_empty())
}
