//! Routes: a method, a path with parameters, and what API stands before the function.

use std::collections::BTreeMap;

use http::Method;
use percent_encoding::percent_decode_str;

use crate::function::LocalFunction;

/// Which of the two kinds of API makes the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EventShape {
    /// HTTP API, payload format 2.0.
    #[default]
    HttpApi,
    /// REST API, proxy integration (payload format 1.0).
    RestApi,
}

/// When the body goes as base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BodyEncoding {
    /// As AWS: text types as they are, everything else as base64.
    #[default]
    ByContentType,
    /// Always base64, to try a function with it.
    AlwaysBase64,
}

/// The certificate that a caller showed to the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// Distinguished name of the caller.
    pub subject_dn: String,
    /// Distinguished name of who issued it.
    pub issuer_dn: String,
}

impl ClientCertificate {
    pub fn new(subject_dn: impl Into<String>, issuer_dn: impl Into<String>) -> Self {
        Self {
            subject_dn: subject_dn.into(),
            issuer_dn: issuer_dn.into(),
        }
    }
}

/// A route to a function.
#[derive(Debug, Clone)]
pub struct Route {
    method: Option<Method>,
    pub(super) path: String,
    pub(super) function: LocalFunction,
    pub(super) shape: EventShape,
    pub(super) body_encoding: BodyEncoding,
    pub(super) client_certificate: Option<ClientCertificate>,
}

impl Route {
    /// Any method on `path`, which may hold `{name}` for one segment and, at its end, `{name+}` for the rest.
    pub fn any(path: impl Into<String>, function: LocalFunction) -> Self {
        Self {
            method: None,
            path: path.into(),
            function,
            shape: EventShape::default(),
            body_encoding: BodyEncoding::default(),
            client_certificate: None,
        }
    }

    /// This method only.
    #[must_use]
    pub fn on(mut self, method: Method) -> Self {
        self.method = Some(method);
        self
    }

    /// Behind this kind of API.
    #[must_use]
    pub fn shaped(mut self, shape: EventShape) -> Self {
        self.shape = shape;
        self
    }

    /// With this encoding of bodies.
    #[must_use]
    pub fn encoded(mut self, encoding: BodyEncoding) -> Self {
        self.body_encoding = encoding;
        self
    }

    /// As if the caller had shown this certificate.
    #[must_use]
    pub fn with_client_certificate(mut self, certificate: ClientCertificate) -> Self {
        self.client_certificate = Some(certificate);
        self
    }

    /// `ANY /salesforce/{secret}`.
    pub(super) fn key(&self) -> String {
        let method = self.method.as_ref().map_or("ANY", Method::as_str);
        format!("{method} {}", self.path)
    }

    /// The path parameters, if method and path fit.
    pub(super) fn matches(&self, method: &Method, path: &str) -> Option<BTreeMap<String, String>> {
        if self.method.as_ref().is_some_and(|own| own != method) {
            return None;
        }
        let mut parameters = BTreeMap::new();
        let mut given = path.trim_start_matches('/').split('/');
        for part in self.path.trim_start_matches('/').split('/') {
            let name = part.strip_prefix('{').and_then(|p| p.strip_suffix('}'));
            match name {
                Some(name) if name.ends_with('+') => {
                    let rest: Vec<&str> = given.by_ref().collect();
                    let rest = Some(rest.join("/")).filter(|rest| !rest.is_empty())?;
                    parameters.insert(name.trim_end_matches('+').to_owned(), rest);
                    return Some(parameters);
                }
                Some(name) => {
                    let value = given.next().filter(|value| !value.is_empty())?;
                    parameters.insert(name.to_owned(), percent_decode_str(value).decode_utf8_lossy().into_owned());
                }
                None if given.next() != Some(part) => return None,
                None => {}
            }
        }
        given.next().is_none().then_some(parameters)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use tieout_platform::clock::ManualClock;

    use super::*;
    use crate::function::testing::function;

    #[test]
    fn paths_fit_by_segment() {
        let check = |pattern: &str, path: &str, expected: Option<&[(&str, &str)]>| {
            let clock = ManualClock::new(DateTime::<Utc>::UNIX_EPOCH);
            let route = Route::any(pattern, function(clock, Ok)).on(Method::POST);
            let found = route.matches(&Method::POST, path);
            let expected = expected.map(|pairs| {
                let own = |pair: &(&str, &str)| (pair.0.to_owned(), pair.1.to_owned());
                pairs.iter().map(own).collect::<BTreeMap<_, _>>()
            });
            assert_eq!(found, expected, "{pattern} {path}");
            assert_eq!(route.matches(&Method::GET, path), None);
        };
        check("/xero", "/xero", Some(&[]));
        check("/xero", "/xero/", None);
        check("/xero", "/other", None);
        check("/s/{secret}", "/s/a%20b", Some(&[("secret", "a b")]));
        check("/s/{secret}", "/s/", None);
        check("/s/{secret}", "/s/a/b", None);
        check("/{proxy+}", "/a/b", Some(&[("proxy", "a/b")]));
        check("/{proxy+}", "/", None);
    }
}
