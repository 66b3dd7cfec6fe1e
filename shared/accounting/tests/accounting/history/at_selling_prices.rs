//! Histories in which every change costs what it is worth. All amounts are whole minor units, so nothing is rounded.
//!
//! Products over time cost a rate for a unit and a day, or a unit and a month. They are sold together or later as contracts of their
//! own, extended, shortened, made larger and smaller, several at a time and the same one again and again, removed and cancelled,
//! beside a project and metered calls that nobody touches.

use std::collections::BTreeMap;

use chrono::{Days, Months, NaiveDate};
use serde_json::{Value, json};
use tieout_accounting::Period;

use super::dice::Dice;
use super::{History, Options};

/// A product over time: units from one day to another, cut where a change takes effect.
struct Product {
    id: String,
    rate: i64,
    spans: Vec<Span>,
    billed: i64,
    invoices: Vec<(String, i64, bool)>,
    ended: bool,
    sold_apart: bool,
}

#[derive(Clone, Copy)]
struct Span {
    start: NaiveDate,
    end: NaiveDate,
    units: i64,
}

pub struct AtSellingPrices {
    pub history: History,
    pub expected: BTreeMap<(String, Period), i64>,
    seen: Vec<&'static str>,
}

struct Builder {
    dice: Dice,
    monthly: bool,
    today: NaiveDate,
    products: Vec<Product>,
    events: Vec<Value>,
    expected: BTreeMap<(String, Period), i64>,
    numbers: usize,
    seen: Vec<&'static str>,
    /// The product that was changed last; it is often changed again.
    last: usize,
    cancelled_on: Option<NaiveDate>,
}

fn text(minor: i64) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", minor.abs() / 100, minor.abs() % 100)
}

impl AtSellingPrices {
    /// What a twentieth of the histories must hold, at least.
    pub const MIXTURES: [&'static str; 9] = [
        "several named",
        "several contracts named",
        "the same product again",
        "sold apart",
        "removed",
        "removed and added at once",
        "changed and added at once",
        "cancelled beside others",
        "untouched project",
    ];

    pub fn new(seed: u64) -> Self {
        let mut dice = Dice(seed ^ 0x5E11);
        let monthly = dice.one_in(2);
        let signed = Period::of(NaiveDate::from_ymd_opt(2024, 1, 1).unwrap() + Days::new(dice.roll(700))).first_day();
        let today = if monthly { signed } else { signed + Days::new(dice.roll(28)) };
        let mut builder = Builder {
            dice,
            monthly,
            today,
            products: Vec::new(),
            events: Vec::new(),
            expected: BTreeMap::new(),
            numbers: 0,
            seen: Vec::new(),
            last: 0,
            cancelled_on: None,
        };
        builder.sign();
        let steps = builder.dice.between(1, 14);
        (0..steps).for_each(|_| builder.step());
        builder.finish();
        let Builder {
            events, expected, seen, ..
        } = builder;
        let method = if monthly { "equal_touched" } else { "daily" };
        let story =
            json!({"story": format!("priced-{seed}"), "ledger": {"currency": "GBP"}, "policy": {"method": method}, "events": events});
        let options = Options {
            foreign: false,
            closes: false,
            metered: true,
            simple: false,
        };
        Self {
            history: History::read(seed, options, story),
            expected: expected.into_iter().filter(|(_, amount)| *amount != 0).collect(),
            seen,
        }
    }

    pub fn count(&self, seen: &mut BTreeMap<&'static str, u64>) {
        let once: std::collections::BTreeSet<&'static str> = self.seen.iter().copied().collect();
        once.into_iter().for_each(|what| *seen.entry(what).or_default() += 1);
    }
}

impl Builder {
    fn push(&mut self, mut value: Value) {
        value["on"] = json!(self.today.to_string());
        self.events.push(value);
    }

    fn number(&mut self, kind: &str) -> String {
        self.numbers += 1;
        format!("{kind}-{}", self.numbers)
    }

