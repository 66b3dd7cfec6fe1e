//! The legal entities and their ledgers.

use super::super::finding::quoted;
use super::super::forms::{is_currency, is_short_name, is_time_zone, is_uuid, nearest_currency, nearest_time_zone};
use super::super::model::{Accounts, Entity};
use super::super::xero::ACCOUNT_CODE_LENGTH_MAX;
use super::{Report, tracking, unique};

/// The longest short name of an entity.
const ENTITY_ID_LENGTH_MAX_CHARS: usize = 20;
const NUMBER_PREFIX_LENGTH_MAX_CHARS: usize = 20;

pub(super) fn check(entities: &[Entity], report: &mut Report<'_>) {
    for (index, entity) in entities.iter().enumerate() {
        one(entity, &format!("entities[{index}]"), report);
    }
    unique(report, "entities", "id", entities.iter().map(|entity| entity.id.as_str()));
    unique(
        report,
        "entities",
        "xero_tenant",
        entities.iter().map(|entity| entity.xero_tenant.as_str()),
    );
}

fn one(entity: &Entity, path: &str, report: &mut Report<'_>) {
    if !is_short_name(&entity.id, ENTITY_ID_LENGTH_MAX_CHARS) {
        let remedy = format!("write up to {ENTITY_ID_LENGTH_MAX_CHARS} of a-z, 0-9 and -, a letter first, for instance \"uk\"");
        report.at(&format!("{path}.id"), format!("{} is not a short name", quoted(&entity.id)), remedy);
    }
    if entity.name.trim().is_empty() {
        report.at(&format!("{path}.name"), "is empty", "write the legal name");
    }
    if !is_currency(&entity.currency) {
        let problem = format!("{} is not an ISO 4217 currency", quoted(&entity.currency));
        let remedy = format!("write for instance {:?}", nearest_currency(&entity.currency));
        report.at(&format!("{path}.currency"), problem, remedy);
    }
    if !is_time_zone(&entity.time_zone) {
        let problem = format!("{} is not an IANA time zone", quoted(&entity.time_zone));
        let remedy = format!("write for instance {:?}", nearest_time_zone(&entity.time_zone));
        report.at(&format!("{path}.time_zone"), problem, remedy);
    }
    if !is_uuid(&entity.xero_tenant) {
        let problem = format!("{} is not the id of a Xero organisation", quoted(&entity.xero_tenant));
        report.at(
            &format!("{path}.xero_tenant"),
            problem,
            "write the tenantId from GET https://api.xero.com/connections",
        );
    }
    accounts(&entity.accounts, &format!("{path}.accounts"), report);
    let invoices = &entity.invoices;
    for (name, prefix) in [
        ("number_prefix", &invoices.number_prefix),
        ("credit_note_prefix", &invoices.credit_note_prefix),
    ] {
        let is_visible = prefix.chars().all(|c| c.is_ascii_graphic());
        if prefix.is_empty() || prefix.chars().count() > NUMBER_PREFIX_LENGTH_MAX_CHARS || !is_visible {
            let remedy = format!("write 1 to {NUMBER_PREFIX_LENGTH_MAX_CHARS} visible ASCII characters, for instance \"INV-\"");
            report.at(
                &format!("{path}.invoices.{name}"),
                format!("{} is not a valid prefix", quoted(prefix)),
                remedy,
            );
        }
    }
    if invoices.tax_type.trim().is_empty() {
        let remedy = "write a tax type of this Xero organisation, for instance \"OUTPUT2\", or \"NONE\"";
        report.at(&format!("{path}.invoices.tax_type"), "is empty", remedy);
    }
    tracking(report, &format!("{path}.invoices.tracking"), invoices.tracking.iter());
}

fn accounts(accounts: &Accounts, path: &str, report: &mut Report<'_>) {
    let codes = [
        ("revenue", Some(&accounts.revenue)),
        ("contract_liability", Some(&accounts.contract_liability)),
        ("contract_asset", Some(&accounts.contract_asset)),
        ("accrued_receivable", accounts.accrued_receivable.as_ref()),
        ("refund_liability", accounts.refund_liability.as_ref()),
        ("fx", accounts.fx.as_ref()),
        ("credit_loss", accounts.credit_loss.as_ref()),
    ];
    for (name, code) in codes.iter().filter_map(|(name, code)| Some((name, (*code)?))) {
        account_code(report, &format!("{path}.{name}"), code);
    }
    // A close moves amounts between these three; between two of the same it would post nothing.
    let distinct = codes.get(..3).unwrap_or_default();
    for (index, (name, code)) in distinct.iter().enumerate() {
        let before = distinct.get(..index).unwrap_or_default();
        let same = before
            .iter()
            .find(|(_, other)| other == code && code.is_some_and(|code| !code.is_empty()));
        if let Some((other, _)) = same {
            let problem = format!("is the same account as {other}");
            report.at(
                &format!("{path}.{name}"),
                problem,
                "a close moves amounts between the two; use two accounts",
            );
        }
    }
}

pub(super) fn account_code(report: &mut Report<'_>, path: &str, code: &str) {
    let length = code.chars().count();
    if code.trim() != code || length == 0 || length > ACCOUNT_CODE_LENGTH_MAX {
        let remedy = format!("write a code from Xero's chart of accounts, 1 to {ACCOUNT_CODE_LENGTH_MAX} characters");
        report.at(path, format!("{} is not an account code", quoted(code)), remedy);
    }
}
