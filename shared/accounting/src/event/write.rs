//! Events as the JSON of FORMAT.md.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::{Change, CreditReason, Event, EventKind, Modified, ObligationTerms, Signed, Ssp};

pub(super) fn event(event: &Event) -> Value {
    let mut out = Object::default();
    let name = kind(&event.kind, &mut out);
    out.put("type", name);
    out.put("on", event.on.to_string());
    out.maybe("known_on", event.known_on);
    out.maybe("contract", event.contract.as_ref());
    out.done()
}

#[derive(Default)]
struct Object(Map<String, Value>);

impl Object {
    fn put(&mut self, key: &str, value: impl Into<Value>) {
        self.0.insert(key.to_owned(), value.into());
    }

    fn maybe(&mut self, key: &str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.put(key, value.to_string());
        }
    }

    fn list(&mut self, key: &str, values: Vec<Value>) {
        if !values.is_empty() {
            self.put(key, values);
        }
    }

    fn done(self) -> Value {
        Value::Object(self.0)
    }
}

fn kind(kind: &EventKind, out: &mut Object) -> &'static str {
    match kind {
        EventKind::Signed(signed) => write_signed(signed, out),
        EventKind::Invoiced(invoiced) => {
            out.put("invoice", invoiced.invoice.as_str());
            out.maybe("currency", invoiced.currency);
            out.put("lines", lines(&invoiced.lines));
            out.maybe("tax", invoiced.tax);
            if !invoiced.unconditional {
                out.put("unconditional", false);
            }
            out.maybe("rate", invoiced.rate);
            "invoiced"
        }
        EventKind::Paid(paid) => {
            out.put("invoice", paid.invoice.as_str());
            out.put("amount", paid.amount.to_string());
            out.maybe("discount", paid.discount);
            out.maybe("rate", paid.rate);
            "paid"
        }
        EventKind::Credited(credited) => {
            out.put("credit_note", credited.credit_note.as_str());
            out.put("invoice", credited.invoice.as_str());
            out.put("lines", lines(&credited.lines));
            out.maybe("tax", credited.tax);
            let reason = match credited.reason {
                CreditReason::Price => "price",
                CreditReason::Billing => "billing",
                CreditReason::Cancellation => "cancellation",
            };
            out.put("reason", reason);
            out.maybe("rate", credited.rate);
            "credited"
        }
        EventKind::Refunded(refunded) => {
            out.put("amount", refunded.amount.to_string());
            out.maybe("invoice", refunded.invoice.as_ref());
            out.maybe("rate", refunded.rate);
            "refunded"
        }
        EventKind::Modified(modified) => write_modified(modified, out),
        other => small(other, out),
    }
}

fn small(kind: &EventKind, out: &mut Object) -> &'static str {
    match kind {
        EventKind::Cancelled(cancelled) => {
            if let Some(ids) = &cancelled.obligations {
                out.put(
                    "obligations",
                    ids.iter().map(|id| json!(id.as_str())).collect::<Vec<_>>(),
                );
            }
            out.maybe("refund", cancelled.refund);
            "cancelled"
        }
        EventKind::Delivered(delivered) => {
            out.put("obligation", delivered.obligation.as_str());
            out.maybe("quantity", delivered.quantity);
            out.maybe("share", delivered.share);
            "delivered"
        }
        EventKind::Progressed(progressed) => {
            out.put("obligation", progressed.obligation.as_str());
            out.put("to", progressed.to.to_string());
            "progressed"
        }
        EventKind::Used(used) => {
            out.put("obligation", used.obligation.as_str());
            out.maybe("quantity", used.quantity);
            out.maybe("amount", used.amount);
            "used"
        }
        EventKind::Estimated(estimated) => {
            out.maybe("obligation", estimated.obligation.as_ref());
            out.maybe("variable", estimated.variable);
            out.put("included", estimated.included.to_string());
            "estimated"
        }
        EventKind::Exercised(obligation) => {
            out.put("obligation", obligation.as_str());
            "exercised"
        }
        EventKind::Expired(obligation) => {
            out.put("obligation", obligation.as_str());
            "expired"
        }
        EventKind::WrittenOff(written_off) => {
            out.put("invoice", written_off.invoice.as_str());
            out.put("amount", written_off.amount.to_string());
            "written_off"
        }
        EventKind::PeriodClosed(period) => {
            out.put("period", period.to_string());
            "period_closed"
        }
        EventKind::PeriodReopened(period) => {
            out.put("period", period.to_string());
            "period_reopened"
        }
        _ => "",
    }
}

