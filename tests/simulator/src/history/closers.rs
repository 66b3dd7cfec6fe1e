//! What people do to close a month: one proposes, another approves, somebody posts; and what they must not be let do.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use tieout_accounting::Period;
use tieout_platform::clock::Clock;
use tieout_platform::failure::chain;
use tieout_workflow::close;

use super::actors::Actors;
use crate::auditor::facts::{Proposal, What};
use crate::world::World;

/// Who may prepare, and nothing else.
const PREPARER: &str = "amira";
/// Who may approve, and nothing else.
const APPROVER: &str = "bjorn";
/// Who may do both, though never to the same close.
const BOTH: &str = "chidi";
/// How long somebody thinks before they approve.
const THINKS_MAX_S: u64 = 4 * 3_600;

/// How long somebody leaves a proposal lying that is planned anew meanwhile.
const LEAVES_LYING_MAX_S: u64 = 3 * 24 * 3_600;

type Begun = Option<BoxFuture<'static, ()>>;

/// Plans the month after the last closed one.
pub fn plan(world: &Arc<World>, actors: &mut Actors) -> Begun {
    let entity = actors.entity()?.id;
    let by = *actors.dice.pick(&[PREPARER, BOTH])?;
    let period = next_period(world, &entity)?;
    let world = Arc::clone(world);
    Some(Box::pin(async move { plan_by(&world, &entity, period, by).await }))
}

fn next_period(world: &World, entity: &str) -> Option<Period> {
    let periods = world.periods(entity);
    let closed = periods.iter().filter(|(_, state)| state == "closed").map(|(period, _)| period);
    match closed.max() {
        Some(last) => Period::parse(last).ok().map(Period::next),
        None => periods
            .iter()
            .map(|(period, _)| period)
            .min()
            .and_then(|first| Period::parse(first).ok()),
    }
}

async fn plan_by(world: &Arc<World>, entity: &str, period: Period, by: &'static str) {
    let name = entity.to_owned();
    let result = world
        .command(move |command| {
            Box::pin(async move {
                let planned = close::plan(&command.deployment, &name, period, by).await;
                planned.map(drop).map_err(|error| chain(&error))
            })
        })
        .await;
    world.step("closer", format_args!("{by} plans {entity} {period}: {result:?}"));
}

/// Approves what an approver sees, after some thought.
pub fn approve(world: &Arc<World>, actors: &mut Actors) -> Begun {
    let seen = waiting(world, actors)?;
    let by = *actors.dice.pick(&[APPROVER, APPROVER, BOTH])?;
    let thought = thought(actors);
    let world = Arc::clone(world);
    Some(Box::pin(async move { approve_by(&world, seen, by, thought).await }))
}

fn waiting(world: &World, actors: &mut Actors) -> Option<Proposal> {
    let ids: Vec<String> = actors.entities.iter().map(|entity| entity.id.clone()).collect();
    let all: Vec<Proposal> = ids.iter().filter_map(|id| world.proposed(id)).collect();
    actors.dice.pick(&all).cloned()
}

fn thought(actors: &mut Actors) -> Duration {
    Duration::from_secs(actors.dice.between(0, THINKS_MAX_S))
}

/// Whoever prepared it approves it: must be refused.
pub fn approve_own(world: &Arc<World>, actors: &mut Actors) -> Begun {
    let ids: Vec<String> = actors.entities.iter().map(|entity| entity.id.clone()).collect();
    let entity = actors.dice.pick(&ids)?.clone();
    let period = next_period(world, &entity)?;
    let world = Arc::clone(world);
    Some(Box::pin(async move {
        plan_by(&world, &entity, period, BOTH).await;
        if let Some(seen) = world.proposed(&entity) {
            approve_by(&world, seen, BOTH, Duration::ZERO).await;
        }
    }))
}

/// Somebody looks at a proposal and leaves it lying; it is planned anew by what became known since, and they approve what they saw.
pub fn approve_stale(world: &Arc<World>, actors: &mut Actors) -> Begun {
    let seen = waiting(world, actors)?;
    let period = Period::parse(&seen.period).ok()?;
    let lies = Duration::from_secs(actors.dice.between(60, LEAVES_LYING_MAX_S));
    let world = Arc::clone(world);
    Some(Box::pin(async move {
        world.considers(APPROVER, &seen);
        world.clock.sleep(lies).await;
        plan_by(&world, &seen.entity, period, PREPARER).await;
        approve_by(&world, seen, APPROVER, Duration::ZERO).await;
    }))
}

/// Two approve at the same time.
pub fn race(world: &Arc<World>, actors: &mut Actors) -> Begun {
    let seen = waiting(world, actors)?;
    let thought = thought(actors);
    let world = Arc::clone(world);
    Some(Box::pin(async move {
        let first = approve_by(&world, seen.clone(), APPROVER, thought);
        let second = approve_by(&world, seen, BOTH, thought);
        futures::future::join(first, second).await;
    }))
}

/// Looks at a proposal, thinks, and approves its hash.
pub async fn approve_by(world: &Arc<World>, seen: Proposal, by: &'static str, thought: Duration) {
    world.considers(by, &seen);
    world.clock.sleep(thought).await;
    let Ok(period) = Period::parse(&seen.period) else { return };
    let asked = seen.clone();
    let result = world
        .command(move |command| {
            Box::pin(async move {
                let approved = close::approve(&command.deployment, &asked.entity, period, &asked.hash, by).await;
                approved.map(drop).map_err(|error| chain(&error))
            })
        })
        .await;
    world.step("closer", format_args!("{by} approves {} {period}: {result:?}", seen.entity));
    if matches!(result, Ok(Err(_))) {
        world.report(What::Approved {
            seen,
            by: by.to_owned(),
            accepted: false,
        });
    }
}

/// Posts what is approved.
pub fn post(world: &Arc<World>, actors: &mut Actors) -> Begun {
    let ids: Vec<String> = actors.entities.iter().map(|entity| entity.id.clone()).collect();
    let mut approved = Vec::new();
    for id in ids {
        let periods = world
            .periods(&id)
            .into_iter()
            .filter(|(_, state)| state == "approved" || state == "posting");
        approved.extend(periods.map(|(period, _)| (id.clone(), period)));
    }
    let (entity, period) = actors.dice.pick(&approved)?.clone();
    let period = Period::parse(&period).ok()?;
    let world = Arc::clone(world);
    Some(Box::pin(async move {
        let name = entity.clone();
        let result = world
            .command(move |command| {
                Box::pin(async move {
                    let posted = close::post(&command.deployment, &name, period, PREPARER).await;
                    posted.map(drop).map_err(|error| chain(&error))
                })
            })
            .await;
        world.step("closer", format_args!("posts {entity} {period}: {result:?}"));
    }))
}
