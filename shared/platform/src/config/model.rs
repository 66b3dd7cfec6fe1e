//! The form of `tieout.toml`. The doctor checks meaning and bounds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::billing::{Alignment, Billing, Frequency, Timing};
use super::orders::Orders;
use super::presets::Preset;
use super::xero::Xero;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub group: Group,
    pub salesforce: Salesforce,
    /// How to reach Xero.
    #[serde(default)]
    pub xero: Xero,
    /// The legal entities, 1 to 10.
    pub entities: Vec<Entity>,
    /// Which entity bills a deal: all are tried, exactly one must match.
    pub rules: Vec<Rule>,
    /// How products are sold, recognised and coded.
    #[serde(default)]
    pub products: Vec<Product>,
    /// Who may do what.
    #[serde(default)]
    pub people: Vec<Person>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    pub name: String,
}

/// Salesforce, and the meaning of its fields.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Salesforce {
    /// The organisation's id, 15 or 18 characters.
    pub organisation_id: String,
    /// My Domain, for instance `https://northwind.my.salesforce.com`.
    pub url: String,
    /// The REST version, for instance `62.0`.
    #[serde(default = "default_api_version")]
    pub api_version: String,
    /// How we log in.
    #[serde(default)]
    pub login: SalesforceLogin,
    /// The user on whose behalf a JWT bearer token is asked for.
    #[serde(default)]
    pub username: Option<String>,
    /// The `aud` of the JWT: `https://login.salesforce.com`, `https://test.salesforce.com` or My Domain.
    #[serde(default = "default_audience")]
    pub audience: String,
    /// Whether currencies are on: without them `CurrencyIsoCode` is not a field and `currency` says what amounts are in.
    #[serde(default)]
    pub multi_currency: bool,
    /// The currency of all amounts where `multi_currency` is off.
    #[serde(default)]
    pub currency: Option<String>,
    /// Who may send outbound messages.
    pub client_certificate: ClientCertificate,
    /// Where the fields of orders and lines are, as far as the file does not say so itself.
    #[serde(default)]
    pub preset: Preset,
    /// The fields of a line.
    #[serde(default)]
    pub line_fields: LineFields,
    /// What orders do to contracts.
    #[serde(default)]
    pub orders: Orders,
    /// How orders are billed.
    #[serde(default)]
    pub billing: Billing,
    /// The fields for the invoice's number and status.
    #[serde(default)]
    pub write_back: WriteBack,
}

fn default_api_version() -> String {
    "62.0".to_owned()
}

fn default_audience() -> String {
    "https://login.salesforce.com".to_owned()
}

/// The grant by which we get an access token.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SalesforceLogin {
    /// `client_credentials` at My Domain.
    #[default]
    ClientCredentials,
    /// JWT bearer, RS256.
    JwtBearer,
}

/// The certificate that Salesforce shows to the gateway: matched by subject and issuer, never pinned.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientCertificate {
    /// `false` states that the gateway does not ask for one; the secret path and the organisation id then stand alone.
    #[serde(default = "yes")]
    pub required: bool,
    /// The subject's distinguished name as API Gateway gives it.
    #[serde(default)]
    pub subject: String,
    /// The issuer's distinguished name.
    #[serde(default)]
    pub issuer: String,
}

fn yes() -> bool {
    true
}

/// API names of the fields of an opportunity's line.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LineFields {
    /// The first day of service.
    pub start: String,
    /// The last day of service; in the file `""` for none.
    #[serde(deserialize_with = "empty_is_none")]
    pub end: Option<String>,
    /// The term in months, where there is no last day.
    #[serde(deserialize_with = "empty_is_none")]
    pub term_months: Option<String>,
}

/// TOML has no null: an empty text removes the default.
pub(super) fn empty_is_none<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    String::deserialize(deserializer).map(|text| Some(text).filter(|text| !text.is_empty()))
}

impl Default for LineFields {
    fn default() -> Self {
        Self {
            start: "ServiceDate".to_owned(),
            end: Some("End_Date__c".to_owned()),
            term_months: None,
        }
    }
}

/// API names of the opportunity's fields that we write; empty ones are not written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WriteBack {
    /// The invoice's number.
    pub invoice_number: String,
    /// Its status: `Draft`, `Authorised`, `Part paid`, `Paid`, `Credited`, `Voided`.
    pub invoice_status: String,
    /// What is still to be paid.
    pub amount_due: String,
    /// What was paid.
    pub amount_paid: String,
    /// A link to the invoice in the ledger.
    pub invoice_link: String,
}

impl Default for WriteBack {
    fn default() -> Self {
        Self {
            invoice_number: "Tieout_Invoice_Number__c".to_owned(),
            invoice_status: "Tieout_Invoice_Status__c".to_owned(),
            amount_due: "Tieout_Amount_Due__c".to_owned(),
            amount_paid: "Tieout_Amount_Paid__c".to_owned(),
            invoice_link: "Tieout_Invoice_Link__c".to_owned(),
        }
    }
}

