//! Events from the JSON of FORMAT.md.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::reader::{Reader, read_decimal, read_id, refuse};
use super::{
    Bundle, Cancelled, Change, CreditReason, Credited, Delivered, DocumentLine, Estimated, Event, EventKind, Invoiced,
    Modified, ObligationTerms, Paid, Progressed, Refunded, Satisfied, Signed, Ssp, Treatment, Used, WrittenOff,
};
use crate::ids::ObligationId;
use crate::limits::{MAX_LINES_PER_DOCUMENT, MAX_OBLIGATIONS};
use crate::policy::Method;
use crate::rates::check_rate;
use crate::{Currency, Period, Refusal};

pub(super) fn event(value: &Value, place: &str) -> Result<Event, Refusal> {
    let mut reader = Reader::new(value, place)?;
    let kind_name = reader.need_text("type")?;
    let on = reader.need_date("on")?;
    let known_on = reader.date("known_on")?;
    let contract = reader.id("contract")?;
    let kind = kind(kind_name, &mut reader)?;
    reader.finish()?;
    Ok(Event {
        on,
        known_on,
        contract,
        kind,
    })
}

fn kind(name: &str, reader: &mut Reader<'_>) -> Result<EventKind, Refusal> {
    Ok(match name {
        "signed" => EventKind::Signed(signed(reader)?),
        "invoiced" => EventKind::Invoiced(invoiced(reader)?),
        "paid" => EventKind::Paid(Paid {
            invoice: reader.need_id("invoice")?,
            amount: reader.need_positive("amount")?,
            discount: reader.positive("discount")?,
            rate: rate(reader)?,
        }),
        "credited" => EventKind::Credited(credited(reader)?),
        "refunded" => EventKind::Refunded(Refunded {
            amount: reader.need_positive("amount")?,
            invoice: reader.id("invoice")?,
            rate: rate(reader)?,
        }),
        "modified" => EventKind::Modified(modified(reader)?),
        "cancelled" => EventKind::Cancelled(Cancelled {
            obligations: ids(reader, "obligations")?,
            refund: reader.positive("refund")?,
        }),
        "delivered" => EventKind::Delivered(delivered(reader)?),
        "progressed" => EventKind::Progressed(Progressed {
            obligation: reader.need_id("obligation")?,
            to: share(reader, "to")?.unwrap_or_default(),
        }),
        "used" => EventKind::Used(Used {
            obligation: reader.need_id("obligation")?,
            quantity: reader.positive("quantity")?,
            amount: reader.positive("amount")?,
        }),
        "estimated" => EventKind::Estimated(Estimated {
            obligation: reader.id("obligation")?,
            variable: reader.decimal("variable")?,
            included: reader.need_decimal("included")?,
        }),
        "exercised" => EventKind::Exercised(reader.need_id("obligation")?),
        "expired" => EventKind::Expired(reader.need_id("obligation")?),
        "written_off" => EventKind::WrittenOff(WrittenOff {
            invoice: reader.need_id("invoice")?,
            amount: reader.need_positive("amount")?,
        }),
        "period_closed" => EventKind::PeriodClosed(need_period(reader)?),
        "period_reopened" => EventKind::PeriodReopened(need_period(reader)?),
        other => {
            let mend = "write one of signed, invoiced, paid, credited, refunded, modified, cancelled, delivered, progressed, used, estimated, exercised, expired, written_off, period_closed, period_reopened";
            return Err(Refusal::new(
                reader.at("type"),
                other,
                "is not a known type of event",
                mend,
            ));
        }
    })
}

fn signed(reader: &mut Reader<'_>) -> Result<Signed, Refusal> {
    let mut bundles = Vec::new();
    for (place, value) in reader.list("bundles", MAX_OBLIGATIONS)? {
        let mut inner = Reader::new(value, &place)?;
        bundles.push(Bundle {
            obligations: ids(&mut inner, "obligations")?.unwrap_or_default(),
            price: inner.need_positive("price")?,
        });
        inner.finish()?;
    }
    Ok(Signed {
        currency: currency(reader)?,
        price: reader.positive("price")?,
        cancellable: reader.flag("cancellable", false)?,
        financing_rate: financing_rate(reader)?,
        customer: reader.text("customer")?.map(str::to_owned),
        obligations: obligations(reader, "obligations")?,
        bundles,
    })
}

