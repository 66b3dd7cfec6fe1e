//! Signings and obligations from the JSON of FORMAT.md.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use rust_decimal::Decimal;
use serde_json::Value;

use super::read::{currency, ids, share};
use super::reader::{Reader, read_decimal, refuse};
use super::{Bundle, ObligationTerms, Opened, Satisfied, Signed, Ssp};
use crate::ids::ObligationId;
use crate::limits::MAX_OBLIGATIONS;
use crate::policy::Method;
use crate::{Period, Refusal};

pub(super) fn signed(reader: &mut Reader<'_>) -> Result<Signed, Refusal> {
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

pub(super) fn opened(reader: &mut Reader<'_>) -> Result<Opened, Refusal> {
    let mut amount = |key| Ok::<_, Refusal>(reader.positive(key)?.unwrap_or_default());
    let (contract_liability, contract_asset) = (amount("contract_liability")?, amount("contract_asset")?);
    let receivable = amount("receivable")?;
    Ok(Opened {
        currency: currency(reader)?,
        customer: reader.text("customer")?.map(str::to_owned),
        obligations: obligations(reader, "obligations")?,
        contract_liability,
        contract_asset,
        receivable,
    })
}

pub(super) fn obligations(reader: &mut Reader<'_>, key: &'static str) -> Result<Vec<ObligationTerms>, Refusal> {
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
        item: reader.id("item")?,
        supplier_share: share(&mut reader, "supplier_share")?,
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

/// A range of selling prices, the lowest first.
pub(crate) fn read_range(reader: &mut Reader<'_>, key: &'static str) -> Result<Option<(Decimal, Decimal)>, Refusal> {
    let range = reader.list(key, 2)?;
    let remedy = "write [\"lowest\", \"highest\"]";
    match range.as_slice() {
        [] => Ok(None),
        [(low_place, low), (high_place, high)] => {
            let (low, high) = (read_decimal(low, low_place)?, read_decimal(high, high_place)?);
            if low > high {
                let problem = format!("is above {high}, the end of its range");
                return Err(Refusal::new(reader.at(key), low, problem, remedy));
            }
            Ok(Some((low, high)))
        }
        _ => Err(Refusal::new(reader.at(key), range.len(), "is not a range", remedy)),
    }
}

fn ssp(reader: &mut Reader<'_>) -> Result<Ssp, Refusal> {
    let range = read_range(reader, "ssp_range")?;
    let place = reader.at("ssp_range");
    let refuse = |value, problem: String| Err(Refusal::new(place.clone(), value, problem, "write [\"lowest\", \"highest\"]"));
    if reader.get("ssp").and_then(Value::as_str) == Some("residual") {
        return Ok(Ssp::Residual { range });
    }
    let ssp = reader.positive("ssp")?;
    match (ssp, range) {
        (None, Some((low, _))) => refuse(low, "is the range of no selling price".to_owned()),
        (Some(ssp), Some((low, high))) if ssp < low || ssp > high => refuse(ssp, format!("is outside its range of {low} to {high}")),
        _ => Ok(ssp.map_or(Ssp::AsPriced, Ssp::Amount)),
    }
}

fn weights(reader: &mut Reader<'_>) -> Result<Option<BTreeMap<Period, Decimal>>, Refusal> {
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
        if weight.is_sign_negative() && !weight.is_zero() || weight > Decimal::ONE {
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
        None => Err(refuse(&format!("{place}.{key}"), value, "is not text", "write it in quotes")),
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
    let instant = read_instant(text).ok_or_else(refuse)?;
    super::reader::read_date(text.get(..10).unwrap_or_default(), &place)?;
    Ok(Some(instant))
}

/// With or without seconds, with an offset, with Z, or with neither: then it is UTC.
fn read_instant(text: &str) -> Option<DateTime<Utc>> {
    let plain = text.strip_suffix('Z').unwrap_or(text);
    let utc = |format| NaiveDateTime::parse_from_str(plain, format).ok().map(|instant| instant.and_utc());
    let with_offset = || Some(DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc));
    with_offset()
        .or_else(|| utc("%Y-%m-%dT%H:%M:%S%.f"))
        .or_else(|| utc("%Y-%m-%dT%H:%M"))
}

fn financing_rate(reader: &mut Reader<'_>) -> Result<Option<Decimal>, Refusal> {
    let place = reader.at("financing_rate");
    match reader.positive("financing_rate")? {
        Some(rate) if rate > Decimal::ONE => Err(Refusal::new(
            place,
            rate,
            "is more than 100 % a year",
            "write a yearly rate such as 0.06",
        )),
        rate => Ok(rate),
    }
}
