//! What happens: deliveries, invoices, money, closes.

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};
use tieout_accounting::Period;

use super::{Bill, Builder};

impl Builder {
    pub fn step(&mut self, pace: u64) {
        self.today = self.today + Days::new(self.dice.roll(pace));
        match self.dice.roll(if self.options.closes { 40 } else { 34 }) {
            0..=6 => self.invoice(),
            7..=9 => self.pay(),
            10..=12 => self.credit(),
            13..=18 => self.deliver(),
            19..=25 => self.modify(),
            26 | 27 => self.estimate(),
            28 => self.write_off(),
            29 => self.refund(),
            30 if self.dice.one_in(3) => self.cancel(),
            31 => self.decide_right(),
            32 => self.renew(),
            34..=38 => self.close(),
            39 => self.reopen(),
            _ => self.deliver(),
        }
    }

    /// Adds an event of today, or one that took effect earlier and is known only today.
    pub fn push(&mut self, mut value: Value) {
        let early: NaiveDate = self.today - Days::new(self.dice.roll(120));
        value["on"] = json!(self.today.to_string());
        if self.options.closes && self.dice.one_in(3) && early >= self.signed {
            value["on"] = json!(early.to_string());
            value["known_on"] = json!(self.today.to_string());
        }
        self.values.push(value);
    }

    pub fn some_obligation(&mut self) -> usize {
        self.dice.roll(self.obligations.len() as u64) as usize
    }

    fn rate(&mut self, value: &mut Value) {
        if self.options.foreign && self.dice.one_in(4) {
            value["rate"] = json!(format!("0.{:03}", 1 + self.dice.roll(999)));
        }
    }

    fn invoice(&mut self) {
        let count = 1 + self.dice.roll(3);
        let mut lines: Vec<(String, i64)> = Vec::new();
        for _ in 0..count {
            let index = self.some_obligation();
            let share = self.obligations[index].price / self.dice.between(1, 12);
            let amount = if self.dice.one_in(2) { share } else { self.minor(6_000) };
            lines.push((self.obligations[index].id.clone(), amount));
        }
        if !self.options.simple && self.dice.one_in(10) {
            let (id, amount) = lines[0].clone();
            lines.push((id, -(amount / 10)));
        }
        let net: i64 = lines.iter().map(|(_, amount)| amount).sum();
        let tax = if self.dice.one_in(2) { net / 5 } else { 0 };
        let number = format!("INV-{}", self.bills.len());
        let written: Vec<Value> = lines
            .iter()
            .map(|(id, amount)| json!({"obligation": id, "amount": self.text(*amount)}))
            .collect();
        let mut value = json!({"type": "invoiced", "invoice": number, "lines": written, "tax": self.text(tax)});
        if !self.options.simple && self.dice.one_in(20) {
            value["unconditional"] = json!(false);
        }
        self.rate(&mut value);
        self.bills.push(Bill {
            number,
            lines,
            open: net + tax,
        });
        self.push(value);
    }

    fn some_bill(&mut self) -> Option<usize> {
        (!self.bills.is_empty()).then(|| self.dice.roll(self.bills.len() as u64) as usize)
    }

    fn pay(&mut self) {
        let Some(index) = self.some_bill() else { return };
        let amount = if self.dice.one_in(2) {
            self.bills[index].open.max(1)
        } else {
            self.minor(3_000)
        };
        let mut value = json!({"type": "paid", "invoice": self.bills[index].number, "amount": self.text(amount)});
        if !self.options.simple && self.dice.one_in(6) {
            let discount = self.minor(1).min(500);
            value["discount"] = json!(self.text(discount));
        }
        self.bills[index].open -= amount;
        self.rate(&mut value);
        self.push(value);
    }

