//! A second model of the rules, day by day with exact fractions. It reads the story as JSON and shares nothing with the engine.
//!
//! It knows what `Options::simple` throws: every method, remainder and half; prices by relative selling price; deliveries, progress,
//! usage; modifications separate, prospective and with catch-up; invoices, credit notes, cancellations with refunds.
#![allow(dead_code)]

pub mod fraction;
mod modified;
mod promise;
mod rounding;
mod shape;

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use fraction::{Fraction, decimal, parts, whole};
use promise::{Promise, Way, day, minor};
use rounding::Rounding;
use serde_json::Value;
use shape::{first_of, last_of, next_month};

/// Promises that were cancelled together.
struct Cancelled {
    places: Vec<usize>,
    earned: i128,
    billed: i128,
    returned: i128,
}

pub struct Model {
    decimals: u32,
    method: String,
    rounding: Rounding,
    promises: Vec<Promise>,
    groups: usize,
    /// Refunds promised, by group.
    promised: BTreeMap<usize, i128>,
    cancelled: Vec<Cancelled>,
    today: NaiveDate,
    pub treatments: Vec<&'static str>,
    /// Recognised by promise and month.
    pub recognised: BTreeMap<(String, NaiveDate), i128>,
}

impl Model {
    /// Plays a story through a month; `None` where it has what the model does not know.
    pub fn play(story: &Value, decimals: u32, through: NaiveDate) -> Option<Self> {
        let mut events: Vec<&Value> = story["events"].as_array()?.iter().collect();
        events.sort_by_key(|event| (day(&event["on"]), rank(event)));
        let mut model = Self {
            decimals,
            method: story["policy"]["method"].as_str()?.to_owned(),
            rounding: Rounding {
                remainder: story["policy"]["rounding"].as_str()?.to_owned(),
                even: story["policy"]["round_half"] == "even",
            },
            promises: Vec::new(),
            groups: 1,
            promised: BTreeMap::new(),
            cancelled: Vec::new(),
            today: day(&events[0]["on"]),
            treatments: Vec::new(),
            recognised: BTreeMap::new(),
        };
        let mut events = events.into_iter().peekable();
        let mut month = first_of(model.today);
        while month <= through {
            while let Some(event) = events.next_if(|event| day(&event["on"]) <= last_of(month)) {
                model.today = day(&event["on"]);
                model.apply(event)?;
                if events.peek().is_none_or(|next| day(&next["on"]) > model.today) {
                    model.keep_metered();
                }
            }
            model.month_end(month);
            month = next_month(month);
        }
        Some(model)
    }

    fn apply(&mut self, event: &Value) -> Option<()> {
        match event["type"].as_str()? {
            "signed" => {
                self.promise(event["obligations"].as_array()?, None, 0);
            }
            "invoiced" => self.invoiced(event),
            "credited" => self.credited(event),
            "modified" => self.modified(event)?,
            "cancelled" => self.cancel(event),
            "delivered" | "progressed" | "used" => self.transferred(event),
            "paid" => {}
            _ => return None,
        }
        Some(())
    }

    fn yesterday(&self) -> NaiveDate {
        self.today - Days::new(1)
    }

    fn earned(&self, place: usize, through: NaiveDate) -> i128 {
        self.promises[place].earned(through, false, &self.rounding, self.decimals)
    }

    fn place(&self, id: &Value) -> usize {
        self.promises.iter().position(|promise| promise.id == id.as_str().unwrap()).unwrap()
    }

    /// What the day's usage, delivery and documents made of metered promises; their credit notes look at it.
    fn keep_metered(&mut self) {
        for place in 0..self.promises.len() {
            if self.promises[place].metered {
                self.promises[place].recognised = self.earned(place, self.today);
            }
        }
    }

    fn month_end(&mut self, month: NaiveDate) {
        for place in 0..self.promises.len() {
            let earned = self.promises[place].earned(last_of(month), true, &self.rounding, self.decimals);
            let before: i128 = self
                .recognised
                .iter()
                .filter(|((id, _), _)| *id == self.promises[place].id)
                .map(|(_, amount)| amount)
                .sum();
            self.recognised.insert((self.promises[place].id.clone(), month), earned - before);
            self.promises[place].recognised = earned;
        }
    }

    /// Promises that share a price: the stated sum, or what a modification brings. Metered ones have none.
    fn promise(&mut self, terms: &[Value], total: Option<i128>, group: usize) -> Vec<usize> {
        let mut added: Vec<(Promise, &Value)> = terms
            .iter()
            .map(|terms| (Promise::new(terms, &self.method, self.decimals), terms))
            .collect();
        let mut priced: Vec<usize> = (0..added.len()).filter(|place| !added[*place].0.metered).collect();
        priced.sort_by_key(|place| added[*place].0.id.clone());
        let total = total.unwrap_or(priced.iter().map(|place| added[*place].0.stated).sum());
        let weights: Vec<Fraction> = priced.iter().map(|place| whole(added[*place].0.ssp)).collect();
        let amounts = if priced.is_empty() { Vec::new() } else { parts(total, &weights) };
        for (place, amount) in priced.iter().zip(amounts) {
            added[*place].0.pieces = vec![(amount, Way::Done)];
        }
        let first = self.promises.len();
        for (mut promise, terms) in added.drain(..) {
            let amount = promise.price();
            promise.pieces = vec![(amount, promise.first_way(terms))];
            promise.group = if promise.metered { self.new_group() } else { group };
            self.promises.push(promise);
        }
        (first..self.promises.len()).collect()
    }

    fn new_group(&mut self) -> usize {
        self.groups += 1;
        self.groups - 1
    }