fn write_signed(signed: &Signed, out: &mut Object) -> &'static str {
    out.maybe("currency", signed.currency);
    out.maybe("price", signed.price);
    if signed.cancellable {
        out.put("cancellable", true);
    }
    out.maybe("financing_rate", signed.financing_rate);
    out.maybe("customer", signed.customer.as_ref());
    out.put(
        "obligations",
        signed.obligations.iter().map(obligation).collect::<Vec<_>>(),
    );
    let bundle = |bundle: &super::Bundle| {
        let ids: Vec<&str> = bundle.obligations.iter().map(|id| id.as_str()).collect();
        json!({"obligations": ids, "price": bundle.price.to_string()})
    };
    out.list("bundles", signed.bundles.iter().map(bundle).collect());
    "signed"
}

fn write_modified(modified: &Modified, out: &mut Object) -> &'static str {
    out.maybe("treatment", modified.treatment.map(super::Treatment::name));
    out.maybe("decided", modified.decided.as_ref());
    out.put("price_change", modified.price_change.to_string());
    out.list("add", modified.add.iter().map(obligation).collect());
    out.list("change", modified.change.iter().map(change).collect());
    out.list("remove", modified.remove.iter().map(|id| json!(id.as_str())).collect());
    "modified"
}

fn change(change: &Change) -> Value {
    let mut out = Object::default();
    out.put("obligation", change.obligation.as_str());
    out.maybe("price", change.price);
    out.maybe("start", change.start);
    out.maybe("end", change.end);
    out.maybe("quantity", change.quantity);
    out.maybe("progress", change.progress);
    out.maybe("ssp", change.ssp);
    out.done()
}

fn obligation(terms: &ObligationTerms) -> Value {
    let mut out = Object::default();
    out.put("id", terms.id.as_str());
    out.maybe("price", terms.price);
    match terms.ssp {
        Ssp::AsPriced => {}
        Ssp::Amount(amount) => out.put("ssp", amount.to_string()),
        Ssp::Residual { range } => {
            out.put("ssp", "residual");
            if let Some((low, high)) = range {
                out.put("ssp_range", vec![low.to_string(), high.to_string()]);
            }
        }
    }
    out.put("satisfied", terms.satisfied.name());
    out.maybe("start", terms.start);
    out.maybe("end", terms.end);
    out.maybe("method", terms.method.map(crate::policy::Method::name));
    if let Some(weights) = &terms.weights {
        let weights: Map<String, Value> = weights
            .iter()
            .map(|(period, weight): (_, &Decimal)| (period.to_string(), json!(weight.to_string())))
            .collect();
        out.put("weights", Value::Object(weights));
    }
    let instant = |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
    out.maybe("start_at", terms.start_at.map(instant));
    out.maybe("end_before", terms.end_before.map(instant));
    out.maybe("quantity", terms.quantity);
    out.maybe("unit_price", terms.unit_price);
    if let Some(series) = terms.series {
        out.put("series", series);
    }
    if !terms.distinct {
        out.put("distinct", false);
    }
    if !terms.tracking.is_empty() {
        out.put(
            "tracking",
            Value::Object(
                terms
                    .tracking
                    .iter()
                    .map(|(key, value)| (key.clone(), json!(value)))
                    .collect(),
            ),
        );
    }
    out.done()
}

fn lines(lines: &[super::DocumentLine]) -> Vec<Value> {
    lines
        .iter()
        .map(|line| json!({"obligation": line.obligation.as_str(), "amount": line.amount.to_string()}))
        .collect()
}
