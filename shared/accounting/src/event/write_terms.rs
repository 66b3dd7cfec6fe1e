//! Signings, modifications and obligations as the JSON of FORMAT.md.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::write::Object;
use super::{Change, Modified, ObligationTerms, Opened, Signed, Ssp};

pub(super) fn write_signed(signed: &Signed, out: &mut Object) -> &'static str {
    out.maybe("currency", signed.currency);
    out.maybe("price", signed.price);
    if signed.cancellable {
        out.put("cancellable", true);
    }
    out.maybe("financing_rate", signed.financing_rate);
    out.maybe("customer", signed.customer.as_ref());
    out.put("obligations", signed.obligations.iter().map(obligation).collect::<Vec<_>>());
    let bundle = |bundle: &super::Bundle| {
        let ids: Vec<&str> = bundle.obligations.iter().map(|id| id.as_str()).collect();
        json!({"obligations": ids, "price": bundle.price.to_string()})
    };
    out.list("bundles", signed.bundles.iter().map(bundle).collect());
    "signed"
}

pub(super) fn write_opened(opened: &Opened, out: &mut Object) -> &'static str {
    out.maybe("currency", opened.currency);
    out.maybe("customer", opened.customer.as_ref());
    out.put("obligations", opened.obligations.iter().map(obligation).collect::<Vec<_>>());
    let balances = [
        ("contract_liability", opened.contract_liability),
        ("contract_asset", opened.contract_asset),
        ("receivable", opened.receivable),
    ];
    for (key, amount) in balances {
        out.maybe(key, Some(amount).filter(|amount| !amount.is_zero()));
    }
    "opened"
}

pub(super) fn write_modified(modified: &Modified, out: &mut Object) -> &'static str {
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
    out.maybe("item", terms.item.as_ref());
    out.maybe("supplier_share", terms.supplier_share);
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
            Value::Object(terms.tracking.iter().map(|(key, value)| (key.clone(), json!(value))).collect()),
        );
    }
    out.done()
}
