//! Every body that we send, against Xero's own OpenAPI with an overlay for what it forgets (`docs/vendors/xero.md`).
//!
//! Xero's file may not be kept here: it lies beside the repository. Where it is not, the tests say so; in CI they fail.

use std::path::PathBuf;

use jsonschema::Validator;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use tieout_ledger::JournalId;

use crate::samples::{amount, line, new_allocation, new_contact, new_credit_note, new_invoice, new_journal};
use crate::support::{ID, bodies};

const DATE: &str = r"^\d{4}-\d{2}-\d{2}$";

/// The specification; `None` with a note where it is not there and `CI` is not set.
pub(crate) fn specification() -> Option<Value> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/xero-openapi/xero_accounting.yaml");
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(serde_yaml_ng::from_str(&text).expect("the specification is YAML")),
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "{}: {error}; CI has to have it", path.display());
            use std::io::Write as _;
            let _ = writeln!(std::io::stderr(), "SKIPPED, nothing was checked: {} is not there", path.display());
            None
        }
    }
}

/// What the specification forgets. `required` replaces its own list.
fn overlay(specification: &mut Value) {
    let required = json!({
        "Invoice": ["Type", "Contact", "LineItems", "Date", "DueDate", "InvoiceNumber", "CurrencyCode", "LineAmountTypes", "Status"],
        "CreditNote": ["Type", "Contact", "LineItems", "Date", "CreditNoteNumber", "CurrencyCode", "LineAmountTypes", "Status"],
        "LineItem": ["Description", "Quantity", "UnitAmount", "AccountCode", "TaxType"],
        "ManualJournalLine": ["LineAmount", "AccountCode"],
    });
    let schemas = specification["components"]["schemas"].as_object_mut().unwrap();
    for (name, fields) in required.as_object().unwrap() {
        schemas[name]["required"] = fields.clone();
    }
    for name in [
        "Invoices",
        "Invoice",
        "CreditNotes",
        "CreditNote",
        "LineItem",
        "LineItemTracking",
        "Contacts",
        "Contact",
        "Allocations",
        "Allocation",
        "ManualJournals",
        "ManualJournal",
        "ManualJournalLine",
        "TrackingCategory",
    ] {
        let schema = &mut schemas[name];
        schema["additionalProperties"] = json!(false);
        for field in ["Date", "DueDate"] {
            if schema["properties"].get(field).is_some() {
                schema["properties"][field]["pattern"] = json!(DATE);
            }
        }
        if schema["properties"].get("Tracking").is_some() {
            schema["properties"]["Tracking"]["maxItems"] = json!(2);
        }
    }
    for (name, field, least) in [
        ("Invoice", "LineItems", 1),
        ("CreditNote", "LineItems", 1),
        ("ManualJournal", "JournalLines", 2),
    ] {
        schemas[name]["properties"][field]["minItems"] = json!(least);
    }
    // An allocation names its invoice by id; that it has no lines is not a fault.
    schemas["Allocation"]["properties"]["Invoice"] = json!({
        "type": "object", "required": ["InvoiceID"], "additionalProperties": false,
        "properties": {"InvoiceID": {"type": "string", "format": "uuid"}},
    });
}

/// One validator for each kind of body.
struct Checks(Value);

impl Checks {
    fn validator(&self, schema: &str) -> Validator {
        let root = json!({"$ref": format!("#/components/schemas/{schema}"), "components": self.0["components"]});
        jsonschema::draft202012::options()
            .should_validate_formats(true)
            .build(&root)
            .expect("the schema compiles")
    }

    /// What is wrong with `body`: by the schema, and by what no schema says.
    fn faults(&self, schema: &str, body: &str) -> Vec<String> {
        let value: Value = serde_json::from_str(body).unwrap();
        let validator = self.validator(schema);
        let mut faults: Vec<String> = validator
            .iter_errors(&value)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        decimals(&value, "", &mut faults);
        for journal in value["ManualJournals"].as_array().into_iter().flatten() {
            let lines = journal["JournalLines"].as_array().into_iter().flatten();
            let sum: Decimal = lines.map(|line| amount(&line["LineAmount"].to_string())).sum();
            if !sum.is_zero() {
                faults.push(format!("the lines sum up to {sum}"));
            }
        }
        faults
    }
}

