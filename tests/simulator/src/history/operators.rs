//! What operations do, and what the schedule does for them.

use std::sync::Arc;

use futures::future::BoxFuture;
use tieout::stack::secrets;
use tieout_platform::failure::chain;
use tieout_platform::secret::Secret;
use tieout_platform::vendor::{StoredToken, TokenVault};
use tieout_workflow::start::XERO_CONNECTION;

use super::actors::Actors;
use crate::auditor::facts::What;
use crate::world::World;

/// Who may operate.
const OPERATOR: &str = "dana";

/// A dead letter that is to be sent back or thrown away.
struct Chosen {
    message: String,
    body: String,
    discard: bool,
    twice: bool,
}

/// Sends all dead letters back, some twice (F19), or throws one away.
pub fn redrive(world: &Arc<World>, actors: &mut Actors) -> Option<BoxFuture<'static, ()>> {
    let queues = world.queues();
    let letters = queues
        .into_iter()
        .filter(|(name, _)| name.contains("dead-letters"))
        .flat_map(|(_, messages)| messages);
    let chosen: Vec<Chosen> = letters
        .map(|letter| Chosen {
            message: letter.id,
            discard: letter.body.contains("\"poison\"") && actors.dice.chance(300),
            body: letter.body,
            twice: actors.dice.chance(300),
        })
        .collect();
    if chosen.is_empty() {
        return None;
    }
    let world = Arc::clone(world);
    Some(Box::pin(async move { act_on(&world, chosen).await }))
}

/// Sends every dead letter back once.
pub async fn redrive_all(world: &Arc<World>) {
    let queues = world.queues();
    let letters = queues
        .into_iter()
        .filter(|(name, _)| name.contains("dead-letters"))
        .flat_map(|(_, messages)| messages);
    let chosen = letters.map(|letter| Chosen {
        message: letter.id,
        body: letter.body,
        discard: false,
        twice: false,
    });
    act_on(world, chosen.collect()).await;
}

async fn act_on(world: &Arc<World>, chosen: Vec<Chosen>) {
    for letter in chosen {
        let (message, discard, twice) = (letter.message.clone(), letter.discard, letter.twice);
        let result = world
            .command(move |command| {
                Box::pin(async move {
                    let failures = command.failures()?;
                    if discard {
                        return failures.discard(&message, OPERATOR).await.map_err(|error| chain(&error));
                    }
                    let first = failures.replay(&message, OPERATOR).await.map_err(|error| chain(&error));
                    if twice {
                        // The same command typed again; there may be nothing left to send back.
                        let _ = failures.replay(&message, OPERATOR).await;
                    }
                    first
                })
            })
            .await;
        world.step(
            "operator",
            format_args!("dead letter {}, discard {discard}: {result:?}", letter.message),
        );
        if matches!(result, Ok(Ok(()))) {
            world.report(What::DeadLetter {
                message: letter.message,
                body: letter.body,
                discarded: discard,
            });
        }
    }
}

/// The sweep's timer; who reads that the connection is lost connects Xero again.
pub fn sweep(world: &Arc<World>) -> Option<BoxFuture<'static, ()>> {
    let world = Arc::clone(world);
    Some(Box::pin(async move {
        world.sweep().await;
        reconnect(&world).await;
    }))
}

/// `tieout connect-xero`, where a function has said that it is needed: a refresh whose answer was lost and was not asked for again within Xero's
/// thirty minutes cannot be repaired by anybody else (F13). Gives whether there was something to repair.
pub async fn reconnect(world: &Arc<World>) -> bool {
    if !world.takes_alarm() {
        return false;
    }
    let token = format!("consent-{}", world.ids.new_uuid().simple());
    if world.xero.consent(secrets::XERO_CLIENT.0, &token).is_err() {
        return true;
    }
    let result = world
        .command(move |command| {
            Box::pin(async move {
                let vault: &dyn TokenVault = &command.deployment.store;
                let stored = vault.read(XERO_CONNECTION).await.map_err(|error| chain(&error))?;
                let stored = StoredToken {
                    refresh_token: Secret::new(token),
                    access_token: None,
                    version: stored.map_or(0, |stored| stored.version + 1),
                };
                vault.rotate(XERO_CONNECTION, stored).await.map_err(|error| chain(&error))
            })
        })
        .await;
    world.step("operator", format_args!("connects Xero again: {result:?}"));
    if result != Ok(Ok(true)) {
        world.raise_alarm();
    }
    true
}

/// Month-end's timers, one for each entity.
pub fn month_end(world: &Arc<World>) -> Option<BoxFuture<'static, ()>> {
    let world = Arc::clone(world);
    Some(Box::pin(async move {
        let ids: Vec<String> = world.config.config.entities.iter().map(|entity| entity.id.clone()).collect();
        futures::future::join_all(ids.iter().map(|id| world.month_end(id))).await;
    }))
}
