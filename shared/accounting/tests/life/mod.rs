//! Random lives of contracts: signed, invoiced, paid, credited, modified, delivered, cancelled, with closes in between.
#![allow(dead_code)]

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};
use tieout_accounting::contract::Contract;
use tieout_accounting::rates::{RateLine, Rates};
use tieout_accounting::{Book, Currency, Event, Period, Refusal};

#[derive(Clone, Copy)]
pub struct Options {
    pub foreign: bool,
    pub closes: bool,
    pub metered: bool,
}

pub struct Life {
    pub book: Book,
    pub events: Vec<Event>,
    pub conditional: bool,
    pub estimates: bool,
}

/// A small generator of numbers, so that a seed is a life.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % sides.max(1)
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let place = self.roll(of.len() as u64) as usize;
        &of[place]
    }

    fn amount(&mut self, most: u64) -> String {
        let cents = 1 + self.roll(most * 100);
        format!("{}.{:02}", cents / 100, cents % 100)
    }
}

const METHODS: [&str; 9] = [
    "daily",
    "instant",
    "equal_touched",
    "equal_anniversary",
    "prorata_month",
    "ends_by_time",
    "mid_month",
    "half_month",
    "thirty_360",
];
const KINDS: [&str; 7] = [
    "over_time",
    "over_time",
    "over_time",
    "at_point",
    "by_progress",
    "by_delivery",
    "by_usage",
];

struct Promise {
    id: String,
    kind: &'static str,
    delivered: u64,
}

struct Builder {
    dice: Dice,
    today: NaiveDate,
    values: Vec<Value>,
    promises: Vec<Promise>,
    invoices: Vec<(String, String)>,
    closed: Option<Period>,
    conditional: bool,
    estimates: bool,
    options: Options,
}

impl Life {
    pub fn new(seed: u64, steps: usize, options: Options) -> Self {
        let today = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap() + Days::new(seed % 700);
        let mut builder = Builder {
            dice: Dice(seed),
            today,
            values: Vec::new(),
            promises: Vec::new(),
            invoices: Vec::new(),
            closed: None,
            conditional: false,
            estimates: false,
            options,
        };
        builder.sign();
        for _ in 0..steps {
            builder.step();
        }
        let gbp = Currency::parse("GBP").unwrap();
        let usd = Currency::parse("USD").unwrap();
        let mut book = Book::new(gbp);
        let rate = |dice: &mut Dice| rust_decimal::Decimal::new(60 + dice.roll(60) as i64, 2);
        let first = NaiveDate::from_ymd_opt(2023, 1, 1).unwrap();
        let lines = (0..30u64).map(|month| RateLine {
            on: first + Days::new(month * 43),
            currency: usd,
            rate: rate(&mut builder.dice),
        });
        book.rates = Rates::new(lines.collect::<Vec<_>>()).unwrap();
        let remainders = ["cumulative", "cumulative", "cumulative", "last", "first", "last_full", "balance"];
        let policy = json!({
            "method": builder.dice.pick(&METHODS), "rounding": builder.dice.pick(&remainders), "round_half": builder.dice.pick(&["away", "even"]),
            "revenue_coding": builder.dice.pick(&["liability", "revenue"]), "fx_layers": builder.dice.pick(&["fifo", "proportional"]),
        });
        book.policy = serde_json::from_value(policy).unwrap();
        let events = builder
            .values
            .iter()
            .map(|value| Event::from_value(value.clone()).unwrap_or_else(|refusal| panic!("{refusal}: {value}")))
            .collect();
        Self {
            book,
            events,
            conditional: builder.conditional,
            estimates: builder.estimates,
        }
    }

    pub fn contract(&self) -> Result<Contract, Refusal> {
        Contract::from_events(&"C1".into(), &self.events, &self.book)
    }

    pub fn story(&self) -> String {
        let events: Vec<String> = self.events.iter().map(|event| event.to_value().to_string()).collect();
        format!("{:?}\n{}", self.book.policy, events.join(",\n"))
    }
}

impl Builder {
    fn sign(&mut self) {
        let count = 1 + self.dice.roll(4);
        let obligations: Vec<Value> = (0..count).map(|place| self.obligation(&format!("o{place}"))).collect();
        let mut signed = json!({"type": "signed", "on": self.today.to_string(), "obligations": obligations});
        if self.options.foreign {
            signed["currency"] = json!("USD");
        }
        self.values.push(signed);
    }

    fn obligation(&mut self, id: &str) -> Value {
        let mut kind = *self.dice.pick(&KINDS);
        if kind == "by_usage" && !self.options.metered {
            kind = "by_delivery";
        }
        self.promises.push(Promise {
            id: id.to_owned(),
            kind,
            delivered: 0,
        });
        let mut value = json!({"id": id, "satisfied": kind});
        match kind {
            "by_usage" => value["unit_price"] = json!("0.015"),
            _ => value["price"] = json!(self.dice.amount(20_000)),
        }
        if kind == "over_time" {
            let start = self.today + Days::new(self.dice.roll(40));
            let days = *self.dice.pick(&[0, 20, 30, 89, 364, 365, 400, 729]);
            value["start"] = json!(start.to_string());
            value["end"] = json!((start + Days::new(days)).to_string());
            if self.dice.roll(2) == 0 {
                value["method"] = json!(self.dice.pick(&METHODS));
            }
        }
        if kind == "by_delivery" {
            value["quantity"] = json!("100");
        }
        if kind != "by_usage" && self.dice.roll(3) == 0 {
            value["ssp"] = json!(self.dice.amount(20_000));
        }
        value
    }

