//! The checks that invoices, credit notes, payments and journals share, with Xero's messages.
//!
//! Messages marked `[?]` are ours: no capture of the real one was found.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::Value;

use super::model::Tracking;
use super::settings::{Account, Organisation, SystemAccount};
use super::wire::{Fields, round};

/// Places of a rate that Xero keeps.
const RATE_PLACES: u32 = 10;
/// The smallest rate; with the bound of amounts it keeps conversions from overflowing.
const RATE_MIN: Decimal = Decimal::from_parts(1, 0, 0, false, 6);
/// Tracking elements on one line.
const TRACKING_MAX: usize = 2;

/// The refusal of a posting on a day that is locked; the lock dates themselves are locked.
pub(super) fn locked(settings: &Organisation, day: NaiveDate) -> Option<String> {
    let until = |lock: Option<NaiveDate>| lock.filter(|lock| day <= *lock).map(|lock| lock.format("%-d %b %Y"));
    if let Some(lock) = until(settings.end_of_year_lock_date) {
        return Some(format!(
            "The document date cannot be before the end of year lock date, currently set at {lock}"
        ));
    }
    let lock = until(settings.period_lock_date)?;
    Some(format!(
        "The document date cannot be before the period lock date, currently set at {lock}"
    ))
}

/// Where a line stands: what accounts it may name differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineOf {
    Document,
    Journal,
}

/// The account that a line names by `AccountCode` or `AccountID`.
pub(super) fn account<'a>(
    settings: &'a Organisation,
    fields: &Fields<'_>,
    line_of: LineOf,
    errors: &mut Vec<String>,
) -> Option<&'a Account> {
    let by_id = |id: &str| settings.accounts.iter().find(|account| account.id.eq_ignore_ascii_case(id));
    let (named, found) = match (fields.text("AccountCode"), fields.text("AccountID")) {
        (Some(code), _) => (code, settings.account(code)),
        (None, Some(id)) => (id, by_id(id)),
        (None, None) => return None,
    };
    let Some(account) = found else {
        errors.push(format!("Account code '{named}' is not a valid code for this document."));
        return None;
    };
    if !account.active {
        errors.push(format!(
            "Account code '{named}' has been archived, or has been deleted. Each line item must reference a valid account."
        ));
    } else if is_barred(account, line_of) {
        errors.push(format!("Account code '{named}' is not a valid code for this document."));
    }
    Some(account)
}

/// Bank and control accounts move only by their own documents.
fn is_barred(account: &Account, line_of: LineOf) -> bool {
    let control = matches!(
        account.system,
        Some(SystemAccount::Debtors | SystemAccount::Creditors | SystemAccount::RealisedCurrencyGain | SystemAccount::RetainedEarnings)
    );
    let tax = account.system == Some(SystemAccount::Gst);
    account.kind == "BANK" || control || (tax && line_of == LineOf::Document)
}

/// A tax type must exist and fit the account.
pub(super) fn tax_type(settings: &Organisation, code: &str, account: Option<&Account>, errors: &mut Vec<String>) {
    let Some(rate) = settings.tax_rate(code) else {
        errors.push(format!(
            "The TaxType code {code} does not exist or cannot be used for this type of transaction."
        ));
        return;
    };
    if let Some(account) = account.filter(|account| !rate.can_apply_to(account.class())) {
        errors.push(format!(
            "The TaxType code '{code}' cannot be used with account code '{}'.",
            account.code
        ));
    }
}

/// At most two tracking elements, each of a category and option that exist.
pub(super) fn tracking(settings: &Organisation, fields: &Fields<'_>, errors: &mut Vec<String>) -> Vec<Tracking> {
    let Some(list) = fields.list("Tracking") else {
        return Vec::new();
    };
    if list.len() > TRACKING_MAX {
        errors.push("A maximum of 2 tracking categories can be used on a line item.".to_owned());
        return Vec::new();
    }
    list.iter().filter_map(|choice| tracked(settings, choice, errors)).collect()
}

fn tracked(settings: &Organisation, choice: &Value, errors: &mut Vec<String>) -> Option<Tracking> {
    let fields = Fields::of(choice)?;
    let (id, name) = (fields.text("TrackingCategoryID"), fields.text("Name"));
    let category = settings.tracking.iter().find(|category| {
        id.is_some_and(|id| category.id.eq_ignore_ascii_case(id)) || (id.is_none() && name == Some(category.name.as_str()))
    });
    let Some(category) = category else {
        errors.push(format!(
            "The tracking category '{}' does not exist.",
            name.or(id).unwrap_or_default()
        ));
        return None;
    };
    let (option_id, option) = (fields.text("TrackingOptionID"), fields.text("Option"));
    let found = category
        .options
        .iter()
        .find(|known| option == Some(known.as_str()) || option_id.is_some_and(|id| category.option_id(known).eq_ignore_ascii_case(id)));
    let Some(found) = found else {
        let named = option.or(option_id).unwrap_or_default();
        errors.push(format!(
            "The tracking option '{named}' does not exist in the tracking category '{}'.",
            category.name
        ));
        return None;
    };
    Some(Tracking {
        category: category.name.clone(),
        option: found.clone(),
    })
}

/// The organisation must have the currency.
pub(super) fn currency(settings: &Organisation, code: &str, errors: &mut Vec<String>) {
    if !settings.currencies.iter().any(|known| known == code) {
        errors.push(format!("Organisation is not subscribed to currency {code}"));
    }
}

/// A rate above zero, with the places that Xero keeps.
pub(super) fn rate(rate: Decimal, errors: &mut Vec<String>) -> Decimal {
    if rate < RATE_MIN {
        errors.push("CurrencyRate must be greater than zero".to_owned());
    }
    round(rate, RATE_PLACES).max(RATE_MIN)
}

/// A text within its limit.
pub(super) fn length(name: &str, text: &str, max: usize, errors: &mut Vec<String>) {
    if text.chars().count() > max {
        errors.push(format!("The {name} field cannot be longer than {max} characters."));
    }
}
