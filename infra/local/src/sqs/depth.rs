//! How full the queues are.

use chrono::{DateTime, TimeZone, Utc};

use super::errors::SqsError;
use super::{Sqs, counts, queues};

/// How full a queue is, for whoever must know whether all is drained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueDepth {
    /// The queue's name.
    pub queue: String,
    /// Whether another queue sends its dead letters here.
    pub is_dead_letter: bool,
    /// Messages not in flight and not delayed (in a FIFO queue some may be behind a locked group).
    pub visible: u64,
    /// Messages received and neither deleted nor back yet.
    pub in_flight: u64,
    /// Messages whose delay is not over.
    pub delayed: u64,
    /// When the next one that is in flight or delayed becomes visible.
    pub next_visible_at: Option<DateTime<Utc>>,
}

impl QueueDepth {
    /// All that is in the queue, in whatever state.
    pub fn total(&self) -> u64 {
        self.visible + self.in_flight + self.delayed
    }
}

impl Sqs {
    /// How full every queue is, by name.
    ///
    /// # Errors
    /// The store failed.
    pub fn depth(&self) -> Result<Vec<QueueDepth>, SqsError> {
        self.read(|db, now_ms| {
            let all = queues::list(db, "")?;
            let is_target = |name: &str| {
                let mut redrives = all.iter().filter_map(|queue| queue.attributes.redrive());
                redrives.any(|redrive| redrive.dead_letter_queue == name)
            };
            let mut depths = Vec::with_capacity(all.len());
            for queue in &all {
                let counts = counts::count(db, queue, now_ms)?;
                depths.push(QueueDepth {
                    queue: queue.name.clone(),
                    is_dead_letter: is_target(&queue.name),
                    visible: counts.visible,
                    in_flight: counts.in_flight,
                    delayed: counts.delayed,
                    next_visible_at: counts.next_visible_ms.and_then(|ms| Utc.timestamp_millis_opt(ms).single()),
                });
            }
            Ok(depths)
        })
    }
}
