//! Sending what is due, and again what was not acked.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::ack::is_ack;
use super::envelope::{Sender, envelope};
use super::schedule::{is_given_up, retry_delay, shuffled};
use super::{Notification, Poster};
use crate::docs::{Change, DocsError};
use crate::salesforce::inner::Inner;
use crate::salesforce::state::{NOTIFICATION, State};

/// The most notifications of one message (the WSDL's `maxOccurs`).
const MESSAGE_LIMIT: usize = 100;

/// What sends; one pump at a time.
pub(in crate::salesforce) struct Pump {
    pub(in crate::salesforce) poster: Poster,
    pub(in crate::salesforce) turn: tokio::sync::Mutex<()>,
}

/// A message that is due.
struct Message {
    number: u64,
    rule: usize,
    notifications: Vec<Notification>,
}

/// One step at the clock's now: everything due is sent once. Answers how many messages were sent.
pub(in crate::salesforce) async fn deliver_due(inner: &Inner) -> usize {
    let _turn = inner.pump.turn.lock().await;
    let now = inner.clock.now();
    let Some(endpoint) = inner.endpoint() else {
        return 0;
    };
    let due = match inner.with_state(|state| collect(inner, state, now)) {
        Ok(due) => due,
        Err(error) => {
            tracing::error!(%error, "outbound messages could not be collected");
            return 0;
        }
    };
    let mut sent = 0;
    for message in due {
        sent += send(inner, &endpoint, message).await;
    }
    sent
}

/// Gives up what is too old, then takes what is due, packed into messages.
fn collect(inner: &Inner, state: &mut State, now: DateTime<Utc>) -> Result<Vec<Message>, DocsError> {
    if state.faults.outage {
        return Ok(Vec::new());
    }
    let old: Vec<String> = state
        .notifications
        .values()
        .filter(|waiting| is_given_up(waiting, now))
        .map(|waiting| waiting.id.clone())
        .collect();
    if !old.is_empty() {
        state.stats.dropped += u64::try_from(old.len()).unwrap_or_default();
        forget(inner, state, &old)?;
    }
    let mut fresh: BTreeMap<usize, Vec<Notification>> = BTreeMap::new();
    let mut again: BTreeMap<u64, Message> = BTreeMap::new();
    for waiting in state.notifications.values().filter(|waiting| waiting.next_attempt <= now) {
        match waiting.message {
            None => fresh.entry(waiting.rule).or_default().push(waiting.clone()),
            Some(number) => {
                let empty = || Message {
                    number,
                    rule: waiting.rule,
                    notifications: Vec::new(),
                };
                let message = again.entry(number).or_insert_with(empty);
                message.notifications.push(waiting.clone());
            }
        }
    }
    let mut messages: Vec<Message> = again.into_values().collect();
    for (rule, notifications) in fresh {
        for packed in notifications.chunks(MESSAGE_LIMIT) {
            state.counter += 1;
            messages.push(Message {
                number: state.counter,
                rule,
                notifications: packed.to_vec(),
            });
        }
    }
    messages.sort_by_key(|message| shuffled(message.number));
    inner.docs.save(&[State::counter_change(state.counter)?])?;
    Ok(messages)
}

/// Sends one message, twice when a fault says so; answers how often.
async fn send(inner: &Inner, endpoint: &str, message: Message) -> usize {
    let ids: Vec<String> = message.notifications.iter().map(|waiting| waiting.id.clone()).collect();
    let copies = inner.with_state(|state| -> Result<usize, DocsError> {
        let faults = &mut state.faults;
        let copies = match (faults.lose_messages, faults.double_messages) {
            (0, 0) => return Ok(1),
            (0, doubles) => {
                faults.double_messages = doubles - 1;
                2
            }
            (losses, _) => {
                faults.lose_messages = losses - 1;
                0
            }
        };
        state.save_faults(&inner.docs)?;
        if copies == 0 {
            state.stats.lost += 1;
            forget(inner, state, &ids)?;
        }
        Ok(copies)
    });
    let copies = copies.unwrap_or(1);
    let mut delivered = false;
    for _ in 0..copies {
        // The values are those of the moment of sending.
        let body = inner.with_state(|state| body(inner, state, &message));
        let answer = (inner.pump.poster)(endpoint.to_owned(), body).await;
        delivered |= matches!(&answer, Ok((status, text)) if is_ack(*status, text));
    }
    if copies > 0
        && let Err(error) = inner.with_state(|state| settle(inner, state, &message, &ids, copies, delivered))
    {
        tracing::error!(%error, "the outcome of an outbound message could not be stored");
    }
    copies
}

fn body(inner: &Inner, state: &State, message: &Message) -> String {
    let Some(rule) = inner.rules.get(message.rule) else {
        return String::new();
    };
    let sender = Sender {
        organisation_id: &inner.organisation_id,
        action_id: &rule.action_id,
    };
    envelope(&sender, &inner.schema, &rule.rule, state, &message.notifications)
}

fn settle(inner: &Inner, state: &mut State, message: &Message, ids: &[String], copies: usize, delivered: bool) -> Result<(), DocsError> {
    state.stats.sent += u64::try_from(copies).unwrap_or_default();
    if delivered {
        state.stats.acked += 1;
        return forget(inner, state, ids);
    }
    state.stats.refused += 1;
    let now = inner.clock.now();
    let mut changes = vec![state.stats_change()?];
    for id in ids {
        let Some(waiting) = state.notifications.get_mut(id) else {
            continue;
        };
        waiting.attempts = waiting.attempts.saturating_add(1);
        waiting.message = Some(message.number);
        waiting.next_attempt = now + retry_delay(message.number, waiting.attempts);
        changes.push(Change::put(NOTIFICATION, id, waiting)?);
    }
    inner.docs.save(&changes)
}

fn forget(inner: &Inner, state: &mut State, ids: &[String]) -> Result<(), DocsError> {
    let mut changes = vec![state.stats_change()?];
    for id in ids {
        state.notifications.remove(id);
        changes.push(Change::remove(NOTIFICATION, id));
    }
    inner.docs.save(&changes)
}