/// Unit prices and quantities have at most four decimals, all other amounts two.
fn decimals(value: &Value, name: &str, faults: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| decimals(value, name, faults)),
        Value::Array(items) => items.iter().for_each(|item| decimals(item, name, faults)),
        Value::Number(number) => {
            let bound = if matches!(name, "UnitAmount" | "Quantity") { 4 } else { 2 };
            if amount(&number.to_string()).scale() > bound {
                faults.push(format!("{name} {number} has more than {bound} decimals"));
            }
        }
        _ => {}
    }
}

fn checks() -> Option<Checks> {
    let mut specification = specification()?;
    overlay(&mut specification);
    Some(Checks(specification))
}

#[test]
fn every_body_that_we_send_fits() {
    let Some(checks) = checks() else { return };
    let lines = vec![
        line("12", "99.5", "1194"),
        line("1000", "0.0612", "61.20"),
        line("1000", "0.061171", "61.17"),
        line("10", "99", "940.50"),
        line("0.33333", "3", "1.00"),
    ];
    let all = [
        ("Contacts", bodies().contact_body(&new_contact())),
        ("Invoices", bodies().invoice_body(&new_invoice(lines))),
        ("CreditNotes", bodies().credit_note_body(&new_credit_note())),
        ("Allocations", bodies().allocation_body(&new_allocation())),
        ("ManualJournals", bodies().journal_body(&new_journal())),
    ];
    for (schema, body) in all {
        assert_eq!(checks.faults(schema, &body), Vec::<String>::new(), "{schema}: {body}");
    }
    // A change of status sends no lines.
    let mut free = checks;
    free.0["components"]["schemas"]["ManualJournal"]["required"] = json!(["ManualJournalID", "Narration", "Status"]);
    let body = bodies().void_journal_body(&JournalId::parse(ID).unwrap(), "November");
    assert_eq!(free.faults("ManualJournals", &body), Vec::<String>::new(), "{body}");
}

/// The check sees: each of these bodies is one of ours with one fault put in.
#[test]
fn every_fault_is_seen() {
    let Some(checks) = checks() else { return };
    let invoice = bodies().invoice_body(&new_invoice(vec![line("12", "99.5", "1194")]));
    let journal = bodies().journal_body(&new_journal());
    let one_more = r#","Tracking":[{"Name":"A","Option":"B"},{"Name":"C","Option":"D"},"#;
    let rows = [
        ("Invoices", &invoice, r#""Exclusive""#, r#""EXCLUSIVE""#),
        ("Invoices", &invoice, r#""UnitAmount":99.5"#, r#""UnitAmount":"99.5""#),
        ("Invoices", &invoice, r#""UnitAmount":99.5"#, r#""UnitAmount":99.50001"#),
        ("Invoices", &invoice, r#""DRAFT""#, r#""APPROVED""#),
        ("Invoices", &invoice, r#""ACCREC""#, r#""SALES""#),
        ("Invoices", &invoice, r#""ContactID":"7"#, r#""ContactID":"x"#),
        ("Invoices", &invoice, r#""GBP""#, r#""POUND""#),
        ("Invoices", &invoice, r#""Date":"2026-11-01""#, r#""Date":"01/11/2026""#),
        ("Invoices", &invoice, r#""DueDate":"2026-12-01","#, ""),
        ("Invoices", &invoice, r#""Reference""#, r#""Refrence""#),
        ("Invoices", &invoice, r#","Tracking":["#, one_more),
        ("ManualJournals", &journal, r#""LineAmount":83.3"#, r#""LineAmount":83.4"#),
        ("ManualJournals", &journal, r#""LineAmount":83.3"#, r#""LineAmount":83.305"#),
        ("ManualJournals", &journal, r#""POSTED""#, r#""DONE""#),
        ("ManualJournals", &journal, r#""Narration""#, r#""Narative""#),
        ("ManualJournals", &journal, r#""Description""#, r#""Memo""#),
    ];
    for (schema, body, right, wrong) in rows {
        let broken = body.replacen(right, wrong, 1);
        assert_ne!(&broken, body, "{right}");
        assert!(!checks.faults(schema, &broken).is_empty(), "{right} -> {wrong}");
    }
}
