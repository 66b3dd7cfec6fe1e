//! The sandbox's Salesforce and Xero, with one Xero organisation for each entity of the configuration.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use tieout_platform::clock::SharedClock;
use tieout_platform::config::{Config, Entity};
use tieout_sandbox::docs::{Docs, DocsError};
use tieout_sandbox::salesforce::{CustomField, FieldKind, Salesforce, SalesforceConfig};
use tieout_sandbox::xero::{Account, Organisation, TaxRate, TrackingCategory, Xero, XeroConfig};

use super::StackError;
use super::secrets;

/// Day rates of the sandbox: units of a currency for one US dollar. They do not move.
const PER_DOLLAR: [(&str, &str); 8] = [
    ("USD", "1"),
    ("GBP", "0.80"),
    ("EUR", "0.92"),
    ("CHF", "0.88"),
    ("AUD", "1.50"),
    ("CAD", "1.36"),
    ("JPY", "150"),
    ("SEK", "10.50"),
];
/// Characters of a word that says how a deal is billed.
const BILLING_WORD_LENGTH_MAX: usize = 40;
/// Decimals of the sandbox's rates.
const RATE_DECIMALS: u32 = 6;

/// The two, where they are the sandbox's.
#[derive(Debug, Clone, Default)]
pub struct Sandbox {
    /// `None` where another server is used.
    pub salesforce: Option<Salesforce>,
    /// `None` where another server is used.
    pub xero: Option<Xero>,
}

fn docs(data: Option<&Path>, name: &str) -> Result<Docs, DocsError> {
    match data {
        Some(folder) => Docs::open(&folder.join(name)),
        None => Docs::in_memory(),
    }
}

fn loopback() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

/// Starts Salesforce.
///
/// # Errors
/// Where its file or port cannot be used.
pub async fn salesforce(config: &Config, data: Option<&Path>, clock: SharedClock) -> Result<Salesforce, StackError> {
    let docs = docs(data, "sandbox-salesforce.sqlite").map_err(StackError::sandbox)?;
    Salesforce::start(salesforce_settings(config, docs, clock))
        .await
        .map_err(StackError::sandbox)
}

/// How the sandbox's Salesforce is set up for a group.
pub fn salesforce_settings(config: &Config, docs: Docs, clock: SharedClock) -> SalesforceConfig {
    let ours = &config.salesforce;
    let mut settings = SalesforceConfig::new(docs, clock);
    settings.listen = loopback();
    settings.organisation_id =
        tieout_platform::config::salesforce_id_18(&ours.organisation_id).unwrap_or_else(|| ours.organisation_id.clone());
    settings.client_id = secrets::SALESFORCE_CLIENT.0.to_owned();
    settings.client_secret = secrets::SALESFORCE_CLIENT.1.to_owned();
    settings.multi_currency = ours.multi_currency;
    let own: BTreeSet<&str> = config.entities.iter().map(|entity| entity.currency.as_str()).collect();
    let known = PER_DOLLAR.iter().map(|(currency, _)| *currency);
    settings.currencies = own.into_iter().chain(known).fold(Vec::new(), |mut all, currency| {
        if !all.iter().any(|listed: &String| listed == currency) {
            all.push(currency.to_owned());
        }
        all
    });
    for name in [Some(&ours.line_fields.start), ours.line_fields.end.as_ref()].into_iter().flatten() {
        declare(&mut settings.custom_fields, "OpportunityLineItem", name, FieldKind::Date);
    }
    let orders = &ours.orders;
    for name in [&orders.amends, &orders.renews].into_iter().flatten() {
        let earlier = FieldKind::Reference("Opportunity".to_owned());
        declare(&mut settings.custom_fields, "Opportunity", name, earlier);
    }
    for name in [&orders.effective, &orders.last_day].into_iter().flatten() {
        declare(&mut settings.custom_fields, "Opportunity", name, FieldKind::Date);
    }
    for name in [&orders.restated, &orders.approval].into_iter().flatten() {
        declare(&mut settings.custom_fields, "Opportunity", name, FieldKind::Text(255));
    }
    for name in [&ours.billing.frequency, &ours.billing.timing].into_iter().flatten() {
        declare(
            &mut settings.custom_fields,
            "Opportunity",
            name,
            FieldKind::Text(BILLING_WORD_LENGTH_MAX),
        );
    }
    settings
}

fn declare(fields: &mut Vec<CustomField>, object: &str, name: &str, kind: FieldKind) {
    let known = fields.iter().any(|field| field.object == object && field.name == name);
    if name.ends_with("__c") && !name.contains('.') && !known {
        fields.push(CustomField::new(object, name, kind));
    }
}

