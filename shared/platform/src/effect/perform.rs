//! The life of one effect: intent, attempt, outcome.

use std::time::Duration;

use chrono::TimeDelta;
use sha2::{Digest, Sha256};

use crate::clock::Clock;
use crate::failure::{Class, Classified, Failure, chain};

use super::{Change, EffectKey, EffectRecords, Intent, Permit, Record, State, hex};

/// How long a sender may be at work before another one reads back, in seconds: longer than the longest request.
/// Shorter than the six minutes for which a ledger remembers an idempotency key.
pub const LEASE_S: i64 = 90;

/// One kind of mutating call and the way to find out whether it took effect.
pub trait Performer: Sync {
    /// Makes the call; gives the reference under which the other side keeps the result.
    fn send(&self, permit: Permit<'_>) -> impl Future<Output = Result<String, Failure>> + Send;

    /// Reads back: the reference where the effect is there, `None` where it is not.
    fn look_up(&self, intent: &Intent) -> impl Future<Output = Result<Option<String>, Failure>> + Send;
}

/// How an effect came to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// By this call.
    Now(String),
    /// By an earlier call whose answer was lost: found by reading back.
    Adopted(String),
    /// Earlier, and recorded: nothing was sent.
    Before(String),
}

impl Settled {
    /// What the other side calls it.
    pub fn reference(&self) -> &str {
        match self {
            Self::Now(reference) | Self::Adopted(reference) | Self::Before(reference) => reference,
        }
    }
}

/// Why an effect is not done.
#[derive(Debug, thiserror::Error)]
pub enum EffectError {
    /// The other side refused it for good.
    #[error("effect {key} was refused: {reason}")]
    Refused {
        /// The effect.
        key: EffectKey,
        /// The other side's words.
        reason: String,
    },
    /// It is done, with another body than the one that is asked for now: a person has to look.
    #[error("effect {key} was done before with another content; what is there is {reference}")]
    DoneDifferently {
        /// The effect.
        key: EffectKey,
        /// What is there.
        reference: String,
    },
    /// Somebody else is at it.
    #[error("effect {key} is under way elsewhere")]
    Busy {
        /// The effect.
        key: EffectKey,
        /// When its lease ends.
        after: Duration,
    },
    /// Sent, and neither the answer nor reading back said what became of it.
    #[error("the outcome of effect {key} is not known yet")]
    OutcomeUnknown {
        /// The effect.
        key: EffectKey,
        /// The cause.
        #[source]
        source: Failure,
    },
    /// It was certainly not taken, and may be tried again.
    #[error("effect {key} was not taken")]
    NotTaken {
        /// The effect.
        key: EffectKey,
        /// The cause.
        #[source]
        source: Failure,
    },
    /// The record could not be read or written, or reading back failed.
    #[error("effect {key} could not be followed")]
    NotFollowed {
        /// The effect.
        key: EffectKey,
        /// The cause.
        #[source]
        source: Failure,
    },
}

impl Classified for EffectError {
    fn class(&self) -> Class {
        match self {
            Self::Refused { .. } | Self::DoneDifferently { .. } => Class::Permanent,
            Self::Busy { after, .. } => Class::Transient { after: Some(*after) },
            Self::OutcomeUnknown { .. } => Class::Transient {
                after: Some(Duration::from_secs(LEASE_S.unsigned_abs())),
            },
            Self::NotTaken { source, .. } | Self::NotFollowed { source, .. } => match source.class() {
                Class::Transient { after } => Class::Transient { after },
                Class::Permanent => Class::Permanent,
                Class::UnknownOutcome | Class::Duplicate => Class::Transient { after: None },
            },
        }
    }
}

/// Brings `intent` about exactly once, or says why not; safe to call again after any answer and after any crash.
///
/// # Errors
/// See [`EffectError`]; its class says whether a later call may succeed.
pub async fn perform<P: Performer>(
    records: &dyn EffectRecords,
    clock: &dyn Clock,
    intent: &Intent,
    performer: &P,
) -> Result<Settled, EffectError> {
    let opened = records.open(intent, clock.now()).await;
    let record = opened.map_err(|source| EffectError::NotFollowed {
        key: intent.key.clone(),
        source,
    })?;
    perform_opened(records, clock, record, intent, performer).await
}

/// As [`perform`], where `record` is what the store keeps of `intent`: who stored it in a transaction of its own need not ask for it again.
///
/// # Errors
/// See [`EffectError`].
pub async fn perform_opened<P: Performer>(
    records: &dyn EffectRecords,
    clock: &dyn Clock,
    record: Record,
    intent: &Intent,
    performer: &P,
) -> Result<Settled, EffectError> {
    let life = Life {
        records,
        clock,
        intent,
        performer,
    };
    life.run(record).await
}

