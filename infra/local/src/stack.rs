//! All services together, on one folder.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use tieout_platform::clock::SharedClock;

use crate::dynamodb::{DynamoDb, DynamoDbError};
use crate::http_server::{BindError, LoopbackServer};
use crate::secrets::Secrets;
use crate::sqs::{AttributeMap, FIFO_SUFFIX, QueueDepth, Sqs, SqsError, SqsServer, queue_arn};

/// Retention of dead letters: the service's longest, 14 days, in seconds.
const DEAD_LETTER_RETENTION_S: u64 = 1_209_600;
/// What stands between a queue's name and `.fifo` in the name of its dead-letter queue.
const DEAD_LETTER_SUFFIX: &str = "-dead-letters";
const TABLES_FILE: &str = "dynamodb.sqlite";
const QUEUES_FILE: &str = "sqs.sqlite";
const SCHEDULES_FILE: &str = "schedules.sqlite";

#[derive(Debug, Clone)]
pub struct ServicesConfig {
    /// The folder that holds all state, made if it is not there; in memory without one.
    pub data: Option<PathBuf>,
    /// The clock of visibility timeouts, delays, deduplication and schedules.
    pub clock: SharedClock,
    pub secrets: Secrets,
    pub ports: Ports,
}

/// Ports on 127.0.0.1; 0 is any free one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ports {
    pub dynamodb: u16,
    pub sqs: u16,
    pub secrets: u16,
}

/// The services could not be started.
#[derive(Debug, thiserror::Error)]
pub enum ServicesError {
    /// The folder cannot be made.
    #[error("cannot make the data folder {folder}: {source}")]
    Folder { folder: String, source: std::io::Error },
    #[error(transparent)]
    DynamoDb(#[from] DynamoDbError),
    #[error(transparent)]
    Sqs(#[from] SqsError),
    #[error(transparent)]
    Bind(#[from] BindError),
}

#[derive(Debug)]
pub struct Services {
    pub dynamodb_url: String,
    pub sqs_url: String,
    pub secrets_url: String,
    data: Option<PathBuf>,
    clock: SharedClock,
    dynamodb: DynamoDb,
    sqs: Sqs,
    sqs_server: SqsServer,
    secrets_server: LoopbackServer,
}

impl Services {
    /// Starts all of them.
    ///
    /// # Errors
    /// The folder cannot be used, or a port is taken.
    pub async fn start(config: ServicesConfig) -> Result<Self, ServicesError> {
        let data = config.data;
        if let Some(folder) = &data {
            std::fs::create_dir_all(folder).map_err(|source| ServicesError::Folder {
                folder: folder.display().to_string(),
                source,
            })?;
        }
        let file = |name: &str| data.as_deref().map(|folder| folder.join(name));
        let sqs = Sqs::open(file(QUEUES_FILE).as_deref(), config.clock.clone())?;
        let dynamodb = DynamoDb::start(file(TABLES_FILE).as_deref(), config.ports.dynamodb).await?;
        let sqs_server = SqsServer::start(sqs.clone(), config.ports.sqs).await?;
        let secrets_server = config.secrets.serve(config.clock.clone(), config.ports.secrets).await?;
        Ok(Self {
            dynamodb_url: dynamodb.url(),
            sqs_url: sqs_server.url(),
            secrets_url: secrets_server.url(),
            data,
            clock: config.clock,
            dynamodb,
            sqs,
            sqs_server,
            secrets_server,
        })
    }

    /// The queues' state, for event sources and tools.
    pub fn sqs(&self) -> &Sqs {
        &self.sqs
    }

    pub fn dynamodb(&self) -> &DynamoDb {
        &self.dynamodb
    }

    /// The clock of it all.
    pub fn clock(&self) -> &SharedClock {
        &self.clock
    }

    /// Where the scheduler remembers what fired; none if all is in memory.
    pub fn schedules_file(&self) -> Option<PathBuf> {
        let folder: Option<&Path> = self.data.as_deref();
        folder.map(|folder| folder.join(SCHEDULES_FILE))
    }

    /// The address of a queue of this name, there or not; only its last part counts, so that it outlives the port.
    pub fn queue_url(&self, name: &str) -> String {
        self.sqs_server.queue_url(name)
    }

    /// Makes `name` (ending in `.fifo`) and its dead-letter queue, to which a message goes after `max_receive_count`
    /// receptions; if they are there already, gives them these values. The answer is the queue's URL.
    ///
    /// # Errors
    /// A name or value that the service refuses.
    pub fn create_fifo_queue_with_dead_letter(
        &self,
        name: &str,
        max_receive_count: u16,
        visibility_timeout: Duration,
    ) -> Result<String, SqsError> {
        let dead_letters = dead_letter_queue_name(name);
        let policy = json!({
            "deadLetterTargetArn": queue_arn(&dead_letters),
            "maxReceiveCount": max_receive_count,
        });
        let retention = [("MessageRetentionPeriod", DEAD_LETTER_RETENTION_S.to_string())];
        self.ensure_fifo(&dead_letters, &retention)?;
        let settings = [
            ("RedrivePolicy", policy.to_string()),
            ("VisibilityTimeout", visibility_timeout.as_secs().to_string()),
            ("MessageRetentionPeriod", DEAD_LETTER_RETENTION_S.to_string()),
        ];
        self.ensure_fifo(name, &settings)?;
        Ok(self.queue_url(name))
    }

    /// How full every queue is, and when the next hidden message becomes visible.
    ///
    /// # Errors
    /// The store failed.
    pub fn depth(&self) -> Result<Vec<QueueDepth>, SqsError> {
        self.sqs.depth()
    }

    /// Stops all of them, each finishing what is under way.
    pub async fn shutdown(self) {
        futures::future::join3(self.sqs_server.shutdown(), self.secrets_server.shutdown(), self.dynamodb.shutdown()).await;
    }

    fn ensure_fifo(&self, name: &str, settings: &[(&str, String)]) -> Result<(), SqsError> {
        let fifo = AttributeMap::from([("FifoQueue".to_owned(), "true".to_owned())]);
        self.sqs.create_queue(name, &fifo)?;
        let own = |(name, value): &(&str, String)| ((*name).to_owned(), value.clone());
        self.sqs.set_attributes(name, &settings.iter().map(own).collect())
    }
}

/// `deals.fifo` has its dead letters in `deals-dead-letters.fifo`.
pub fn dead_letter_queue_name(name: &str) -> String {
    match name.strip_suffix(FIFO_SUFFIX) {
        Some(stem) => format!("{stem}{DEAD_LETTER_SUFFIX}{FIFO_SUFFIX}"),
        None => format!("{name}{DEAD_LETTER_SUFFIX}"),
    }
}
