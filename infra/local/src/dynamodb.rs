//! DynamoDB by the crate `dynoxide-rs`, on the loopback interface.

use std::path::Path;
use std::time::Duration;

use dynoxide::Database;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::http_server::{BindError, address_of, bind, until};

/// How long a stopping server waits for requests under way, in milliseconds.
const STOP_GRACE_MS: u64 = 2_000;

/// The table service could not be started.
#[derive(Debug, thiserror::Error)]
pub enum DynamoDbError {
    /// The file is no database, or cannot be written.
    #[error("cannot open the local DynamoDB in {place}: {reason}; remove the data folder to start anew")]
    Open {
        /// The file, or "memory".
        place: String,
        /// What the crate says.
        reason: String,
    },
    /// The port is taken.
    #[error(transparent)]
    Bind(#[from] BindError),
}

/// The table service, running.
pub struct DynamoDb {
    url: String,
    database: Database,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl std::fmt::Debug for DynamoDb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DynamoDb").field("url", &self.url).finish_non_exhaustive()
    }
}

impl DynamoDb {
    /// Opens the tables in `file` (in memory without one) and serves them on 127.0.0.1:`port` (0: any free one).
    ///
    /// # Errors
    /// The file cannot be opened; the port is taken.
    pub async fn start(file: Option<&Path>, port: u16) -> Result<Self, DynamoDbError> {
        let place = file.map_or("memory".to_owned(), |path| path.display().to_string());
        let opened = match file {
            Some(_) => Database::new(&place),
            None => Database::memory(),
        };
        let database = opened.map_err(|error| DynamoDbError::Open {
            place,
            reason: error.to_string(),
        })?;
        let listener = bind("DynamoDB", port).await?;
        let url = format!("http://{}", address_of(&listener));
        let (stop, stopped) = watch::channel(false);
        let served = dynoxide::server::serve_with_shutdown(listener, database.clone(), until(stopped));
        let task = tokio::spawn(async move {
            if let Err(error) = served.await {
                tracing::error!(%error, "the local DynamoDB ended");
            }
        });
        Ok(Self { url, database, stop, task })
    }

    /// The endpoint for an AWS client.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Removes the items whose time to live is over (by the machine's clock); gives how many.
    ///
    /// # Errors
    /// The store failed.
    pub fn sweep_time_to_live(&self) -> Result<usize, DynamoDbError> {
        self.database.sweep_ttl().map_err(|error| DynamoDbError::Open {
            place: "time to live".to_owned(),
            reason: error.to_string(),
        })
    }

    /// Stops accepting, waits shortly for what is under way, and ends.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        let grace = Duration::from_millis(STOP_GRACE_MS);
        if tokio::time::timeout(grace, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}
