//! The auditor of the run on this thread. A run is one thread, so that whoever sees something can report it at once.

use std::cell::RefCell;

use serde_json::Value;

use crate::auditor::Auditor;
use crate::auditor::seen;
use crate::table::{Table, plain};

thread_local! {
    static AUDITOR: RefCell<Option<Auditor>> = const { RefCell::new(None) };
}

/// An auditor for this thread's run.
pub fn begin(auditor: Auditor) {
    AUDITOR.set(Some(auditor));
}

/// Takes the auditor away.
pub fn end() -> Option<Auditor> {
    AUDITOR.take()
}

/// Asks the auditor, if there is one and it is not speaking itself.
pub fn with<T>(ask: impl FnOnce(&mut Auditor) -> T) -> Option<T> {
    AUDITOR.with(|auditor| auditor.try_borrow_mut().ok()?.as_mut().map(ask))
}

impl seen::Table for Table {
    fn item(&self, pk: &str, sk: &str) -> Option<Value> {
        self.get(pk, sk).map(plain)
    }
}