    /// Days of service, or months.
    fn time(&self, from: NaiveDate, end: NaiveDate) -> i64 {
        match self.monthly {
            _ if end < from => 0,
            true => i64::from(Period::of(end).since(Period::of(from))) + 1,
            false => (end - from).num_days() + 1,
        }
    }

    /// A last day on or after a day.
    fn some_end(&mut self, from: NaiveDate) -> NaiveDate {
        match self.monthly {
            true => Period::of(from).plus(self.dice.roll(24) as i32).last_day(),
            false => from + Days::new(self.dice.roll(500)),
        }
    }

    fn value(&self, product: &Product) -> i64 {
        let of = |span: &Span| self.time(span.start, span.end) * span.units * product.rate;
        product.spans.iter().map(of).sum()
    }

    /// What is left of a product from today on.
    fn rest(&self, index: usize) -> i64 {
        let product = &self.products[index];
        let of = |span: &Span| self.time(span.start.max(self.today), span.end) * span.units * product.rate;
        product.spans.iter().map(of).sum()
    }

    fn product(&mut self, sold_apart: bool) -> Value {
        // Names in no order, so that nothing leans on it.
        let id = format!("{}{}", char::from(b'a' + self.dice.roll(26) as u8), self.products.len());
        let late = self.dice.roll(3) * u64::from(self.dice.one_in(3));
        let start = match self.monthly {
            true => self.today + Months::new(late as u32),
            false => self.today + Days::new(late * 17),
        };
        let end = self.some_end(start);
        let (units, rate) = (
            self.dice.between(1, 200),
            self.dice.between(1, 500) * if self.monthly { 25 } else { 1 },
        );
        let price = self.time(start, end) * units * rate;
        let mut value =
            json!({"id": id, "price": text(price), "start": start.to_string(), "end": end.to_string(), "quantity": units.to_string()});
        if self.dice.one_in(2) {
            value["ssp"] = json!(text(price));
        }
        self.products.push(Product {
            id,
            rate,
            spans: vec![Span { start, end, units }],
            billed: 0,
            invoices: Vec::new(),
            ended: false,
            sold_apart,
        });
        value
    }

    fn sign(&mut self) {
        let count = self.dice.between(2, 5);
        let mut obligations: Vec<Value> = (0..count).map(|_| self.product(false)).collect();
        let project = self.dice.one_in(3);
        if project {
            self.seen.push("untouched project");
            obligations.insert(0, json!({"id": "project", "price": "777.77", "satisfied": "by_progress"}));
            obligations.push(json!({"id": "calls", "satisfied": "by_usage", "unit_price": "0.02"}));
        }
        self.push(json!({"type": "signed", "obligations": obligations}));
        if project {
            self.push(json!({"type": "progressed", "obligation": "project", "to": "0.50"}));
            self.push(json!({"type": "used", "obligation": "calls", "quantity": "700"}));
            self.push(json!({"type": "invoiced", "invoice": "P", "lines": [{"obligation": "project", "amount": "777.77"}, {"obligation": "calls", "amount": "14.00"}]}));
            self.expected.insert(("project".to_owned(), Period::of(self.today)), 38_889);
            self.expected.insert(("calls".to_owned(), Period::of(self.today)), 1_400);
        }
    }

    fn step(&mut self) {
        self.today = match self.monthly {
            true => Period::of(self.today).plus(self.dice.roll(4) as i32).first_day(),
            false => self.today + Days::new(self.dice.roll(60)),
        };
        match self.dice.roll(12) {
            0..=4 => self.change(),
            5 => self.sell_apart(),
            6 => self.remove(),
            7 => self.swap(),
            8 => self.cancel(),
            9 | 10 => self.invoice(),
            _ => self.pay(),
        }
    }

    /// Products that can still be changed.
    fn open(&self) -> Vec<usize> {
        let open = |index: &usize| {
            let product = &self.products[*index];
            !product.ended && product.spans.last().is_some_and(|span| span.end >= self.today)
        };
        (0..self.products.len()).filter(open).collect()
    }

