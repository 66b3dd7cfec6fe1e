//! Salesforce's refusals, in its own words: `[{message, errorCode, fields}]`.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::docs::DocsError;

/// One refusal of the REST interface.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ApiError {
    /// The HTTP status of a call that fails as a whole.
    pub status: u16,
    /// Salesforce's name for the error, `errorCode` or, in a collection, `statusCode`.
    pub code: &'static str,
    /// What a person reads.
    pub message: String,
    /// The fields at fault; `None` for errors that are not about a record and carry no such member.
    pub fields: Option<Vec<String>>,
}

impl ApiError {
    /// An error of the call.
    pub(super) fn call(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            fields: None,
        }
    }

    /// An error of one record; the call answers 400 when it was its only one.
    pub(super) fn record(code: &'static str, message: impl Into<String>, fields: &[&str]) -> Self {
        Self {
            status: 400,
            code,
            message: message.into(),
            fields: Some(fields.iter().map(|field| (*field).to_owned()).collect()),
        }
    }

    pub(super) fn not_found() -> Self {
        Self::call(404, "NOT_FOUND", "The requested resource does not exist")
    }

    pub(super) fn deleted() -> Self {
        Self {
            status: 404,
            ..Self::record("ENTITY_IS_DELETED", "entity is deleted", &[])
        }
    }

    /// `No such column` for a name that the object does not have.
    pub(super) fn no_column(name: &str, object: &str) -> Self {
        Self::record("INVALID_FIELD", format!("No such column '{name}' on sobject of type {object}"), &[])
    }

    /// The error as an entry of a collection's result.
    pub(super) fn in_collection(&self) -> Value {
        json!({
            "statusCode": self.code,
            "message": self.message,
            "fields": self.fields.clone().unwrap_or_default(),
        })
    }

    fn body(&self) -> Value {
        match &self.fields {
            Some(fields) => {
                json!([{ "message": self.message, "errorCode": self.code, "fields": fields }])
            }
            None => json!([{ "message": self.message, "errorCode": self.code }]),
        }
    }
}

impl From<DocsError> for ApiError {
    fn from(error: DocsError) -> Self {
        tracing::error!(%error, "the sandbox could not store its state");
        Self::call(
            500,
            "UNKNOWN_EXCEPTION",
            "An unexpected error occurred. Please include this ErrorId if you contact support",
        )
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(self.body())).into_response()
    }
}
