//! `POST /services/oauth2/token`: client credentials and the JWT bearer flow. Refresh tokens and passwords are refused.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, Validation};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::docs::{Change, DocsError};
use crate::salesforce::ids::to_15;
use crate::salesforce::inner::Inner;
use crate::salesforce::soql::Source;
use crate::salesforce::state::{Session, State as Organisation, TOKEN};

/// The longest life that an assertion may claim (`docs/vendors/salesforce.md`).
const ASSERTION_LIFE_MAX_S: i64 = 3 * 60;
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

type Fields = BTreeMap<String, String>;

/// `{error, error_description}`.
struct Refusal(StatusCode, &'static str, &'static str);

const fn refusal(error: &'static str, description: &'static str) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, error, description)
}

const NOT_APPROVED: Refusal = refusal("invalid_grant", "user hasn't approved this consumer");
const INVALID_ASSERTION: Refusal = refusal("invalid_grant", "invalid assertion");
const UNKNOWN_CLIENT: Refusal = refusal("invalid_client_id", "client identifier invalid");

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1, "error_description": self.2 }))).into_response()
    }
}

pub(super) async fn token(State(inner): State<Arc<Inner>>, headers: HeaderMap, form: Result<Form<Fields>, FormRejection>) -> Response {
    let Ok(Form(fields)) = form else {
        return refusal("invalid_request", "the request must be form-encoded").into_response();
    };
    let admitted = match fields.get("grant_type").map(String::as_str) {
        Some("client_credentials") => client_credentials(&inner, &headers, &fields),
        Some(JWT_BEARER) => jwt_bearer(&inner, &fields),
        _ => Err(refusal("unsupported_grant_type", "grant type not supported")),
    };
    let answer = admitted.and_then(|()| {
        issue(&inner).map_err(|error| {
            tracing::error!(%error, "a session could not be stored");
            Refusal(StatusCode::INTERNAL_SERVER_ERROR, "unknown_error", "retry your request")
        })
    });
    match answer {
        Ok(token) => ([(header::CACHE_CONTROL, "no-cache, no-store")], Json(token)).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

fn client_credentials(inner: &Inner, headers: &HeaderMap, fields: &Fields) -> Result<(), Refusal> {
    let (id, secret) = match basic(headers) {
        Some(pair) => pair,
        None => (
            fields.get("client_id").cloned().unwrap_or_default(),
            fields.get("client_secret").cloned().unwrap_or_default(),
        ),
    };
    if id != inner.access.client_id {
        return Err(UNKNOWN_CLIENT);
    }
    if secret != inner.access.client_secret {
        return Err(refusal("invalid_client", "invalid client credentials"));
    }
    Ok(())
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

fn jwt_bearer(inner: &Inner, fields: &Fields) -> Result<(), Refusal> {
    let assertion = fields.get("assertion").ok_or(INVALID_ASSERTION)?;
    let key = inner.access.jwt_key.as_ref().ok_or(INVALID_ASSERTION)?;
    let mut rules = Validation::new(Algorithm::RS256);
    // Time and audience are checked below, on the sandbox's own clock.
    rules.validate_exp = false;
    rules.validate_aud = false;
    rules.required_spec_claims.clear();
    let claims: Value = jsonwebtoken::decode(assertion, key, &rules).map_err(|_| INVALID_ASSERTION)?.claims;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("iss") != Some(&inner.access.client_id) {
        return Err(UNKNOWN_CLIENT);
    }
    let known = |audience: &str| inner.url == audience || inner.access.audiences.iter().any(|known| known == audience);
    let audience = match claims.get("aud") {
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).any(known),
        Some(Value::String(one)) => known(one),
        _ => false,
    };
    if !audience {
        return Err(refusal("invalid_grant", "audience is invalid"));
    }
    let now_s = inner.clock.now().timestamp();
    let ends_s = claims.get("exp").and_then(Value::as_i64).ok_or(INVALID_ASSERTION)?;
    if ends_s <= now_s || ends_s > now_s + ASSERTION_LIFE_MAX_S {
        return Err(INVALID_ASSERTION);
    }
    if text("sub") != Some(&inner.access.username) {
        return Err(NOT_APPROVED);
    }
    Ok(())
}

fn issue(inner: &Inner) -> Result<Value, DocsError> {
    let now = inner.clock.now();
    inner.with_state(|state| {
        state.counter += 1;
        let seed = format!("{}|{}|{}", inner.access.client_secret, state.counter, now.timestamp_micros());
        let random = URL_SAFE_NO_PAD.encode(Sha256::digest(seed.as_bytes()));
        let organisation = &inner.organisation_id;
        let token = format!("{}!{random}", to_15(organisation).unwrap_or_default());
        let life = TimeDelta::from_std(inner.access.session).unwrap_or(TimeDelta::MAX);
        let session = Session {
            ends_at: now.checked_add_signed(life).unwrap_or(now),
        };
        let mut changes = vec![Change::put(TOKEN, &token, &session)?, Organisation::counter_change(state.counter)?];
        for ended in state.ended_sessions(now) {
            changes.push(Change::remove(TOKEN, &ended));
            state.sessions.remove(&ended);
        }
        inner.docs.save(&changes)?;
        state.sessions.insert(token.clone(), session);
        let user = state.records_of("User").next().map(|user| user.id.clone()).unwrap_or_default();
        Ok(json!({
            "access_token": token,
            "scope": "api",
            "instance_url": inner.url,
            "id": format!("{}/id/{organisation}/{user}", inner.url),
            "token_type": "Bearer",
            "issued_at": now.timestamp_millis().to_string(),
        }))
    })
}
