//! Events as the JSON of FORMAT.md.

use serde_json::{Map, Value, json};

use super::estimate::write_outcomes;
use super::write_terms::{write_modified, write_opened, write_signed};
use super::{CreditReason, Event, EventKind};

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
pub(super) struct Object(Map<String, Value>);

impl Object {
    pub(super) fn put(&mut self, key: &str, value: impl Into<Value>) {
        self.0.insert(key.to_owned(), value.into());
    }

    pub(super) fn maybe(&mut self, key: &str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.put(key, value.to_string());
        }
    }

    pub(super) fn list(&mut self, key: &str, values: Vec<Value>) {
        if !values.is_empty() {
            self.put(key, values);
        }
    }

    pub(super) fn done(self) -> Value {
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
            if let Some((start, end)) = credited.for_service {
                out.put("for", json!({"start": start.to_string(), "end": end.to_string()}));
            }
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
                out.put("obligations", ids.iter().map(|id| json!(id.as_str())).collect::<Vec<_>>());
            }
            out.maybe("refund", cancelled.refund);
            if cancelled.owed {
                out.put("owed", true);
            }
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
            let (outcomes, basis) = write_outcomes(estimated);
            out.list("outcomes", outcomes);
            out.maybe("basis", basis);
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
        EventKind::Doubted(doubted) => {
            out.put("reason", doubted.reason.as_str());
            "doubted"
        }
        EventKind::Settled(how) => {
            out.put("how", how.name());
            "settled"
        }
        EventKind::Opened(opened) => write_opened(opened, out),
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

fn lines(lines: &[super::DocumentLine]) -> Vec<Value> {
    lines
        .iter()
        .map(|line| json!({"obligation": line.obligation.as_str(), "amount": line.amount.to_string()}))
        .collect()
}
