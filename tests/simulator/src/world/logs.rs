//! What the functions say, caught on the run's thread, so that the auditor can search it for what must not be there.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use tieout_platform::telemetry;
use tracing_subscriber::fmt::MakeWriter;

use super::{World, lock};
use crate::auditor::seen::Emitted;
use crate::witness;

/// What a function says when nobody but a person can help it to a new token.
const CONNECTION_LOST: &str = "connect the ledger again";

/// The lines that the auditor has not been shown yet.
#[derive(Debug, Clone, Default)]
pub struct Logs(Arc<Mutex<Vec<u8>>>);

impl Logs {
    /// Catches the logs of this thread until the guard is dropped.
    pub fn catch(&self) -> tracing::subscriber::DefaultGuard {
        tracing::subscriber::set_default(telemetry::subscriber("info", self.clone()))
    }

    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *lock(&self.0))
    }
}

/// One line's way into the store.
#[derive(Debug)]
pub struct Line(Logs);

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        lock(&self.0.0).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Logs {
    type Writer = Line;

    fn make_writer(&'w self) -> Line {
        Line(self.clone())
    }
}

impl World {
    /// Shows the auditor what was logged since the last time.
    pub fn show_logs(&self) {
        let text = self.logs.take();
        for line in String::from_utf8_lossy(&text).lines() {
            self.said("log", line);
        }
    }

    /// Shows the auditor a text that people read.
    pub fn said(&self, kind: &'static str, text: &str) {
        if text.contains(CONNECTION_LOST) {
            self.raise_alarm();
        }
        let emitted = Emitted {
            kind,
            text: text.to_owned(),
        };
        witness::with(|auditor| auditor.emitted(&emitted));
    }
}