    fn step(&mut self) {
        self.today = self.today + Days::new(self.dice.roll(45));
        let on = self.today.to_string();
        match self.dice.roll(if self.options.closes { 14 } else { 12 }) {
            0..=2 => self.invoice(&on),
            3 => self.on_invoice(|dice, invoice, _| json!({"type": "paid", "invoice": invoice, "amount": dice.amount(3_000)})),
            4 => {
                let reason = *self.dice.pick(&["price", "billing", "cancellation"]);
                let number = format!("CN-{}", self.values.len());
                self.on_invoice(|dice, invoice, id| json!({"type": "credited", "credit_note": number, "invoice": invoice, "reason": reason, "lines": [{"obligation": id, "amount": dice.amount(20)}]}));
            }
            5 | 6 => self.deliver(&on),
            7 | 8 => self.modify(&on),
            9 => {
                let place = self.dice.roll(self.promises.len() as u64) as usize;
                let included = self.dice.amount(100);
                self.estimates = true;
                self.push(&on, json!({"type": "estimated", "obligation": self.promises[place].id, "included": if place == 0 { format!("-{included}") } else { included }}));
            }
            10 => self.on_invoice(|dice, invoice, _| json!({"type": "written_off", "invoice": invoice, "amount": dice.amount(30)})),
            11 if self.dice.roll(6) == 0 => self.push(&on, json!({"type": "cancelled"})),
            11 => {
                let amount = self.dice.amount(10);
                self.push(&on, json!({"type": "refunded", "amount": amount}));
            }
            _ => self.close(),
        }
    }

    fn push(&mut self, on: &str, mut value: Value) {
        let late = self.options.closes && self.dice.roll(3) == 0;
        let (first, days) = (
            self.values[0]["on"].as_str().unwrap().parse::<NaiveDate>().unwrap(),
            self.dice.roll(80),
        );
        let effective = on.parse::<NaiveDate>().unwrap().checked_sub_days(Days::new(days)).unwrap();
        value["on"] = json!(on);
        if late && effective >= first && matches!(value["type"].as_str(), Some("invoiced" | "modified" | "delivered" | "estimated")) {
            value["on"] = json!(effective.to_string());
            value["known_on"] = json!(on);
        }
        self.values.push(value);
    }

    fn invoice(&mut self, on: &str) {
        let place = self.dice.roll(self.promises.len() as u64) as usize;
        let id = self.promises[place].id.clone();
        let number = format!("INV-{}", self.invoices.len());
        self.invoices.push((number.clone(), id.clone()));
        let mut value = json!({"type": "invoiced", "invoice": number, "lines": [{"obligation": id, "amount": self.dice.amount(10_000)}], "tax": "20.00"});
        if self.dice.roll(12) == 0 {
            value["unconditional"] = json!(false);
            self.conditional = true;
        }
        self.push(on, value);
    }

    fn on_invoice(&mut self, event: impl FnOnce(&mut Dice, &str, &str) -> Value) {
        if self.invoices.is_empty() {
            return;
        }
        let (number, id) = self.dice.pick(&self.invoices).clone();
        let on = self.today.to_string();
        let value = event(&mut self.dice, &number, &id);
        self.push(&on, value);
    }

    fn deliver(&mut self, on: &str) {
        let place = self.dice.roll(self.promises.len() as u64) as usize;
        let units = 1 + self.dice.roll(20);
        let promise = &mut self.promises[place];
        let id = promise.id.clone();
        let value = match promise.kind {
            "at_point" => json!({"type": "delivered", "obligation": id}),
            "by_progress" => {
                promise.delivered = (promise.delivered + units).min(100);
                json!({"type": "progressed", "obligation": id, "to": format!("{}.{:02}", promise.delivered / 100, promise.delivered % 100)})
            }
            "by_delivery" if promise.delivered + units <= 100 => {
                promise.delivered += units;
                json!({"type": "delivered", "obligation": id, "quantity": units.to_string()})
            }
            "by_usage" => json!({"type": "used", "obligation": id, "quantity": (units * 37).to_string()}),
            _ => return,
        };
        self.push(on, value);
    }

    fn modify(&mut self, on: &str) {
        let place = self.dice.roll(self.promises.len() as u64) as usize;
        let (id, kind) = (self.promises[place].id.clone(), self.promises[place].kind);
        let price = self.dice.amount(3_000);
        let mut value = json!({"type": "modified", "price_change": price});
        if self.dice.roll(3) == 0 {
            let added = format!("o{}", self.promises.len());
            let start = self.today + Days::new(self.dice.roll(20));
            value["add"] = json!([{"id": added, "price": price, "satisfied": "over_time", "start": start.to_string(), "end": (start + Days::new(200)).to_string()}]);
            self.promises.push(Promise {
                id: added,
                kind: "over_time",
                delivered: 0,
            });
        } else if kind != "by_usage" {
            value["change"] = json!([{"obligation": id}]);
            if kind == "over_time" && self.dice.roll(2) == 0 {
                value["change"][0]["end"] = json!((self.today + Days::new(30 + self.dice.roll(500))).to_string());
            }
            if self.dice.roll(3) == 0 {
                value["treatment"] = json!(self.dice.pick(&["prospective", "catch_up"]));
            }
        } else {
            return;
        }
        self.push(on, value);
    }

    fn close(&mut self) {
        let period = Period::of(self.today).previous();
        if self.closed.is_some_and(|closed| closed >= period) {
            return;
        }
        self.closed = Some(period);
        self.values
            .push(json!({"type": "period_closed", "on": self.today.to_string(), "period": period.to_string()}));
    }
}
