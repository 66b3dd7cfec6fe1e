//! Settings of a client: address, identity, fields.

use tieout_platform::config::{Billing, LineFields, Orders, WriteBack};
use tieout_platform::secret::Secret;

use super::ids::OrganisationId;
use crate::error::CrmError;

/// Where Salesforce is, as whom we log in, and which fields mean what. Nothing here comes from a payload.
#[derive(Debug, Clone)]
pub struct SalesforceSettings {
    /// The organisation.
    pub organisation: OrganisationId,
    /// My Domain, for instance `https://northwind.my.salesforce.com`; the only host that is ever called.
    pub url: String,
    /// The REST version, for instance `62.0`.
    pub api_version: String,
    /// As whom.
    pub login: Login,
    /// Where a line's facts are found.
    pub fields: LineFields,
    /// What orders do to contracts.
    pub orders: Orders,
    /// How they are billed.
    pub billing: Billing,
    /// Where we write what became of the invoice.
    pub write_back: WriteBack,
    /// Whether currencies are on; without them `CurrencyIsoCode` is not a field.
    pub multi_currency: bool,
    /// The currency of all amounts where `multi_currency` is off.
    pub currency: Option<String>,
}

/// The grant by which we get an access token.
#[derive(Debug, Clone)]
pub enum Login {
    /// `client_credentials`: the app's run-as user.
    ClientCredentials {
        /// The consumer key.
        id: String,
        /// The consumer secret.
        secret: Secret,
    },
    /// JWT bearer, signed with RS256.
    JwtBearer {
        /// The consumer key: `iss`.
        client_id: String,
        /// On whose behalf: `sub`.
        username: String,
        /// `https://login.salesforce.com`, `https://test.salesforce.com` or My Domain: `aud`.
        audience: String,
        /// The RSA key whose certificate the app holds, as PEM.
        private_key_pem: Secret,
    },
}

/// The longest API name, in characters. Salesforce allows 40 and a suffix, twice with a relationship.
const FIELD_NAME_LENGTH_MAX: usize = 120;

/// The checked address.
#[derive(Debug, Clone)]
pub(super) struct Address {
    /// Scheme, host and port, and a path where there is one, without a slash at the end.
    pub(super) base: String,
    /// `/services/data/v62.0`.
    pub(super) data: String,
}

impl SalesforceSettings {
    /// Checks all that ends up in an address or in a query.
    pub(super) fn address(&self) -> Result<Address, CrmError> {
        let base = self.url.trim_end_matches('/');
        let address: http::Uri = base.parse().map_err(|_| setting("url", "it is not a valid address"))?;
        let scheme_fits = matches!(address.scheme_str(), Some("https" | "http"));
        if !scheme_fits || address.host().is_none_or(str::is_empty) || address.query().is_some() || base.contains('@') {
            return Err(setting("url", "give https:// and My Domain, nothing else"));
        }
        let version = self.api_version.trim_start_matches('v');
        let digits = |part: &str| !part.is_empty() && part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_digit());
        if !version.split_once('.').is_some_and(|(major, minor)| digits(major) && digits(minor)) {
            return Err(setting("api_version", "give two numbers, for instance 62.0"));
        }
        if !self.multi_currency && self.currency.as_deref().is_none_or(str::is_empty) {
            return Err(setting("currency", "give the currency of all amounts, or set multi_currency"));
        }
        self.check_fields()?;
        Ok(Address {
            base: base.to_owned(),
            data: format!("/services/data/v{version}"),
        })
    }

    fn check_fields(&self) -> Result<(), CrmError> {
        let WriteBack {
            invoice_number,
            invoice_status,
            amount_due,
            amount_paid,
            invoice_link,
        } = &self.write_back;
        let LineFields { start, end, term_months } = &self.fields;
        let rows = [
            ("billing.frequency", self.billing.frequency.as_deref().unwrap_or_default()),
            ("billing.timing", self.billing.timing.as_deref().unwrap_or_default()),
            ("line_fields.start", start.as_str()),
            ("line_fields.end", end.as_deref().unwrap_or_default()),
            ("line_fields.term_months", term_months.as_deref().unwrap_or_default()),
            ("write_back.invoice_number", invoice_number),
            ("write_back.invoice_status", invoice_status),
            ("write_back.amount_due", amount_due),
            ("write_back.amount_paid", amount_paid),
            ("write_back.invoice_link", invoice_link),
        ];
        for (name, value) in rows.into_iter().chain(self.orders.fields()) {
            if !value.is_empty() && !is_field(value) {
                return Err(setting(name, "give a field's API name, for instance End_Date__c"));
            }
        }
        Ok(())
    }
}

/// Whether a text is valid as a field in a query: letters, digits and `_`, with dots for a parent's field.
pub(super) fn is_field(text: &str) -> bool {
    text.len() <= FIELD_NAME_LENGTH_MAX
        && text.split('.').all(|part| {
            part.starts_with(|first: char| first.is_ascii_alphabetic())
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        })
}

fn setting(name: &'static str, remedy: &'static str) -> CrmError {
    CrmError::Setting {
        section: super::SECTION,
        name,
        remedy,
    }
}