    fn transferred(&mut self, event: &Value) {
        let (place, today) = (self.place(&event["obligation"]), self.today);
        let promise = &mut self.promises[place];
        let number = |key: &str| event.get(key).map(|value| decimal(value.as_str().unwrap()));
        match event["type"].as_str().unwrap() {
            "progressed" if promise.progress_on == Some(today) => {}
            "progressed" => promise.progress = number("to").unwrap(),
            "used" if promise.metered => {
                let priced = number("quantity").map(|quantity| quantity.times(promise.unit_price));
                promise.used = promise.used.plus(number("amount").or(priced).unwrap());
            }
            "used" => {
                promise.units = promise.units.plus(number("quantity").unwrap());
                promise.measure();
            }
            _ => match (number("quantity"), number("share")) {
                (Some(quantity), _) => {
                    promise.units = promise.units.plus(quantity);
                    promise.measure();
                }
                (_, Some(share)) => promise.progress = promise.progress.plus(share),
                _ => promise.progress = whole(1),
            },
        }
    }

    fn lines(&self, event: &Value) -> Vec<(usize, i128)> {
        let line = |line: &Value| (self.place(&line["obligation"]), minor(&line["amount"], self.decimals));
        event["lines"].as_array().unwrap().iter().map(line).collect()
    }

    fn invoiced(&mut self, event: &Value) {
        for (place, amount) in self.lines(event) {
            self.promises[place].billed += amount;
            self.after_cancellation(place, |pool| pool.billed += amount);
        }
    }

    fn credited(&mut self, event: &Value) {
        for (place, amount) in self.lines(event) {
            let price = event["reason"] == "price";
            let gone = self.cancelled.iter().any(|pool| pool.places.contains(&place));
            let promised = self.promised.entry(self.promises[place].group).or_default();
            let settled = if price && !gone { 0 } else { amount.min(*promised) };
            *promised -= settled;
            let left = amount - settled;
            let promise = &mut self.promises[place];
            let billed = promise.billed;
            promise.billed -= left;
            if gone {
                self.after_cancellation(place, |pool| pool.returned += left);
            } else if price && promise.metered {
                let share = fraction::fraction(promise.recognised.min(billed), billed.max(1));
                promise.reprice(-self.rounding.round(whole(left).times(share)).clamp(0, left));
            } else if price {
                promise.reprice(-left);
            }
        }
    }

    /// What was earned stays; a refund is promised; the rest of what was billed is revenue at once.
    fn cancel(&mut self, event: &Value) {
        let named: Vec<usize> = match event.get("obligations") {
            Some(ids) => ids.as_array().unwrap().iter().map(|id| self.place(id)).collect(),
            None => (0..self.promises.len()).collect(),
        };
        let open: Vec<usize> = named.into_iter().filter(|place| !self.promises[*place].ended).collect();
        let mut pools = Vec::new();
        for group in 0..self.groups {
            let places: Vec<usize> = open.iter().copied().filter(|place| self.promises[*place].group == group).collect();
            let earned: Vec<i128> = places.iter().map(|place| self.earned(*place, self.yesterday())).collect();
            if !places.is_empty() {
                let billed = places.iter().map(|place| self.promises[*place].billed).sum();
                pools.push((
                    group,
                    earned.clone(),
                    Cancelled {
                        places,
                        earned: earned.iter().sum(),
                        billed,
                        returned: 0,
                    },
                ));
            }
        }
        let refund = event.get("refund").map_or(0, |refund| minor(refund, self.decimals));
        let unearned: Vec<i128> = pools.iter().map(|(_, _, pool)| (pool.billed - pool.earned).max(0)).collect();
        let billed: Vec<i128> = pools.iter().map(|(_, _, pool)| pool.billed).collect();
        let weights = if unearned.iter().sum::<i128>() >= refund {
            unearned
        } else {
            billed
        };
        let refunds = if pools.is_empty() {
            Vec::new()
        } else {
            parts(refund, &weights.into_iter().map(whole).collect::<Vec<_>>())
        };
        for ((group, earned, mut pool), refund) in pools.into_iter().zip(refunds) {
            pool.returned = refund;
            *self.promised.entry(group).or_default() += refund;
            let release = pool.earned.max(pool.billed) - refund - pool.earned;
            let rest = |(place, earned): (&usize, &i128)| whole((self.promises[*place].billed - earned).max(0));
            let weights: Vec<Fraction> = if release < 0 {
                earned.iter().copied().map(whole).collect()
            } else {
                pool.places.iter().zip(&earned).map(rest).collect()
            };
            let billed: Vec<Fraction> = pool.places.iter().map(|place| whole(self.promises[*place].billed)).collect();
            for (place, (earned, part)) in pool.places.iter().zip(earned.iter().zip(parts(release, &weights))) {
                self.promises[*place].end(earned + part);
            }
            for (place, back) in pool.places.iter().zip(parts(refund, &billed)) {
                self.promises[*place].billed -= back;
            }
            self.cancelled.push(pool);
        }
    }

    fn after_cancellation(&mut self, place: usize, act: impl FnOnce(&mut Cancelled)) {
        let Some(pool) = self.cancelled.iter_mut().find(|pool| pool.places.contains(&place)) else {
            return;
        };
        let due = |pool: &Cancelled| pool.earned.max(pool.billed) - pool.returned;
        let before = due(pool);
        act(pool);
        let amount = self.promises[place].price() + due(pool) - before;
        self.promises[place].end(amount);
    }
}

/// Which of two facts of one day is applied first.
fn rank(event: &Value) -> usize {
    let order = [
        "signed",
        "modified",
        "delivered progressed used",
        "invoiced",
        "paid",
        "cancelled",
        "credited",
    ];
    order
        .iter()
        .position(|kinds| kinds.contains(event["type"].as_str().unwrap()))
        .unwrap_or(order.len())
}
