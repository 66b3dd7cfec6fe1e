//! The event of an HTTP API.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tieout_platform::entropy::new_uuid;

use super::incoming::Incoming;
use super::parts::{COMMON_LOG_TIME, LOCAL_API, all_headers, body, host, put, query};
use crate::sqs::LOCAL_ACCOUNT;

/// Payload format 2.0: headers in lower case, repeated ones joined by a comma.
pub fn http_api_event(incoming: &Incoming) -> Value {
    let mut headers: BTreeMap<String, String> = all_headers(incoming)
        .into_iter()
        .map(|(name, values)| (name, values.join(",")))
        .collect();
    let cookies = headers.remove("cookie");
    let mut context = json!({
        "accountId": LOCAL_ACCOUNT,
        "apiId": LOCAL_API,
        "domainName": host(incoming),
        "domainPrefix": host(incoming).split('.').next().unwrap_or_default(),
        "http": {
            "method": incoming.method.as_str(),
            "path": incoming.path,
            "protocol": "HTTP/1.1",
            "sourceIp": incoming.source_ip,
            "userAgent": headers.get("user-agent").cloned().unwrap_or_default(),
        },
        "requestId": new_uuid().to_string(),
        "routeKey": incoming.route_key,
        "stage": "$default",
        "time": incoming.received_at.format(COMMON_LOG_TIME).to_string(),
        "timeEpoch": incoming.received_at.timestamp_millis(),
    });
    if let Some(certificate) = &incoming.client_certificate {
        let authentication = json!({ "clientCert": certificate.json() });
        put(&mut context, "authentication", authentication);
    }
    let (body, encoded) = body(incoming);
    let mut event = json!({
        "version": "2.0",
        "routeKey": incoming.route_key,
        "rawPath": incoming.path,
        "rawQueryString": incoming.query,
        "headers": headers,
        "requestContext": context,
        "isBase64Encoded": encoded,
    });
    if let Some(cookies) = cookies {
        let each: Vec<&str> = cookies.split(';').map(str::trim).collect();
        put(&mut event, "cookies", json!(each));
    }
    let query: BTreeMap<String, String> = query(incoming).into_iter().map(|(name, values)| (name, values.join(","))).collect();
    if !query.is_empty() {
        put(&mut event, "queryStringParameters", json!(query));
    }
    if !incoming.path_parameters.is_empty() {
        put(&mut event, "pathParameters", json!(incoming.path_parameters));
    }
    if let Some(body) = body {
        put(&mut event, "body", json!(body));
    }
    event
}
