//! What people do at Tieout's own desk: one approves what another proposed, one sends dead letters back.

use std::sync::Arc;

use tieout_accounting::Period;
use tieout_local::stack::dead_letter_queue_name;
use tieout_platform::aws::AwsSettings;
use tieout_platform::config::{Approval, Right};
use tieout_platform::http::{Network, SharedConnector};
use tieout_queue::{DeadLetters, Queue};
use tieout_store::PeriodState;
use tieout_workflow::failures::Failures;
use tieout_workflow::{Deployment, close};

use super::error::DemoError;
use crate::stack::{DEALS_QUEUE, INVOICES_QUEUE, Stack};

/// Digits of a hash that are shown.
const HASH_SHOWN: usize = 8;

/// Approves every proposal that needs it; the next morning posts it. Gives a line of news for each.
pub async fn approve(deployment: &Deployment) -> Result<Vec<String>, DemoError> {
    let mut news = Vec::new();
    let by = person(deployment, Right::Approve)?;
    let required = deployment
        .config
        .entities
        .iter()
        .filter(|entity| entity.close.approval == Approval::Required);
    for entity in required {
        for record in deployment.store.periods(&entity.id).await? {
            let PeriodState::Proposed { hash, .. } = &record.state else {
                continue;
            };
            close::approve(deployment, &entity.id, Period::parse(&record.period)?, hash, &by).await?;
            let shown: String = hash.chars().take(HASH_SHOWN).collect();
            news.push(format!(
                "{by} approves the close of {} {}, proposal {shown}",
                entity.id, record.period
            ));
        }
    }
    Ok(news)
}

/// Sends every dead letter back to its queue. Gives a line of news for each.
pub async fn replay(stack: &Stack) -> Result<Vec<String>, DemoError> {
    let by = person(&stack.deployment, Right::Operate)?;
    let failures = failures(stack)?;
    let mut news = Vec::new();
    for failure in failures.list().await? {
        failures.replay(&failure.letter.message_id, &by).await?;
        news.push(format!(
            "{by} replays a dead letter: {}",
            failure.cause.as_deref().unwrap_or("cause unknown")
        ));
    }
    Ok(news)
}

fn failures(stack: &Stack) -> Result<Failures, DemoError> {
    let connector = Network::new().map_err(|error| DemoError::Missing(format!("the network: {error}")))?;
    let connector: SharedConnector = Arc::new(connector);
    let settings = AwsSettings::local(&stack.services.sqs_url, connector);
    let queues = [DEALS_QUEUE, INVOICES_QUEUE].map(|name| {
        let queue = Queue::new(&settings, stack.services.queue_url(name));
        let letters = DeadLetters::new(&settings, stack.services.queue_url(&dead_letter_queue_name(name)));
        (name.to_owned(), queue, letters)
    });
    Ok(Failures {
        deployment: stack.deployment.clone(),
        queues: queues.into(),
    })
}

fn person(deployment: &Deployment, right: Right) -> Result<String, DemoError> {
    let found = deployment.config.people.iter().find(|person| person.may.contains(&right));
    let found = found.map(|person| person.id.clone());
    found.ok_or_else(|| DemoError::Missing(format!("a person under [[people]] who may {right:?}")))
}
