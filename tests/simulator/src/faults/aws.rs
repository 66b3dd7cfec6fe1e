//! What AWS says when it will not.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::json;

use crate::dice::Dice;
use crate::faults::Trouble;

/// An answer of DynamoDB, SQS or Secrets Manager that did nothing.
pub(crate) fn aws_refusal(trouble: Trouble, dice: &mut Dice, operation: &str) -> Response<Bytes> {
    let (status, kind) = match trouble {
        Trouble::Throttled if operation == "TransactWriteItems" && dice.chance(500) => return gave_way(),
        Trouble::Throttled if operation.starts_with("Send") || operation.contains("Message") => (400, "RequestThrottled"),
        Trouble::Throttled => (
            400,
            dice.pick(&["ThrottlingException", "ProvisionedThroughputExceededException"])
                .copied()
                .unwrap_or("ThrottlingException"),
        ),
        Trouble::Html => return page(),
        _ => (*dice.pick(&[500, 503]).unwrap_or(&500), "InternalServerError"),
    };
    let body = json!({ "__type": format!("com.amazonaws#{kind}"), "message": "ordered by the simulator" });
    answer(status, &body.to_string())
}

/// A transaction that met another one.
fn gave_way() -> Response<Bytes> {
    let body = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "Transaction cancelled, please refer cancellation reasons for specific reasons [TransactionConflict]",
        "CancellationReasons": [{ "Code": "TransactionConflict", "Message": "Transaction is ongoing for the item" }],
    });
    answer(400, &body.to_string())
}

fn page() -> Response<Bytes> {
    answer(502, "<html><body><h1>502 Bad Gateway</h1></body></html>")
}

fn answer(status: u16, body: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::copy_from_slice(body.as_bytes()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
}
