//! The company's life: sellers, finance, closers, operators, strangers.
//!
//! A new kind of event is a line in `act::ACTS` and a function beside the others of its people; what it did is told to the auditor there.

mod act;
mod calendar;
mod closers;
mod finance;
mod hurry;
mod operators;
mod sellers;
mod strangers;
mod town;

use std::sync::Arc;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tieout_platform::clock::Clock;

pub use act::Act;
pub use calendar::{Calendar, Planned, first_instant};
pub use closers::approve_by;
pub use finance::lock_moved;
pub use operators::{reconnect, redrive_all};
pub use sellers::{CANARY_MAIL, mend_all};
pub use strangers::signature;
pub use town::Town;

use crate::world::World;

/// Lives the calendar: each planned thing at its time, what takes longer beside the others.
pub async fn live(world: &Arc<World>, town: &mut Town, calendar: Calendar) {
    let mut running = FuturesUnordered::new();
    for planned in calendar.all {
        let wait = (planned.at - world.clock.now()).to_std().unwrap_or_default();
        let mut due = world.clock.sleep(wait);
        loop {
            tokio::select! {
                biased;
                Some(()) = running.next() => {}
                () = &mut due => break,
            }
        }
        running.extend(act::act(world, town, planned.what));
    }
    while running.next().await.is_some() {}
}
