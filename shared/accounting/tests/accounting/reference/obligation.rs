//! A obligation of the reference model: pieces of its price and how each is earned.

use chrono::{Days, NaiveDate, NaiveDateTime, Timelike};
use serde_json::Value;

use super::fraction::{Fraction, decimal, parts, whole};
use super::rounding::Rounding;
use super::shape::{DAY_SECONDS, Shape};

#[derive(Clone, Debug)]
pub enum Way {
    Done,
    Over(Shape),
    /// By progress from here to all.
    Measured(Fraction),
}

/// A selling price, and of how many units and how much service it is the price.
#[derive(Clone, Copy, Debug)]
pub struct Basis {
    pub ssp: Fraction,
    pub units: Option<Fraction>,
    pub measure: Fraction,
}

#[derive(Clone, Debug)]
pub struct Obligation {
    pub id: String,
    pub kind: String,
    pub group: usize,
    pub pieces: Vec<(i128, Way)>,
    pub stated: i128,
    pub ssp: i128,
    /// From what the selling price of the rest follows: a price, of so many units, for so much service.
    pub basis: Basis,
    pub method: String,
    pub given: bool,
    pub catches_up: bool,
    pub service: Option<(NaiveDate, NaiveDate, i128, i128)>,
    pub metered: bool,
    pub unit_price: Fraction,
    pub used: Fraction,
    pub adjusted: i128,
    pub units: Fraction,
    pub quantity: Option<Fraction>,
    pub progress: Fraction,
    /// A modification of this day said the progress after it.
    pub progress_on: Option<NaiveDate>,
    pub ended: bool,
    pub billed: i128,
    /// Credited for a cancellation that was not known yet.
    pub credited_ahead: i128,
    /// As it stood when the last day with events ended.
    pub recognised: i128,
}

pub fn day(value: &Value) -> NaiveDate {
    value.as_str().unwrap().parse().unwrap()
}

pub fn minor(value: &Value, decimals: u32) -> i128 {
    decimal(value.as_str().unwrap()).times(whole(10i128.pow(decimals))).floor()
}

impl Obligation {
    pub fn new(terms: &Value, method: &str, decimals: u32) -> Self {
        let metered = terms["satisfied"] == "by_usage" && terms.get("price").is_none();
        let stated = terms.get("price").map_or(0, |price| minor(price, decimals));
        let ssp = terms.get("ssp").map_or(stated, |ssp| minor(ssp, decimals));
        let given = terms.get("weights").is_some();
        Self {
            id: terms["id"].as_str().unwrap().to_owned(),
            kind: terms["satisfied"].as_str().unwrap_or("over_time").to_owned(),
            group: 0,
            pieces: Vec::new(),
            stated,
            ssp,
            basis: Basis {
                ssp: whole(ssp),
                units: terms.get("quantity").map(|quantity| decimal(quantity.as_str().unwrap())),
                measure: whole(1),
            },
            method: terms["method"].as_str().unwrap_or(method).to_owned(),
            given,
            catches_up: terms["satisfied"] == "by_progress" || terms["distinct"] == false || terms["series"] == false,
            service: service(terms),
            metered,
            unit_price: terms.get("unit_price").map_or(whole(0), |price| decimal(price.as_str().unwrap())),
            used: whole(0),
            adjusted: 0,
            units: whole(0),
            quantity: terms.get("quantity").map(|quantity| decimal(quantity.as_str().unwrap())),
            progress: whole(0),
            progress_on: None,
            ended: false,
            billed: 0,
            credited_ahead: 0,
            recognised: 0,
        }
    }

    /// The way in which a price is earned by the terms alone.
    pub fn first_way(&self, terms: &Value) -> Way {
        if self.kind != "over_time" {
            return Way::Measured(whole(0));
        }
        if let Some(weights) = terms.get("weights") {
            let of = |(month, share): (&String, &Value)| (format!("{month}-01").parse().unwrap(), decimal(share.as_str().unwrap()));
            return Way::Over(Shape::given(weights.as_object().unwrap().iter().map(of).collect()));
        }
        let (start, end, late, early) = self.service.unwrap();
        Way::Over(Shape::new(&self.method, start, end, (late, early)))
    }

    pub fn price(&self) -> i128 {
        self.pieces.iter().map(|(amount, _)| amount).sum()
    }