    fn take(&mut self, most: u64) -> Vec<usize> {
        let mut open = self.open();
        let mut taken = Vec::new();
        if self.dice.one_in(2) && open.contains(&self.last) {
            self.seen.push("the same product again");
            open.retain(|index| *index != self.last);
            taken.push(self.last);
        }
        let count = 1 + self.dice.roll(most) as usize;
        while taken.len() < count && !open.is_empty() {
            let at = self.dice.roll(open.len() as u64) as usize;
            taken.push(open.swap_remove(at));
        }
        if let Some(last) = taken.last() {
            self.last = *last;
        }
        taken
    }

    /// New ends and units of some products; gives the changes and what they cost.
    fn changes(&mut self, most: u64) -> (Vec<Value>, i64) {
        let named = self.take(most);
        if named.len() > 1 {
            self.seen.push("several named");
            let apart = named.iter().filter(|index| self.products[**index].sold_apart).count();
            if (1..named.len()).contains(&apart) {
                self.seen.push("several contracts named");
            }
        }
        let (mut changes, mut cost) = (Vec::new(), 0);
        for index in named {
            let before = self.rest(index);
            let id = self.products[index].id.clone();
            let old = self.products[index].spans[self.products[index].spans.len() - 1];
            let from = old.start.max(self.today);
            let mut new = Span { start: from, ..old };
            let mut change = json!({"obligation": id});
            let how = self.dice.roll(3);
            if how != 1 {
                new.end = self.some_end(from);
                change["end"] = json!(new.end.to_string());
            }
            if how != 0 {
                new.units = self.dice.between(1, 200);
                change["quantity"] = json!(new.units.to_string());
            }
            self.cut(index, new);
            cost += self.rest(index) - before;
            changes.push(change);
        }
        (changes, cost)
    }

    /// Ends the last span on the day before, and goes on with another.
    fn cut(&mut self, index: usize, new: Span) {
        let today = self.today;
        let spans = &mut self.products[index].spans;
        match spans.last_mut() {
            Some(last) if last.start < today => {
                last.end = today - Days::new(1);
                spans.push(new);
            }
            Some(last) => *last = new,
            None => spans.push(new),
        }
    }

    fn change(&mut self) {
        let (changes, mut cost) = self.changes(3);
        if changes.is_empty() {
            return;
        }
        let mut value = json!({"type": "modified", "change": changes});
        if self.dice.one_in(6) {
            self.seen.push("changed and added at once");
            value["add"] = json!([self.product(true)]);
            cost += self.value(&self.products[self.products.len() - 1]);
            // It joins the contract that is changed.
            let last = self.products.len() - 1;
            self.products[last].sold_apart = false;
        }
        value["price_change"] = json!(text(cost));
        self.push(value);
    }

    fn sell_apart(&mut self) {
        self.seen.push("sold apart");
        let value = self.product(true);
        let price = value["price"].clone();
        self.push(json!({"type": "modified", "price_change": price, "add": [value]}));
    }

    /// Ends products today; gives their names and what of their price falls away.
    fn end(&mut self, most: u64) -> (Vec<String>, i64) {
        let (mut names, mut cost) = (Vec::new(), 0);
        for index in self.take(most) {
            cost -= self.rest(index);
            let today = self.today;
            let product = &mut self.products[index];
            product.ended = true;
            product.spans.retain(|span| span.start < today);
            if let Some(last) = product.spans.last_mut() {
                last.end = last.end.min(today - Days::new(1));
            }
            names.push(product.id.clone());
            // Of one day, a removal stands before a cancellation, however they are written: if that ends everything, what was billed
            // of the removed product beyond its price, paid and not credited, would be revenue (see `cancel`).
            if self.cancelled_on == Some(self.today) {
                self.credit_excess(index, "billing");
            }
        }
        (names, cost)
    }

    fn remove(&mut self) {
        let (names, cost) = self.end(2);
        if names.is_empty() {
            return;
        }
        self.seen.push("removed");
        self.push(json!({"type": "modified", "price_change": text(cost), "remove": names}));
    }

