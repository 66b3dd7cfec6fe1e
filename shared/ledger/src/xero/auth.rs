//! Access tokens: client credentials of a custom connection, or a web app's rotating refresh token.
//!
//! A refresh token is used by one refresher at a time, across all functions: whoever holds the vault's lock. The new token is
//! in the vault before it is used, and a refused one is read again before it is reported, as another function may have
//! rotated it meanwhile (`docs/vendors/xero.md`). Xero takes the former token again for 30 minutes, so a lost
//! answer costs nothing.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use serde::Deserialize;
use tieout_platform::clock::SharedClock;
use tieout_platform::http::{Request, SharedConnector};
use tieout_platform::secret::Secret;
use tieout_platform::vendor::{StoredToken, TokenVault};
use tokio::sync::Mutex;

use super::query::encode;
use crate::error::{LedgerError, bounded};

/// A token is not used in its last seconds.
pub const EXPIRY_MARGIN_S: i64 = 60;
/// How long a refresher may hold the lock; longer than the longest request.
pub const REFRESH_LOCK_S: i64 = 75;
/// How often a waiting function looks whether the other one is done.
pub const REFRESH_POLL_MS: u64 = 500;
/// How long it looks.
pub const REFRESH_WAIT_MAX_MS: u64 = 20_000;
/// How long a token is taken to live where the answer does not say; a 401 renews it sooner.
const LIFE_DEFAULT_S: i64 = 1_800;
/// No token is believed to live longer; Xero's live 30 minutes.
const LIFE_MAX_S: i64 = 86_400;
/// How often a refused refresh token is read again: each time somebody else has to have rotated it.
const REFRESHES_MAX: u32 = 3;
/// The scopes that Tieout needs, by their granular names; broad ones end in September 2027.
pub const GRANULAR_SCOPES: &str = "accounting.invoices accounting.contacts accounting.manualjournals \
     accounting.settings.read accounting.reports.trialbalance.read";
/// How often a new token is offered to a vault that fails: a rotated token that is stored nowhere is lost after Xero's 30 minutes.
const STORES_MAX: u32 = 3;
const WHAT: &str = "log in";

/// How we log in.
#[derive(Debug, Clone)]
pub enum XeroLogin {
    /// A custom connection: one organisation, no refresh token.
    ClientCredentials {
        /// The client's id.
        client_id: String,
        /// Its secret.
        client_secret: Secret,
        /// What to ask for, for instance [`GRANULAR_SCOPES`]; empty asks for all that was granted.
        scopes: String,
    },
    /// A web app: all organisations that its user connected, by one rotating token.
    RefreshToken {
        /// The client's id.
        client_id: String,
        /// Its secret.
        client_secret: Secret,
        /// Under which name the vault keeps the token.
        connection: String,
        /// A name of this process that no other one has: who holds the lock.
        holder: String,
    },
}

#[derive(Clone)]
struct Access {
    token: Secret,
    expires_at: DateTime<Utc>,
}

/// Gives access tokens; in one process only one task at a time asks for a new one.
pub(super) struct Auth {
    connector: SharedConnector,
    clock: SharedClock,
    url: String,
    login: XeroLogin,
    vault: Arc<dyn TokenVault>,
    cached: Mutex<Option<Access>>,
}

/// The identity server's answer.
#[derive(Deserialize)]
struct Issued {
    access_token: Secret,
    /// A number; RFC 6749, 5.1, only recommends it. What cannot be read is not there: a rotated token must not be lost for it.
    #[serde(default)]
    expires_in: serde_json::Value,
    refresh_token: Option<Secret>,
}

impl Issued {
    /// How long the access token lives, in seconds.
    fn life_s(&self) -> i64 {
        let stated = self.expires_in.as_i64().or_else(|| self.expires_in.as_str()?.trim().parse().ok());
        stated.unwrap_or(LIFE_DEFAULT_S).clamp(0, LIFE_MAX_S)
    }
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
}

