//! What SQS refuses, with the codes of its JSON protocol and of the older query protocol.
//!
//! Both are sent: the Rust SDK reads `__type`, boto3 reads the header `x-amzn-query-error`.

/// A refusal of the queue service; its text is what the client sees.
#[derive(Debug, thiserror::Error)]
pub enum SqsError {
    #[error("The specified queue does not exist: {0}")]
    QueueDoesNotExist(String),
    #[error("A queue already exists with the same name and a different value for attribute {0}")]
    QueueNameExists(String),
    #[error("There should be at least one entry in the request.")]
    EmptyBatch,
    #[error("Maximum number of entries per request are 10. You have sent {0}.")]
    TooManyEntries(usize),
    #[error("Id {0} repeated.")]
    BatchIdsNotDistinct(String),
    #[error("A batch entry id can only contain alphanumeric characters, hyphens and underscores, at most 80: {0}")]
    InvalidBatchId(String),
    #[error("Batch requests cannot be longer than 1048576 bytes. You have sent {0} bytes.")]
    BatchTooLong(usize),
    #[error("The input receipt handle \"{0}\" is not a valid receipt handle.")]
    ReceiptHandleInvalid(String),
    /// The message is visible, so its visibility cannot be changed.
    #[error("The message referred to is not in flight.")]
    MessageNotInFlight,
    #[error(
        "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"
    )]
    InvalidMessageContents,
    #[error("Unknown Attribute {0}.")]
    InvalidAttributeName(String),
    /// An attribute of a queue is out of its bounds.
    #[error("Invalid value for the parameter {name}: {reason}")]
    InvalidAttributeValue { name: String, reason: String },
    /// Any other parameter that is wrong.
    #[error("{0}")]
    InvalidParameterValue(String),
    #[error("The request must contain the parameter {0}.")]
    MissingParameter(&'static str),
    #[error("Only one PurgeQueue operation on {0} is allowed every 60 seconds.")]
    PurgeInProgress(String),
    /// A move task or its queue does not exist.
    #[error("{0}")]
    ResourceNotFound(&'static str),
    #[error("The action {0} is not valid for this endpoint.")]
    UnknownOperation(String),
    /// The body is not the JSON that the action asks for.
    #[error("The request body cannot be read: {0}")]
    Serialization(#[from] serde_json::Error),
    /// The file of the queues failed, or holds what this version does not understand.
    #[error("the store of the local queues failed: {0}; if it is damaged, remove the data folder to start anew")]
    Store(#[from] rusqlite::Error),
    #[error(transparent)]
    Bind(#[from] crate::http_server::BindError),
}

impl SqsError {
    /// Shape of the JSON protocol and code of the query protocol.
    pub(super) fn codes(&self) -> (&'static str, &'static str) {
        match self {
            Self::QueueDoesNotExist(_) => ("com.amazonaws.sqs#QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"),
            Self::QueueNameExists(_) => ("com.amazonaws.sqs#QueueNameExists", "QueueAlreadyExists"),
            Self::EmptyBatch => ("com.amazonaws.sqs#EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest"),
            Self::TooManyEntries(_) => (
                "com.amazonaws.sqs#TooManyEntriesInBatchRequest",
                "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
            ),
            Self::BatchIdsNotDistinct(_) => (
                "com.amazonaws.sqs#BatchEntryIdsNotDistinct",
                "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
            ),
            Self::InvalidBatchId(_) => (
                "com.amazonaws.sqs#InvalidBatchEntryId",
                "AWS.SimpleQueueService.InvalidBatchEntryId",
            ),
            Self::BatchTooLong(_) => (
                "com.amazonaws.sqs#BatchRequestTooLong",
                "AWS.SimpleQueueService.BatchRequestTooLong",
            ),
            Self::ReceiptHandleInvalid(_) => ("com.amazonaws.sqs#ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid"),
            Self::MessageNotInFlight => ("com.amazonaws.sqs#MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight"),
            Self::InvalidMessageContents => ("com.amazonaws.sqs#InvalidMessageContents", "InvalidMessageContents"),
            Self::InvalidAttributeName(_) => ("com.amazonaws.sqs#InvalidAttributeName", "InvalidAttributeName"),
            Self::InvalidAttributeValue { .. } => ("com.amazonaws.sqs#InvalidAttributeValue", "InvalidAttributeValue"),
            Self::PurgeInProgress(_) => (
                "com.amazonaws.sqs#PurgeQueueInProgress",
                "AWS.SimpleQueueService.PurgeQueueInProgress",
            ),
            Self::ResourceNotFound(_) => ("com.amazonaws.sqs#ResourceNotFoundException", "ResourceNotFoundException"),
            Self::InvalidParameterValue(_) => ("com.amazon.coral.service#InvalidParameterValueException", "InvalidParameterValue"),
            Self::MissingParameter(_) => ("com.amazon.coral.service#MissingRequiredParameterException", "MissingParameter"),
            Self::UnknownOperation(_) => ("com.amazon.coral.service#UnknownOperationException", "InvalidAction"),
            Self::Serialization(_) => ("com.amazon.coral.service#SerializationException", "MalformedInput"),
            Self::Store(_) | Self::Bind(_) => ("com.amazon.coral.service#InternalFailure", "InternalFailure"),
        }
    }

    /// Whether the client is to blame (a 400) or the server (a 500).
    pub(super) fn is_senders_fault(&self) -> bool {
        !matches!(self, Self::Store(_) | Self::Bind(_))
    }

    pub(super) fn parameter(text: impl Into<String>) -> Self {
        Self::InvalidParameterValue(text.into())
    }

    /// The text with which the service refuses a value.
    pub(super) fn value(value: impl std::fmt::Display, parameter: &str, reason: &str) -> Self {
        Self::InvalidParameterValue(format!("Value {value} for parameter {parameter} is invalid. Reason: {reason}"))
    }

    pub(super) fn attribute(name: &str, reason: impl Into<String>) -> Self {
        Self::InvalidAttributeValue {
            name: name.to_owned(),
            reason: reason.into(),
        }
    }
}
