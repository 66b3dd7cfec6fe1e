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