fn obligations(reader: &mut Reader<'_>, key: &'static str) -> Result<Vec<ObligationTerms>, Refusal> {
    reader
        .list(key, MAX_OBLIGATIONS)?
        .into_iter()
        .map(|(place, value)| obligation(value, &place))
        .collect()
}

fn obligation(value: &Value, place: &str) -> Result<ObligationTerms, Refusal> {
    let mut reader = Reader::new(value, place)?;
    let id: ObligationId = reader.need_id("id")?;
    let satisfied_name = reader.text("satisfied")?.unwrap_or("over_time");
    let satisfied = Satisfied::ALL
        .iter()
        .find(|(name, _)| *name == satisfied_name)
        .map(|(_, satisfied)| *satisfied)
        .ok_or_else(|| {
            let known = Satisfied::ALL.map(|(name, _)| name).join(", ");
            Refusal::new(
                reader.at("satisfied"),
                satisfied_name,
                "is not a way to satisfy an obligation",
                format!("write one of {known}"),
            )
        })?;
    let method_place = reader.at("method");
    let method = reader
        .text("method")?
        .map(|text| {
            Method::parse(text).map_err(|refusal| Refusal {
                place: method_place,
                ..refusal
            })
        })
        .transpose()?;
    let terms = ObligationTerms {
        price: reader.positive("price")?,
        ssp: ssp(&mut reader)?,
        start: reader.date("start")?,
        end: reader.date("end")?,
        method,
        weights: weights(&mut reader)?,
        start_at: instant(&mut reader, "start_at")?,
        end_before: instant(&mut reader, "end_before")?,
        quantity: reader.positive("quantity")?,
        unit_price: reader.positive("unit_price")?,
        series: reader.maybe_flag("series")?,
        distinct: reader.flag("distinct", true)?,
        tracking: tracking(&mut reader)?,
        ..ObligationTerms::new(id, satisfied)
    };
    reader.finish()?;
    Ok(terms)
}

fn ssp(reader: &mut Reader<'_>) -> Result<Ssp, Refusal> {
    let range = reader.list("ssp_range", 2)?;
    let range = match range.as_slice() {
        [] => None,
        [(low_place, low), (high_place, high)] => {
            Some((read_decimal(low, low_place)?, read_decimal(high, high_place)?))
        }
        _ => {
            return Err(Refusal::new(
                reader.at("ssp_range"),
                range.len(),
                "is not a range",
                "write [\"lowest\", \"highest\"]",
            ));
        }
    };
    if reader.get("ssp").and_then(Value::as_str) == Some("residual") {
        return Ok(Ssp::Residual { range });
    }
    Ok(reader.positive("ssp")?.map_or(Ssp::AsPriced, Ssp::Amount))
}

fn weights(reader: &mut Reader<'_>) -> Result<Option<BTreeMap<Period, rust_decimal::Decimal>>, Refusal> {
    let place = reader.at("weights");
    let Some(value) = reader.get("weights") else {
        return Ok(None);
    };
    let object = value
        .as_object()
        .ok_or_else(|| refuse(&place, value, "is not an object", "write {\"2026-01\": \"0.5\", …}"))?;
    let mut weights = BTreeMap::new();
    for (key, value) in object {
        let place = format!("{place}.{key}");
        let period = Period::parse(key).map_err(|refusal| Refusal {
            place: place.clone(),
            ..refusal
        })?;
        let weight = read_decimal(value, &place)?;
        if weight.is_sign_negative() && !weight.is_zero() || weight > rust_decimal::Decimal::ONE {
            return Err(Refusal::new(place, weight, "is not a share", "write a share of 0 to 1"));
        }
        weights.insert(period, weight);
    }
    Ok(Some(weights))
}

fn tracking(reader: &mut Reader<'_>) -> Result<BTreeMap<String, String>, Refusal> {
    let place = reader.at("tracking");
    let Some(value) = reader.get("tracking") else {
        return Ok(BTreeMap::new());
    };
    let object = value
        .as_object()
        .ok_or_else(|| refuse(&place, value, "is not an object", "write {\"Region\": \"North\"}"))?;
    let entry = |(key, value): (&String, &Value)| match value.as_str() {
        Some(text) => Ok((key.clone(), text.to_owned())),
        None => Err(refuse(
            &format!("{place}.{key}"),
            value,
            "is not text",
            "write it in quotes",
        )),
    };
    object.iter().map(entry).collect()
}

