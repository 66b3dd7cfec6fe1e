//! What is under way between the functions and the world, to tell who works from who waits for the clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use futures::future::BoxFuture;
use tieout_platform::http::{Connector, Request, Response, SharedConnector, TransportError};

/// Requests of all functions and use cases of a stack.
#[derive(Debug, Default)]
pub struct Traffic {
    in_flight: AtomicUsize,
    sent: AtomicU64,
}

impl Traffic {
    /// Counts what goes through `connector`.
    pub fn counting(self: &Arc<Self>, connector: SharedConnector) -> SharedConnector {
        Arc::new(Counting {
            connector,
            traffic: self.clone(),
        })
    }

    /// Whether a request waits for its answer.
    pub fn is_busy(&self) -> bool {
        self.in_flight.load(Ordering::SeqCst) > 0
    }

    /// How many requests were sent so far.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::SeqCst)
    }
}

#[derive(Debug)]
struct Counting {
    connector: SharedConnector,
    traffic: Arc<Traffic>,
}

/// A request under way; also one whose sender was dropped ends.
struct Flight<'a>(&'a Traffic);

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Connector for Counting {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            self.traffic.sent.fetch_add(1, Ordering::SeqCst);
            self.traffic.in_flight.fetch_add(1, Ordering::SeqCst);
            let _flight = Flight(&self.traffic);
            self.connector.send(request).await
        })
    }
}
