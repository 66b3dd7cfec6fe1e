//! Promises: signings and obligations of every kind and method.

use chrono::{Days, Months, NaiveDate};
use serde_json::{Value, json};
use tieout_accounting::Period;

use super::Builder;

pub const METHODS: [&str; 11] = [
    "daily",
    "instant",
    "equal_touched",
    "equal_anniversary",
    "prorata_month",
    "ends_by_time",
    "mid_month",
    "half_month",
    "thirty_360",
    "fiscal_445",
    "user",
];
const KINDS: [&str; 12] = [
    "over_time",
    "over_time",
    "over_time",
    "over_time",
    "over_time",
    "at_point",
    "by_progress",
    "by_delivery",
    "by_usage",
    "by_usage_capped",
    "material_right",
    "by_progress",
];

/// An obligation as it was generated.
#[derive(Clone)]
pub struct Obligation {
    pub id: String,
    pub kind: &'static str,
    pub quantity: i64,
    pub delivered: i64,
    pub percent: i64,
    pub end: NaiveDate,
    pub price: i64,
}

impl Builder {
    pub fn sign(&mut self, currency: Option<&str>) {
        let count = 1 + self.dice.roll(4);
        let mut obligations: Vec<Value> = (0..count).map(|_| self.obligation(false)).collect();
        let mut signed = json!({"type": "signed", "on": self.today.to_string()});
        if let Some(currency) = currency {
            signed["currency"] = json!(currency);
        }
        if !self.options.simple {
            signed["cancellable"] = json!(self.dice.one_in(3));
            if self.dice.one_in(4) {
                signed["financing_rate"] = json!("0.06");
            }
            self.price_together(&mut signed, &mut obligations);
        }
        signed["obligations"] = json!(obligations);
        self.values.push(signed);
    }

    /// A price for the whole, a bundle, or one obligation priced by the residual.
    fn price_together(&mut self, signed: &mut Value, obligations: &mut [Value]) {
        let priced: Vec<usize> = (0..obligations.len())
            .filter(|index| obligations[*index].get("price").is_some())
            .collect();
        let sum: i64 = priced.iter().map(|index| self.obligations[*index].price).sum();
        let [first, second, ..] = priced.as_slice() else { return };
        match self.dice.roll(6) {
            0 => signed["price"] = json!(self.text(sum - sum / 10)),
            1 => {
                let ids = [&obligations[*first]["id"], &obligations[*second]["id"]];
                let pair = self.obligations[*first].price + self.obligations[*second].price;
                let price = pair - pair / 5;
                signed["bundles"] = json!([{"obligations": ids, "price": self.text(price)}]);
                [first, second].into_iter().for_each(|index| {
                    obligations[*index].as_object_mut().unwrap().remove("ssp");
                });
                signed["price"] = json!(self.text(sum - pair / 5));
            }
            2 => {
                obligations[*first]["ssp"] = json!("residual");
                for index in priced.iter().skip(1) {
                    obligations[*index].as_object_mut().unwrap().remove("ssp");
                }
            }
            _ => {}
        }
    }

    /// One more obligation, remembered; `later`: it is added by a modification and starts today or later.
    pub fn obligation(&mut self, later: bool) -> Value {
        let id = format!("o{}", self.obligations.len());
        let mut kind = *self.dice.pick(&KINDS);
        if kind == "by_usage" && !self.options.metered || kind == "material_right" && self.options.simple {
            kind = "over_time";
        }
        let price = self.minor(20_000);
        let mut value = json!({"id": id});
        let satisfied = if kind == "by_usage_capped" { "by_usage" } else { kind };
        if kind != "over_time" || self.dice.one_in(2) {
            value["satisfied"] = json!(satisfied);
        }
        let mut obligation = Obligation {
            id,
            kind,
            quantity: 0,
            delivered: 0,
            percent: 0,
            end: self.today,
            price,
        };
        match kind {
            "by_usage" => value["unit_price"] = json!("0.015"),
            _ => value["price"] = json!(self.text(price)),
        }
        match kind {
            "over_time" => obligation.end = self.service(&mut value, later),
            "material_right" if self.dice.one_in(2) => {
                let start = self.today + Days::new(400);
                value["start"] = json!(start.to_string());
                value["end"] = json!((start + Days::new(364)).to_string());
            }
            "by_delivery" | "by_usage_capped" => {
                obligation.quantity = *self.dice.pick(&[3, 7, 100, 120, 1_000]);
                value["quantity"] = json!(obligation.quantity.to_string());
            }
            _ => {}
        }
        if kind != "by_usage" && self.dice.one_in(3) {
            value["ssp"] = json!(self.minor(20_000).max(1))
                .as_i64()
                .map(|minor| json!(self.text(minor)))
                .unwrap();
        }
        if self.dice.one_in(8) {
            value[if kind == "over_time" { "series" } else { "distinct" }] = json!(false);
        }
        if self.dice.one_in(6) {
            value["tracking"] = json!({"Region": self.dice.pick(&["North", "South"])});
        }
        self.obligations.push(obligation);
        value
    }

    /// A service period with its method; gives its last day.
    fn service(&mut self, value: &mut Value, later: bool) -> NaiveDate {
        let shift = self.dice.between(if later { 0 } else { -20 }, 45);
        let mut start = self.today + chrono::TimeDelta::days(shift);
        if self.dice.one_in(4) {
            start = Period::of(start).first_day();
        }
        let mut end = start + Days::new(*self.dice.pick(&[0, 1, 20, 30, 89, 181, 364, 365, 400, 729, 1_095]));
        if self.dice.one_in(4) {
            let months = *self.dice.pick(&[1u32, 3, 12, 24, 36]);
            end = (start + Months::new(months)).pred_opt().unwrap();
        }
        let method = *self.dice.pick(&METHODS);
        if method == "user" {
            return self.shares(value, start);
        }
        if self.dice.one_in(2) {
            value["method"] = json!(method);
        }
        if self.dice.one_in(10) && matches!(method, "instant" | "ends_by_time") {
            value["method"] = json!(method);
            value["start_at"] = json!(format!("{start}T{:02}:30:00Z", self.dice.roll(24)));
            value["end_before"] = json!(format!("{}T{:02}:00:07Z", end + Days::new(1), self.dice.roll(24)));
            return end;
        }
        value["start"] = json!(start.to_string());
        value["end"] = json!(end.to_string());
        end
    }

    /// The method `user`: shares of some months, summing to one.
    fn shares(&mut self, value: &mut Value, start: NaiveDate) -> NaiveDate {
        let months = 1 + self.dice.roll(6) as i64;
        let (first, mut left) = (Period::of(start), 1_000i64);
        let mut weights = serde_json::Map::new();
        for month in 0..months {
            let share = if month == months - 1 { left } else { self.dice.between(0, left) };
            left -= share;
            weights.insert(
                first.plus(month as i32 * 2).to_string(),
                json!(format!("{}.{:03}", share / 1_000, share % 1_000)),
            );
        }
        value["weights"] = json!(weights);
        first.plus(months as i32 * 2 - 2).last_day()
    }
}
