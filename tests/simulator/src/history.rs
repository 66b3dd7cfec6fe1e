//! The company's history: sellers, finance, closers, operators, outsiders.
//!
//! A new kind of event is a line in `act::ACTS` and a function beside the others of its people; what it did is reported to the auditor there.

mod act;
mod actors;
mod calendar;
mod closers;
mod finance;
mod hurry;
mod operators;
mod outsiders;
mod sellers;

use std::sync::Arc;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tieout_platform::clock::Clock;

pub use act::Act;
pub use actors::Actors;
pub use calendar::{Calendar, Planned, first_instant};
pub use closers::approve_by;
pub use finance::lock_moved;
pub use operators::{reconnect, redrive_all};
pub use outsiders::signature;
pub use sellers::{CANARY_MAIL, fix_all};

use crate::world::World;

/// Plays the calendar: each planned thing at its time; what takes longer runs beside the others.
pub async fn play(world: &Arc<World>, actors: &mut Actors, calendar: Calendar) {
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
        running.extend(act::act(world, actors, planned.what));
    }
    while running.next().await.is_some() {}
}
