//! What SQS refuses, with the codes of its JSON protocol and of the older query protocol.
//!
//! Both are sent: the Rust SDK reads `__type`, boto3 reads the header `x-amzn-query-error`.

use http::StatusCode;

/// A refusal of the queue service; its text is what the client sees.
#[derive(Debug, thiserror::Error)]
pub enum SqsError {
    /// No queue of that name.
    #[error("The specified queue does not exist: {0}")]
    QueueDoesNotExist(String),
    /// A queue of that name exists with other attributes.
    #[error("A queue already exists with the same name and a different value for attribute {0}")]
    QueueNameExists(String),
    /// A batch without entries.
    #[error("There should be at least one {0} entry in the request.")]
    EmptyBatch(&'static str),
    /// A batch of more than ten.
    #[error("Maximum number of entries per request are 10. You have sent {0}.")]
    TooManyEntries(usize),
    /// Two entries with one id.
    #[error("Id {0} repeated.")]
    BatchIdsNotDistinct(String),
    /// An entry id with other characters than letters, digits, hyphen and underscore, or over 80.
    #[error("A batch entry id can only contain alphanumeric characters, hyphens and underscores, at most 80: {0}")]
    InvalidBatchId(String),
    /// A batch over 1 MiB.
    #[error("Batch requests cannot be longer than 1048576 bytes. You have sent {0} bytes.")]
    BatchTooLong(i64),
    /// Not a handle of this queue.
    #[error("The input receipt handle \"{0}\" is not a valid receipt handle.")]
    ReceiptHandleInvalid(String),
    /// The message is visible, so its visibility cannot be changed.
    #[error("The message referred to is not in flight.")]
    MessageNotInFlight,
    /// A character that XML 1.0 does not have.
    #[error(
        "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"
    )]
    InvalidMessageContents,
    /// An attribute that a queue does not have.
    #[error("Unknown Attribute {0}.")]
    InvalidAttributeName(String),
    /// A queue attribute out of bounds.
    #[error("Invalid value for the parameter {name}: {reason}")]
    InvalidAttributeValue {
        /// The attribute.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Any other parameter that is wrong.
    #[error("{0}")]
    InvalidParameterValue(String),
    /// A parameter that is required and absent.
    #[error("The request must contain the parameter {0}.")]
    MissingParameter(&'static str),
    /// A second purge within a minute.
    #[error("Only one PurgeQueue operation on {0} is allowed every 60 seconds.")]
    PurgeInProgress(String),
    /// A move task or its queue is not there.
    #[error("{0}")]
    ResourceNotFound(String),
    /// An action that this server does not know.
    #[error("The action {0} is not valid for this endpoint.")]
    UnknownOperation(String),
    /// The body is not the JSON that the action asks for.
    #[error("The request body cannot be read: {0}")]
    Serialization(String),
    /// The file of the queues failed.
    #[error("the store of the local queues failed: {0}")]
    Store(#[from] rusqlite::Error),
    /// The store holds what this version does not understand.
    #[error("the store of the local queues is damaged: {0}; remove the data folder to start anew")]
    Damaged(String),
    /// The server could not be started.
    #[error(transparent)]
    Bind(#[from] crate::http_server::BindError),
}

impl SqsError {
    /// Shape of the JSON protocol, code of the query protocol, HTTP status.
    pub(super) fn codes(&self) -> (String, String, StatusCode) {
        let own = |shape: &str, dotted: bool| {
            let prefix = if dotted { "AWS.SimpleQueueService." } else { "" };
            let code = match shape {
                "QueueDoesNotExist" => "NonExistentQueue",
                "QueueNameExists" => "QueueAlreadyExists",
                other => other,
            };
            (
                format!("com.amazonaws.sqs#{shape}"),
                format!("{prefix}{code}"),
                StatusCode::BAD_REQUEST,
            )
        };
        let general = |shape: &str, code: &str| {
            (
                format!("com.amazon.coral.service#{shape}"),
                code.to_owned(),
                StatusCode::BAD_REQUEST,
            )
        };
        match self {
            Self::QueueDoesNotExist(_) => own("QueueDoesNotExist", true),
            Self::QueueNameExists(_) => own("QueueNameExists", false),
            Self::EmptyBatch(_) => own("EmptyBatchRequest", true),
            Self::TooManyEntries(_) => own("TooManyEntriesInBatchRequest", true),
            Self::BatchIdsNotDistinct(_) => own("BatchEntryIdsNotDistinct", true),
            Self::InvalidBatchId(_) => own("InvalidBatchEntryId", true),
            Self::BatchTooLong(_) => own("BatchRequestTooLong", true),
            Self::ReceiptHandleInvalid(_) => own("ReceiptHandleIsInvalid", false),
            Self::MessageNotInFlight => own("MessageNotInflight", true),
            Self::InvalidMessageContents => own("InvalidMessageContents", false),
            Self::InvalidAttributeName(_) => own("InvalidAttributeName", false),
            Self::InvalidAttributeValue { .. } => own("InvalidAttributeValue", false),
            Self::PurgeInProgress(_) => own("PurgeQueueInProgress", true),
            Self::ResourceNotFound(_) => own("ResourceNotFoundException", false),
            Self::InvalidParameterValue(_) => general("InvalidParameterValueException", "InvalidParameterValue"),
            Self::MissingParameter(_) => general("MissingRequiredParameterException", "MissingParameter"),
            Self::UnknownOperation(_) => general("UnknownOperationException", "InvalidAction"),
            Self::Serialization(_) => general("SerializationException", "MalformedInput"),
            Self::Store(_) | Self::Damaged(_) | Self::Bind(_) => (
                "com.amazon.coral.service#InternalFailure".to_owned(),
                "InternalFailure".to_owned(),
                StatusCode::INTERNAL_SERVER_ERROR,
            ),
        }
    }

    /// Whether the client is to blame (a 400) or the server (a 500).
    pub(super) fn is_senders_fault(&self) -> bool {
        self.codes().2 == StatusCode::BAD_REQUEST
    }

    pub(super) fn parameter(text: impl Into<String>) -> Self {
        Self::InvalidParameterValue(text.into())
    }

    pub(super) fn attribute(name: &str, reason: impl Into<String>) -> Self {
        Self::InvalidAttributeValue {
            name: name.to_owned(),
            reason: reason.into(),
        }
    }
}
