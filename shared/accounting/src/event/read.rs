//! Events from the JSON of FORMAT.md.

use serde_json::Value;

use super::estimate::read_outcomes;
use super::read_events::{credited, delivered, invoiced, modified};
use super::read_terms::{opened, signed};
use super::reader::{Reader, read_id, refuse};
use super::{Cancelled, Doubted, Estimated, Event, EventKind, Paid, Progressed, Refunded, Settled, Used, WrittenOff};
use crate::ids::ObligationId;
use crate::limits::MAX_OBLIGATIONS;
use crate::rates::check_rate;
use crate::{Currency, Period, Refusal};

pub(super) fn event(value: &Value, place: &str) -> Result<Event, Refusal> {
    let mut reader = Reader::new(value, place)?;
    let kind_name = reader.need_text("type")?;
    let on = reader.need_date("on")?;
    let known_on = reader.date("known_on")?;
    let contract = reader.id("contract")?;
    let kind = kind(kind_name, &mut reader)?;
    if let EventKind::PeriodClosed(period) = kind {
        let day = known_on.map_or(on, |known| known.max(on));
        if period > Period::of(day) {
            let problem = format!("is closed on {day}, before it begins");
            return Err(Refusal::new(reader.at("period"), period, problem, "correct the period or the day"));
        }
    }
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
            owed: reader.flag("owed", false)?,
        }),
        "doubted" => EventKind::Doubted(Doubted {
            reason: reader.need_text("reason")?.to_owned(),
        }),
        "settled" => EventKind::Settled(settled(reader)?),
        "opened" => EventKind::Opened(opened(reader)?),
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
        "estimated" => {
            let (outcomes, basis) = read_outcomes(reader)?;
            EventKind::Estimated(Estimated {
                obligation: reader.id("obligation")?,
                variable: reader.decimal("variable")?,
                outcomes,
                basis,
                included: reader.need_decimal("included")?,
            })
        }
        "exercised" => EventKind::Exercised(reader.need_id("obligation")?),
        "expired" => EventKind::Expired(reader.need_id("obligation")?),
        "written_off" => EventKind::WrittenOff(WrittenOff {
            invoice: reader.need_id("invoice")?,
            amount: reader.need_positive("amount")?,
        }),
        "period_closed" => EventKind::PeriodClosed(need_period(reader)?),
        "period_reopened" => EventKind::PeriodReopened(need_period(reader)?),
        other => {
            let remedy = "write one of signed, invoiced, paid, credited, refunded, modified, cancelled, delivered, progressed, used, estimated, exercised, expired, written_off, doubted, settled, opened, period_closed, period_reopened";
            return Err(Refusal::new(reader.at("type"), other, "is not a known type of event", remedy));
        }
    })
}

fn settled(reader: &mut Reader<'_>) -> Result<Settled, Refusal> {
    let how = reader.need_text("how")?;
    let found = Settled::ALL.iter().find(|(name, _)| *name == how).map(|(_, settled)| *settled);
    found.ok_or_else(|| {
        Refusal::new(
            reader.at("how"),
            how,
            "is not a way to settle a doubt",
            "write kept, changed or ended",
        )
    })
}

pub(super) fn share(reader: &mut Reader<'_>, key: &'static str) -> Result<Option<rust_decimal::Decimal>, Refusal> {
    let place = reader.at(key);
    match reader.positive(key)? {
        Some(share) if share > rust_decimal::Decimal::ONE => {
            Err(Refusal::new(place, share, "is above 1", "write a share of 0 to 1, such as 0.40"))
        }
        None if key == "to" => reader.need(key).map(|_| None),
        share => Ok(share),
    }
}

pub(super) fn rate(reader: &mut Reader<'_>) -> Result<Option<rust_decimal::Decimal>, Refusal> {
    let place = reader.at("rate");
    reader
        .decimal("rate")?
        .map(|rate| check_rate(rate).map_err(|refusal| Refusal { place, ..refusal }))
        .transpose()
}

pub(super) fn currency(reader: &mut Reader<'_>) -> Result<Option<Currency>, Refusal> {
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

pub(super) fn ids(reader: &mut Reader<'_>, key: &'static str) -> Result<Option<Vec<ObligationId>>, Refusal> {
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
