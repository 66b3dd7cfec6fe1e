//! Xero's identity service: client credentials, and refresh tokens that rotate (`docs/vendors/xero.md`).

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, header};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::reply::Reply;
use super::world::{World, new_id};
use crate::docs::Change;

/// Life of an access token.
pub(super) const ACCESS_TOKEN_S: i64 = 30 * 60;
/// How long a used refresh token may be tried again.
pub(super) const REFRESH_GRACE_S: i64 = 30 * 60;
/// Life of a refresh token that nobody uses.
pub(super) const REFRESH_TOKEN_S: i64 = 60 * 86_400;

/// An application that may ask for tokens.
#[derive(Debug, Clone)]
pub(super) struct Client {
    pub(super) id: String,
    pub(super) secret: String,
    /// A custom connection sees one organisation; other applications see all.
    pub(super) tenant: Option<String>,
}

/// A token for the accounting API.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct AccessToken {
    client_id: String,
    /// None sees every organisation.
    pub(super) tenant: Option<String>,
    pub(super) expires: DateTime<Utc>,
}

/// A token that gives the next pair.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct RefreshToken {
    client_id: String,
    issued: DateTime<Utc>,
    used: Option<DateTime<Utc>>,
}

/// Answers `POST /connect/token`.
pub(super) fn answer(world: &mut World, headers: &HeaderMap, body: &[u8], now: DateTime<Utc>) -> Reply {
    let form: Vec<(String, String)> = form_fields(body);
    let field = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let Some((id, secret)) = credentials(headers, field("client_id"), field("client_secret")) else {
        return refused("invalid_client");
    };
    let known = world.clients.iter().find(|client| client.id == id && client.secret == secret);
    let Some(client) = known.cloned() else {
        return refused("invalid_client");
    };
    match field("grant_type") {
        Some("client_credentials") => issue(world, &client, false, Vec::new(), now),
        Some("refresh_token") => rotate(world, &client, field("refresh_token").unwrap_or_default(), now),
        _ => refused("unsupported_grant_type"),
    }
}

/// Stores a refresh token that a person's consent would have given.
pub(super) fn seed_refresh_token(
    world: &mut World,
    client_id: &str,
    token: &str,
    now: DateTime<Utc>,
) -> Result<(), crate::docs::DocsError> {
    if world.refresh_tokens.contains_key(token) {
        return Ok(());
    }
    let record = RefreshToken {
        client_id: client_id.to_owned(),
        issued: now,
        used: None,
    };
    world.save(&[Change::put("xero-refresh-token", token, &record)?])?;
    world.refresh_tokens.insert(token.to_owned(), record);
    Ok(())
}

fn rotate(world: &mut World, client: &Client, token: &str, now: DateTime<Utc>) -> Reply {
    let Some(mut record) = world.refresh_tokens.get(token).cloned() else {
        return refused("invalid_grant");
    };
    let too_old = now - record.issued >= TimeDelta::seconds(REFRESH_TOKEN_S);
    let grace_over = record.used.is_some_and(|used| now - used >= TimeDelta::seconds(REFRESH_GRACE_S));
    if record.client_id != client.id || too_old || grace_over {
        return refused("invalid_grant");
    }
    record.used.get_or_insert(now);
    let Ok(change) = Change::put("xero-refresh-token", token, &record) else {
        return Reply::server_error(500);
    };
    let reply = issue(world, client, true, vec![change], now);
    if reply.is_success() {
        world.refresh_tokens.insert(token.to_owned(), record);
    }
    reply
}

fn issue(world: &mut World, client: &Client, with_refresh: bool, mut changes: Vec<Change>, now: DateTime<Utc>) -> Reply {
    let access = AccessToken {
        client_id: client.id.clone(),
        tenant: client.tenant.clone(),
        expires: now + TimeDelta::seconds(ACCESS_TOKEN_S),
    };
    let access_text = token_text(&access);
    let mut body = json!({
        "access_token": access_text,
        "expires_in": ACCESS_TOKEN_S,
        "token_type": "Bearer",
        "scope": "accounting.transactions accounting.contacts accounting.settings.read accounting.reports.read",
    });
    let stored = Change::put("xero-access-token", &access_text, &access).map(|change| changes.push(change));
    let mut refresh = None;
    if with_refresh && let Some(map) = body.as_object_mut() {
        let text = format!("{}{}", new_id(), new_id()).replace('-', "");
        map.insert("refresh_token".to_owned(), text.clone().into());
        let record = RefreshToken {
            client_id: client.id.clone(),
            issued: now,
            used: None,
        };
        if let Ok(change) = Change::put("xero-refresh-token", &text, &record) {
            changes.push(change);
        }
        refresh = Some((text, record));
    }
    if stored.is_err() || world.save(&changes).is_err() {
        return Reply::server_error(500);
    }
    world.access_tokens.retain(|_, token| token.expires + TimeDelta::days(1) > now);
    world.access_tokens.insert(access_text, access);
    world.refresh_tokens.extend(refresh);
    Reply::json(200, &body)
}

/// The token of a call, or the 401 that it gets.
pub(super) fn bearer(world: &World, headers: &HeaderMap, now: DateTime<Utc>) -> Result<AccessToken, Reply> {
    let text = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = text.and_then(|text| text.strip_prefix("Bearer "));
    let known = token.and_then(|token| world.access_tokens.get(token));
    let Some(known) = known else {
        return Err(Reply::unauthorised("AuthenticationUnsuccessful"));
    };
    if known.expires <= now {
        let at = known.expires.format("%m/%d/%Y %H:%M:%S");
        return Err(Reply::unauthorised(&format!("TokenExpired: token expired at {at}")));
    }
    Ok(known.clone())
}

/// Looks like a JWT, means nothing.
fn token_text(token: &AccessToken) -> String {
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let head = part(json!({"alg": "RS256", "typ": "JWT"}));
    let claims = part(json!({"client_id": token.client_id, "exp": token.expires.timestamp(), "jti": new_id()}));
    format!("{head}.{claims}.{}", URL_SAFE_NO_PAD.encode(new_id()))
}

fn refused(error: &str) -> Reply {
    Reply::json(400, &json!({"error": error}))
}

fn credentials(headers: &HeaderMap, id: Option<&str>, secret: Option<&str>) -> Option<(String, String)> {
    if let Some(basic) = headers.get(header::AUTHORIZATION) {
        let encoded = basic.to_str().ok()?.strip_prefix("Basic ")?;
        let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
        let (id, secret) = decoded.split_once(':')?;
        return Some((id.to_owned(), secret.to_owned()));
    }
    Some((id?.to_owned(), secret?.to_owned()))
}

/// The fields of `application/x-www-form-urlencoded`.
fn form_fields(body: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(body);
    super::query::pairs(&text)
}