impl Auth {
    pub(super) fn new(
        connector: SharedConnector,
        clock: SharedClock,
        identity_url: &str,
        login: XeroLogin,
        vault: Arc<dyn TokenVault>,
    ) -> Self {
        Self {
            connector,
            clock,
            url: format!("{}/connect/token", identity_url.trim_end_matches('/')),
            login,
            vault,
            cached: Mutex::new(None),
        }
    }

    /// A token that lives, and is not `rejected` (the one that Xero just called expired).
    pub(super) async fn token(&self, rejected: Option<&Secret>) -> Result<Secret, LedgerError> {
        let mut cached = self.cached.lock().await;
        if let Some(access) = cached.as_ref().filter(|access| self.usable(access, rejected)) {
            return Ok(access.token.clone());
        }
        let access = match &self.login {
            XeroLogin::ClientCredentials { scopes, .. } => {
                let mut form = "grant_type=client_credentials".to_owned();
                if !scopes.is_empty() {
                    form = format!("{form}&scope={}", encode(scopes));
                }
                self.access_of(&self.ask(form).await?)
            }
            XeroLogin::RefreshToken { connection, holder, .. } => self.refreshed(connection, holder, rejected).await?,
        };
        let token = access.token.clone();
        *cached = Some(access);
        Ok(token)
    }

    fn usable(&self, access: &Access, rejected: Option<&Secret>) -> bool {
        let lives = self.clock.now() + TimeDelta::seconds(EXPIRY_MARGIN_S) < access.expires_at;
        lives && rejected.is_none_or(|rejected| !access.token.equals(rejected.expose().as_bytes()))
    }

    fn access_of(&self, issued: &Issued) -> Access {
        let lives = TimeDelta::seconds(issued.life_s());
        Access {
            token: issued.access_token.clone(),
            expires_at: self.clock.now() + lives,
        }
    }

    async fn refreshed(&self, connection: &str, holder: &str, rejected: Option<&Secret>) -> Result<Access, LedgerError> {
        let mut tried = 0;
        let mut waited_ms = 0;
        loop {
            if let Some(access) = self.stored_access(&self.stored(connection).await?, rejected) {
                return Ok(access);
            }
            let now = self.clock.now();
            let until = now + TimeDelta::seconds(REFRESH_LOCK_S);
            let locked = self.vault.lock(connection, holder, now, until).await;
            if !locked.map_err(|source| LedgerError::Vault { source })? {
                if waited_ms >= REFRESH_WAIT_MAX_MS {
                    return Err(LedgerError::RefreshBusy {
                        connection: connection.to_owned(),
                        after: Duration::from_secs(REFRESH_LOCK_S.unsigned_abs()),
                    });
                }
                self.clock.sleep(Duration::from_millis(REFRESH_POLL_MS)).await;
                waited_ms += REFRESH_POLL_MS;
                continue;
            }
            let result = self.refresh_locked(connection, rejected).await;
            if !matches!(result, Ok(Refreshed::Rotated(_))) {
                // Where this fails the lock ends by itself.
                let _ = self.vault.unlock(connection, holder).await;
            }
            match result? {
                Refreshed::Rotated(access) | Refreshed::Found(access) => return Ok(access),
                Refreshed::Overtaken if tried < REFRESHES_MAX => tried += 1,
                Refreshed::Overtaken => {
                    return Err(LedgerError::RefreshBusy {
                        connection: connection.to_owned(),
                        after: Duration::from_millis(REFRESH_POLL_MS),
                    });
                }
            }
        }
    }