fn instant(reader: &mut Reader<'_>, key: &'static str) -> Result<Option<DateTime<Utc>>, Refusal> {
    let place = reader.at(key);
    let Some(text) = reader.text(key)? else { return Ok(None) };
    let refuse = || {
        Refusal::new(
            place.clone(),
            text,
            "is not an instant",
            "write a UTC time such as 2026-06-15T12:00:00Z",
        )
    };
    let instant = DateTime::parse_from_rfc3339(text)
        .map_err(|_| refuse())?
        .with_timezone(&Utc);
    super::reader::read_date(text.get(..10).unwrap_or_default(), &place)?;
    Ok(Some(instant))
}

fn invoiced(reader: &mut Reader<'_>) -> Result<Invoiced, Refusal> {
    Ok(Invoiced {
        invoice: reader.need_id("invoice")?,
        currency: currency(reader)?,
        lines: lines(reader)?,
        tax: reader.decimal("tax")?,
        unconditional: reader.flag("unconditional", true)?,
        rate: rate(reader)?,
    })
}

fn credited(reader: &mut Reader<'_>) -> Result<Credited, Refusal> {
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
    Ok(Credited {
        credit_note: reader.need_id("credit_note")?,
        invoice: reader.need_id("invoice")?,
        lines,
        tax: reader.positive("tax")?,
        reason,
        rate: rate(reader)?,
    })
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

fn modified(reader: &mut Reader<'_>) -> Result<Modified, Refusal> {
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

fn delivered(reader: &mut Reader<'_>) -> Result<Delivered, Refusal> {
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

fn share(reader: &mut Reader<'_>, key: &'static str) -> Result<Option<rust_decimal::Decimal>, Refusal> {
    let place = reader.at(key);
    match reader.positive(key)? {
        Some(share) if share > rust_decimal::Decimal::ONE => Err(Refusal::new(
            place,
            share,
            "is above 1",
            "write a share of 0 to 1, such as 0.40",
        )),
        None if key == "to" => reader.need(key).map(|_| None),
        share => Ok(share),
    }
}

fn financing_rate(reader: &mut Reader<'_>) -> Result<Option<rust_decimal::Decimal>, Refusal> {
    let place = reader.at("financing_rate");
    match reader.positive("financing_rate")? {
        Some(rate) if rate > rust_decimal::Decimal::ONE => Err(Refusal::new(
            place,
            rate,
            "is more than 100 % a year",
            "write a yearly rate such as 0.06",
        )),
        rate => Ok(rate),
    }
}

fn rate(reader: &mut Reader<'_>) -> Result<Option<rust_decimal::Decimal>, Refusal> {
    let place = reader.at("rate");
    reader
        .decimal("rate")?
        .map(|rate| check_rate(rate).map_err(|refusal| Refusal { place, ..refusal }))
        .transpose()
}

fn currency(reader: &mut Reader<'_>) -> Result<Option<Currency>, Refusal> {
    let place = reader.at("currency");
    reader
        .text("currency")?
        .map(|code| Currency::parse(code).map_err(|refusal| Refusal { place, ..refusal }))
        .transpose()
}

fn need_period(reader: &mut Reader<'_>) -> Result<Period, Refusal> {
    reader.need("period")?;
    let place = reader.place().to_owned();
    reader
        .period("period")?
        .ok_or_else(|| Refusal::new(place, "period", "is missing", "add \"period\""))
}

fn ids(reader: &mut Reader<'_>, key: &'static str) -> Result<Option<Vec<ObligationId>>, Refusal> {
    if reader.get(key).is_none() {
        return Ok(None);
    }
    let list = reader.list(key, MAX_OBLIGATIONS)?;
    let id = |(place, value): (String, &Value)| {
        let text = value
            .as_str()
            .ok_or_else(|| refuse(&place, value, "is not text", "write the obligation's id"))?;
        read_id(text, &place).map(|id: &str| ObligationId::from(id))
    };
    list.into_iter().map(id).collect::<Result<_, _>>().map(Some)
}
