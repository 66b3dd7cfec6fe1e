//! The mix of a seed: which faults there are, and how often (swarm testing: most seeds lack most faults, so that rare ones meet).

use crate::dice::{Dice, Permille};

/// How often requests of one kind go wrong, and how.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rates {
    /// Never arrives; the sender knows.
    pub not_sent: Permille,
    /// Never arrives; the sender waits in vain.
    pub request_lost: Permille,
    /// Takes effect; its answer is lost.
    pub answer_lost: Permille,
    /// 5xx without effect.
    pub server_error: Permille,
    /// 5xx after the effect.
    pub server_error_after: Permille,
    /// A page of HTML, without effect.
    pub html: Permille,
    /// Takes effect; half of the answer comes.
    pub truncated: Permille,
    /// Takes effect; the answer drips until the sender's patience ends.
    pub drip: Permille,
    /// 429, or what AWS has for it.
    pub throttled: Permille,
    /// Arrives twice.
    pub doubled: Permille,
    /// Arrives late, perhaps after its sender has stopped waiting.
    pub delayed: Permille,
}

impl Rates {
    fn draw(dice: &mut Dice, max: Permille) -> Self {
        Self {
            not_sent: dice.rate(max),
            request_lost: dice.rate(max),
            answer_lost: dice.rate(max),
            server_error: dice.rate(max),
            server_error_after: dice.rate(max),
            html: dice.rate(max),
            truncated: dice.rate(max),
            drip: dice.rate(max),
            throttled: dice.rate(max),
            doubled: dice.rate(max),
            delayed: dice.rate(max),
        }
    }
}

/// The mix of a seed.
#[derive(Debug, Clone, Default)]
pub struct Mix {
    /// Requests to Salesforce.
    pub salesforce: Rates,
    /// Requests to Xero (F8, F11).
    pub xero: Rates,
    /// Requests to the identity servers (F13).
    pub identity: Rates,
    /// Requests to DynamoDB (F17).
    pub table: Rates,
    /// Requests to SQS and Secrets Manager (F18).
    pub queue: Rates,
    /// The longest way of a request or an answer.
    pub latency_max_ms: u64,
    /// An invocation that dies at one of its requests (F1, F7, F9).
    pub crash: Permille,
    /// An invocation that dies at some instant.
    pub kill: Permille,
    /// A request in which the process panics (F15).
    pub panic: Permille,
    /// An invocation after which the process is not used again.
    pub cold: Permille,
    /// Messages of vendors that are lost for good (F20).
    pub message_lost: Permille,
    /// Messages of vendors that come twice (F4).
    pub message_doubled: Permille,
    /// Messages on their way to a webhook that do not arrive this time.
    pub delivery_lost: Permille,
    /// Answers of a webhook that its sender does not see (F2).
    pub acknowledgement_lost: Permille,
    /// Batches that are handled and not deleted (F4, F10).
    pub batch_again: Permille,
    /// Batches that two pollers bring at once (F6).
    pub batch_twice: Permille,
    /// How long a received message is hidden, in seconds (F6).
    pub visibility_s: u64,
    /// Old, foreign and spoilt messages put on the queues a day (F16, F22).
    pub poison: Permille,
    /// How wrong a function's clock may be (F14).
    pub skew_max_ms: u64,
    /// Calls a day that Xero allows each organisation (F25).
    pub day_calls: Option<u32>,
    /// Items of a page of a query.
    pub page_items_max: Option<usize>,
    /// The table forgets the tokens of transactions.
    pub forgets_tokens: bool,
    /// Timers that do not fire.
    pub timer_lost: Permille,
    /// Timers that fire twice.
    pub timer_doubled: Permille,
    /// Sessions that end early.
    pub sessions_end: Permille,
    /// Batches of sends of which a part fails (F3).
    pub send_partly: Permille,
}

impl Mix {
    /// No faults at all: what the world is when they have stopped.
    pub fn calm() -> Self {
        Self {
            latency_max_ms: 40,
            visibility_s: 720,
            ..Self::default()
        }
    }

    /// The mix of this seed.
    pub fn draw(dice: &mut Dice) -> Self {
        let heavy = dice.chance(250);
        let max = if heavy { 60 } else { 18 };
        let rates = |dice: &mut Dice| {
            if dice.chance(300) {
                Rates::default()
            } else {
                Rates::draw(dice, max)
            }
        };
        Self {
            salesforce: rates(dice),
            xero: rates(dice),
            identity: rates(dice),
            table: rates(dice),
            queue: rates(dice),
            latency_max_ms: *dice.pick(&[20, 200, 1_500]).unwrap_or(&20),
            crash: dice.rate(120),
            kill: dice.rate(60),
            panic: dice.rate(3),
            cold: dice.rate(300),
            message_lost: dice.rate(200),
            message_doubled: dice.rate(500),
            delivery_lost: dice.rate(200),
            acknowledgement_lost: dice.rate(200),
            batch_again: dice.rate(500),
            batch_twice: dice.rate(100),
            visibility_s: *dice.pick(&[720, 720, 130, 30]).unwrap_or(&720),
            poison: dice.rate(300),
            skew_max_ms: if dice.chance(400) { dice.between(1_000, 600_000) } else { 0 },
            day_calls: dice.chance(150).then(|| u32::try_from(dice.between(150, 500)).unwrap_or(500)),
            page_items_max: dice.chance(300).then(|| usize::try_from(dice.between(1, 20)).unwrap_or(20)),
            forgets_tokens: dice.chance(300),
            timer_lost: dice.rate(200),
            timer_doubled: dice.rate(200),
            sessions_end: dice.rate(20),
            send_partly: dice.rate(100),
        }
    }
}
