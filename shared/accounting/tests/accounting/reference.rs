//! A second model of the rules, day by day with exact fractions. It reads the story as JSON and shares nothing with the engine.
//!
//! It knows what `Options::simple` generates: every method, remainder and half; prices by relative selling price; deliveries, progress,
//! usage; modifications separate, prospective and with catch-up; invoices, credit notes, cancellations with refunds.

mod cancelled;
pub mod fraction;
mod modified;
mod obligation;
mod rounding;
mod shape;

use std::collections::BTreeMap;

use cancelled::Claim;
use chrono::{Days, NaiveDate};
use fraction::{Fraction, decimal, parts, whole};
use obligation::{Obligation, Way, day, minor};
use rounding::Rounding;
use serde_json::Value;
use shape::{first_of, last_of, next_month};

pub struct Model {
    decimals: u32,
    method: String,
    rounding: Rounding,
    obligations: Vec<Obligation>,
    groups: usize,
    /// Refunds promised, by group.
    promised: BTreeMap<usize, i128>,
    invoices: BTreeMap<String, Invoice>,
    claims: Vec<Claim>,
    /// Groups of which a removal left nothing.
    emptied: Vec<usize>,
    today: NaiveDate,
    /// Recognised by obligation and month.
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
            obligations: Vec::new(),
            groups: 1,
            promised: BTreeMap::new(),
            invoices: BTreeMap::new(),
            claims: Vec::new(),
            emptied: Vec::new(),
            today: day(&events[0]["on"]),
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
                    model.settle_claims()?;
                }
            }
            model.month_end(month);
            month = next_month(month);
        }
        Some(model)
    }

    /// Obligations whose revenue after a cancellation belongs to them together: each by the name of the first.
    pub fn cancelled_together(&self) -> BTreeMap<String, String> {
        let of = |claim: &Claim| {
            let first = self.obligations[claim.indices[0]].id.clone();
            let names = claim.indices.iter().map(|index| self.obligations[*index].id.clone());
            names.map(|name| (name, first.clone())).collect::<Vec<_>>()
        };
        self.claims.iter().flat_map(of).collect()
    }

    fn apply(&mut self, event: &Value) -> Option<()> {
        match event["type"].as_str()? {
            "signed" => {
                self.obligation(event["obligations"].as_array()?, None, 0);
            }
            "invoiced" => self.invoiced(event),
            // What a credit note takes back after the end is a question of what was paid and is unearned: stories hold it.
            "credited" if self.names_cancelled(event) => return None,
            "credited" => self.credited(event),
            "modified" => self.modified(event)?,
            "cancelled" => self.cancelled(event)?,
            "delivered" | "progressed" | "used" => self.transferred(event),
            "paid" => self.paid(event),
            _ => return None,
        }
        Some(())
    }

    fn yesterday(&self) -> NaiveDate {
        self.today - Days::new(1)
    }

    fn earned(&self, index: usize, through: NaiveDate) -> i128 {
        self.obligations[index].earned(through, false, &self.rounding, self.decimals)
    }

    fn index(&self, id: &Value) -> usize {
        self.obligations
            .iter()
            .position(|obligation| obligation.id == id.as_str().unwrap())
            .unwrap()
    }

    /// What the day's usage, delivery and documents made of metered obligations; their credit notes look at it.
    fn keep_metered(&mut self) {
        for index in 0..self.obligations.len() {
            if self.obligations[index].metered {
                self.obligations[index].recognised = self.earned(index, self.today);
            }
        }
    }

    fn month_end(&mut self, month: NaiveDate) {
        for index in 0..self.obligations.len() {
            let earned = self.obligations[index].earned(last_of(month), true, &self.rounding, self.decimals);
            let before: i128 = self
                .recognised
                .iter()
                .filter(|((id, _), _)| *id == self.obligations[index].id)
                .map(|(_, amount)| amount)
                .sum();
            self.recognised.insert((self.obligations[index].id.clone(), month), earned - before);
            self.obligations[index].recognised = earned;
        }
    }

    /// Promises that share a price: the stated sum, or what a modification brings. Metered ones have none.
    fn obligation(&mut self, terms: &[Value], total: Option<i128>, group: usize) -> Vec<usize> {
        let mut added: Vec<(Obligation, &Value)> = terms
            .iter()
            .map(|terms| (Obligation::new(terms, &self.method, self.decimals), terms))
            .collect();
        let mut priced: Vec<usize> = (0..added.len()).filter(|index| !added[*index].0.metered).collect();
        priced.sort_by_key(|index| added[*index].0.id.clone());
        let total = total.unwrap_or(priced.iter().map(|index| added[*index].0.stated).sum());
        let weights: Vec<Fraction> = priced.iter().map(|index| whole(added[*index].0.ssp)).collect();
        let amounts = if priced.is_empty() { Vec::new() } else { parts(total, &weights) };
        for (index, amount) in priced.iter().zip(amounts) {
            added[*index].0.pieces = vec![(amount, Way::Done)];
        }
        let first = self.obligations.len();
        for (mut obligation, terms) in added.drain(..) {
            let amount = obligation.price();
            let way = obligation.first_way(terms);
            if let Way::Over(shape) = &way {
                obligation.basis.measure = shape.measure;
            }
            obligation.pieces = vec![(amount, way)];
            obligation.group = if obligation.metered { self.new_group() } else { group };
            self.obligations.push(obligation);
        }
        (first..self.obligations.len()).collect()
    }

    fn new_group(&mut self) -> usize {
        self.groups += 1;
        self.groups - 1
    }

    fn transferred(&mut self, event: &Value) {
        let (index, today) = (self.index(&event["obligation"]), self.today);
        let obligation = &mut self.obligations[index];
        let number = |key: &str| event.get(key).map(|value| decimal(value.as_str().unwrap()));
        match event["type"].as_str().unwrap() {
            "progressed" if obligation.progress_on == Some(today) => {}
            "progressed" => obligation.progress = number("to").unwrap(),
            "used" if obligation.metered => {
                let priced = number("quantity").map(|quantity| quantity.times(obligation.unit_price));
                obligation.used = obligation.used.plus(number("amount").or(priced).unwrap());
            }
            "used" => {
                obligation.units = obligation.units.plus(number("quantity").unwrap());
                obligation.measure();
            }
            _ => match (number("quantity"), number("share")) {
                (Some(quantity), _) => {
                    obligation.units = obligation.units.plus(quantity);
                    obligation.measure();
                }
                (_, Some(share)) => obligation.progress = obligation.progress.plus(share),
                _ => obligation.progress = whole(1),
            },
        }
    }

    fn lines(&self, event: &Value) -> Vec<(usize, i128)> {
        let line = |line: &Value| (self.index(&line["obligation"]), minor(&line["amount"], self.decimals));
        event["lines"].as_array().unwrap().iter().map(line).collect()
    }

    fn invoiced(&mut self, event: &Value) {
        let lines = self.lines(event);
        lines.iter().for_each(|(index, amount)| self.obligations[*index].billed += amount);
        let tax = event.get("tax").map_or(0, |tax| minor(tax, self.decimals));
        let gross = tax + lines.iter().map(|(_, amount)| amount).sum::<i128>();
        let number = event["invoice"].as_str().unwrap().to_owned();
        self.invoices.insert(
            number,
            Invoice {
                lines,
                open: gross,
                paid: 0,
            },
        );
    }

    fn paid(&mut self, event: &Value) {
        let amount = minor(&event["amount"], self.decimals);
        let invoice = self.invoices.get_mut(event["invoice"].as_str().unwrap()).unwrap();
        invoice.paid += amount;
        invoice.open -= amount;
    }

    fn names_cancelled(&self, event: &Value) -> bool {
        let lines = self.lines(event);
        let of = |index: usize| &self.obligations[index];
        let removed = |(index, _): &(usize, i128)| of(*index).ended && self.emptied.contains(&of(*index).group);
        let claimed = |claim: &Claim| lines.iter().any(|(index, _)| claim.indices.contains(index));
        self.claims.iter().any(claimed) || lines.iter().any(removed)
    }

    fn credited(&mut self, event: &Value) {
        let (lines, decimals) = (self.lines(event), self.decimals);
        let tax = event.get("tax").map_or(0, |tax| minor(tax, decimals));
        let invoice = self.invoices.get_mut(event["invoice"].as_str().unwrap()).unwrap();
        invoice.open -= tax;
        for (index, amount) in &lines {
            invoice.open -= amount;
            invoice.lines.push((*index, -amount));
        }
        for (index, amount) in lines {
            let price = event["reason"] == "price";
            let gone = self.claims.iter().any(|claim| claim.indices.contains(&index));
            let promised = self.promised.entry(self.obligations[index].group).or_default();
            let settled = if price && !gone { 0 } else { amount.min(*promised) };
            *promised -= settled;
            let left = amount - settled;
            let obligation = &mut self.obligations[index];
            let billed = obligation.billed;
            obligation.billed -= left;
            if gone {
                self.give_back(index, left);
            } else if price && obligation.metered {
                let share = fraction::fraction(obligation.recognised.min(billed), billed.max(1));
                obligation.reprice(-self.rounding.round(whole(left).times(share)).clamp(0, left));
            } else if price {
                // What was agreed falls with what was allocated.
                obligation.reprice(-left);
                obligation.stated -= left.min(obligation.stated.max(0));
            } else if event["reason"] == "cancellation" {
                obligation.credited_ahead += left;
            }
        }
    }
}

/// An invoice: its lines, those of its credit notes below zero.
struct Invoice {
    lines: Vec<(usize, i128)>,
    open: i128,
    paid: i128,
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
