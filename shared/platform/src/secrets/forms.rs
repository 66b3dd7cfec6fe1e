//! The four secrets of a deployment.

use serde::Deserialize;

use super::SecretForm;
use crate::secret::Secret;

/// The shortest secret segment of a webhook's address: 16 random letters and digits are 95 bits.
pub const PATH_LENGTH_MIN_CHARS: usize = 16;
/// The most keys of a webhook: the present one, and the next or the last during a rotation.
pub const KEYS_MAX: usize = 2;

/// `TIEOUT_SECRET_SALESFORCE_WEBHOOK`: the last segment of the address to which Salesforce sends.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SalesforceWebhookSecret {
    /// Compared in constant time.
    pub path: Secret,
}

impl SecretForm for SalesforceWebhookSecret {
    const FORM: &'static str = "{\"path\": \"16 or more of A-Z, a-z, 0-9, - and _\"}";

    fn check(&self) -> Result<(), &'static str> {
        let path = self.path.expose();
        let plain = path.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if !plain || path.len() < PATH_LENGTH_MIN_CHARS {
            return Err("has a path that is too short or has other characters");
        }
        Ok(())
    }
}

/// `TIEOUT_SECRET_XERO_WEBHOOK`: the keys by which Xero signs, as the developer portal shows them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct XeroWebhookSecret {
    /// One, or two during a rotation; the text itself is the key, it is not decoded.
    pub keys: Vec<Secret>,
}

impl SecretForm for XeroWebhookSecret {
    const FORM: &'static str = "{\"keys\": [\"…\"]}, with one key or two";

    fn check(&self) -> Result<(), &'static str> {
        if self.keys.is_empty() || self.keys.len() > KEYS_MAX {
            return Err("has no key, or too many");
        }
        if self.keys.iter().any(blank) {
            return Err("has an empty key");
        }
        Ok(())
    }
}

/// `TIEOUT_SECRET_SALESFORCE`: how we log in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SalesforceSecret {
    /// The External Client App's consumer key.
    pub client_id: Secret,
    /// For `client_credentials`.
    #[serde(default)]
    client_secret: Option<Secret>,
    /// For `jwt_bearer`: the private key, PEM.
    #[serde(default)]
    private_key_pem: Option<Secret>,
}

/// What proves that we are the client.
#[derive(Debug, Clone)]
pub enum SalesforceKey {
    /// For `client_credentials`.
    ClientSecret(Secret),
    /// For `jwt_bearer`: RSA, PEM.
    PrivateKeyPem(Secret),
}

impl SalesforceSecret {
    /// The key; none only where [`SecretForm::check`] was not asked.
    pub fn key(&self) -> Option<SalesforceKey> {
        match (&self.client_secret, &self.private_key_pem) {
            (Some(secret), None) => Some(SalesforceKey::ClientSecret(secret.clone())),
            (None, Some(pem)) => Some(SalesforceKey::PrivateKeyPem(pem.clone())),
            _ => None,
        }
    }
}

impl SecretForm for SalesforceSecret {
    const FORM: &'static str = "{\"client_id\": \"…\", \"client_secret\": \"…\"}, or with \"private_key_pem\" instead of \"client_secret\"";

    fn check(&self) -> Result<(), &'static str> {
        if blank(&self.client_id) {
            return Err("has an empty client_id");
        }
        match self.key() {
            None => Err("has neither or both of client_secret and private_key_pem"),
            Some(SalesforceKey::ClientSecret(secret)) if blank(&secret) => Err("has an empty client_secret"),
            Some(SalesforceKey::PrivateKeyPem(pem)) if !pem.expose().trim_start().starts_with("-----BEGIN ") => {
                Err("has a private_key_pem that is not PEM")
            }
            Some(_) => Ok(()),
        }
    }
}

/// `TIEOUT_SECRET_XERO`: how we log in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct XeroSecret {
    /// The app's client id.
    pub client_id: Secret,
    /// Its secret.
    pub client_secret: Secret,
}

impl SecretForm for XeroSecret {
    const FORM: &'static str = "{\"client_id\": \"…\", \"client_secret\": \"…\"}";

    fn check(&self) -> Result<(), &'static str> {
        if blank(&self.client_id) || blank(&self.client_secret) {
            return Err("has an empty client_id or client_secret");
        }
        Ok(())
    }
}

fn blank(secret: &Secret) -> bool {
    secret.expose().trim().is_empty()
}