    fn credit(&mut self) {
        let Some(index) = self.some_bill() else { return };
        let reason = *self.dice.pick(&["price", "price", "billing", "cancellation"]);
        let whole = self.dice.one_in(4);
        let lines = self.bills[index].lines.clone();
        let mut written = Vec::new();
        for (id, amount) in lines.iter().filter(|(_, amount)| *amount > 0).take(1 + self.dice.roll(2) as usize) {
            let part = if whole { *amount } else { self.dice.between(0, *amount / 3) };
            written.push(json!({"obligation": id, "amount": self.text(part)}));
        }
        let number = format!("CN-{}", self.values.len());
        let mut value =
            json!({"type": "credited", "credit_note": number, "invoice": self.bills[index].number, "reason": reason, "lines": written});
        if self.dice.one_in(3) {
            let tax = self.minor(1).min(300);
            value["tax"] = json!(self.text(tax));
        }
        self.rate(&mut value);
        self.push(value);
    }

    fn deliver(&mut self) {
        let index = self.some_obligation();
        let units = 1 + self.dice.roll(20) as i64;
        let obligation = self.obligations[index].clone();
        let id = &obligation.id;
        let value = match obligation.kind {
            "at_point" if obligation.percent < 100 => {
                let share = if self.dice.one_in(2) {
                    100 - obligation.percent
                } else {
                    (units * 2).min(100 - obligation.percent)
                };
                self.obligations[index].percent += share;
                match share {
                    100 => json!({"type": "delivered", "obligation": id}),
                    _ => json!({"type": "delivered", "obligation": id, "share": format!("{}.{:02}", share / 100, share % 100)}),
                }
            }
            "by_progress" => {
                let percent = (obligation.percent + units - 3).clamp(0, 100);
                self.obligations[index].percent = percent;
                json!({"type": "progressed", "obligation": id, "to": format!("{}.{:02}", percent / 100, percent % 100)})
            }
            "by_delivery" if obligation.delivered < obligation.quantity => {
                let units = units.min(obligation.quantity - obligation.delivered);
                self.obligations[index].delivered += units;
                json!({"type": "delivered", "obligation": id, "quantity": units.to_string()})
            }
            "by_usage" if self.dice.one_in(3) => json!({"type": "used", "obligation": id, "amount": self.text(units * 211)}),
            "by_usage" => json!({"type": "used", "obligation": id, "quantity": (units * 37).to_string()}),
            "by_usage_capped" => json!({"type": "used", "obligation": id, "quantity": units.to_string()}),
            _ => return,
        };
        self.push(value);
    }

    fn write_off(&mut self) {
        let Some(index) = self.some_bill().filter(|_| !self.options.simple) else {
            return;
        };
        let amount = if self.dice.one_in(3) {
            self.bills[index].open.max(1)
        } else {
            self.minor(30)
        };
        self.bills[index].open -= amount;
        self.push(json!({"type": "written_off", "invoice": self.bills[index].number, "amount": self.text(amount)}));
    }

    fn refund(&mut self) {
        if self.options.simple {
            return;
        }
        let amount = self.minor(50);
        let mut value = json!({"type": "refunded", "amount": self.text(amount)});
        if let Some(index) = self.some_bill().filter(|index| index % 2 == 0) {
            value["invoice"] = json!(self.bills[index].number);
        }
        self.rate(&mut value);
        self.push(value);
    }

    fn close(&mut self) {
        let period = Period::of(self.today).previous();
        if self.closed.last().is_none_or(|closed| *closed < period) {
            self.closed.push(period);
            self.values
                .push(json!({"type": "period_closed", "on": self.today.to_string(), "period": period.to_string()}));
        }
    }

    /// A closed period is opened again, and mostly closed anew some days later.
    fn reopen(&mut self) {
        let Some(period) = self.closed.last().copied() else { return };
        let period = period.plus(-(self.dice.roll(3) as i32));
        self.values
            .push(json!({"type": "period_reopened", "on": self.today.to_string(), "period": period.to_string()}));
        if self.dice.one_in(2) {
            self.deliver();
            self.invoice();
        }
        self.today = self.today + Days::new(3);
        if !self.dice.one_in(4) {
            self.values
                .push(json!({"type": "period_closed", "on": self.today.to_string(), "period": period.to_string()}));
        }
    }
}
