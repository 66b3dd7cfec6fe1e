//! Secrets of the local stack: they protect nothing, and are the same on each run, so that a folder can be opened again.

use serde_json::json;
use tieout_local::secrets::Secrets;

/// The secret segment of the Salesforce webhook's address.
pub const WEBHOOK_PATH: &str = "local-path-5f2c9b1e7a40d863";
/// The key by which the sandbox's Xero signs.
pub const XERO_WEBHOOK_KEY: &str = "local-signing-key-of-the-sandbox-xero+/==";
/// The sandbox's client of Salesforce.
pub const SALESFORCE_CLIENT: (&str, &str) = ("tieout-local-client", "tieout-local-secret");
/// The sandbox's client of Xero.
pub const XERO_CLIENT: (&str, &str) = ("tieout-local-xero", "tieout-local-xero-secret");
/// The refresh token that a person's consent would have given.
pub const XERO_REFRESH_TOKEN: &str = "tieout-local-refresh-token";

/// Names under which the functions ask for them.
pub const SALESFORCE_WEBHOOK_NAME: &str = "tieout/salesforce-webhook";
/// See [`SALESFORCE_WEBHOOK_NAME`].
pub const XERO_WEBHOOK_NAME: &str = "tieout/xero-webhook";
/// See [`SALESFORCE_WEBHOOK_NAME`].
pub const SALESFORCE_NAME: &str = "tieout/salesforce";
/// See [`SALESFORCE_WEBHOOK_NAME`].
pub const XERO_NAME: &str = "tieout/xero";

/// What the local Secrets Manager knows.
pub fn all() -> Secrets {
    let secrets = [
        (SALESFORCE_WEBHOOK_NAME, json!({ "path": WEBHOOK_PATH })),
        (XERO_WEBHOOK_NAME, json!({ "keys": [XERO_WEBHOOK_KEY] })),
        (
            SALESFORCE_NAME,
            json!({ "client_id": SALESFORCE_CLIENT.0, "client_secret": SALESFORCE_CLIENT.1 }),
        ),
        (XERO_NAME, json!({ "client_id": XERO_CLIENT.0, "client_secret": XERO_CLIENT.1 })),
    ];
    secrets
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_string().into()))
        .collect()
}
