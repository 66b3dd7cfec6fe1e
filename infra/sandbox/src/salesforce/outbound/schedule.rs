//! When a message is sent again: first after 2 to 5 s, then doubling up to 2 h, and given up after 24 h
//! (`docs/vendors/salesforce.md`: stackexchange 142580, developer.salesforce.com om_outboundmessaging_notifications).

use chrono::{DateTime, TimeDelta, Utc};

use super::Notification;

const FIRST_RETRY_MIN_S: i64 = 2;
const FIRST_RETRY_SPREAD_S: i64 = 4;
const RETRY_MAX_S: i64 = 2 * 60 * 60;
const GIVEN_UP_AFTER_S: i64 = 24 * 60 * 60;
const DOUBLINGS_MAX: u32 = 20;

/// The wait after the `attempts`th attempt in vain.
pub(super) fn retry_delay(message: u64, attempts: u32) -> TimeDelta {
    let spread = i64::try_from(message % 4).unwrap_or(0) % FIRST_RETRY_SPREAD_S;
    let doublings = attempts.saturating_sub(1).min(DOUBLINGS_MAX);
    let delay_s = (FIRST_RETRY_MIN_S + spread) << doublings;
    TimeDelta::seconds(delay_s.min(RETRY_MAX_S))
}

/// Whether it has waited so long that Salesforce drops it.
pub(super) fn is_given_up(notification: &Notification, now: DateTime<Utc>) -> bool {
    now - notification.queued_at >= TimeDelta::seconds(GIVEN_UP_AFTER_S)
}

/// A place in the order of sending that has nothing to do with the order of saving: none is promised.
pub(super) fn shuffled(message: u64) -> u64 {
    message.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(17)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_grow_from_seconds_to_two_hours() {
        for (message, attempts, wanted_s) in [
            (0, 1, 2),
            (3, 1, 5),
            (0, 2, 4),
            (3, 3, 20),
            (0, 12, 4_096),
            (0, 13, 7_200),
            (1, 99, 7_200),
        ] {
            assert_eq!(retry_delay(message, attempts).num_seconds(), wanted_s, "{message}, {attempts}");
        }
    }
}
