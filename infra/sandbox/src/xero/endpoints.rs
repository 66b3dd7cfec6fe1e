//! Which endpoint a path means, and the small read-only ones: organisation, accounts, rates, tracking, currencies.

use http::Method;
use serde_json::{Value, json};

use super::documents::{CREDIT_NOTES, INVOICES};
use super::reply::Reply;
use super::server::Call;
use super::settings::{AccountClass, Organisation, TaxRate};
use super::wire::{self, number};
use super::world::{Org, World};
use super::{allocations, contacts, invoices, journals, payments, trial_balance};

/// Answers a call of the accounting API on a copy of the organisation.
pub(super) fn answer(org: &mut Org, call: &Call<'_>) -> Reply {
    let known = *call.method == Method::GET || call.is_write();
    if !known {
        return Reply::text(405, "Method Not Allowed");
    }
    let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["Contacts"] | ["Contacts", _] => contacts::answer(org, call),
        ["Invoices"] | ["Invoices", _] => invoices::answer(org, call, INVOICES, "Invoices"),
        ["CreditNotes"] | ["CreditNotes", _] => invoices::answer(org, call, CREDIT_NOTES, "CreditNotes"),
        ["CreditNotes", id, "Allocations"] if call.is_write() => allocations::answer(org, call, id),
        ["Payments"] | ["Payments", _] => payments::answer(org, call),
        ["ManualJournals"] | ["ManualJournals", _] => journals::answer(org, call),
        // Closed behind the Advanced tier (`docs/vendors/xero.md`).
        ["Journals"] | ["Journals", _] => Reply::unauthorised("AuthorizationUnsuccessful"),
        rest if *call.method == Method::GET => settings(org, rest, call),
        _ => Reply::not_found(),
    }
}

/// `GET /connections`.
pub(super) fn connections(world: &World, only: Option<&str>) -> Reply {
    let visible = world
        .orgs
        .values()
        .filter(|org| only.is_none_or(|only| only == org.settings.tenant_id));
    let list = visible.map(|org| {
        json!({
            "id": super::settings::stable_id(&format!("connection/{}", org.settings.tenant_id)),
            "authEventId": super::settings::stable_id("auth-event"),
            "tenantId": org.settings.tenant_id,
            "tenantType": "ORGANISATION",
            "tenantName": org.settings.name,
            "createdDateUtc": "2025-01-01T00:00:00.0000000",
            "updatedDateUtc": "2025-01-01T00:00:00.0000000",
        })
    });
    Reply::json(200, &Value::Array(list.collect()))
}

fn settings(org: &Org, path: &[&str], call: &Call<'_>) -> Reply {
    let settings = &org.settings;
    let (name, list): (&str, Vec<Value>) = match path {
        ["Organisation" | "Organisations"] => ("Organisations", vec![organisation(settings)]),
        ["Accounts"] => ("Accounts", accounts(settings, org)),
        ["TaxRates"] => ("TaxRates", settings.tax_rates.iter().map(tax_rate).collect()),
        ["TrackingCategories"] => ("TrackingCategories", tracking(settings)),
        ["Currencies"] => {
            let currency = |code: &String| json!({"Code": code, "Description": code});
            ("Currencies", settings.currencies.iter().map(currency).collect())
        }
        ["Reports", "TrialBalance"] => return trial_balance::answer(org, call),
        _ => return Reply::not_found(),
    };
    call.query
        .answer(name, list.into_iter().map(|value| (org.now, value)).collect(), org.now)
}

fn organisation(settings: &Organisation) -> Value {
    let shown = json!({
        "OrganisationID": settings.tenant_id,
        "Name": settings.name,
        "LegalName": settings.name,
        "PaysTax": true,
        "Version": match settings.country_code.as_str() { "GB" => "UK", "US" => "US", "AU" => "AU", "NZ" => "NZ", _ => "GLOBAL" },
        "OrganisationType": "COMPANY",
        "BaseCurrency": settings.base_currency,
        "CountryCode": settings.country_code,
        "IsDemoCompany": true,
        "OrganisationStatus": "ACTIVE",
        "FinancialYearEndDay": settings.year_end.0,
        "FinancialYearEndMonth": settings.year_end.1,
        "SalesTaxBasis": "ACCRUALS",
        "PeriodLockDate": settings.period_lock_date.map(wire::day),
        "EndOfYearLockDate": settings.end_of_year_lock_date.map(wire::day),
        "CreatedDateUTC": "/Date(1735689600000+0000)/",
        "Timezone": settings.timezone,
        "OrganisationEntityType": "COMPANY",
        "ShortCode": settings.short_code,
        "Class": "PREMIUM",
        "Edition": "BUSINESS",
        "Addresses": [], "Phones": [], "ExternalLinks": [], "PaymentTerms": {},
    });
    wire::without_nulls(shown)
}

fn accounts(settings: &Organisation, org: &Org) -> Vec<Value> {
    let one = |account: &super::settings::Account| {
        let mut shown = json!({
            "AccountID": account.id,
            "Code": account.code,
            "Name": account.name,
            "Status": if account.active { "ACTIVE" } else { "ARCHIVED" },
            "Type": account.kind,
            "TaxType": account.tax_type,
            "Class": account.class().code(),
            "EnablePaymentsToAccount": account.payments_enabled,
            "SystemAccount": account.system.map_or("", super::settings::SystemAccount::code),
            "ShowInExpenseClaims": false,
            "HasAttachments": false,
            "UpdatedDateUTC": wire::instant(org.now),
        });
        if account.kind == "BANK" {
            super::query::extend(
                &mut shown,
                json!({"BankAccountType": "BANK", "CurrencyCode": settings.base_currency}),
            );
        }
        shown
    };
    settings.accounts.iter().map(one).collect()
}

fn tax_rate(rate: &TaxRate) -> Value {
    json!({
        "Name": rate.name,
        "TaxType": rate.tax_type,
        "ReportTaxType": if rate.for_income { "OUTPUT" } else { "INPUT" },
        "CanApplyToAssets": rate.can_apply_to(AccountClass::Asset),
        "CanApplyToEquity": rate.can_apply_to(AccountClass::Equity),
        "CanApplyToExpenses": rate.can_apply_to(AccountClass::Expense),
        "CanApplyToLiabilities": rate.can_apply_to(AccountClass::Liability),
        "CanApplyToRevenue": rate.can_apply_to(AccountClass::Revenue),
        "DisplayTaxRate": number(rate.rate, 4),
        "EffectiveRate": number(rate.rate, 4),
        "Status": "ACTIVE",
        "TaxComponents": [{"Name": rate.name, "Rate": number(rate.rate, 4), "IsCompound": false, "IsNonRecoverable": false}],
    })
}

fn tracking(settings: &Organisation) -> Vec<Value> {
    let one = |category: &super::settings::TrackingCategory| {
        let option = |name: &String| {
            json!({
                "TrackingOptionID": category.option_id(name), "Name": name, "Status": "ACTIVE",
                "HasValidationErrors": false, "IsDeleted": false, "IsArchived": false, "IsActive": true,
            })
        };
        json!({
            "Name": category.name,
            "Status": "ACTIVE",
            "TrackingCategoryID": category.id,
            "Options": category.options.iter().map(option).collect::<Vec<Value>>(),
        })
    };
    settings.tracking.iter().map(one).collect()
}
