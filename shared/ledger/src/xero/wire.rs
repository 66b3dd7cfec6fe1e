//! The JSON of answers. All fields may be missing or null here; what a record must have is checked where it is turned into one.

use rust_decimal::{Decimal, RoundingStrategy};
use serde::Deserialize;

use super::dates::{parse_date, parse_instant};
use crate::document::{DocumentStatus, Line, Tracking};
use crate::ids::{CurrencyCode, IdError, LineId};

/// Decimals of a rate to the base currency.
const RATE_DECIMALS: u32 = 12;

/// A record, or what is wrong with the answer.
pub(super) type Read<T> = Result<T, String>;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DocumentWire {
    #[serde(rename = "Type")]
    pub(super) kind: Option<String>,
    #[serde(rename = "InvoiceID")]
    pub(super) invoice_id: Option<String>,
    #[serde(rename = "CreditNoteID")]
    pub(super) credit_note_id: Option<String>,
    pub(super) invoice_number: Option<String>,
    pub(super) credit_note_number: Option<String>,
    pub(super) reference: Option<String>,
    pub(super) url: Option<String>,
    pub(super) contact: Option<ContactWire>,
    pub(super) status: Option<String>,
    pub(super) date: Option<String>,
    pub(super) due_date: Option<String>,
    pub(super) line_amount_types: Option<String>,
    pub(super) currency_code: Option<String>,
    pub(super) currency_rate: Option<Decimal>,
    pub(super) sub_total: Option<Decimal>,
    pub(super) total_tax: Option<Decimal>,
    pub(super) total: Option<Decimal>,
    pub(super) amount_due: Option<Decimal>,
    pub(super) amount_paid: Option<Decimal>,
    pub(super) amount_credited: Option<Decimal>,
    pub(super) remaining_credit: Option<Decimal>,
    pub(super) applied_amount: Option<Decimal>,
    pub(super) line_items: Option<Vec<LineWire>>,
    pub(super) payments: Option<Vec<PaymentWire>>,
    pub(super) prepayments: Option<Vec<AdvanceWire>>,
    pub(super) overpayments: Option<Vec<AdvanceWire>>,
    pub(super) credit_notes: Option<Vec<DocumentWire>>,
    pub(super) allocations: Option<Vec<AllocationWire>>,
    #[serde(rename = "UpdatedDateUTC")]
    pub(super) updated: Option<String>,
    #[serde(rename = "UpdatedDateUTCString")]
    pub(super) updated_text: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct LineWire {
    #[serde(rename = "LineItemID")]
    pub(super) id: Option<String>,
    pub(super) description: Option<String>,
    pub(super) quantity: Option<Decimal>,
    pub(super) unit_amount: Option<Decimal>,
    pub(super) line_amount: Option<Decimal>,
    pub(super) tax_amount: Option<Decimal>,
    pub(super) tax_type: Option<String>,
    pub(super) account_code: Option<String>,
    pub(super) tracking: Option<Vec<TrackingWire>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TrackingWire {
    pub(super) name: Option<String>,
    pub(super) option: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PaymentWire {
    #[serde(rename = "PaymentID")]
    pub(super) id: Option<String>,
    pub(super) date: Option<String>,
    pub(super) amount: Option<Decimal>,
    pub(super) currency_rate: Option<Decimal>,
    pub(super) status: Option<String>,
}

/// A prepayment or an overpayment, as far as it was set against an invoice.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AdvanceWire {
    #[serde(rename = "PrepaymentID")]
    pub(super) prepayment_id: Option<String>,
    #[serde(rename = "OverpaymentID")]
    pub(super) overpayment_id: Option<String>,
    pub(super) date: Option<String>,
    pub(super) applied_amount: Option<Decimal>,
    pub(super) currency_rate: Option<Decimal>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AllocationWire {
    #[serde(rename = "AllocationID")]
    pub(super) id: Option<String>,
    pub(super) amount: Option<Decimal>,
    pub(super) date: Option<String>,
    pub(super) invoice: Option<InvoiceReferenceWire>,
    pub(super) is_deleted: Option<bool>,
}

#[derive(Deserialize)]
pub(super) struct InvoiceReferenceWire {
    #[serde(rename = "InvoiceID")]
    pub(super) id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ContactWire {
    #[serde(rename = "ContactID")]
    pub(super) id: Option<String>,
    #[serde(rename = "MergedToContactID")]
    pub(super) merged_into: Option<String>,
    pub(super) contact_number: Option<String>,
    pub(super) contact_status: Option<String>,
    pub(super) name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct JournalWire {
    #[serde(rename = "ManualJournalID")]
    pub(super) id: Option<String>,
    pub(super) narration: Option<String>,
    pub(super) date: Option<String>,
    pub(super) status: Option<String>,
    pub(super) url: Option<String>,
    pub(super) journal_lines: Option<Vec<JournalLineWire>>,
    #[serde(rename = "UpdatedDateUTC")]
    pub(super) updated: Option<String>,
    #[serde(rename = "UpdatedDateUTCString")]
    pub(super) updated_text: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct JournalLineWire {
    pub(super) line_amount: Option<Decimal>,
    pub(super) account_code: Option<String>,
    pub(super) description: Option<String>,
    pub(super) tracking: Option<Vec<TrackingWire>>,
    pub(super) is_blank: Option<bool>,
}

/// A field that must be there.
pub(super) fn need<T>(field: &str, value: Option<T>) -> Read<T> {
    value.ok_or_else(|| format!("{field} is missing"))
}

/// An id that must be there.
pub(super) fn id<T>(field: &str, value: Option<String>, parse: fn(&str) -> Result<T, IdError>) -> Read<T> {
    let text = need(field, value)?;
    parse(&text).map_err(|error| format!("{field}: {error}"))
}

/// A date that may be missing.
pub(super) fn date(field: &str, value: Option<&str>) -> Read<Option<chrono::NaiveDate>> {
    let Some(text) = value else { return Ok(None) };
    let date = parse_date(text).ok_or_else(|| format!("{field} is not a date"))?;
    Ok(Some(date))
}

/// The instant of the latest change, from either form.
pub(super) fn updated(ticks: Option<&str>, text: Option<&str>) -> Read<chrono::DateTime<chrono::Utc>> {
    let read = ticks.and_then(parse_instant).or_else(|| text.and_then(parse_instant));
    read.ok_or_else(|| "UpdatedDateUTC is missing or not an instant".to_owned())
}

/// A currency that must be there.
pub(super) fn currency(field: &str, value: Option<String>) -> Read<CurrencyCode> {
    CurrencyCode::parse(&need(field, value)?).map_err(|error| format!("{field}: {error}"))
}

/// Xero's `CurrencyRate` is units of the document's currency for one of the base currency; ours is the inverse, rounded half
/// away from zero. `None` where Xero gave none, or zero.
pub(super) fn rate_to_base(currency_rate: Option<Decimal>) -> Option<Decimal> {
    let inverse = Decimal::ONE.checked_div(currency_rate?)?;
    Some(inverse.round_dp_with_strategy(RATE_DECIMALS, RoundingStrategy::MidpointAwayFromZero))
}

/// The status of an invoice or credit note.
pub(super) fn status(value: Option<&str>) -> Read<DocumentStatus> {
    match value {
        Some("DRAFT") => Ok(DocumentStatus::Draft),
        Some("SUBMITTED") => Ok(DocumentStatus::Submitted),
        Some("AUTHORISED") => Ok(DocumentStatus::Authorised),
        Some("PAID") => Ok(DocumentStatus::Paid),
        Some("VOIDED") => Ok(DocumentStatus::Voided),
        Some("DELETED") => Ok(DocumentStatus::Deleted),
        Some(_) => Err("Status is unknown".to_owned()),
        None => Err("Status is missing".to_owned()),
    }
}

/// Lines with amounts that are without tax, whichever way the document shows them.
pub(super) fn lines(wires: Option<Vec<LineWire>>, line_amount_types: Option<&str>) -> Read<Vec<Line>> {
    let is_inclusive = line_amount_types.is_some_and(|types| types.eq_ignore_ascii_case("Inclusive"));
    wires.unwrap_or_default().into_iter().map(|wire| line(wire, is_inclusive)).collect()
}

fn line(wire: LineWire, is_inclusive: bool) -> Read<Line> {
    let tax_amount = wire.tax_amount.unwrap_or_default();
    let shown = wire.line_amount.unwrap_or_default();
    Ok(Line {
        line_id: match wire.id {
            Some(id) => Some(LineId::parse(&id).map_err(|error| format!("LineItemID: {error}"))?),
            None => None,
        },
        description: wire.description.unwrap_or_default(),
        quantity: wire.quantity,
        unit_amount: wire.unit_amount,
        line_amount: if is_inclusive { without_tax(shown, tax_amount)? } else { shown },
        tax_amount,
        tax_type: wire.tax_type,
        account_code: wire.account_code.filter(|code| !code.is_empty()),
        tracking: tracking(wire.tracking),
    })
}

fn without_tax(shown: Decimal, tax: Decimal) -> Read<Decimal> {
    need("LineAmount in range", shown.checked_sub(tax))
}

/// Categories with an option; Xero shows unused ones without.
pub(super) fn tracking(wires: Option<Vec<TrackingWire>>) -> Vec<Tracking> {
    let pairs = wires.unwrap_or_default().into_iter().filter_map(|wire| {
        Some(Tracking {
            category: wire.name?,
            option: wire.option?,
        })
    });
    pairs.collect()
}