/// Starts Xero, with an organisation for each entity.
///
/// # Errors
/// Where its file or port cannot be used.
pub async fn xero(config: &Config, data: Option<&Path>, clock: SharedClock) -> Result<Xero, StackError> {
    let docs = docs(data, "sandbox-xero.sqlite").map_err(StackError::sandbox)?;
    let xero = Xero::start(xero_settings(docs, clock)).await.map_err(StackError::sandbox)?;
    for entity in &config.entities {
        if xero.organisation(&entity.xero_tenant).is_none() {
            xero.create_organisation(organisation(config, entity))
                .map_err(StackError::sandbox)?;
        }
    }
    Ok(xero)
}

/// How the sandbox's Xero is set up.
pub fn xero_settings(docs: Docs, clock: SharedClock) -> XeroConfig {
    XeroConfig {
        data: docs,
        clock,
        listen: loopback(),
        webhook: None,
        client_id: secrets::XERO_CLIENT.0.to_owned(),
        client_secret: secrets::XERO_CLIENT.1.to_owned(),
        refresh_token: Some(secrets::XERO_REFRESH_TOKEN.to_owned()),
    }
}

/// The Xero organisation of an entity, with all accounts, tax rates and tracking that the configuration names.
pub fn organisation(config: &Config, entity: &Entity) -> Organisation {
    let mut organisation = Organisation::new(&entity.xero_tenant, &entity.name, &entity.currency);
    organisation.timezone.clone_from(&entity.time_zone);
    for (code, name, kind) in accounts(config, entity) {
        if !organisation.accounts.iter().any(|account| account.code == code) {
            organisation = organisation.with_account(Account::new(&code, name, kind, "NONE"));
        }
    }
    for tax_type in tax_types(config, entity) {
        if !organisation.tax_rates.iter().any(|rate| rate.tax_type == tax_type) {
            organisation = organisation.with_tax_rate(TaxRate::income(&tax_type, "20% (VAT on Income)", Decimal::from(20)));
        }
    }
    for (category, options) in tracking(config, entity) {
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        organisation = organisation.with_tracking(TrackingCategory::new(&category, &options));
    }
    for (currency, _) in PER_DOLLAR.iter().filter(|(currency, _)| *currency != entity.currency) {
        if let Some(rate) = day_rate(&entity.currency, currency) {
            organisation = organisation.with_rate(currency, NaiveDate::default(), rate);
        }
    }
    organisation
}

/// Units of `foreign` for one unit of `base`.
fn day_rate(base: &str, foreign: &str) -> Option<Decimal> {
    let per_dollar = |wanted: &str| {
        let found = PER_DOLLAR.iter().find(|(currency, _)| *currency == wanted)?;
        found.1.parse::<Decimal>().ok()
    };
    let rate = per_dollar(foreign)?.checked_div(per_dollar(base)?)?;
    Some(rate.round_dp_with_strategy(RATE_DECIMALS, rust_decimal::RoundingStrategy::MidpointAwayFromZero))
}

fn accounts(config: &Config, entity: &Entity) -> Vec<(String, &'static str, &'static str)> {
    let ours = &entity.accounts;
    let mut accounts = vec![
        (ours.revenue.clone(), "Sales", "REVENUE"),
        (ours.contract_liability.clone(), "Deferred revenue", "CURRLIAB"),
        (ours.contract_asset.clone(), "Accrued revenue", "CURRENT"),
    ];
    let optional = [
        (&ours.accrued_receivable, "Accrued receivable", "CURRENT"),
        (&ours.refund_liability, "Refund liability", "CURRLIAB"),
        (&ours.fx, "Exchange differences", "EXPENSE"),
        (&ours.credit_loss, "Credit losses", "EXPENSE"),
    ];
    accounts.extend(
        optional
            .into_iter()
            .filter_map(|(code, name, kind)| Some((code.clone()?, name, kind))),
    );
    let revenue = config
        .products
        .iter()
        .filter_map(|product| product.revenue_accounts.get(&entity.id));
    accounts.extend(revenue.map(|code| (code.clone(), "Sales", "REVENUE")));
    accounts
}

fn tax_types(config: &Config, entity: &Entity) -> BTreeSet<String> {
    let of_products = config.products.iter().filter_map(|product| product.tax_types.get(&entity.id));
    of_products.chain([&entity.invoices.tax_type]).cloned().collect()
}

fn tracking(config: &Config, entity: &Entity) -> Vec<(String, BTreeSet<String>)> {
    let all = config
        .products
        .iter()
        .map(|product| &product.tracking)
        .chain([&entity.invoices.tracking]);
    let mut categories: Vec<(String, BTreeSet<String>)> = Vec::new();
    for (category, option) in all.flatten() {
        match categories.iter_mut().find(|(known, _)| known == category) {
            Some((_, options)) => {
                options.insert(option.clone());
            }
            None => categories.push((category.clone(), BTreeSet::from([option.clone()]))),
        }
    }
    categories
}