    /// One refresh, under the lock.
    async fn refresh_locked(&self, connection: &str, rejected: Option<&Secret>) -> Result<Refreshed, LedgerError> {
        let stored = self.stored(connection).await?;
        if let Some(access) = self.stored_access(&stored, rejected) {
            return Ok(Refreshed::Found(access));
        }
        let form = format!("grant_type=refresh_token&refresh_token={}", encode(stored.refresh_token.expose()));
        let issued = match self.ask(form).await {
            Ok(issued) => issued,
            Err(refusal @ LedgerError::LoginRefused { .. }) => {
                let again = self.stored(connection).await?;
                return if again.version == stored.version {
                    Err(refusal)
                } else {
                    Ok(Refreshed::Overtaken)
                };
            }
            Err(other) => return Err(other),
        };
        let access = self.access_of(&issued);
        let next = StoredToken {
            refresh_token: issued.refresh_token.unwrap_or(stored.refresh_token),
            access_token: Some((access.token.clone(), access.expires_at)),
            version: stored.version + 1,
        };
        if self.store(connection, next).await? {
            Ok(Refreshed::Rotated(access))
        } else {
            Ok(Refreshed::Overtaken)
        }
    }

    /// Stores a new token; `false` where the vault holds that version already: somebody else's, or ours, whose first answer was lost.
    async fn store(&self, connection: &str, token: StoredToken) -> Result<bool, LedgerError> {
        let mut tries = 1;
        loop {
            match self.vault.rotate(connection, token.clone()).await {
                Ok(is_stored) => return Ok(is_stored),
                Err(error) if tries < STORES_MAX => {
                    tracing::warn!(%error, tries, "a new refresh token could not be stored; trying again");
                    self.clock.sleep(Duration::from_millis(REFRESH_POLL_MS)).await;
                    tries += 1;
                }
                Err(source) => return Err(LedgerError::Vault { source }),
            }
        }
    }

    async fn stored(&self, connection: &str) -> Result<StoredToken, LedgerError> {
        let stored = self.vault.read(connection).await;
        stored
            .map_err(|source| LedgerError::Vault { source })?
            .ok_or_else(|| LedgerError::NotConnected {
                connection: connection.to_owned(),
            })
    }

    fn stored_access(&self, stored: &StoredToken, rejected: Option<&Secret>) -> Option<Access> {
        let (token, expires_at) = stored.access_token.clone()?;
        let access = Access { token, expires_at };
        self.usable(&access, rejected).then_some(access)
    }

    /// Asks the identity server; whatever goes wrong here, nothing was sent to the ledger.
    async fn ask(&self, form: String) -> Result<Issued, LedgerError> {
        let (XeroLogin::ClientCredentials {
            client_id, client_secret, ..
        }
        | XeroLogin::RefreshToken {
            client_id, client_secret, ..
        }) = &self.login;
        let basic = STANDARD.encode(format!("{client_id}:{}", client_secret.expose()));
        let request = token_request(&self.url, &basic, form)?;
        let response = self.connector.send(request).await.map_err(|source| LedgerError::Unavailable {
            what: WHAT,
            status: None,
            after: None,
            source: Some(source),
        })?;
        let status = response.status().as_u16();
        match status {
            200 => serde_json::from_slice(response.body()).map_err(|_| LedgerError::Unavailable {
                what: WHAT,
                status: Some(status),
                after: None,
                source: None,
            }),
            400 | 401 | 403 => {
                let refusal: Option<Refusal> = serde_json::from_slice(response.body()).ok();
                Err(LedgerError::LoginRefused {
                    status,
                    words: refusal.map_or_else(String::new, |refusal| bounded(&refusal.error)),
                })
            }
            _ => Err(LedgerError::Unavailable {
                what: WHAT,
                status: Some(status),
                after: super::reply::retry_after(response.headers()),
                source: None,
            }),
        }
    }
}

enum Refreshed {
    /// By us; the lock is free again.
    Rotated(Access),
    /// By somebody else before we had the lock.
    Found(Access),
    /// By somebody else while we asked.
    Overtaken,
}

fn token_request(url: &str, basic: &str, form: String) -> Result<Request, LedgerError> {
    http::Request::post(url)
        .header(AUTHORIZATION, format!("Basic {basic}"))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(ACCEPT, "application/json")
        .body(Bytes::from(form))
        .map_err(|error| LedgerError::Unsendable {
            what: WHAT,
            problem: error.to_string(),
        })
}
