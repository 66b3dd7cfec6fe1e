//! What an error of the SDK means for a write: it certainly did not happen, or nobody knows.

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

use crate::error::{Cause, StoreError};

/// Codes after which the same request may succeed and did certainly not take effect.
const TRANSIENT_CODES: [&str; 7] = [
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
    "TransactionConflictException",
    "TransactionInProgressException",
    "LimitExceededException",
    "ItemCollectionSizeLimitExceededException",
];
/// Where the caller's errors begin.
const CALLERS_ERROR_STATUS: u16 = 400;
/// Where the servers' errors begin.
const SERVER_ERROR_STATUS: u16 = 500;

/// An SDK error, sorted.
#[derive(Debug)]
pub(crate) struct Fault {
    kind: Kind,
    source: Cause,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Transient,
    Unknown,
    Refused,
}

impl Fault {
    pub(crate) fn of<E>(error: SdkError<E, HttpResponse>) -> Self
    where
        E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        let kind = match &error {
            SdkError::ServiceError(service) => {
                let code = service.err().code().unwrap_or_default();
                let status = service.raw().status().as_u16();
                // A success that cannot be read is one all the same (found by the simulator: a body of which half came).
                if !(CALLERS_ERROR_STATUS..SERVER_ERROR_STATUS).contains(&status) {
                    Kind::Unknown
                } else if TRANSIENT_CODES.contains(&code) {
                    Kind::Transient
                } else {
                    Kind::Refused
                }
            }
            SdkError::ConstructionFailure(_) => Kind::Refused,
            _ => Kind::Unknown,
        };
        Self {
            kind,
            source: Box::new(error),
        }
    }

    /// A transaction that gave way to another one.
    pub(crate) fn conflict(source: impl Into<Cause>) -> Self {
        Self {
            kind: Kind::Transient,
            source: source.into(),
        }
    }

    /// Whether the write may have happened, so that it has to be read back.
    pub(crate) fn is_unknown(&self) -> bool {
        self.kind == Kind::Unknown
    }

    pub(crate) fn into_error(self, operation: &'static str, key: impl std::fmt::Display) -> StoreError {
        let key = key.to_string();
        let source = self.source;
        match self.kind {
            Kind::Transient | Kind::Unknown => StoreError::Unavailable { operation, key, source },
            Kind::Refused => StoreError::Refused { operation, key, source },
        }
    }
}
