//! What happens to one request.

use std::time::Duration;

use crate::dice::Dice;
use crate::faults::Rates;

/// What goes wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// See [`Rates`].
    NotSent,
    /// See [`Rates`].
    RequestLost,
    /// See [`Rates`].
    AnswerLost,
    /// See [`Rates`].
    ServerError,
    /// See [`Rates`].
    ServerErrorAfter,
    /// See [`Rates`].
    Html,
    /// See [`Rates`].
    Truncated,
    /// See [`Rates`].
    Drip,
    /// See [`Rates`].
    Throttled,
    /// See [`Rates`].
    Doubled,
    /// See [`Rates`].
    Delayed,
    /// Of a batch of messages a part is not taken.
    Partly,
    /// The process panics where it should send.
    Panic,
    /// The process dies before the request leaves.
    CrashBefore,
    /// The request takes effect, and the process dies before it sees the answer.
    CrashAfter,
}

/// One request's fate.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How long it takes to arrive.
    pub there: Duration,
    /// How long its answer takes.
    pub back: Duration,
    /// What goes wrong.
    pub trouble: Option<Trouble>,
}

impl Plan {
    /// Draws a request's fate.
    pub fn draw(dice: &mut Dice, rates: &Rates, latency_max_ms: u64) -> Self {
        use Trouble::{
            AnswerLost, Delayed, Doubled, Drip, Html, NotSent, RequestLost, ServerError, ServerErrorAfter, Throttled, Truncated,
        };
        let table = [
            (rates.not_sent, NotSent),
            (rates.request_lost, RequestLost),
            (rates.answer_lost, AnswerLost),
            (rates.server_error, ServerError),
            (rates.server_error_after, ServerErrorAfter),
            (rates.html, Html),
            (rates.truncated, Truncated),
            (rates.drip, Drip),
            (rates.throttled, Throttled),
            (rates.doubled, Doubled),
            (rates.delayed, Delayed),
        ];
        let mut left = dice.between(0, 999);
        let trouble = table.into_iter().find_map(|(rate, trouble)| {
            let mine = left < u64::from(rate);
            left = left.saturating_sub(u64::from(rate));
            mine.then_some(trouble)
        });
        Self {
            there: dice.wait(latency_max_ms),
            back: dice.wait(latency_max_ms),
            trouble,
        }
    }
}