    /// Earned through a day: at a month's end by its months, else by what was served until something happens.
    pub fn earned(&self, through: NaiveDate, month_end: bool, rounding: &Rounding, decimals: u32) -> i128 {
        if self.metered && !self.ended {
            return rounding.round(self.used.times(whole(10i128.pow(decimals)))) + self.adjusted;
        }
        let of = |(amount, way): &(i128, Way)| match way {
            Way::Done => *amount,
            Way::Over(shape) if shape.weekly && !month_end => rounding.round(whole(*amount).times(shape.so_far(through))),
            Way::Over(shape) => rounding.earned(*amount, shape, through),
            Way::Measured(from) => rounding.round(whole(*amount).times(self.since(*from))),
        };
        self.pieces.iter().map(of).sum()
    }

    /// How far progress is from a point on the way to all of it.
    fn since(&self, from: Fraction) -> Fraction {
        let way = whole(1).minus(from);
        if way == whole(0) {
            whole(1)
        } else {
            self.progress.minus(from).by(way)
        }
    }

    pub fn undelivered(&self, yesterday: NaiveDate) -> Fraction {
        match self.pieces.last() {
            Some((_, Way::Over(shape))) => whole(1).minus(shape.so_far(yesterday)),
            Some((_, Way::Measured(from))) => whole(1).minus(self.since(*from)),
            _ => whole(0),
        }
    }

    /// Whether it is transferred unit by unit.
    pub fn counts_units(&self) -> bool {
        self.quantity.is_some() && ["by_delivery", "by_usage", "at_point"].contains(&self.kind.as_str())
    }

    pub fn is_over(&self) -> bool {
        matches!(self.pieces.last(), Some((_, Way::Over(_))))
    }

    /// A change of the price: earned and unearned pieces alike.
    pub fn reprice(&mut self, change: i128) {
        if self.metered && !self.ended {
            self.adjusted += change;
            return;
        }
        let weights: Vec<Fraction> = self.pieces.iter().map(|(amount, _)| whole(*amount)).collect();
        if weights.iter().all(|weight| !weight.is_positive()) {
            self.pieces.last_mut().unwrap().0 += change;
            return;
        }
        for ((amount, _), part) in self.pieces.iter_mut().zip(parts(change, &weights)) {
            *amount += part;
        }
    }

    /// 606-10-25-13(b): progress times the new price is revenue to date, whatever was frozen before.
    pub fn catch_up(&mut self, change: i128) {
        match self.pieces.last() {
            Some((_, Way::Measured(_))) => self.pieces = vec![(self.price() + change, Way::Measured(whole(0)))],
            _ => self.reprice(change),
        }
    }

    pub fn end(&mut self, amount: i128) {
        self.ended = true;
        self.pieces = vec![(amount, Way::Done)];
    }

    pub fn measure(&mut self) {
        if let Some(quantity) = self.quantity {
            let share = self.units.by(quantity);
            self.progress = if share.minus(whole(1)).is_positive() { whole(1) } else { share };
        }
    }

    /// New quantity, progress and stated price of a modification.
    pub fn new_terms(&mut self, change: &Value, today: NaiveDate, decimals: u32) {
        if let Some(quantity) = change.get("quantity") {
            self.quantity = Some(decimal(quantity.as_str().unwrap()));
            self.measure();
        }
        if let Some(progress) = change.get("progress") {
            self.progress = decimal(progress.as_str().unwrap());
            self.progress_on = Some(today);
        }
        if let Some(price) = change.get("price") {
            self.stated = minor(price, decimals);
        }
    }
}

/// First and last day, and the seconds that are missing of them.
fn service(terms: &Value) -> Option<(NaiveDate, NaiveDate, i128, i128)> {
    if let (Some(from), Some(before)) = (terms.get("start_at"), terms.get("end_before")) {
        let instant = |value: &Value| value.as_str().unwrap().trim_end_matches('Z').parse::<NaiveDateTime>().unwrap();
        let (from, before) = (instant(from), instant(before));
        let seconds = |at: NaiveDateTime| i128::from(at.time().num_seconds_from_midnight());
        let (end, early) = match seconds(before) {
            0 => (before.date() - Days::new(1), 0),
            served => (before.date(), DAY_SECONDS - served),
        };
        return Some((from.date(), end, seconds(from), early));
    }
    Some((day(terms.get("start")?), day(terms.get("end")?), 0, 0))
}
