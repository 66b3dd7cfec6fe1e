//! A request as it reaches the gateway, with what its route says about it.

use std::collections::BTreeMap;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, Method};
use serde_json::{Value, json};

use super::route::BodyEncoding;

/// The certificate that a caller showed to the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// Distinguished name of the caller.
    pub subject_dn: String,
    /// Distinguished name of who issued it.
    pub issuer_dn: String,
    /// Serial number.
    pub serial_number: String,
    /// The certificate itself, PEM.
    pub pem: String,
    /// As AWS writes it: `Aug 29 00:28:21 2020 GMT`.
    pub not_before: String,
    /// As [`ClientCertificate::not_before`].
    pub not_after: String,
}

impl ClientCertificate {
    /// A certificate of these names, valid for the century.
    pub fn new(subject_dn: impl Into<String>, issuer_dn: impl Into<String>) -> Self {
        Self {
            subject_dn: subject_dn.into(),
            issuer_dn: issuer_dn.into(),
            serial_number: "1".to_owned(),
            pem: "-----BEGIN CERTIFICATE-----\nlocal\n-----END CERTIFICATE-----\n".to_owned(),
            not_before: "Jan  1 00:00:00 2000 GMT".to_owned(),
            not_after: "Dec 31 23:59:59 2099 GMT".to_owned(),
        }
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "clientCertPem": self.pem,
            "subjectDN": self.subject_dn,
            "issuerDN": self.issuer_dn,
            "serialNumber": self.serial_number,
            "validity": { "notBefore": self.not_before, "notAfter": self.not_after },
        })
    }
}

/// A request, with what its route says about it.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// GET, POST and so on.
    pub method: Method,
    /// As it was sent.
    pub path: String,
    /// As it was sent, without the question mark.
    pub query: String,
    /// As they were sent.
    pub headers: HeaderMap,
    /// As it was sent.
    pub body: Bytes,
    /// Who sent it.
    pub source_ip: String,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// The route's path with its parameters in braces.
    pub resource: String,
    /// The route's method and path.
    pub route_key: String,
    /// The parameters' values.
    pub path_parameters: BTreeMap<String, String>,
    /// What the caller showed.
    pub client_certificate: Option<ClientCertificate>,
    /// How the body goes.
    pub body_encoding: BodyEncoding,
}
