//! The lifetime of a process: when it dies, everything that it does stops where it is.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use tieout_platform::http::Request;
use tokio::sync::Notify;

/// On which side of a request's effect a process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The request never leaves.
    Before,
    /// It takes effect, and its answer finds nobody.
    After,
}

/// A process, alive or dead.
#[derive(Debug)]
pub struct Lifetime {
    /// Which function it runs, and which of its processes it is.
    pub name: String,
    /// Which function.
    pub function: &'static str,
    over: AtomicBool,
    rung: Notify,
    /// Requests until its end.
    until: Mutex<Option<(u32, End)>>,
    requests: std::sync::atomic::AtomicU32,
}

impl Lifetime {
    /// A new process.
    pub fn new(function: &'static str, number: u64) -> Self {
        Self {
            name: format!("{function}/{number}"),
            function,
            over: AtomicBool::new(false),
            rung: Notify::new(),
            until: Mutex::new(None),
            requests: std::sync::atomic::AtomicU32::new(0),
        }
    }

    /// It dies at the `requests`th request from now, the next being 0.
    pub fn dies_at(&self, requests: u32, end: End) {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = Some((requests, end));
    }

    /// It does not die as was planned; whether it would have.
    pub fn survives(&self) -> bool {
        self.until.lock().unwrap_or_else(PoisonError::into_inner).take().is_some()
    }

    /// Requests that it has made.
    pub fn requests(&self) -> u32 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Whether it is dead.
    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// Kills it.
    pub fn kill(&self) {
        self.over.store(true, Ordering::Relaxed);
        self.rung.notify_one();
    }

    /// Resolves when it has died.
    pub async fn died(&self) {
        while !self.is_over() {
            self.rung.notified().await;
        }
    }

    /// Kills it from within: nothing comes after.
    pub(super) async fn ends<T>(&self) -> T {
        self.kill();
        std::future::pending().await
    }

    /// Counts a request; says if it is the last one.
    pub(super) fn meets(&self, _: &Request) -> Option<End> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        let (left, end) = (*until)?;
        *until = left.checked_sub(1).map(|left| (left, end));
        (left == 0).then_some(end)
    }
}
