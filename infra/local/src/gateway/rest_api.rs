//! The event of a REST API.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tieout_platform::entropy::new_uuid;

use super::incoming::Incoming;
use super::parts::{COMMON_LOG_TIME, LOCAL_API, all_headers, body, host, put, query};
use crate::sqs::LOCAL_ACCOUNT;

/// Payload format 1.0 of a REST API: headers as senders write them (`Content-Type`), once single and once multiple.
pub fn rest_api_event(incoming: &Incoming) -> Value {
    let headers: BTreeMap<String, Vec<String>> = all_headers(incoming)
        .into_iter()
        .map(|(name, values)| (title_case(&name), values))
        .collect();
    let query = query(incoming);
    let mut identity = json!({
        "sourceIp": incoming.source_ip,
        "userAgent": headers.get("User-Agent").and_then(|values| values.last()),
        "accessKey": null, "accountId": null, "apiKey": null, "caller": null, "user": null, "userArn": null,
    });
    if let Some(certificate) = &incoming.client_certificate {
        put(&mut identity, "clientCert", certificate.json());
    }
    let (body, encoded) = body(incoming);
    json!({
        "resource": incoming.resource,
        "path": incoming.path,
        "httpMethod": incoming.method.as_str(),
        "headers": last(&headers),
        "multiValueHeaders": headers,
        "queryStringParameters": null_if_empty(json!(last(&query)), query.is_empty()),
        "multiValueQueryStringParameters": null_if_empty(json!(query), query.is_empty()),
        "pathParameters": null_if_empty(json!(incoming.path_parameters), incoming.path_parameters.is_empty()),
        "stageVariables": null,
        "requestContext": {
            "resourceId": "local0",
            "resourcePath": incoming.resource,
            "httpMethod": incoming.method.as_str(),
            "path": format!("/local{}", incoming.path),
            "accountId": LOCAL_ACCOUNT,
            "apiId": LOCAL_API,
            "domainName": host(incoming),
            "protocol": "HTTP/1.1",
            "stage": "local",
            "requestId": new_uuid().to_string(),
            "requestTime": incoming.received_at.format(COMMON_LOG_TIME).to_string(),
            "requestTimeEpoch": incoming.received_at.timestamp_millis(),
            "identity": identity,
        },
        "body": body,
        "isBase64Encoded": encoded,
    })
}

fn title_case(name: &str) -> String {
    let word = |part: &str| {
        let mut letters = part.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}

fn last(all: &BTreeMap<String, Vec<String>>) -> BTreeMap<&String, &String> {
    all.iter().filter_map(|(name, values)| Some((name, values.last()?))).collect()
}

fn null_if_empty(value: Value, empty: bool) -> Value {
    if empty { Value::Null } else { value }
}
