//! Functions of one closure, for the tests of this crate.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use serde_json::Value;
use tieout_platform::clock::SharedClock;

use super::{Function, FunctionError, LocalFunction};

type Closure = Box<dyn Fn(Value) -> Result<Value, FunctionError> + Send + Sync>;

struct Plain(Closure);

impl Function for Plain {
    fn invoke(&self, event: Value, _deadline: DateTime<Utc>) -> BoxFuture<'_, Result<Value, FunctionError>> {
        Box::pin(async move { (self.0)(event) })
    }
}

pub(crate) fn function(
    clock: SharedClock,
    handler: impl Fn(Value) -> Result<Value, FunctionError> + Send + Sync + 'static,
) -> LocalFunction {
    let handler = Arc::new(Plain(Box::new(handler)));
    LocalFunction::new("test", handler, Duration::from_secs(5), clock)
}
