//! DynamoDB by the crate `dynoxide-rs`, on the loopback interface.

use std::path::Path;

use dynoxide::Database;

use crate::http_server::{BindError, LoopbackServer, bind};

/// The table service could not be started.
#[derive(Debug, thiserror::Error)]
pub enum DynamoDbError {
    /// The file is no database, or cannot be written.
    #[error("cannot open the local DynamoDB in {place}: {reason}; remove the data folder to start anew")]
    Open { place: String, reason: String },
    #[error(transparent)]
    Bind(#[from] BindError),
}

pub struct DynamoDb {
    server: LoopbackServer,
    database: Database,
}

impl std::fmt::Debug for DynamoDb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DynamoDb").field("server", &self.server).finish_non_exhaustive()
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
        let served = database.clone();
        let server = LoopbackServer::run("DynamoDB", listener, |listener, stopped| {
            dynoxide::server::serve_with_shutdown(listener, served, stopped)
        });
        Ok(Self { server, database })
    }

    /// The endpoint for an AWS client.
    pub fn url(&self) -> String {
        self.server.url()
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
    pub async fn shutdown(self) {
        self.server.shutdown().await;
    }
}