struct Life<'a, P> {
    records: &'a dyn EffectRecords,
    clock: &'a dyn Clock,
    intent: &'a Intent,
    performer: &'a P,
}

impl<P: Performer> Life<'_, P> {
    async fn run(&self, record: Record) -> Result<Settled, EffectError> {
        let mut record = record;
        let same_body = record.body_hash == self.intent.body_hash();
        match &record.state {
            State::Done { reference } if same_body => return Ok(Settled::Before(reference.clone())),
            State::Done { reference } => return Err(self.done_differently(reference)),
            State::Attempted { until } => {
                if let Ok(after) = (*until - self.clock.now()).to_std()
                    && !after.is_zero()
                {
                    return Err(self.busy(after));
                }
                let found = self.look_up().await?;
                if let Some(reference) = found {
                    let change = Change::Done {
                        reference: reference.clone(),
                    };
                    self.advance(&record, change).await?;
                    return if same_body {
                        Ok(Settled::Adopted(reference))
                    } else {
                        Err(self.done_differently(&reference))
                    };
                }
            }
            // After a definite refusal another try is safe: whoever asks again may have corrected the cause over there.
            State::Intended | State::Refused { .. } => {}
        }
        if !same_body {
            let change = Change::Replace {
                intent: self.intent.clone(),
            };
            record = self.advance(&record, change).await?;
        }
        self.attempt(record).await
    }

    async fn attempt(&self, record: Record) -> Result<Settled, EffectError> {
        let until = self.clock.now() + TimeDelta::seconds(LEASE_S);
        let record = self.advance(&record, Change::Attempt { until }).await?;
        let permit = Permit {
            intent: self.intent,
            idempotency_key: idempotency_key(&record),
        };
        let failure = match self.performer.send(permit).await {
            Ok(reference) => {
                let change = Change::Done {
                    reference: reference.clone(),
                };
                self.advance(&record, change).await?;
                return Ok(Settled::Now(reference));
            }
            Err(failure) => failure,
        };
        match failure.class() {
            Class::Transient { .. } => {
                self.advance(&record, Change::NotApplied).await?;
                Err(EffectError::NotTaken {
                    key: self.intent.key.clone(),
                    source: failure,
                })
            }
            Class::Permanent => self.settle_refusal(&record, chain(&failure)).await,
            Class::Duplicate => match self.look_up().await? {
                Some(reference) => self.adopt(&record, reference).await,
                None => self.settle_refusal(&record, chain(&failure)).await,
            },
            Class::UnknownOutcome => match self.look_up().await {
                Ok(Some(reference)) => self.adopt(&record, reference).await,
                // Not found yet does not mean that it will not arrive: the lease stays, and the next call reads back.
                Ok(None) | Err(_) => Err(EffectError::OutcomeUnknown {
                    key: self.intent.key.clone(),
                    source: failure,
                }),
            },
        }
    }

    async fn adopt(&self, record: &Record, reference: String) -> Result<Settled, EffectError> {
        let change = Change::Done {
            reference: reference.clone(),
        };
        self.advance(record, change).await?;
        Ok(Settled::Adopted(reference))
    }

    async fn settle_refusal(&self, record: &Record, reason: String) -> Result<Settled, EffectError> {
        let refused = self.refused(&reason);
        self.advance(record, Change::Refused { reason }).await?;
        Err(refused)
    }

    async fn look_up(&self) -> Result<Option<String>, EffectError> {
        let found = self.performer.look_up(self.intent).await;
        found.map_err(|source| self.not_followed(source))
    }

    async fn advance(&self, record: &Record, change: Change) -> Result<Record, EffectError> {
        let advanced = self.records.advance(record, change, self.clock.now()).await;
        advanced
            .map_err(|source| self.not_followed(source))?
            .ok_or_else(|| self.busy(Duration::ZERO))
    }

    fn not_followed(&self, source: Failure) -> EffectError {
        EffectError::NotFollowed {
            key: self.intent.key.clone(),
            source,
        }
    }

    fn busy(&self, after: Duration) -> EffectError {
        EffectError::Busy {
            key: self.intent.key.clone(),
            after,
        }
    }

    fn refused(&self, reason: &str) -> EffectError {
        EffectError::Refused {
            key: self.intent.key.clone(),
            reason: reason.to_owned(),
        }
    }

    fn done_differently(&self, reference: &str) -> EffectError {
        EffectError::DoneDifferently {
            key: self.intent.key.clone(),
            reference: reference.to_owned(),
        }
    }
}

fn idempotency_key(record: &Record) -> String {
    let text = format!("{}#{}", record.key, record.serial);
    hex(&Sha256::digest(text.as_bytes()))
}
