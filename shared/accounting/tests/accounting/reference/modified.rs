//! Modifications of the reference model, 606-10-25-12 and 25-13(a) and (b).

use chrono::NaiveDate;
use serde_json::Value;

use super::Model;
use super::fraction::{Fraction, parts, whole};
use super::obligation::{Way, day, minor};
use super::shape::Shape;

impl Model {
    pub(super) fn modified(&mut self, event: &Value) -> Option<()> {
        let none = Vec::new();
        let list = |key: &str| event.get(key).and_then(Value::as_array).unwrap_or(&none);
        let (add, changes) = (list("add"), list("change"));
        let removed: Vec<usize> = list("remove").iter().map(|id| self.index(id)).collect();
        let change = minor(&event["price_change"], self.decimals);
        match event["treatment"].as_str().unwrap_or(self.by_rule(add, changes, &removed, change)) {
            "separate" => self.separate(add, changes, change)?,
            "prospective" => self.prospective(add, changes, &removed, change),
            "catch_up" => self.catch_up(add, changes, &removed, change),
            _ => return None,
        }
        Some(())
    }

    /// Reading 9.
    fn by_rule(&self, add: &[Value], changed: &[Value], removed: &[usize], change: i128) -> &'static str {
        let mut kinds: Vec<&str> = Vec::new();
        let of = |change: &Value| {
            let obligation = &self.obligations[self.index(&change["obligation"])];
            let more = change.get("quantity").or(change.get("progress")).is_some();
            let delivered = ["at_point", "by_delivery"].contains(&obligation.kind.as_str()) && obligation.progress == whole(1) && !more;
            if obligation.catches_up || delivered {
                "catch_up"
            } else {
                "prospective"
            }
        };
        if !add.is_empty() {
            let priced: Vec<&Value> = add.iter().filter(|terms| terms.get("price").is_some()).collect();
            let price = |terms: &&Value| minor(&terms["price"], self.decimals);
            let at_ssp = priced
                .iter()
                .all(|terms| terms["distinct"] != false && terms.get("ssp").is_none_or(|ssp| minor(ssp, self.decimals) == price(terms)));
            let whole_price = !changed.is_empty() || priced.iter().map(price).sum::<i128>() == change;
            kinds.push(if at_ssp && whole_price { "separate" } else { "prospective" });
        }
        kinds.extend(changed.iter().map(of));
        kinds.extend(removed.first().map(|_| "prospective"));
        if kinds.is_empty() {
            let open = self
                .obligations
                .iter()
                .filter(|obligation| !obligation.ended && !obligation.metered);
            kinds.push(if open.into_iter().all(|obligation| obligation.catches_up) {
                "catch_up"
            } else {
                "prospective"
            });
        }
        if kinds.iter().all(|kind| *kind == kinds[0]) {
            kinds[0]
        } else {
            "mixed"
        }
    }

    fn end_removed(&mut self, removed: &[usize]) -> i128 {
        let mut left = 0;
        for index in removed {
            let earned = self.earned(*index, self.yesterday());
            if !self.obligations[*index].metered {
                left += self.obligations[*index].price() - earned;
            }
            self.obligations[*index].end(earned);
        }
        left
    }

    fn separate(&mut self, add: &[Value], changes: &[Value], change: i128) -> Option<()> {
        if !add.is_empty() {
            let group = self.new_group();
            self.obligation(add, Some(change), group);
            return Some(());
        }
        for terms in changes {
            let index = self.index(&terms["obligation"]);
            self.obligations[index].service?; // more of what has shares of its own: not known here
            let shape = self.changed_shape(index, terms, self.today);
            self.obligations[index].pieces.insert(0, (change, Way::Over(shape)));
        }
        Some(())
    }

    /// The service to the new or old end, not before a day.
    fn changed_shape(&mut self, index: usize, terms: &Value, earliest: NaiveDate) -> Shape {
        let obligation = &mut self.obligations[index];
        let (start, end, late, early) = obligation.service.unwrap();
        let from = terms.get("start").map_or(start, day).max(earliest);
        let to = terms.get("end").map_or(end, day);
        let late = if from > start || terms.get("start").is_some() { 0 } else { late };
        let early = if terms.get("end").is_some() { 0 } else { early };
        Shape::new(&obligation.method, from, to, (late, early))
    }

    fn prospective(&mut self, add: &[Value], changes: &[Value], removed: &[usize], change: i128) {
        let changed = |model: &Self, index: usize| changes.iter().find(|terms| model.index(&terms["obligation"]) == index);
        let named = changes
            .first()
            .map(|terms| self.index(&terms["obligation"]))
            .or(removed.first().copied());
        let group = named.map_or(0, |index| self.obligations[index].group);
        let yesterday = self.yesterday();
        let mut pool = change + self.end_removed(removed);
        let mut members: Vec<(usize, i128, Fraction)> = Vec::new();
        for index in 0..self.obligations.len() {
            let obligation = &self.obligations[index];
            let (terms, undelivered) = (changed(self, index), obligation.undelivered(yesterday));
            let left = terms.is_some() || obligation.ssp != 0 && undelivered.is_positive();
            if obligation.group != group || obligation.ended || obligation.metered || !left {
                continue;
            }
            let given = terms.and_then(|terms| terms.get("ssp"));
            let weight = given.map_or(obligation.ssp_now.times(undelivered).fine(), |ssp| whole(minor(ssp, self.decimals)));
            let earned = self.earned(index, yesterday);
            pool += obligation.price() - earned;
            members.push((index, earned, weight));
        }
        for index in self.obligation(add, Some(0), group) {
            if !self.obligations[index].metered {
                members.push((index, 0, whole(self.obligations[index].ssp)));
            }
        }
        members.sort_by_key(|(index, _, _)| self.obligations[*index].id.clone());
        let weights: Vec<Fraction> = members.iter().map(|(_, _, weight)| *weight).collect();
        for ((index, earned, weight), part) in members.into_iter().zip(parts(pool, &weights)) {
            self.goes_on(index, earned, part, changed(self, index));
            self.obligations[index].ssp_now = weight;
        }
    }

    /// Freezes what was earned and gives the rest its new price and terms.
    fn goes_on(&mut self, index: usize, earned: i128, rest: i128, terms: Option<&Value>) {
        let (today, decimals) = (self.today, self.decimals);
        if terms.is_none() && self.obligations[index].price() == earned + rest {
            return;
        }
        if let Some(terms) = terms {
            self.obligations[index].new_terms(terms, today, decimals);
        }
        let over = self.obligations[index].is_over();
        let way = match (terms, self.obligations[index].pieces.last()) {
            (Some(terms), _) if over && !self.obligations[index].given => {
                let shape = self.changed_shape(index, terms, NaiveDate::MIN);
                let obligation = &mut self.obligations[index];
                obligation.service = Some((shape.start, shape.end, shape.late, shape.early));
                Way::Over(shape.from(today))
            }
            (_, Some((_, Way::Over(shape)))) => Way::Over(shape.from(today)),
            _ => Way::Measured(self.obligations[index].progress),
        };
        self.obligations[index].pieces = vec![(earned, Way::Done), (rest, way)];
    }

    fn catch_up(&mut self, add: &[Value], changes: &[Value], removed: &[usize], change: i128) {
        let mut change = change + self.end_removed(removed);
        let open: Vec<usize> = (0..self.obligations.len())
            .filter(|index| !self.obligations[*index].ended && !self.obligations[*index].metered)
            .collect();
        let caught: Vec<usize> = open.iter().copied().filter(|index| self.obligations[*index].catches_up).collect();
        let mut targets: Vec<usize> = changes.iter().map(|terms| self.index(&terms["obligation"])).collect();
        if targets.is_empty() {
            targets = if caught.is_empty() { open } else { caught };
        }
        for index in if add.is_empty() {
            Vec::new()
        } else {
            self.obligation(add, None, 0)
        } {
            change -= self.obligations[index].price();
        }
        let stated =
            |terms: &Value| Some(minor(terms.get("price")?, self.decimals) - self.obligations[self.index(&terms["obligation"])].stated);
        let stated: Option<Vec<i128>> = changes.iter().map(stated).collect();
        let by_ssp = || {
            parts(
                change,
                &targets.iter().map(|index| whole(self.obligations[*index].ssp)).collect::<Vec<_>>(),
            )
        };
        let shares = match stated {
            Some(shares) if shares.len() == targets.len() && shares.iter().sum::<i128>() == change => shares,
            _ if targets.is_empty() => Vec::new(),
            _ => by_ssp(),
        };
        for (index, part) in targets.into_iter().zip(shares) {
            if let Some(terms) = changes.iter().find(|terms| self.index(&terms["obligation"]) == index) {
                self.obligations[index].new_terms(terms, self.today, self.decimals);
                self.stretch(index, terms);
            }
            self.obligations[index].reprice(part);
        }
    }

    /// New dates: the last piece is spread anew from its first day.
    fn stretch(&mut self, index: usize, terms: &Value) {
        let obligation = &mut self.obligations[index];
        if terms.get("start").is_none() && terms.get("end").is_none() {
            return;
        }
        let Some((_, Way::Over(shape))) = obligation.pieces.last_mut() else {
            return;
        };
        let (start, end) = (terms.get("start").map_or(shape.start, day), terms.get("end").map_or(shape.end, day));
        *shape = Shape::new(&obligation.method, start, end, (0, 0));
        obligation.service = Some((start, end, 0, 0));
    }
}
