//! Documents, modifications and deliveries from the JSON of FORMAT.md.

use chrono::NaiveDate;

use super::read::{currency, ids, rate, share};
use super::read_terms::obligations;
use super::reader::Reader;
use super::{Change, CreditReason, Credited, Delivered, DocumentLine, Invoiced, Modified, Treatment};
use crate::Refusal;
use crate::limits::{MAX_LINES_PER_DOCUMENT, MAX_OBLIGATIONS};

pub(super) fn invoiced(reader: &mut Reader<'_>) -> Result<Invoiced, Refusal> {
    Ok(Invoiced {
        invoice: reader.need_id("invoice")?,
        currency: currency(reader)?,
        lines: lines(reader)?,
        tax: reader.decimal("tax")?,
        unconditional: reader.flag("unconditional", true)?,
        rate: rate(reader)?,
    })
}

pub(super) fn credited(reader: &mut Reader<'_>) -> Result<Credited, Refusal> {
    let reason = match reader.text("reason")?.unwrap_or("price") {
        "price" => CreditReason::Price,
        "billing" => CreditReason::Billing,
        "cancellation" => CreditReason::Cancellation,
        other => {
            return Err(Refusal::new(
                reader.at("reason"),
                other,
                "is not a reason of a credit note",
                "write price, billing or cancellation",
            ));
        }
    };
    let lines = lines(reader)?;
    let for_service = for_service(reader)?;
    if let (Some((start, _)), true) = (for_service, reason != CreditReason::Price) {
        let problem = "stands beside a reason that changes no price";
        return Err(Refusal::new(
            reader.at("for"),
            start,
            problem,
            "remove it, or write the reason price",
        ));
    }
    Ok(Credited {
        credit_note: reader.need_id("credit_note")?,
        invoice: reader.need_id("invoice")?,
        lines,
        tax: reader.positive("tax")?,
        reason,
        for_service,
        rate: rate(reader)?,
    })
}

/// The service that a lower price is given for.
fn for_service(reader: &mut Reader<'_>) -> Result<Option<(NaiveDate, NaiveDate)>, Refusal> {
    let place = reader.at("for");
    let Some(value) = reader.get("for") else { return Ok(None) };
    let mut inner = Reader::new(value, &place)?;
    let (start, end) = (inner.need_date("start")?, inner.need_date("end")?);
    inner.finish()?;
    if end < start {
        let problem = format!("is before the start {start}");
        return Err(Refusal::new(
            format!("{place}.end"),
            end,
            problem,
            "write the last day of the service, not before the first",
        ));
    }
    Ok(Some((start, end)))
}

fn lines(reader: &mut Reader<'_>) -> Result<Vec<DocumentLine>, Refusal> {
    reader.need("lines")?;
    let mut lines = Vec::new();
    for (place, value) in reader.list("lines", MAX_LINES_PER_DOCUMENT)? {
        let mut inner = Reader::new(value, &place)?;
        lines.push(DocumentLine {
            obligation: inner.need_id("obligation")?,
            amount: inner.need_decimal("amount")?,
        });
        inner.finish()?;
    }
    Ok(lines)
}

pub(super) fn modified(reader: &mut Reader<'_>) -> Result<Modified, Refusal> {
    let treatment = match reader.text("treatment")? {
        None => None,
        Some("separate") => Some(Treatment::Separate),
        Some("prospective") => Some(Treatment::Prospective),
        Some("catch_up") => Some(Treatment::CatchUp),
        Some("mixed") => Some(Treatment::Mixed),
        Some(other) => {
            return Err(Refusal::new(
                reader.at("treatment"),
                other,
                "is not a treatment",
                "write separate, prospective, catch_up or mixed, or leave it out",
            ));
        }
    };
    let mut change = Vec::new();
    for (place, value) in reader.list("change", MAX_OBLIGATIONS)? {
        let mut inner = Reader::new(value, &place)?;
        change.push(Change {
            obligation: inner.need_id("obligation")?,
            price: inner.positive("price")?,
            start: inner.date("start")?,
            end: inner.date("end")?,
            quantity: inner.positive("quantity")?,
            progress: share(&mut inner, "progress")?,
            ssp: inner.positive("ssp")?,
        });
        inner.finish()?;
    }
    Ok(Modified {
        treatment,
        decided: reader.text("decided")?.map(str::to_owned),
        price_change: reader.need_decimal("price_change")?,
        add: obligations(reader, "add")?,
        change,
        remove: ids(reader, "remove")?.unwrap_or_default(),
    })
}

pub(super) fn delivered(reader: &mut Reader<'_>) -> Result<Delivered, Refusal> {
    let delivered = Delivered {
        obligation: reader.need_id("obligation")?,
        quantity: reader.positive("quantity")?,
        share: share(reader, "share")?,
    };
    if let (Some(quantity), Some(_)) = (delivered.quantity, delivered.share) {
        return Err(Refusal::new(
            reader.at("quantity"),
            quantity,
            "stands beside a share",
            "write quantity or share",
        ));
    }
    Ok(delivered)
}