/// A legal entity and its ledger.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entity {
    /// Our short name for it, for instance `uk`; part of keys, so never changed.
    pub id: String,
    /// Its legal name.
    pub name: String,
    /// Its functional currency, the base currency of its ledger.
    pub currency: String,
    /// Its IANA time zone: when a month ends.
    pub time_zone: String,
    /// The Xero organisation's id.
    pub xero_tenant: String,
    /// How its invoice lines are coded, and where journals go.
    pub accounts: Accounts,
    /// What its invoices say.
    #[serde(default)]
    pub invoices: Invoices,
    /// Its month-end.
    #[serde(default)]
    pub close: Close,
}

/// Account codes of an entity's ledger, by role.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accounts {
    /// Revenue, where a product names no other.
    pub revenue: String,
    /// Deferred revenue (contract liability).
    pub contract_liability: String,
    /// Accrued revenue (contract asset).
    pub contract_asset: String,
    /// Accrued receivable, where only time has to pass; default: the contract asset's account.
    #[serde(default)]
    pub accrued_receivable: Option<String>,
    /// Refund liability; default: the contract liability's account.
    #[serde(default)]
    pub refund_liability: Option<String>,
    /// Exchange differences that we post; default: not posted by us.
    #[serde(default)]
    pub fx: Option<String>,
    /// Credit losses; default: not posted by us.
    #[serde(default)]
    pub credit_loss: Option<String>,
}

/// Which account an invoice's lines are coded to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coding {
    /// To the contract liability: month-end releases the earned part.
    #[default]
    Liability,
    /// To revenue: month-end moves the unearned part out.
    Revenue,
}

/// What an entity's invoices say.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Invoices {
    /// What our invoice numbers begin with.
    pub number_prefix: String,
    /// What our credit note numbers begin with.
    pub credit_note_prefix: String,
    /// Which account their lines are coded to.
    pub coding: Coding,
    /// Xero's tax type where a product names no other, for instance `OUTPUT2`.
    pub tax_type: String,
    /// Days from the invoice's date to its due date.
    pub due_days: u32,
    /// Tracking categories and the option of each, Xero allows two.
    pub tracking: BTreeMap<String, String>,
    /// How often an order is billed that does not say it itself.
    pub billing: Frequency,
    /// On which side of a period, where the order does not say it.
    pub billing_timing: Timing,
    /// Where periods begin.
    pub billing_alignment: Alignment,
}

impl Default for Invoices {
    fn default() -> Self {
        Self {
            number_prefix: "INV-".to_owned(),
            credit_note_prefix: "CN-".to_owned(),
            coding: Coding::default(),
            tax_type: "NONE".to_owned(),
            due_days: 30,
            tracking: BTreeMap::new(),
            billing: Frequency::default(),
            billing_timing: Timing::default(),
            billing_alignment: Alignment::default(),
        }
    }
}

/// An entity's month-end.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Close {
    /// The default recognition method.
    pub method: Method,
    /// The day of the next month on which the close is proposed, 1 to 28.
    pub day: u32,
    /// Whether a proposal waits for a second person.
    pub approval: Approval,
    /// How far journal lines are summed up.
    pub summarise: Summarise,
}

impl Default for Close {
    fn default() -> Self {
        Self {
            method: Method::default(),
            day: 1,
            approval: Approval::default(),
            summarise: Summarise::default(),
        }
    }
}

/// How a service is spread over months; see `docs/accounting.md`, "Schedules", for the weights.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// By days of service.
    #[default]
    Daily,
    /// By the share of each month that is served.
    ProrataMonth,
    /// Equal parts for each month touched.
    EqualTouched,
    /// Equal parts from anniversary to anniversary.
    EqualAnniversary,
}

/// Whether a close needs a second person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Approval {
    /// Somebody other than the preparer approves.
    #[default]
    Required,
    /// What month-end proposes is posted at once.
    Automatic,
}

/// How far journal lines are summed up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Summarise {
    /// One line an account.
    #[default]
    Account,
    /// One line an account and tracking option.
    Tracking,
    /// One line an account and customer.
    Customer,
    /// One line an account and contract.
    Contract,
    /// One line an account and performance obligation.
    Line,
}

/// Chooses the billing entity.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name, recorded with each deal that it matched.
    pub name: String,
    /// A CEL expression over `deal` that is true or false.
    pub when: String,
    /// The entity's id.
    pub entity: String,
}

/// How a product is recognised and coded.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// The product's code in the CRM.
    pub code: String,
    /// When its obligation is satisfied.
    #[serde(default)]
    pub satisfied: Satisfied,
    /// Its method, where not the entity's.
    #[serde(default)]
    pub method: Option<Method>,
    /// Its revenue account by entity id, where not the entity's.
    #[serde(default)]
    pub revenue_accounts: BTreeMap<String, String>,
    /// Its tax type by entity id, where not the entity's.
    #[serde(default)]
    pub tax_types: BTreeMap<String, String>,
    /// Tracking categories and options, over the entity's.
    #[serde(default)]
    pub tracking: BTreeMap<String, String>,
}

/// When an obligation is satisfied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Satisfied {
    /// Over the service period.
    #[default]
    OverTime,
    /// On its service date.
    AtPoint,
}

/// A person who acts in Tieout.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The name in commands and records.
    pub id: String,
    /// What they may do.
    pub may: Vec<Right>,
}

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// Prepare a close.
    Prepare,
    /// Approve what somebody else prepared.
    Approve,
    /// Replay and discard failures, publish configuration.
    Operate,
}
