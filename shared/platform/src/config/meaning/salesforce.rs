//! Salesforce: organisation, log-in, fields that are read and written.

use super::super::billing::Billing;
use super::super::finding::quoted;
use super::super::forms::{is_api_name, is_currency, nearest_currency, organisation_id_15};
use super::super::model::{Salesforce, SalesforceLogin};
use super::{Report, address};

pub(super) fn check(salesforce: &Salesforce, report: &mut Report<'_>) {
    if organisation_id_15(&salesforce.organisation_id).is_none() {
        let problem = format!("{} is not the id of an organisation", quoted(&salesforce.organisation_id));
        let remedy = "copy the 15 or 18 characters from Setup > Company Information, 00D…";
        report.at("salesforce.organisation_id", problem, remedy);
    }
    address(report, "salesforce.url", &salesforce.url);
    address(report, "salesforce.audience", &salesforce.audience);
    version(salesforce, report);
    login(salesforce, report);
    currency(salesforce, report);
    certificate(salesforce, report);
    fields(salesforce, report);
    billing(&salesforce.billing, report);
}

fn version(salesforce: &Salesforce, report: &mut Report<'_>) {
    let version = &salesforce.api_version;
    let number = version.strip_suffix(".0").and_then(|number| number.parse::<u16>().ok());
    if number.is_none() {
        let problem = format!("{} is not a version of the REST API", quoted(version));
        report.at("salesforce.api_version", problem, "write for instance \"62.0\"");
    }
}

fn login(salesforce: &Salesforce, report: &mut Report<'_>) {
    let named = salesforce.username.as_ref().is_some_and(|name| !name.trim().is_empty());
    if salesforce.login == SalesforceLogin::JwtBearer && !named {
        let remedy = "write the user for whom the token is requested, for instance username = \"tieout@northwind.example\"";
        report.at("salesforce.username", "is missing; login = \"jwt_bearer\" needs it", remedy);
    }
}

fn currency(salesforce: &Salesforce, report: &mut Report<'_>) {
    match &salesforce.currency {
        Some(code) if !is_currency(code) => {
            let problem = format!("{} is not an ISO 4217 currency", quoted(code));
            let remedy = format!("write for instance {:?}", nearest_currency(code));
            report.at("salesforce.currency", problem, remedy);
        }
        None if !salesforce.multi_currency && !report.lost("salesforce.multi_currency") => {
            let remedy = "write the organisation's currency, for instance currency = \"GBP\", or multi_currency = true";
            report.at("salesforce.currency", "is missing while multi_currency is off", remedy);
        }
        _ => {}
    }
}

fn certificate(salesforce: &Salesforce, report: &mut Report<'_>) {
    let certificate = &salesforce.client_certificate;
    if !certificate.required || report.lost("salesforce.client_certificate.required") {
        return;
    }
    let fields = [("subject", &certificate.subject), ("issuer", &certificate.issuer)];
    for (name, _) in fields.into_iter().filter(|(_, value)| value.trim().is_empty()) {
        let remedy = format!(
            "write the certificate's {name} as API Gateway shows it, or required = false where the gateway requests no certificate"
        );
        let path = format!("salesforce.client_certificate.{name}");
        report.at(&path, "is empty, so every message would be refused", remedy);
    }
}

fn fields(salesforce: &Salesforce, report: &mut Report<'_>) {
    let lines = &salesforce.line_fields;
    let read = [
        ("start", Some(&lines.start)),
        ("end", lines.end.as_ref()),
        ("term_months", lines.term_months.as_ref()),
    ];
    for (name, value) in read {
        if let Some(value) = value.filter(|value| !is_api_name(value, true)) {
            let path = format!("salesforce.line_fields.{name}");
            report.at(
                &path,
                format!("{} is not a field's API name", quoted(value)),
                "write for instance \"End_Date__c\"",
            );
        }
    }
    let orders = &salesforce.orders;
    let of_order = orders.fields().into_iter();
    for (name, value) in of_order.filter(|(name, value)| !is_api_name(value, true) && (!value.is_empty() || *name == "orders.kind")) {
        let path = format!("salesforce.{name}");
        let remedy = "write a field of the opportunity, for instance \"Amends_Opportunity__c\"";
        report.at(&path, format!("{} is not a field's API name", quoted(value)), remedy);
    }
    let chosen = [
        ("restated", &orders.restated, "restated_values", &orders.restated_values),
        ("approval", &orders.approval, "approved_values", &orders.approved_values),
    ];
    for (field, name, list, values) in chosen {
        match (name, values.is_empty()) {
            (Some(_), true) if !report.lost(&format!("salesforce.orders.{list}")) => {
                let path = format!("salesforce.orders.{field}");
                let remedy = format!("write the values of the field that count, {list} = [\"…\"]");
                report.at(&path, format!("names a field, and {list} none of its values"), remedy);
            }
            (None, false) if !report.lost(&format!("salesforce.orders.{field}")) => {
                let path = format!("salesforce.orders.{list}");
                report.at(
                    &path,
                    format!("are values of no field: {field} is missing"),
                    format!("write {field} = \"…\""),
                );
            }
            _ => {}
        }
    }
    if lines.end.is_none() && lines.term_months.is_none() {
        let remedy = "name the field of the last day (end) or of the term (term_months); without one every deal goes to the work list";
        report.at("salesforce.line_fields", "no field gives the end of a service", remedy);
    }
    let back = &salesforce.write_back;
    let written = [
        ("invoice_number", &back.invoice_number),
        ("invoice_status", &back.invoice_status),
        ("amount_due", &back.amount_due),
        ("amount_paid", &back.amount_paid),
        ("invoice_link", &back.invoice_link),
    ];
    let mut seen = std::collections::BTreeSet::new();
    for (name, value) in written.into_iter().filter(|(_, value)| !value.is_empty()) {
        let path = format!("salesforce.write_back.{name}");
        if !is_api_name(value, false) {
            let remedy = "write a field of the opportunity, for instance \"Tieout_Amount_Due__c\", or \"\" for none";
            report.at(&path, format!("{} is not a field's API name", quoted(value)), remedy);
        } else if !seen.insert(value.to_lowercase()) {
            report.at(&path, format!("{} is used twice", quoted(value)), "use a field for each");
        }
    }
}

fn billing(billing: &Billing, report: &mut Report<'_>) {
    let of_billing = [("frequency", billing.frequency.as_ref()), ("timing", billing.timing.as_ref())];
    for (name, value) in of_billing {
        if let Some(value) = value.filter(|value| !is_api_name(value, true)) {
            let path = format!("salesforce.billing.{name}");
            let remedy = "write a field of the opportunity, for instance \"Billing_Frequency__c\"";
            report.at(&path, format!("{} is not a field's API name", quoted(value)), remedy);
        }
    }
}
