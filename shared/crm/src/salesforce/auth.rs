//! Our own identity: an access token, kept in the process and renewed when Salesforce refuses it.
//!
//! A token's life depends on the organisation's session policy and is not in the answer, so a 401 drives the renewal
//! (`docs/vendors/salesforce.md`, Log-in).
//! Neither grant has a refresh token, so every process may ask for its own.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Method};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use tieout_platform::clock::Clock;
use tieout_platform::http::{Connector, Request};
use tieout_platform::secret::Secret;
use tokio::sync::Mutex;

use super::answer::read_answer;
use super::settings::Login;
use super::web::encoded;
use crate::error::{Call, CrmError};

/// The life of a signed assertion, in seconds. Salesforce allows three minutes; clocks differ.
const ASSERTION_LIFE_S: i64 = 120;
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const TOKEN_PATH: &str = "/services/oauth2/token";

/// An access token, with its number in this process.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) secret: Secret,
    pub(super) serial: u64,
}

impl Token {
    /// The header's value; never shown by a log of headers.
    pub(super) fn header(&self) -> Result<HeaderValue, CrmError> {
        let mut value = HeaderValue::try_from(format!("Bearer {}", self.secret.expose()))
            .map_err(|_| CrmError::unreadable(Call::Login, http::StatusCode::OK, "its token cannot be sent in a header"))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// The token of this process.
#[derive(Debug, Default)]
pub(super) struct Session {
    token: Mutex<Option<Token>>,
}

impl Session {
    /// The token. It is requested where there is none, or where the current one has the serial `refused`; concurrent callers
    /// wait for the same answer.
    pub(super) async fn token(
        &self,
        connector: &dyn Connector,
        clock: &dyn Clock,
        base: &str,
        login: &Login,
        refused: Option<u64>,
    ) -> Result<Token, CrmError> {
        let mut kept = self.token.lock().await;
        let serial = match kept.as_ref() {
            Some(token) if refused != Some(token.serial) => return Ok(token.clone()),
            Some(token) => token.serial + 1,
            None => 1,
        };
        let request = token_request(base, login, clock.now())?;
        let response = connector
            .send(request)
            .await
            .map_err(|source| CrmError::Unreachable { call: Call::Login, source })?;
        let answer = read_answer(Call::Login, &response, clock.now())?;
        let secret = answer
            .get("access_token")
            .and_then(serde_json::Value::as_str)
            .filter(|text| !text.is_empty());
        let secret = secret.ok_or(CrmError::unreadable(Call::Login, response.status(), "it has no access_token"))?;
        // `instance_url` is not read: we call the host of our own settings only.
        let token = Token {
            secret: Secret::new(secret),
            serial,
        };
        *kept = Some(token.clone());
        Ok(token)
    }
}

fn token_request(base: &str, login: &Login, now: DateTime<Utc>) -> Result<Request, CrmError> {
    let form = match login {
        Login::ClientCredentials { id, secret } => vec![
            ("grant_type", "client_credentials".to_owned()),
            ("client_id", id.clone()),
            ("client_secret", secret.expose().to_owned()),
        ],
        Login::JwtBearer {
            client_id,
            username,
            audience,
            private_key_pem,
        } => {
            let claims = Claims {
                iss: client_id,
                sub: username,
                aud: audience,
                exp: (now + TimeDelta::seconds(ASSERTION_LIFE_S)).timestamp(),
            };
            vec![
                ("grant_type", JWT_BEARER.to_owned()),
                ("assertion", claims.signed(private_key_pem)?),
            ]
        }
    };
    let pairs: Vec<String> = form.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    http::Request::builder()
        .method(Method::POST)
        .uri(format!("{base}{TOKEN_PATH}"))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(ACCEPT, "application/json")
        .body(Bytes::from(pairs.join("&")))
        .map_err(|_| CrmError::Setting {
            section: super::SECTION,
            name: "url",
            remedy: "it is not a valid address",
        })
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    exp: i64,
}

impl Claims<'_> {
    fn signed(&self, private_key_pem: &Secret) -> Result<String, CrmError> {
        let key = EncodingKey::from_rsa_pem(private_key_pem.expose().as_bytes());
        let signed = key.and_then(|key| jsonwebtoken::encode(&Header::new(Algorithm::RS256), self, &key));
        signed.map_err(|_| CrmError::Setting {
            section: super::SECTION,
            name: "private key",
            remedy: "give the RSA key of the app's certificate, as PEM",
        })
    }
}
