//! Panics and timeouts.
#![allow(clippy::unwrap_used, clippy::panic)]

use serde_json::json;
use tieout_platform::clock::ManualClock;

use super::*;

struct Never;

impl Function for Never {
    fn invoke(&self, _event: Value, _deadline: DateTime<Utc>) -> BoxFuture<'_, Result<Value, FunctionError>> {
        Box::pin(futures::future::pending())
    }
}

#[tokio::test]
async fn a_panic_and_a_timeout_are_errors_of_the_one_invocation() {
    let clock = ManualClock::new(DateTime::<Utc>::UNIX_EPOCH);
    let panics = testing::function(clock.clone(), |event| match event.as_bool() {
        Some(true) => panic!("on purpose"),
        _ => Ok(event),
    });
    let error = panics.call(json!(true)).await.unwrap_err();
    assert_eq!(
        error,
        FunctionError::Panicked {
            message: "on purpose".to_owned()
        }
    );
    assert_eq!(panics.call(json!(false)).await, Ok(json!(false)));
    let slow = LocalFunction::new("slow", Arc::new(Never), Duration::from_millis(1), clock);
    let error = slow.call(json!({})).await.unwrap_err();
    assert_eq!(error, FunctionError::TimedOut { after_ms: 1 });
}

/// Two minutes of the machine's time, and a second: longer than the time limit of any function that waits for Xero.
const PAUSE: Duration = Duration::from_secs(121);

#[tokio::test(start_paused = true)]
async fn a_time_limit_counts_by_the_clock_that_it_is_given() {
    let limit = Duration::from_secs(120);
    for (by_the_stack, moved, cut_off) in [(true, Duration::ZERO, false), (true, limit, true), (false, Duration::ZERO, true)] {
        let clock = ManualClock::new(DateTime::<Utc>::UNIX_EPOCH);
        let function = LocalFunction::new("waits", Arc::new(Never), limit, clock.clone());
        let function = if by_the_stack { function.timed_by(clock.clone()) } else { function };
        let mut call = std::pin::pin!(function.call(json!({})));
        assert!(futures::poll!(call.as_mut()).is_pending());
        tokio::time::advance(PAUSE).await;
        clock.advance(moved);
        let ended = futures::poll!(call.as_mut());
        assert_eq!(
            ended.is_ready(),
            cut_off,
            "by the stack's clock: {by_the_stack}, moved by {moved:?}"
        );
    }
}