    fn swap(&mut self) {
        let (names, cost) = self.end(2);
        if names.is_empty() {
            return;
        }
        self.seen.push("removed and added at once");
        let added = self.product(false);
        let price = self.value(&self.products[self.products.len() - 1]);
        self.push(json!({"type": "modified", "price_change": text(cost + price), "remove": names, "add": [added]}));
    }

    /// Some products are cancelled, and what was billed beyond what they earned is credited or given back.
    fn cancel(&mut self) {
        // What was billed above the price is credited first: paid and not credited it would be revenue.
        (0..self.products.len()).for_each(|index| self.credit_excess(index, "billing"));
        let open = self.open();
        let (names, _) = self.end(2);
        if names.is_empty() {
            return;
        }
        if names.len() < open.len() {
            self.seen.push("cancelled beside others");
        }
        self.cancelled_on = Some(self.today);
        self.push(json!({"type": "cancelled", "obligations": names}));
        for index in 0..self.products.len() {
            if names.contains(&self.products[index].id) {
                self.credit_excess(index, "cancellation");
            }
        }
    }

    /// Credits what was billed beyond the price.
    fn credit_excess(&mut self, index: usize, reason: &str) {
        let mut excess = self.products[index].billed - self.value(&self.products[index]);
        for at in 0..self.products[index].invoices.len() {
            let part = excess.min(self.products[index].invoices[at].1);
            if part <= 0 {
                continue;
            }
            excess -= part;
            self.products[index].billed -= part;
            let invoice = &mut self.products[index].invoices[at];
            invoice.1 -= part;
            let (name, id) = (invoice.0.clone(), self.products[index].id.clone());
            let number = self.number("CN");
            self.push(json!({"type": "credited", "credit_note": number, "invoice": name, "reason": reason, "lines": [{"obligation": id, "amount": text(part)}]}));
        }
    }

    fn bill(&mut self, index: usize, amount: i64) {
        let (number, id) = (self.number("INV"), self.products[index].id.clone());
        self.products[index].billed += amount;
        self.products[index].invoices.push((number.clone(), amount, false));
        self.push(json!({"type": "invoiced", "invoice": number, "lines": [{"obligation": id, "amount": text(amount)}]}));
    }

    fn invoice(&mut self) {
        for index in self.open() {
            let due = self.value(&self.products[index]) - self.products[index].billed;
            if due > 0 && self.dice.one_in(2) {
                let part = *self.dice.pick(&[1, 1, 2, 12]);
                self.bill(index, (due / part).max(1));
            }
        }
    }

    fn pay(&mut self) {
        for index in 0..self.products.len() {
            for at in 0..self.products[index].invoices.len() {
                let (number, amount, paid) = self.products[index].invoices[at].clone();
                if !paid && amount > 0 && self.dice.one_in(2) {
                    self.products[index].invoices[at].2 = true;
                    self.push(json!({"type": "paid", "invoice": number, "amount": text(amount)}));
                }
            }
        }
    }

    /// The project is done, everything has ended, the rest is billed or credited.
    fn finish(&mut self) {
        let ends = self.products.iter().flat_map(|product| &product.spans).map(|span| span.end);
        let last = ends.max().unwrap_or(self.today).max(self.today);
        self.today = Period::of(last).plus(2).first_day();
        if self.seen.contains(&"untouched project") {
            self.push(json!({"type": "progressed", "obligation": "project", "to": "1"}));
            self.expected.insert(("project".to_owned(), Period::of(self.today)), 38_888);
        }
        for index in 0..self.products.len() {
            let due = self.value(&self.products[index]) - self.products[index].billed;
            if due > 0 {
                self.bill(index, due);
            } else {
                self.credit_excess(index, "billing");
            }
            self.earn(index);
        }
    }

    fn earn(&mut self, index: usize) {
        let product = &self.products[index];
        for span in product.spans.clone() {
            for period in Period::of(span.start).to(Period::of(span.end)) {
                let (from, to) = (span.start.max(period.first_day()), span.end.min(period.last_day()));
                if to >= from {
                    let amount = self.time(from, to) * span.units * self.products[index].rate;
                    *self.expected.entry((self.products[index].id.clone(), period)).or_default() += amount;
                }
            }
        }
    }
}
