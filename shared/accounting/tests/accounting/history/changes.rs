//! What changes the contract: modifications of every treatment, renewals, estimates, rights, cancellations.

use chrono::Days;
use serde_json::{Value, json};

use super::Builder;

impl Builder {
    pub fn modify(&mut self) {
        let price = match self.dice.roll(3) {
            0 => -self.minor(300),
            _ => self.minor(3_000),
        };
        let mut value = json!({"type": "modified", "price_change": self.text(price)});
        match if self.options.simple {
            *self.dice.pick(&[0, 1, 2, 3, 6])
        } else {
            self.dice.roll(8)
        } {
            0 | 1 => self.add(&mut value),
            2 if self.obligations.len() > 1 => {
                let index = self.some_obligation();
                value["remove"] = json!([self.obligations[index].id]);
                let part = -self.obligations[index].price / self.dice.between(1, 4);
                value["price_change"] = json!(self.text(part));
            }
            3 => {}
            4 => {
                self.change(&mut value, 1);
                self.add(&mut value);
            }
            5 => self.change(&mut value, 2),
            _ => self.change(&mut value, 1),
        }
        match self.dice.roll(8) {
            0 => value["treatment"] = json!("prospective"),
            1 => value["treatment"] = json!("catch_up"),
            2 if !self.options.simple => value["treatment"] = json!("mixed"),
            3 => value["treatment"] = json!("separate"),
            _ => {}
        }
        if self.dice.one_in(4) && value.get("treatment").is_some() {
            value["decided"] = json!("A. Controller: agreed with the auditor");
        }
        self.push(value);
    }

    fn add(&mut self, value: &mut Value) {
        let added = self.obligation(true);
        let price = self.obligations.last().map_or(0, |obligation| obligation.price);
        let kind = self.obligations.last().map_or("", |obligation| obligation.kind);
        let change = if kind == "by_usage" { 0 } else { price };
        let change = if self.dice.one_in(3) { change - change / 7 } else { change };
        value["price_change"] = json!(self.text(change));
        value["add"] = json!([added]);
    }

    /// New terms of one or two obligations.
    fn change(&mut self, value: &mut Value, count: usize) {
        let mut changes = Vec::new();
        for _ in 0..count {
            let index = self.some_obligation();
            let obligation = self.obligations[index].clone();
            if obligation.kind == "by_usage" || changes.iter().any(|change: &Value| change["obligation"] == obligation.id) {
                continue;
            }
            let mut change = json!({"obligation": obligation.id});
            match obligation.kind {
                "over_time" if self.dice.one_in(2) => {
                    let end = self.today + Days::new(self.dice.roll(500));
                    self.obligations[index].end = end;
                    change["end"] = json!(end.to_string());
                    if self.dice.one_in(4) {
                        change["start"] = json!((self.today + Days::new(self.dice.roll(40))).to_string());
                    }
                }
                "by_delivery" | "by_usage_capped" => {
                    self.obligations[index].quantity += self.dice.between(0, 40);
                    change["quantity"] = json!(self.obligations[index].quantity.to_string());
                }
                "by_progress" if self.dice.one_in(2) => {
                    let percent = self.dice.between(0, 100);
                    self.obligations[index].percent = percent;
                    change["progress"] = json!(format!("{}.{:02}", percent / 100, percent % 100));
                }
                _ => {}
            }
            if self.dice.one_in(4) {
                change["ssp"] = json!(1 + self.minor(5_000)).as_i64().map(|minor| json!(self.text(minor))).unwrap();
            }
            if self.dice.one_in(4) {
                let price = self.minor(20_000);
                change["price"] = json!(self.text(price));
            }
            changes.push(change);
        }
        if !changes.is_empty() {
            value["change"] = json!(changes);
        }
    }

    /// A renewal: the service goes on for a year, or a new obligation starts on the day after.
    pub fn renew(&mut self) {
        let index = self.some_obligation();
        let obligation = self.obligations[index].clone();
        if obligation.kind != "over_time" || obligation.end < self.today {
            return;
        }
        let price = self.minor(10_000);
        let end = obligation.end + Days::new(365);
        let mut value = json!({"type": "modified", "price_change": self.text(price)});
        if self.dice.one_in(2) {
            self.obligations[index].end = end;
            value["change"] = json!([{"obligation": obligation.id, "end": end.to_string()}]);
        } else {
            let id = format!("o{}", self.obligations.len());
            let start = obligation.end + Days::new(1);
            value["add"] = json!([{"id": id, "price": self.text(price), "start": start.to_string(), "end": end.to_string()}]);
            self.obligations.push(super::Obligation {
                id,
                end,
                price,
                ..obligation
            });
        }
        self.push(value);
    }

    pub fn estimate(&mut self) {
        if self.options.simple {
            return;
        }
        let index = self.some_obligation();
        let included = if self.dice.one_in(2) { -self.minor(100) } else { self.minor(200) };
        let mut value = json!({"type": "estimated", "included": self.text(included)});
        if self.dice.one_in(2) {
            value["variable"] = json!(self.text(included * 2));
        }
        if !self.dice.one_in(4) {
            value["obligation"] = json!(self.obligations[index].id);
        }
        self.push(value);
    }

    pub fn decide_right(&mut self) {
        let rights: Vec<usize> = (0..self.obligations.len())
            .filter(|index| self.obligations[*index].kind == "material_right")
            .collect();
        if let Some(index) = rights.get(self.dice.roll(rights.len() as u64) as usize) {
            let kind = *self.dice.pick(&["exercised", "expired"]);
            let value = json!({"type": kind, "obligation": self.obligations[*index].id});
            self.push(value);
        }
    }

    pub fn cancel(&mut self) {
        let mut value = json!({"type": "cancelled"});
        if !self.dice.one_in(3) {
            let index = self.some_obligation();
            value["obligations"] = json!([self.obligations[index].id]);
        }
        if self.dice.one_in(2) {
            let refund = self.minor(200);
            value["refund"] = json!(self.text(refund));
        }
        self.push(value);
    }
}
