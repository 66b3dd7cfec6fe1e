//! The organisation, read anew each time, and the lists that documents choose from, kept for [`LIST_AGE_MAX_S`](super::LIST_AGE_MAX_S).

use rust_decimal::Decimal;
use serde::Deserialize;

use super::client::{Call, XeroLedger};
use super::reply::{Kind, misfit};
use super::wire::{Read, currency, date, need};
use crate::error::LedgerError;
use crate::organisation::{Account, Organisation, TaxRate, TrackingCategory};

const READ: &str = "read organisation";
const ACCOUNTS: &str = "list accounts";
const TAX_RATES: &str = "list tax rates";
const TRACKING: &str = "list tracking categories";
const ACTIVE: &str = "ACTIVE";

/// The organisation with its lock dates, as they are now.
///
/// # Errors
/// Those of a read.
pub(super) async fn organisation(books: &XeroLedger) -> Result<Organisation, LedgerError> {
    let call = Call::get(READ, "Organisation");
    let wires: Vec<OrganisationWire> = books.records(&call, "Organisations").await?;
    let wire = need("Organisations[0]", wires.into_iter().next());
    wire.and_then(read).map_err(|problem| misfit(READ, Kind::Read, problem))
}

/// All accounts, archived ones too; as they were at most [`LIST_AGE_MAX_S`](super::LIST_AGE_MAX_S) ago.
///
/// # Errors
/// Those of a read.
pub(super) async fn accounts(books: &XeroLedger) -> Result<Vec<Account>, LedgerError> {
    let (lists, now) = books.kept();
    if let Some(list) = lists.accounts.get(books.id(), now) {
        return Ok(list);
    }
    let wires: Vec<AccountWire> = books.records(&Call::get(ACCOUNTS, "Accounts"), "Accounts").await?;
    let accounts = wires.into_iter().map(|wire| Account {
        code: wire.code.filter(|code| !code.is_empty()),
        name: wire.name.unwrap_or_default(),
        class: wire.class.unwrap_or_default(),
        kind: wire.kind.unwrap_or_default(),
        tax_type: wire.tax_type,
        is_active: wire.status.as_deref().is_none_or(|status| status == ACTIVE),
        system_account: wire.system_account.filter(|name| !name.is_empty()),
    });
    Ok(lists.accounts.put(books.id(), now, accounts.collect()))
}

/// All tax rates, those out of use too; as they were at most [`LIST_AGE_MAX_S`](super::LIST_AGE_MAX_S) ago.
///
/// # Errors
/// Those of a read.
pub(super) async fn tax_rates(books: &XeroLedger) -> Result<Vec<TaxRate>, LedgerError> {
    let (lists, now) = books.kept();
    if let Some(list) = lists.tax_rates.get(books.id(), now) {
        return Ok(list);
    }
    let wires: Vec<TaxRateWire> = books.records(&Call::get(TAX_RATES, "TaxRates"), "TaxRates").await?;
    let rates = wires.into_iter().map(tax_rate).collect::<Read<Vec<_>>>();
    let rates = rates.map_err(|problem| misfit(TAX_RATES, Kind::Read, problem))?;
    Ok(lists.tax_rates.put(books.id(), now, rates))
}

/// The tracking categories with their options in use; as they were at most [`LIST_AGE_MAX_S`](super::LIST_AGE_MAX_S) ago.
///
/// # Errors
/// Those of a read.
pub(super) async fn tracking(books: &XeroLedger) -> Result<Vec<TrackingCategory>, LedgerError> {
    let (lists, now) = books.kept();
    if let Some(list) = lists.tracking.get(books.id(), now) {
        return Ok(list);
    }
    let call = Call::get(TRACKING, "TrackingCategories");
    let wires: Vec<CategoryWire> = books.records(&call, "TrackingCategories").await?;
    let categories = wires.into_iter().map(|wire| TrackingCategory {
        name: wire.name.unwrap_or_default(),
        is_active: wire.status.as_deref().is_none_or(|status| status == ACTIVE),
        options: wire
            .options
            .unwrap_or_default()
            .into_iter()
            .filter(|option| option.status.as_deref().is_none_or(|status| status == ACTIVE))
            .filter_map(|option| option.name)
            .collect(),
    });
    Ok(lists.tracking.put(books.id(), now, categories.collect()))
}

fn read(wire: OrganisationWire) -> Read<Organisation> {
    Ok(Organisation {
        name: wire.name.unwrap_or_default(),
        base_currency: currency("BaseCurrency", wire.base_currency)?,
        period_lock_date: date("PeriodLockDate", wire.period_lock_date.as_deref())?,
        year_lock_date: date("EndOfYearLockDate", wire.end_of_year_lock_date.as_deref())?,
        time_zone: wire.timezone.unwrap_or_default(),
        is_demo: wire.is_demo_company.unwrap_or(false),
    })
}

fn tax_rate(wire: TaxRateWire) -> Read<TaxRate> {
    Ok(TaxRate {
        tax_type: need("TaxType", wire.tax_type)?,
        name: wire.name.unwrap_or_default(),
        effective_rate: need("EffectiveRate", wire.effective_rate)?,
        is_active: wire.status.as_deref().is_none_or(|status| status == ACTIVE),
        can_apply_to_revenue: wire.can_apply_to_revenue.unwrap_or(true),
        can_apply_to_liabilities: wire.can_apply_to_liabilities.unwrap_or(true),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OrganisationWire {
    name: Option<String>,
    base_currency: Option<String>,
    period_lock_date: Option<String>,
    end_of_year_lock_date: Option<String>,
    timezone: Option<String>,
    is_demo_company: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AccountWire {
    code: Option<String>,
    name: Option<String>,
    class: Option<String>,
    #[serde(rename = "Type")]
    kind: Option<String>,
    tax_type: Option<String>,
    status: Option<String>,
    system_account: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TaxRateWire {
    tax_type: Option<String>,
    name: Option<String>,
    effective_rate: Option<Decimal>,
    status: Option<String>,
    can_apply_to_revenue: Option<bool>,
    can_apply_to_liabilities: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CategoryWire {
    name: Option<String>,
    status: Option<String>,
    options: Option<Vec<OptionWire>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OptionWire {
    name: Option<String>,
    status: Option<String>,
}
