//! Names, addresses and ARNs of queues; all three lead to the name, so that a URL outlives a change of port.

use super::errors::SqsError;
use super::limits::{NAME_LENGTH_MAX, is_plain};

/// The account that owns everything in the local stack.
pub const LOCAL_ACCOUNT: &str = "000000000000";
/// The region that the local stack plays.
pub const LOCAL_REGION: &str = "us-east-1";
/// What the name of every FIFO queue ends with, and no other's may.
pub const FIFO_SUFFIX: &str = ".fifo";

/// The name in `http://127.0.0.1:PORT/ACCOUNT/NAME`, `arn:aws:sqs:REGION:ACCOUNT:NAME` or `NAME`.
pub fn queue_name(url_or_arn_or_name: &str) -> &str {
    url_or_arn_or_name.rsplit(['/', ':']).next().unwrap_or(url_or_arn_or_name)
}

/// The ARN of the queue `name`.
pub fn queue_arn(name: &str) -> String {
    format!("arn:aws:sqs:{LOCAL_REGION}:{LOCAL_ACCOUNT}:{name}")
}

/// The address of the queue `name` on the server `base_url` (without a slash at its end).
pub fn queue_url(base_url: &str, name: &str) -> String {
    format!("{base_url}/{LOCAL_ACCOUNT}/{name}")
}

/// Letters, digits, hyphen, underscore, at most 80; `.fifo` at the end of a FIFO queue's only.
pub(super) fn check_name(name: &str, fifo: bool) -> Result<(), SqsError> {
    let stem = name.strip_suffix(FIFO_SUFFIX);
    if fifo != stem.is_some() {
        return Err(SqsError::parameter(
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, \
             must end with .fifo suffix and be 1 to 80 in length; FifoQueue must then be true.",
        ));
    }
    if name.len() > NAME_LENGTH_MAX || !is_plain(stem.unwrap_or(name)) {
        return Err(SqsError::parameter(
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_name_a_queue_leads_to_its_name() {
        for given in [
            "deals.fifo",
            "http://127.0.0.1:4566/000000000000/deals.fifo",
            "http://127.0.0.1:9/000000000000/deals.fifo",
            "arn:aws:sqs:us-east-1:000000000000:deals.fifo",
        ] {
            assert_eq!(queue_name(given), "deals.fifo", "{given}");
        }
    }

    #[test]
    fn names_are_checked_as_the_service_checks_them() {
        let check = |name: &str, fifo: bool, good: bool| {
            assert_eq!(check_name(name, fifo).is_ok(), good, "{name} fifo={fifo}");
        };
        check("deals", false, true);
        check("deals.fifo", true, true);
        check("deals.fifo", false, false);
        check("deals", true, false);
        check(".fifo", true, false);
        check("", false, false);
        check("a b", false, false);
        check(&"x".repeat(80), false, true);
        check(&"x".repeat(81), false, false);
    }
}
